//! Attachments of a message.

use super::{
    messages::at,
    render::instant,
    request::{Reply, Request},
    upload, write,
};
use crate::{
    error::Refusal,
    store::{
        attachment::{self, Attachment},
        change,
        handle::{attachment_id, message_id, parse_attachment_id},
        item::Item,
        user::User,
    },
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use earmark_sqlite::rusqlite::Transaction;
use http::Method;
use serde_json::{Map, Value, json};

/// A request below `messages/{id}/attachments`.
pub(crate) fn answer(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    item: &Item,
    rest: &[&str],
    words: &[&str],
) -> Result<Reply, Refusal> {
    match (&request.method, rest) {
        (&Method::GET, []) => list(tx, request, user, item),
        (&Method::GET, ["$count"]) => {
            Ok(Reply::raw("text/plain", attachment::list(tx, item.row)?.len().to_string()))
        }
        (&Method::POST, []) => create(tx, request, user, item),
        (&Method::POST, ["createuploadsession"]) => upload::create(tx, request, user, item),
        (_, []) => Err(Refusal::method_not_allowed()),
        (method, [_, below @ ..]) => {
            let one = attachment::get(tx, item.row, parse_attachment_id(user.guid, words[0])?)?;
            match (method, below) {
                (&Method::GET, []) => shown(tx, request, user, item, 200, &one),
                (&Method::GET, ["$value"]) => {
                    let bytes = attachment::content(tx, one.row)?;
                    let media_type = if one.item { "text/plain" } else { &one.content_type };
                    Ok(Reply::raw(media_type, bytes))
                }
                (&Method::DELETE, []) => {
                    attachment::delete(tx, item.row, one.row)?;
                    change::recount_attachments(tx, at(request, user), item)?;
                    Ok(Reply::empty(204))
                }
                (_, [] | ["$value"]) => Err(Refusal::method_not_allowed()),
                (_, [other, ..]) => Err(Refusal::no_segment(other)),
            }
        }
    }
}

fn context(request: &Request, user: &User, item: &Item) -> String {
    let id = message_id(request.prefer.ids, user.guid, item.row, item.incarnation);
    format!("users('{}')/messages('{}')/attachments", user.guid, id.replace('=', "%3D"))
}

fn list(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    item: &Item,
) -> Result<Reply, Refusal> {
    let select = &request.query.select;
    let mut values = Vec::new();
    for one in attachment::list(tx, item.row)? {
        values.push(attachment_value(tx, request, user, item, &one, select)?);
    }
    let suffix = if select.is_empty() { String::new() } else { format!("({})", select.join(",")) };
    let mut body = json!({
        "@odata.context": request.context(&format!("{}{suffix}", context(request, user, item))),
    });
    if request.query.count {
        body["@odata.count"] = json!(values.len());
    }
    body["value"] = Value::Array(values);
    Ok(Reply::json(200, body))
}

fn create(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    item: &Item,
) -> Result<Reply, Refusal> {
    let new = write::attachment(&request.object(false)?)?;
    if new.content.len() > write::ATTACHMENT_MAX {
        return Err(Refusal::new(
            413,
            "ErrorMessageSizeExceeded",
            "The attachment is larger than 3 MB, more than fits into one request.",
        )
        .about("contentBytes"));
    }
    let row = attachment::insert(tx, item.row, request.now_ms, &new)?;
    change::recount_attachments(tx, at(request, user), item)?;
    shown(tx, request, user, item, 201, &attachment::get(tx, item.row, row)?)
}

fn shown(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    item: &Item,
    status: u16,
    one: &Attachment,
) -> Result<Reply, Refusal> {
    let mut body = Map::new();
    let context = request.context(&format!("{}/$entity", context(request, user, item)));
    body.insert("@odata.context".to_owned(), json!(context));
    if let Value::Object(members) =
        attachment_value(tx, request, user, item, one, &request.query.select)?
    {
        body.extend(members);
    }
    Ok(Reply::json(status, Value::Object(body)))
}

/// An attachment as the wire has it; without `contentBytes` where `select` leaves them out.
pub(crate) fn attachment_value(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    item: &Item,
    one: &Attachment,
    select: &[String],
) -> Result<Value, Refusal> {
    let id = attachment_id(request.prefer.ids, user.guid, item.row, item.incarnation, one.row);
    let kind = if one.item { "itemAttachment" } else { "fileAttachment" };
    let shows = |name: &str| {
        select.is_empty()
            || select.iter().any(|selected| {
                selected.rsplit('/').next().is_some_and(|last| last.eq_ignore_ascii_case(name))
            })
    };
    let mut map = Map::new();
    map.insert("@odata.type".to_owned(), json!(format!("#microsoft.graph.{kind}")));
    map.insert("@odata.mediaContentType".to_owned(), json!(one.content_type));
    map.insert("id".to_owned(), json!(id));
    let content_type = if one.item { Value::Null } else { json!(one.content_type) };
    for (name, value) in [
        ("lastModifiedDateTime", json!(instant(one.modified_ms))),
        ("name", json!(one.name)),
        ("contentType", content_type),
        ("size", json!(one.size)),
        ("isInline", json!(one.is_inline)),
    ] {
        if shows(name) {
            map.insert(name.to_owned(), value);
        }
    }
    if !one.item {
        for (name, value) in
            [("contentId", json!(one.content_id)), ("contentLocation", Value::Null)]
        {
            if shows(name) {
                map.insert(name.to_owned(), value);
            }
        }
        if shows("contentBytes") {
            let bytes = attachment::content(tx, one.row)?;
            map.insert("contentBytes".to_owned(), json!(STANDARD.encode(bytes)));
        }
    }
    Ok(Value::Object(map))
}
