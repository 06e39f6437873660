//! `messageRules` of the Inbox.

use super::{
    folders,
    request::{Reply, Request, member, optional_bool, optional_text, text_member},
    rule_body,
};
use crate::{
    error::Refusal,
    rules::has_error,
    store::{
        folder::{self, Folder},
        handle::folder_id,
        rule::{self, Rule},
        user::User,
    },
};
use earmark_sqlite::rusqlite::Transaction;
use http::Method;
use serde_json::{Map, Value, json};

/// What can be written. Source: the messageRule resource.
const WRITABLE: &[&str] =
    &["displayName", "sequence", "isEnabled", "conditions", "exceptions", "actions"];

/// What only the server sets. In a new rule it counts for nothing.
const READ_ONLY: &[&str] = &["id", "hasError", "isReadOnly"];

/// A request below `messageRules` of a folder.
pub(crate) fn answer(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    folder: &Folder,
    rest: &[&str],
    words: &[&str],
) -> Result<Reply, Refusal> {
    if folder.well_known.as_deref() != Some("inbox") {
        return Err(Refusal::new(
            400,
            "ErrorInvalidRequest",
            "Rules are there for the Inbox alone.",
        ));
    }
    match (&request.method, rest) {
        (&Method::GET, []) => list(tx, request, user),
        (&Method::GET, ["$count"]) => {
            Ok(Reply::raw("text/plain", rule::list(tx, user)?.len().to_string()))
        }
        (&Method::POST, []) => create(tx, request, user),
        (&Method::GET, [_]) => one(tx, request, user, 200, &rule::get(tx, user, words[0])?),
        (&Method::PATCH, [_]) => update(tx, request, user, words[0]),
        (&Method::DELETE, [_]) => {
            rule::delete(tx, user, words[0])?;
            Ok(Reply::empty(204))
        }
        (_, [] | [_]) => Err(Refusal::method_not_allowed()),
        (_, [_, other, ..]) => Err(Refusal::no_segment(other)),
    }
}

fn list(tx: &Transaction<'_>, request: &Request, user: &User) -> Result<Reply, Refusal> {
    let rules = rule::list(tx, user)?;
    let mut body = json!({ "@odata.context": context(request, user) });
    if request.query.count {
        body["@odata.count"] = json!(rules.len());
    }
    let shown = rules.iter().map(|rule| shown(tx, user, rule).map(Value::Object));
    body["value"] = Value::Array(shown.collect::<Result<_, _>>()?);
    Ok(Reply::json(200, body))
}

fn create(tx: &Transaction<'_>, request: &Request, user: &User) -> Result<Reply, Refusal> {
    let body = request.object(false)?;
    check_members(&body)?;
    let name = text_member(&body, "displayName")?;
    if member(&body, "actions").is_none() {
        return Err(Refusal::invalid_member("actions", "'actions' is required."));
    }
    let empty = Rule {
        row: 0,
        name,
        sequence: 0,
        enabled: true,
        conditions: Map::new(),
        exceptions: Map::new(),
        actions: Map::new(),
    };
    let rule = merged(tx, user, &body, empty)?;
    let rule = rule::create(tx, user, rule)?;
    one(tx, request, user, 201, &rule)
}

fn update(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    id: &str,
) -> Result<Reply, Refusal> {
    let body = request.object(false)?;
    check_members(&body)?;
    let is_read_only =
        |name: &&String| READ_ONLY.iter().any(|known| known.eq_ignore_ascii_case(name));
    if let Some(name) = body.as_object().and_then(|members| members.keys().find(is_read_only)) {
        return Err(Refusal::new(
            400,
            "ErrorInvalidPropertySet",
            format!("The property '{name}' is read-only and cannot be set."),
        )
        .about(name));
    }
    let rule = merged(tx, user, &body, rule::get(tx, user, id)?)?;
    rule::update(tx, user, &rule)?;
    one(tx, request, user, 200, &rule)
}

/// A rule with what a body says about it. Conditions, exceptions and actions are each replaced as
/// a whole; null takes conditions and exceptions away.
fn merged(
    tx: &Transaction<'_>,
    user: &User,
    body: &Value,
    mut rule: Rule,
) -> Result<Rule, Refusal> {
    if let Some(name) = optional_text(body, "displayName")? {
        rule.name = name;
    }
    if rule.name.trim().is_empty() {
        return Err(Refusal::invalid_member("displayName", "'displayName' must not be empty."));
    }
    if let Some(sequence) = member(body, "sequence") {
        let sequence =
            sequence.as_i64().filter(|number| (1..=i64::from(i32::MAX)).contains(number));
        rule.sequence = sequence.ok_or_else(|| {
            Refusal::invalid_member("sequence", "'sequence' must be a number from 1 up.")
        })?;
    }
    rule.enabled = optional_bool(body, "isEnabled")?.unwrap_or(rule.enabled);
    for (name, kept) in [("conditions", &mut rule.conditions), ("exceptions", &mut rule.exceptions)]
    {
        match named(body, name) {
            None => {}
            Some(Value::Null) => kept.clear(),
            Some(value) => *kept = rule_body::predicates(name, value)?,
        }
    }
    if let Some(value) = member(body, "actions") {
        let found = |word: &str| {
            let row = folders::row(tx, user, word)?;
            folder::get(tx, user.row, row).map(|folder| folder_id(user.guid, folder.row))
        };
        rule.actions = rule_body::actions(value, &found)?;
    }
    Ok(rule)
}

/// A member, its name in any case, null included.
fn named<'a>(body: &'a Value, name: &str) -> Option<&'a Value> {
    let members = body.as_object()?;
    members.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

fn one(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    status: u16,
    rule: &Rule,
) -> Result<Reply, Refusal> {
    let mut body = Map::new();
    let context = format!("{}/$entity", context(request, user));
    body.insert("@odata.context".to_owned(), json!(context));
    body.extend(shown(tx, user, rule)?);
    Ok(Reply::json(status, Value::Object(body)))
}

fn context(request: &Request, user: &User) -> String {
    request.context(&format!("users('{}')/mailFolders('inbox')/messageRules", user.guid))
}

/// A rule as the wire has it: parts without members are left out.
fn shown(tx: &Transaction<'_>, user: &User, rule: &Rule) -> Result<Map<String, Value>, Refusal> {
    let mut members = Map::new();
    for (name, value) in [
        ("id", json!(rule::id(rule.row))),
        ("displayName", json!(rule.name)),
        ("sequence", json!(rule.sequence)),
        ("isEnabled", json!(rule.enabled)),
        ("hasError", json!(has_error(tx, user, rule)?)),
        ("isReadOnly", json!(false)),
    ] {
        members.insert(name.to_owned(), value);
    }
    for (name, part) in [
        ("conditions", &rule.conditions),
        ("exceptions", &rule.exceptions),
        ("actions", &rule.actions),
    ] {
        if !part.is_empty() {
            members.insert(name.to_owned(), Value::Object(part.clone()));
        }
    }
    Ok(members)
}

fn check_members(body: &Value) -> Result<(), Refusal> {
    for name in body.as_object().into_iter().flatten().map(|(name, _)| name) {
        let mut known = WRITABLE.iter().chain(READ_ONLY);
        if !name.contains('@') && !known.any(|one| one.eq_ignore_ascii_case(name)) {
            return Err(Refusal::new(
                400,
                "RequestBodyRead",
                format!("The property '{name}' does not exist on type 'Microsoft.OutlookServices.MessageRule'. Make sure to only use property names that are defined by the type."),
            )
            .about(name));
        }
    }
    Ok(())
}
