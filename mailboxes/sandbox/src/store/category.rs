//! The master list of categories of a mailbox.

use super::{fold, setting};
use crate::error::Refusal;
use earmark_sqlite::rusqlite::{OptionalExtension, Row, Transaction, params};

/// Units: characters of a category's name.
const NAME_MAX: usize = 255;

/// One entry of a master list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MasterCategory {
    /// The id; stays when an Outlook client renames the entry, new when it is made again.
    pub guid: String,
    /// The name that items carry.
    pub name: String,
    /// `none` or `preset0` to `preset24`.
    pub color: String,
}

/// All entries in the order of their making.
pub fn list(tx: &Transaction<'_>, user: i64) -> Result<Vec<MasterCategory>, Refusal> {
    Ok(tx
        .prepare_cached("SELECT guid, name, color FROM category WHERE user = ?1 ORDER BY id")?
        .query_map([user], read)?
        .collect::<Result<_, _>>()?)
}

/// One entry by id.
pub fn get(tx: &Transaction<'_>, user: i64, guid: &str) -> Result<MasterCategory, Refusal> {
    tx.prepare_cached("SELECT guid, name, color FROM category WHERE user = ?1 AND guid = ?2")?
        .query_row(params![user, guid.to_ascii_lowercase()], read)
        .optional()?
        .ok_or_else(Refusal::item_not_found)
}

/// Adds an entry.
///
/// Errors: `duplicate_status` when the name is there in any case; 400 for a name or colour that
/// cannot be.
pub fn create(
    tx: &Transaction<'_>,
    seed: u64,
    user: i64,
    name: &str,
    color: &str,
    duplicate_status: u16,
) -> Result<MasterCategory, Refusal> {
    check_name(name)?;
    let color = check_color(color)?;
    if find_by_name(tx, user, name)?.is_some() {
        return Err(Refusal::new(
            duplicate_status,
            "CategoryNameDuplicate",
            "Category name is duplicate.",
        )
        .about("displayName"));
    }
    let guid = setting::next_guid(tx, seed)?.to_string();
    tx.prepare_cached(
        "INSERT INTO category (user, guid, name, folded, color) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![user, guid, name, fold(name), color])?;
    Ok(MasterCategory { guid, name: name.to_owned(), color })
}

/// An entry by name, in any case.
pub fn find_by_name(
    tx: &Transaction<'_>,
    user: i64,
    name: &str,
) -> Result<Option<MasterCategory>, Refusal> {
    Ok(tx
        .prepare_cached("SELECT guid, name, color FROM category WHERE user = ?1 AND folded = ?2")?
        .query_row(params![user, fold(name)], read)
        .optional()?)
}

/// Changes the colour.
pub fn recolor(tx: &Transaction<'_>, user: i64, guid: &str, color: &str) -> Result<(), Refusal> {
    let entry = get(tx, user, guid)?;
    tx.prepare_cached("UPDATE category SET color = ?3 WHERE user = ?1 AND guid = ?2")?
        .execute(params![user, entry.guid, check_color(color)?])?;
    Ok(())
}

/// Renames an entry as an Outlook client does: the id stays.
pub fn rename(tx: &Transaction<'_>, user: i64, from: &str, to: &str) -> Result<(), Refusal> {
    check_name(to)?;
    let entry =
        find_by_name(tx, user, from)?.ok_or_else(|| Refusal::item_not_found().about("from"))?;
    if find_by_name(tx, user, to)?.is_some_and(|other| other.guid != entry.guid) {
        return Err(
            Refusal::new(409, "CategoryNameDuplicate", "Category name is duplicate.").about("to")
        );
    }
    tx.prepare_cached("UPDATE category SET name = ?3, folded = ?4 WHERE user = ?1 AND guid = ?2")?
        .execute(params![user, entry.guid, to, fold(to)])?;
    Ok(())
}

/// Removes an entry. Items keep the name.
pub fn delete(tx: &Transaction<'_>, user: i64, guid: &str) -> Result<(), Refusal> {
    let entry = get(tx, user, guid)?;
    tx.prepare_cached("DELETE FROM category WHERE user = ?1 AND guid = ?2")?
        .execute(params![user, entry.guid])?;
    Ok(())
}

fn check_name(name: &str) -> Result<(), Refusal> {
    if name.trim().is_empty() {
        return Err(Refusal::invalid_member("displayName", "The category name must not be empty."));
    }
    if name.chars().count() > NAME_MAX {
        return Err(Refusal::invalid_member(
            "displayName",
            format!("The category name must not be longer than {NAME_MAX} characters."),
        ));
    }
    Ok(())
}

fn check_color(color: &str) -> Result<String, Refusal> {
    let lower = color.to_ascii_lowercase();
    let preset = lower
        .strip_prefix("preset")
        .filter(|number| number.parse::<u8>().is_ok_and(|n| n <= 24 && n.to_string() == **number));
    if lower == "none" || preset.is_some() {
        return Ok(lower);
    }
    Err(Refusal::invalid_member(
        "color",
        format!("Requested value '{color}' was not found; use none or preset0 to preset24."),
    ))
}

fn read(row: &Row<'_>) -> earmark_sqlite::rusqlite::Result<MasterCategory> {
    Ok(MasterCategory { guid: row.get(0)?, name: row.get(1)?, color: row.get(2)? })
}
