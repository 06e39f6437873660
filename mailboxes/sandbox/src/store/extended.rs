//! Extended properties: named values that clients put on a message or a mail folder.

use super::item::{Item, Text};
use crate::error::Refusal;
use earmark_sqlite::rusqlite::{OptionalExtension, Transaction, params};

/// The types of single values; with `Array` behind them those of several.
const TYPES: &[&str] =
    &["String", "Integer", "Long", "Boolean", "Double", "Short", "SystemTime", "Binary", "CLSID"];

/// Whether a property of this normal id has several values.
pub fn is_several(id: &str) -> bool {
    id.split(' ').next().is_some_and(|kind| kind.ends_with("Array"))
}

/// The id of a property in one spelling: `String {guid} Name x`, `String {guid} Id 0x8233`, or
/// `String 0x1035`. The name alone keeps its case.
///
/// Errors: 400 when it follows none of these forms.
pub fn normal(id: &str) -> Result<String, Refusal> {
    let invalid = || {
        Refusal::new(400, "ErrorInvalidProperty", "The property identifier is not valid.")
            .about("id")
    };
    let (kind, rest) = id.trim().split_once(' ').ok_or_else(invalid)?;
    let kind = known_type(kind).ok_or_else(invalid)?;
    let rest = rest.trim_start();
    if !rest.starts_with('{') {
        return Ok(format!("{kind} {}", tag(rest).ok_or_else(invalid)?));
    }
    let (guid, rest) = rest.split_once(' ').ok_or_else(invalid)?;
    let guid = uuid::Uuid::parse_str(guid.trim_matches(['{', '}'])).map_err(|_| invalid())?;
    let (form, name) = rest.trim_start().split_once(' ').ok_or_else(invalid)?;
    if form.eq_ignore_ascii_case("name") && !name.is_empty() {
        return Ok(format!("{kind} {{{guid}}} Name {name}"));
    }
    if form.eq_ignore_ascii_case("id") {
        return Ok(format!("{kind} {{{guid}}} Id {}", tag(name).ok_or_else(invalid)?));
    }
    Err(invalid())
}

fn known_type(word: &str) -> Option<String> {
    let lower = word.to_ascii_lowercase();
    let (single, end) =
        lower.strip_suffix("array").map_or((lower.as_str(), ""), |one| (one, "Array"));
    let known = TYPES.iter().find(|known| known.eq_ignore_ascii_case(single))?;
    Some(format!("{known}{end}"))
}

fn tag(text: &str) -> Option<String> {
    let hex = text.trim().strip_prefix("0x").or_else(|| text.trim().strip_prefix("0X"))?;
    u32::from_str_radix(hex, 16).ok().map(|number| format!("0x{number:04X}"))
}

/// Sets properties by normal id.
pub fn put(tx: &Transaction<'_>, message: i64, values: &[(String, String)]) -> Result<(), Refusal> {
    let mut statement = tx.prepare_cached(
        "INSERT INTO extended (message, property, value) VALUES (?1, ?2, ?3)
         ON CONFLICT (message, property) DO UPDATE SET value = excluded.value",
    )?;
    for (property, value) in values {
        statement.execute(params![message, property, value])?;
    }
    Ok(())
}

/// Sets properties of a folder by normal id.
pub fn put_on_folder(
    tx: &Transaction<'_>,
    folder: i64,
    values: &[(String, String)],
) -> Result<(), Refusal> {
    let mut statement = tx.prepare_cached(
        "INSERT INTO folder_extended (folder, property, value) VALUES (?1, ?2, ?3)
         ON CONFLICT (folder, property) DO UPDATE SET value = excluded.value",
    )?;
    for (property, value) in values {
        statement.execute(params![folder, property, value])?;
    }
    Ok(())
}

/// One property of a folder by normal id.
pub fn of_folder(
    tx: &Transaction<'_>,
    folder: i64,
    property: &str,
) -> Result<Option<String>, Refusal> {
    Ok(tx
        .prepare_cached("SELECT value FROM folder_extended WHERE folder = ?1 AND property = ?2")?
        .query_row(params![folder, property], |row| row.get(0))
        .optional()?)
}

/// One property of a message by normal id: one that a client put there, or one that the store
/// itself keeps.
pub fn get(
    tx: &Transaction<'_>,
    item: &Item,
    text: &Text,
    property: &str,
) -> Result<Option<String>, Refusal> {
    let own = match property {
        "String 0x1035" => Some(item.internet_message_id.clone()).filter(|id| !id.is_empty()),
        "String 0x1042" => item.in_reply_to.clone(),
        "String 0x1039" if !item.references.is_empty() => Some(item.references.join(" ")),
        "String 0x001A" => Some(item.class.clone()),
        "Integer 0x0E08" => Some(item.size.to_string()),
        "String 0x007D" if !text.headers.is_empty() => {
            Some(text.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect())
        }
        _ => None,
    };
    if own.is_some() {
        return Ok(own);
    }
    Ok(tx
        .prepare_cached("SELECT value FROM extended WHERE message = ?1 AND property = ?2")?
        .query_row(params![item.row, property], |row| row.get(0))
        .optional()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_for_each_id() {
        assert_eq!(normal("string 0X1035").as_deref(), Ok("String 0x1035"));
        assert_eq!(
            normal("String {00020329-0000-0000-C000-000000000046} name CrmId").as_deref(),
            Ok("String {00020329-0000-0000-c000-000000000046} Name CrmId")
        );
        for id in ["", "String", "Strong 0x1", "String {x} Name y", "String 1035"] {
            assert!(normal(id).is_err(), "{id}");
        }
    }
}
