//! What a calendar item says.

use crate::script::{World, ok, world};
use earmark_mailbox_port::{Detail, ItemRead};
use earmark_model::{
    AppointmentContent, BodyKind, CategoryName, Failure, Importance, ItemContent, ItemHandle,
    ItemKind, RecurrenceEnd, RecurrencePattern, ShowAs,
};
use jiff::civil::{Weekday, date};
use serde_json::{Value, json};

const SERIES: &str = include_str!("../../fixtures/series_with_content.json");

async fn read(world: &World, event: &Value) -> Result<AppointmentContent, Failure> {
    world.script.answers(ok(&event.to_string()));
    let handle = ItemHandle::from("M=");
    let read = world.anna().item(ItemKind::Appointment, &handle, Detail::Content).await?;
    let ItemRead::Found { content: Some(content), .. } = read else { panic!("no content") };
    let ItemContent::Appointment(content) = *content else { panic!("no appointment") };
    Ok(content)
}

fn series() -> Value {
    serde_json::from_str(SERIES).expect("fixture")
}

#[tokio::test]
async fn a_series_is_mapped_whole_in_one_request() {
    let world = world();
    let content = read(&world, &series()).await.expect("content");
    assert_eq!((content.ical_uid.as_str(), content.subject.as_str()), ("0400A1", "Renewal call"));
    assert_eq!((content.body.kind, content.body.text.as_str()), (BodyKind::Html, "<p>Agenda</p>"));
    assert_eq!(content.location, "Room 1; Room 2");
    assert_eq!(content.start.to_string(), "2026-11-23T09:00:00Z");
    assert_eq!(content.end.to_string(), "2026-11-23T09:30:00Z");
    assert_eq!(
        (content.is_all_day, content.time_zone.as_str()),
        (false, "W. Europe Standard Time")
    );
    assert_eq!((content.show_as, content.importance), (ShowAs::Tentative, Importance::High));
    assert!(content.is_private && content.is_organizer);
    assert_eq!(content.organizer.map(|who| who.address).as_deref(), Some("anna@example.test"));
    let addresses = |who: &[earmark_model::Address]| {
        who.iter().map(|who| who.address.clone()).collect::<Vec<_>>()
    };
    assert_eq!(addresses(&content.required), ["ben@example.test", "dora@example.test"]);
    assert_eq!(addresses(&content.optional), ["carl@example.test", "room1@example.test"]);
    assert_eq!(content.join_url.as_deref(), Some("https://meet.example.test/1"));
    assert_eq!(content.cancelled, [date(2026, 12, 7), date(2026, 12, 14)]);
    let recurrence = content.recurrence.expect("recurrence");
    let days = vec![Weekday::Monday];
    let weekly = RecurrencePattern::Weekly { interval: 1, days, first_day: Weekday::Monday };
    assert_eq!(recurrence.pattern, weekly);
    assert_eq!(recurrence.end, RecurrenceEnd::On(date(2027, 1, 25)));
    let lines = world.script.lines();
    assert_eq!(
        lines,
        [
            "GET /users/anna@example.test/events/M=?$select=id,categories,changeKey,createdDateTime,lastModifiedDateTime,type,iCalUId,seriesMasterId,originalStart,originalStartTimeZone,isAllDay,isOrganizer,subject,body,start,end,location,locations,showAs,sensitivity,importance,organizer,attendees,onlineMeeting,onlineMeetingUrl,recurrence,cancelledOccurrences"
        ]
    );
}

#[tokio::test]
async fn a_day_lasts_from_midnight_to_midnight_in_its_zone() {
    let world = world();
    let mut event = series();
    event["type"] = json!("singleInstance");
    event["isAllDay"] = json!(true);
    event["start"] = json!({"dateTime": "2026-10-25T00:00:00.0000000", "timeZone": "UTC"});
    event["end"] = json!({"dateTime": "2026-10-26T00:00:00.0000000", "timeZone": "UTC"});
    let content = read(&world, &event).await.expect("content");
    // The clocks went back that night: 25 hours.
    assert_eq!(content.start.to_string(), "2026-10-24T22:00:00Z");
    assert_eq!(content.end.to_string(), "2026-10-25T23:00:00Z");
    assert!(content.is_all_day && content.recurrence.is_none() && content.cancelled.is_empty());
}

#[tokio::test]
async fn an_exception_has_the_uid_of_its_series() {
    let world = world();
    let mut event = series();
    event["type"] = json!("exception");
    event["iCalUId"] = json!("0400A1-of-the-occurrence");
    event["seriesMasterId"] = json!("M0");
    event["originalStart"] = json!("2026-11-30T09:00:00Z");
    event["recurrence"] = json!(null);
    world.script.answers(ok(&event.to_string()));
    let mut master = series();
    master["id"] = json!("M0");
    world.script.answers(ok(&master.to_string()));
    let handle = ItemHandle::from("M=");
    let read = world.anna().item(ItemKind::Appointment, &handle, Detail::Content).await;
    let Ok(ItemRead::Found { item, content: Some(content) }) = read else { panic!("{read:?}") };
    let ItemContent::Appointment(content) = *content else { panic!("no appointment") };
    assert_eq!((item.ical_uid.as_deref(), content.ical_uid.as_str()), (Some("0400A1"), "0400A1"));
    assert_eq!(world.script.lines().len(), 2);
}

#[tokio::test]
async fn content_comes_only_with_the_category_where_that_was_asked_for() {
    let world = world();
    for (name, wanted) in [("TRACKED to dynamics 365", true), ("Red", false)] {
        world.script.answers(ok(SERIES));
        let names = [CategoryName::new(name)];
        let detail = Detail::ContentIfBearing(&names);
        let read = world.anna().item(ItemKind::Appointment, &ItemHandle::from("M="), detail).await;
        let Ok(ItemRead::Found { content, .. }) = read else { panic!("{read:?}") };
        assert_eq!(content.is_some(), wanted);
        assert_eq!(world.script.lines().len(), 1);
    }
}

#[tokio::test]
async fn a_missing_member_takes_its_default_and_a_needed_one_fails() {
    let world = world();
    let mut event = series();
    for member in [
        "subject",
        "body",
        "location",
        "locations",
        "showAs",
        "sensitivity",
        "importance",
        "organizer",
        "attendees",
        "onlineMeeting",
        "cancelledOccurrences",
        "originalStartTimeZone",
    ] {
        event[member] = json!(null);
    }
    event["onlineMeetingUrl"] = json!("https://meet.example.test/2");
    let content = read(&world, &event).await.expect("content");
    assert_eq!((content.show_as, content.is_private), (ShowAs::Busy, false));
    assert_eq!((content.time_zone.as_str(), content.organizer), ("UTC", None));
    assert_eq!(content.join_url.as_deref(), Some("https://meet.example.test/2"));
    for (member, value) in [
        ("start", json!(null)),
        ("end", json!({"dateTime": "soon", "timeZone": "UTC"})),
        ("start", json!({"dateTime": "2026-11-23T09:00:00", "timeZone": "Nowhere"})),
        ("iCalUId", json!(null)),
        ("recurrence", json!(null)),
        ("recurrence", json!({"pattern": {"type": "hourly"}})),
        ("cancelledOccurrences", json!(["OID.M="])),
        ("type", json!("somethingNew")),
    ] {
        let mut event = series();
        event[member] = value;
        let failure = read(&world, &event).await.expect_err(member);
        assert_eq!(failure.class, earmark_model::FailureClass::Bug, "{member}");
    }
}
