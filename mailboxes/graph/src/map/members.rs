//! Fields as members of an event or a task.

use super::{event, recurrence, zone};
use crate::wire::users::events::Attendee;
use earmark_model::{
    Address, Body, BodyKind, Failure, FailureClass, Field, FieldValue, Importance, Instant,
    ItemKind, Recurrence, ShowAs, TaskStatus,
};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// The body of a write that gives these fields new values. `made_in` is the zone of a meeting,
/// `invited` are the attendees that it has.
///
/// Errors: `Unacceptable` for a field that the kind has not.
pub(crate) fn members(
    kind: ItemKind,
    changes: &[(Field, FieldValue)],
    made_in: Option<&str>,
    invited: &[Attendee],
) -> Result<Value, Failure> {
    let mut members = Map::new();
    for (field, value) in changes {
        let put = match (kind, field, value) {
            (ItemKind::Appointment, Field::Subject, FieldValue::Text(text)) => {
                vec![("subject", json!(text))]
            }
            (ItemKind::Task, Field::Subject, FieldValue::Text(text)) => {
                vec![("title", json!(text))]
            }
            (ItemKind::Appointment | ItemKind::Task, Field::Body, FieldValue::Body(body)) => {
                vec![("body", body_of(body))]
            }
            (ItemKind::Appointment, Field::Location, FieldValue::Text(text)) => {
                vec![("location", json!({ "displayName": text }))]
            }
            (ItemKind::Appointment, Field::Time, FieldValue::Time { start, end, is_all_day }) => {
                times(*start, *end, *is_all_day, made_in).to_vec()
            }
            (
                ItemKind::Appointment,
                Field::Time,
                FieldValue::Series { start, end, is_all_day, recurrence },
            ) => {
                let zone = zone_of(recurrence, made_in);
                let mut put = times(*start, *end, *is_all_day, zone).to_vec();
                put.push(("recurrence", recurrence::written(recurrence, zone.unwrap_or("UTC"))));
                put
            }
            (ItemKind::Appointment, Field::ShowAs, FieldValue::ShowAs(show_as)) => {
                vec![("showAs", json!(shown(*show_as)))]
            }
            (
                ItemKind::Appointment | ItemKind::Task,
                Field::Importance,
                FieldValue::Importance(importance),
            ) => vec![("importance", json!(rank(*importance)))],
            (
                ItemKind::Appointment,
                Field::Attendees,
                FieldValue::People { required, optional },
            ) => vec![("attendees", attendees(required, optional, invited))],
            (ItemKind::Task, Field::Status, FieldValue::Status(status)) => {
                vec![("status", json!(progress(*status)))]
            }
            (ItemKind::Task, Field::Start, FieldValue::At(at)) => {
                vec![("startDateTime", at.map_or(Value::Null, |at| date_time(at, None)))]
            }
            (ItemKind::Task, Field::Due, FieldValue::At(at)) => {
                vec![("dueDateTime", at.map_or(Value::Null, |at| date_time(at, None)))]
            }
            _ => {
                return Err(Failure::new(
                    FailureClass::Unacceptable { field: field.as_str().to_owned() },
                    "NoSuchField",
                    "Items of this kind have no such field.",
                ));
            }
        };
        members.extend(put.into_iter().map(|(name, value)| (name.to_owned(), value)));
    }
    Ok(Value::Object(members))
}

/// A list of attendees. Whoever is invited already keeps name and sort, so that a room stays a room.
fn attendees(required: &[Address], optional: &[Address], invited: &[Attendee]) -> Value {
    let address_of = |attendee: &Attendee| {
        attendee.email_address.as_ref().and_then(|email| email.address.clone()).unwrap_or_default()
    };
    let sorts = [("required", required), ("optional", optional)];
    let mut taken = BTreeSet::new();
    let mut list = Vec::new();
    for (sort, people) in sorts {
        for person in people {
            let folded = person.address.trim().to_lowercase();
            if folded.is_empty() || !taken.insert(folded.clone()) {
                continue;
            }
            let known = invited.iter().find(|one| address_of(one).trim().to_lowercase() == folded);
            let shown = known.and_then(|one| one.email_address.as_ref()?.name.clone());
            let name = shown.unwrap_or_else(|| person.name.clone());
            let same = known.filter(|one| event::is_optional(one) == (sort == "optional"));
            let kind = same.and_then(|one| one.attendee_type.clone());
            let address = known.map_or_else(|| person.address.clone(), address_of);
            let mut email = Map::new();
            email.insert("address".to_owned(), json!(address));
            if !name.trim().is_empty() {
                email.insert("name".to_owned(), json!(name));
            }
            list.push(json!({
                "emailAddress": email,
                "type": kind.unwrap_or_else(|| sort.to_owned()),
            }));
        }
    }
    Value::Array(list)
}

fn body_of(body: &Body) -> Value {
    let kind = match body.kind {
        BodyKind::Html => "html",
        BodyKind::Text => "text",
    };
    json!({ "contentType": kind, "content": body.text })
}

/// The zone in which a series is written: its own, or the one that it was made in, or none.
fn zone_of<'a>(recurrence: &'a Recurrence, made_in: Option<&'a str>) -> Option<&'a str> {
    let known = [Some(recurrence.time_zone.as_str()), made_in].into_iter().flatten();
    known.into_iter().find(|name| zone::time_zone(name).is_some())
}

/// From when to when; what lasts whole days begins and ends at midnight.
fn times(
    start: Instant,
    end: Instant,
    is_all_day: bool,
    zone: Option<&str>,
) -> [(&'static str, Value); 3] {
    let (start, end) = match zone.filter(|_| is_all_day) {
        None => (start, end),
        Some(zone) => zone::whole_days(start, end, zone).unwrap_or((start, end)),
    };
    [
        ("isAllDay", json!(is_all_day)),
        ("start", date_time(start, zone)),
        ("end", date_time(end, zone)),
    ]
}

/// A point in time as an hour in `zone`; in UTC where that is not understood.
fn date_time(at: Instant, name: Option<&str>) -> Value {
    let known = name.and_then(|name| Some((name, zone::local(at, name)?)));
    let (name, text) = known.unwrap_or_else(|| ("UTC", zone::local(at, "UTC").unwrap_or_default()));
    json!({ "dateTime": text, "timeZone": name })
}

const fn shown(show_as: ShowAs) -> &'static str {
    match show_as {
        ShowAs::Free => "free",
        ShowAs::Tentative => "tentative",
        ShowAs::Busy => "busy",
        ShowAs::OutOfOffice => "oof",
        ShowAs::WorkingElsewhere => "workingElsewhere",
    }
}

const fn rank(importance: Importance) -> &'static str {
    match importance {
        Importance::Low => "low",
        Importance::Normal => "normal",
        Importance::High => "high",
    }
}

const fn progress(status: TaskStatus) -> &'static str {
    match status {
        TaskStatus::NotStarted => "notStarted",
        TaskStatus::InProgress => "inProgress",
        TaskStatus::WaitingOnOthers => "waitingOnOthers",
        TaskStatus::Completed => "completed",
        TaskStatus::Deferred => "deferred",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::users::events::Event;
    use earmark_model::{RecurrenceEnd, RecurrencePattern};
    use jiff::civil::{Weekday, date};
    use std::time::Duration;

    fn at(text: &str) -> Instant {
        Instant::parse_rfc3339(text).expect("time")
    }

    #[test]
    fn a_meeting_is_written_in_the_hours_of_its_zone() {
        let changes = [
            (Field::Location, FieldValue::Text("Room 5".to_owned())),
            (
                Field::Time,
                FieldValue::Time {
                    start: at("2026-07-15T07:00:00Z"),
                    end: at("2026-07-15T07:30:00Z"),
                    is_all_day: false,
                },
            ),
        ];
        let zone = Some("W. Europe Standard Time");
        let body = members(ItemKind::Appointment, &changes, zone, &[]).expect("members");
        let expected = json!({
            "location": {"displayName": "Room 5"},
            "isAllDay": false,
            "start": {"dateTime": "2026-07-15T09:00:00.0000000", "timeZone": "W. Europe Standard Time"},
            "end": {"dateTime": "2026-07-15T09:30:00.0000000", "timeZone": "W. Europe Standard Time"},
        });
        assert_eq!(body, expected);
    }

    #[test]
    fn what_lasts_whole_days_begins_and_ends_at_midnight() {
        let (start, end) = (at("2026-07-15T07:00:00Z"), at("2026-07-15T22:00:00Z"));
        for (end, last) in [(end, "16"), (end.plus(Duration::from_secs(60)), "17")] {
            let time = FieldValue::Time { start, end, is_all_day: true };
            let zone = Some("Europe/Berlin");
            let body = members(ItemKind::Appointment, &[(Field::Time, time)], zone, &[]);
            let body = body.expect("members");
            assert_eq!(body["start"]["dateTime"], json!("2026-07-15T00:00:00.0000000"));
            assert_eq!(body["end"]["dateTime"], json!(format!("2026-07-{last}T00:00:00.0000000")));
        }
    }

    #[test]
    fn a_series_is_written_in_the_zone_of_its_own() {
        let pattern = RecurrencePattern::Weekly {
            interval: 2,
            days: vec![Weekday::Monday, Weekday::Friday],
            first_day: Weekday::Sunday,
        };
        let recurrence = Recurrence {
            pattern,
            start: date(2026, 7, 17),
            end: RecurrenceEnd::On(date(2026, 12, 18)),
            time_zone: "W. Europe Standard Time".to_owned(),
        };
        let series = FieldValue::Series {
            start: at("2026-07-17T07:00:00Z"),
            end: at("2026-07-17T07:30:00Z"),
            is_all_day: false,
            recurrence,
        };
        let body = members(ItemKind::Appointment, &[(Field::Time, series)], Some("UTC"), &[]);
        let expected = json!({
            "isAllDay": false,
            "start": {"dateTime": "2026-07-17T09:00:00.0000000", "timeZone": "W. Europe Standard Time"},
            "end": {"dateTime": "2026-07-17T09:30:00.0000000", "timeZone": "W. Europe Standard Time"},
            "recurrence": {
                "pattern": {
                    "type": "weekly",
                    "interval": 2,
                    "daysOfWeek": ["monday", "friday"],
                    "firstDayOfWeek": "sunday",
                },
                "range": {
                    "type": "endDate",
                    "startDate": "2026-07-17",
                    "endDate": "2026-12-18",
                    "recurrenceTimeZone": "W. Europe Standard Time",
                },
            },
        });
        assert_eq!(body.expect("members"), expected);
    }

    #[test]
    fn whoever_is_invited_already_keeps_name_and_sort() {
        let invited = json!({ "attendees": [
            {"type": "required", "emailAddress": {"name": "Ben Cole", "address": "Ben@outside.test"}},
            {"type": "resource", "emailAddress": {"name": "Room 1", "address": "room1@outside.test"}},
            {"type": "required", "emailAddress": {"name": "Gone", "address": "gone@outside.test"}},
        ]});
        let invited: Event = serde_json::from_value(invited).expect("an event");
        let invited = invited.attendees.expect("attendees");
        let people = |list: &[&str]| -> Vec<Address> {
            let one =
                |address: &&str| Address { name: String::new(), address: (*address).to_owned() };
            list.iter().map(one).collect()
        };
        let required = people(&["ben@outside.test", "dora@outside.test"]);
        let optional = people(&["room1@outside.test", "dora@outside.test", " "]);
        let changes = [(Field::Attendees, FieldValue::People { required, optional })];
        let body = members(ItemKind::Appointment, &changes, None, &invited).expect("members");
        let expected = json!({ "attendees": [
            {"type": "required", "emailAddress": {"name": "Ben Cole", "address": "Ben@outside.test"}},
            {"type": "required", "emailAddress": {"address": "dora@outside.test"}},
            {"type": "resource", "emailAddress": {"name": "Room 1", "address": "room1@outside.test"}},
        ]});
        assert_eq!(body, expected);
    }

    #[test]
    fn a_task_has_a_title_and_no_place() {
        let changes = [
            (Field::Subject, FieldValue::Text("Call".to_owned())),
            (Field::Due, FieldValue::At(None)),
            (Field::Status, FieldValue::Status(TaskStatus::Completed)),
        ];
        let body = members(ItemKind::Task, &changes, None, &[]).expect("members");
        assert_eq!(body, json!({"title": "Call", "dueDateTime": null, "status": "completed"}));
        let place = [(Field::Location, FieldValue::Text("Room 5".to_owned()))];
        let failure = members(ItemKind::Task, &place, None, &[]).expect_err("no such field");
        assert!(matches!(failure.class, FailureClass::Unacceptable { .. }));
    }
}
