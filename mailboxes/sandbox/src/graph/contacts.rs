//! Contacts, and the folder that they are in.

use super::{
    contact_view::{CONTACT, changed, etag, folder_id, folder_shown, shown},
    listing::{Window, check_match},
    messages,
    request::{Reply, Request},
    todo_lists::{selected, suffix},
};
use crate::{
    error::Refusal,
    store::{
        contact::{self, Contact},
        handle_tasks::parse_contact_id,
        user::User,
    },
};
use earmark_sqlite::rusqlite::Transaction;
use http::Method;
use serde_json::json;

/// Units: contacts in a page without `$top`. Source: the list operation.
const PAGE: u64 = 10;

/// A request below `contacts`; `words` are those after it.
pub(crate) fn answer(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    words: &[&str],
) -> Result<Reply, Refusal> {
    match (&request.method, words) {
        (&Method::GET, []) => list(tx, request, user),
        (&Method::GET, ["$count"]) => {
            Ok(Reply::raw("text/plain", chosen(tx, request, user)?.len().to_string()))
        }
        (&Method::POST, []) => {
            let (members, categories) = changed(&request.object(false)?, None)?;
            let at = messages::at(request, user);
            one(request, user, 201, &contact::insert(tx, at, &members, &categories)?)
        }
        (method, [id]) => {
            let known = contact::get(tx, user.row, parse_contact_id(user.guid, id)?)?;
            match *method {
                Method::GET => one(request, user, 200, &known),
                Method::PATCH => {
                    check_match(request, &etag(user, &known))?;
                    let (members, categories) = changed(&request.object(false)?, Some(&known))?;
                    let wanted = Contact { members, categories, ..known };
                    let at = messages::at(request, user);
                    one(request, user, 200, &contact::update(tx, at, &wanted)?)
                }
                Method::DELETE => {
                    check_match(request, &etag(user, &known))?;
                    contact::delete(tx, &known)?;
                    Ok(Reply::empty(204))
                }
                _ => Err(Refusal::method_not_allowed()),
            }
        }
        (_, []) => Err(Refusal::method_not_allowed()),
        (_, [_, other, ..]) => Err(Refusal::no_segment(other)),
    }
}

/// A request below `contactFolders`: there is one folder, and it stays as it is.
pub(crate) fn folders(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    rest: &[&str],
    words: &[&str],
) -> Result<Reply, Refusal> {
    let own = |word: &str| word.eq_ignore_ascii_case("contacts") || word == folder_id(user);
    match (&request.method, rest) {
        (&Method::GET, []) => {
            let context = request.context(&format!("users('{}')/contactFolders", user.guid));
            let value = [folder_shown(user)];
            Ok(Reply::json(200, json!({ "@odata.context": context, "value": value })))
        }
        (_, [_, ..]) if !own(words[0]) => Err(Refusal::item_not_found()),
        (&Method::GET, [_]) => {
            let mut body = folder_shown(user);
            let context = format!("users('{}')/contactFolders/$entity", user.guid);
            body["@odata.context"] = json!(request.context(&context));
            Ok(Reply::json(200, body))
        }
        (_, [_, "contacts", ..]) => answer(tx, request, user, &words[2..]),
        (_, [_, other, ..]) => Err(Refusal::no_segment(other)),
        _ => Err(Refusal::method_not_allowed()),
    }
}

fn list(tx: &Transaction<'_>, request: &Request, user: &User) -> Result<Reply, Refusal> {
    let select = CONTACT.selected(&request.query.select)?;
    let window = Window::of(request, PAGE)?;
    let found = chosen(tx, request, user)?;
    let total = found.len();
    let context = format!("users('{}')/contacts{}", user.guid, suffix(&select));
    let mut body = json!({ "@odata.context": request.context(&context) });
    if request.query.count {
        body["@odata.count"] = json!(total);
    }
    body["value"] = window
        .cut(found)
        .iter()
        .map(|contact| selected(&select, shown(request, user, contact)))
        .collect();
    window.link(request, total, &mut body);
    Ok(Reply::json(200, body))
}

fn chosen(tx: &Transaction<'_>, request: &Request, user: &User) -> Result<Vec<Contact>, Refusal> {
    let filter = request.query.filter.as_ref();
    let named = filter.map(crate::store::filter::named_properties).unwrap_or_default();
    let by_category = named.iter().any(|name| name == "categories");
    let ignore_case = !by_category || request.quirks.category_match_ignores_case;
    let all = contact::list(tx, user.row)?;
    CONTACT.chosen(request, ignore_case, all, |contact| shown(request, user, contact))
}

fn one(request: &Request, user: &User, status: u16, contact: &Contact) -> Result<Reply, Refusal> {
    let select = CONTACT.selected(&request.query.select)?;
    let mut body = selected(&select, shown(request, user, contact));
    let context = format!("users('{}')/contacts{}/$entity", user.guid, suffix(&select));
    body["@odata.context"] = json!(request.context(&context));
    let mut reply = Reply::json(status, body);
    reply.headers.push(("etag", etag(user, contact)));
    Ok(reply)
}
