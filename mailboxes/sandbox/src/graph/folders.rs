//! Mail folders.

use super::{
    folder_view::{expanded, selected, shown},
    request::{Reply, Request, optional_bool, optional_text, text_member},
    search_folders,
    write::extended_of,
};
use crate::{
    error::Refusal,
    store::{
        change::{self, Setting},
        extended,
        folder::{self, Folder},
        handle::{folder_id, parse_folder_id},
        item, list,
        user::User,
    },
};
use earmark_odata::{Evaluate, compare_by, matches};
use earmark_sqlite::rusqlite::Transaction;
use http::Method;
use serde_json::{Map, Value, json};

/// Units: folders in a page. Source: the paging rules.
const PAGE: u64 = 10;
const PAGE_MAX: u64 = 1_000;

/// A folder by id or well-known name.
pub(crate) fn find(tx: &Transaction<'_>, user: &User, word: &str) -> Result<Folder, Refusal> {
    let row = row(tx, user, word)?;
    folder::get(tx, user.row, row)
}

/// The row of a folder by id or well-known name.
pub(crate) fn row(tx: &Transaction<'_>, user: &User, word: &str) -> Result<i64, Refusal> {
    if folder::is_well_known(word) {
        folder::well_known(tx, user.row, word)
    } else {
        parse_folder_id(user.guid, word)
    }
}

/// A request below `mailFolders` that is not about messages.
pub(crate) fn answer(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    rest: &[&str],
    words: &[&str],
) -> Result<Reply, Refusal> {
    match (&request.method, rest) {
        (_, []) => {
            let root = folder::well_known(tx, user.row, folder::ROOT)?;
            below(tx, request, user, root, "mailFolders")
        }
        (&Method::GET, ["$count"]) => {
            let root = folder::well_known(tx, user.row, folder::ROOT)?;
            let found = folder::children(tx, user.row, root, hidden(request))?;
            Ok(Reply::raw("text/plain", found.len().to_string()))
        }
        (&Method::GET, [_]) => get(tx, request, user, &find(tx, user, words[0])?),
        (&Method::PATCH, [_]) => update(tx, request, user, find(tx, user, words[0])?),
        (&Method::DELETE, [_]) => delete(tx, user, find(tx, user, words[0])?),
        (_, [_]) => Err(Refusal::method_not_allowed()),
        (_, [_, "childfolders"]) => {
            let parent = find(tx, user, words[0])?;
            let context =
                format!("mailFolders('{}')/childFolders", folder_id(user.guid, parent.row));
            below(tx, request, user, parent.row, &context)
        }
        (&Method::GET, [_, "childfolders", "$count"]) => {
            let parent = row(tx, user, words[0])?;
            let found = folder::children(tx, user.row, parent, hidden(request))?;
            Ok(Reply::raw("text/plain", found.len().to_string()))
        }
        (_, [_, "childfolders", rest @ ..]) => answer(tx, request, user, rest, &words[2..]),
        (&Method::POST, [_, "move"]) => move_to(tx, request, user, find(tx, user, words[0])?),
        (&Method::POST, [_, "copy"]) => copy_to(tx, request, user, &find(tx, user, words[0])?),
        (&Method::POST, [_, "permanentdelete"]) => {
            let folder = find(tx, user, words[0])?;
            refuse_well_known(&folder)?;
            folder::destroy(tx, user.row, folder.row)?;
            Ok(Reply::empty(204))
        }
        (_, [_, "move" | "copy" | "permanentdelete"]) => Err(Refusal::method_not_allowed()),
        (_, [_, other, ..]) => Err(Refusal::no_segment(other)),
    }
}

fn below(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    parent: i64,
    context: &str,
) -> Result<Reply, Refusal> {
    match request.method {
        Method::GET => children(tx, request, user, parent, context),
        Method::POST => create(tx, request, user, parent),
        _ => Err(Refusal::method_not_allowed()),
    }
}

fn children(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    parent: i64,
    context: &str,
) -> Result<Reply, Refusal> {
    let query = &request.query;
    let mut found = Vec::new();
    for folder in folder::children(tx, user.row, parent, hidden(request))? {
        let value = shown(tx, request, user, &folder)?;
        let fits = match &query.filter {
            Some(filter) => {
                matches(filter, &value, &Evaluate { ignore_case: true }).map_err(|_| {
                    Refusal::new(
                        400,
                        "ErrorInvalidUrlQueryFilter",
                        "The query filter contains one or more invalid nodes.",
                    )
                })?
            }
            None => true,
        };
        if fits {
            found.push((folder, value));
        }
    }
    found.sort_by(|(_, a), (_, b)| compare_by(&query.order_by, a, b));
    let total = found.len();
    let skip = usize::try_from(query.skip.unwrap_or(0)).unwrap_or(usize::MAX);
    let top = usize::try_from(query.top.unwrap_or(PAGE).clamp(1, PAGE_MAX)).unwrap_or(1);
    let mut page = Vec::new();
    for (folder, value) in found.into_iter().skip(skip).take(top) {
        let mut value = selected(&query.select, value)?;
        if let Value::Object(members) = &mut value {
            members.extend(expanded(tx, request, &folder)?);
        }
        page.push(value);
    }
    let mut body =
        json!({ "@odata.context": request.context(&format!("users('{}')/{context}", user.guid)) });
    if query.count {
        body["@odata.count"] = json!(total);
    }
    if skip.saturating_add(top) < total {
        let next = (skip + top).to_string();
        body["@odata.nextLink"] = json!(request.link(&[("$skip", &next)]));
    }
    body["value"] = Value::Array(page);
    Ok(Reply::json(200, body))
}

fn get(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    folder: &Folder,
) -> Result<Reply, Refusal> {
    one(tx, request, user, 200, folder)
}

fn create(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    parent: i64,
) -> Result<Reply, Refusal> {
    let body = request.object(false)?;
    let name = text_member(&body, "displayName")?;
    let hidden = optional_bool(&body, "isHidden")?.unwrap_or(false);
    let search = search_folders::read(tx, user, &body)?;
    let row = folder::create(tx, user.row, parent, &name, hidden, search.as_ref())?;
    extended::put_on_folder(tx, row, &extended_of(&body)?)?;
    one(tx, request, user, 201, &folder::get(tx, user.row, row)?)
}

fn update(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    mut folder: Folder,
) -> Result<Reply, Refusal> {
    let body = request.object(false)?;
    if let Some(name) = optional_text(&body, "displayName")? {
        refuse_well_known(&folder)?;
        folder.name = name;
    }
    search_folders::merge(tx, user, &body, &mut folder)?;
    extended::put_on_folder(tx, folder.row, &extended_of(&body)?)?;
    folder::update(tx, user.row, &folder)?;
    one(tx, request, user, 200, &folder::get(tx, user.row, folder.row)?)
}

/// To Deleted Items, and from there for good.
fn delete(tx: &Transaction<'_>, user: &User, mut folder: Folder) -> Result<Reply, Refusal> {
    refuse_well_known(&folder)?;
    if folder.search.is_some() || folder::is_within(tx, user.row, folder.row, folder::DELETED)? {
        folder::destroy(tx, user.row, folder.row)?;
        return Ok(Reply::empty(204));
    }
    let parent = folder::well_known(tx, user.row, folder::DELETED)?;
    folder.name = folder::free_name(tx, user.row, parent, &folder.name)?;
    folder.parent = Some(parent);
    folder::update(tx, user.row, &folder)?;
    Ok(Reply::empty(204))
}

fn move_to(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    mut folder: Folder,
) -> Result<Reply, Refusal> {
    refuse_well_known(&folder)?;
    folder.parent = Some(destination(tx, request, user)?);
    folder::update(tx, user.row, &folder)?;
    one(tx, request, user, 201, &folder::get(tx, user.row, folder.row)?)
}

fn copy_to(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    folder: &Folder,
) -> Result<Reply, Refusal> {
    let parent = destination(tx, request, user)?;
    let name = folder::free_name(tx, user.row, parent, &folder.name)?;
    let copy = folder::create(tx, user.row, parent, &name, false, folder.search.as_ref())?;
    let at = Setting { user: user.row, now_ms: request.now_ms, quirks: &request.quirks };
    let selection = list::Selection {
        user: user.row,
        extent: list::Extent::Folders(vec![folder.row]),
        conditions: Vec::new(),
        order: Vec::new(),
        skip: 0,
        top: u64::MAX,
    };
    let items: Vec<item::Item> = list::page(tx, &selection)?.items;
    for item in &items {
        change::copy_to(tx, at, item, copy)?;
    }
    one(tx, request, user, 201, &folder::get(tx, user.row, copy)?)
}

/// The folder that `destinationId` names.
pub(crate) fn destination(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
) -> Result<i64, Refusal> {
    let word = text_member(&request.object(false)?, "destinationId")?;
    let row = row(tx, user, &word)?;
    let folder = folder::get(tx, user.row, row)?;
    if folder.search.is_some() {
        return Err(Refusal::invalid_member(
            "destinationId",
            "A search folder holds no items of its own.",
        ));
    }
    Ok(row)
}

fn refuse_well_known(folder: &Folder) -> Result<(), Refusal> {
    if folder.well_known.is_some() {
        return Err(Refusal::new(
            403,
            "ErrorDeleteDistinguishedFolder",
            "Distinguished folders cannot be renamed, moved or deleted.",
        ));
    }
    Ok(())
}

fn one(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    status: u16,
    folder: &Folder,
) -> Result<Reply, Refusal> {
    let value = selected(&request.query.select, shown(tx, request, user, folder)?)?;
    let suffix = match request.query.select.as_slice() {
        [] => String::new(),
        names => format!("({})", names.join(",")),
    };
    let context = request.context(&format!("users('{}')/mailFolders{suffix}/$entity", user.guid));
    let mut body = Map::new();
    body.insert("@odata.context".to_owned(), json!(context));
    if let Value::Object(members) = value {
        body.extend(members);
    }
    body.extend(expanded(tx, request, folder)?);
    Ok(Reply::json(status, Value::Object(body)))
}

fn hidden(request: &Request) -> bool {
    request.query.custom.iter().any(|(name, value)| {
        name.eq_ignore_ascii_case("includeHiddenFolders") && value.eq_ignore_ascii_case("true")
    })
}
