//! What hangs on an event: open extensions and attachments.

use super::{
    extensions::{bare, members, read, shown},
    render::instant,
    request::{Reply, Request},
    write,
};
use crate::{
    appointment,
    error::Refusal,
    store::{
        event::{Event, Kind},
        event_extra::{self, Attached},
        event_write,
        extension::Extension,
        handle::{attachment_id, event_id, parse_attachment_id},
        user::User,
    },
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use earmark_sqlite::rusqlite::Transaction;
use http::Method;
use serde_json::{Value, json};

/// A request below `events/{id}/extensions`.
pub(crate) fn extensions(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    event: &Event,
    words: &[&str],
) -> Result<Reply, Refusal> {
    let one = |extension: &Extension| {
        let mut value = shown(extension);
        value["@odata.context"] = json!(context(request, user, event, "extensions/$entity"));
        value
    };
    let all = event_extra::extensions(tx, event.row)?;
    let find = |name: &str| all.iter().find(|one| one.name.eq_ignore_ascii_case(bare(name)));
    match (&request.method, words) {
        (&Method::GET, []) => {
            let values: Vec<Value> = all.iter().map(shown).collect();
            let context = context(request, user, event, "extensions");
            Ok(Reply::json(200, json!({ "@odata.context": context, "value": values })))
        }
        (&Method::POST, []) => {
            let new = read(&request.object(false)?)?;
            if find(&new.name).is_some() {
                return Err(Refusal::new(
                    409,
                    "ErrorExtensionExists",
                    "An extension of this name is on the event already.",
                )
                .about("extensionName"));
            }
            event_extra::put_extension(tx, event.row, &new)?;
            Ok(Reply::json(201, one(&new)))
        }
        (method, [id]) => {
            let mut known = find(id).cloned().ok_or_else(Refusal::item_not_found)?;
            match *method {
                Method::GET => Ok(Reply::json(200, one(&known))),
                Method::PATCH => {
                    for (name, value) in members(&request.object(false)?) {
                        if value.is_null() {
                            known.members.remove(&name);
                        } else {
                            known.members.insert(name, value);
                        }
                    }
                    event_extra::put_extension(tx, event.row, &known)?;
                    Ok(Reply::json(200, one(&known)))
                }
                Method::DELETE => {
                    event_extra::delete_extension(tx, event.row, &known.name)?;
                    Ok(Reply::empty(204))
                }
                _ => Err(Refusal::method_not_allowed()),
            }
        }
        (_, []) => Err(Refusal::method_not_allowed()),
        (_, [_, other, ..]) => Err(Refusal::no_segment(other)),
    }
}

/// A request below `events/{id}/attachments`.
pub(crate) fn attached(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    event: &Event,
    rest: &[&str],
    words: &[&str],
) -> Result<Reply, Refusal> {
    match (&request.method, rest) {
        (&Method::GET, []) => {
            let values = attachments(tx, request, user, event)?;
            let context = context(request, user, event, "attachments");
            Ok(Reply::json(200, json!({ "@odata.context": context, "value": values })))
        }
        (&Method::POST, []) => {
            let new = write::attachment(&request.object(false)?)?;
            if new.content.len() > write::ATTACHMENT_MAX {
                return Err(Refusal::new(
                    413,
                    "ErrorMessageSizeExceeded",
                    "An attachment of an event must be smaller than 3 MB.",
                ));
            }
            let event = written(tx, request, user, event)?;
            let row = event_extra::attach(tx, event.row, request.now_ms, &new)?;
            let all = event_extra::attachments(tx, event.row)?;
            let one = all.iter().find(|one| one.row == row).ok_or_else(Refusal::item_not_found)?;
            Ok(Reply::json(201, single(tx, request, user, &event, one)?))
        }
        (method, [_]) => {
            let row = parse_attachment_id(user.guid, words[0])?;
            let all = event_extra::attachments(tx, event.row)?;
            let one = all.iter().find(|one| one.row == row).ok_or_else(Refusal::item_not_found)?;
            match *method {
                Method::GET => Ok(Reply::json(200, single(tx, request, user, event, one)?)),
                Method::DELETE => {
                    let event = written(tx, request, user, event)?;
                    event_extra::detach(tx, event.row, row)?;
                    Ok(Reply::empty(204))
                }
                _ => Err(Refusal::method_not_allowed()),
            }
        }
        (&Method::GET, [_, "$value"]) => {
            let row = parse_attachment_id(user.guid, words[0])?;
            let all = event_extra::attachments(tx, event.row)?;
            let one = all.iter().find(|one| one.row == row).ok_or_else(Refusal::item_not_found)?;
            Ok(Reply::raw(one.content_type.clone(), event_extra::content(tx, row)?))
        }
        (_, []) => Err(Refusal::method_not_allowed()),
        (_, [_, other, ..]) => Err(Refusal::no_segment(other)),
    }
}

/// All attachments of an event as the wire has them.
pub(crate) fn attachments(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    event: &Event,
) -> Result<Vec<Value>, Refusal> {
    let all = event_extra::attachments(tx, event.row)?;
    all.iter().map(|one| value(tx, request, user, event, one)).collect()
}

/// The event with a row of its own and a new change key.
fn written(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    event: &Event,
) -> Result<Event, Refusal> {
    let cause = request.cause();
    let occasion = super::send::occasion(request, &cause);
    let at = appointment::at(&occasion, user);
    if event.kind == Kind::Occurrence {
        event_write::detach(tx, at, event)
    } else {
        event_write::touch(tx, at, event)
    }
}

fn single(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    event: &Event,
    one: &Attached,
) -> Result<Value, Refusal> {
    let mut shown = value(tx, request, user, event, one)?;
    shown["@odata.context"] = json!(context(request, user, event, "attachments/$entity"));
    Ok(shown)
}

fn value(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    event: &Event,
    one: &Attached,
) -> Result<Value, Refusal> {
    let mut shown = json!({
        "@odata.type": if one.item { "#microsoft.graph.itemAttachment" } else { "#microsoft.graph.fileAttachment" },
        "id": attachment_id(request.prefer.ids, user.guid, event.row, 0, one.row),
        "lastModifiedDateTime": instant(one.modified_ms),
        "name": one.name,
        "contentType": one.content_type,
        "size": one.size,
        "isInline": one.is_inline,
    });
    if !one.item {
        shown["contentId"] = json!(one.content_id);
        shown["contentLocation"] = Value::Null;
        shown["contentBytes"] = json!(STANDARD.encode(event_extra::content(tx, one.row)?));
    }
    Ok(shown)
}

fn context(request: &Request, user: &User, event: &Event, end: &str) -> String {
    let (row, day) = event.key();
    let id = event_id(request.prefer.ids, user.guid, row, day).replace('=', "%3D");
    request.context(&format!("users('{}')/events('{id}')/{end}", user.guid))
}
