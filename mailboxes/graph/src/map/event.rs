//! Calendar items.

use super::{address, categories, instant, tag, zone};
use crate::classify::nonsense;
use crate::series::SeriesFacts;
use crate::wire::users::DateTimeTimeZone;
use crate::wire::users::events::{Attendee, Event, Location};
use earmark_model::{
    Address, AppointmentContent, Failure, FolderRole, Instant, ItemHandle, ItemKind, ObservedItem,
    SeriesMember, ShowAs, Version,
};
use jiff::civil::Date;

/// What an event is in its calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EventType {
    /// Takes place once.
    Single,
    /// The master of a series.
    Master,
    /// An occurrence that differs from its series.
    Exception,
    /// One occurrence of somebody's series, to which the owner was invited alone.
    Lone,
    /// An occurrence as its series has it: no item.
    Occurrence,
}

/// What `event` is; `None` where the answer does not say it.
pub(crate) fn event_type(event: &Event) -> Option<EventType> {
    let name = event.event_type.as_deref()?.to_ascii_lowercase();
    Some(match name.as_str() {
        "singleinstance" => EventType::Single,
        "seriesmaster" => EventType::Master,
        "occurrence" => EventType::Occurrence,
        "exception" if master(event).is_some() => EventType::Exception,
        "exception" => EventType::Lone,
        _ => return None,
    })
}

/// The id of the master that an event belongs to.
pub(crate) fn master(event: &Event) -> Option<&str> {
    event.series_master_id.as_deref().filter(|id| !id.is_empty())
}

/// Whether a list showed too little of `event`, so that it has to be read by id.
pub(crate) fn is_partial(event: &Event) -> bool {
    let event_type = event_type(event);
    !matches!(event.categories, Some(Some(_)))
        || version(event).is_none()
        || event_type.is_none()
        || (event_type == Some(EventType::Exception) && event.original_start.is_none())
}

/// The version, as that of a message.
pub(crate) fn version(event: &Event) -> Option<Version> {
    tag(event.etag.as_deref(), event.change_key.as_deref())
}

/// What exceptions need to know of the series whose master `event` is.
pub(crate) fn series(event: &Event) -> SeriesFacts {
    SeriesFacts {
        ical_uid: ical_uid(event),
        is_all_day: event.is_all_day.unwrap_or(false),
        time_zone: event.original_start_time_zone.clone().unwrap_or_default(),
    }
}

/// The item that `event` shows; an exception together with its series. `None` where a part is
/// missing without which nothing may be concluded. Null categories are none.
pub(crate) fn observed(event: &Event, series: Option<&SeriesFacts>) -> Option<ObservedItem> {
    let event_type = event_type(event)?;
    let member = match event_type {
        EventType::Exception => Some(SeriesMember {
            master: ItemHandle::from(master(event)?),
            original_start: original_start(event, series?)?,
        }),
        EventType::Single | EventType::Lone | EventType::Master => None,
        EventType::Occurrence => return None,
    };
    Some(ObservedItem {
        handle: ItemHandle(event.id.clone().filter(|id| !id.is_empty())?),
        kind: ItemKind::Appointment,
        version: version(event)?,
        categories: categories(&event.categories)?,
        folder: FolderRole::Other,
        is_draft: false,
        message_id: None,
        sender: None,
        created: instant(event.created_date_time.as_deref()),
        modified: instant(event.last_modified_date_time.as_deref()),
        received: None,
        ical_uid: match member {
            Some(_) => series?.ical_uid.clone(),
            None => ical_uid(event),
        },
        is_series: event_type == EventType::Master,
        series: member,
        is_organizer: event.is_organizer.unwrap_or(false),
    })
}

fn ical_uid(event: &Event) -> Option<String> {
    event.ical_uid.clone().filter(|uid| !uid.trim().is_empty())
}

/// Occurrences of whole days begin at midnight in the zone of their series.
fn original_start(event: &Event, series: &SeriesFacts) -> Option<Instant> {
    let written = instant(event.original_start.as_deref())?;
    if series.is_all_day { zone::day_of(written, &series.time_zone) } else { Some(written) }
}

/// The content that `event` shows, whose summary is `item`.
///
/// Errors: `Bug` where times, UID or recurrence are missing or not understood.
pub(crate) fn content(event: &Event, item: &ObservedItem) -> Result<AppointmentContent, Failure> {
    let missing = |what: &str| nonsense("PartialItem", &format!("An event has no usable {what}."));
    let is_all_day = event.is_all_day.unwrap_or(false);
    let time_zone = made_in(event);
    let at = |wire: Option<&DateTimeTimeZone>| {
        if is_all_day { zone::day(wire?, &time_zone) } else { zone::instant(wire?) }
    };
    let recurrence = match &event.recurrence {
        _ if !item.is_series => None,
        Some(wire) => Some(super::recurrence::recurrence(wire, &time_zone)?),
        None => return Err(missing("recurrence")),
    };
    let invited = |is_wanted: fn(&Attendee) -> bool| -> Vec<Address> {
        let attendees = event.attendees.iter().flatten().filter(|attendee| is_wanted(attendee));
        attendees.filter_map(|attendee| super::named(attendee.email_address.as_ref())).collect()
    };
    Ok(AppointmentContent {
        ical_uid: item.ical_uid.clone().ok_or_else(|| missing("UID"))?,
        subject: event.subject.clone().unwrap_or_default(),
        body: super::body(event.body.as_ref()),
        location: location(event),
        start: at(event.start.as_ref()).ok_or_else(|| missing("start"))?,
        end: at(event.end.as_ref()).ok_or_else(|| missing("end"))?,
        is_all_day,
        show_as: show_as(event.show_as.as_deref()),
        importance: super::importance(event.importance.as_deref()),
        is_private: is(event.sensitivity.as_deref(), "private"),
        is_organizer: item.is_organizer,
        organizer: address(event.organizer.as_ref()),
        required: invited(|attendee| !is_optional(attendee)),
        optional: invited(is_optional),
        join_url: join_url(event),
        cancelled: if recurrence.is_some() { cancelled(event)? } else { Vec::new() },
        recurrence,
        time_zone,
    })
}

/// The zone that an event was made in, else that of the answer.
fn made_in(event: &Event) -> String {
    let shown = || event.start.as_ref()?.time_zone.clone();
    let known = |name: &String| !name.trim().is_empty();
    event.original_start_time_zone.clone().filter(known).or_else(shown).unwrap_or_default()
}

fn is(text: Option<&str>, word: &str) -> bool {
    text.is_some_and(|text| text.eq_ignore_ascii_case(word))
}

/// Rooms and equipment need not come.
pub(crate) fn is_optional(attendee: &Attendee) -> bool {
    let name = attendee.attendee_type.as_deref();
    is(name, "optional") || is(name, "resource")
}

fn location(event: &Event) -> String {
    let name = |place: &Location| place.display_name.clone().filter(|name| !name.is_empty());
    event.location.as_ref().and_then(name).unwrap_or_else(|| {
        event.locations.iter().flatten().filter_map(name).collect::<Vec<_>>().join("; ")
    })
}

fn show_as(text: Option<&str>) -> ShowAs {
    match text.unwrap_or_default().to_ascii_lowercase().as_str() {
        "free" => ShowAs::Free,
        "tentative" => ShowAs::Tentative,
        "oof" => ShowAs::OutOfOffice,
        "workingelsewhere" => ShowAs::WorkingElsewhere,
        _ => ShowAs::Busy,
    }
}

fn join_url(event: &Event) -> Option<String> {
    let meeting = event.online_meeting.as_ref().and_then(|meeting| meeting.join_url.clone());
    let known = |url: &String| !url.trim().is_empty();
    meeting.filter(known).or_else(|| event.online_meeting_url.clone()).filter(known)
}

/// The days behind the last point of each id, each once and in their order.
fn cancelled(event: &Event) -> Result<Vec<Date>, Failure> {
    let day = |id: &String| id.rsplit('.').next().and_then(|day| day.parse::<Date>().ok());
    let days = event.cancelled_occurrences.iter().flatten().map(day);
    let mut days: Vec<Date> = days.collect::<Option<_>>().ok_or_else(|| {
        nonsense("MalformedOccurrence", "A cancelled occurrence was answered without its day.")
    })?;
    days.sort();
    days.dedup();
    Ok(days)
}
