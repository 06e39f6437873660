//! What the pretend server shows of what it stores.

use crate::pretend::{Contents, Entry, Flaw, Stored, What};
use earmark_mailbox_port::conformance::{Errand, Folder, Mail, Meeting};
use earmark_model::{
    ActivityId, Address, AppointmentContent, Attachment, Body, BodyKind, Field, FieldValue,
    FolderRole, Importance, Instant, ItemContent, ItemHandle, MessageContent, ObservedItem,
    Recurrence, SeriesMember, TaskContent, TaskStatus, Version,
};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

pub fn version(stored: &Stored) -> Version {
    Version(format!("v{}", stored.serial))
}

/// The instant at which clocks where the suite's items are made show `local`.
fn instant(local: DateTime, flaw: Option<Flaw>) -> Instant {
    let is_wrong = flaw == Some(Flaw::WallClockIsUtc);
    let name = if is_wrong { "UTC" } else { "Europe/Berlin" };
    let zoned = local.to_zoned(TimeZone::get(name).expect("zone")).expect("in range");
    Instant::from_millis(zoned.timestamp().as_millisecond())
}

/// The clock at `instant` where the suite's items are made.
fn local(instant: Instant) -> DateTime {
    let zone = TimeZone::get("Europe/Berlin").expect("zone");
    let timestamp = jiff::Timestamp::from_millisecond(instant.as_millis()).expect("in range");
    timestamp.to_zoned(zone).datetime()
}

/// Gives a field of an event or task a new value; false for one that it has not.
pub fn give(what: &mut What, field: Field, value: &FieldValue) -> bool {
    match what {
        What::Mail { .. } => false,
        What::Event(entry) => give_event(entry, field, value),
        What::Task { errand, .. } => give_task(errand, field, value),
    }
}

fn give_event(entry: &mut Entry, field: Field, value: &FieldValue) -> bool {
    let meeting = &mut entry.meeting;
    match (field, value) {
        (Field::Subject, FieldValue::Text(text)) => meeting.subject.clone_from(text),
        (Field::Location, FieldValue::Text(text)) => meeting.location.clone_from(text),
        (Field::Body, FieldValue::Body(body)) => meeting.html.clone_from(&body.text),
        (Field::Time, FieldValue::Time { start, end, is_all_day }) => {
            give_time(meeting, *start, *end, *is_all_day);
        }
        (Field::Time, FieldValue::Series { start, end, is_all_day, recurrence }) => {
            give_time(meeting, *start, *end, *is_all_day);
            meeting.recurrence = Some((recurrence.pattern.clone(), recurrence.end));
        }
        (Field::ShowAs, FieldValue::ShowAs(show_as)) => meeting.show_as = *show_as,
        (Field::Importance, FieldValue::Importance(importance)) => meeting.importance = *importance,
        (Field::Attendees, FieldValue::People { required, optional }) => {
            let is_room = |one: &&Address| meeting.resources.contains(&one.address);
            let addresses = |list: &[Address], rooms: bool| -> Vec<String> {
                let some = list.iter().filter(|one| is_room(one) == rooms);
                some.map(|one| one.address.clone()).collect()
            };
            let rooms = addresses(optional, true);
            (meeting.required, meeting.optional) =
                (addresses(required, false), addresses(optional, false));
            meeting.resources = rooms;
        }
        _ => return false,
    }
    true
}

fn give_time(meeting: &mut Meeting, start: Instant, end: Instant, is_all_day: bool) {
    let start_at = local(start);
    (meeting.day, meeting.time) = (start_at.date(), start_at.time());
    meeting.length = (end.as_millis() - start.as_millis()) / 60_000;
    meeting.is_all_day = is_all_day;
}

fn give_task(errand: &mut Errand, field: Field, value: &FieldValue) -> bool {
    match (field, value) {
        (Field::Subject, FieldValue::Text(text)) => errand.title.clone_from(text),
        (Field::Body, FieldValue::Body(body)) => errand.text.clone_from(&body.text),
        (Field::Status, FieldValue::Status(status)) => errand.status = *status,
        (Field::Importance, FieldValue::Importance(importance)) => errand.importance = *importance,
        (Field::Start, FieldValue::At(at)) => errand.start = at.map(|at| local(at).date()),
        (Field::Due, FieldValue::At(at)) => errand.due = at.map(|at| local(at).date()),
        _ => return false,
    }
    true
}

fn role(stored: &Stored) -> FolderRole {
    let What::Mail { folder, .. } = &stored.what else { return FolderRole::Other };
    match folder {
        Folder::Inbox => FolderRole::Inbox,
        Folder::SentItems => FolderRole::SentItems,
        Folder::Drafts => FolderRole::Drafts,
        Folder::DeletedItems | Folder::BelowDeletedItems => FolderRole::DeletedItems,
        Folder::Junk | Folder::BelowJunk => FolderRole::Junk,
        Folder::Ordinary | Folder::BelowInbox => FolderRole::Other,
    }
}

pub fn observed(
    contents: &Contents,
    handle: &ItemHandle,
    stored: &Stored,
    flaw: Option<Flaw>,
) -> ObservedItem {
    let mail = match &stored.what {
        What::Mail { mail, .. } => Some(mail),
        What::Event(_) | What::Task { .. } => None,
    };
    let entry = match &stored.what {
        What::Event(entry) => Some(entry),
        What::Mail { .. } | What::Task { .. } => None,
    };
    let member = entry.and_then(|entry| entry.member.as_ref());
    let start = |entry: &Entry, day: jiff::civil::Date| day.to_datetime(entry.meeting.time);
    ObservedItem {
        handle: handle.clone(),
        kind: stored.kind(),
        version: version(stored),
        categories: stored.categories.clone(),
        folder: role(stored),
        is_draft: stored.lies_in(Folder::Drafts),
        message_id: mail.map(|mail| mail.message_id.clone()),
        sender: mail.map(|mail| mail.from.to_lowercase()),
        created: Some(stored.at),
        modified: Some(stored.at),
        received: mail.map(|_| stored.at),
        ical_uid: entry.map(|entry| uid(contents, entry, flaw)),
        is_series: entry.is_some_and(is_series),
        series: entry.zip(member).map(|(entry, (master, day))| SeriesMember {
            master: master.clone(),
            original_start: instant(start(entry, *day), flaw),
        }),
        is_organizer: entry
            .is_some_and(|entry| entry.is_organizer || flaw == Some(Flaw::EverybodyOrganizes)),
    }
}

fn is_series(entry: &Entry) -> bool {
    entry.member.is_none() && entry.meeting.recurrence.is_some()
}

/// An exception has the UID of its series.
fn uid(contents: &Contents, entry: &Entry, flaw: Option<Flaw>) -> String {
    let series = entry.member.as_ref().and_then(|(master, _)| contents.items.get(master));
    match series.map(|stored| &stored.what) {
        Some(What::Event(series)) if flaw != Some(Flaw::ExceptionsHaveTheirOwnUid) => {
            series.uid.clone()
        }
        _ => entry.uid.clone(),
    }
}

pub fn content(
    contents: &Contents,
    handle: &ItemHandle,
    stored: &Stored,
    flaw: Option<Flaw>,
) -> ItemContent {
    match &stored.what {
        What::Mail { mail, .. } => ItemContent::Message(message(mail, stored.at)),
        What::Event(entry) => {
            let organizer = handle.as_str().split('/').next().unwrap_or_default();
            let uid = uid(contents, entry, flaw);
            ItemContent::Appointment(appointment(entry, uid, organizer, flaw))
        }
        What::Task { errand, link, .. } => ItemContent::Task(task(errand, *link, stored.at, flaw)),
    }
}

fn addresses(list: &[String]) -> Vec<Address> {
    let named = |address: &String| Address { name: String::new(), address: address.clone() };
    list.iter().map(named).collect()
}

fn appointment(
    entry: &Entry,
    ical_uid: String,
    organizer: &str,
    flaw: Option<Flaw>,
) -> AppointmentContent {
    let meeting = &entry.meeting;
    let (start, end) = meeting.local();
    let mut optional = addresses(&meeting.optional);
    if flaw != Some(Flaw::RoomsAreLost) {
        optional.extend(addresses(&meeting.resources));
    }
    let mut cancelled = entry.cancelled.clone();
    if flaw == Some(Flaw::CancelledAreForgotten) {
        cancelled.clear();
    }
    let recurrence = meeting.recurrence.as_ref().filter(|_| is_series(entry));
    AppointmentContent {
        ical_uid,
        subject: meeting.subject.clone(),
        body: Body { kind: BodyKind::Html, text: meeting.html.clone() },
        location: meeting.location.clone(),
        start: instant(start, flaw),
        end: instant(end, flaw),
        is_all_day: meeting.is_all_day,
        time_zone: meeting.time_zone.clone(),
        show_as: meeting.show_as,
        importance: meeting.importance,
        is_private: meeting.is_private,
        is_organizer: entry.is_organizer,
        organizer: Some(Address { name: String::new(), address: organizer.to_owned() }),
        required: addresses(&meeting.required),
        optional,
        join_url: meeting.is_online.then(|| "https://meet.inside.test/1".to_owned()),
        recurrence: recurrence.map(|(pattern, end)| Recurrence {
            pattern: pattern.clone(),
            start: meeting.day,
            end: *end,
            time_zone: meeting.time_zone.clone(),
        }),
        cancelled,
    }
}

fn task(
    errand: &Errand,
    back_link: Option<ActivityId>,
    at: Instant,
    flaw: Option<Flaw>,
) -> TaskContent {
    let day = |day: jiff::civil::Date| instant(day.into(), flaw);
    TaskContent {
        subject: errand.title.clone(),
        body: Body { kind: BodyKind::Text, text: errand.text.clone() },
        status: errand.status,
        percent_complete: match errand.status {
            TaskStatus::NotStarted => Some(0),
            TaskStatus::Completed => Some(100),
            TaskStatus::InProgress | TaskStatus::WaitingOnOthers | TaskStatus::Deferred => None,
        },
        importance: errand.importance,
        start: errand.start.map(day),
        due: errand.due.map(day),
        completed: (errand.status == TaskStatus::Completed).then_some(at),
        back_link,
    }
}

fn message(mail: &Mail, at: Instant) -> MessageContent {
    let address = |address: &str| Address { name: String::new(), address: address.to_owned() };
    MessageContent {
        subject: mail.subject.clone(),
        body: Body { kind: BodyKind::Html, text: mail.html.clone() },
        from: Some(address(&mail.from)),
        sender: None,
        to: Vec::new(),
        cc: Vec::new(),
        bcc: Vec::new(),
        sent: Some(at),
        received: Some(at),
        importance: Importance::Normal,
        in_reply_to: mail.in_reply_to.clone(),
        conversation_index: None,
        read_receipt_requested: false,
        delivery_receipt_requested: false,
        has_transport: mail.has_travelled,
        keywords: Vec::new(),
        attachments: mail
            .attachments
            .iter()
            .map(|file| Attachment {
                name: file.name.clone(),
                content_type: file.content_type.clone(),
                content_id: file.content_id.clone(),
                is_inline: file.content_id.is_some(),
                size: file.bytes.len() as u64,
                content: Some(file.bytes.clone()),
            })
            .collect(),
        size: mail.html.len() as u64,
    }
}
