//! Anna's calendar and tasks: around the present day, so that they look alive at any time.

use crate::api::problem::Problem;
use axum::http::StatusCode;
use earmark_model::{
    Instant, Recurrence,
    calendar::{RecurrenceEnd, RecurrencePattern},
};
use earmark_sandbox::{Address, Body, Importance, NewAppointment, NewTask, Refusal, Sandbox};
use jiff::{
    ToSpan,
    civil::{Date, Weekday},
    tz::TimeZone,
};

const ANNA: &str = "anna.berger@lindengrove.example";

/// Where Lindengrove keeps its calendar.
const ZONE: &str = "Europe/Berlin";

/// Units: minutes of a call.
const CALL: i64 = 30;

/// Units: days.
const WEEK: i64 = 7;

/// Makes a meeting with an attendee, a weekly series with one moved time, and two tasks.
pub async fn load(sandbox: &Sandbox, now: Instant) -> Result<(), Problem> {
    let days = Days::around(now)?;
    let visit = days.at(days.after(3), 14, 0)?;
    let meeting = NewAppointment {
        subject: "Walk through the service book".to_owned(),
        body: Body {
            content: "One vessel from the first page to the last, then the invoices.".to_owned(),
            ..Body::default()
        },
        location: "Workshop, Port Ellery".to_owned(),
        start_ms: visit,
        end_ms: visit + 60 * MINUTE_MS,
        time_zone: ZONE.to_owned(),
        required: vec![person("Maya Lindqvist", "maya.lindqvist@harbourlight.example")],
        ..NewAppointment::default()
    };
    sandbox.create_event(ANNA, meeting).await.map_err(refused)?;
    series(sandbox, &days).await?;
    for (title, due, importance) in [
        ("Send Ines the addresses for the invoices", days.after(2), Importance::High),
        ("Prepare the demonstration for Saffron & Slate", days.after(6), Importance::Normal),
    ] {
        let task = NewTask {
            title: title.to_owned(),
            due_ms: Some(midnight(due)?),
            importance,
            ..NewTask::default()
        };
        sandbox.create_task(ANNA, task).await.map_err(refused)?;
    }
    Ok(())
}

/// A call every week, since last week; the second one from now is a day later.
async fn series(sandbox: &Sandbox, days: &Days) -> Result<(), Problem> {
    let first = days.after(1 - WEEK);
    let start = days.at(first, 10, 0)?;
    let call = NewAppointment {
        subject: "Weekly call: portal for the ferry fleet".to_owned(),
        start_ms: start,
        end_ms: start + CALL * MINUTE_MS,
        time_zone: ZONE.to_owned(),
        required: vec![person("Tomas Aranda", "tomas.aranda@harbourlight.example")],
        recurrence: Some(Recurrence {
            pattern: RecurrencePattern::Weekly {
                interval: 1,
                days: vec![first.weekday()],
                first_day: Weekday::Monday,
            },
            start: first,
            end: RecurrenceEnd::After(12),
            time_zone: ZONE.to_owned(),
        }),
        ..NewAppointment::default()
    };
    sandbox.create_event(ANNA, call).await.map_err(refused)?;
    let (from, to) = (days.at(days.after(WEEK), 0, 0)?, days.at(days.after(2 * WEEK), 0, 0)?);
    let shown = sandbox.calendar_view(ANNA, from, to).await.map_err(refused)?;
    let Some(time) = shown.iter().find(|event| event.kind == "occurrence") else {
        return Ok(());
    };
    let moved = days.at(days.after(2 + WEEK), 11, 0)?;
    sandbox.move_event(ANNA, &time.id, moved, moved + CALL * MINUTE_MS).await.map_err(refused)
}

/// Units: milliseconds.
const MINUTE_MS: i64 = 60_000;

/// Days as Lindengrove counts them.
struct Days {
    today: Date,
    zone: TimeZone,
}

impl Days {
    fn around(now: Instant) -> Result<Self, Problem> {
        let zone = TimeZone::get(ZONE).map_err(unusable)?;
        let now = jiff::Timestamp::from_millisecond(now.as_millis()).map_err(unusable)?;
        Ok(Self { today: zone.to_datetime(now).date(), zone })
    }

    /// So many days from today.
    fn after(&self, days: i64) -> Date {
        self.today.saturating_add(days.days())
    }

    /// Units: milliseconds since the epoch.
    fn at(&self, day: Date, hour: i8, minute: i8) -> Result<i64, Problem> {
        let at = day.at(hour, minute, 0, 0).to_zoned(self.zone.clone()).map_err(unusable)?;
        Ok(at.timestamp().as_millisecond())
    }
}

/// The midnight in UTC that stands for a day. Units: milliseconds since the epoch.
fn midnight(day: Date) -> Result<i64, Problem> {
    let at = day.to_zoned(TimeZone::UTC).map_err(unusable)?;
    Ok(at.timestamp().as_millisecond())
}

fn person(name: &str, address: &str) -> Address {
    Address { name: name.to_owned(), address: address.to_owned() }
}

fn unusable(error: jiff::Error) -> Problem {
    Problem::unusable("time", error.to_string())
}

fn refused(refusal: Refusal) -> Problem {
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::BAD_GATEWAY);
    Problem::new(status, "sandbox", format!("the sandbox answered {}", refusal.code))
}
