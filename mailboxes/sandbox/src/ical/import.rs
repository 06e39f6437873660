//! Puts the events and tasks of a file into a mailbox. Nobody is told.

use super::{fields::Read, read::File};
use crate::{
    calendar::{series::Series, uid, zone},
    delivery,
    error::Refusal,
    store::{
        calendar,
        change::Setting,
        event::{self, Attendee, Event, Kind},
        event_write::{self, Change},
        handle::{IdKind, event_id},
        handle_tasks::task_id,
        occurrence, setting,
        task::{self, TaskPlace},
        task_list,
        user::User,
    },
};
use earmark_sqlite::rusqlite::Transaction;
use jiff::{civil::Date, tz::TimeZone};
use std::collections::{BTreeMap, BTreeSet};

/// The immutable ids of what was imported, or one line for each component that was refused; then
/// nothing may be kept of the transaction.
pub(crate) fn import(
    tx: &Transaction<'_>,
    at: Setting<'_>,
    seed: u64,
    owner: &User,
    file: File,
) -> Result<Result<Vec<String>, Vec<String>>, Refusal> {
    let mut refusals = file.refusals;
    let (mut ids, mut taken) = (Vec::new(), BTreeSet::new());
    let mut series: BTreeMap<String, Event> = BTreeMap::new();
    let (times, whole): (Vec<Read>, Vec<Read>) =
        file.events.into_iter().partition(|one| one.replaces.is_some());
    for one in whole {
        let known = match &one.uid {
            Some(uid) if !taken.insert(uid.clone()) => {
                refusals.push(format!("event {}: another one has the same UID", one.number));
                continue;
            }
            Some(uid) => event::by_uid(tx, owner.row, uid)?.is_some(),
            None => false,
        };
        if known {
            refusals.push(format!(
                "event {}: the mailbox has an event with this UID already",
                one.number
            ));
            continue;
        }
        let made = put(tx, at, owner, &one, None)?;
        ids.push(event_id(IdKind::Immutable, owner.guid, made.row, None));
        if made.kind == Kind::Master {
            series.insert(made.uid.clone(), made);
        }
    }
    let mut replaced = BTreeSet::new();
    for one in times {
        match put_time(tx, at, owner, &one, &series, &mut replaced)? {
            Ok(made) => {
                let (row, day) = made.key();
                ids.push(event_id(IdKind::Immutable, owner.guid, row, day));
            }
            Err(line) => refusals.push(format!("event {}: {line}", one.number)),
        }
    }
    if !file.tasks.is_empty() {
        let list = task_list::well_known(tx, owner.row, task_list::DEFAULT)?.row;
        let place = TaskPlace { user: owner.row, list, now_ms: at.now_ms, seed };
        for one in &file.tasks {
            let row = task::insert(tx, place, one)?;
            ids.push(task_id(IdKind::Immutable, owner.guid, row));
        }
    }
    Ok(if refusals.is_empty() { Ok(ids) } else { Err(refusals) })
}

/// A time of a series: an exception of it, or an event of its own where the series is not there,
/// as somebody has it who was invited to that time alone.
fn put_time(
    tx: &Transaction<'_>,
    at: Setting<'_>,
    owner: &User,
    one: &Read,
    all: &BTreeMap<String, Event>,
    replaced: &mut BTreeSet<(String, Date)>,
) -> Result<Result<Event, String>, Refusal> {
    let (Some(when), Some(uid)) = (&one.replaces, &one.uid) else {
        return Ok(Err("a RECURRENCE-ID needs a UID".to_owned()));
    };
    let master = all.get(uid);
    let series = master.and_then(Event::series);
    let zone = series.as_ref().map(zone_of);
    let whole_days = series.as_ref().is_some_and(|series| series.all_day);
    let day = when.day_in(zone.as_ref().unwrap_or(&when.zone.zone), whole_days);
    if !replaced.insert((uid.clone(), day)) {
        return Ok(Err("another one has the same UID and RECURRENCE-ID".to_owned()));
    }
    let (Some(master), Some(series)) = (master, series) else {
        if all.contains_key(uid) || event::by_uid(tx, owner.row, uid)?.is_some() {
            return Ok(Err("its UID is that of an event that does not recur here".to_owned()));
        }
        return put(tx, at, owner, one, Some(uid::of_occurrence(uid, day))).map(Ok);
    };
    let Some(slot) = series.slot(day).filter(|_| series.has(day)) else {
        return Ok(Err("its RECURRENCE-ID is no time of the series".to_owned()));
    };
    let mut kept = event::get(tx, owner.row, master.row)?;
    if kept.cancelled.contains(&day) {
        // Some programs call off the time that they replace.
        kept.cancelled.retain(|one| *one != day);
        event_write::save(tx, at, kept, Change::Content)?;
    }
    let mut time = occurrence::occurrence(master, slot);
    time.content = one.content.clone();
    time.content.attendees = resolved(tx, &one.content.attendees)?;
    time.categories.clone_from(&one.categories);
    time.own_categories = true;
    event_write::detach(tx, at, &time).map(Ok)
}

fn zone_of(series: &Series) -> TimeZone {
    let name = if series.all_day { &series.day_zone } else { &series.recurrence.time_zone };
    zone::find(name).unwrap_or(TimeZone::UTC)
}

fn put(
    tx: &Transaction<'_>,
    at: Setting<'_>,
    owner: &User,
    one: &Read,
    uid: Option<String>,
) -> Result<Event, Refusal> {
    let uid = match uid.or_else(|| one.uid.clone()) {
        Some(uid) => uid,
        None => {
            let unique = setting::next_guid(tx, setting::own_seed(tx)?)?;
            uid::new(*unique.as_bytes(), at.now_ms)
        }
    };
    let mut content = one.content.clone();
    content.attendees = resolved(tx, &content.attendees)?;
    let made = Event {
        row: 0,
        calendar: calendar::default(tx, owner.row)?.row,
        kind: if one.recurrence.is_some() { Kind::Master } else { Kind::Single },
        master: None,
        day: None,
        original_ms: None,
        version: 0,
        changed: 0,
        created_ms: 0,
        modified_ms: 0,
        uid,
        transaction_id: None,
        recurrence: one.recurrence.clone(),
        cancelled: one.cancelled.clone(),
        categories: one.categories.clone(),
        own_categories: true,
        content,
    };
    event_write::insert(tx, at, &made)
}

fn resolved(tx: &Transaction<'_>, attendees: &[Attendee]) -> Result<Vec<Attendee>, Refusal> {
    let resolve = |one: &Attendee| {
        Ok(Attendee { address: delivery::resolved(tx, &one.address)?, ..one.clone() })
    };
    attendees.iter().map(resolve).collect()
}
