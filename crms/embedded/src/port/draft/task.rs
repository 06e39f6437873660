//! A task as columns of `task`.

use super::{priority, put, put_state, text};
use crate::value::{Row, Value};
use earmark_model::{Instant, TaskContent, task::TaskStatus};

/// Units: characters that columns take.
const SUBJECT_MAX: usize = 200;
const DESCRIPTION_MAX: usize = 2_000;

/// The mapped columns of a task. The share that is done stays as it is where the mailbox keeps
/// none; so does the day of completion of a completed task.
pub(super) fn columns(content: &TaskContent) -> Row {
    let mut row = Row::new();
    text::put_mapped(&mut row, "subject", &content.subject, SUBJECT_MAX);
    text::put_mapped(&mut row, "description", &text::plain(&content.body), DESCRIPTION_MAX);
    put(&mut row, "prioritycode", priority(content.importance));
    put_state(&mut row, state(content.status));
    if let Some(percent) = content.percent_complete {
        put(&mut row, "percentcomplete", Value::Int(i64::from(percent.min(100))));
    }
    // Where only one of the two days is given, it stands for the other as well.
    let start = content.start.or(content.due);
    let end = content.due.or(content.start);
    put(&mut row, "scheduledstart", instant(start));
    put(&mut row, "scheduledend", instant(end));
    put(&mut row, "sortdate", instant(end));
    put(&mut row, "scheduleddurationminutes", minutes(start, end));
    match (content.status, content.completed) {
        (TaskStatus::Completed, None) => {}
        (TaskStatus::Completed, completed) => put(&mut row, "actualend", instant(completed)),
        // What is open again is not over.
        _ => put(&mut row, "actualend", Value::Null),
    }
    row
}

fn instant(at: Option<Instant>) -> Value {
    at.map_or(Value::Null, |at| Value::Instant(at.as_millis()))
}

fn minutes(start: Option<Instant>, end: Option<Instant>) -> Value {
    let Some((start, end)) = start.zip(end) else { return Value::Null };
    let minutes = end.as_millis().saturating_sub(start.as_millis()) / 60_000;
    Value::Int(minutes.clamp(0, i64::from(i32::MAX)))
}

/// `statecode` and `statuscode` of a status.
const fn state(status: TaskStatus) -> (i64, i64) {
    match status {
        TaskStatus::NotStarted => (0, 2),
        TaskStatus::InProgress => (0, 3),
        TaskStatus::WaitingOnOthers => (0, 4),
        TaskStatus::Completed => (1, 5),
        TaskStatus::Deferred => (0, 7),
    }
}
