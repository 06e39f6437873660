//! What bodies say about messages.

use super::{
    extensions,
    request::{Request, member, optional_bool, optional_text, text_member},
};
use crate::{
    error::Refusal,
    mime,
    store::{
        change::{Changes, DraftChanges},
        extended,
        extension::Extension,
        message::{Address, Body, BodyType, Importance, NewAttachment, NewMessage},
    },
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::header;
use serde_json::{Value, json};

/// Members that only the server sets. In a new message they count for nothing.
const READ_ONLY: &[&str] = &[
    "id",
    "createdDateTime",
    "lastModifiedDateTime",
    "changeKey",
    "receivedDateTime",
    "sentDateTime",
    "hasAttachments",
    "bodyPreview",
    "parentFolderId",
    "conversationId",
    "conversationIndex",
    "isDraft",
    "webLink",
    "uniqueBody",
    "meetingMessageType",
];

/// Members that can be written at any time. Source: the update operation.
const ANY_TIME: &[&str] = &[
    "categories",
    "flag",
    "importance",
    "inferenceClassification",
    "isRead",
    "singleValueExtendedProperties",
    "multiValueExtendedProperties",
];

/// Members that can be written while the message is a draft. Source: the update operation.
const WHILE_DRAFT: &[&str] = &[
    "subject",
    "body",
    "from",
    "sender",
    "toRecipients",
    "ccRecipients",
    "bccRecipients",
    "replyTo",
    "internetMessageId",
    "isReadReceiptRequested",
    "isDeliveryReceiptRequested",
];

/// Members that only a new message can have.
const AT_CREATION: &[&str] = &["internetMessageHeaders", "attachments", "extensions"];

/// Units: bytes of an attachment that is posted in one piece. Source: the documents.
pub(crate) const ATTACHMENT_MAX: usize = 3 * 1024 * 1024;

/// A new message from a body in JSON, or in base64 of RFC 5322 (`text/plain`); and what is set
/// once it is there.
pub(crate) fn new_message(request: &Request) -> Result<(NewMessage, Changes), Refusal> {
    if let Some(message) = from_mime(request)? {
        return Ok((message, Changes::default()));
    }
    message_of(&request.object(true)?)
}

/// The open extensions that a new message comes with.
pub(crate) fn extensions_of(request: &Request) -> Result<Vec<Extension>, Refusal> {
    if is_mime(request) { Ok(Vec::new()) } else { extensions::of_message(&request.object(true)?) }
}

fn is_mime(request: &Request) -> bool {
    let kind = request.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    kind.is_some_and(|kind| kind.to_ascii_lowercase().starts_with("text/plain"))
}

/// A message from a body in base64 of RFC 5322, when it is one.
pub(crate) fn from_mime(request: &Request) -> Result<Option<NewMessage>, Refusal> {
    if !is_mime(request) {
        return Ok(None);
    }
    let packed: Vec<u8> =
        request.body.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let raw = STANDARD.decode(packed).map_err(|_| {
        Refusal::new(
            400,
            "ErrorMimeContentInvalidBase64String",
            "Invalid base64 string for MIME content.",
        )
    })?;
    let message = mime::parse(&raw)
        .map_err(|error| Refusal::new(400, "ErrorMimeContentInvalid", error.to_string()))?;
    Ok(Some(message))
}

/// A message from its JSON form.
pub(crate) fn message_of(body: &Value) -> Result<(NewMessage, Changes), Refusal> {
    check_members(body, &[READ_ONLY, ANY_TIME, WHILE_DRAFT, AT_CREATION])?;
    let changes = changes_of(body)?;
    let draft = changes.draft.clone();
    let message = NewMessage {
        subject: draft.subject.unwrap_or_default(),
        body: draft.body.unwrap_or_default(),
        from: draft.from,
        sender: draft.sender,
        to: draft.to.unwrap_or_default(),
        cc: draft.cc.unwrap_or_default(),
        bcc: draft.bcc.unwrap_or_default(),
        reply_to: draft.reply_to.unwrap_or_default(),
        internet_message_id: draft.internet_message_id,
        internet_message_headers: headers(body)?,
        importance: changes.importance.as_deref().and_then(Importance::parse).unwrap_or_default(),
        is_read_receipt_requested: draft.read_receipt.unwrap_or(false),
        is_delivery_receipt_requested: draft.delivery_receipt.unwrap_or(false),
        categories: changes.categories.clone().unwrap_or_default(),
        attachments: attachments(body)?,
        ..NewMessage::default()
    };
    let later = Changes {
        flag: changes.flag,
        inference: changes.inference,
        extended: changes.extended,
        ..Changes::default()
    };
    Ok((message, later))
}

/// What a PATCH changes.
///
/// Errors: 400 when it names what cannot be changed, or cannot be changed any more.
pub(crate) fn changes(request: &Request, is_draft: bool) -> Result<Changes, Refusal> {
    let body = request.object(false)?;
    check_members(&body, &[READ_ONLY, ANY_TIME, WHILE_DRAFT])?;
    for name in body.as_object().into_iter().flatten().map(|(name, _)| name) {
        let is = |list: &[&str]| list.iter().any(|known| known.eq_ignore_ascii_case(name));
        if is(READ_ONLY) || (is(WHILE_DRAFT) && !is_draft) {
            return Err(Refusal::new(
                400,
                "ErrorInvalidPropertySet",
                format!("The property '{name}' is read-only and cannot be set."),
            )
            .about(name));
        }
    }
    changes_of(&body)
}

fn changes_of(body: &Value) -> Result<Changes, Refusal> {
    let importance = optional_text(body, "importance")?
        .map(|word| {
            Importance::parse(&word).map(|importance| importance.as_str().to_owned()).ok_or_else(
                || {
                    Refusal::invalid_member(
                        "importance",
                        format!("Requested value '{word}' was not found."),
                    )
                },
            )
        })
        .transpose()?;
    let inference = optional_text(body, "inferenceClassification")?
        .map(|word| one_of("inferenceClassification", &word, &["focused", "other"]))
        .transpose()?;
    Ok(Changes {
        categories: texts(body, "categories")?,
        flag: flag(body)?,
        importance,
        inference,
        is_read: optional_bool(body, "isRead")?,
        extended: extended_of(body)?,
        draft: draft_of(body)?,
    })
}

fn draft_of(body: &Value) -> Result<DraftChanges, Refusal> {
    Ok(DraftChanges {
        subject: optional_text(body, "subject")?,
        body: member(body, "body").map(body_of).transpose()?,
        from: member(body, "from").map(|value| recipient("from", value)).transpose()?,
        sender: member(body, "sender").map(|value| recipient("sender", value)).transpose()?,
        to: recipients(body, "toRecipients")?,
        cc: recipients(body, "ccRecipients")?,
        bcc: recipients(body, "bccRecipients")?,
        reply_to: recipients(body, "replyTo")?,
        internet_message_id: optional_text(body, "internetMessageId")?,
        read_receipt: optional_bool(body, "isReadReceiptRequested")?,
        delivery_receipt: optional_bool(body, "isDeliveryReceiptRequested")?,
    })
}

/// An attachment from its JSON form.
pub(crate) fn attachment(value: &Value) -> Result<NewAttachment, Refusal> {
    let kind = value.get("@odata.type").and_then(Value::as_str).unwrap_or_default();
    let kind = kind.trim_start_matches('#').to_ascii_lowercase();
    match kind.as_str() {
        "microsoft.graph.itemattachment" => {
            let item = member(value, "item")
                .ok_or_else(|| Refusal::invalid_member("item", "'item' is required."))?;
            let (message, _) = message_of(&without_type(item))?;
            Ok(NewAttachment {
                name: text_member(value, "name")?,
                content_type: "message/rfc822".to_owned(),
                is_inline: optional_bool(value, "isInline")?.unwrap_or(false),
                content_id: None,
                content: mime::write(&message).into(),
                item: true,
            })
        }
        "microsoft.graph.fileattachment" | "" => {
            let name = text_member(value, "name")?;
            let packed = text_member(value, "contentBytes")?;
            let content = STANDARD.decode(packed.trim()).map_err(|_| {
                Refusal::invalid_member("contentBytes", "'contentBytes' must be base64.")
            })?;
            Ok(NewAttachment {
                content_type: optional_text(value, "contentType")?
                    .unwrap_or_else(|| "application/octet-stream".to_owned()),
                name,
                is_inline: optional_bool(value, "isInline")?.unwrap_or(false),
                content_id: optional_text(value, "contentId")?,
                content: content.into(),
                item: false,
            })
        }
        other => Err(Refusal::invalid_member(
            "@odata.type",
            format!(
                "Attachments of type '{other}' are not supported here; use fileAttachment or itemAttachment."
            ),
        )),
    }
}

fn without_type(value: &Value) -> Value {
    let mut value = value.clone();
    if let Some(members) = value.as_object_mut() {
        members.retain(|name, _| !name.starts_with('@'));
    }
    value
}

fn attachments(body: &Value) -> Result<Vec<NewAttachment>, Refusal> {
    let Some(list) = member(body, "attachments") else { return Ok(Vec::new()) };
    list.as_array()
        .ok_or_else(|| Refusal::invalid_member("attachments", "'attachments' must be a list."))?
        .iter()
        .map(attachment)
        .collect()
}

/// A body from its JSON form.
pub(crate) fn body_of(value: &Value) -> Result<Body, Refusal> {
    let content_type = match optional_text(value, "contentType")? {
        None => BodyType::Text,
        Some(word) => BodyType::parse(&word).ok_or_else(|| {
            Refusal::invalid_member(
                "contentType",
                format!("Requested value '{word}' was not found; use text or html."),
            )
        })?,
    };
    Ok(Body { content_type, content: optional_text(value, "content")?.unwrap_or_default() })
}

/// A list of recipients, when the body has it.
pub(crate) fn recipients(body: &Value, name: &str) -> Result<Option<Vec<Address>>, Refusal> {
    let Some(list) = member(body, name) else { return Ok(None) };
    let list = list
        .as_array()
        .ok_or_else(|| Refusal::invalid_member(name, format!("'{name}' must be a list.")))?;
    list.iter().map(|value| recipient(name, value)).collect::<Result<_, _>>().map(Some)
}

pub(crate) fn recipient(name: &str, value: &Value) -> Result<Address, Refusal> {
    let email = member(value, "emailAddress").ok_or_else(|| {
        Refusal::invalid_member(
            name,
            format!("'{name}' needs an 'emailAddress' with an 'address'."),
        )
    })?;
    Ok(Address {
        name: optional_text(email, "name")?.unwrap_or_default(),
        address: text_member(email, "address")?,
    })
}

fn headers(body: &Value) -> Result<Vec<(String, String)>, Refusal> {
    let Some(list) = member(body, "internetMessageHeaders") else { return Ok(Vec::new()) };
    let mut headers = Vec::new();
    for one in list.as_array().into_iter().flatten() {
        let name = text_member(one, "name")?;
        if !name.to_ascii_lowercase().starts_with("x-") {
            return Err(Refusal::new(
                400,
                "InvalidInternetMessageHeader",
                format!(
                    "The internet message header name '{name}' should start with 'x-' or 'X-'."
                ),
            )
            .about("internetMessageHeaders"));
        }
        headers.push((name, text_member(one, "value")?));
    }
    Ok(headers)
}

/// A list of texts, when the body has it.
pub(crate) fn texts(body: &Value, name: &str) -> Result<Option<Vec<String>>, Refusal> {
    let Some(list) = member(body, name) else { return Ok(None) };
    let invalid = || Refusal::invalid_member(name, format!("'{name}' must be a list of strings."));
    list.as_array()
        .ok_or_else(invalid)?
        .iter()
        .map(|one| one.as_str().map(str::to_owned).ok_or_else(invalid))
        .collect::<Result<_, _>>()
        .map(Some)
}

fn flag(body: &Value) -> Result<Option<Value>, Refusal> {
    let Some(flag) = member(body, "flag") else { return Ok(None) };
    let word = optional_text(flag, "flagStatus")?.unwrap_or_else(|| "notFlagged".to_owned());
    let status = one_of("flagStatus", &word, &["notFlagged", "complete", "flagged"])?;
    let mut kept = json!({ "flagStatus": status });
    for name in ["startDateTime", "dueDateTime", "completedDateTime"] {
        if let Some(value) = member(flag, name).filter(|value| value.is_object()) {
            let zone = optional_text(value, "timeZone")?.unwrap_or_else(|| "UTC".to_owned());
            kept[name] = json!({ "dateTime": text_member(value, "dateTime")?, "timeZone": zone });
        }
    }
    Ok(Some(kept))
}

/// Extended properties by normal id; the value of one with several is a list in JSON.
pub(crate) fn extended_of(body: &Value) -> Result<Vec<(String, String)>, Refusal> {
    let list = |name: &str| member(body, name).and_then(Value::as_array).into_iter().flatten();
    let mut values = Vec::new();
    for one in list("singleValueExtendedProperties") {
        values.push((property_id(one, false)?, text_member(one, "value")?));
    }
    for one in list("multiValueExtendedProperties") {
        let several = texts(one, "value")?
            .ok_or_else(|| Refusal::invalid_member("value", "'value' is required."))?;
        values.push((property_id(one, true)?, json!(several).to_string()));
    }
    Ok(values)
}

fn property_id(one: &Value, several: bool) -> Result<String, Refusal> {
    let id = extended::normal(&text_member(one, "id")?)?;
    if extended::is_several(&id) == several {
        return Ok(id);
    }
    Err(Refusal::invalid_member("id", format!("'{id}' is not of the type that this list takes.")))
}

pub(crate) fn one_of(name: &str, word: &str, known: &[&str]) -> Result<String, Refusal> {
    known.iter().find(|one| one.eq_ignore_ascii_case(word)).map(|one| (*one).to_owned()).ok_or_else(
        || Refusal::invalid_member(name, format!("Requested value '{word}' was not found.")),
    )
}

fn check_members(body: &Value, known: &[&[&str]]) -> Result<(), Refusal> {
    for name in body.as_object().into_iter().flatten().map(|(name, _)| name) {
        let is_known = name.contains('@')
            || known.iter().any(|list| list.iter().any(|one| one.eq_ignore_ascii_case(name)));
        if !is_known {
            return Err(Refusal::new(
                400,
                "RequestBodyRead",
                format!("The property '{name}' does not exist on type 'Microsoft.OutlookServices.Message'. Make sure to only use property names that are defined by the type."),
            )
            .about(name));
        }
    }
    Ok(())
}
