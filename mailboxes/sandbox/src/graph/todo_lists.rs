//! The lists of To Do.

use super::{
    listing::{Kind, Window, check_match, check_members},
    request::{Reply, Request, text_member},
};
use crate::{
    error::Refusal,
    store::{
        handle::change_key,
        handle_tasks::{parse_task_list_id, task_list_id},
        task_list::{self, TaskList},
        user::User,
    },
};
use earmark_sqlite::rusqlite::Transaction;
use serde_json::{Value, json};

/// Units: lists in a page without `$top`.
const PAGE: u64 = 100;

/// The properties of a list. Source: the todoTaskList resource.
pub(crate) const LIST: Kind = Kind {
    name: "microsoft.graph.todoTaskList",
    properties: &["id", "displayName", "isOwner", "isShared", "wellknownListName"],
};

/// A list by id, or by the word that stands for one.
pub(crate) fn find(tx: &Transaction<'_>, user: &User, word: &str) -> Result<TaskList, Refusal> {
    match task_list::shorthand(word) {
        Some(name) => task_list::well_known(tx, user.row, name),
        None => task_list::get(tx, user.row, parse_task_list_id(user.guid, word)?),
    }
}

pub(crate) fn list(tx: &Transaction<'_>, request: &Request, user: &User) -> Result<Reply, Refusal> {
    let select = LIST.selected(&request.query.select)?;
    let window = Window::of(request, PAGE)?;
    let all = task_list::all(tx, user.row)?;
    let found = LIST.chosen(request, true, all, |list| shown(user, list))?;
    let total = found.len();
    let suffix = suffix(&select);
    let context = request.context(&format!("users('{}')/todo/lists{suffix}", user.guid));
    let mut body = json!({ "@odata.context": context });
    if request.query.count {
        body["@odata.count"] = json!(total);
    }
    body["value"] =
        window.cut(found).iter().map(|list| selected(&select, shown(user, list))).collect();
    window.link(request, total, &mut body);
    Ok(Reply::json(200, body))
}

pub(crate) fn count(tx: &Transaction<'_>, user: &User) -> Result<Reply, Refusal> {
    Ok(Reply::raw("text/plain", task_list::all(tx, user.row)?.len().to_string()))
}

pub(crate) fn create(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
) -> Result<Reply, Refusal> {
    let body = request.object(false)?;
    check_members(&body, LIST, &[])?;
    let list = task_list::create(tx, user.row, &text_member(&body, "displayName")?)?;
    one(request, user, 201, &list)
}

pub(crate) fn update(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    list: &TaskList,
) -> Result<Reply, Refusal> {
    check_match(request, &etag(user, list))?;
    let body = request.object(false)?;
    check_members(&body, LIST, &[])?;
    let list = task_list::rename(tx, user.row, list, &text_member(&body, "displayName")?)?;
    one(request, user, 200, &list)
}

pub(crate) fn delete(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    list: &TaskList,
) -> Result<Reply, Refusal> {
    check_match(request, &etag(user, list))?;
    task_list::delete(tx, user.row, list)?;
    Ok(Reply::empty(204))
}

/// One list as an answer.
pub(crate) fn one(
    request: &Request,
    user: &User,
    status: u16,
    list: &TaskList,
) -> Result<Reply, Refusal> {
    let select = LIST.selected(&request.query.select)?;
    let mut body = selected(&select, shown(user, list));
    let context = format!("users('{}')/todo/lists{}/$entity", user.guid, suffix(&select));
    body["@odata.context"] = json!(request.context(&context));
    let mut reply = Reply::json(status, body);
    reply.headers.push(("etag", etag(user, list)));
    Ok(reply)
}

/// A list as the wire has it.
pub(crate) fn shown(user: &User, list: &TaskList) -> Value {
    json!({
        "@odata.etag": etag(user, list),
        "id": task_list_id(user.guid, list.row),
        "displayName": list.name,
        "isOwner": true,
        "isShared": false,
        "wellknownListName": list.well_known.as_deref().unwrap_or("none"),
    })
}

/// What `$select` leaves of an entity: the id and the etag always.
pub(crate) fn selected(select: &[String], mut value: Value) -> Value {
    if !select.is_empty()
        && let Some(members) = value.as_object_mut()
    {
        members.retain(|name, _| {
            name.starts_with('@') || name == "id" || select.iter().any(|one| one == name)
        });
    }
    value
}

/// The part of the context that names the selected properties: `(id,title)`, or nothing.
pub(crate) fn suffix(select: &[String]) -> String {
    if select.is_empty() { String::new() } else { format!("({})", select.join(",")) }
}

fn etag(user: &User, list: &TaskList) -> String {
    format!("W/\"{}\"", change_key(user.guid, list.changed))
}
