//! Search folders: views over other folders that the server keeps.

use super::{
    folders,
    request::{Request, member, optional_bool, optional_text, text_member},
};
use crate::{
    error::Refusal,
    quirks::Quirks,
    store::{
        filter::{Condition, Scope, condition},
        folder::{self, Folder, Search},
        list::{Extent, Selection, count},
        user::User,
    },
};
use earmark_odata::parse_filter;
use earmark_sqlite::rusqlite::Transaction;
use serde_json::Value;

/// What a body says about a search folder; `None` when it is about a plain one.
pub(crate) fn read(
    tx: &Transaction<'_>,
    user: &User,
    body: &Value,
) -> Result<Option<Search>, Refusal> {
    let is_search = body
        .get("@odata.type")
        .and_then(Value::as_str)
        .is_some_and(|kind| kind.trim_start_matches('#') == "microsoft.graph.mailSearchFolder");
    if !is_search {
        return Ok(None);
    }
    let filter = text_member(body, "filterQuery")?;
    check_filter(user, &filter)?;
    Ok(Some(Search {
        include_nested: optional_bool(body, "includeNestedFolders")?.unwrap_or(false),
        sources: sources(tx, user, body)?.unwrap_or_default(),
        filter,
    }))
}

/// Changes what a search folder searches.
pub(crate) fn merge(
    tx: &Transaction<'_>,
    user: &User,
    body: &Value,
    folder: &mut Folder,
) -> Result<(), Refusal> {
    let Some(search) = &mut folder.search else { return Ok(()) };
    if let Some(filter) = optional_text(body, "filterQuery")? {
        check_filter(user, &filter)?;
        search.filter = filter;
    }
    if let Some(nested) = optional_bool(body, "includeNestedFolders")? {
        search.include_nested = nested;
    }
    if let Some(sources) = sources(tx, user, body)? {
        search.sources = sources;
    }
    Ok(())
}

/// Where the messages of a folder are, and the condition that they fulfil.
pub(crate) fn extent(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    folder: &Folder,
) -> Result<(Extent, Option<Condition>), Refusal> {
    let Some(search) = &folder.search else {
        return Ok((Extent::Folders(vec![folder.row]), None));
    };
    let rows = if search.include_nested {
        folder::below(tx, user.row, &search.sources)?
    } else {
        search.sources.clone()
    };
    Ok((Extent::Folders(rows), Some(written(user, &search.filter, &request.quirks)?)))
}

/// (all, unread) of a search folder.
pub(crate) fn counts(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    folder: &Folder,
) -> Result<(i64, i64), Refusal> {
    let (extent, condition) = extent(tx, request, user, folder)?;
    let mut selection = Selection {
        user: user.row,
        extent,
        conditions: condition.into_iter().collect(),
        order: Vec::new(),
        skip: 0,
        top: 1,
    };
    let total = count(tx, &selection)?;
    selection.conditions.push(Condition { sql: "m.is_read = 0".to_owned(), values: Vec::new() });
    Ok((total, count(tx, &selection)?))
}

fn sources(tx: &Transaction<'_>, user: &User, body: &Value) -> Result<Option<Vec<i64>>, Refusal> {
    let Some(list) = member(body, "sourceFolderIds") else { return Ok(None) };
    let invalid = || {
        Refusal::invalid_member(
            "sourceFolderIds",
            "'sourceFolderIds' must be a list of folder ids.",
        )
    };
    let mut rows = Vec::new();
    for id in list.as_array().ok_or_else(invalid)? {
        rows.push(folders::find(tx, user, id.as_str().ok_or_else(invalid)?)?.row);
    }
    Ok(Some(rows))
}

fn check_filter(user: &User, filter: &str) -> Result<(), Refusal> {
    written(user, filter, &Quirks::default())
        .map(|_| ())
        .map_err(|refusal| Refusal { field: Some("filterQuery".to_owned()), ..refusal })
}

fn written(user: &User, filter: &str, quirks: &Quirks) -> Result<Condition, Refusal> {
    let expr = parse_filter(filter)
        .map_err(|error| Refusal::bad_request(format!("Invalid filter clause: {error}.")))?;
    condition(&expr, &Scope { user: user.row, mailbox: user.guid, quirks })
}
