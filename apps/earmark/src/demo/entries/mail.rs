//! Messages.

use super::{Entry, Fact, Kind, MailAccess, Problem, Reading, categories, name, person, text};
use crate::commands::mailbox::encoded;
use serde_json::Value;

/// The newest messages, without bodies.
pub(super) async fn list(mail: &MailAccess, mailbox: &str) -> Result<Vec<Entry>, Problem> {
    let columns = "id,subject,from,receivedDateTime,isRead,hasAttachments,categories";
    let path = format!(
        "/graph/v1.0/users/{}/messages?$top=200&$orderby=receivedDateTime%20desc&$select={columns}",
        encoded(mailbox)
    );
    Ok(mail.list(&path).await?.iter().map(entry).collect())
}

/// One message with its body as text and the names of its files.
pub(super) async fn read(mail: &MailAccess, mailbox: &str, id: &str) -> Result<Reading, Problem> {
    let path = path(mailbox, id);
    let columns = "id,subject,from,toRecipients,ccRecipients,receivedDateTime,categories,body,\
                   hasAttachments";
    let message = mail.get(&format!("{path}?$select={columns}")).await?;
    let mut attachments = Vec::new();
    if message["hasAttachments"] == true {
        let files = mail.list(&format!("{path}/attachments?$select=name")).await?;
        attachments = files.iter().map(|file| file["name"].clone()).collect();
    }
    let people = |member: &str| -> Vec<String> {
        message[member].as_array().into_iter().flatten().map(person).collect()
    };
    let mut to = people("toRecipients");
    to.extend(people("ccRecipients"));
    Ok(Reading {
        id: text(&message, "id"),
        subject: message["subject"].clone(),
        facts: vec![
            Fact::text("From", person(&message["from"])),
            Fact::text("To", to.join(", ")),
            Fact::at("Received", message["receivedDateTime"].as_str().map(str::to_owned)),
        ],
        categories: categories(&message),
        body: message["body"]["content"].clone(),
        attachments,
    })
}

pub(super) fn path(mailbox: &str, id: &str) -> String {
    format!("/graph/v1.0/users/{}/messages/{}", encoded(mailbox), encoded(id))
}

fn entry(message: &Value) -> Entry {
    Entry {
        id: text(message, "id"),
        kind: Kind::Email,
        lead: name(&message["from"]),
        subject: message["subject"].clone(),
        when: message["receivedDateTime"].as_str().map(str::to_owned),
        is_unread: message["isRead"] != true,
        has_attachments: message["hasAttachments"] == true,
        categories: categories(message),
    }
}
