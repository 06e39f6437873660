//! From bytes to a message.

use super::{body, header, meeting, shield};
use crate::store::message::NewMessage;
use mail_parser::{HeaderName, MessageParser};
use std::sync::LazyLock;

/// Units: bytes of a message at most, as the original's largest limit has it.
pub const SIZE_MAX: usize = 150 * 1024 * 1024;

/// Units: parts of a message at most.
pub const PARTS_MAX: usize = 1_000;

/// Units: recipients of a message at most.
pub const RECIPIENTS_MAX: usize = 5_000;

/// Units: header fields of a message at most.
pub const HEADERS_MAX: usize = 10_000;

/// Made once: a parser holds a table of fields.
pub(super) static PARSER: LazyLock<MessageParser> = LazyLock::new(MessageParser::default);

/// Why the bytes are not taken as a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{line}")]
pub struct Refusal {
    /// One line for people: what is wrong, without any content of the message.
    pub line: String,
}

impl Refusal {
    fn new(line: impl Into<String>) -> Self {
        Self { line: line.into() }
    }
}

/// Reads one message. What is merely odd (a bad date, an unknown charset, a missing boundary) is
/// taken as well as it can be; what cannot be a message, or is beyond the bounds of this module,
/// is refused with one line. Repeatable: yes, equal bytes give an equal message.
pub fn parse(raw: &[u8]) -> Result<NewMessage, Refusal> {
    let bytes = without_envelope(raw);
    check_bounds(bytes)?;
    let shielded = shield::shield(bytes);
    let parsed = PARSER
        .parse(shielded.as_ref())
        .filter(|parsed| !parsed.parts.is_empty())
        .ok_or_else(|| Refusal::new("no header field was found: a message starts with fields such as `From: ` and ends them with an empty line"))?;
    if !parsed.headers().iter().any(|field| is_usual(&field.name)) {
        return Err(Refusal::new(
            "none of the fields that messages have (From, To, Subject, Date, Message-ID, …) is there",
        ));
    }
    if parsed.parts.len() > PARTS_MAX {
        return Err(too_many("parts", parsed.parts.len(), PARTS_MAX));
    }
    if parsed.headers().len() > HEADERS_MAX {
        return Err(too_many("header fields", parsed.headers().len(), HEADERS_MAX));
    }
    let mut message = NewMessage {
        raw_size: u64::try_from(raw.len()).unwrap_or(u64::MAX),
        ..NewMessage::default()
    };
    header::fill(&mut message, &parsed);
    let recipients = message.to.len() + message.cc.len() + message.bcc.len();
    if recipients > RECIPIENTS_MAX {
        return Err(too_many("recipients", recipients, RECIPIENTS_MAX));
    }
    body::fill(&mut message, &parsed);
    message.message_class = meeting::message_class(&parsed).to_owned();
    Ok(message)
}

/// The bytes without what stands around a message in a file: a byte order mark, empty lines, the
/// separator line of an mbox file.
fn without_envelope(raw: &[u8]) -> &[u8] {
    let mut bytes = raw.strip_prefix(b"\xef\xbb\xbf").unwrap_or(raw).trim_ascii_start();
    if bytes.starts_with(b"From ") {
        let end = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| at + 1);
        bytes = &bytes[end..];
    }
    bytes
}

fn check_bounds(bytes: &[u8]) -> Result<(), Refusal> {
    if bytes.is_empty() {
        return Err(Refusal::new("the message is empty"));
    }
    if bytes.len() > SIZE_MAX {
        return Err(too_many("bytes", bytes.len(), SIZE_MAX));
    }
    // Counted before anything is parsed: nested parts cost more than their size.
    let typed = shield::count_typed_parts(bytes);
    if typed > PARTS_MAX {
        return Err(too_many("parts", typed, PARTS_MAX));
    }
    Ok(())
}

fn too_many(what: &str, found: usize, limit: usize) -> Refusal {
    Refusal::new(format!("the message has {found} {what}; at most {limit} are taken"))
}

fn is_usual(name: &HeaderName<'_>) -> bool {
    matches!(
        name,
        HeaderName::From
            | HeaderName::Sender
            | HeaderName::To
            | HeaderName::Cc
            | HeaderName::Bcc
            | HeaderName::Subject
            | HeaderName::Date
            | HeaderName::MessageId
            | HeaderName::Received
            | HeaderName::MimeVersion
            | HeaderName::ContentType
    )
}
