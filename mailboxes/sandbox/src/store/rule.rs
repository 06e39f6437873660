//! The rules of a mailbox for incoming mail.

use super::user::User;
use crate::error::Refusal;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use earmark_sqlite::rusqlite::{OptionalExtension, Row, Transaction, params};
use serde_json::{Map, Value};

/// What the id of every rule begins with.
const ID: [u8; 4] = [1, 0, 0, 0];

/// One rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// The row.
    pub row: i64,
    /// The name.
    pub name: String,
    /// Rules are carried out in the order of their sequence, from 1.
    pub sequence: i64,
    /// It is carried out at all.
    pub enabled: bool,
    /// All of them must hold.
    pub conditions: Map<String, Value>,
    /// None of them may hold.
    pub exceptions: Map<String, Value>,
    /// What is done to the message.
    pub actions: Map<String, Value>,
}

/// The id of a rule as the wire has it.
pub fn id(row: i64) -> String {
    let mut bytes = ID.to_vec();
    bytes.extend(u32::try_from(row).unwrap_or(u32::MAX).to_be_bytes());
    STANDARD.encode(bytes)
}

fn parse_id(text: &str) -> Result<i64, Refusal> {
    let bytes = STANDARD.decode(text).map_err(|_| Refusal::malformed_id())?;
    let row = bytes.strip_prefix(&ID).ok_or_else(Refusal::malformed_id)?;
    let row: [u8; 4] = row.try_into().map_err(|_| Refusal::malformed_id())?;
    Ok(i64::from(u32::from_be_bytes(row)))
}

const COLUMNS: &str = "id, name, sequence, enabled, conditions, exceptions, actions";

/// All rules of a mailbox in the order in which they are carried out.
pub fn list(tx: &Transaction<'_>, user: &User) -> Result<Vec<Rule>, Refusal> {
    let sql = format!("SELECT {COLUMNS} FROM message_rule WHERE user = ?1 ORDER BY sequence, id");
    Ok(tx.prepare_cached(&sql)?.query_map([user.row], read)?.collect::<Result<_, _>>()?)
}

/// One rule by id.
pub fn get(tx: &Transaction<'_>, user: &User, text: &str) -> Result<Rule, Refusal> {
    let sql = format!("SELECT {COLUMNS} FROM message_rule WHERE user = ?1 AND id = ?2");
    tx.prepare_cached(&sql)?
        .query_row([user.row, parse_id(text)?], read)
        .optional()?
        .ok_or_else(Refusal::item_not_found)
}

/// Adds a rule; `row` of it does not count. Without a sequence above 0 it is the last one. The
/// answer is how it stands.
pub fn create(tx: &Transaction<'_>, user: &User, mut rule: Rule) -> Result<Rule, Refusal> {
    if rule.sequence < 1 {
        let last = list(tx, user)?.last().map_or(0, |rule| rule.sequence);
        rule.sequence = last.saturating_add(1);
    }
    make_room(tx, user, &rule)?;
    tx.prepare_cached(
        "INSERT INTO message_rule (user, name, sequence, enabled, conditions, exceptions, actions)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        user.row,
        rule.name,
        rule.sequence,
        rule.enabled,
        text(&rule.conditions),
        text(&rule.exceptions),
        text(&rule.actions),
    ])?;
    rule.row = tx.last_insert_rowid();
    Ok(rule)
}

/// Stores a rule that is there.
pub fn update(tx: &Transaction<'_>, user: &User, rule: &Rule) -> Result<(), Refusal> {
    make_room(tx, user, rule)?;
    tx.prepare_cached(
        "UPDATE message_rule SET name = ?2, sequence = ?3, enabled = ?4, conditions = ?5,
           exceptions = ?6, actions = ?7 WHERE id = ?1",
    )?
    .execute(params![
        rule.row,
        rule.name,
        rule.sequence,
        rule.enabled,
        text(&rule.conditions),
        text(&rule.exceptions),
        text(&rule.actions),
    ])?;
    Ok(())
}

/// Removes a rule.
pub fn delete(tx: &Transaction<'_>, user: &User, text: &str) -> Result<(), Refusal> {
    let rule = get(tx, user, text)?;
    tx.prepare_cached("DELETE FROM message_rule WHERE id = ?1")?.execute([rule.row])?;
    Ok(())
}

/// A rule at a place that another one has pushes that one and all behind it back.
fn make_room(tx: &Transaction<'_>, user: &User, rule: &Rule) -> Result<(), Refusal> {
    let is_taken = |other: &Rule| other.sequence == rule.sequence && other.row != rule.row;
    if list(tx, user)?.iter().any(is_taken) {
        tx.prepare_cached(
            "UPDATE message_rule SET sequence = sequence + 1
             WHERE user = ?1 AND sequence >= ?2 AND id != ?3",
        )?
        .execute([user.row, rule.sequence, rule.row])?;
    }
    Ok(())
}

fn text(members: &Map<String, Value>) -> String {
    Value::Object(members.clone()).to_string()
}

fn read(row: &Row<'_>) -> earmark_sqlite::rusqlite::Result<Rule> {
    let members = |index: usize| {
        row.get::<_, String>(index).map(|text| serde_json::from_str(&text).unwrap_or_default())
    };
    Ok(Rule {
        row: row.get(0)?,
        name: row.get(1)?,
        sequence: row.get(2)?,
        enabled: row.get(3)?,
        conditions: members(4)?,
        exceptions: members(5)?,
        actions: members(6)?,
    })
}
