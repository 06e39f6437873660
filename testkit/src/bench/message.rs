//! A message of the suite as bytes.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use earmark_mailbox_port::conformance::Mail;
use earmark_model::Instant;
use std::fmt::Write as _;

/// The message with its parts: text, pictures that the text shows, files, an invitation.
pub(super) fn rfc5322(mail: &Mail, now: Instant) -> String {
    let date = jiff::Timestamp::from_millisecond(now.as_millis()).unwrap_or_default();
    let date = date.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string();
    let mut text = String::new();
    let mut line = |line: String| {
        text.push_str(&line);
        text.push_str("\r\n");
    };
    if mail.has_travelled {
        line(format!("Received: from outside.test by inside.test; {date}"));
    }
    line(format!("From: <{}>", mail.from));
    line("To: <somebody@fabrikam.test>".to_owned());
    line(format!("Subject: =?utf-8?B?{}?=", STANDARD.encode(&mail.subject)));
    line(format!("Date: {date}"));
    line(format!("Message-ID: {}", mail.message_id));
    if let Some(id) = &mail.in_reply_to {
        line(format!("In-Reply-To: {id}"));
    }
    line("MIME-Version: 1.0".to_owned());
    line("Content-Type: multipart/mixed; boundary=edge".to_owned());
    line(String::new());
    parts(&mut text, mail);
    text
}

fn parts(text: &mut String, mail: &Mail) {
    part(text, "text/html; charset=utf-8", &[], mail.html.as_bytes());
    if mail.is_meeting_request {
        let calendar = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:m1\r\n\
                        DTSTART:20260303T090000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        part(text, "text/calendar; method=REQUEST; charset=utf-8", &[], calendar.as_bytes());
    }
    for file in &mail.attachments {
        let disposition = match &file.content_id {
            Some(id) => {
                vec![format!("Content-ID: <{id}>"), disposition("inline", &file.name)]
            }
            None => vec![disposition("attachment", &file.name)],
        };
        part(text, &file.content_type, &disposition, &file.bytes);
    }
    text.push_str("--edge--\r\n");
}

fn disposition(kind: &str, name: &str) -> String {
    format!("Content-Disposition: {kind}; filename=\"{name}\"")
}

fn part(text: &mut String, media_type: &str, headers: &[String], bytes: &[u8]) {
    let _ = write!(
        text,
        "--edge\r\nContent-Type: {media_type}\r\nContent-Transfer-Encoding: base64\r\n"
    );
    for header in headers {
        let _ = write!(text, "{header}\r\n");
    }
    text.push_str("\r\n");
    for line in STANDARD.encode(bytes).as_bytes().chunks(76) {
        text.push_str(&String::from_utf8_lossy(line));
        text.push_str("\r\n");
    }
}
