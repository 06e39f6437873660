//! The master list of categories.

use super::request::{Reply, Request, member, optional_text, text_member};
use crate::{
    error::Refusal,
    store::{
        category::{self, MasterCategory},
        user::User,
    },
};
use earmark_sqlite::rusqlite::Transaction;
use http::Method;
use serde_json::{Value, json};

/// A request below `outlook/masterCategories`.
pub(crate) fn answer(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    rest: &[&str],
    words: &[&str],
) -> Result<Reply, Refusal> {
    match (&request.method, rest) {
        (&Method::GET, []) => list(tx, request, user),
        (&Method::GET, ["$count"]) => {
            Ok(Reply::raw("text/plain", category::list(tx, user.row)?.len().to_string()))
        }
        (&Method::POST, []) => create(tx, request, user),
        (&Method::GET, [_]) => one(request, user, 200, &category::get(tx, user.row, words[0])?),
        (&Method::PATCH, [_]) => update(tx, request, user, words[0]),
        (&Method::DELETE, [_]) => {
            category::delete(tx, user.row, words[0])?;
            Ok(Reply::empty(204))
        }
        (_, [] | [_]) => Err(Refusal::method_not_allowed()),
        (_, [_, other, ..]) => Err(Refusal::no_segment(other)),
    }
}

/// The whole list: a filter is ignored, as the original ignores it.
fn list(tx: &Transaction<'_>, request: &Request, user: &User) -> Result<Reply, Refusal> {
    let entries = category::list(tx, user.row)?;
    let context = request.context(&format!("users('{}')/outlook/masterCategories", user.guid));
    let mut body = json!({ "@odata.context": context });
    if request.query.count {
        body["@odata.count"] = json!(entries.len());
    }
    body["value"] = entries.iter().map(shown).collect();
    Ok(Reply::json(200, body))
}

fn create(tx: &Transaction<'_>, request: &Request, user: &User) -> Result<Reply, Refusal> {
    let body = request.object(false)?;
    let name = text_member(&body, "displayName")?;
    let color = optional_text(&body, "color")?.unwrap_or_else(|| "none".to_owned());
    let status = request.quirks.duplicate_category_status;
    let entry = category::create(tx, request.seed, user.row, &name, &color, status)?;
    one(request, user, 201, &entry)
}

fn update(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    id: &str,
) -> Result<Reply, Refusal> {
    let body = request.object(false)?;
    let entry = category::get(tx, user.row, id)?;
    if member(&body, "displayName").is_some_and(|name| name.as_str() != Some(&entry.name)) {
        return Err(Refusal::new(
            400,
            "ErrorInvalidRequest",
            "The displayName of a category can't be modified after the category was created.",
        )
        .about("displayName"));
    }
    if let Some(color) = optional_text(&body, "color")? {
        category::recolor(tx, user.row, id, &color)?;
    }
    one(request, user, 200, &category::get(tx, user.row, id)?)
}

fn one(
    request: &Request,
    user: &User,
    status: u16,
    entry: &MasterCategory,
) -> Result<Reply, Refusal> {
    let context =
        request.context(&format!("users('{}')/outlook/masterCategories/$entity", user.guid));
    let mut body = json!({ "@odata.context": context });
    for (name, value) in shown(entry).as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    Ok(Reply::json(status, body))
}

fn shown(entry: &MasterCategory) -> Value {
    json!({ "id": entry.guid, "displayName": entry.name, "color": entry.color })
}
