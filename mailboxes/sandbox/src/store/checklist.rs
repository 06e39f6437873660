//! The steps of a task.

use super::setting;
use crate::error::Refusal;
use earmark_sqlite::rusqlite::{OptionalExtension, Row, Transaction, params};

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The id.
    pub guid: String,
    /// What is to be done.
    pub display_name: String,
    /// When it was made. Units: milliseconds since the epoch.
    pub created_ms: i64,
    /// When it was done; `None` while it is not. Units: milliseconds since the epoch.
    pub checked_ms: Option<i64>,
}

const COLUMNS: &str = "guid, display_name, created_ms, checked_ms";

/// Puts a step on a task.
pub fn insert(
    tx: &Transaction<'_>,
    seed: u64,
    task: i64,
    display_name: &str,
    created_ms: i64,
    checked_ms: Option<i64>,
) -> Result<Step, Refusal> {
    let guid = setting::next_guid(tx, seed)?.to_string();
    tx.prepare_cached(
        "INSERT INTO checklist_item (task, guid, display_name, created_ms, checked_ms)
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![task, guid, display_name, created_ms, checked_ms])?;
    Ok(Step { guid, display_name: display_name.to_owned(), created_ms, checked_ms })
}

/// All steps of a task in the order of their making.
pub fn list(tx: &Transaction<'_>, task: i64) -> Result<Vec<Step>, Refusal> {
    let sql = format!("SELECT {COLUMNS} FROM checklist_item WHERE task = ?1 ORDER BY id");
    Ok(tx.prepare_cached(&sql)?.query_map([task], read)?.collect::<Result<_, _>>()?)
}

/// One step of a task.
pub fn get(tx: &Transaction<'_>, task: i64, guid: &str) -> Result<Step, Refusal> {
    let sql = format!("SELECT {COLUMNS} FROM checklist_item WHERE task = ?1 AND guid = ?2");
    tx.prepare_cached(&sql)?
        .query_row(params![task, guid.to_ascii_lowercase()], read)
        .optional()?
        .ok_or_else(Refusal::item_not_found)
}

/// Writes what a step says.
pub fn update(tx: &Transaction<'_>, step: &Step) -> Result<(), Refusal> {
    tx.prepare_cached(
        "UPDATE checklist_item SET display_name = ?2, created_ms = ?3, checked_ms = ?4
         WHERE guid = ?1",
    )?
    .execute(params![step.guid, step.display_name, step.created_ms, step.checked_ms])?;
    Ok(())
}

/// Takes a step off.
pub fn delete(tx: &Transaction<'_>, step: &Step) -> Result<(), Refusal> {
    tx.prepare_cached("DELETE FROM checklist_item WHERE guid = ?1")?.execute([&step.guid])?;
    Ok(())
}

fn read(row: &Row<'_>) -> earmark_sqlite::rusqlite::Result<Step> {
    Ok(Step {
        guid: row.get(0)?,
        display_name: row.get(1)?,
        created_ms: row.get(2)?,
        checked_ms: row.get(3)?,
    })
}
