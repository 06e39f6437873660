//! What calendar items say.

use super::meeting::{day_after, in_zone};
use super::{Bench, Desk, Meeting, Outcome, TRACKED, Verdict, done, ensure, equal, names};
use crate::{CategoryWrite, Detail, ItemRead};
use earmark_model::{
    Address, AppointmentContent, BodyKind, Field, FieldValue, Importance, ItemContent, ItemHandle,
    ItemKind, Recurrence, RecurrenceEnd, RecurrencePattern, ShowAs, WeekIndex,
};
use jiff::Span;
use jiff::civil::{Weekday, date};

const KIND: ItemKind = ItemKind::Appointment;

impl Desk<'_> {
    async fn appointment(&self, handle: &ItemHandle) -> Result<AppointmentContent, String> {
        let read = self.mailbox.item(KIND, handle, Detail::Content).await;
        match done(read, "reading content")? {
            ItemRead::Found { content: Some(content), .. } => match *content {
                ItemContent::Appointment(content) => Ok(content),
                other => Err(format!("the content is not an appointment's: {other:?}")),
            },
            other => Err(format!("content was asked for and {other:?} answered")),
        }
    }
}

fn addresses(list: &[Address]) -> Vec<String> {
    list.iter().map(|one| one.address.to_lowercase()).collect()
}

/// Everything of `meeting`, field by field, but its series.
async fn same(desk: &Desk<'_>, meeting: &Meeting) -> Result<AppointmentContent, String> {
    let handle = desk.meet(meeting).await?;
    let content = desk.appointment(&handle).await?;
    let (start, end) = meeting.local();
    equal(&content.subject, &meeting.subject, "subject")?;
    equal(&content.body.kind, &BodyKind::Html, "kind of the body")?;
    ensure(content.body.text.contains("Agenda"), || "the body's text is missing".to_owned())?;
    equal(&content.location, &meeting.location, "location")?;
    equal(&content.start, &in_zone(start)?, "start")?;
    equal(&content.end, &in_zone(end)?, "end")?;
    equal(&content.is_all_day, &meeting.is_all_day, "all day")?;
    equal(&content.time_zone, &meeting.time_zone, "zone")?;
    equal(&content.show_as, &meeting.show_as, "show as")?;
    equal(&content.importance, &meeting.importance, "importance")?;
    equal(&content.is_private, &meeting.is_private, "private")?;
    equal(&content.is_organizer, &true, "is organizer")?;
    let organizer = content.organizer.as_ref().map(|one| one.address.to_lowercase());
    equal(&organizer.as_deref(), &Some(desk.address.as_str()), "organizer")?;
    equal(&addresses(&content.required), &meeting.required, "required attendees")?;
    let optional: Vec<_> = meeting.optional.iter().chain(&meeting.resources).cloned().collect();
    equal(&addresses(&content.optional), &optional, "optional attendees and resources")?;
    equal(&content.join_url.is_some(), &meeting.is_online, "online")?;
    equal(&Some(content.ical_uid.clone()), &desk.look_at(KIND, &handle).await?.ical_uid, "UID")?;
    Ok(content)
}

pub(super) async fn fields_of_an_appointment_take_new_values(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "appointment-fields").await?;
    let mut meeting = Meeting::new("Review", date(2026, 3, 27)).with(&["zebra", TRACKED]);
    meeting.required.clear();
    meeting.optional.clear();
    meeting.resources.clear();
    let handle = desk.meet(&meeting).await?;
    let (before, base) = (desk.appointment(&handle).await?, desk.look_at(KIND, &handle).await?);
    // An hour of its zone, across the change to summer time.
    let start = in_zone(date(2026, 3, 30).at(9, 0, 0, 0))?;
    let end = in_zone(date(2026, 3, 30).at(9, 45, 0, 0))?;
    let changes = [
        (Field::Subject, FieldValue::Text("Review & more".to_owned())),
        (Field::Location, FieldValue::Text("Room 5".to_owned())),
        (Field::Time, FieldValue::Time { start, end, is_all_day: false }),
        (Field::ShowAs, FieldValue::ShowAs(ShowAs::OutOfOffice)),
        (Field::Importance, FieldValue::Importance(Importance::Low)),
    ];
    let zone = Some(before.time_zone.as_str());
    let write = desk.mailbox.change_fields(KIND, &handle, &changes, zone, &base.version).await;
    let item = desk.look_at(KIND, &handle).await?;
    equal(&done(write, "writing fields")?, &CategoryWrite::Done(item.version), "the answer")?;
    equal(&item.categories, &base.categories, "categories")?;
    let content = desk.appointment(&handle).await?;
    equal(&content.body.text, &before.body.text, "the body")?;
    equal(&content.subject, &"Review & more".to_owned(), "subject")?;
    equal(&content.location, &"Room 5".to_owned(), "location")?;
    equal(&(content.start, content.end, content.is_all_day), &(start, end, false), "time")?;
    equal(&content.time_zone, &before.time_zone, "zone")?;
    equal(&content.show_as, &ShowAs::OutOfOffice, "show as")?;
    equal(&content.importance, &Importance::Low, "importance")?;
    let late = desk.mailbox.change_fields(KIND, &handle, &changes[..1], zone, &base.version).await;
    equal(&done(late, "writing late")?, &CategoryWrite::Stale, "the answer for an old version")?;
    bench.delete(&desk.address, KIND, &handle).await?;
    let gone = desk.mailbox.change_fields(KIND, &handle, &changes[..1], zone, &base.version).await;
    equal(&done(gone, "writing nowhere")?, &CategoryWrite::Gone, "the answer for a missing one")?;
    Ok(Verdict::Held)
}

pub(super) async fn the_time_of_a_series_takes_a_new_value(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "series-time").await?;
    let (series, first) = desk.daily(5, &[TRACKED]).await?;
    // A day of the pattern, so that no server moves it.
    let monday = first.nth_weekday(2, Weekday::Monday).map_err(|error| error.to_string())?;
    let mondays = RecurrencePattern::Weekly {
        interval: 2,
        days: vec![Weekday::Monday],
        first_day: Weekday::Sunday,
    };
    let last = monday.saturating_add(Span::new().days(28));
    let days = RecurrencePattern::Daily { interval: 1 };
    for (pattern, end, hour) in [
        (mondays.clone(), RecurrenceEnd::Never, 11),
        (mondays, RecurrenceEnd::On(last), 11),
        (days, RecurrenceEnd::After(3), 8),
    ] {
        let before = desk.appointment(&series).await?;
        let base = desk.look_at(KIND, &series).await?;
        let at = |hour| in_zone(monday.at(hour, 0, 0, 0));
        let time_zone = before.time_zone.clone();
        let recurrence = Recurrence { pattern, start: monday, end, time_zone };
        let (start, end, is_all_day) = (at(hour)?, at(hour + 1)?, false);
        let value = FieldValue::Series { start, end, is_all_day, recurrence };
        let changes = [(Field::Time, value.clone())];
        let zone = Some(before.time_zone.as_str());
        let write = desk.mailbox.change_fields(KIND, &series, &changes, zone, &base.version).await;
        let item = desk.look_at(KIND, &series).await?;
        equal(&done(write, "writing the time")?, &CategoryWrite::Done(item.version), "the answer")?;
        equal(&item.categories, &base.categories, "categories")?;
        let content = ItemContent::Appointment(desk.appointment(&series).await?);
        equal(&FieldValue::of(&content, Field::Time), &Some(value), "the time")?;
        equal(
            &FieldValue::of(&content, Field::Subject),
            &Some(FieldValue::Text(before.subject)),
            "the rest",
        )?;
    }
    Ok(Verdict::Held)
}

pub(super) async fn attendees_of_an_appointment_take_new_values(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "appointment-attendees").await?;
    let meeting = Meeting {
        required: vec!["ben@outside.test".to_owned(), "cleo@outside.test".to_owned()],
        optional: vec!["dora@outside.test".to_owned()],
        resources: vec!["room1@outside.test".to_owned()],
        ..Meeting::new("Round", day_after(bench.now(), 3)?)
    };
    let handle = desk.meet(&meeting).await?;
    let people = |list: &[&str]| -> Vec<Address> {
        let one = |address: &&str| Address { name: String::new(), address: (*address).to_owned() };
        list.iter().map(one).collect()
    };
    let sorted = |list: &[Address]| {
        let mut addresses = addresses(list);
        addresses.sort();
        addresses
    };
    for (required, optional) in [
        (&["cleo@outside.test", "emil@outside.test"][..], &["room1@outside.test"][..]),
        (&["emil@outside.test"], &["cleo@outside.test", "room1@outside.test"]),
        (&[], &[]),
    ] {
        let base = desk.look_at(KIND, &handle).await?;
        let before = desk.appointment(&handle).await?;
        let value = FieldValue::People { required: people(required), optional: people(optional) };
        let changes = [(Field::Attendees, value)];
        let write = desk.mailbox.change_fields(KIND, &handle, &changes, None, &base.version).await;
        let item = desk.look_at(KIND, &handle).await?;
        equal(&done(write, "inviting")?, &CategoryWrite::Done(item.version), "the answer")?;
        let content = desk.appointment(&handle).await?;
        equal(&sorted(&content.required), &sorted(&people(required)), "required")?;
        equal(&sorted(&content.optional), &sorted(&people(optional)), "optional")?;
        equal(&(content.start, content.subject), &(before.start, before.subject), "the rest")?;
    }
    Ok(Verdict::Held)
}

pub(super) async fn content_of_an_appointment_is_whole(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "appointment").await?;
    let plain = Meeting::new("Größe 🙂", day_after(bench.now(), 1)?);
    let rich = Meeting {
        show_as: ShowAs::OutOfOffice,
        importance: Importance::High,
        is_private: true,
        is_online: true,
        required: vec!["ben@outside.test".to_owned(), "cleo@outside.test".to_owned()],
        optional: vec!["dora@outside.test".to_owned()],
        resources: vec!["room1@outside.test".to_owned()],
        ..plain.clone()
    };
    for meeting in [plain, rich] {
        let content = same(&desk, &meeting).await?;
        equal(&content.recurrence, &None, "recurrence")?;
        equal(&content.cancelled, &Vec::new(), "cancelled")?;
    }
    Ok(Verdict::Held)
}

pub(super) async fn instants_are_right_across_zones(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "appointment-zones").await?;
    // Winter, summer, and days on which the clocks are changed.
    for day in [date(2026, 1, 15), date(2026, 7, 15), date(2026, 3, 29), date(2026, 10, 25)] {
        same(&desk, &Meeting::new("By the clock", day)).await?;
        let whole = Meeting { is_all_day: true, length: 2, ..Meeting::new("Whole days", day) };
        same(&desk, &whole).await?;
    }
    Ok(Verdict::Held)
}

pub(super) async fn content_of_a_series_is_whole(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "appointment-series").await?;
    // A Monday, the first of its month.
    let first = date(2026, 6, 1);
    let days = || vec![Weekday::Monday, Weekday::Thursday];
    let until = RecurrenceEnd::On(date(2028, 6, 1));
    let cases = [
        (RecurrencePattern::Daily { interval: 2 }, RecurrenceEnd::After(10)),
        (
            RecurrencePattern::Weekly { interval: 2, days: days(), first_day: Weekday::Monday },
            RecurrenceEnd::Never,
        ),
        (RecurrencePattern::AbsoluteMonthly { interval: 3, day: 1 }, until),
        (
            RecurrencePattern::RelativeMonthly {
                interval: 1,
                days: vec![Weekday::Monday],
                index: WeekIndex::First,
            },
            RecurrenceEnd::After(4),
        ),
        (RecurrencePattern::AbsoluteYearly { interval: 1, month: 6, day: 1 }, until),
        (
            RecurrencePattern::RelativeYearly {
                interval: 1,
                month: 6,
                days: vec![Weekday::Monday],
                index: WeekIndex::First,
            },
            RecurrenceEnd::Never,
        ),
    ];
    for (pattern, end) in cases {
        let meeting = Meeting::new("Series", first).repeated(pattern.clone(), end);
        let content = same(&desk, &meeting).await?;
        let time_zone = meeting.time_zone.clone();
        let wanted = Recurrence { pattern, start: first, end, time_zone };
        equal(&content.recurrence, &Some(wanted), "recurrence")?;
        equal(&content.cancelled, &Vec::new(), "cancelled")?;
    }
    Ok(Verdict::Held)
}

pub(super) async fn cancelled_occurrences_are_told(bench: &dyn Bench) -> Outcome {
    let desk = Desk::new(bench, "appointment-cancelled").await?;
    let (series, first) = desk.daily(3, &[TRACKED]).await?;
    let before = desk.look_at(KIND, &series).await?.version;
    let days = [1, 3].map(|days| first.saturating_add(Span::new().days(days)));
    for day in days {
        bench.cancel_occurrence(&desk.address, &series, day).await?;
    }
    let content = desk.appointment(&series).await?;
    equal(&content.cancelled, &days.to_vec(), "cancelled")?;
    let version = desk.look_at(KIND, &series).await?.version;
    ensure(version != before, || "the version of the series stayed".to_owned())?;
    equal(&done(desk.mailbox.exceptions(&series).await, "exceptions")?, &Vec::new(), "exceptions")?;
    Ok(Verdict::Held)
}

pub(super) async fn an_exception_says_what_differs_and_has_the_uid_of_its_series(
    bench: &dyn Bench,
) -> Outcome {
    let desk = Desk::new(bench, "appointment-exception").await?;
    let (series, first) = desk.daily(3, &[]).await?;
    let day = first.saturating_add(Span::new().days(1));
    let handle = bench.make_exception(&desk.address, &series, day, "Elsewhere").await?;
    let (of_series, content) = (desk.appointment(&series).await?, desk.appointment(&handle).await?);
    equal(&content.subject.as_str(), &"Elsewhere", "subject")?;
    equal(&content.ical_uid, &of_series.ical_uid, "UID")?;
    equal(&content.start, &in_zone(day.to_datetime(jiff::civil::time(9, 0, 0, 0)))?, "start")?;
    equal(&content.recurrence, &None, "recurrence")?;
    equal(&content.cancelled, &Vec::new(), "cancelled")?;
    Ok(Verdict::Held)
}

pub(super) async fn content_comes_only_to_bearers_where_that_was_asked_for(
    bench: &dyn Bench,
) -> Outcome {
    let desk = Desk::new(bench, "if-bearing").await?;
    let day = day_after(bench.now(), 1)?;
    let mut items = Vec::new();
    for categories in [&["tracked to dynamics 365", "Red"][..], &["Red"], &[]] {
        let is_wanted = categories.len() == 2;
        let mail = super::Mail::new("Offer").with(categories);
        items.push((ItemKind::Email, desk.deliver(mail).await?, is_wanted));
        let event = desk.meet(&Meeting::new("Meeting", day).with(categories)).await?;
        items.push((KIND, event, is_wanted));
        if bench.server().capabilities().tasks {
            let list = bench.make_task_list(&desk.address, &format!("L{}", items.len())).await?;
            let errand = super::Errand::new("Errand").with(categories);
            let task = bench.make_task(&desk.address, &list, &errand).await?;
            items.push((ItemKind::Task, task, is_wanted));
        }
    }
    let wanted = names(&[TRACKED, "Blue"]);
    for (kind, handle, is_wanted) in items {
        let read = desk.mailbox.item(kind, &handle, Detail::ContentIfBearing(&wanted)).await;
        let ItemRead::Found { item, content } = done(read, "reading")? else {
            return Err(format!("{handle} reads as gone"));
        };
        equal(&item.handle, &handle, "item")?;
        equal(&content.is_some(), &is_wanted, &format!("content of {kind:?}"))?;
    }
    Ok(Verdict::Held)
}
