//! What can happen to an event: it is made, changed, taken out of its series, removed.
//!
//! Invariant: each row that is written takes a change of its own, so that a delta can name its
//! place by one number.

use super::{
    change::Setting,
    event::{self, Event, Kind},
    event_extra, fold,
    insert::{distinct, json},
    user, whole_seconds,
};
use crate::{calendar::recurrence, error::Refusal};
use earmark_sqlite::rusqlite::{Transaction, params};
use jiff::civil::Date;

/// What kind of change it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Of what the event says.
    Content,
    /// Of its categories alone.
    Categories,
}

/// Puts an event into its calendar; the answer is how it then stands.
pub fn insert(tx: &Transaction<'_>, at: Setting<'_>, event: &Event) -> Result<Event, Refusal> {
    let change = user::take_sequence(tx, at.user, 1)?;
    let now = whole_seconds(at.now_ms);
    let mut event = event.clone();
    event.categories = distinct(&event.categories);
    tx.prepare_cached(
        "INSERT INTO event (user, calendar, kind, master, day, original_ms, version, changed,
           created_ms, modified_ms, uid, transaction_id, start_ms, last_ms, recurrence, cancelled,
           categories, own_categories, content)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,
           ?17)",
    )?
    .execute(params![
        at.user,
        event.calendar,
        event.kind.as_str(),
        event.master,
        event.day.map(|day| day.to_string()),
        event.original_ms,
        change,
        now,
        event.uid,
        event.transaction_id,
        event.content.start_ms,
        last_ms(&event),
        shown_recurrence(&event),
        days(&event.cancelled),
        json(&event.categories),
        event.own_categories,
        json(&event.content),
    ])?;
    event.row = tx.last_insert_rowid();
    (event.version, event.changed) = (change, change);
    (event.created_ms, event.modified_ms) = (now, now);
    put_categories(tx, at.user, &event)?;
    Ok(event)
}

/// Writes an event that has a row; the answer is how it then stands. The series of an exception
/// changes with what the exception says: it holds that in its recurrence and as an attachment.
/// Source: MS-OXOCAL, `ExceptionInfo` in `PidLidAppointmentRecur`, and *Exception Attachment Object*.
pub fn save(
    tx: &Transaction<'_>,
    at: Setting<'_>,
    mut event: Event,
    change: Change,
) -> Result<Event, Refusal> {
    let next = user::take_sequence(tx, at.user, 1)?;
    (event.version, event.changed) = (next, next);
    if change == Change::Content || at.quirks.category_bumps_modified {
        event.modified_ms = whole_seconds(at.now_ms);
    }
    event.categories = distinct(&event.categories);
    tx.prepare_cached(
        "UPDATE event SET kind = ?2, version = ?3, changed = ?3, modified_ms = ?4, start_ms = ?5,
           last_ms = ?6, recurrence = ?7, cancelled = ?8, categories = ?9, own_categories = ?10,
           content = ?11 WHERE id = ?1",
    )?
    .execute(params![
        event.row,
        event.kind.as_str(),
        next,
        event.modified_ms,
        event.content.start_ms,
        last_ms(&event),
        shown_recurrence(&event),
        days(&event.cancelled),
        json(&event.categories),
        event.own_categories,
        json(&event.content),
    ])?;
    tx.prepare_cached("DELETE FROM event_category WHERE event = ?1")?.execute([event.row])?;
    put_categories(tx, at.user, &event)?;
    if let (Kind::Exception, Some(master), Change::Content) = (event.kind, event.master, change) {
        let master = event::get(tx, at.user, master)?;
        save(tx, at, master, Change::Content)?;
    }
    Ok(event)
}

/// Makes an exception of an occurrence: from now on it says itself what it is. Its series has
/// changed with it.
pub fn detach(tx: &Transaction<'_>, at: Setting<'_>, occurrence: &Event) -> Result<Event, Refusal> {
    let master = event::get(tx, at.user, occurrence.row)?;
    let made = insert(tx, at, &Event { kind: Kind::Exception, ..occurrence.clone() })?;
    event_extra::copy(tx, master.row, made.row)?;
    save(tx, at, master, Change::Content)?;
    Ok(made)
}

/// Calls off one day of a series.
pub fn cancel_day(
    tx: &Transaction<'_>,
    at: Setting<'_>,
    mut master: Event,
    day: Date,
) -> Result<Event, Refusal> {
    if !master.cancelled.contains(&day) {
        master.cancelled.push(day);
        master.cancelled.sort_unstable();
    }
    tx.prepare_cached("DELETE FROM event WHERE master = ?1 AND day = ?2")?
        .execute(params![master.row, day.to_string()])?;
    leave(tx, at.user, &master, Some(day), false)?;
    save(tx, at, master, Change::Content)
}

/// Forgets exceptions and cancelled days, because the series takes place at other times now.
/// `before` is how it stood.
pub fn reset_series(tx: &Transaction<'_>, user: i64, before: &Event) -> Result<(), Refusal> {
    leave(tx, user, before, None, true)?;
    tx.prepare_cached("DELETE FROM event WHERE master = ?1")?.execute([before.row])?;
    Ok(())
}

/// Removes a single event or a series with its exceptions.
pub fn delete(tx: &Transaction<'_>, user: i64, event: &Event) -> Result<(), Refusal> {
    leave(tx, user, event, None, false)?;
    tx.prepare_cached("DELETE FROM event WHERE id = ?1")?.execute([event.row])?;
    Ok(())
}

/// Says that something else of an event changed: an attachment came or went.
pub fn touch(tx: &Transaction<'_>, at: Setting<'_>, event: &Event) -> Result<Event, Refusal> {
    save(tx, at, event.clone(), Change::Content)
}

fn leave(
    tx: &Transaction<'_>,
    user: i64,
    event: &Event,
    day: Option<Date>,
    stays: bool,
) -> Result<(), Refusal> {
    let change = user::take_sequence(tx, user, 1)?;
    let series = match day {
        None => event.series().map(|series| series.to_json().to_string()),
        Some(_) => None,
    };
    tx.prepare_cached(
        "INSERT INTO event_gone (user, calendar, at, event, day, series, stays)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        user,
        event.calendar,
        change,
        event.row,
        day.map(|day| day.to_string()),
        series,
        stays
    ])?;
    Ok(())
}

/// Rewrites a category on every event that carries it, as classic Outlook does after a rename;
/// the answer is how many there were.
pub fn rewrite_category(
    tx: &Transaction<'_>,
    at: Setting<'_>,
    from: &str,
    to: &str,
) -> Result<usize, Refusal> {
    let rows: Vec<i64> = tx
        .prepare_cached("SELECT event FROM event_category WHERE user = ?1 AND folded = ?2")?
        .query_map(params![at.user, fold(from)], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for &row in &rows {
        let mut event = event::get(tx, at.user, row)?;
        for name in &mut event.categories {
            if fold(name) == fold(from) {
                to.clone_into(name);
            }
        }
        save(tx, at, event, Change::Categories)?;
    }
    Ok(rows.len())
}

fn last_ms(event: &Event) -> Option<i64> {
    match event.series() {
        Some(series) => series.last_ms(),
        None => Some(event.content.end_ms),
    }
}

fn shown_recurrence(event: &Event) -> Option<String> {
    event.recurrence.as_ref().map(|one| recurrence::shown(one).to_string())
}

fn days(days: &[Date]) -> String {
    json(&days.iter().map(Date::to_string).collect::<Vec<_>>())
}

fn put_categories(tx: &Transaction<'_>, user: i64, event: &Event) -> Result<(), Refusal> {
    let mut statement =
        tx.prepare_cached("INSERT INTO event_category (event, user, folded) VALUES (?1, ?2, ?3)")?;
    for name in &event.categories {
        statement.execute(params![event.row, user, fold(name)])?;
    }
    Ok(())
}
