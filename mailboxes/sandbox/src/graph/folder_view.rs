//! Folders as the wire has them.

use super::{render::property_ids, request::Request, search_folders};
use crate::{
    error::Refusal,
    store::{extended, folder::Folder, handle::folder_id, user::User},
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

/// What `$expand` adds to a folder: the extended properties that its filter names, as far as the
/// folder has them.
///
/// Errors: 400 where it names something that folders do not have, or cannot be expanded to here.
pub(crate) fn expanded(
    tx: &Transaction<'_>,
    request: &Request,
    folder: &Folder,
) -> Result<Map<String, Value>, Refusal> {
    let mut members = Map::new();
    for expand in &request.query.expand {
        let name = ["singleValueExtendedProperties", "multiValueExtendedProperties"]
            .into_iter()
            .find(|name| name.eq_ignore_ascii_case(&expand.path))
            .ok_or_else(|| {
                Refusal::bad_query(format!(
                    "Parsing OData Select and Expand failed: '{}' cannot be expanded here.",
                    expand.path
                ))
            })?;
        let several = name.starts_with("multi");
        let mut wanted = Vec::new();
        property_ids(expand.query.filter.as_ref(), &mut wanted);
        let mut list = Vec::new();
        for id in wanted {
            let id = extended::normal(&id)?;
            let value = extended::of_folder(tx, folder.row, &id)?;
            if let Some(value) = value.filter(|_| extended::is_several(&id) == several) {
                let value = if several {
                    serde_json::from_str(&value).unwrap_or_default()
                } else {
                    Value::String(value)
                };
                list.push(json!({ "id": id, "value": value }));
            }
        }
        if !list.is_empty() {
            members.insert(name.to_owned(), Value::Array(list));
        }
    }
    Ok(members)
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
