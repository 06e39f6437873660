//! Contacts of a mailbox.

use super::{
    change::Setting,
    insert::{distinct, json},
    task_change::renamed,
    user, whole_seconds,
};
use crate::error::Refusal;
use earmark_sqlite::rusqlite::{OptionalExtension, Row, Transaction, params};
use serde_json::{Map, Value};

/// One contact.
#[derive(Debug, Clone, PartialEq)]
pub struct Contact {
    /// The row.
    pub row: i64,
    /// The change that the change key stands for.
    pub version: i64,
    /// When it was made. Units: milliseconds since the epoch, whole seconds, here and below.
    pub created_ms: i64,
    /// Last modified.
    pub modified_ms: i64,
    /// Names, addresses and so on, by their names on the wire.
    pub members: Map<String, Value>,
    /// The names of its categories in their order.
    pub categories: Vec<String>,
}

const COLUMNS: &str = "id, version, created_ms, modified_ms, members, categories";

/// Puts a contact into a mailbox.
pub fn insert(
    tx: &Transaction<'_>,
    at: Setting<'_>,
    members: &Map<String, Value>,
    categories: &[String],
) -> Result<Contact, Refusal> {
    let change = user::take_sequence(tx, at.user, 1)?;
    tx.prepare_cached(
        "INSERT INTO contact (user, version, changed, created_ms, modified_ms, members, categories)
         VALUES (?1, ?2, ?2, ?3, ?3, ?4, ?5)",
    )?
    .execute(params![
        at.user,
        change,
        whole_seconds(at.now_ms),
        json(members),
        json(&distinct(categories))
    ])?;
    get(tx, at.user, tx.last_insert_rowid())
}

/// One contact by row.
pub fn get(tx: &Transaction<'_>, user: i64, row: i64) -> Result<Contact, Refusal> {
    let sql = format!("SELECT {COLUMNS} FROM contact WHERE user = ?1 AND id = ?2");
    tx.prepare_cached(&sql)?
        .query_row([user, row], read)
        .optional()?
        .ok_or_else(Refusal::item_not_found)
}

/// All contacts in the order of their making.
pub fn list(tx: &Transaction<'_>, user: i64) -> Result<Vec<Contact>, Refusal> {
    let sql = format!("SELECT {COLUMNS} FROM contact WHERE user = ?1 ORDER BY id");
    Ok(tx.prepare_cached(&sql)?.query_map([user], read)?.collect::<Result<_, _>>()?)
}

/// Writes what a contact says; the answer is how it then stands.
pub fn update(
    tx: &Transaction<'_>,
    at: Setting<'_>,
    contact: &Contact,
) -> Result<Contact, Refusal> {
    let change = user::take_sequence(tx, at.user, 1)?;
    tx.prepare_cached(
        "UPDATE contact SET version = ?2, changed = ?2, modified_ms = ?3, members = ?4,
           categories = ?5 WHERE id = ?1",
    )?
    .execute(params![
        contact.row,
        change,
        whole_seconds(at.now_ms),
        json(&contact.members),
        json(&distinct(&contact.categories))
    ])?;
    get(tx, at.user, contact.row)
}

/// Deletes for good.
pub fn delete(tx: &Transaction<'_>, contact: &Contact) -> Result<(), Refusal> {
    tx.prepare_cached("DELETE FROM contact WHERE id = ?1")?.execute([contact.row])?;
    Ok(())
}

/// Rewrites a category on every contact that carries it.
pub fn rewrite_category(
    tx: &Transaction<'_>,
    at: Setting<'_>,
    from: &str,
    to: &str,
) -> Result<usize, Refusal> {
    let mut count = 0;
    for contact in list(tx, at.user)? {
        if let Some(categories) = renamed(&contact.categories, from, to) {
            update(tx, at, &Contact { categories, ..contact })?;
            count += 1;
        }
    }
    Ok(count)
}

fn read(row: &Row<'_>) -> earmark_sqlite::rusqlite::Result<Contact> {
    let members: String = row.get(4)?;
    let categories: String = row.get(5)?;
    Ok(Contact {
        row: row.get(0)?,
        version: row.get(1)?,
        created_ms: row.get(2)?,
        modified_ms: row.get(3)?,
        members: serde_json::from_str(&members).unwrap_or_default(),
        categories: serde_json::from_str(&categories).unwrap_or_default(),
    })
}
