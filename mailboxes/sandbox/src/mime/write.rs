//! From a message to bytes, made anew as Exchange makes them.

use super::{body::is_of_body, keywords};
use crate::store::message::{Address, BodyType, Importance, NewAttachment, NewMessage};
use base64::{Engine, engine::general_purpose::STANDARD};
use mail_builder::{
    MessageBuilder,
    headers::{
        HeaderType, address::Address as OutAddress, content_type::ContentType, date::Date,
        message_id::MessageId, raw::Raw, text::Text,
    },
    mime::{BodyPart, MimePart},
};
use sha2::{Digest, Sha256};

/// Fields that are written from the message itself and not from its old header.
const OWN: [&str; 15] = [
    "From",
    "Sender",
    "Reply-To",
    "To",
    "Cc",
    "Bcc",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Importance",
    "Keywords",
    "Thread-Index",
    "Thread-Topic",
];

/// The message in RFC 5322 and MIME. Fields that the message only carries along (`Received`,
/// `List-Id`, …) keep their order before the others. Repeatable: equal messages, equal bytes.
pub fn write(message: &NewMessage) -> Vec<u8> {
    let boundaries = Boundaries::of(message);
    let builder = MessageBuilder {
        headers: headers(message).into_iter().map(|(name, value)| (name.into(), value)).collect(),
        ..MessageBuilder::new()
    };
    let mut bytes = Vec::new();
    builder.body(body(message, &boundaries)).serialize(&mut bytes);
    bytes
}

fn headers(message: &NewMessage) -> Vec<(String, HeaderType<'_>)> {
    let mut fields: Vec<(String, HeaderType<'_>)> = message
        .internet_message_headers
        .iter()
        .filter(|(name, _)| {
            is_field_name(name)
                && !is_of_body(name)
                && !OWN.iter().any(|own| own.eq_ignore_ascii_case(name))
        })
        .map(|(name, value)| (name.clone(), Text::new(value.as_str()).into()))
        .collect();
    let mut put = |name: &str, value: HeaderType<'static>| fields.push((name.to_owned(), value));
    let lists = [("To", &message.to), ("Cc", &message.cc), ("Bcc", &message.bcc)];
    for (name, one) in [("From", &message.from), ("Sender", &message.sender)] {
        if let Some(one) = one {
            put(name, address(one).into());
        }
    }
    for (name, list) in lists.into_iter().chain([("Reply-To", &message.reply_to)]) {
        if !list.is_empty() {
            let list = list.iter().map(address).collect::<Vec<_>>();
            put(name, OutAddress::new_list(list).into());
        }
    }
    put("Subject", Text::new(message.subject.clone()).into());
    let topic = super::conversation_topic(&message.subject).to_owned();
    put("Thread-Topic", Text::new(topic).into());
    if !message.conversation_index.is_empty() {
        put("Thread-Index", Raw::new(STANDARD.encode(&message.conversation_index)).into());
    }
    let sent = message.sent_ms.or(message.received_ms).unwrap_or_default();
    put("Date", Date::new(sent.div_euclid(1_000)).into());
    let own_id = message.internet_message_id.clone().unwrap_or_else(|| made_up_id(message));
    put("Message-ID", ids([own_id.as_str()]).into());
    if !message.references.is_empty() {
        put("References", ids(message.references.iter().map(String::as_str)).into());
    }
    if let Some(id) = &message.in_reply_to {
        put("In-Reply-To", ids([id.as_str()]).into());
    }
    match message.importance {
        Importance::Normal => {}
        other => put("Importance", Raw::new(other.as_str()).into()),
    }
    if !message.categories.is_empty() {
        put("Keywords", Raw::new(keywords::write(&message.categories)).into());
    }
    fields
}

/// A name that cannot break out of its line.
fn is_field_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':')
}

fn address(one: &Address) -> OutAddress<'static> {
    let name = Some(one.name.clone()).filter(|name| !name.is_empty());
    OutAddress::new_address(name, one.address.clone())
}

fn ids<'a>(list: impl IntoIterator<Item = &'a str>) -> MessageId<'static> {
    let bare = |id: &str| {
        let kept: String = id.chars().filter(|c| !c.is_whitespace()).collect();
        kept.trim_start_matches('<').trim_end_matches('>').to_owned()
    };
    MessageId::new_list(list.into_iter().map(bare))
}

fn made_up_id(message: &NewMessage) -> String {
    format!("<{}@earmark.invalid>", Boundaries::of(message).seed)
}

fn body<'a>(message: &'a NewMessage, boundaries: &Boundaries) -> MimePart<'a> {
    let kind = match message.body.content_type {
        BodyType::Html => "text/html",
        BodyType::Text => "text/plain",
    };
    let text = MimePart::new(
        ContentType::new(kind).attribute("charset", "utf-8"),
        BodyPart::Text(message.body.content.as_str().into()),
    );
    let (inline, beside): (Vec<_>, Vec<_>) =
        message.attachments.iter().partition(|one| one.is_inline && !one.item);
    let shown = match inline.is_empty() {
        true => text,
        false => boundaries.multipart("related", text, &inline),
    };
    match beside.is_empty() {
        true => shown,
        false => boundaries.multipart("mixed", shown, &beside),
    }
}

fn part(one: &NewAttachment) -> MimePart<'_> {
    if one.item {
        // An attached message may not be encoded.
        return MimePart::new(ContentType::new("message/rfc822"), &one.content[..])
            .header("Content-Disposition", ContentType::new("attachment"))
            .transfer_encoding("8bit");
    }
    let is_media_type = one.content_type.split('/').count() == 2
        && one.content_type.bytes().all(|byte| byte.is_ascii_graphic() && byte != b';');
    let kind = if is_media_type { one.content_type.as_str() } else { "application/octet-stream" };
    let mut content_type = ContentType::new(kind);
    let mut disposition = ContentType::new(if one.is_inline { "inline" } else { "attachment" });
    if !one.name.is_empty() {
        content_type = content_type.attribute("name", one.name.as_str());
        disposition = disposition.attribute("filename", one.name.as_str());
    }
    // Base64 for text as well: the bytes come back as they are.
    let mut part = MimePart::raw(BodyPart::Text(encoded(&one.content).into()))
        .header("Content-Type", content_type)
        .header("Content-Disposition", disposition)
        .transfer_encoding("base64");
    if let Some(id) = &one.content_id {
        part = part.cid(id.as_str());
    }
    part
}

fn encoded(content: &[u8]) -> String {
    let packed = STANDARD.encode(content);
    let mut lines = String::with_capacity(packed.len() + packed.len() / 38 + 2);
    for (place, c) in packed.chars().enumerate() {
        if place > 0 && place % 76 == 0 {
            lines.push_str("\r\n");
        }
        lines.push(c);
    }
    lines
}

/// Boundaries that depend on the message alone.
struct Boundaries {
    seed: String,
}

impl Boundaries {
    fn of(message: &NewMessage) -> Self {
        let mut hash = Sha256::new();
        hash.update(message.internet_message_id.as_deref().unwrap_or_default());
        hash.update(&message.body.content);
        hash.update(&message.subject);
        for one in &message.attachments {
            hash.update(&one.content);
        }
        let digest = hash.finalize();
        Self { seed: digest[..12].iter().map(|byte| format!("{byte:02x}")).collect() }
    }

    fn multipart<'a>(
        &self,
        subtype: &str,
        first: MimePart<'a>,
        others: &[&'a NewAttachment],
    ) -> MimePart<'a> {
        let mut parts = vec![first];
        parts.extend(others.iter().map(|one| part(one)));
        let kind = ContentType::new(format!("multipart/{subtype}"))
            .attribute("boundary", format!("_{subtype}_{}_", self.seed));
        MimePart::new(kind, BodyPart::Multipart(parts))
    }
}
