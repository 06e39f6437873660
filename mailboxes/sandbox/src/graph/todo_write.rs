//! What bodies say about tasks.

use super::{
    extensions,
    listing::{check_members, given},
    request::{member, optional_bool, optional_text, text_member},
    todo_parts,
    todo_recurrence::recurrence,
    todo_view::{PARTS, TASK},
    write::{body_of, texts},
};
use crate::{
    error::Refusal,
    store::{
        extension::Extension,
        message::Importance,
        moment,
        task::{NewTask, TaskStatus},
        task_change::TaskChanges,
    },
};
use serde_json::Value;

/// A new task, and what is hung on it once it is there.
pub(crate) struct Made {
    pub(crate) task: NewTask,
    /// (what is to be done, when it was done).
    pub(crate) steps: Vec<(String, Option<i64>)>,
    pub(crate) extensions: Vec<Extension>,
}

/// A new task from its JSON form.
pub(crate) fn new_task(body: &Value, now_ms: i64) -> Result<Made, Refusal> {
    check_members(body, TASK, PARTS)?;
    let says = says(body)?;
    let title = says.title.filter(|title| !title.trim().is_empty());
    let completed_ms = says.completed_ms.flatten();
    let status = says.status.unwrap_or(match completed_ms {
        Some(_) => TaskStatus::Completed,
        None => TaskStatus::NotStarted,
    });
    let task = NewTask {
        title: title
            .ok_or_else(|| Refusal::invalid_member("title", "'title' must not be empty."))?,
        body: says.body,
        status,
        importance: says.importance.unwrap_or_default(),
        start_ms: says.start_ms.flatten(),
        due_ms: says.due_ms.flatten(),
        completed_ms,
        reminder_ms: says.reminder_ms.flatten(),
        is_reminder_on: says.is_reminder_on,
        recurrence: says.recurrence.flatten(),
        categories: says.categories.unwrap_or_default(),
        created_ms: None,
        linked: part(body, "linkedResources", todo_parts::new_link)?,
    };
    Ok(Made {
        task,
        steps: part(body, "checklistItems", |step| todo_parts::new_step(step, now_ms))?,
        extensions: extensions::of_message(body)?,
    })
}

fn part<T>(
    body: &Value,
    name: &str,
    read: impl Fn(&Value) -> Result<T, Refusal>,
) -> Result<Vec<T>, Refusal> {
    let Some(list) = member(body, name) else { return Ok(Vec::new()) };
    list.as_array()
        .ok_or_else(|| Refusal::invalid_member(name, format!("'{name}' must be a list.")))?
        .iter()
        .map(read)
        .collect()
}

/// What a PATCH changes; members that only the server sets count for nothing.
pub(crate) fn changes(body: &Value) -> Result<TaskChanges, Refusal> {
    check_members(body, TASK, &[])?;
    says(body)
}

fn says(body: &Value) -> Result<TaskChanges, Refusal> {
    Ok(TaskChanges {
        title: optional_text(body, "title")?,
        body: member(body, "body").map(body_of).transpose()?,
        status: word(body, "status", TaskStatus::parse)?,
        importance: word(body, "importance", Importance::parse)?,
        is_reminder_on: optional_bool(body, "isReminderOn")?,
        start_ms: time(body, "startDateTime")?,
        due_ms: time(body, "dueDateTime")?,
        completed_ms: time(body, "completedDateTime")?,
        reminder_ms: time(body, "reminderDateTime")?,
        recurrence: match given(body, "recurrence") {
            None => None,
            Some(Value::Null) => Some(None),
            Some(value) => Some(Some(recurrence(value)?)),
        },
        categories: texts(body, "categories")?,
    })
}

fn word<T>(
    body: &Value,
    name: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, Refusal> {
    optional_text(body, name)?
        .map(|word| {
            parse(&word).ok_or_else(|| {
                Refusal::invalid_member(name, format!("Requested value '{word}' was not found."))
            })
        })
        .transpose()
}

/// A `dateTimeTimeZone`; null takes it off.
fn time(body: &Value, name: &str) -> Result<Option<Option<i64>>, Refusal> {
    match given(body, name) {
        None => Ok(None),
        Some(Value::Null) => Ok(Some(None)),
        Some(value) => {
            let zone = optional_text(value, "timeZone")?.unwrap_or_else(|| "UTC".to_owned());
            let ms = moment::ms_of(&text_member(value, "dateTime")?, &zone);
            ms.map(|ms| Some(Some(ms))).ok_or_else(|| {
                Refusal::invalid_member(
                    name,
                    format!("'{name}' must have a dateTime and a timeZone that is known."),
                )
            })
        }
    }
}
