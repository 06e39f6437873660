//! The lists of To Do.

use super::{fold, user};
use crate::error::Refusal;
use earmark_sqlite::rusqlite::{OptionalExtension, Row, Transaction, params};

/// The list that takes what is put into no other.
pub const DEFAULT: &str = "defaultList";

/// The list that mirrors flagged mail; its tasks change with their messages only.
pub const FLAGGED: &str = "flaggedEmails";

/// (well-known name, name) of the lists that every mailbox has.
const WELL_KNOWN: &[(&str, &str)] = &[(DEFAULT, "Tasks"), (FLAGGED, "Flagged Emails")];

/// Units: characters of a name.
const NAME_MAX: usize = 255;

/// One list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskList {
    /// The row.
    pub row: i64,
    /// The name.
    pub name: String,
    /// `defaultList`, `flaggedEmails`, or nothing.
    pub well_known: Option<String>,
    /// The last change of the list itself.
    pub changed: i64,
}

impl TaskList {
    /// It mirrors flagged mail.
    pub fn is_mirror(&self) -> bool {
        self.well_known.as_deref() == Some(FLAGGED)
    }
}

const COLUMNS: &str = "id, name, well_known, changed";

/// Makes the lists that every mailbox has.
pub(crate) fn create_well_known(tx: &Transaction<'_>, user: i64) -> Result<(), Refusal> {
    let first = user::take_sequence(tx, user, i64::try_from(WELL_KNOWN.len()).unwrap_or(0))?;
    for ((well_known, name), changed) in WELL_KNOWN.iter().zip(first..) {
        tx.prepare_cached(
            "INSERT INTO task_list (user, name, well_known, changed) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![user, name, well_known, changed])?;
    }
    Ok(())
}

/// All lists in the order of their making.
pub fn all(tx: &Transaction<'_>, user: i64) -> Result<Vec<TaskList>, Refusal> {
    let sql = format!("SELECT {COLUMNS} FROM task_list WHERE user = ?1 ORDER BY id");
    Ok(tx.prepare_cached(&sql)?.query_map([user], read)?.collect::<Result<_, _>>()?)
}

/// One list by row.
pub fn get(tx: &Transaction<'_>, user: i64, row: i64) -> Result<TaskList, Refusal> {
    let sql = format!("SELECT {COLUMNS} FROM task_list WHERE user = ?1 AND id = ?2");
    tx.prepare_cached(&sql)?
        .query_row([user, row], read)
        .optional()?
        .ok_or_else(Refusal::item_not_found)
}

/// One of the lists that every mailbox has.
pub fn well_known(tx: &Transaction<'_>, user: i64, name: &str) -> Result<TaskList, Refusal> {
    let sql = format!("SELECT {COLUMNS} FROM task_list WHERE user = ?1 AND well_known = ?2");
    tx.prepare_cached(&sql)?
        .query_row(params![user, name], read)
        .optional()?
        .ok_or_else(Refusal::item_not_found)
}

/// The well-known name behind a word that clients put in the place of an id: `Tasks` reaches the
/// default list.
pub fn shorthand(word: &str) -> Option<&'static str> {
    match fold(word).as_str() {
        "tasks" | "defaultlist" => Some(DEFAULT),
        "flaggedemails" => Some(FLAGGED),
        _ => None,
    }
}

/// A new list; two may have the same name.
pub fn create(tx: &Transaction<'_>, user: i64, name: &str) -> Result<TaskList, Refusal> {
    let name = checked(name)?;
    let changed = user::take_sequence(tx, user, 1)?;
    tx.prepare_cached("INSERT INTO task_list (user, name, changed) VALUES (?1, ?2, ?3)")?
        .execute(params![user, name, changed])?;
    get(tx, user, tx.last_insert_rowid())
}

/// Gives a list another name.
///
/// Errors: 400 for a list that every mailbox has.
pub fn rename(
    tx: &Transaction<'_>,
    user: i64,
    list: &TaskList,
    name: &str,
) -> Result<TaskList, Refusal> {
    check_own(list)?;
    let changed = user::take_sequence(tx, user, 1)?;
    tx.prepare_cached("UPDATE task_list SET name = ?2, changed = ?3 WHERE id = ?1")?
        .execute(params![list.row, checked(name)?, changed])?;
    get(tx, user, list.row)
}

/// Removes a list with its tasks.
///
/// Errors: 400 for a list that every mailbox has.
pub fn delete(tx: &Transaction<'_>, user: i64, list: &TaskList) -> Result<(), Refusal> {
    check_own(list)?;
    let at = user::take_sequence(tx, user, 1)?;
    tx.prepare_cached("INSERT INTO task_list_gone (user, at, list) VALUES (?1, ?2, ?3)")?
        .execute([user, at, list.row])?;
    tx.prepare_cached("DELETE FROM task WHERE list = ?1")?.execute([list.row])?;
    tx.prepare_cached("DELETE FROM task_list WHERE id = ?1")?.execute([list.row])?;
    Ok(())
}

/// The lists that changed after `since`, in that order.
pub fn changes(tx: &Transaction<'_>, user: i64, since: i64) -> Result<Vec<TaskList>, Refusal> {
    let sql = format!(
        "SELECT {COLUMNS} FROM task_list WHERE user = ?1 AND changed > ?2 ORDER BY changed"
    );
    Ok(tx.prepare_cached(&sql)?.query_map([user, since], read)?.collect::<Result<_, _>>()?)
}

/// The rows of lists that were removed after `since`.
pub fn gone(tx: &Transaction<'_>, user: i64, since: i64) -> Result<Vec<i64>, Refusal> {
    Ok(tx
        .prepare_cached("SELECT list FROM task_list_gone WHERE user = ?1 AND at > ?2 ORDER BY at")?
        .query_map([user, since], |row| row.get(0))?
        .collect::<Result<_, _>>()?)
}

fn check_own(list: &TaskList) -> Result<(), Refusal> {
    match &list.well_known {
        None => Ok(()),
        Some(name) => Err(Refusal::new(
            400,
            "ErrorInvalidRequest",
            format!("The list '{name}' can be neither renamed nor deleted."),
        )),
    }
}

fn checked(name: &str) -> Result<&str, Refusal> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME_MAX {
        return Err(Refusal::invalid_member(
            "displayName",
            format!("'displayName' must have 1 to {NAME_MAX} characters."),
        ));
    }
    Ok(name)
}

fn read(row: &Row<'_>) -> earmark_sqlite::rusqlite::Result<TaskList> {
    Ok(TaskList {
        row: row.get(0)?,
        name: row.get(1)?,
        well_known: row.get(2)?,
        changed: row.get(3)?,
    })
}
