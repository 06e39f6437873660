//! The occurrences of a series: those that differ in nothing are made up when they are asked for.

use super::event::{COLUMNS, Event, Kind, get, inherit, read};
use crate::{
    calendar::series::{Slot, overlaps},
    error::Refusal,
    quirks::Quirks,
};
use earmark_sqlite::rusqlite::{OptionalExtension, Transaction, params};
use jiff::civil::Date;

/// An event by what its id says: a row, or the day of a series.
///
/// Errors: 404 when it is not there, or the series does not take place on that day (any more).
pub fn find(
    tx: &Transaction<'_>,
    quirks: &Quirks,
    user: i64,
    (row, day): (i64, Option<Date>),
) -> Result<Event, Refusal> {
    let event = get(tx, user, row)?;
    let Some(day) = day else {
        // An exception is named by its series and its day alone.
        return if event.kind == Kind::Exception {
            Err(Refusal::item_not_found())
        } else {
            Ok(event)
        };
    };
    if let Some(exception) = exception(tx, quirks, &event, day)? {
        return Ok(exception);
    }
    let series = event.series().filter(|series| series.has(day));
    let slot = series.and_then(|series| series.slot(day));
    match slot {
        Some(slot) if !event.cancelled.contains(&day) => Ok(occurrence(&event, slot)),
        _ => Err(Refusal::item_not_found()),
    }
}

/// The exception of a series on a day.
pub fn exception(
    tx: &Transaction<'_>,
    quirks: &Quirks,
    master: &Event,
    day: Date,
) -> Result<Option<Event>, Refusal> {
    let sql = format!("SELECT {COLUMNS} FROM event e WHERE e.master = ?1 AND e.day = ?2");
    let found = tx
        .prepare_cached(&sql)?
        .query_row(params![master.row, day.to_string()], read)
        .optional()?;
    Ok(found.map(|mut one| {
        inherit(quirks, master, &mut one);
        one
    }))
}

/// Occurrences and exceptions of a series that are, at least in part, between two instants, in
/// the order of their start.
pub fn between(
    tx: &Transaction<'_>,
    quirks: &Quirks,
    master: &Event,
    from_ms: i64,
    to_ms: i64,
) -> Result<Vec<Event>, Refusal> {
    let exceptions = super::event::exceptions(tx, quirks, master)?;
    let replaced: Vec<Date> = exceptions.iter().filter_map(|one| one.day).collect();
    let slots = master.series().map_or_else(Vec::new, |series| series.slots(from_ms, to_ms));
    let mut all: Vec<Event> = slots
        .into_iter()
        .filter(|slot| !master.cancelled.contains(&slot.day) && !replaced.contains(&slot.day))
        .map(|slot| occurrence(master, slot))
        .collect();
    all.extend(
        exceptions
            .into_iter()
            .filter(|one| overlaps(one.content.start_ms, one.content.end_ms, from_ms, to_ms)),
    );
    all.sort_by_key(|one| (one.content.start_ms, one.day));
    Ok(all)
}

/// What a series says about one of its times.
pub(crate) fn occurrence(master: &Event, slot: Slot) -> Event {
    let mut content = master.content.clone();
    (content.start_ms, content.end_ms) = (slot.start_ms, slot.end_ms);
    Event {
        kind: Kind::Occurrence,
        master: Some(master.row),
        day: Some(slot.day),
        original_ms: Some(slot.start_ms),
        recurrence: None,
        cancelled: Vec::new(),
        transaction_id: None,
        own_categories: false,
        content,
        ..master.clone()
    }
}
