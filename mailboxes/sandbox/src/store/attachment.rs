//! Attachments of messages. Equal contents are kept once.

use super::message::NewAttachment;
use crate::error::Refusal;
use bytes::Bytes;
use earmark_sqlite::rusqlite::{OptionalExtension, Row, Transaction, params};
use sha2::{Digest, Sha256};

/// One attachment without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// The row.
    pub row: i64,
    /// The file name.
    pub name: String,
    /// The media type.
    pub content_type: String,
    /// Shown within the body.
    pub is_inline: bool,
    /// The `Content-ID`.
    pub content_id: Option<String>,
    /// A message rather than a file.
    pub item: bool,
    /// Units: bytes.
    pub size: i64,
    /// Units: milliseconds since the epoch.
    pub modified_ms: i64,
}

const COLUMNS: &str = "id, name, content_type, is_inline, content_id, item, size, modified_ms";

/// Puts an attachment on a message; the answer is its row.
pub fn insert(
    tx: &Transaction<'_>,
    message: i64,
    now_ms: i64,
    new: &NewAttachment,
) -> Result<i64, Refusal> {
    let hash: [u8; 32] = Sha256::digest(&new.content).into();
    tx.prepare_cached("INSERT OR IGNORE INTO content (hash, bytes) VALUES (?1, ?2)")?
        .execute(params![hash, &new.content[..]])?;
    tx.prepare_cached(
        "INSERT INTO attachment
           (message, name, content_type, is_inline, content_id, item, size, modified_ms, hash)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![
        message,
        new.name,
        new.content_type,
        new.is_inline,
        new.content_id,
        new.item,
        i64::try_from(new.content.len()).unwrap_or(i64::MAX),
        now_ms,
        hash
    ])?;
    Ok(tx.last_insert_rowid())
}

/// The attachments of a message in their order.
pub fn list(tx: &Transaction<'_>, message: i64) -> Result<Vec<Attachment>, Refusal> {
    let sql = format!("SELECT {COLUMNS} FROM attachment WHERE message = ?1 ORDER BY id");
    Ok(tx.prepare_cached(&sql)?.query_map([message], read)?.collect::<Result<_, _>>()?)
}

/// One attachment of a message.
pub fn get(tx: &Transaction<'_>, message: i64, row: i64) -> Result<Attachment, Refusal> {
    let sql = format!("SELECT {COLUMNS} FROM attachment WHERE message = ?1 AND id = ?2");
    tx.prepare_cached(&sql)?
        .query_row([message, row], read)
        .optional()?
        .ok_or_else(Refusal::item_not_found)
}

/// The bytes of an attachment.
pub fn content(tx: &Transaction<'_>, row: i64) -> Result<Bytes, Refusal> {
    let bytes: Option<Vec<u8>> = tx
        .prepare_cached(
            "SELECT c.bytes FROM attachment a JOIN content c ON c.hash = a.hash WHERE a.id = ?1",
        )?
        .query_row([row], |row| row.get(0))
        .optional()?;
    bytes.map(Bytes::from).ok_or_else(Refusal::item_not_found)
}

/// Takes an attachment off a message.
pub fn delete(tx: &Transaction<'_>, message: i64, row: i64) -> Result<(), Refusal> {
    get(tx, message, row)?;
    tx.prepare_cached("DELETE FROM attachment WHERE id = ?1")?.execute([row])?;
    Ok(())
}

/// Puts the attachments of one message on another.
pub(crate) fn copy(tx: &Transaction<'_>, from: i64, to: i64) -> Result<(), Refusal> {
    tx.prepare_cached(
        "INSERT INTO attachment
           (message, name, content_type, is_inline, content_id, item, size, modified_ms, hash)
         SELECT ?2, name, content_type, is_inline, content_id, item, size, modified_ms, hash
         FROM attachment WHERE message = ?1 ORDER BY id",
    )?
    .execute([from, to])?;
    Ok(())
}

fn read(row: &Row<'_>) -> earmark_sqlite::rusqlite::Result<Attachment> {
    Ok(Attachment {
        row: row.get(0)?,
        name: row.get(1)?,
        content_type: row.get(2)?,
        is_inline: row.get(3)?,
        content_id: row.get(4)?,
        item: row.get(5)?,
        size: row.get(6)?,
        modified_ms: row.get(7)?,
    })
}
