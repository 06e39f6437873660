//! Who closed a row: what a person completed or cancelled takes no change from a mailbox; what
//! the synchronization closed because the mailbox said so, the mailbox may open again.
//!
//! What counts is who wrote the state last, not what it was before: a person who completes a task
//! that the mailbox had completed has closed it.

use crate::{
    error::CrmError,
    schema::Table,
    session::{Session, sql::blob},
    value::{Row, Value},
};
use earmark_sqlite::rusqlite::OptionalExtension;
use uuid::Uuid;

/// Completed and cancelled, in every table that this is about.
const CLOSED: [i64; 2] = [1, 2];

fn is_kept(table: &Table) -> bool {
    matches!(table.logical, "appointment" | "recurringappointmentmaster" | "task")
}

/// Whether a row with these values is completed or cancelled.
pub(crate) fn is_closed(row: &Row) -> bool {
    row.get("statecode").and_then(Value::as_int).is_some_and(|state| CLOSED.contains(&state))
}

/// Notes who set the state of a row.
pub(super) fn note(
    session: &Session<'_>,
    table: &Table,
    id: Uuid,
    changes: &Row,
) -> Result<(), CrmError> {
    if !is_kept(table) || !changes.contains_key("statecode") {
        return Ok(());
    }
    put(session, table, id, session.caller.service)
}

/// Notes that the state follows from something else, whoever caused that.
pub(super) fn put(
    session: &Session<'_>,
    table: &Table,
    id: Uuid,
    by_service: bool,
) -> Result<(), CrmError> {
    session
        .tx
        .prepare_cached(&format!(
            "UPDATE {} SET closed_by_service = ? WHERE \"{}\" = ?",
            table.logical, table.key
        ))?
        .execute((by_service, blob(id)))?;
    Ok(())
}

/// Whether a person completed or cancelled the row. A row that is not there is not closed.
pub(crate) fn is_closed_by_person(
    session: &Session<'_>,
    table: &Table,
    id: Uuid,
) -> Result<bool, CrmError> {
    if !is_kept(table) {
        return Ok(false);
    }
    let closed: Option<bool> = session
        .tx
        .prepare_cached(&format!(
            "SELECT coalesce(statecode, 0) IN (1, 2) AND coalesce(closed_by_service, 0) = 0 \
             FROM {} WHERE \"{}\" = ?",
            table.logical, table.key
        ))?
        .query_row([blob(id)], |row| row.get(0))
        .optional()?;
    Ok(closed.unwrap_or(false))
}
