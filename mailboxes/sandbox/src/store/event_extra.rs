//! What hangs on an event: extended properties, open extensions, attachments.

use super::{extension::Extension, message::NewAttachment, whole_seconds};
use crate::error::Refusal;
use earmark_sqlite::rusqlite::{OptionalExtension, Row, Transaction, params};
use serde_json::Value;

/// Sets extended properties by normal id.
pub fn put_properties(
    tx: &Transaction<'_>,
    event: i64,
    values: &[(String, String)],
) -> Result<(), Refusal> {
    let mut statement = tx.prepare_cached(
        "INSERT INTO event_extended (event, property, value) VALUES (?1, ?2, ?3)
         ON CONFLICT (event, property) DO UPDATE SET value = excluded.value",
    )?;
    for (property, value) in values {
        statement.execute(params![event, property, value])?;
    }
    Ok(())
}

/// One extended property by normal id.
pub fn property(
    tx: &Transaction<'_>,
    event: i64,
    property: &str,
) -> Result<Option<String>, Refusal> {
    Ok(tx
        .prepare_cached("SELECT value FROM event_extended WHERE event = ?1 AND property = ?2")?
        .query_row(params![event, property], |row| row.get(0))
        .optional()?)
}

/// All open extensions by name.
pub fn extensions(tx: &Transaction<'_>, event: i64) -> Result<Vec<Extension>, Refusal> {
    Ok(tx
        .prepare_cached("SELECT name, members FROM event_extension WHERE event = ?1 ORDER BY name")?
        .query_map([event], |row| {
            let members: String = row.get(1)?;
            Ok(Extension {
                name: row.get(0)?,
                members: serde_json::from_str(&members).unwrap_or_default(),
            })
        })?
        .collect::<Result<_, _>>()?)
}

/// Sets an open extension, replacing one of the same name.
pub fn put_extension(tx: &Transaction<'_>, event: i64, one: &Extension) -> Result<(), Refusal> {
    delete_extension(tx, event, &one.name)?;
    tx.prepare_cached("INSERT INTO event_extension (event, name, members) VALUES (?1, ?2, ?3)")?
        .execute(params![event, one.name, Value::Object(one.members.clone()).to_string()])?;
    Ok(())
}

/// Takes an open extension off.
pub fn delete_extension(tx: &Transaction<'_>, event: i64, name: &str) -> Result<(), Refusal> {
    tx.prepare_cached("DELETE FROM event_extension WHERE event = ?1 AND name = ?2 COLLATE NOCASE")?
        .execute(params![event, name])?;
    Ok(())
}

/// Hangs on one event what hangs on another.
pub(crate) fn copy(tx: &Transaction<'_>, from: i64, to: i64) -> Result<(), Refusal> {
    for sql in [
        "INSERT INTO event_extended (event, property, value)
         SELECT ?2, property, value FROM event_extended WHERE event = ?1",
        "INSERT INTO event_attachment
           (event, name, content_type, is_inline, content_id, item, modified_ms, content)
         SELECT ?2, name, content_type, is_inline, content_id, item, modified_ms, content
         FROM event_attachment WHERE event = ?1",
    ] {
        tx.prepare_cached(sql)?.execute([from, to])?;
    }
    Ok(())
}

/// An attachment of an event, without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    /// The row.
    pub row: i64,
    /// The file name.
    pub name: String,
    /// The media type.
    pub content_type: String,
    /// Shown within the body.
    pub is_inline: bool,
    /// The `Content-ID` without brackets.
    pub content_id: Option<String>,
    /// It is a message rather than a file.
    pub item: bool,
    /// Units: milliseconds since the epoch.
    pub modified_ms: i64,
    /// Units: bytes.
    pub size: i64,
}

/// All attachments in the order of their making.
pub fn attachments(tx: &Transaction<'_>, event: i64) -> Result<Vec<Attached>, Refusal> {
    let read = |row: &Row<'_>| {
        Ok(Attached {
            row: row.get(0)?,
            name: row.get(1)?,
            content_type: row.get(2)?,
            is_inline: row.get(3)?,
            content_id: row.get(4)?,
            item: row.get(5)?,
            modified_ms: row.get(6)?,
            size: row.get(7)?,
        })
    };
    Ok(tx
        .prepare_cached(
            "SELECT id, name, content_type, is_inline, content_id, item, modified_ms,
               length(content) FROM event_attachment WHERE event = ?1 ORDER BY id",
        )?
        .query_map([event], read)?
        .collect::<Result<_, _>>()?)
}

/// The bytes of an attachment.
pub fn content(tx: &Transaction<'_>, row: i64) -> Result<Vec<u8>, Refusal> {
    Ok(tx
        .prepare_cached("SELECT content FROM event_attachment WHERE id = ?1")?
        .query_row([row], |row| row.get(0))?)
}

/// Attaches something; the answer is its row.
pub fn attach(
    tx: &Transaction<'_>,
    event: i64,
    now_ms: i64,
    new: &NewAttachment,
) -> Result<i64, Refusal> {
    tx.prepare_cached(
        "INSERT INTO event_attachment
           (event, name, content_type, is_inline, content_id, item, modified_ms, content)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        event,
        new.name,
        new.content_type,
        new.is_inline,
        new.content_id,
        new.item,
        whole_seconds(now_ms),
        &new.content[..],
    ])?;
    Ok(tx.last_insert_rowid())
}

/// Takes an attachment off.
pub fn detach(tx: &Transaction<'_>, event: i64, row: i64) -> Result<(), Refusal> {
    tx.prepare_cached("DELETE FROM event_attachment WHERE event = ?1 AND id = ?2")?
        .execute([event, row])?;
    Ok(())
}
