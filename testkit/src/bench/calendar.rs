//! Calendar items of the suite as Graph has them.

use earmark_mailbox_port::conformance::Meeting;
use earmark_model::{Importance, RecurrenceEnd, RecurrencePattern, ShowAs, WeekIndex};
use jiff::civil::{Date, DateTime, Weekday};
use serde_json::{Value, json};

/// The body of a new event.
pub(super) fn event(meeting: &Meeting) -> Value {
    let (start, end) = meeting.local();
    let mut event = json!({
        "subject": meeting.subject,
        "body": {"contentType": "html", "content": meeting.html},
        "location": {"displayName": meeting.location},
        "start": local(start, &meeting.time_zone),
        "end": local(end, &meeting.time_zone),
        "isAllDay": meeting.is_all_day,
        "showAs": show_as(meeting.show_as),
        "importance": importance(meeting.importance),
        "sensitivity": if meeting.is_private { "private" } else { "normal" },
        "attendees": attendees(meeting),
        "categories": meeting.categories,
    });
    if meeting.is_online {
        event["isOnlineMeeting"] = json!(true);
        event["onlineMeetingProvider"] = json!("teamsForBusiness");
    }
    if let Some((pattern, end)) = &meeting.recurrence {
        event["recurrence"] = json!({
            "pattern": pattern_of(pattern),
            "range": range(meeting.day, *end, &meeting.time_zone),
        });
    }
    event
}

/// A local time in a zone.
pub(super) fn local(at: DateTime, zone: &str) -> Value {
    json!({"dateTime": at.strftime("%Y-%m-%dT%H:%M:%S").to_string(), "timeZone": zone})
}

/// The word for an importance.
pub(super) const fn importance(importance: Importance) -> &'static str {
    match importance {
        Importance::Low => "low",
        Importance::Normal => "normal",
        Importance::High => "high",
    }
}

const fn show_as(show_as: ShowAs) -> &'static str {
    match show_as {
        ShowAs::Free => "free",
        ShowAs::Tentative => "tentative",
        ShowAs::Busy => "busy",
        ShowAs::OutOfOffice => "oof",
        ShowAs::WorkingElsewhere => "workingElsewhere",
    }
}

fn attendees(meeting: &Meeting) -> Value {
    let of_type = |word: &'static str, list: &[String]| {
        list.iter()
            .map(|address| json!({"type": word, "emailAddress": {"address": address}}))
            .collect::<Vec<_>>()
    };
    let mut all = of_type("required", &meeting.required);
    all.extend(of_type("optional", &meeting.optional));
    all.extend(of_type("resource", &meeting.resources));
    Value::Array(all)
}

fn pattern_of(pattern: &RecurrencePattern) -> Value {
    match pattern {
        RecurrencePattern::Daily { interval } => json!({"type": "daily", "interval": interval}),
        RecurrencePattern::Weekly { interval, days, first_day } => json!({
            "type": "weekly", "interval": interval, "daysOfWeek": names(days),
            "firstDayOfWeek": name(*first_day),
        }),
        RecurrencePattern::AbsoluteMonthly { interval, day } => {
            json!({"type": "absoluteMonthly", "interval": interval, "dayOfMonth": day})
        }
        RecurrencePattern::RelativeMonthly { interval, days, index } => json!({
            "type": "relativeMonthly", "interval": interval, "daysOfWeek": names(days),
            "index": index_of(*index),
        }),
        RecurrencePattern::AbsoluteYearly { interval, month, day } => json!({
            "type": "absoluteYearly", "interval": interval, "month": month, "dayOfMonth": day,
        }),
        RecurrencePattern::RelativeYearly { interval, month, days, index } => json!({
            "type": "relativeYearly", "interval": interval, "month": month,
            "daysOfWeek": names(days), "index": index_of(*index),
        }),
    }
}

fn range(start: Date, end: RecurrenceEnd, zone: &str) -> Value {
    let mut range = match end {
        RecurrenceEnd::Never => json!({"type": "noEnd"}),
        RecurrenceEnd::On(day) => json!({"type": "endDate", "endDate": day.to_string()}),
        RecurrenceEnd::After(count) => json!({"type": "numbered", "numberOfOccurrences": count}),
    };
    range["startDate"] = json!(start.to_string());
    range["recurrenceTimeZone"] = json!(zone);
    range
}

fn names(days: &[Weekday]) -> Vec<&'static str> {
    days.iter().map(|day| name(*day)).collect()
}

const fn name(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "monday",
        Weekday::Tuesday => "tuesday",
        Weekday::Wednesday => "wednesday",
        Weekday::Thursday => "thursday",
        Weekday::Friday => "friday",
        Weekday::Saturday => "saturday",
        Weekday::Sunday => "sunday",
    }
}

const fn index_of(index: WeekIndex) -> &'static str {
    match index {
        WeekIndex::First => "first",
        WeekIndex::Second => "second",
        WeekIndex::Third => "third",
        WeekIndex::Fourth => "fourth",
        WeekIndex::Last => "last",
    }
}
