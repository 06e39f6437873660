//! Series: a master keeps its instances in step.
//!
//! [`window`] (how far series are expanded), [`instance`] (one row of a series), [`follow`] (what
//! a change of the master does to them), [`fill`] (the rows that are still missing).
//!
//! An instance is an appointment with the master in `seriesid`, known by its original start. It
//! follows its master until a person closes it or it becomes an exception (`instancetypecode` 3),
//! by a draft of the mailbox or because somebody edited it. Plug-in steps are asked about the
//! master only; its instances follow from it. No rule deletes an instance while its
//! master is there: one that the pattern no longer has is cancelled where it lies in the future.

mod fill;
mod follow;
mod instance;
mod window;

pub(crate) use fill::{due, extend};
pub(crate) use follow::{dissolve, follow};
pub(crate) use instance::occurrence;

use crate::{
    error::CrmError,
    recurrence::TakenOut,
    request::Child,
    session::{
        Session, find,
        sql::{blob, id_at, optional_id_at},
    },
    value::{Row, Value},
};
use earmark_sqlite::rusqlite::OptionalExtension;
use uuid::Uuid;

/// The values of `instancetypecode`.
pub(crate) const MASTER: i64 = 1;
pub(crate) const INSTANCE: i64 = 2;
pub(crate) const EXCEPTION: i64 = 3;

const APPOINTMENT: &str = "appointment";
const TABLE: &str = "recurringappointmentmaster";

/// What of an appointment a person edits; an instance with an edit of its own is an exception.
const OWN_CONTENT: [&str; 7] = [
    "subject",
    "description",
    "location",
    "scheduledstart",
    "scheduledend",
    "isalldayevent",
    "prioritycode",
];

/// Fills what every new master has.
pub(super) fn complete(row: &mut Row) {
    row.entry("instancetypecode".to_owned()).or_insert(Value::Int(MASTER));
    row.entry("expansionstatecode".to_owned()).or_insert(Value::Int(0));
    times(None, row);
}

/// Keeps the times that are shown in step with those of the pattern.
pub(super) fn times(current: Option<&Row>, row: &mut Row) {
    if !["starttime", "endtime"].iter().any(|column| row.contains_key(*column)) {
        return;
    }
    let value = |row: &Row, column: &str| {
        row.get(column).or_else(|| current.and_then(|current| current.get(column))).cloned()
    };
    let (start, end) = (value(row, "starttime"), value(row, "endtime"));
    if let (Some(Value::Instant(start)), Some(Value::Instant(end))) = (&start, &end) {
        let minutes = (end.saturating_sub(*start) / 60_000).clamp(0, i64::from(i32::MAX));
        row.insert("duration".to_owned(), Value::Int(minutes));
    }
    for (column, value) in [("scheduledstart", start), ("scheduledend", end)] {
        if let Some(value) = value {
            row.insert(column.to_owned(), value);
        }
    }
}

/// Makes the first instances of a new master.
pub(super) fn begin(session: &Session<'_>, id: Uuid) -> Result<(), CrmError> {
    session
        .tx
        .prepare_cached(
            "UPDATE recurringappointmentmaster SET groupid = coalesce(groupid, activityid) \
             WHERE activityid = ?",
        )?
        .execute([blob(id)])?;
    fill::begin(session, id).map(|_| ())
}

/// Makes an exception of an instance that a person edits.
pub(super) fn edited(
    session: &Session<'_>,
    current: &Row,
    changes: &mut Row,
    children: Option<&[Child]>,
) {
    let touched = OWN_CONTENT.iter().any(|column| {
        changes.get(*column).is_some_and(|value| current.get(*column) != Some(value))
    }) || children.is_some_and(|children| !children.is_empty());
    let is_instance = current.get("instancetypecode") == Some(&Value::Int(INSTANCE));
    if touched && is_instance && !session.caller.service {
        changes.entry("instancetypecode".to_owned()).or_insert(Value::Int(EXCEPTION));
    }
}

/// Writes down that an occurrence was deleted, so that it is not made again.
pub(super) fn take_out(session: &Session<'_>, id: Uuid) -> Result<(), CrmError> {
    let found: Option<(Option<Uuid>, Option<i64>)> = session
        .tx
        .prepare_cached("SELECT seriesid, originalstartdate FROM appointment WHERE activityid = ?")?
        .query_row([blob(id)], |row| Ok((optional_id_at(row, 0)?, row.get(1)?)))
        .optional()?;
    let Some((Some(master), Some(start))) = found else { return Ok(()) };
    let table = find(TABLE)?;
    let Some(row) = session.whole(table, master)? else { return Ok(()) };
    let mut taken = taken_out(&row);
    if !taken.deleted.insert(start) {
        return Ok(());
    }
    let changes = Row::from([("deletedexceptionslist".to_owned(), Value::Text(taken.text()))]);
    session.write_columns(table, master, changes, None)
}

/// Deletes the instances and exceptions of a master that is about to go. The feed tells of those
/// that items are linked to.
pub(super) fn cascade(session: &Session<'_>, master: Uuid) -> Result<(), CrmError> {
    let table = find(APPOINTMENT)?;
    let mut statement = session.tx.prepare_cached(
        "SELECT a.activityid, EXISTS (SELECT 1 FROM exchangesyncidmapping m \
         WHERE m.objectid = a.activityid AND coalesce(m.isunlinkedincrm, 0) = 0) \
         FROM appointment a WHERE a.seriesid = ?",
    )?;
    let rows: Vec<(Uuid, bool)> = statement
        .query_map([blob(master)], |row| Ok((id_at(row, 0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    // Without their series they are not written down as taken out of it.
    session
        .tx
        .prepare_cached("UPDATE appointment SET seriesid = NULL WHERE seriesid = ?")?
        .execute([blob(master)])?;
    for (id, is_linked) in rows {
        session.remove(table, id)?;
        if !is_linked {
            let (version, _) = session.versions()?;
            session
                .tx
                .prepare_cached("UPDATE change_log SET cascaded = 1 WHERE version = ? AND id = ?")?
                .execute((version, blob(id)))?;
        }
    }
    Ok(())
}

/// What was taken out of a master's series.
fn taken_out(master: &Row) -> TakenOut {
    let text = master.get("deletedexceptionslist").and_then(Value::as_text);
    TakenOut::parse(text.unwrap_or_default())
}
