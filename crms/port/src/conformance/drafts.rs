//! Calendar items and tasks to promote.

use super::bench::{Bench, Person};
use crate::CrmLink;
use earmark_model::activity::{Occurrence, Party, PartyRole, RecordRef};
use earmark_model::calendar::{Recurrence, RecurrenceEnd, RecurrencePattern, ShowAs};
use earmark_model::identity::{appointment_source_key, record_id};
use earmark_model::{
    ActivityDraft, ActivityId, Address, AppointmentContent, Body, BodyKind, Direction, Importance,
    Instant, ItemContent, ItemHandle, ItemKind, TaskContent,
};
use jiff::civil::Date;
use std::time::Duration;
use uuid::Uuid;

pub(super) const HOUR: Duration = Duration::from_secs(60 * 60);
pub(super) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A day at its beginning, so many days after today, in UTC.
pub(super) fn day(bench: &dyn Bench, ahead: u32) -> Instant {
    let millis = i64::try_from(DAY.as_millis()).unwrap_or(i64::MAX);
    let now = bench.now().as_millis();
    Instant::from_millis(now - now.rem_euclid(millis)).plus(DAY * ahead)
}

/// The date of an instant, in UTC.
pub(super) fn date(at: Instant) -> Date {
    jiff::Timestamp::from_millisecond(at.as_millis())
        .map(|at| jiff::tz::TimeZone::UTC.to_datetime(at).date())
        .unwrap_or_default()
}

/// A meeting of `person` with two others, ten days ahead at nine.
pub(super) fn appointment(bench: &dyn Bench, person: &Person) -> (ActivityDraft, CrmLink) {
    let number = bench.fresh();
    let start = day(bench, 10).plus(HOUR * 9);
    let content = AppointmentContent {
        ical_uid: format!("040000008200E00074C5B7101A82E008-Conformance-{number}"),
        subject: format!("Meeting {number}"),
        body: Body { kind: BodyKind::Text, text: "What we talk about".to_owned() },
        location: "Room 7".to_owned(),
        start,
        end: start.plus(HOUR),
        is_all_day: false,
        time_zone: "UTC".to_owned(),
        show_as: ShowAs::Busy,
        importance: Importance::High,
        is_private: true,
        is_organizer: true,
        organizer: None,
        required: vec![attendee("required@outside.test")],
        optional: vec![attendee("optional@outside.test")],
        join_url: Some(format!("https://meet.test/{number}")),
        recurrence: None,
        cancelled: Vec::new(),
    };
    let organizer = RecordRef { table: "systemuser".to_owned(), id: person.owner.0 };
    let party = |role, address: &str, record| Party {
        role,
        address: address.to_owned(),
        name: String::new(),
        record,
    };
    let parties = vec![
        party(PartyRole::Organizer, "organizer@conformance.test", Some(organizer)),
        party(PartyRole::Required, "required@outside.test", None),
        party(PartyRole::Optional, "optional@outside.test", None),
    ];
    draft(bench, person, ItemKind::Appointment, ItemContent::Appointment(content), parties)
}

/// Somebody who is known by an address alone.
pub(super) fn attendee(address: &str) -> Address {
    Address { name: String::new(), address: address.to_owned() }
}

/// A daily series of five meetings.
pub(super) fn series(bench: &dyn Bench, person: &Person) -> (ActivityDraft, CrmLink) {
    let (mut draft, link) = appointment(bench, person);
    let start = date(meeting(&mut draft).start);
    meeting(&mut draft).recurrence = Some(Recurrence {
        pattern: RecurrencePattern::Daily { interval: 1 },
        start,
        end: RecurrenceEnd::After(5),
        time_zone: "UTC".to_owned(),
    });
    (draft, link)
}

/// The exception of the occurrence of `series` that starts at `original_start`, one hour later.
pub(super) fn exception(
    bench: &dyn Bench,
    series: &ActivityDraft,
    original_start: Instant,
) -> (ActivityDraft, CrmLink) {
    let mut draft = series.clone();
    draft.id = occurrence_id(bench, series, original_start);
    draft.occurrence = Some(Occurrence { original_start, series: Some(series.id) });
    let content = meeting(&mut draft);
    content.recurrence = None;
    content.subject.push_str(", moved");
    content.start = original_start.plus(HOUR);
    content.end = original_start.plus(HOUR * 3);
    let handle = ItemHandle(format!("Exception-{}", bench.fresh()));
    (draft, CrmLink { mailbox: series.mailbox, handle })
}

/// The id that the occurrence of a series has.
pub(super) fn occurrence_id(
    bench: &dyn Bench,
    series: &ActivityDraft,
    original_start: Instant,
) -> ActivityId {
    let uid = match &series.content {
        ItemContent::Appointment(content) => content.ical_uid.clone(),
        _ => String::new(),
    };
    let key = appointment_source_key(&uid, Some(original_start));
    record_id(bench.crm().organization(), ItemKind::Appointment, &key, "", 0)
}

/// A task, due in a week.
pub(super) fn task(bench: &dyn Bench, person: &Person) -> (ActivityDraft, CrmLink) {
    let content = TaskContent {
        subject: format!("Task {}", bench.fresh()),
        body: Body { kind: BodyKind::Html, text: "<p>Call &amp; ask</p>".to_owned() },
        status: earmark_model::task::TaskStatus::InProgress,
        percent_complete: Some(40),
        importance: Importance::Low,
        start: Some(day(bench, 5)),
        due: Some(day(bench, 7)),
        completed: None,
        back_link: None,
    };
    draft(bench, person, ItemKind::Task, ItemContent::Task(content), Vec::new())
}

fn draft(
    bench: &dyn Bench,
    person: &Person,
    kind: ItemKind,
    content: ItemContent,
    parties: Vec<Party>,
) -> (ActivityDraft, CrmLink) {
    let number = bench.fresh();
    let draft = ActivityDraft {
        id: ActivityId(Uuid::from_u64_pair(0x00c0_f0c0_f0c0_8f01, (0x8 << 60) | number)),
        kind,
        direction: Direction::Incoming,
        message_id: None,
        occurrence: None,
        content,
        parties,
        regarding: None,
        owner: person.owner,
        mailbox: person.mailbox,
        accepted_for: None,
        queues: Vec::new(),
    };
    (draft, CrmLink { mailbox: person.mailbox, handle: ItemHandle(format!("Item-{number}")) })
}

/// What a draft of a calendar item says.
pub(super) fn meeting(draft: &mut ActivityDraft) -> &mut AppointmentContent {
    match &mut draft.content {
        ItemContent::Appointment(content) => content,
        ItemContent::Message(_) | ItemContent::Task(_) => unreachable!("made as an appointment"),
    }
}

/// What a draft of a task says.
pub(super) fn errand(draft: &mut ActivityDraft) -> &mut TaskContent {
    match &mut draft.content {
        ItemContent::Task(content) => content,
        ItemContent::Message(_) | ItemContent::Appointment(_) => unreachable!("made as a task"),
    }
}
