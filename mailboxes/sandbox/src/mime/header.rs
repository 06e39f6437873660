//! What the header fields say.

use super::keywords;
use crate::store::message::{Address, Importance, NewMessage};
use base64::{Engine, engine::general_purpose::STANDARD};
use mail_parser::{DateTime, Header, HeaderName, HeaderValue, Message, parsers::MessageStream};
use std::borrow::Cow;

/// Units: ids kept of a `References` field; the first and the last ones count.
const REFERENCES_MAX: usize = 200;

/// Units: bytes of the header block of a conversation index.
const INDEX_BLOCK: usize = 22;

/// Fills in everything that stands in header fields.
pub(super) fn fill(message: &mut NewMessage, parsed: &Message<'_>) {
    let fields = Fields { parsed };
    message.internet_message_headers = fields.all();
    let text = |name: &str| find(&message.internet_message_headers, name);
    message.importance = importance(&text);
    message.is_read_receipt_requested = text("Disposition-Notification-To").is_some();
    message.is_delivery_receipt_requested = text("Return-Receipt-To").is_some();
    message.is_draft = text("X-Unsent") == Some("1");
    message.is_read = text("Status").is_some_and(|status| status.contains('R'));
    message.conversation_index = text("Thread-Index").and_then(index).unwrap_or_default();
    message.categories = fields.keywords();
    message.subject = fields.text(&HeaderName::Subject).unwrap_or_default();
    message.from = fields.addresses(&HeaderName::From).into_iter().next();
    message.sender = fields.addresses(&HeaderName::Sender).into_iter().next();
    message.to = fields.addresses(&HeaderName::To);
    message.cc = fields.addresses(&HeaderName::Cc);
    message.bcc = fields.addresses(&HeaderName::Bcc);
    message.reply_to = fields.addresses(&HeaderName::ReplyTo);
    message.sent_ms = fields.first(&HeaderName::Date).and_then(|field| match &field.value {
        HeaderValue::DateTime(date) => millis(date),
        _ => None,
    });
    message.received_ms =
        fields.first(&HeaderName::Received).and_then(|field| match &field.value {
            HeaderValue::Received(received) => received.date().as_ref().and_then(millis),
            _ => None,
        });
    let raw = |name| fields.first(&name).map(|field| fields.raw(field));
    message.internet_message_id =
        raw(HeaderName::MessageId).filter(|id| !id.is_empty()).map(Cow::into_owned);
    message.in_reply_to = raw(HeaderName::InReplyTo).and_then(|text| one_id(&text));
    message.references =
        raw(HeaderName::References).map(|text| bounded(ids(&text))).unwrap_or_default();
}

/// The fields of the message, not of its parts.
struct Fields<'a> {
    parsed: &'a Message<'a>,
}

impl<'a> Fields<'a> {
    /// The first field of a name: a second one is somebody's addition.
    fn first(&self, name: &HeaderName<'_>) -> Option<&'a Header<'a>> {
        self.parsed.headers().iter().find(|field| field.name == *name)
    }

    /// The value as it stands there, unfolded.
    fn raw(&self, field: &Header<'_>) -> Cow<'a, str> {
        let bytes = self.bytes(field);
        let text = String::from_utf8_lossy(bytes);
        match text.trim() {
            trimmed if trimmed.contains(['\r', '\n']) => Cow::Owned(unfolded(trimmed)),
            trimmed => Cow::Owned(trimmed.to_owned()),
        }
    }

    fn bytes(&self, field: &Header<'_>) -> &'a [u8] {
        let bounds = field.offset_start as usize..field.offset_end as usize;
        self.parsed.raw_message.get(bounds).unwrap_or_default()
    }

    /// The value decoded; a field that cannot be decoded is read as it stands.
    fn decoded(&self, field: &Header<'_>) -> String {
        let bytes = self.bytes(field);
        match MessageStream::new(bytes).parse_unstructured() {
            HeaderValue::Text(text) => clean(&text),
            _ => clean(&self.raw(field)),
        }
    }

    /// The names in all fields of categories.
    fn keywords(&self) -> Vec<String> {
        self.parsed
            .headers()
            .iter()
            .filter(|field| field.name == HeaderName::Keywords)
            .flat_map(|field| keywords::read(&self.raw(field)))
            .collect()
    }

    fn text(&self, name: &HeaderName<'_>) -> Option<String> {
        self.first(name).map(|field| self.decoded(field))
    }

    fn all(&self) -> Vec<(String, String)> {
        self.parsed
            .headers()
            .iter()
            .map(|field| (field.name.as_str().to_owned(), self.decoded(field)))
            .collect()
    }

    /// All addresses of all fields of that name, groups dissolved.
    fn addresses(&self, name: &HeaderName<'_>) -> Vec<Address> {
        self.parsed
            .headers()
            .iter()
            .filter(|field| field.name == *name)
            .filter_map(|field| field.value.as_address())
            .flat_map(|list| list.iter())
            .map(|one| Address {
                name: clean(one.name.as_deref().unwrap_or_default()),
                address: clean(one.address.as_deref().unwrap_or_default()),
            })
            .filter(|one| !one.name.is_empty() || !one.address.is_empty())
            .collect()
    }
}

/// A piece of a field with its encoded words decoded.
pub(super) fn decoded(text: &str) -> String {
    match MessageStream::new(format!("{text}\r\n").as_bytes()).parse_unstructured() {
        HeaderValue::Text(text) => clean(&text),
        _ => clean(text),
    }
}

fn find<'a>(fields: &'a [(String, String)], name: &str) -> Option<&'a str> {
    fields
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
}

/// One line without control characters and surrounding space.
fn clean(text: &str) -> String {
    let one_line = if text.contains(['\r', '\n']) { unfolded(text) } else { text.to_owned() };
    let kept: String = one_line.chars().filter(|c| *c == '\t' || !c.is_control()).collect();
    kept.trim().to_owned()
}

fn unfolded(text: &str) -> String {
    let lines: Vec<&str> = text.split(['\r', '\n']).filter(|line| !line.is_empty()).collect();
    let mut whole = String::with_capacity(text.len());
    for line in lines {
        if !whole.is_empty() && !line.starts_with([' ', '\t']) {
            whole.push(' ');
        }
        whole.push_str(line);
    }
    whole
}

fn importance<'a>(text: &impl Fn(&str) -> Option<&'a str>) -> Importance {
    let word = text("Importance").or_else(|| text("X-MSMail-Priority")).unwrap_or_default();
    if let Some(importance) = Importance::parse(word.trim()) {
        return importance;
    }
    let digit = text("X-Priority").and_then(|value| value.trim().chars().next());
    match (digit, text("Priority").map(str::to_ascii_lowercase).as_deref()) {
        (Some('1' | '2'), _) | (None, Some("urgent")) => Importance::High,
        (Some('4' | '5'), _) | (None, Some("non-urgent")) => Importance::Low,
        _ => Importance::Normal,
    }
}

fn index(value: &str) -> Option<Vec<u8>> {
    let packed: String = value.split_whitespace().collect();
    STANDARD.decode(packed).ok().filter(|index| index.len() >= INDEX_BLOCK)
}

/// Units: milliseconds since the epoch. `None` for a date that no calendar has.
fn millis(date: &DateTime) -> Option<i64> {
    let is_sane = date.is_valid() && (1900..=9999).contains(&date.year) && date.tz_hour <= 24;
    is_sane.then(|| date.to_timestamp().saturating_mul(1_000))
}

/// All ids in angle brackets, with them.
fn ids(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        let Some(size) = rest[start..].find('>') else { break };
        let id: String = rest[start..=start + size].split_whitespace().collect();
        if id.len() > 2 {
            found.push(id);
        }
        rest = &rest[start + size + 1..];
    }
    found
}

/// The id among the words of an `In-Reply-To` field.
fn one_id(text: &str) -> Option<String> {
    let bare = || {
        let word = text.trim();
        (word.contains('@') && !word.contains([' ', '\t', ';', '"'])).then(|| format!("<{word}>"))
    };
    let found = ids(text);
    let with_at = found.iter().find(|id| id.contains('@')).or(found.first()).cloned();
    with_at.or_else(bare)
}

fn bounded(mut ids: Vec<String>) -> Vec<String> {
    if ids.len() > REFERENCES_MAX {
        ids.drain(1..=ids.len() - REFERENCES_MAX);
    }
    ids
}
