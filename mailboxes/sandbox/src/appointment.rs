//! What somebody does with an event: makes it, changes it, takes it away. Attendees are told
//! where they have to be.

use crate::{
    calendar::{uid, zone},
    delivery::Occasion,
    error::Refusal,
    meeting,
    store::{
        change::Setting,
        event::{self, Content, Event, Kind},
        event_write::{self, Change},
        occurrence, setting,
        user::User,
        whole_seconds,
    },
};
use earmark_model::{Recurrence, RecurrenceEnd};
use earmark_sqlite::rusqlite::Transaction;
use jiff::tz::TimeZone;
use serde_json::Value;

/// Units: attendees of one event. Source: the documents.
pub(crate) const ATTENDEES_MAX: usize = 500;

/// An event that is to be made.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct NewEvent {
    pub(crate) content: Content,
    pub(crate) recurrence: Option<Recurrence>,
    pub(crate) categories: Vec<String>,
    pub(crate) transaction_id: Option<String>,
    /// `None`: a new one.
    pub(crate) uid: Option<String>,
}

/// How an event is to stand after a change.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Wanted {
    pub(crate) content: Content,
    /// `Some(None)`: it repeats no more.
    pub(crate) recurrence: Option<Option<Recurrence>>,
    /// `None`: as they are.
    pub(crate) categories: Option<Vec<String>>,
}

/// Makes an event and invites its attendees.
pub(crate) fn create(
    tx: &Transaction<'_>,
    occasion: &Occasion<'_>,
    user: &User,
    calendar: i64,
    new: NewEvent,
) -> Result<Event, Refusal> {
    let uid = match new.uid {
        Some(uid) => uid,
        None => new_uid(tx, occasion)?,
    };
    let mut event = Event {
        row: 0,
        calendar,
        kind: if new.recurrence.is_some() { Kind::Master } else { Kind::Single },
        master: None,
        day: None,
        original_ms: None,
        version: 0,
        changed: 0,
        created_ms: 0,
        modified_ms: 0,
        uid,
        transaction_id: new.transaction_id,
        recurrence: new.recurrence,
        cancelled: Vec::new(),
        categories: new.categories,
        own_categories: true,
        content: new.content,
    };
    align(&mut event)?;
    check(&event)?;
    let event = event_write::insert(tx, at(occasion, user), &event)?;
    if meeting::is_sent(&event) {
        meeting::invite(tx, occasion, user, &event, &event.content.attendees, None)?;
    }
    Ok(event)
}

/// Changes an event; an occurrence becomes an exception. Tells attendees what concerns them.
pub(crate) fn update(
    tx: &Transaction<'_>,
    occasion: &Occasion<'_>,
    user: &User,
    before: &Event,
    wanted: Wanted,
) -> Result<Event, Refusal> {
    let at = at(occasion, user);
    let mut after = before.clone();
    after.content = wanted.content;
    after.content.draft = before.content.draft;
    let repeats_anew = match wanted.recurrence {
        Some(_) if before.master.is_some() => {
            return Err(invalid(
                "recurrence",
                "The recurrence of an occurrence cannot be set; set that of its series.",
            ));
        }
        Some(recurrence) => {
            after.kind = if recurrence.is_some() { Kind::Master } else { Kind::Single };
            after.recurrence = recurrence;
            true
        }
        None => {
            follow_start(before, &mut after)?;
            false
        }
    };
    align(&mut after)?;
    check(&after)?;
    if after.master.is_some() {
        check_boundary(tx, occasion, user, &after)?;
    }
    let retimed = after.series() != before.series();
    if let Some(categories) = wanted.categories {
        after.own_categories = true;
        after.categories = categories;
    }
    let change = if after.content == before.content && !retimed && !repeats_anew {
        Change::Categories
    } else {
        Change::Content
    };
    if before.kind == Kind::Occurrence {
        let made = event_write::detach(tx, at, before)?;
        (after.row, after.kind) = (made.row, Kind::Exception);
    }
    if before.kind == Kind::Master && retimed {
        event_write::reset_series(tx, user.row, before)?;
        after.cancelled.clear();
    }
    let after = event_write::save(tx, at, after, change)?;
    if before.kind == Kind::Master && !retimed && change == Change::Content {
        hand_down(tx, at, before, &after)?;
    }
    if before.kind == Kind::Master && !retimed && before.categories != after.categories {
        touch_heirs(tx, at, &after)?;
    }
    if change == Change::Content {
        meeting::tell_change(tx, occasion, user, before, &after, retimed)?;
    }
    Ok(after)
}

/// Takes an event away, of a series one time or all. The organizer's attendees get a
/// cancellation.
pub(crate) fn remove(
    tx: &Transaction<'_>,
    occasion: &Occasion<'_>,
    user: &User,
    event: &Event,
    comment: Option<&str>,
) -> Result<(), Refusal> {
    if meeting::is_sent(event) && !event.content.cancelled {
        meeting::call_off(tx, occasion, user, event, &event.content.attendees, comment)?;
    }
    discard(tx, at(occasion, user), event)
}

/// Takes an event out of one calendar and tells nobody.
pub(crate) fn discard(tx: &Transaction<'_>, at: Setting<'_>, event: &Event) -> Result<(), Refusal> {
    match (event.master, event.day) {
        (Some(master), Some(day)) => {
            let master = event::get(tx, at.user, master)?;
            event_write::cancel_day(tx, at, master, day).map(|_| ())
        }
        _ => event_write::delete(tx, at.user, event),
    }
}

/// The mailbox in which something happens.
pub(crate) fn at<'a>(occasion: &Occasion<'a>, user: &User) -> Setting<'a> {
    Setting { user: user.row, now_ms: occasion.now_ms, quirks: occasion.quirks }
}

fn new_uid(tx: &Transaction<'_>, occasion: &Occasion<'_>) -> Result<String, Refusal> {
    let unique = setting::next_guid(tx, setting::own_seed(tx)?)?;
    Ok(uid::new(*unique.as_bytes(), occasion.now_ms))
}

/// A series whose start was moved begins on the day of its new start.
fn follow_start(before: &Event, after: &mut Event) -> Result<(), Refusal> {
    let (Some(recurrence), true) =
        (&mut after.recurrence, before.content.start_ms != after.content.start_ms)
    else {
        return Ok(());
    };
    let name =
        if after.content.all_day { &after.content.start_zone } else { &recurrence.time_zone };
    recurrence.start = zone::clock(&zone::get(name)?, after.content.start_ms).date();
    if let RecurrenceEnd::On(last) = recurrence.end
        && last < recurrence.start
    {
        return Err(invalid("start", "The series would start after its end; set 'recurrence'."));
    }
    Ok(())
}

/// A series starts with its first occurrence, whatever day was given.
fn align(event: &mut Event) -> Result<(), Refusal> {
    let content = &mut event.content;
    content.start_ms = whole_seconds(content.start_ms);
    content.end_ms = whole_seconds(content.end_ms);
    let Some(series) = event.series() else { return Ok(()) };
    let first = crate::calendar::expand::first(&series.recurrence)
        .and_then(|day| series.slot(day))
        .ok_or_else(|| invalid("recurrence", "The series has no occurrence at all."))?;
    (event.content.start_ms, event.content.end_ms) = (first.start_ms, first.end_ms);
    Ok(())
}

fn check(event: &Event) -> Result<(), Refusal> {
    let content = &event.content;
    if content.attendees.len() > ATTENDEES_MAX {
        return Err(Refusal::new(
            400,
            "ErrorTooManyRecipients",
            format!("An event must not have more than {ATTENDEES_MAX} attendees."),
        )
        .about("attendees"));
    }
    if content.end_ms < content.start_ms {
        return Err(invalid("end", "The event must not end before it starts."));
    }
    if !content.all_day {
        return Ok(());
    }
    let (start, end) = (zone::get(&content.start_zone)?, zone::get(&content.end_zone)?);
    let midnight =
        |zone: &TimeZone, ms: i64| zone::clock(zone, ms).time() == jiff::civil::Time::midnight();
    if start != end {
        return Err(invalid("end", "Start and end of an all-day event must be in one time zone."));
    }
    if !midnight(&start, content.start_ms) {
        return Err(invalid("start", "The start of an all-day event must be set to midnight."));
    }
    if !midnight(&end, content.end_ms) {
        return Err(invalid("end", "The end of an all-day event must be set to midnight."));
    }
    if content.end_ms == content.start_ms {
        return Err(invalid(
            "end",
            "The duration of an event marked as All day must be at least 24 hours.",
        ));
    }
    Ok(())
}

/// One time of a series stays between the ones before and after it.
fn check_boundary(
    tx: &Transaction<'_>,
    occasion: &Occasion<'_>,
    user: &User,
    after: &Event,
) -> Result<(), Refusal> {
    let (Some(master), Some(day)) = (after.master, after.day) else { return Ok(()) };
    let master = event::get(tx, user.row, master)?;
    let Some(series) = master.series() else { return Ok(()) };
    if series.slot(day).is_some_and(|slot| slot.start_ms == after.content.start_ms) {
        return Ok(());
    }
    let zone = zone::find(&series.recurrence.time_zone).unwrap_or(TimeZone::UTC);
    let date = |ms: i64| zone::clock(&zone, ms).date();
    let (before, next) = series.neighbours(day);
    let place = |day: Option<jiff::civil::Date>| match day {
        Some(day) if !master.cancelled.contains(&day) => {
            let exception = occurrence::exception(tx, occasion.quirks, &master, day)?;
            let moved = exception.map(|one| date(one.content.start_ms));
            Ok::<_, Refusal>(Some(moved.unwrap_or(day)))
        }
        _ => Ok(None),
    };
    let to = date(after.content.start_ms);
    let crosses = place(before)?.is_some_and(|before| to <= before)
        || place(next)?.is_some_and(|next| to >= next);
    if crosses {
        return Err(Refusal::new(
            400,
            "ErrorOccurrenceCrossingBoundary",
            "Modified occurrence is crossing or overlapping adjacent occurrence.",
        ));
    }
    Ok(())
}

/// What an exception says as its series did, it says as the series does now.
pub(crate) fn hand_down(
    tx: &Transaction<'_>,
    at: Setting<'_>,
    before: &Event,
    after: &Event,
) -> Result<(), Refusal> {
    let as_value = |content: &Content| serde_json::to_value(content).unwrap_or_default();
    let (old, new) = (as_value(&before.content), as_value(&after.content));
    // As they are in storage, so that inherited categories do not become its own.
    for exception in event::exceptions(tx, &crate::quirks::Profile::Documented.quirks(), after)? {
        let mut value = as_value(&exception.content);
        let mut changed = false;
        for (name, new) in new.as_object().into_iter().flatten() {
            let is_time = matches!(name.as_str(), "start_ms" | "end_ms");
            let old: &Value = &old[name];
            if !is_time && old != new && value[name] == *old {
                value[name] = new.clone();
                changed = true;
            }
        }
        if changed && let Ok(content) = serde_json::from_value(value) {
            event_write::save(tx, at, Event { content, ..exception }, Change::Content)?;
        }
    }
    Ok(())
}

/// An exception that has its categories from its series has another version when these change.
fn touch_heirs(tx: &Transaction<'_>, at: Setting<'_>, series: &Event) -> Result<(), Refusal> {
    let inherits = at.quirks.exceptions_inherit_categories;
    // As they are in storage, so that inherited categories do not become its own.
    for exception in event::exceptions(tx, &crate::quirks::Profile::Documented.quirks(), series)? {
        if inherits && !exception.own_categories {
            event_write::save(tx, at, exception, Change::Categories)?;
        }
    }
    Ok(())
}

fn invalid(name: &str, message: &str) -> Refusal {
    Refusal::new(400, "ErrorPropertyValidationFailure", message).about(name)
}
