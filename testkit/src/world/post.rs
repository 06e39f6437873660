//! Messages that arrive in mailboxes and leave them.

use super::{
    World,
    http::encoded,
    mailboxes::{home, message},
};
use anyhow::{Context, Result};
use http::Method;
use serde_json::{Value, json};

/// A message as it reaches the sandbox.
#[derive(Debug, Clone, Default)]
pub struct Mail {
    /// The subject.
    pub subject: String,
    /// The sender; empty for a message without `From`.
    pub from: String,
    /// `To`.
    pub to: Vec<String>,
    /// `Cc`.
    pub cc: Vec<String>,
    /// `Bcc`, in the envelope only.
    pub bcc: Vec<String>,
    /// With brackets; none makes the server invent one.
    pub message_id: Option<String>,
    /// The plain text.
    pub body: Option<String>,
    /// Names of files with a few bytes each.
    pub attachments: Vec<String>,
    /// The `Message-ID` that it answers, with brackets.
    pub in_reply_to: Option<String>,
    /// The categories that its sender wrote into it, separated by commas.
    pub keywords: Option<String>,
    /// Units: megabytes that mailboxes count for it, whatever it has.
    pub megabytes: Option<u64>,
    /// An invitation to a meeting.
    pub is_invitation: bool,
}

const INVITATION: &str = "Content-Type: text/calendar; method=REQUEST; charset=utf-8\r\n\r\n\
    BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:meeting-1\r\n\
    DTSTART:20260303T090000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

impl World {
    /// Delivers a message from anywhere.
    pub async fn deliver(&self, mail: &Mail) -> Result<()> {
        self.deliver_but(mail, &[]).await.map(drop)
    }

    /// Delivers a message from anywhere to all recipients but those of `delayed`. Answers its text,
    /// which has a `Message-ID` where copies of it are still to come.
    pub async fn deliver_but(&self, mail: &Mail, delayed: &[String]) -> Result<String> {
        self.act();
        let mut mail = mail.clone();
        if !delayed.is_empty() && mail.message_id.is_none() {
            mail.message_id = Some(format!("<{}@delayed.test>", self.random.uuid()));
        }
        let (path, text) = self.delivery(&mail, delayed);
        self.admin_raw(Method::POST, &path, "message/rfc822", text.clone()).await?;
        Ok(text)
    }

    /// Where a message is delivered, to all recipients but those of `delayed`, and its text.
    pub(super) fn delivery(&self, mail: &Mail, delayed: &[String]) -> (String, String) {
        let everybody = [&mail.to, &mail.cc, &mail.bcc].into_iter().flatten();
        let there = everybody.filter(|address| !delayed.contains(address));
        let mut envelope: Vec<String> =
            there.map(|address| format!("rcpt={}", encoded(address))).collect();
        envelope.extend(mail.megabytes.map(|size| format!("size={}", size * 1024 * 1024)));
        (format!("/sandbox/v1/deliver?{}", envelope.join("&")), self.rfc5322(mail))
    }

    fn rfc5322(&self, mail: &Mail) -> String {
        let date = jiff::Timestamp::from_millisecond(self.now().as_millis()).unwrap_or_default();
        let date = date.strftime("%a, %d %b %Y %H:%M:%S +0000");
        let mut text = format!("Subject: {}\r\nDate: {date}\r\n", mail.subject);
        if !mail.from.is_empty() {
            text.push_str(&format!("From: <{}>\r\n", mail.from));
        }
        for (name, addresses) in [("To", &mail.to), ("Cc", &mail.cc)] {
            if !addresses.is_empty() {
                let list: Vec<String> = addresses.iter().map(|one| format!("<{one}>")).collect();
                text.push_str(&format!("{name}: {}\r\n", list.join(", ")));
            }
        }
        for (name, value) in [
            ("Message-ID", &mail.message_id),
            ("In-Reply-To", &mail.in_reply_to),
            ("Keywords", &mail.keywords),
        ] {
            if let Some(value) = value {
                text.push_str(&format!("{name}: {value}\r\n"));
            }
        }
        let body = mail.body.as_deref().unwrap_or("Good morning.");
        text.push_str("MIME-Version: 1.0\r\n");
        if mail.is_invitation {
            text.push_str(INVITATION);
            return text;
        }
        if mail.attachments.is_empty() {
            text.push_str(&format!("Content-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n"));
            return text;
        }
        text.push_str("Content-Type: multipart/mixed; boundary=edge\r\n\r\n--edge\r\n");
        text.push_str(&format!("Content-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n"));
        for name in &mail.attachments {
            text.push_str(&format!(
                "--edge\r\nContent-Type: application/octet-stream; name=\"{name}\"\r\n\
                 Content-Disposition: attachment; filename=\"{name}\"\r\n\r\ncontent of {name}\r\n"
            ));
        }
        text.push_str("--edge--\r\n");
        text
    }

    /// Puts a message into one mailbox exactly as it is. Answers its id.
    pub async fn import(&self, user: &str, message: String) -> Result<String> {
        self.act();
        let path = format!("/sandbox/v1/users/{}/import", encoded(user));
        let answer = self.admin_raw(Method::POST, &path, "message/rfc822", message).await?;
        answer["ids"][0].as_str().map(str::to_owned).context("an imported message has an id")
    }

    /// A person sends a message of their own.
    pub async fn send_mail(&self, user: &str, mail: &Mail) -> Result<()> {
        self.act();
        let body = json!({"message": draft(mail), "saveToSentItems": true});
        self.admin(Method::POST, &format!("{}/sendMail", home(user)), Some(body)).await.map(drop)
    }

    /// A person begins a message.
    pub async fn write_draft(&self, user: &str, mail: &Mail) -> Result<()> {
        self.act();
        self.admin(Method::POST, &format!("{}/messages", home(user)), Some(draft(mail)))
            .await
            .map(drop)
    }

    /// A person sends a message that was begun before.
    pub async fn send_draft(&self, user: &str, id: &str) -> Result<()> {
        self.act();
        let path = format!("{}/send", message(user, id));
        self.admin(Method::POST, &path, None).await.map(drop)
    }

    /// Every message that the sandbox sent, or would have sent.
    pub async fn sent(&self) -> Result<Vec<Value>> {
        let answer = self.admin(Method::GET, "/sandbox/v1/sent", None).await?;
        let list = answer["sent"].as_array().or_else(|| answer.as_array());
        list.cloned().with_context(|| format!("the list of sent messages is {answer}"))
    }
}

fn draft(mail: &Mail) -> Value {
    let list = |addresses: &[String]| -> Vec<Value> {
        addresses.iter().map(|address| json!({"emailAddress": {"address": address}})).collect()
    };
    json!({
        "subject": mail.subject,
        "body": {"contentType": "text", "content": mail.body.as_deref().unwrap_or("Hello.")},
        "toRecipients": list(&mail.to),
        "ccRecipients": list(&mail.cc),
        "bccRecipients": list(&mail.bcc),
    })
}
