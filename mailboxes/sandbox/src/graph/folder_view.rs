//! Folders as the wire has them.

use super::{request::Request, search_folders};
use crate::{
    error::Refusal,
    store::{folder::Folder, handle::folder_id, user::User},
};
use earmark_sqlite::rusqlite::Transaction;
use serde_json::{Map, Value, json};

/// What `$select` can name. Source: the mailFolder and mailSearchFolder resources.
const PROPERTIES: &[&str] = &[
    "id",
    "displayName",
    "parentFolderId",
    "childFolderCount",
    "unreadItemCount",
    "totalItemCount",
    "isHidden",
    "isSupported",
    "includeNestedFolders",
    "sourceFolderIds",
    "filterQuery",
];

/// A folder as the wire has it.
pub(crate) fn shown(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    folder: &Folder,
) -> Result<Value, Refusal> {
    let parent = folder.parent.unwrap_or(folder.row);
    let (mut total, mut unread) = (folder.total, folder.unread);
    if folder.search.is_some() {
        (total, unread) = search_folders::counts(tx, request, user, folder)?;
    }
    let mut value = json!({
        "id": folder_id(user.guid, folder.row),
        "displayName": folder.name,
        "parentFolderId": folder_id(user.guid, parent),
        "childFolderCount": folder.children,
        "unreadItemCount": unread,
        "totalItemCount": total,
        "isHidden": folder.hidden,
    });
    if let Some(search) = &folder.search {
        let sources: Vec<String> =
            search.sources.iter().map(|row| folder_id(user.guid, *row)).collect();
        value["@odata.type"] = json!("#microsoft.graph.mailSearchFolder");
        value["isSupported"] = json!(true);
        value["includeNestedFolders"] = json!(search.include_nested);
        value["sourceFolderIds"] = json!(sources);
        value["filterQuery"] = json!(search.filter);
    }
    Ok(value)
}

/// The selected members of a folder; its id always.
pub(crate) fn selected(select: &[String], folder: Value) -> Result<Value, Refusal> {
    if select.is_empty() {
        return Ok(folder);
    }
    let mut map = Map::new();
    for name in ["@odata.type", "id"] {
        if let Some(value) = folder.get(name) {
            map.insert(name.to_owned(), value.clone());
        }
    }
    for name in select {
        let known = PROPERTIES.iter().find(|known| known.eq_ignore_ascii_case(name)).ok_or_else(|| {
            Refusal::bad_query(format!("Could not find a property named '{name}' on type 'Microsoft.OutlookServices.MailFolder'."))
        })?;
        if let Some(value) = folder.get(known) {
            map.insert((*known).to_owned(), value.clone());
        }
    }
    Ok(Value::Object(map))
}
