//! Mail folders, and search folders among them.

use super::{fold, user};
use crate::error::Refusal;
use earmark_sqlite::rusqlite::{OptionalExtension, Row, Transaction, params};
use serde::{Deserialize, Serialize};

/// The filter of a search folder.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Search {
    /// Folders below the source folders count too.
    pub include_nested: bool,
    /// The rows of the folders that are searched.
    pub sources: Vec<i64>,
    /// The filter, as written.
    pub filter: String,
}

/// One folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// The row.
    pub row: i64,
    /// The folder above; `None` for the top of each tree.
    pub parent: Option<i64>,
    /// The name.
    pub name: String,
    /// The locale-independent name of a folder that every mailbox has.
    pub well_known: Option<String>,
    /// Not listed unless asked for.
    pub hidden: bool,
    /// What a search folder searches.
    pub search: Option<Search>,
    /// The change that last touched the folder itself.
    pub changed: i64,
    /// Folders directly below.
    pub children: i64,
    /// Messages in it.
    pub total: i64,
    /// Unread messages in it.
    pub unread: i64,
}

/// The top of the tree that users see.
pub const ROOT: &str = "msgfolderroot";
/// Where deleted items go first.
pub const DELETED: &str = "deleteditems";
/// Where deleted items go next.
pub const RECOVERABLE: &str = "recoverableitemsdeletions";

/// (well-known name, display name, well-known name of the parent, hidden).
const WELL_KNOWN: &[(&str, &str, Option<&str>, bool)] = &[
    (ROOT, "Top of Information Store", None, false),
    ("searchfolders", "Finder", None, true),
    (RECOVERABLE, "Deletions", None, true),
    ("inbox", "Inbox", Some(ROOT), false),
    ("drafts", "Drafts", Some(ROOT), false),
    ("sentitems", "Sent Items", Some(ROOT), false),
    (DELETED, "Deleted Items", Some(ROOT), false),
    ("archive", "Archive", Some(ROOT), false),
    ("junkemail", "Junk Email", Some(ROOT), false),
    ("outbox", "Outbox", Some(ROOT), false),
    ("conversationhistory", "Conversation History", Some(ROOT), false),
    ("scheduled", "Scheduled", Some(ROOT), true),
    ("syncissues", "Sync Issues", Some(ROOT), true),
    ("conflicts", "Conflicts", Some("syncissues"), true),
    ("localfailures", "Local Failures", Some("syncissues"), true),
    ("serverfailures", "Server Failures", Some("syncissues"), true),
];

/// Well-known names of folders that a mailbox has only after a feature was used.
const NOT_HERE: &[&str] = &["clutter"];

const COLUMNS: &str = "f.id, f.parent, f.name, f.well_known, f.hidden, f.search, f.changed,
  (SELECT count(*) FROM folder c WHERE c.user = f.user AND c.parent = f.id),
  (SELECT count(*) FROM message m WHERE m.folder = f.id),
  (SELECT count(*) FROM message m WHERE m.folder = f.id AND m.is_read = 0)";

/// Whether `name` (in any case) is one of the names that can stand for an id.
pub fn is_well_known(name: &str) -> bool {
    let reserved = WELL_KNOWN.iter().map(|(known, ..)| *known).chain(NOT_HERE.iter().copied());
    reserved.into_iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Makes the folders that every mailbox has.
pub(crate) fn create_well_known(tx: &Transaction<'_>, user: i64) -> Result<(), Refusal> {
    let first = user::take_sequence(tx, user, i64::try_from(WELL_KNOWN.len()).unwrap_or(0))?;
    for ((name, shown, parent, hidden), changed) in WELL_KNOWN.iter().zip(first..) {
        let parent = match parent {
            Some(parent) => Some(well_known(tx, user, parent)?),
            None => None,
        };
        tx.prepare_cached(
            "INSERT INTO folder (user, parent, name, well_known, hidden, changed)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![user, parent, shown, name, hidden, changed])?;
    }
    Ok(())
}

/// The row of a well-known folder.
pub fn well_known(tx: &Transaction<'_>, user: i64, name: &str) -> Result<i64, Refusal> {
    tx.prepare_cached("SELECT id FROM folder WHERE user = ?1 AND well_known = ?2")?
        .query_row(params![user, name.to_ascii_lowercase()], |row| row.get(0))
        .optional()?
        .ok_or_else(Refusal::item_not_found)
}

/// One folder by row.
pub fn get(tx: &Transaction<'_>, user: i64, row: i64) -> Result<Folder, Refusal> {
    let sql = format!("SELECT {COLUMNS} FROM folder f WHERE f.user = ?1 AND f.id = ?2");
    tx.prepare_cached(&sql)?
        .query_row([user, row], read)
        .optional()?
        .ok_or_else(Refusal::item_not_found)
}

/// The folders directly below `parent`, in the order of their making.
pub fn children(
    tx: &Transaction<'_>,
    user: i64,
    parent: i64,
    hidden: bool,
) -> Result<Vec<Folder>, Refusal> {
    let sql = format!(
        "SELECT {COLUMNS} FROM folder f
         WHERE f.user = ?1 AND f.parent = ?2 AND (?3 OR f.hidden = 0) ORDER BY f.id"
    );
    Ok(tx
        .prepare_cached(&sql)?
        .query_map(params![user, parent, hidden], read)?
        .collect::<Result<_, _>>()?)
}

/// A new folder below `parent`.
///
/// Errors: 409 when a folder of that name is there.
pub fn create(
    tx: &Transaction<'_>,
    user: i64,
    parent: i64,
    name: &str,
    hidden: bool,
    search: Option<&Search>,
) -> Result<i64, Refusal> {
    check_name(tx, user, parent, name, None)?;
    let changed = user::take_sequence(tx, user, 1)?;
    tx.prepare_cached(
        "INSERT INTO folder (user, parent, name, hidden, search, changed)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![user, parent, name, hidden, search.map(search_text), changed])?;
    Ok(tx.last_insert_rowid())
}

/// Renames a folder, moves it, or changes what it searches.
pub fn update(tx: &Transaction<'_>, user: i64, folder: &Folder) -> Result<(), Refusal> {
    if let Some(parent) = folder.parent {
        check_name(tx, user, parent, &folder.name, Some(folder.row))?;
        if below(tx, user, &[folder.row])?.contains(&parent) {
            return Err(Refusal::invalid_member(
                "destinationId",
                "A folder cannot be moved below itself.",
            ));
        }
    }
    let changed = user::take_sequence(tx, user, 1)?;
    tx.prepare_cached(
        "UPDATE folder SET parent = ?2, name = ?3, search = ?4, changed = ?5 WHERE id = ?1",
    )?
    .execute(params![
        folder.row,
        folder.parent,
        folder.name,
        folder.search.as_ref().map(search_text),
        changed
    ])?;
    Ok(())
}

/// Removes a folder, the folders below it and everything in them, for good.
pub fn destroy(tx: &Transaction<'_>, user: i64, row: i64) -> Result<(), Refusal> {
    for folder in below(tx, user, &[row])?.into_iter().rev() {
        tx.execute(
            "DELETE FROM attachment WHERE message IN (SELECT id FROM message WHERE folder = ?1)",
            [folder],
        )?;
        tx.execute("DELETE FROM message WHERE folder = ?1", [folder])?;
        tx.execute("DELETE FROM folder WHERE id = ?1", [folder])?;
        let at = user::take_sequence(tx, user, 1)?;
        tx.execute(
            "INSERT INTO folder_gone (user, folder, at) VALUES (?1, ?2, ?3)",
            [user, folder, at],
        )?;
    }
    Ok(())
}

/// The rows of these folders and of all below them, each parent before its children.
pub fn below(tx: &Transaction<'_>, user: i64, rows: &[i64]) -> Result<Vec<i64>, Refusal> {
    let mut found: Vec<i64> = rows.to_vec();
    let mut next = 0;
    let mut statement =
        tx.prepare_cached("SELECT id FROM folder WHERE user = ?1 AND parent = ?2 ORDER BY id")?;
    while let Some(&row) = found.get(next) {
        for child in statement.query_map([user, row], |row| row.get(0))? {
            let child = child?;
            if !found.contains(&child) {
                found.push(child);
            }
        }
        next += 1;
    }
    Ok(found)
}

/// The folder is this well-known one, or below it.
pub fn is_within(tx: &Transaction<'_>, user: i64, row: i64, name: &str) -> Result<bool, Refusal> {
    let top = well_known(tx, user, name)?;
    Ok(below(tx, user, &[top])?.contains(&row))
}

/// A name that is free below `parent`: `name` itself, or with a number.
pub fn free_name(
    tx: &Transaction<'_>,
    user: i64,
    parent: i64,
    name: &str,
) -> Result<String, Refusal> {
    let taken: Vec<String> =
        children(tx, user, parent, true)?.iter().map(|folder| fold(&folder.name)).collect();
    let mut number = 0;
    let mut candidate = name.to_owned();
    while taken.contains(&fold(&candidate)) {
        number += 1;
        candidate = format!("{name}{number}");
    }
    Ok(candidate)
}

/// Visible folders that were made or changed after `since`, in the order of the changes.
pub fn changes(tx: &Transaction<'_>, user: i64, since: i64) -> Result<Vec<Folder>, Refusal> {
    let root = well_known(tx, user, ROOT)?;
    let tree = below(tx, user, &[root])?;
    let sql = format!(
        "SELECT {COLUMNS} FROM folder f
         WHERE f.user = ?1 AND f.changed > ?2 AND f.hidden = 0 AND f.id <> ?3
         ORDER BY f.changed"
    );
    let changed: Vec<Folder> =
        tx.prepare_cached(&sql)?.query_map([user, since, root], read)?.collect::<Result<_, _>>()?;
    Ok(changed.into_iter().filter(|folder| tree.contains(&folder.row)).collect())
}

/// The rows of folders that went after `since`.
pub fn gone(tx: &Transaction<'_>, user: i64, since: i64) -> Result<Vec<i64>, Refusal> {
    Ok(tx
        .prepare_cached("SELECT folder FROM folder_gone WHERE user = ?1 AND at > ?2 ORDER BY at")?
        .query_map([user, since], |row| row.get(0))?
        .collect::<Result<_, _>>()?)
}

fn check_name(
    tx: &Transaction<'_>,
    user: i64,
    parent: i64,
    name: &str,
    own: Option<i64>,
) -> Result<(), Refusal> {
    if name.trim().is_empty() {
        return Err(Refusal::invalid_member("displayName", "The folder name must not be empty."));
    }
    let taken = children(tx, user, parent, true)?
        .iter()
        .any(|folder| Some(folder.row) != own && fold(&folder.name) == fold(name));
    if taken {
        return Err(Refusal::new(
            409,
            "ErrorFolderExists",
            "A folder with the specified name already exists.",
        )
        .about("displayName"));
    }
    Ok(())
}

fn search_text(search: &Search) -> String {
    serde_json::to_string(search).unwrap_or_default()
}

fn read(row: &Row<'_>) -> earmark_sqlite::rusqlite::Result<Folder> {
    let search: Option<String> = row.get(5)?;
    Ok(Folder {
        row: row.get(0)?,
        parent: row.get(1)?,
        name: row.get(2)?,
        well_known: row.get(3)?,
        hidden: row.get(4)?,
        search: search.and_then(|text| serde_json::from_str(&text).ok()),
        changed: row.get(6)?,
        children: row.get(7)?,
        total: row.get(8)?,
        unread: row.get(9)?,
    })
}
