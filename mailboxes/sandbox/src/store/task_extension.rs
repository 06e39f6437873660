//! Open extensions of a task. They are no change of the task.

use super::extension::Extension;
use crate::error::Refusal;
use earmark_sqlite::rusqlite::{OptionalExtension, Row, Transaction, params};
use serde_json::Value;

/// All extensions of a task by name.
pub fn list(tx: &Transaction<'_>, task: i64) -> Result<Vec<Extension>, Refusal> {
    Ok(tx
        .prepare_cached("SELECT name, members FROM task_extension WHERE task = ?1 ORDER BY name")?
        .query_map([task], read)?
        .collect::<Result<_, _>>()?)
}

/// One extension of a task, its name in any case.
pub fn find(tx: &Transaction<'_>, task: i64, name: &str) -> Result<Option<Extension>, Refusal> {
    Ok(tx
        .prepare_cached(
            "SELECT name, members FROM task_extension WHERE task = ?1 AND name = ?2 COLLATE NOCASE",
        )?
        .query_row(params![task, name], read)
        .optional()?)
}

/// Sets an extension, replacing one of the same name.
pub fn put(tx: &Transaction<'_>, task: i64, extension: &Extension) -> Result<(), Refusal> {
    delete(tx, task, &extension.name)?;
    tx.prepare_cached("INSERT INTO task_extension (task, name, members) VALUES (?1, ?2, ?3)")?
        .execute(params![
            task,
            extension.name,
            Value::Object(extension.members.clone()).to_string()
        ])?;
    Ok(())
}

/// Takes an extension off.
pub fn delete(tx: &Transaction<'_>, task: i64, name: &str) -> Result<(), Refusal> {
    tx.prepare_cached("DELETE FROM task_extension WHERE task = ?1 AND name = ?2 COLLATE NOCASE")?
        .execute(params![task, name])?;
    Ok(())
}

fn read(row: &Row<'_>) -> earmark_sqlite::rusqlite::Result<Extension> {
    let members: String = row.get(1)?;
    Ok(Extension { name: row.get(0)?, members: serde_json::from_str(&members).unwrap_or_default() })
}
