//! How the synchronization of a mailbox goes, in the mailbox's own row.

use super::refused;
use crate::{
    crm::EmbeddedCrm,
    session::{access::Right, find},
    value::{Row, Value},
};
use earmark_crm_port::{Health, SyncError};
use earmark_model::{ChannelStatus, Failure, Instant, MailboxId};
use earmark_sqlite::rusqlite;
use std::sync::Arc;

/// Units: characters that `lastsyncerror` takes.
const TEXT_MAX: usize = 2048;

/// What the row says, in four columns from `first` on: `lastsuccessfulsynccompletedon`,
/// `lastsyncerrorcode`, `lastsyncerror`, `lastsyncerroroccurredon`.
pub(super) fn kept(row: &rusqlite::Row<'_>, first: usize) -> rusqlite::Result<Health> {
    let instant = |index| {
        Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(index)?.map(Instant::from_millis))
    };
    let number = row.get::<_, Option<i64>>(first + 1)?.and_then(|code| u32::try_from(code).ok());
    let error = match number.filter(|number| *number != 0) {
        Some(number) => Some(SyncError {
            number,
            text: row.get::<_, Option<String>>(first + 2)?.unwrap_or_default(),
            since: instant(first + 3)?.unwrap_or(Instant::from_millis(0)),
        }),
        None => None,
    };
    Ok(Health { last_success: instant(first)?, error })
}

/// Keeps how it goes.
pub(super) async fn record(
    crm: &Arc<EmbeddedCrm>,
    mailbox: MailboxId,
    health: &Health,
) -> Result<(), Failure> {
    let health = health.clone();
    crm.transact(Vec::new(), crm.service_caller(), move |session, _| {
        session.require_reads()?;
        let table = find("mailbox")?;
        session.require(table, Right::Write)?;
        let Some(current) = session.whole(table, mailbox.0)? else { return Ok(()) };
        let mut changes = columns(&health, &current);
        changes.retain(|name, value| current.get(name).unwrap_or(&Value::Null) != value);
        if changes.is_empty() {
            return Ok(());
        }
        session.change(table, mailbox.0, &current, changes, None)
    })
    .await
    .map_err(refused)
}

fn columns(health: &Health, current: &Row) -> Row {
    let mut columns = Row::new();
    let mut put = |name: &str, value| columns.insert(name.to_owned(), value);
    if let Some(at) = health.last_success {
        put("lastsuccessfulsynccompletedon", Value::Instant(at.as_millis()));
    }
    let status = match &health.error {
        Some(_) => ChannelStatus::Failure,
        None => ChannelStatus::Success,
    };
    put("mailboxstatus", Value::Int(status.number()));
    let Some(error) = &health.error else {
        put("lastsyncerrorcode", Value::Int(0));
        put("lastsyncerror", Value::Null);
        return columns;
    };
    let text: String = error.text.chars().take(TEXT_MAX).collect();
    let since = Value::Instant(error.since.as_millis());
    let is_new = current.get("lastsyncerroroccurredon") != Some(&since);
    let count = match current.get("lastsyncerrorcount") {
        Some(Value::Int(count)) => *count,
        _ => 0,
    };
    put("lastsyncerrorcode", Value::Int(error.number.into()));
    put("lastsyncerror", Value::text(text));
    put("lastsyncerroroccurredon", since);
    put("lastsyncerrorcount", Value::Int(count + i64::from(is_new)));
    columns
}
