//! `translateExchangeIds`: from one form of an id to another.

use super::request::{Reply, Request, member, text_member};
use crate::{
    error::Refusal,
    store::{
        handle::{IdKind, event_id, message_id, parse_event_id, parse_message_id},
        handle_tasks,
        user::User,
    },
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};

/// Units: ids in one request. Source: the documents.
const IDS_MAX: usize = 1_000;

/// The forms of an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Entry,
    Ews,
    ImmutableEntry,
    Rest,
    RestImmutable,
}

impl Form {
    fn parse(name: &str, word: &str) -> Result<Self, Refusal> {
        Ok(match word.to_ascii_lowercase().as_str() {
            "entryid" => Self::Entry,
            "ewsid" => Self::Ews,
            "immutableentryid" => Self::ImmutableEntry,
            "restid" => Self::Rest,
            "restimmutableentryid" => Self::RestImmutable,
            _ => {
                return Err(Refusal::invalid_member(
                    name,
                    format!("Requested value '{word}' was not found."),
                ));
            }
        })
    }

    /// The form that the face itself uses.
    fn to_rest(self, id: &str) -> Option<String> {
        match self {
            Self::Rest | Self::RestImmutable => Some(id.to_owned()),
            Self::Ews => STANDARD.decode(id).ok().map(|bytes| URL_SAFE.encode(bytes)),
            Self::Entry | Self::ImmutableEntry => {
                entry_bytes(id).map(|bytes| URL_SAFE.encode(bytes))
            }
        }
    }

    fn of_rest(self, id: &str) -> Option<String> {
        match self {
            Self::Rest | Self::RestImmutable => Some(id.to_owned()),
            Self::Ews => URL_SAFE.decode(id).ok().map(|bytes| STANDARD.encode(bytes)),
            Self::Entry | Self::ImmutableEntry => {
                URL_SAFE.decode(id).ok().map(|bytes| entry_text(&bytes))
            }
        }
    }

    const fn kind(self) -> IdKind {
        match self {
            Self::Entry | Self::Ews | Self::Rest => IdKind::Default,
            Self::ImmutableEntry | Self::RestImmutable => IdKind::Immutable,
        }
    }
}

/// An entry id as it is written: base64 for addresses, and in place of the padding the number of
/// signs that it would have. Source: the documents of translateExchangeIds.
fn entry_text(bytes: &[u8]) -> String {
    let padding = (3 - bytes.len() % 3) % 3;
    format!("{}{padding}", URL_SAFE_NO_PAD.encode(bytes))
}

fn entry_bytes(text: &str) -> Option<Vec<u8>> {
    let (packed, _) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let bytes = URL_SAFE_NO_PAD.decode(packed).ok()?;
    (entry_text(&bytes) == text).then_some(bytes)
}

/// Translates the ids of messages, events, tasks and contacts; an immutable id gives the default id
/// of where the item is now.
pub(crate) fn answer(
    tx: &earmark_sqlite::rusqlite::Transaction<'_>,
    request: &Request,
    user: &User,
) -> Result<Reply, Refusal> {
    let body = request.object(false)?;
    let source = Form::parse("sourceIdType", &text_member(&body, "sourceIdType")?)?;
    let target = Form::parse("targetIdType", &text_member(&body, "targetIdType")?)?;
    let ids = member(&body, "inputIds")
        .and_then(Value::as_array)
        .ok_or_else(|| Refusal::invalid_member("inputIds", "'inputIds' must be a list of ids."))?;
    if ids.len() > IDS_MAX {
        return Err(Refusal::invalid_member(
            "inputIds",
            format!("'inputIds' must not have more than {IDS_MAX} ids."),
        ));
    }
    let mut values = Vec::new();
    for id in ids {
        let id = id.as_str().unwrap_or_default();
        values.push(match translated(tx, user, id, source, target)? {
            Some(target) => json!({ "sourceId": id, "targetId": target }),
            None if request.quirks.translation_all_or_nothing => {
                return Err(Refusal::malformed_id().about("inputIds"));
            }
            None => json!({
                "sourceId": id,
                "targetId": null,
                "errorDetails": { "code": "ErrorInvalidIdMalformed", "message": "Id is malformed." },
            }),
        });
    }
    let context = request.context("Collection(microsoft.graph.convertIdResult)");
    Ok(Reply::json(200, json!({ "@odata.context": context, "value": values })))
}

/// Errors: only what the store refuses; an id that is none of ours is `None`.
fn translated(
    tx: &earmark_sqlite::rusqlite::Transaction<'_>,
    user: &User,
    id: &str,
    source: Form,
    target: Form,
) -> Result<Option<String>, Refusal> {
    let Some(rest) = source.to_rest(id) else { return Ok(None) };
    if let Ok((row, day)) = parse_event_id(user.guid, &rest) {
        return Ok(target.of_rest(&event_id(target.kind(), user.guid, row, day)));
    }
    let Ok(key) = parse_message_id(user.guid, &rest) else {
        let found = handle_tasks::translated(target.kind(), user.guid, &rest);
        return Ok(found.and_then(|rest| target.of_rest(&rest)));
    };
    let incarnation = match key.incarnation {
        Some(incarnation) => incarnation,
        None => match crate::store::item::get(tx, user.row, key) {
            Ok(item) => item.incarnation,
            Err(refusal) if refusal.status == 404 => return Ok(None),
            Err(refusal) => return Err(refusal),
        },
    };
    let rest = message_id(target.kind(), user.guid, key.row, incarnation);
    Ok(target.of_rest(&rest))
}
