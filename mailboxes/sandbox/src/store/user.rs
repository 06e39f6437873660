//! Users and their mailboxes.

use super::{fold, folder, setting, task_list};
use crate::error::Refusal;
use earmark_sqlite::rusqlite::{OptionalExtension, Row, Transaction, params};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What a mailbox is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UserKind {
    /// Of one person.
    #[default]
    User,
    /// Of several.
    Shared,
}

impl UserKind {
    /// The word in storage and on the wire (`userPurpose`).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Shared => "shared",
        }
    }
}

/// What applications may do with a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Access {
    /// What their roles say.
    #[default]
    Granted,
    /// Nothing: outside the scope of their role assignment.
    Denied,
    /// Nothing: an application access policy blocks them.
    BlockedByPolicy,
}

impl Access {
    /// The word in storage.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Denied => "denied",
            Self::BlockedByPolicy => "blockedByPolicy",
        }
    }
}

/// One user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The row.
    pub row: i64,
    /// The id of the directory.
    pub guid: Uuid,
    /// The address, as it was spelled at creation.
    pub mail: String,
    /// The user principal name, where it is not the address; folded.
    pub principal: Option<String>,
    /// The name.
    pub display_name: String,
    /// What the mailbox is for.
    pub kind: UserKind,
    /// The mailbox answers.
    pub enabled: bool,
    /// The mailbox has To Do.
    pub to_do: bool,
    /// What applications may do with it.
    pub access: Access,
    /// When it was made. Units: milliseconds since the epoch.
    pub created_ms: i64,
    /// The last change of the mailbox.
    pub sequence: i64,
    /// The generation of delta tokens that are still known.
    pub generation: i64,
}

const COLUMNS: &str =
    "id, guid, mail, display_name, kind, enabled, access, created_ms, sequence, generation, to_do,
     principal";

/// Makes a user with the folders that every mailbox has.
///
/// Errors: 409 when the address is taken.
pub fn create(
    tx: &Transaction<'_>,
    seed: u64,
    now_ms: i64,
    mail: &str,
    display_name: &str,
    kind: UserKind,
) -> Result<User, Refusal> {
    if find(tx, mail)?.is_some() {
        return Err(taken().about("mail"));
    }
    let guid = setting::next_guid(tx, seed)?;
    tx.execute(
        "INSERT INTO user (guid, mail, folded, display_name, kind, created_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![guid.to_string(), mail.trim(), fold(mail), display_name, kind.as_str(), now_ms],
    )?;
    let row = tx.last_insert_rowid();
    folder::create_well_known(tx, row)?;
    task_list::create_well_known(tx, row)?;
    find(tx, mail)?.ok_or_else(|| Refusal::unknown_user(mail))
}

/// Somebody else has the name.
pub(crate) fn taken() -> Refusal {
    Refusal::new(
        409,
        "Request_MultipleObjectsWithSameKeyValue",
        "Another object with the same value for property userPrincipalName already exists.",
    )
}

/// A user by id, by address or by user principal name, in any case.
pub fn find(tx: &Transaction<'_>, id_or_mail: &str) -> Result<Option<User>, Refusal> {
    let sql =
        format!("SELECT {COLUMNS} FROM user WHERE folded = ?1 OR guid = ?1 OR principal = ?1");
    Ok(tx.prepare_cached(&sql)?.query_row([fold(id_or_mail)], read).optional()?)
}

/// A user that must be there.
pub fn get(tx: &Transaction<'_>, id_or_mail: &str) -> Result<User, Refusal> {
    find(tx, id_or_mail)?.ok_or_else(|| Refusal::unknown_user(id_or_mail))
}

/// All users by address.
pub fn list(tx: &Transaction<'_>) -> Result<Vec<User>, Refusal> {
    let sql = format!("SELECT {COLUMNS} FROM user ORDER BY folded");
    Ok(tx.prepare_cached(&sql)?.query_map([], read)?.collect::<Result<_, _>>()?)
}

/// Removes a user with the whole mailbox. Repeatable: the second time it is 404.
pub fn delete(tx: &Transaction<'_>, id_or_mail: &str) -> Result<User, Refusal> {
    let user = get(tx, id_or_mail)?;
    // Attachments first, so that their trigger can drop contents that nobody holds any more.
    tx.execute(
        "DELETE FROM attachment WHERE message IN (SELECT id FROM message WHERE user = ?1)",
        [user.row],
    )?;
    tx.execute("DELETE FROM message WHERE user = ?1", [user.row])?;
    tx.execute("DELETE FROM user WHERE id = ?1", [user.row])?;
    Ok(user)
}

/// Writes what can be changed about a user.
pub fn update(tx: &Transaction<'_>, user: &User) -> Result<(), Refusal> {
    tx.prepare_cached(
        "UPDATE user SET display_name = ?2, kind = ?3, enabled = ?4, access = ?5, generation = ?6,
           to_do = ?7, principal = ?8, mail = ?9, folded = ?10
         WHERE id = ?1",
    )?
    .execute(params![
        user.row,
        user.display_name,
        user.kind.as_str(),
        user.enabled,
        user.access.as_str(),
        user.generation,
        user.to_do,
        user.principal,
        user.mail,
        fold(&user.mail)
    ])?;
    Ok(())
}

/// Takes the next `count` values of the user's sequence; the answer is the first.
pub fn take_sequence(tx: &Transaction<'_>, user: i64, count: i64) -> Result<i64, Refusal> {
    let last: i64 = tx
        .prepare_cached(
            "UPDATE user SET sequence = sequence + ?2 WHERE id = ?1 RETURNING sequence",
        )?
        .query_row([user, count], |row| row.get(0))?;
    Ok(last - count + 1)
}

fn read(row: &Row<'_>) -> earmark_sqlite::rusqlite::Result<User> {
    let guid: String = row.get(1)?;
    let kind: String = row.get(4)?;
    let access: String = row.get(6)?;
    Ok(User {
        row: row.get(0)?,
        guid: Uuid::parse_str(&guid).unwrap_or_default(),
        mail: row.get(2)?,
        display_name: row.get(3)?,
        kind: if kind == "shared" { UserKind::Shared } else { UserKind::User },
        enabled: row.get(5)?,
        access: match access.as_str() {
            "denied" => Access::Denied,
            "blockedByPolicy" => Access::BlockedByPolicy,
            _ => Access::Granted,
        },
        created_ms: row.get(7)?,
        sequence: row.get(8)?,
        generation: row.get(9)?,
        to_do: row.get(10)?,
        principal: row.get(11)?,
    })
}
