//! What the rules of a mailbox make of one message.

use super::predicate::Mail;
use crate::{
    error::Refusal,
    store::{
        folder,
        handle::parse_folder_id,
        insert::distinct,
        message::{Importance, NewMessage},
        rule::Rule,
        user::User,
    },
};
use earmark_sqlite::rusqlite::Transaction;
use serde_json::{Map, Value};

/// What is to become of a message.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Outcome {
    /// With the categories, the importance and the read mark that the rules give it.
    pub(crate) message: NewMessage,
    /// Where it goes; `None` leaves it where it is.
    pub(crate) folder: Option<i64>,
    /// Where copies of it go.
    pub(crate) copies: Vec<i64>,
    /// It is deleted for good.
    pub(crate) destroyed: bool,
    /// To whom it would be sent on, each with what stands before its subject.
    pub(crate) sent_on: Vec<(Vec<String>, &'static str)>,
}

/// Applies `rules`, which stand in their order, to a message.
pub(crate) fn outcome(
    tx: &Transaction<'_>,
    owner: &User,
    rules: &[Rule],
    message: NewMessage,
) -> Result<Outcome, Refusal> {
    let mut outcome = Outcome { message, ..Outcome::default() };
    for rule in rules.iter().filter(|rule| rule.enabled) {
        let is_meant =
            Mail::new(owner, &outcome.message).is_meant(&rule.conditions, &rule.exceptions);
        if !is_meant || has_error(tx, owner, rule)? {
            continue;
        }
        act(tx, owner, &rule.actions, &mut outcome)?;
        if outcome.destroyed || is_set(&rule.actions, "stopProcessingRules") {
            break;
        }
    }
    Ok(outcome)
}

/// A rule is in error while a folder that it names is not there; it is not carried out then.
pub(crate) fn has_error(tx: &Transaction<'_>, owner: &User, rule: &Rule) -> Result<bool, Refusal> {
    for name in ["moveToFolder", "copyToFolder"] {
        match target(tx, owner, &rule.actions, name) {
            Ok(_) => {}
            Err(refusal) if refusal.status < 500 => return Ok(true),
            Err(refusal) => return Err(refusal),
        }
    }
    Ok(false)
}

fn act(
    tx: &Transaction<'_>,
    owner: &User,
    actions: &Map<String, Value>,
    outcome: &mut Outcome,
) -> Result<(), Refusal> {
    let message = &mut outcome.message;
    let assigned = actions.get("assignCategories").and_then(Value::as_array);
    let assigned = assigned.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
    message.categories.extend(assigned);
    message.categories = distinct(&message.categories);
    if let Some(word) = actions.get("markImportance").and_then(Value::as_str) {
        message.importance = Importance::parse(word).unwrap_or(message.importance);
    }
    message.is_read |= is_set(actions, "markAsRead");
    outcome.copies.extend(target(tx, owner, actions, "copyToFolder")?);
    outcome.folder = target(tx, owner, actions, "moveToFolder")?.or(outcome.folder);
    if is_set(actions, "delete") {
        outcome.folder = Some(folder::well_known(tx, owner.row, folder::DELETED)?);
    }
    outcome.destroyed |= is_set(actions, "permanentDelete");
    for (name, before) in
        [("forwardTo", "FW: "), ("forwardAsAttachmentTo", "FW: "), ("redirectTo", "")]
    {
        let to = addresses(actions, name);
        if !to.is_empty() {
            outcome.sent_on.push((to, before));
        }
    }
    Ok(())
}

/// The row of the folder that an action names.
fn target(
    tx: &Transaction<'_>,
    owner: &User,
    actions: &Map<String, Value>,
    name: &str,
) -> Result<Option<i64>, Refusal> {
    let Some(id) = actions.get(name).and_then(Value::as_str) else { return Ok(None) };
    let row = parse_folder_id(owner.guid, id)?;
    folder::get(tx, owner.row, row).map(|folder| Some(folder.row))
}

fn addresses(actions: &Map<String, Value>, name: &str) -> Vec<String> {
    let list = actions.get(name).and_then(Value::as_array).into_iter().flatten();
    let address = |one: &Value| one["emailAddress"]["address"].as_str().map(str::to_owned);
    list.filter_map(address).collect()
}

fn is_set(actions: &Map<String, Value>, name: &str) -> bool {
    actions.get(name) == Some(&Value::Bool(true))
}
