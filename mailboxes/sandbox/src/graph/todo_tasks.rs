//! Tasks: lists, one, changes.

use super::{
    listing::{Window, check_match},
    messages,
    request::{Reply, Request},
    todo_view::{TASK, TaskView, etag, whole},
    todo_write,
};
use crate::{
    error::Refusal,
    store::{
        change::Setting,
        checklist, filter,
        handle_tasks::{parse_task_id, task_list_id},
        task::{self, Task, TaskPlace},
        task_change, task_extension,
        task_list::TaskList,
        user::User,
    },
};
use earmark_sqlite::rusqlite::Transaction;
use serde_json::{Value, json};

/// Units: tasks in a page without `$top`.
const PAGE: u64 = 20;

/// A list, and who asks for what in it.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) tx: &'a Transaction<'a>,
    pub(crate) request: &'a Request,
    pub(crate) user: &'a User,
    pub(crate) list: &'a TaskList,
}

impl<'a> Place<'a> {
    /// Where and when something changes.
    pub(crate) fn setting(&self) -> Setting<'a> {
        messages::at(self.request, self.user)
    }

    /// The `@odata.context` of something in the list: `tasks`, `tasks('id')/linkedResources`.
    pub(crate) fn context(&self, what: &str) -> String {
        let list = task_list_id(self.user.guid, self.list.row).replace('=', "%3D");
        self.request.context(&format!("users('{}')/todo/lists('{list}')/{what}", self.user.guid))
    }
}

/// A task of the list by id.
///
/// Errors: 400 when it is in another list, 404 when it is gone.
pub(crate) fn find(at: &Place<'_>, id: &str) -> Result<Task, Refusal> {
    let task = task::get(at.tx, at.user.row, parse_task_id(at.user.guid, id)?)?;
    if task.list == at.list.row {
        return Ok(task);
    }
    Err(Refusal::new(
        400,
        "invalidRequest",
        "Parent folder specified does not contain a Task with given Id",
    ))
}

pub(crate) fn list(at: &Place<'_>) -> Result<Reply, Refusal> {
    let (request, query) = (at.request, &at.request.query);
    let view = TaskView::of(request)?;
    let window = Window::of(request, PAGE)?;
    let (tasks, total) = if query.filter.is_none() && query.order_by.is_empty() {
        check_search(request)?;
        let total = task::count(at.tx, at.list.row)?;
        (task::page(at.tx, at.list.row, window.skip, window.top)?, total)
    } else {
        let found = chosen(at)?;
        let total = found.len();
        (window.cut(found), total)
    };
    let mut body = json!({ "@odata.context": at.context(&format!("tasks{}", view.suffix())) });
    if query.count {
        body["@odata.count"] = json!(total);
    }
    let mut values = Vec::new();
    for task in &tasks {
        values.push(view.task(at.tx, at.user, task)?);
    }
    body["value"] = Value::Array(values);
    window.link(request, total, &mut body);
    Ok(Reply::json(200, body))
}

pub(crate) fn count(at: &Place<'_>) -> Result<Reply, Refusal> {
    Ok(Reply::raw("text/plain", chosen(at)?.len().to_string()))
}

/// All tasks of the list that fit `$filter`, in the order of `$orderby`.
fn chosen(at: &Place<'_>) -> Result<Vec<Task>, Refusal> {
    let (request, quirks) = (at.request, &at.request.quirks);
    check_search(request)?;
    let named = request.query.filter.as_ref().map(filter::named_properties).unwrap_or_default();
    let by_category = named.iter().any(|name| name == "categories");
    if by_category && quirks.task_filter_unsupported {
        return Err(Refusal::new(
            400,
            "invalidRequest",
            "The property 'categories' cannot be used in the $filter query option.",
        ));
    }
    let ignore_case = !by_category || quirks.category_match_ignores_case;
    let all = task::page(at.tx, at.list.row, 0, u64::MAX)?;
    TASK.chosen(request, ignore_case, all, |task| whole(at.user, task))
}

fn check_search(request: &Request) -> Result<(), Refusal> {
    match request.query.search {
        None => Ok(()),
        Some(_) => Err(Refusal::new(
            400,
            "invalidRequest",
            "The query option '$search' is not supported for tasks.",
        )),
    }
}

pub(crate) fn create(at: &Place<'_>) -> Result<Reply, Refusal> {
    if at.list.is_mirror() {
        return Err(task_change::mirrored());
    }
    let request = at.request;
    let new = todo_write::new_task(&request.object(false)?, request.now_ms)?;
    let place = TaskPlace {
        user: at.user.row,
        list: at.list.row,
        now_ms: request.now_ms,
        seed: request.seed,
    };
    let row = task::insert(at.tx, place, &new.task)?;
    for (name, checked_ms) in &new.steps {
        checklist::insert(at.tx, request.seed, row, name, request.now_ms, *checked_ms)?;
    }
    for extension in &new.extensions {
        task_extension::put(at.tx, row, extension)?;
    }
    // A new task is answered with the parts that it was made of.
    let mut parts = Vec::new();
    parts.extend((!new.task.linked.is_empty()).then_some("linkedResources"));
    parts.extend((!new.steps.is_empty()).then_some("checklistItems"));
    parts.extend((!new.extensions.is_empty()).then_some("extensions"));
    one(at, 201, &task::get(at.tx, at.user.row, row)?, &parts)
}

pub(crate) fn update(at: &Place<'_>, task: Task) -> Result<Reply, Refusal> {
    check_match(at.request, &etag(at.user, &task))?;
    let changes = todo_write::changes(&at.request.object(false)?)?;
    let task = task_change::apply(at.tx, at.setting(), task, &changes)?;
    one(at, 200, &task, &[])
}

pub(crate) fn delete(at: &Place<'_>, task: &Task) -> Result<Reply, Refusal> {
    check_match(at.request, &etag(at.user, task))?;
    task_change::delete(at.tx, at.setting(), task)?;
    Ok(Reply::empty(204))
}

/// One task as an answer, with `parts` beside those of `$expand`.
pub(crate) fn one(
    at: &Place<'_>,
    status: u16,
    task: &Task,
    parts: &[&str],
) -> Result<Reply, Refusal> {
    let mut view = TaskView::of(at.request)?;
    for part in parts {
        if !view.expand.iter().any(|one| one == part) {
            view.expand.push((*part).to_owned());
        }
    }
    let mut body = view.task(at.tx, at.user, task)?;
    body["@odata.context"] = json!(at.context(&format!("tasks{}/$entity", view.suffix())));
    let mut reply = Reply::json(status, body);
    reply.headers.push(("etag", etag(at.user, task)));
    Ok(reply)
}
