//! Tasks of the suite as Graph has them.

use super::calendar::{importance, local};
use earmark_mailbox_port::conformance::Errand;
use earmark_model::TaskStatus;
use jiff::civil::Date;
use serde_json::{Value, json};

/// The body of a new task.
pub(super) fn task(errand: &Errand) -> Value {
    let day = |day: Option<Date>| day.map(|day| local(day.into(), &errand.time_zone));
    let mut task = json!({
        "title": errand.title,
        "body": {"contentType": "text", "content": errand.text},
        "status": match errand.status {
            TaskStatus::NotStarted => "notStarted",
            TaskStatus::InProgress => "inProgress",
            TaskStatus::WaitingOnOthers => "waitingOnOthers",
            TaskStatus::Completed => "completed",
            TaskStatus::Deferred => "deferred",
        },
        "importance": importance(errand.importance),
        "categories": errand.categories,
    });
    for (name, day) in [("startDateTime", day(errand.start)), ("dueDateTime", day(errand.due))] {
        if let Some(day) = day {
            task[name] = day;
        }
    }
    task
}
