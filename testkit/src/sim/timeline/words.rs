//! One line for each entry.

use super::{
    super::{
        item::Item,
        log::{By, Entry, Happening, MasterEntry},
    },
    names::Names,
};
use crate::world::BEGINNING;
use earmark_embedded::{Row, Value};
use earmark_model::Link;
use std::time::Duration;

/// Units: characters of a path or a body that are shown.
const SHOWN: usize = 160;

/// The entry in one line: time since the beginning, who, what.
pub(super) fn line(entry: &Entry, names: &Names) -> String {
    let millis = u64::try_from(entry.at.as_millis() - BEGINNING.as_millis()).unwrap_or(0);
    let since = Duration::from_millis(millis);
    let seconds = since.as_secs();
    let time = format!(
        "{:02}:{:02}:{:02}.{:03}",
        seconds / 3_600,
        seconds / 60 % 60,
        seconds % 60,
        since.subsec_millis()
    );
    format!("{time} {}", names.shorten(&told(&entry.what, names)))
}

fn who(by: By) -> String {
    match by {
        By::Person => "person".to_owned(),
        By::Server => "server".to_owned(),
        By::Service { organization, worker } => format!("worker {organization}.{worker}"),
    }
}

fn told(what: &Happening, names: &Names) -> String {
    match what {
        Happening::Item { user, id, by, request, before, after } => {
            let number = request.map_or(String::new(), |number| format!(" (#{number})"));
            format!("{}{number}: {user} {id}: {}", who(*by), change(before, after))
        }
        Happening::Master { user, by, before, after, .. } => {
            format!("{}: list of {user}: {} -> {}", who(*by), list(before), list(after))
        }
        Happening::Request {
            number, organization, worker, method, path, if_match, body, ..
        } => {
            let matched = if_match.as_ref().map_or("", |_| " if unchanged");
            let body = cut(&String::from_utf8_lossy(body));
            let path = cut(
                &names.shorten(&percent_encoding::percent_decode_str(path).decode_utf8_lossy())
            );
            format!("worker {organization}.{worker}: #{number} {method} {path}{matched} {body}")
        }
        Happening::Answer { request, status, .. } => match status {
            Some(status) => format!("    #{request} answered {status}"),
            None => format!("    #{request} without an answer"),
        },
        Happening::Call { number, organization, worker, method, item, activity } => {
            let item = item.as_ref().map_or("", |(_, handle)| handle.as_str());
            let activity = activity.map_or(String::new(), |activity| activity.0.to_string());
            format!("worker {organization}.{worker}: #{number} CRM {method} {item} {activity}")
        }
        Happening::Called { call, failure, .. } => match failure {
            Some((class, code)) => format!("    #{call} failed: {class} {code}"),
            None => format!("    #{call} went well"),
        },
        Happening::Record { by, activity, before, after, .. } => {
            format!("{}: record {}: {}", who(*by), activity.0, row(before, after))
        }
        Happening::Link { by, handle, activity, is_linked, .. } => {
            let verb = if *is_linked { "linked to" } else { "unlinked from" };
            format!("{}: {} {verb} {}", who(*by), handle.as_str(), activity.0)
        }
        Happening::Recorded { organization, worker, record, is_taken, .. } => {
            let is_told =
                |link: &&Link| names.is_empty() || names.has_item(link.key.handle.as_str());
            let links = record.links.iter().filter(is_told);
            let links: Vec<String> = links
                .map(|link| {
                    format!(
                        "{} is {} because {} (baseline {:?}, CRM {:?}{}{})",
                        link.key.handle.as_str(),
                        link.state.as_str(),
                        link.reason,
                        link.baseline,
                        link.crm,
                        if link.owes_category { ", owes the category" } else { "" },
                        if link.request.is_some() { ", asked" } else { "" },
                    )
                })
                .collect();
            let taken = if *is_taken { "" } else { " NOT TAKEN" };
            format!("worker {organization}.{worker}: ledger{taken}: {}", links.join("; "))
        }
        Happening::Asked { user, id, tracks, .. } => {
            format!("person: {user} asks that {id} be tracked: {tracks}")
        }
        other => rare(other),
    }
}

/// What is not about one item.
fn rare(what: &Happening) -> String {
    match what {
        Happening::Setting { organization, name, value } => {
            format!("administrator {organization}: {name} = {value}")
        }
        Happening::Mailbox { user, is_enabled, .. } => {
            format!("administrator: mailbox {user} enabled: {is_enabled}")
        }
        Happening::Worker { organization, worker, what } => {
            format!("worker {organization}.{worker}: {what:?}")
        }
        Happening::Ledger { organization, as_of } => {
            format!("ledger of {organization} is now that of {as_of:?}")
        }
        Happening::Restored { organization, as_of } => {
            format!("CRM of {organization} restored as of {as_of}")
        }
        Happening::Fault { kind, number } => {
            let number = number.map_or(String::new(), |number| format!(" strikes #{number}"));
            format!("    FAULT {kind}{number}")
        }
        Happening::Sent { request, count, .. } => {
            format!("    #{request} made the server send {count} messages")
        }
        Happening::Healed => "everything heals".to_owned(),
        Happening::Note(note) => format!("note: {note}"),
        other => format!("{other:?}"),
    }
}

fn cut(text: &str) -> String {
    if text.chars().count() <= SHOWN {
        return text.to_owned();
    }
    let start: String = text.chars().take(SHOWN).collect();
    format!("{start}…")
}

fn change(before: &Option<Item>, after: &Option<Item>) -> String {
    match (before, after) {
        (None, Some(now)) => {
            format!("comes into {} with {:?}: {}", now.folder, now.categories, now.subject)
        }
        (Some(was), None) => format!("is gone from {}", was.folder),
        (Some(was), Some(now)) => {
            let mut parts = Vec::new();
            if was.folder != now.folder {
                parts.push(format!("{} -> {}", was.folder, now.folder));
            }
            if was.categories != now.categories {
                parts.push(format!("{:?} -> {:?}", was.categories, now.categories));
            }
            if was.subject != now.subject {
                parts.push(format!("{} -> {}", was.subject, now.subject));
            }
            if was.says != now.says {
                parts.push(format!("{:?}", now.says));
            }
            if was.is_read != now.is_read {
                parts.push(format!("read: {}", now.is_read));
            }
            parts.join(", ")
        }
        (None, None) => "nothing".to_owned(),
    }
}

fn row(before: &Option<Row>, after: &Option<Row>) -> String {
    let (before, after) = match (before, after) {
        (None, Some(_)) => return "made".to_owned(),
        (_, None) => return "deleted".to_owned(),
        (Some(before), Some(after)) => (before, after),
    };
    let changed = after.iter().filter(|(name, value)| {
        before.get(*name) != Some(value) && !matches!(name.as_str(), "versionnumber" | "modifiedon")
    });
    let changed: Vec<String> =
        changed.map(|(name, value)| format!("{name} = {}", shown(value))).collect();
    changed.join(", ")
}

fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) => cut(text),
        other => cut(&format!("{other:?}")),
    }
}

fn list(entries: &[MasterEntry]) -> String {
    let names: Vec<&str> = entries.iter().map(|(_, name)| name.as_str()).collect();
    format!("{names:?}")
}
