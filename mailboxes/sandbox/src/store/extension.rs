//! Open extensions: objects that clients hang on a message by a name of their own. They are no
//! change of the message.

use crate::error::Refusal;
use earmark_sqlite::rusqlite::{OptionalExtension, Transaction, params};
use serde_json::{Map, Value};

/// One extension.
#[derive(Debug, Clone, PartialEq)]
pub struct Extension {
    /// The name that the client chose.
    pub name: String,
    /// What the client put there.
    pub members: Map<String, Value>,
}

/// All extensions of a message by name.
pub fn list(tx: &Transaction<'_>, message: i64) -> Result<Vec<Extension>, Refusal> {
    let rows: Vec<(String, String)> = tx
        .prepare_cached("SELECT name, members FROM extension WHERE message = ?1 ORDER BY name")?
        .query_map([message], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    Ok(rows
        .into_iter()
        .map(|(name, members)| Extension {
            name,
            members: serde_json::from_str(&members).unwrap_or_default(),
        })
        .collect())
}

/// One extension of a message, its name in any case.
pub fn find(tx: &Transaction<'_>, message: i64, name: &str) -> Result<Option<Extension>, Refusal> {
    let found: Option<(String, String)> = tx
        .prepare_cached(
            "SELECT name, members FROM extension WHERE message = ?1 AND name = ?2 COLLATE NOCASE",
        )?
        .query_row(params![message, name], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(found.map(|(name, members)| Extension {
        name,
        members: serde_json::from_str(&members).unwrap_or_default(),
    }))
}

/// Sets an extension, replacing one of the same name.
pub fn put(tx: &Transaction<'_>, message: i64, extension: &Extension) -> Result<(), Refusal> {
    delete(tx, message, &extension.name)?;
    tx.prepare_cached("INSERT INTO extension (message, name, members) VALUES (?1, ?2, ?3)")?
        .execute(params![
            message,
            extension.name,
            Value::Object(extension.members.clone()).to_string()
        ])?;
    Ok(())
}

/// Takes an extension off; the answer is whether it was there.
pub fn delete(tx: &Transaction<'_>, message: i64, name: &str) -> Result<bool, Refusal> {
    let count = tx
        .prepare_cached("DELETE FROM extension WHERE message = ?1 AND name = ?2 COLLATE NOCASE")?
        .execute(params![message, name])?;
    Ok(count > 0)
}

/// Hangs the extensions of one message on another.
pub(crate) fn copy(tx: &Transaction<'_>, from: i64, to: i64) -> Result<(), Refusal> {
    tx.prepare_cached(
        "INSERT INTO extension (message, name, members)
         SELECT ?2, name, members FROM extension WHERE message = ?1",
    )?
    .execute([from, to])?;
    Ok(())
}
