//! The calendars of a mailbox, and who else may see them.

use super::user;
use crate::error::Refusal;
use earmark_sqlite::rusqlite::{OptionalExtension, Row, Transaction, params};

/// One calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    /// The row.
    pub row: i64,
    /// The name.
    pub name: String,
    /// `auto`, `lightBlue` and so on.
    pub color: String,
    /// The one that invitations go into.
    pub is_default: bool,
    /// The change that the change key stands for.
    pub version: i64,
}

/// What somebody may do with a calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    /// The row; 0 stands for everybody in the organization.
    pub row: i64,
    /// The name of the person.
    pub name: String,
    /// The address; `None` for everybody in the organization.
    pub address: Option<String>,
    /// `freeBusyRead`, `read`, `write` and so on.
    pub role: String,
    /// The person has a mailbox here.
    pub inside: bool,
    /// The row can be removed.
    pub removable: bool,
}

const COLUMNS: &str = "id, name, color, is_default, version";

/// All calendars, the default one first.
pub fn list(tx: &Transaction<'_>, user: i64) -> Result<Vec<Calendar>, Refusal> {
    let sql =
        format!("SELECT {COLUMNS} FROM calendar WHERE user = ?1 ORDER BY is_default DESC, id");
    Ok(tx.prepare_cached(&sql)?.query_map([user], read)?.collect::<Result<_, _>>()?)
}

/// One calendar.
///
/// Errors: 404 when it is not there.
pub fn get(tx: &Transaction<'_>, user: i64, row: i64) -> Result<Calendar, Refusal> {
    let sql = format!("SELECT {COLUMNS} FROM calendar WHERE user = ?1 AND id = ?2");
    tx.prepare_cached(&sql)?
        .query_row([user, row], read)
        .optional()?
        .ok_or_else(Refusal::item_not_found)
}

/// The calendar that every mailbox has.
pub fn default(tx: &Transaction<'_>, user: i64) -> Result<Calendar, Refusal> {
    let sql = format!("SELECT {COLUMNS} FROM calendar WHERE user = ?1 AND is_default = 1");
    Ok(tx.prepare_cached(&sql)?.query_row([user], read)?)
}

/// Makes a calendar.
///
/// Errors: 409 when the name is taken, 400 when it is empty.
pub fn create(
    tx: &Transaction<'_>,
    user: i64,
    name: &str,
    color: &str,
) -> Result<Calendar, Refusal> {
    check_name(tx, user, 0, name)?;
    let version = user::take_sequence(tx, user, 1)?;
    tx.execute(
        "INSERT INTO calendar (user, name, color, version) VALUES (?1, ?2, ?3, ?4)",
        params![user, name, color, version],
    )?;
    get(tx, user, tx.last_insert_rowid())
}

/// Changes name and colour; the answer is how it then stands.
pub fn update(
    tx: &Transaction<'_>,
    user: i64,
    calendar: &Calendar,
    name: Option<&str>,
    color: Option<&str>,
) -> Result<Calendar, Refusal> {
    let name = name.unwrap_or(&calendar.name);
    check_name(tx, user, calendar.row, name)?;
    let version = user::take_sequence(tx, user, 1)?;
    tx.execute(
        "UPDATE calendar SET name = ?2, color = ?3, version = ?4 WHERE id = ?1",
        params![calendar.row, name, color.unwrap_or(&calendar.color), version],
    )?;
    get(tx, user, calendar.row)
}

/// Removes a calendar with all its events.
///
/// Errors: 400 for the default one.
pub fn delete(tx: &Transaction<'_>, calendar: &Calendar) -> Result<(), Refusal> {
    if calendar.is_default {
        return Err(Refusal::new(
            400,
            "ErrorDeleteDistinguishedFolder",
            "Distinguished folders cannot be deleted.",
        ));
    }
    tx.execute("DELETE FROM event WHERE calendar = ?1", [calendar.row])?;
    tx.execute("DELETE FROM calendar WHERE id = ?1", [calendar.row])?;
    Ok(())
}

fn check_name(tx: &Transaction<'_>, user: i64, own: i64, name: &str) -> Result<(), Refusal> {
    if name.trim().is_empty() {
        return Err(Refusal::invalid_member("name", "'name' must not be empty."));
    }
    let taken: bool = tx.query_row(
        "SELECT EXISTS (SELECT 1 FROM calendar
           WHERE user = ?1 AND id <> ?2 AND name = ?3 COLLATE NOCASE)",
        params![user, own, name],
        |row| row.get(0),
    )?;
    if taken {
        return Err(Refusal::new(
            409,
            "ErrorFolderExists",
            "A folder with the specified name already exists.",
        )
        .about("name"));
    }
    Ok(())
}

/// Who may do what with a calendar, everybody in the organization last.
pub fn permissions(tx: &Transaction<'_>, calendar: i64) -> Result<Vec<Permission>, Refusal> {
    let mut all: Vec<Permission> = tx
        .prepare_cached(
            "SELECT id, name, address, role, inside, removable FROM calendar_permission
             WHERE calendar = ?1 ORDER BY address IS NULL, id",
        )?
        .query_map([calendar], |row| {
            Ok(Permission {
                row: row.get(0)?,
                name: row.get(1)?,
                address: row.get(2)?,
                role: row.get(3)?,
                inside: row.get(4)?,
                removable: row.get(5)?,
            })
        })?
        .collect::<Result<_, _>>()?;
    if all.iter().all(|one| one.address.is_some()) {
        all.push(Permission {
            row: 0,
            name: "My Organization".to_owned(),
            address: None,
            role: "freeBusyRead".to_owned(),
            inside: true,
            removable: false,
        });
    }
    Ok(all)
}

/// Writes a permission: a new one where its row is 0; the answer is its row.
pub fn put_permission(
    tx: &Transaction<'_>,
    calendar: i64,
    one: &Permission,
) -> Result<i64, Refusal> {
    if one.row > 0 {
        tx.execute(
            "UPDATE calendar_permission SET role = ?3 WHERE calendar = ?1 AND id = ?2",
            params![calendar, one.row, one.role],
        )?;
        return Ok(one.row);
    }
    tx.execute(
        "INSERT INTO calendar_permission (calendar, name, address, role, inside, removable)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![calendar, one.name, one.address, one.role, one.inside, one.removable],
    )?;
    Ok(tx.last_insert_rowid())
}

/// Takes a permission away.
pub fn delete_permission(tx: &Transaction<'_>, calendar: i64, row: i64) -> Result<(), Refusal> {
    tx.execute("DELETE FROM calendar_permission WHERE calendar = ?1 AND id = ?2", [calendar, row])?;
    Ok(())
}

fn read(row: &Row<'_>) -> earmark_sqlite::rusqlite::Result<Calendar> {
    Ok(Calendar {
        row: row.get(0)?,
        name: row.get(1)?,
        color: row.get(2)?,
        is_default: row.get(3)?,
        version: row.get(4)?,
    })
}
