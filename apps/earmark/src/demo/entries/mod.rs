//! What a mailbox of the sandbox holds, in the form in which the page shows it: [`mail`],
//! [`calendar`] entries and [`tasks`] look alike there.

mod calendar;
mod mail;
mod tasks;

use super::mail_access::MailAccess;
use crate::api::problem::Problem;
use axum::http::Method;
use earmark_model::ItemKind;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What an entry is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A message.
    #[default]
    Email,
    /// An appointment, a series, or a time of a series that differs from it.
    Appointment,
    /// A task.
    Task,
}

impl Kind {
    /// The same for the engine.
    pub const fn item(self) -> ItemKind {
        match self {
            Self::Email => ItemKind::Email,
            Self::Appointment => ItemKind::Appointment,
            Self::Task => ItemKind::Task,
        }
    }
}

/// A line of the list.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// The handle, as the engine knows the item.
    pub id: String,
    /// What it is.
    pub kind: Kind,
    /// The first words: who wrote, or what it is.
    pub lead: String,
    /// The subject or title.
    pub subject: Value,
    /// When it came, starts or is due; a day alone where there is no time of day.
    pub when: Option<String>,
    /// Nobody has read it yet.
    pub is_unread: bool,
    /// It carries files.
    pub has_attachments: bool,
    /// Its categories.
    pub categories: Vec<Value>,
}

/// Something that is said about an entry.
#[derive(Debug, Serialize)]
pub struct Fact {
    /// What.
    pub name: &'static str,
    /// The words, unless it is a time.
    pub text: Option<String>,
    /// The time.
    pub at: Option<String>,
}

impl Fact {
    fn text(name: &'static str, text: impl Into<String>) -> Self {
        Self { name, text: Some(text.into()), at: None }
    }

    fn at(name: &'static str, at: Option<String>) -> Self {
        Self { name, text: None, at }
    }
}

/// An entry as a whole.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reading {
    /// The handle.
    pub id: String,
    /// The subject or title.
    pub subject: Value,
    /// What is said about it, in order.
    pub facts: Vec<Fact>,
    /// Its categories.
    pub categories: Vec<Value>,
    /// The text.
    pub body: Value,
    /// The names of its files.
    pub attachments: Vec<Value>,
}

/// Everything that the page lists: mail newest first, the calendar by start, tasks.
pub async fn list(mail: &MailAccess, mailbox: &str) -> Result<Vec<Entry>, Problem> {
    let mut all = mail::list(mail, mailbox).await?;
    all.extend(calendar::list(mail, mailbox).await?);
    all.extend(tasks::list(mail, mailbox).await?);
    Ok(all)
}

/// One entry.
///
/// Errors: it is not there any more.
pub async fn read(
    mail: &MailAccess,
    mailbox: &str,
    kind: Kind,
    id: &str,
) -> Result<Reading, Problem> {
    match kind {
        Kind::Email => mail::read(mail, mailbox, id).await,
        Kind::Appointment => calendar::read(mail, mailbox, id).await,
        Kind::Task => tasks::read(mail, mailbox, id).await,
    }
}

/// Adds or removes a category, leaving the others.
pub async fn set_category(
    mail: &MailAccess,
    mailbox: &str,
    (kind, id): (Kind, &str),
    name: &str,
    assigned: bool,
) -> Result<(), Problem> {
    let path = match kind {
        Kind::Email => mail::path(mailbox, id),
        Kind::Appointment => calendar::path(mailbox, id),
        Kind::Task => tasks::path(mailbox, id)?,
    };
    let old = mail.get(&format!("{path}?$select=categories")).await?;
    let is_same = |value: &Value| {
        value.as_str().is_some_and(|one| one.trim().eq_ignore_ascii_case(name.trim()))
    };
    let mut new: Vec<Value> =
        categories(&old).into_iter().filter(|value| !is_same(value)).collect();
    if assigned {
        new.push(json!(name));
    }
    let body = json!({"categories": new}).to_string().into_bytes();
    mail.call(Method::PATCH, &path, "application/json", body).await?;
    Ok(())
}

fn categories(item: &Value) -> Vec<Value> {
    item["categories"].as_array().cloned().unwrap_or_default()
}

fn text(item: &Value, member: &str) -> String {
    item[member].as_str().unwrap_or_default().to_owned()
}

/// A `dateTimeTimeZone`, which comes in UTC where nothing else was asked for, as RFC 3339.
fn moment(value: &Value) -> Option<String> {
    value["dateTime"].as_str().map(|at| format!("{}Z", at.trim_end_matches('Z')))
}

/// The name alone, or the address of somebody without one.
fn name(value: &Value) -> String {
    let field = |name: &str| value["emailAddress"][name].as_str().unwrap_or_default();
    let name = field("name");
    if name.is_empty() { field("address").to_owned() } else { name.to_owned() }
}

fn person(value: &Value) -> String {
    let field = |name: &str| value["emailAddress"][name].as_str().unwrap_or_default();
    match (field("name"), field("address")) {
        ("", address) => address.to_owned(),
        (name, "") => name.to_owned(),
        (name, address) if name == address => address.to_owned(),
        (name, address) => format!("{name} <{address}>"),
    }
}
