//! The body that is shown, and everything else as attachments.

use super::{parse::PARSER, shield};
use crate::store::message::{Body, BodyType, NewAttachment, NewMessage};
use bytes::Bytes;
use mail_parser::{Encoding, HeaderName, Message, MessagePart, MimeHeaders, PartType};
use std::{borrow::Cow, collections::BTreeSet};

/// Fills in body and attachments.
pub(super) fn fill(message: &mut NewMessage, parsed: &Message<'_>) {
    let digested = digested(parsed);
    let shown = shown(parsed, &digested);
    message.body = body(parsed, &shown);
    let others = parsed.attachments.iter().filter(|id| !shown.contains(id));
    let ids: BTreeSet<u32> = others.chain(&digested).copied().collect();
    message.attachments = ids
        .into_iter()
        .filter_map(|id| {
            let part = parsed.part(id)?;
            Some(if digested.contains(&id) {
                item(part, whole_part(parsed, part))
            } else {
                attachment(part)
            })
        })
        .collect();
}

/// The parts of a digest that say nothing else are messages.
fn digested(parsed: &Message<'_>) -> BTreeSet<u32> {
    parsed
        .parts
        .iter()
        .filter(|part| part.is_content_type("multipart", shield::DIGEST))
        .filter_map(|part| part.sub_parts())
        .flatten()
        .filter(|id| parsed.part(**id).is_some_and(|part| part.content_type().is_none()))
        .copied()
        .collect()
}

/// The parts that are the body: the HTML ones where there is one, else the text ones.
fn shown(parsed: &Message<'_>, digested: &BTreeSet<u32>) -> Vec<u32> {
    let is_html =
        |id: &&u32| matches!(parsed.part(**id).map(|part| &part.body), Some(PartType::Html(_)));
    let list = if parsed.html_body.iter().any(|id| is_html(&id)) {
        &parsed.html_body
    } else {
        &parsed.text_body
    };
    let is_text = |id: &&u32| {
        parsed
            .part(**id)
            .is_some_and(|part| matches!(part.body, PartType::Html(_) | PartType::Text(_)))
    };
    let shown: Vec<u32> =
        list.iter().filter(is_text).filter(|id| !digested.contains(id)).copied().collect();
    // A multipart whose boundary never comes is one text.
    let is_unbounded = parsed.parts.len() == 1
        && parsed.root_part().content_type().is_some_and(|kind| kind.ctype() == "multipart");
    if shown.is_empty() && is_unbounded && is_text(&&0) { vec![0] } else { shown }
}

fn body(parsed: &Message<'_>, shown: &[u32]) -> Body {
    let parts: Vec<&MessagePart<'_>> = shown.iter().filter_map(|id| parsed.part(*id)).collect();
    let has_html = parts.iter().any(|part| matches!(part.body, PartType::Html(_)));
    let content_type = if has_html { BodyType::Html } else { BodyType::Text };
    let mut content = String::new();
    for part in parts {
        if !content.is_empty() {
            content.push_str(if has_html { "<br>" } else { "\r\n" });
        }
        match &part.body {
            PartType::Html(text) => content.push_str(&shield::unshield_text(text)),
            PartType::Text(text) if has_html => {
                content.push_str(&as_html(&shield::unshield_text(text)));
            }
            PartType::Text(text) => content.push_str(&shield::unshield_text(text)),
            _ => {}
        }
    }
    content.retain(|c| c != '\0');
    Body { content_type, content }
}

fn as_html(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '\n' => html.push_str("<br>\n"),
            '\r' => {}
            other => html.push(other),
        }
    }
    html
}

fn attachment(part: &MessagePart<'_>) -> NewAttachment {
    let content = content(part);
    if is_message(part) {
        return item(part, content);
    }
    let content_id = part.content_id().map(|id| id.trim_matches(['<', '>']).to_owned());
    let disposition = part.content_disposition();
    let is_inline = match disposition {
        Some(kind) => kind.is_inline() && content_id.is_some(),
        None => content_id.is_some(),
    };
    NewAttachment {
        name: part.attachment_name().map(one_line).unwrap_or_default(),
        content_type: content_type(part),
        is_inline,
        content_id,
        content: Bytes::from(content.into_owned()),
        item: false,
    }
}

/// An attached message, under its own subject.
fn item(part: &MessagePart<'_>, content: Cow<'_, [u8]>) -> NewAttachment {
    let name = PARSER
        .parse_headers(content.as_ref())
        .and_then(|inner| inner.subject().map(one_line))
        .or_else(|| part.attachment_name().map(one_line))
        .unwrap_or_default();
    NewAttachment {
        name,
        content_type: "message/rfc822".to_owned(),
        is_inline: false,
        content_id: None,
        content: Bytes::from(content.into_owned()),
        item: true,
    }
}

fn is_message(part: &MessagePart<'_>) -> bool {
    ["rfc822", "global"].iter().any(|subtype| part.is_content_type(shield::MESSAGE, subtype))
}

fn content<'a>(part: &'a MessagePart<'_>) -> Cow<'a, [u8]> {
    let bytes = match &part.body {
        PartType::Binary(bytes) | PartType::InlineBinary(bytes) => bytes.as_ref(),
        PartType::Text(text) | PartType::Html(text) => text.as_bytes(),
        PartType::Message(inner) => inner.raw_message.as_ref(),
        PartType::Multipart(_) => &[],
    };
    // What was encoded was not changed by the shield.
    if part.encoding == Encoding::Base64 { Cow::Borrowed(bytes) } else { shield::unshield(bytes) }
}

/// The bytes of a part that was parsed as something else than what it is.
fn whole_part<'a>(parsed: &'a Message<'_>, part: &MessagePart<'_>) -> Cow<'a, [u8]> {
    let bounds = part.offset_body as usize..part.offset_end as usize;
    shield::unshield(parsed.raw_message.get(bounds).unwrap_or_default())
}

fn content_type(part: &MessagePart<'_>) -> String {
    let known = part.content_type().and_then(|kind| {
        let whole = format!("{}/{}", kind.ctype(), kind.subtype()?).to_ascii_lowercase();
        Some(whole.replacen(shield::MESSAGE, "message", 1))
    });
    match (known, &part.body) {
        (Some(known), _) => known,
        (None, PartType::Text(_)) => "text/plain".to_owned(),
        (None, PartType::Html(_)) => "text/html".to_owned(),
        (None, _) => "application/octet-stream".to_owned(),
    }
}

fn one_line(text: &str) -> String {
    let kept: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    kept.trim().to_owned()
}

/// The fields that belong to the body, not to the message.
pub(super) fn is_of_body(name: &str) -> bool {
    let is = |known: &HeaderName<'_>| name.eq_ignore_ascii_case(known.as_str());
    name.to_ascii_lowercase().starts_with("content-") || is(&HeaderName::MimeVersion)
}
