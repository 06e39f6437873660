//! Calendar entries: appointments, series, and the times of a series that differ from it.

use super::{
    Entry, Fact, Kind, MailAccess, Problem, Reading, categories, moment, name, person, text,
};
use crate::commands::mailbox::encoded;
use serde_json::Value;

const COLUMNS: &str = "id,subject,type,start,end,location,attendees,organizer,categories,\
                       recurrence,isCancelled";

/// Appointments and series, each series with its exceptions, by start.
pub(super) async fn list(mail: &MailAccess, mailbox: &str) -> Result<Vec<Entry>, Problem> {
    let path = format!(
        "/graph/v1.0/users/{}/events?$top=200&$select={COLUMNS}&$expand=exceptionOccurrences",
        encoded(mailbox)
    );
    let mut entries = Vec::new();
    for event in mail.list(&path).await? {
        entries.push(entry(&event));
        entries.extend(event["exceptionOccurrences"].as_array().into_iter().flatten().map(entry));
    }
    entries.sort_by(|a, b| (&a.when, &a.id).cmp(&(&b.when, &b.id)));
    Ok(entries)
}

/// One entry with its body as text.
pub(super) async fn read(mail: &MailAccess, mailbox: &str, id: &str) -> Result<Reading, Problem> {
    let path = format!("{}?$select={COLUMNS},body", path(mailbox, id));
    let event = mail.get(&path).await?;
    let mut facts = vec![
        Fact::text("Kind", kind(&event)),
        Fact::at("Starts", moment(&event["start"])),
        Fact::at("Ends", moment(&event["end"])),
    ];
    let place = event["location"]["displayName"].as_str().unwrap_or_default();
    if !place.is_empty() {
        facts.push(Fact::text("Where", place));
    }
    let people: Vec<String> =
        event["attendees"].as_array().into_iter().flatten().map(person).collect();
    if !people.is_empty() {
        facts.push(Fact::text("Who", people.join(", ")));
    }
    Ok(Reading {
        id: text(&event, "id"),
        subject: event["subject"].clone(),
        facts,
        categories: categories(&event),
        body: event["body"]["content"].clone(),
        attachments: Vec::new(),
    })
}

pub(super) fn path(mailbox: &str, id: &str) -> String {
    format!("/graph/v1.0/users/{}/events/{}", encoded(mailbox), encoded(id))
}

fn entry(event: &Value) -> Entry {
    let people: Vec<String> =
        event["attendees"].as_array().into_iter().flatten().map(name).collect();
    let kind = kind(event);
    Entry {
        id: text(event, "id"),
        kind: Kind::Appointment,
        lead: if people.is_empty() { kind } else { format!("{kind} · {}", people.join(", ")) },
        subject: event["subject"].clone(),
        when: moment(&event["start"]),
        is_unread: false,
        has_attachments: false,
        categories: categories(event),
    }
}

fn kind(event: &Value) -> String {
    let pattern = event.pointer("/recurrence/pattern/type").and_then(Value::as_str);
    match (event["type"].as_str(), pattern) {
        (Some("seriesMaster"), Some("daily")) => "Daily series",
        (Some("seriesMaster"), Some("weekly")) => "Weekly series",
        (Some("seriesMaster"), Some("absoluteMonthly" | "relativeMonthly")) => "Monthly series",
        (Some("seriesMaster"), Some("absoluteYearly" | "relativeYearly")) => "Yearly series",
        (Some("seriesMaster"), _) => "Series",
        (Some("exception"), _) => "Exception",
        _ if event["isCancelled"] == true => "Cancelled",
        _ => "Appointment",
    }
    .to_owned()
}
