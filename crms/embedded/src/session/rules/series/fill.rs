//! The instances that are still missing.

use super::{
    APPOINTMENT, TABLE,
    instance::make,
    taken_out,
    window::{Window, window},
};
use crate::{
    error::CrmError,
    recurrence::Series,
    session::{
        Session, find,
        rules::{closing, party::parties_of},
        sql::{blob, id_at},
    },
    value::{Row, Value},
};
use std::collections::BTreeSet;
use uuid::Uuid;

/// `expansionstatecode`.
const UNEXPANDED: i64 = 0;
const PARTIAL: i64 = 1;
const FULL: i64 = 2;

/// Units: masters that are looked for at once.
const DUE_AT_ONCE: i64 = 100;

/// Expands a new master within the whole window.
pub(super) fn begin(session: &Session<'_>, id: Uuid) -> Result<usize, CrmError> {
    let window = window(session, session.now)?;
    expand(session, id, window.from, &window)
}

/// Expands a master that changed. What is over stays as it was; a master that described no series
/// before is expanded like a new one.
pub(super) fn again(session: &Session<'_>, id: Uuid, master: &Row) -> Result<usize, CrmError> {
    let window = window(session, session.now)?;
    let is_new = master.get("expansionstatecode").and_then(Value::as_int) == Some(UNEXPANDED);
    expand(session, id, if is_new { window.from } else { session.now }, &window)
}

/// The masters whose next instance lies within the window around `now`, soonest first.
/// Units: milliseconds since the epoch.
pub(crate) fn due(session: &Session<'_>, now: i64) -> Result<Vec<Uuid>, CrmError> {
    let mut statement = session.tx.prepare_cached(
        "SELECT activityid FROM recurringappointmentmaster \
         WHERE nextexpansioninstancedate <= ? AND coalesce(statecode, 0) NOT IN (1, 2) \
         AND coalesce(seriesstatus, 1) = 1 ORDER BY nextexpansioninstancedate, activityid LIMIT ?",
    )?;
    let rows = statement.query_map((window(session, now)?.to, DUE_AT_ONCE), |row| id_at(row, 0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Expands a master further, from where it stopped. Answers how many instances it made.
/// Units: milliseconds since the epoch.
pub(crate) fn extend(session: &Session<'_>, id: Uuid, now: i64) -> Result<usize, CrmError> {
    let window = window(session, now)?;
    let Some(master) = session.whole(find(TABLE)?, id)? else { return Ok(0) };
    let Some(Value::Instant(next)) = master.get("nextexpansioninstancedate") else { return Ok(0) };
    expand(session, id, window.from.max(*next), &window)
}

/// Makes the instances from `from` on that are not there, and notes how far the series is
/// expanded. Units: milliseconds since the epoch.
fn expand(session: &Session<'_>, id: Uuid, from: i64, window: &Window) -> Result<usize, CrmError> {
    let table = find(TABLE)?;
    let Some(master) = session.whole(table, id)? else { return Ok(0) };
    if closing::is_closed(&master) {
        return Ok(0);
    }
    let Some(series) = Series::of(&master) else {
        note(session, id, &master, expanded(UNEXPANDED, None, None))?;
        return Ok(0);
    };
    let (taken, there) = (taken_out(&master), starts(session, id)?);
    let parties = parties_of(session, id, APPOINTMENT)?;
    let (mut made, mut last, mut next) = (0, None, None);
    for slot in series.slots(from, window.to, usize::MAX) {
        if !there.contains(&slot.start) && !taken.has(&slot) {
            if made == window.at_once {
                next = Some(slot.start);
                break;
            }
            make(session, id, &master, &slot, &parties)?;
            made += 1;
        }
        last = Some(slot.start);
    }
    let next = next.or_else(|| series.first_after(window.to).map(|slot| slot.start));
    let last = last.map(Value::Instant).or_else(|| master.get("lastexpandedinstancedate").cloned());
    let mut changes = expanded(if next.is_some() { PARTIAL } else { FULL }, last, next);
    let first = series.first().map(|slot| slot.start);
    let over = series.last().map(|slot| slot.end);
    for (column, at) in [("effectivestartdate", first), ("effectiveenddate", over)] {
        changes.insert(column.to_owned(), at.map_or(Value::Null, Value::Instant));
    }
    note(session, id, &master, changes)?;
    Ok(made)
}

fn expanded(state: i64, last: Option<Value>, next: Option<i64>) -> Row {
    Row::from([
        ("expansionstatecode".to_owned(), Value::Int(state)),
        ("lastexpandedinstancedate".to_owned(), last.unwrap_or(Value::Null)),
        ("nextexpansioninstancedate".to_owned(), next.map_or(Value::Null, Value::Instant)),
    ])
}

/// Writes what differs.
fn note(session: &Session<'_>, id: Uuid, master: &Row, mut changes: Row) -> Result<(), CrmError> {
    changes.retain(|column, value| master.get(column) != Some(value));
    if changes.is_empty() {
        return Ok(());
    }
    session.write_columns(find(TABLE)?, id, changes, None)
}

/// The original starts of the rows of a series.
fn starts(session: &Session<'_>, id: Uuid) -> Result<BTreeSet<i64>, CrmError> {
    let mut statement = session.tx.prepare_cached(
        "SELECT originalstartdate FROM appointment \
         WHERE seriesid = ? AND originalstartdate IS NOT NULL",
    )?;
    let rows = statement.query_map([blob(id)], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
