//! Messages: lists, one, drafts, changes, moves.

use super::{
    folders,
    render::{View, etag},
    request::{Reply, Request},
    search_folders, write,
};
use crate::{
    delivery,
    error::Refusal,
    mime as mime_format,
    store::{
        before,
        change::{self, Setting},
        export::export,
        extended, extension, filter,
        folder::{self, Folder},
        handle::{MessageKey, parse_message_id},
        insert::{Place, insert},
        item::{self, Item},
        list::{self, Extent, Selection},
        user::User,
    },
};
use earmark_sqlite::rusqlite::{Transaction, types::Value as SqlValue};
use serde_json::{Map, Value, json};

/// Units: messages in a page. Source: the list operation.
const PAGE: u64 = 10;
const PAGE_MAX: u64 = 1_000;

/// A message by id, of either kind.
pub(crate) fn find(tx: &Transaction<'_>, user: &User, id: &str) -> Result<Item, Refusal> {
    item::get(tx, user.row, parse_message_id(user.guid, id)?)
}

pub(crate) fn list(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    folder: Option<&Folder>,
) -> Result<Reply, Refusal> {
    let selection = selection(tx, request, user, folder)?;
    let view = View::new(request, user)?;
    let page = list::page(tx, &selection)?;
    let path = match folder {
        Some(folder) => format!(
            "mailFolders('{}')/messages",
            crate::store::handle::folder_id(user.guid, folder.row)
        ),
        None => "messages".to_owned(),
    };
    let context = format!("users('{}')/{path}{}", user.guid, view.context_suffix());
    let mut body = Map::new();
    body.insert("@odata.context".to_owned(), json!(request.context(&context)));
    if request.query.count {
        body.insert("@odata.count".to_owned(), json!(list::count(tx, &selection)?));
    }
    let mut values = Vec::new();
    for item in page.items {
        values.push(view.message(tx, &as_read(tx, request, item)?)?);
    }
    body.insert("value".to_owned(), Value::Array(values));
    if page.more {
        let next = (selection.skip + selection.top).to_string();
        body.insert("@odata.nextLink".to_owned(), json!(request.link(&[("$skip", &next)])));
    }
    Ok(Reply::json(200, Value::Object(body)))
}

pub(crate) fn count(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    folder: Option<&Folder>,
) -> Result<Reply, Refusal> {
    let selection = selection(tx, request, user, folder)?;
    Ok(Reply::raw("text/plain", list::count(tx, &selection)?.to_string()))
}

fn selection(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    folder: Option<&Folder>,
) -> Result<Selection, Refusal> {
    let query = &request.query;
    let (extent, condition) = match folder {
        Some(folder) => search_folders::extent(tx, request, user, folder)?,
        None => (Extent::Mailbox, None),
    };
    let mut conditions: Vec<filter::Condition> = condition.into_iter().collect();
    if let Some(expr) = &query.filter {
        check_order(request)?;
        let scope = filter::Scope { user: user.row, mailbox: user.guid, quirks: &request.quirks };
        conditions.push(filter::condition(expr, &scope)?);
    }
    if let Some(search) = &query.search {
        if query.filter.is_some() || !query.order_by.is_empty() {
            return Err(Refusal::new(
                400,
                "SearchWithFilter",
                "The query parameter '$filter' or '$orderby' is not supported with '$search'.",
            ));
        }
        conditions.push(search_condition(search));
    }
    let top = query.top.or(request.prefer.page_size).unwrap_or(PAGE);
    if top == 0 || top > PAGE_MAX {
        return Err(Refusal::bad_request(format!(
            "Invalid value '{top}' for $top query option found. The $top query option requires a value between 1 and {PAGE_MAX}."
        )));
    }
    Ok(Selection {
        user: user.row,
        extent,
        conditions,
        order: query.order_by.clone(),
        skip: query.skip.unwrap_or(0),
        top,
    })
}

/// What is ordered by must be filtered by, first and in the same order.
fn check_order(request: &Request) -> Result<(), Refusal> {
    let Some(filter) = &request.query.filter else { return Ok(()) };
    if !request.quirks.inefficient_filter {
        return Ok(());
    }
    let mut named = filter::named_properties(filter);
    let mut seen = std::collections::BTreeSet::new();
    named.retain(|name| seen.insert(name.clone()));
    let ordered: Vec<String> =
        request.query.order_by.iter().map(|term| term.path.join("/").to_lowercase()).collect();
    if named.starts_with(&ordered) {
        return Ok(());
    }
    Err(Refusal::new(
        400,
        "InefficientFilter",
        "The restriction or sort order is too complex for this operation.",
    ))
}

fn search_condition(search: &str) -> filter::Condition {
    let term = search.trim().trim_matches('"');
    let (column, term) = match term.split_once(':') {
        Some(("subject", term)) => ("m.subject", term),
        Some(("from", term)) => ("m.from_address || ' ' || m.from_name", term),
        _ => (
            "m.subject || ' ' || m.preview || ' ' || coalesce(m.from_name, '') || ' ' || coalesce(m.from_address, '')",
            term,
        ),
    };
    filter::Condition {
        sql: format!("instr(lower({column}), lower(?)) > 0"),
        values: vec![SqlValue::Text(term.to_owned())],
    }
}

pub(crate) fn get(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    item: &Item,
) -> Result<Reply, Refusal> {
    one(tx, request, user, 200, &as_read(tx, request, item.clone())?)
}

/// A message as reads of this caller show it: to applications they may be late.
fn as_read(tx: &Transaction<'_>, request: &Request, item: Item) -> Result<Item, Refusal> {
    if request.quirks.stale_reads && request.caller.application().is_some() {
        before::shown(tx, request.now_ms, item)
    } else {
        Ok(item)
    }
}

/// One message as an answer.
pub(crate) fn one(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    status: u16,
    item: &Item,
) -> Result<Reply, Refusal> {
    let view = View::new(request, user)?;
    let context = format!("users('{}')/messages{}/$entity", user.guid, view.context_suffix());
    let mut body = Map::new();
    body.insert("@odata.context".to_owned(), json!(request.context(&context)));
    if let Value::Object(members) = view.message(tx, item)? {
        body.extend(members);
    }
    let mut reply = Reply::json(status, Value::Object(body));
    reply.headers.push(("etag", etag(user, item)));
    Ok(reply)
}

/// The message in its RFC 5322 form.
pub(crate) fn mime(tx: &Transaction<'_>, item: &Item) -> Result<Reply, Refusal> {
    Ok(Reply::raw("text/plain", mime_format::write(&export(tx, item)?)))
}

/// A new draft.
pub(crate) fn create(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    folder: Option<&Folder>,
) -> Result<Reply, Refusal> {
    let (mut message, extras) = write::new_message(request)?;
    let own = delivery::address_of(user);
    message.from.get_or_insert_with(|| own.clone());
    message.sender.get_or_insert(own);
    for list in [&mut message.to, &mut message.cc, &mut message.bcc] {
        for address in list.iter_mut() {
            *address = delivery::resolved(tx, address)?;
        }
    }
    message.is_draft = true;
    message.is_read = true;
    if message.internet_message_id.is_none() {
        message.internet_message_id = Some(delivery::new_message_id(tx, &user.mail)?);
    }
    let row = match folder {
        Some(folder) => folder.row,
        None => folder::well_known(tx, user.row, "drafts")?,
    };
    let place = Place { user: user.row, folder: row, now_ms: request.now_ms };
    let row = insert(tx, place, &message)?;
    extended::put(tx, row, &extras.extended)?;
    for one in write::extensions_of(request)? {
        extension::put(tx, row, &one)?;
    }
    let mut item = item::get(tx, user.row, MessageKey { row, incarnation: None })?;
    if extras.flag.is_some() || extras.inference.is_some() {
        item = change::apply(tx, at(request, user), item, &extras)?;
    }
    one(tx, request, user, 201, &item)
}

pub(crate) fn update(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    item: Item,
) -> Result<Reply, Refusal> {
    check_match(request, user, &item)?;
    let changes = write::changes(request, item.is_draft)?;
    let item = change::apply(tx, at(request, user), item, &changes)?;
    one(tx, request, user, 200, &item)
}

pub(crate) fn delete(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    item: Item,
) -> Result<Reply, Refusal> {
    check_match(request, user, &item)?;
    change::delete(tx, at(request, user), item)?;
    Ok(Reply::empty(204))
}

pub(crate) fn destroy(tx: &Transaction<'_>, user: &User, item: &Item) -> Result<Reply, Refusal> {
    change::destroy(tx, user.row, item)?;
    Ok(Reply::empty(204))
}

pub(crate) fn move_to(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    item: Item,
) -> Result<Reply, Refusal> {
    let to = folders::destination(tx, request, user)?;
    let item = change::move_to(tx, at(request, user), item, to)?;
    one(tx, request, user, 201, &item)
}

pub(crate) fn copy_to(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    item: &Item,
) -> Result<Reply, Refusal> {
    let to = folders::destination(tx, request, user)?;
    let copy = change::copy_to(tx, at(request, user), item, to)?;
    one(tx, request, user, 201, &copy)
}

/// Where and when a request changes something.
pub(crate) fn at<'a>(request: &'a Request, user: &User) -> Setting<'a> {
    Setting { user: user.row, now_ms: request.now_ms, quirks: &request.quirks }
}

/// `If-Match`: the etag, the change key alone, or `*`.
pub(crate) fn check_match(request: &Request, user: &User, item: &Item) -> Result<(), Refusal> {
    check_etag(request, &etag(user, item))
}

/// `If-Match` against the etag of anything.
pub(crate) fn check_etag(request: &Request, current: &str) -> Result<(), Refusal> {
    let Some(wanted) = request.headers.get("if-match") else { return Ok(()) };
    let bare = |text: &str| text.trim().trim_start_matches("W/").trim_matches('"').to_owned();
    let fits = wanted
        .to_str()
        .unwrap_or_default()
        .split(',')
        .any(|one| one.trim() == "*" || bare(one) == bare(current));
    if fits { Ok(()) } else { Err(Refusal::changed_meanwhile()) }
}
