//! What a task is linked to: items of other applications.

use super::setting;
use crate::error::Refusal;
use earmark_sqlite::rusqlite::{OptionalExtension, Row, Transaction, params};

/// A link before it is put on a task. `Default` says nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewLink {
    /// Where the item can be looked at.
    pub web_url: Option<String>,
    /// The application that the item belongs to.
    pub application_name: Option<String>,
    /// The title of the item.
    pub display_name: Option<String>,
    /// The id of the item in its application.
    pub external_id: Option<String>,
}

/// A link of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The id; stays when the task goes to another list.
    pub guid: String,
    /// What it says.
    pub says: NewLink,
}

const COLUMNS: &str = "guid, web_url, application_name, display_name, external_id";

/// Puts a link on a task.
pub fn insert(tx: &Transaction<'_>, seed: u64, task: i64, new: &NewLink) -> Result<Link, Refusal> {
    let guid = setting::next_guid(tx, seed)?.to_string();
    tx.prepare_cached(
        "INSERT INTO linked_resource (task, guid, web_url, application_name, display_name,
           external_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        task,
        guid,
        new.web_url,
        new.application_name,
        new.display_name,
        new.external_id
    ])?;
    Ok(Link { guid, says: new.clone() })
}

/// All links of a task in the order of their making.
pub fn list(tx: &Transaction<'_>, task: i64) -> Result<Vec<Link>, Refusal> {
    let sql = format!("SELECT {COLUMNS} FROM linked_resource WHERE task = ?1 ORDER BY id");
    Ok(tx.prepare_cached(&sql)?.query_map([task], read)?.collect::<Result<_, _>>()?)
}

/// One link of a task.
pub fn get(tx: &Transaction<'_>, task: i64, guid: &str) -> Result<Link, Refusal> {
    let sql = format!("SELECT {COLUMNS} FROM linked_resource WHERE task = ?1 AND guid = ?2");
    tx.prepare_cached(&sql)?
        .query_row(params![task, guid.to_ascii_lowercase()], read)
        .optional()?
        .ok_or_else(Refusal::item_not_found)
}

/// Writes what a link says.
pub fn update(tx: &Transaction<'_>, link: &Link) -> Result<(), Refusal> {
    let says = &link.says;
    tx.prepare_cached(
        "UPDATE linked_resource SET web_url = ?2, application_name = ?3, display_name = ?4,
           external_id = ?5 WHERE guid = ?1",
    )?
    .execute(params![
        link.guid,
        says.web_url,
        says.application_name,
        says.display_name,
        says.external_id
    ])?;
    Ok(())
}

/// Takes a link off.
pub fn delete(tx: &Transaction<'_>, link: &Link) -> Result<(), Refusal> {
    tx.prepare_cached("DELETE FROM linked_resource WHERE guid = ?1")?.execute([&link.guid])?;
    Ok(())
}

fn read(row: &Row<'_>) -> earmark_sqlite::rusqlite::Result<Link> {
    Ok(Link {
        guid: row.get(0)?,
        says: NewLink {
            web_url: row.get(1)?,
            application_name: row.get(2)?,
            display_name: row.get(3)?,
            external_id: row.get(4)?,
        },
    })
}
