//! The automatic filter of users and queues: which methods there are, and from when on one counts.
//!
//! Users begin with 4. A queue that is made without a word about it has 0, as in the original: it
//! is there to take mail. What is opened later takes mail from that moment on, never what lay
//! there before.

use crate::{
    error::{CrmError, code},
    schema::Table,
    session::{Session, sql::blob},
    value::{Row, Value},
};
use uuid::Uuid;

/// The column of users' settings and queues.
pub(super) const COLUMN: &str = "incomingemailfilteringmethod";
/// All email messages.
const ALL_MESSAGES: i64 = 0;
/// No email messages.
pub(super) const NO_MESSAGES: i64 = 4;
/// Units: milliseconds in a second. Mailbox servers tell reception by whole seconds.
const SECOND: i64 = 1_000;

/// Gives a new queue its filter.
pub(super) fn before_create(table: &Table, row: &mut Row) -> Result<(), CrmError> {
    refuse_correlation(table, row, None)?;
    if table.logical == "queue" && row.get(COLUMN).is_none_or(Value::is_null) {
        row.insert(COLUMN.to_owned(), Value::Int(ALL_MESSAGES));
    }
    Ok(())
}

/// Refuses what needs correlation. What stands there already may stay.
pub(super) fn refuse_correlation(
    table: &Table,
    changes: &Row,
    current: Option<&Row>,
) -> Result<(), CrmError> {
    let Some(wanted @ Value::Int(method)) = changes.get(COLUMN) else { return Ok(()) };
    let stays = current.and_then(|current| current.get(COLUMN)) == Some(wanted);
    if stays || matches!(*method, ALL_MESSAGES | NO_MESSAGES) {
        return Ok(());
    }
    Err(CrmError::new(
        code::PICKLIST_VALUE_OUT_OF_RANGE,
        format!(
            "column '{COLUMN}' of '{}' cannot be {method}: methods 1 to 3 need correlation, which \
             is not available yet; use 0 (all email messages) or 4 (no email messages)",
            table.logical
        ),
    ))
}

/// A new queue that takes all mail takes what comes from now on, or what its profile says.
pub(super) fn begin_with(session: &Session<'_>, owner: Uuid, row: &Row) -> Result<(), CrmError> {
    if row.get(COLUMN) != Some(&Value::Int(ALL_MESSAGES)) {
        return Ok(());
    }
    session
        .tx
        .prepare_cached(
            "UPDATE mailbox SET processemailreceivedafter = ?2 \
             WHERE regardingobjectid = ?1 AND processemailreceivedafter IS NULL \
             AND NOT EXISTS (SELECT 1 FROM emailserverprofile p \
               WHERE p.emailserverprofileid = mailbox.emailserverprofile \
               AND p.processemailsreceivedafter IS NOT NULL)",
        )?
        .execute((blob(owner), before(session.now)))?;
    Ok(())
}

/// A filter that was opened takes what comes from now on, or later where the mailbox says so.
pub(super) fn opened(
    session: &Session<'_>,
    owner: Uuid,
    current: &Row,
    changes: &Row,
) -> Result<(), CrmError> {
    let all = Value::Int(ALL_MESSAGES);
    if changes.get(COLUMN) != Some(&all) || current.get(COLUMN) == Some(&all) {
        return Ok(());
    }
    session
        .tx
        .prepare_cached(
            "UPDATE mailbox SET processemailreceivedafter = \
             max(coalesce(processemailreceivedafter, ?2), ?2) WHERE regardingobjectid = ?1",
        )?
        .execute((blob(owner), before(session.now)))?;
    Ok(())
}

/// The second before `now`, so that nothing that comes in this second is missed.
const fn before(now: i64) -> i64 {
    now.div_euclid(SECOND) * SECOND - SECOND
}
