//! What a message was before its last change of categories, for servers whose reads are late.

use super::{change::Setting, insert::json, item::Item};
use crate::error::Refusal;
use earmark_sqlite::rusqlite::{OptionalExtension, Transaction, params};

/// Units: milliseconds for which reads are late: longer than a cycle, so that the cycle after a
/// write still meets the state before it.
const LATE_MS: i64 = 20 * 60 * 1_000;

/// Keeps how `item` stands, just before its categories change.
pub(crate) fn keep(tx: &Transaction<'_>, at: Setting<'_>, item: &Item) -> Result<(), Refusal> {
    tx.prepare_cached(
        "INSERT OR REPLACE INTO message_before
           (message, until_ms, categories, version, modified_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![
        item.row,
        at.now_ms.saturating_add(LATE_MS),
        json(&item.categories),
        item.version,
        item.modified_ms
    ])?;
    Ok(())
}

/// `item` as a late read shows it.
pub(crate) fn shown(tx: &Transaction<'_>, now_ms: i64, mut item: Item) -> Result<Item, Refusal> {
    let before = tx
        .prepare_cached(
            "SELECT categories, version, modified_ms FROM message_before
             WHERE message = ?1 AND until_ms > ?2",
        )?
        .query_row([item.row, now_ms], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?))
        })
        .optional()?;
    if let Some((categories, version, modified_ms)) = before {
        item.categories = serde_json::from_str(&categories).unwrap_or_default();
        (item.version, item.modified_ms) = (version, modified_ms);
    }
    Ok(item)
}
