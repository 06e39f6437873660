//! What can stand in a rule, member by member.

use super::{
    render::recipient,
    request::{member, optional_bool},
    write::{one_of, recipients, texts},
};
use crate::error::Refusal;
use serde_json::{Map, Value, json};

/// What the value of a member is.
#[derive(Debug, Clone, Copy)]
enum Shape {
    Texts,
    Recipients,
    Bool,
    Word(&'static [&'static str]),
    /// Units of both ends: kilobytes.
    SizeRange,
    Folder,
    /// Documented, and beyond what a message of the sandbox can tell.
    Unanswerable,
}

const IMPORTANCE: Shape = Shape::Word(&["low", "normal", "high"]);
const SENSITIVITY: Shape = Shape::Word(&["normal", "personal", "private", "confidential"]);
const ACTION_FLAG: Shape = Shape::Word(&[
    "any",
    "call",
    "doNotForward",
    "followUp",
    "fyi",
    "forward",
    "noResponseNecessary",
    "read",
    "reply",
    "replyToAll",
    "review",
]);

/// Source: the messageRulePredicates resource.
const PREDICATES: &[(&str, Shape)] = &[
    ("bodyContains", Shape::Texts),
    ("bodyOrSubjectContains", Shape::Texts),
    ("categories", Shape::Texts),
    ("fromAddresses", Shape::Recipients),
    ("hasAttachments", Shape::Bool),
    ("headerContains", Shape::Texts),
    ("importance", IMPORTANCE),
    ("isApprovalRequest", Shape::Unanswerable),
    ("isAutomaticForward", Shape::Bool),
    ("isAutomaticReply", Shape::Bool),
    ("isEncrypted", Shape::Bool),
    ("isMeetingRequest", Shape::Bool),
    ("isMeetingResponse", Shape::Bool),
    ("isNonDeliveryReport", Shape::Bool),
    ("isPermissionControlled", Shape::Bool),
    ("isReadReceipt", Shape::Bool),
    ("isSigned", Shape::Bool),
    ("isVoicemail", Shape::Bool),
    ("messageActionFlag", ACTION_FLAG),
    ("notSentToMe", Shape::Bool),
    ("recipientContains", Shape::Texts),
    ("senderContains", Shape::Texts),
    ("sensitivity", SENSITIVITY),
    ("sentCcMe", Shape::Bool),
    ("sentOnlyToMe", Shape::Bool),
    ("sentToAddresses", Shape::Recipients),
    ("sentToMe", Shape::Bool),
    ("sentToOrCcMe", Shape::Bool),
    ("subjectContains", Shape::Texts),
    ("withinSizeRange", Shape::SizeRange),
];

/// Source: the messageRuleActions resource.
const ACTIONS: &[(&str, Shape)] = &[
    ("assignCategories", Shape::Texts),
    ("copyToFolder", Shape::Folder),
    ("delete", Shape::Bool),
    ("forwardAsAttachmentTo", Shape::Recipients),
    ("forwardTo", Shape::Recipients),
    ("markAsRead", Shape::Bool),
    ("markImportance", IMPORTANCE),
    ("moveToFolder", Shape::Folder),
    ("permanentDelete", Shape::Bool),
    ("redirectTo", Shape::Recipients),
    ("stopProcessingRules", Shape::Bool),
];

/// The members of `conditions` or `exceptions`, in their documented spelling.
///
/// Errors: 400 naming the member that is unknown, of another type, or beyond the sandbox.
pub(crate) fn predicates(part: &str, value: &Value) -> Result<Map<String, Value>, Refusal> {
    read(part, value, PREDICATES, &|_| Err(Refusal::malformed_id()))
}

/// The members of `actions`, in their documented spelling; `folder` answers the id of a folder
/// that is there.
///
/// Errors: as [`predicates`]; 400 when nothing is to be done.
pub(crate) fn actions(
    value: &Value,
    folder: &dyn Fn(&str) -> Result<String, Refusal>,
) -> Result<Map<String, Value>, Refusal> {
    let members = read("actions", value, ACTIONS, folder)?;
    if members.is_empty() {
        return Err(Refusal::invalid_member("actions", "A rule needs at least one action."));
    }
    Ok(members)
}

fn read(
    part: &str,
    value: &Value,
    known: &[(&'static str, Shape)],
    folder: &dyn Fn(&str) -> Result<String, Refusal>,
) -> Result<Map<String, Value>, Refusal> {
    let object = value
        .as_object()
        .ok_or_else(|| Refusal::invalid_member(part, format!("'{part}' must be an object.")))?;
    let mut members = Map::new();
    for (written, value) in object.iter().filter(|(name, _)| !name.contains('@')) {
        let found = known.iter().find(|(name, _)| name.eq_ignore_ascii_case(written));
        let Some((name, shape)) = found else { return Err(unknown(part, written)) };
        if !value.is_null() {
            let read = shaped(*shape, object, name, value, folder);
            let read = read.map_err(|refusal| refusal.about(&format!("{part}/{name}")))?;
            members.insert((*name).to_owned(), read);
        }
    }
    Ok(members)
}

fn shaped(
    shape: Shape,
    object: &Map<String, Value>,
    name: &str,
    value: &Value,
    folder: &dyn Fn(&str) -> Result<String, Refusal>,
) -> Result<Value, Refusal> {
    let whole = Value::Object(object.clone());
    let word = || {
        value
            .as_str()
            .ok_or_else(|| Refusal::invalid_member(name, format!("'{name}' must be a string.")))
    };
    Ok(match shape {
        Shape::Texts => {
            let texts = texts(&whole, name)?.unwrap_or_default();
            if texts.iter().any(|text| text.trim().is_empty()) {
                let line = format!("'{name}' must not have empty strings.");
                return Err(Refusal::invalid_member(name, line));
            }
            json!(texts)
        }
        Shape::Recipients => {
            let list = recipients(&whole, name)?.unwrap_or_default();
            list.iter().map(|one| recipient(Some(one))).collect()
        }
        Shape::Bool => json!(optional_bool(&whole, name)?.unwrap_or(false)),
        Shape::Word(words) => json!(one_of(name, word()?, words)?),
        Shape::SizeRange => size_range(name, value)?,
        Shape::Folder => json!(folder(word()?)?),
        Shape::Unanswerable => {
            return Err(Refusal::new(
                400,
                "ErrorNotSupported",
                format!("'{name}' is not supported here: messages of this server never have it."),
            ));
        }
    })
}

fn size_range(name: &str, value: &Value) -> Result<Value, Refusal> {
    let end = |end: &str| {
        let number = member(value, end);
        let whole = number.map(|number| number.as_i64().filter(|size| *size >= 0));
        whole.map(|size| {
            size.ok_or_else(|| {
                Refusal::invalid_member(name, format!("'{end}' must be a number from 0 up."))
            })
        })
    };
    let (least, most) = (end("minimumSize").transpose()?, end("maximumSize").transpose()?);
    if least.unwrap_or(0) > most.unwrap_or(i64::MAX) {
        let line = "'minimumSize' must not be larger than 'maximumSize'.";
        return Err(Refusal::invalid_member(name, line));
    }
    let mut range = Map::new();
    for (name, size) in [("minimumSize", least), ("maximumSize", most)] {
        range.extend(size.map(|size| (name.to_owned(), json!(size))));
    }
    Ok(Value::Object(range))
}

fn unknown(part: &str, name: &str) -> Refusal {
    let kind = if part == "actions" { "MessageRuleActions" } else { "MessageRulePredicates" };
    Refusal::new(
        400,
        "RequestBodyRead",
        format!("The property '{name}' does not exist on type 'Microsoft.OutlookServices.{kind}'. Make sure to only use property names that are defined by the type."),
    )
    .about(&format!("{part}/{name}"))
}
