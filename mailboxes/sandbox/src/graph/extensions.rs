//! Open extensions of a message.

use super::request::{Reply, Request, member, text_member};
use crate::{
    error::Refusal,
    store::{
        extension::{self, Extension},
        handle::message_id,
        item::Item,
        user::User,
    },
};
use earmark_sqlite::rusqlite::Transaction;
use http::Method;
use serde_json::{Map, Value, json};

/// What stands before the name in the id of an extension.
const ID_PREFIX: &str = "microsoft.graph.openTypeExtension.";
/// The same as older clients write it.
const OLD_PREFIX: &str = "microsoft.outlookservices.opentypeextension.";

/// A request below `messages/{id}/extensions`.
pub(crate) fn answer(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    item: &Item,
    words: &[&str],
) -> Result<Reply, Refusal> {
    match (&request.method, words) {
        (&Method::GET, []) => {
            let values: Vec<Value> = extension::list(tx, item.row)?.iter().map(shown).collect();
            let context = context(request, user, item, "");
            Ok(Reply::json(200, json!({ "@odata.context": context, "value": values })))
        }
        (&Method::POST, []) => {
            let new = read(&request.object(false)?)?;
            if extension::find(tx, item.row, &new.name)?.is_some() {
                return Err(Refusal::new(
                    409,
                    "ErrorExtensionExists",
                    "An extension of this name is on the message already.",
                )
                .about("extensionName"));
            }
            extension::put(tx, item.row, &new)?;
            Ok(Reply::json(201, one(request, user, item, &new)))
        }
        (method, [id]) => {
            let mut known =
                extension::find(tx, item.row, bare(id))?.ok_or_else(Refusal::item_not_found)?;
            match *method {
                Method::GET => Ok(Reply::json(200, one(request, user, item, &known))),
                Method::PATCH => {
                    known = merged(known, &request.object(false)?);
                    extension::put(tx, item.row, &known)?;
                    Ok(Reply::json(200, one(request, user, item, &known)))
                }
                Method::DELETE => {
                    extension::delete(tx, item.row, &known.name)?;
                    Ok(Reply::empty(204))
                }
                _ => Err(Refusal::method_not_allowed()),
            }
        }
        (_, []) => Err(Refusal::method_not_allowed()),
        (_, [_, other, ..]) => Err(Refusal::no_segment(other)),
    }
}

/// The extensions that a new message comes with.
pub(crate) fn of_message(body: &Value) -> Result<Vec<Extension>, Refusal> {
    let Some(list) = member(body, "extensions") else { return Ok(Vec::new()) };
    let list = list
        .as_array()
        .ok_or_else(|| Refusal::invalid_member("extensions", "'extensions' must be a list."))?;
    list.iter().map(read).collect()
}

/// An extension from its JSON form.
pub(crate) fn read(body: &Value) -> Result<Extension, Refusal> {
    let name = text_member(body, "extensionName")?;
    if name.trim().is_empty() || name.len() > 256 {
        return Err(Refusal::invalid_member(
            "extensionName",
            "'extensionName' must have 1 to 256 characters.",
        ));
    }
    Ok(Extension { name, members: members(body) })
}

/// An extension after a PATCH: null takes a member off.
pub(crate) fn merged(mut known: Extension, body: &Value) -> Extension {
    for (name, value) in members(body) {
        if value.is_null() {
            known.members.remove(&name);
        } else {
            known.members.insert(name, value);
        }
    }
    known
}

pub(crate) fn members(body: &Value) -> Map<String, Value> {
    let own = |name: &str| !name.starts_with('@') && !matches!(name, "extensionName" | "id");
    let all = body.as_object().cloned().unwrap_or_default();
    all.into_iter().filter(|(name, _)| own(name)).collect()
}

/// The name of an extension from its name or id.
pub(crate) fn bare(id: &str) -> &str {
    let lower = id.to_ascii_lowercase();
    let prefixes = [ID_PREFIX.len(), OLD_PREFIX.len()];
    let starts = [ID_PREFIX.to_ascii_lowercase(), OLD_PREFIX.to_owned()];
    let found = starts.iter().zip(prefixes).find(|(start, _)| lower.starts_with(start.as_str()));
    found.map_or(id, |(_, length)| &id[length..])
}

/// An extension as the wire has it.
pub(crate) fn shown(extension: &Extension) -> Value {
    let mut map = Map::new();
    map.insert("@odata.type".to_owned(), json!("#microsoft.graph.openTypeExtension"));
    map.insert("id".to_owned(), json!(format!("{ID_PREFIX}{}", extension.name)));
    map.insert("extensionName".to_owned(), json!(extension.name));
    map.extend(extension.members.clone());
    Value::Object(map)
}

fn one(request: &Request, user: &User, item: &Item, extension: &Extension) -> Value {
    let mut value = shown(extension);
    value["@odata.context"] = json!(context(request, user, item, "/$entity"));
    value
}

fn context(request: &Request, user: &User, item: &Item, end: &str) -> String {
    let id = message_id(request.prefer.ids, user.guid, item.row, item.incarnation);
    let id = id.replace('=', "%3D");
    request.context(&format!("users('{}')/messages('{id}')/extensions{end}", user.guid))
}
