//! What the sandbox sent, or would have sent to the world outside.

use super::insert::json;
use crate::error::Refusal;
use earmark_sqlite::rusqlite::{Transaction, params};
use serde::Serialize;

/// One message that left a mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sent {
    /// When. RFC 3339.
    pub at: String,
    /// The request that caused it: method and route.
    pub cause: String,
    /// The mailbox that sent it.
    pub from: String,
    /// All envelope recipients.
    pub recipients: Vec<String>,
    /// Those of them that have no mailbox here.
    pub external: Vec<String>,
    /// The subject.
    pub subject: String,
    /// `Message-ID` with brackets.
    pub internet_message_id: String,
}

/// Keeps one.
pub fn record(tx: &Transaction<'_>, at_ms: i64, sent: &Sent) -> Result<(), Refusal> {
    tx.prepare_cached(
        "INSERT INTO sent
           (at_ms, cause, sender, recipients, external, subject, internet_message_id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        at_ms,
        sent.cause,
        sent.from,
        json(&sent.recipients),
        json(&sent.external),
        sent.subject,
        sent.internet_message_id
    ])?;
    Ok(())
}

/// How many there are.
pub fn count(tx: &Transaction<'_>) -> Result<u64, Refusal> {
    let count: i64 =
        tx.prepare_cached("SELECT count(*) FROM sent")?.query_row([], |row| row.get(0))?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// All of them, oldest first.
pub fn list(tx: &Transaction<'_>) -> Result<Vec<Sent>, Refusal> {
    Ok(tx
        .prepare_cached(
            "SELECT at_ms, cause, sender, recipients, external, subject, internet_message_id
             FROM sent ORDER BY id",
        )?
        .query_map([], |row| {
            let recipients: String = row.get(3)?;
            let external: String = row.get(4)?;
            Ok(Sent {
                at: earmark_model::Instant::from_millis(row.get(0)?).to_string(),
                cause: row.get(1)?,
                from: row.get(2)?,
                recipients: serde_json::from_str(&recipients).unwrap_or_default(),
                external: serde_json::from_str(&external).unwrap_or_default(),
                subject: row.get(5)?,
                internet_message_id: row.get(6)?,
            })
        })?
        .collect::<Result<_, _>>()?)
}
