//! Tasks as the wire has them.

use super::{
    extensions,
    listing::Kind,
    render::instant,
    request::Request,
    todo_lists::{selected, suffix},
    todo_parts,
};
use crate::{
    error::Refusal,
    store::{
        checklist,
        handle::{IdKind, change_key},
        handle_tasks::task_id,
        linked, moment,
        task::Task,
        task_extension,
        user::User,
    },
};
use earmark_sqlite::rusqlite::Transaction;
use serde_json::{Value, json};

/// The properties of a task. Source: the todoTask resource.
pub(crate) const TASK: Kind = Kind {
    name: "microsoft.graph.todoTask",
    properties: &[
        "id",
        "title",
        "body",
        "bodyLastModifiedDateTime",
        "categories",
        "status",
        "importance",
        "isReminderOn",
        "startDateTime",
        "dueDateTime",
        "completedDateTime",
        "reminderDateTime",
        "recurrence",
        "hasAttachments",
        "createdDateTime",
        "lastModifiedDateTime",
    ],
};

/// What `$expand` can name.
pub(crate) const PARTS: &[&str] = &["linkedResources", "checklistItems", "extensions"];

/// What an answer shows of a task.
#[derive(Debug, Clone)]
pub(crate) struct TaskView {
    pub(crate) select: Vec<String>,
    pub(crate) expand: Vec<String>,
}

impl TaskView {
    /// The view that a request asks for.
    ///
    /// Errors: 400 when `$select` or `$expand` names something that tasks do not have.
    pub(crate) fn of(request: &Request) -> Result<Self, Refusal> {
        let mut expand = Vec::new();
        for one in &request.query.expand {
            let known = PARTS.iter().find(|known| known.eq_ignore_ascii_case(&one.path));
            expand.push(
                (*known.ok_or_else(|| {
                    Refusal::bad_query(format!(
                        "Parsing OData Select and Expand failed: '{}' cannot be expanded here.",
                        one.path
                    ))
                })?)
                .to_owned(),
            );
        }
        // What is expanded may be selected as well.
        let names: Vec<String> = request
            .query
            .select
            .iter()
            .filter(|name| !expand.iter().any(|one| one.eq_ignore_ascii_case(name)))
            .cloned()
            .collect();
        Ok(Self { select: TASK.selected(&names)?, expand })
    }

    /// A task as the view shows it. What has no value is left out unless it was selected.
    pub(crate) fn task(
        &self,
        tx: &Transaction<'_>,
        user: &User,
        task: &Task,
    ) -> Result<Value, Refusal> {
        let mut value = selected(&self.select, whole(user, task));
        if self.select.is_empty()
            && let Some(members) = value.as_object_mut()
        {
            members.retain(|_, value| !value.is_null());
        }
        for part in &self.expand {
            value[part] = match part.as_str() {
                "linkedResources" => {
                    linked::list(tx, task.row)?.iter().map(todo_parts::link_shown).collect()
                }
                "checklistItems" => {
                    checklist::list(tx, task.row)?.iter().map(todo_parts::step_shown).collect()
                }
                _ => task_extension::list(tx, task.row)?.iter().map(extensions::shown).collect(),
            };
        }
        Ok(value)
    }

    /// The part of the context that names the selected properties.
    pub(crate) fn suffix(&self) -> String {
        suffix(&self.select)
    }
}

/// A task with every property; what has no value is null.
pub(crate) fn whole(user: &User, task: &Task) -> Value {
    json!({
        "@odata.etag": etag(user, task),
        "id": task_id(IdKind::Default, user.guid, task.row),
        "title": task.title,
        "body": { "content": task.body.content, "contentType": task.body.content_type.as_str() },
        "bodyLastModifiedDateTime": task.body_modified_ms.map(instant),
        "categories": task.categories,
        "status": task.status.as_str(),
        "importance": task.importance.as_str(),
        "isReminderOn": task.is_reminder_on,
        "startDateTime": in_utc(task.start_ms),
        "dueDateTime": in_utc(task.due_ms),
        "completedDateTime": in_utc(task.completed_ms),
        "reminderDateTime": in_utc(task.reminder_ms),
        "recurrence": task.recurrence,
        "hasAttachments": false,
        "createdDateTime": instant(task.created_ms),
        "lastModifiedDateTime": instant(task.modified_ms),
    })
}

/// The etag of a task: weak, and another one after every change.
pub(crate) fn etag(user: &User, task: &Task) -> String {
    format!("W/\"{}\"", change_key(user.guid, task.version))
}

fn in_utc(ms: Option<i64>) -> Value {
    ms.map_or(Value::Null, |ms| json!({ "dateTime": moment::utc_text(ms), "timeZone": "UTC" }))
}
