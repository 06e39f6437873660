//! Delta queries of To Do: tasks of a list, and lists.

use super::{
    delta::{answered, token},
    request::{Reply, Request},
    todo_lists::{LIST, selected, shown},
    todo_tasks::Place,
    todo_view::TaskView,
};
use crate::{
    error::Refusal,
    store::{
        delta,
        handle::IdKind,
        handle_tasks::{task_id, task_list_id},
        task_delta::{self, TaskEntry, TaskState},
        task_list,
        user::User,
    },
};
use earmark_sqlite::rusqlite::Transaction;
use serde_json::{Value, json};

/// Units: entries in a page without a preference.
const PAGE: u64 = 20;
/// Units: entries in a page at most.
const PAGE_MAX: u64 = 1_000;

/// `tasks/delta` of a list.
pub(crate) fn tasks(at: &Place<'_>) -> Result<Reply, Refusal> {
    let (request, user) = (at.request, at.user);
    let state = match known(request, user, at.list.row)? {
        Some(state) => state,
        None => {
            let view = TaskView::of(request)?;
            TaskState { expand: view.expand, ..first(request, user, at.list.row, view.select)? }
        }
    };
    let size = request.prefer.page_size.or(state.top).unwrap_or(PAGE).clamp(1, PAGE_MAX);
    let size = usize::try_from(size).unwrap_or(1);
    let page = task_delta::page(at.tx, &state, user.sequence, size, &request.quirks)?;
    let view = TaskView { select: state.select, expand: state.expand };
    let mut values = Vec::new();
    for entry in &page.entries {
        values.push(match entry {
            TaskEntry::Changed(task) => view.task(at.tx, user, task)?,
            TaskEntry::Gone(row) => removed(&task_id(IdKind::Default, user.guid, *row)),
        });
    }
    let context = request.context("Collection(todoTask)");
    let token = delta::seal(&request.secret, &page.next);
    Ok(answered(request, &context, values, page.more, &token))
}

/// `lists/delta`.
pub(crate) fn lists(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
) -> Result<Reply, Refusal> {
    let state = match known(request, user, 0)? {
        Some(state) => state,
        None => first(request, user, 0, LIST.selected(&request.query.select)?)?,
    };
    let size = request.prefer.page_size.or(state.top).unwrap_or(PAGE_MAX).clamp(1, PAGE_MAX);
    let size = usize::try_from(size).unwrap_or(1);
    let changed = task_list::changes(tx, user.row, state.cursor)?;
    let more = changed.len() > size;
    let mut values: Vec<Value> =
        changed.iter().take(size).map(|list| selected(&state.select, shown(user, list))).collect();
    let mut next = state.clone();
    if more {
        next.cursor = changed[size - 1].changed;
    } else {
        for row in task_list::gone(tx, user.row, state.gone_cursor)? {
            values.push(removed(&task_list_id(user.guid, row)));
        }
        next.cursor = user.sequence;
        next.gone_cursor = user.sequence;
    }
    let context = request.context("Collection(todoTaskList)");
    let token = delta::seal(&request.secret, &next);
    Ok(answered(request, &context, values, more, &token))
}

/// A first round tells only what is there; later ones also what went since it started.
fn first(
    request: &Request,
    user: &User,
    list: i64,
    select: Vec<String>,
) -> Result<TaskState, Refusal> {
    let query = &request.query;
    for (option, is_there) in [
        ("$filter", query.filter.is_some()),
        ("$orderby", !query.order_by.is_empty()),
        ("$search", query.search.is_some()),
    ] {
        if is_there {
            return Err(Refusal::new(
                400,
                "ErrorInvalidUrlQuery",
                format!(
                    "The following parameters are not supported with change tracking over this resource: '{option}'."
                ),
            ));
        }
    }
    Ok(TaskState {
        user: user.row,
        list,
        generation: user.generation,
        gone_cursor: user.sequence,
        select,
        top: query.top,
        ..TaskState::default()
    })
}

/// What the token of a request stands for; `None` when it carries none.
///
/// Errors: 410 when it is none of ours, of another list, or too old.
fn known(request: &Request, user: &User, list: i64) -> Result<Option<TaskState>, Refusal> {
    let Some(token) = token(request) else { return Ok(None) };
    let state = delta::unseal::<TaskState>(&request.secret, &token)
        .filter(|state| state.user == user.row && state.list == list)
        .ok_or_else(|| Refusal::sync_state_not_found(0, user.generation))?;
    if state.generation != user.generation {
        return Err(Refusal::sync_state_not_found(state.generation, user.generation));
    }
    Ok(Some(state))
}

fn removed(id: &str) -> Value {
    json!({ "id": id, "@removed": { "reason": "deleted" } })
}
