//! Putting messages into a mailbox, one or thousands in a transaction.

use super::{
    attachment, fold,
    handle::conversation_id,
    item::Recipients,
    message::{Address, NewMessage},
    user, whole_seconds,
};
use crate::{error::Refusal, mime, preview};
use earmark_sqlite::rusqlite::{OptionalExtension, Transaction, params};
use sha2::{Digest, Sha256};

/// Units: messages that are looked up to find the conversation of a new one.
const RELATIVES_MAX: usize = 16;

/// Where a message goes, and as what.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// The user's row.
    pub user: i64,
    /// The folder's row.
    pub folder: i64,
    /// Units: milliseconds since the epoch.
    pub now_ms: i64,
}

/// Puts one message into a folder; the answer is its row.
pub fn insert(tx: &Transaction<'_>, place: Place, message: &NewMessage) -> Result<i64, Refusal> {
    let at = user::take_sequence(tx, place.user, 1)?;
    insert_at(tx, place, message, at)
}

/// Puts one message into a folder at a change that was taken before.
pub fn insert_at(
    tx: &Transaction<'_>,
    place: Place,
    message: &NewMessage,
    at: i64,
) -> Result<i64, Refusal> {
    let categories = distinct(&message.categories);
    let row = insert_row(tx, place, message, at, &categories)?;
    tx.prepare_cached(
        "INSERT INTO body (message, content_type, content, headers) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute(params![
        row,
        message.body.content_type.as_str(),
        message.body.content,
        json(&message.internet_message_headers)
    ])?;
    put_categories(tx, place.user, row, &categories)?;
    for new in &message.attachments {
        attachment::insert(tx, row, place.now_ms, new)?;
    }
    Ok(row)
}

/// The row of the message itself.
fn insert_row(
    tx: &Transaction<'_>,
    place: Place,
    message: &NewMessage,
    at: i64,
    categories: &[String],
) -> Result<i64, Refusal> {
    let received = message.received_ms.or(message.sent_ms).unwrap_or(place.now_ms);
    let recipients = Recipients {
        to: message.to.clone(),
        cc: message.cc.clone(),
        bcc: message.bcc.clone(),
        reply_to: message.reply_to.clone(),
    };
    let attached = message.attachments.iter().any(|attachment| !attachment.is_inline);
    let class = if message.message_class.is_empty() { "IPM.Note" } else { &message.message_class };
    let index = mime::conversation_index(message, received);
    // An imported message may have none; then it has none here either.
    let internet_id = message.internet_message_id.clone().unwrap_or_default();
    let from = message.from.as_ref();
    let sender = message.sender.as_ref().or(from);
    tx.prepare_cached(
        "INSERT INTO message (user, folder, created_at, version, changed, entered, created_ms,
           modified_ms, received_ms, sent_ms, subject, preview, from_name, from_address,
           sender_name, sender_address, recipients, internet_message_id, in_reply_to,
           reference_ids, conversation_id, conversation_index, importance, is_read, is_draft,
           read_receipt, delivery_receipt, has_attachments, flag, inference, class, size,
           categories)
         VALUES (?1, ?2, ?3, ?3, ?3, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15,
           ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, 'focused', ?27, ?28, ?29)",
    )?
    .execute(params![
        place.user,
        place.folder,
        at,
        whole_seconds(message.created_ms.unwrap_or(place.now_ms)),
        whole_seconds(place.now_ms),
        whole_seconds(received),
        whole_seconds(message.sent_ms.unwrap_or(received)),
        message.subject,
        preview::of_body(&message.body),
        from.map(shown_name),
        from.map(|from| from.address.as_str()),
        sender.map(shown_name),
        sender.map(|sender| sender.address.as_str()),
        json(&recipients),
        internet_id,
        message.in_reply_to,
        json(&message.references),
        conversation_of(tx, message, &internet_id, at)?,
        index,
        message.importance.as_str(),
        message.is_read,
        message.is_draft,
        message.is_read_receipt_requested,
        message.is_delivery_receipt_requested,
        attached,
        r#"{"flagStatus":"notFlagged"}"#,
        class,
        i64::try_from(size_of(message)).unwrap_or(i64::MAX),
        json(&categories),
    ])?;
    Ok(tx.last_insert_rowid())
}

/// Replaces the rows by which items are found by category.
pub(crate) fn put_categories(
    tx: &Transaction<'_>,
    user: i64,
    message: i64,
    names: &[String],
) -> Result<(), Refusal> {
    let mut statement = tx.prepare_cached(
        "INSERT INTO message_category (message, user, folded, name) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for name in names {
        statement.execute(params![message, user, fold(name), name])?;
    }
    Ok(())
}

/// The names without those that differ only in case from one before, and without empty ones.
pub(crate) fn distinct(names: &[String]) -> Vec<String> {
    let mut seen = std::collections::BTreeSet::new();
    names
        .iter()
        .filter(|name| !name.trim().is_empty() && seen.insert(fold(name)))
        .cloned()
        .collect()
}

pub(crate) fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("plain lists and records always serialize")
}

/// Units: bytes.
pub(crate) fn size_of(message: &NewMessage) -> u64 {
    if message.raw_size > 0 {
        return message.raw_size;
    }
    let attached: usize = message.attachments.iter().map(|one| one.content.len()).sum();
    u64::try_from(message.body.content.len() + attached + 1024).unwrap_or(u64::MAX)
}

/// The conversation of a message: that of another copy of it or of a message that it answers,
/// in any mailbox, else what it says itself. So it is the same wherever a copy is.
fn conversation_of(
    tx: &Transaction<'_>,
    message: &NewMessage,
    internet_id: &str,
    at: i64,
) -> Result<String, Refusal> {
    let mut statement = tx.prepare_cached(
        "SELECT conversation_id FROM message WHERE internet_message_id = ?1 LIMIT 1",
    )?;
    let answered = message.in_reply_to.iter().chain(message.references.iter().rev());
    let relatives = std::iter::once(internet_id).chain(answered.map(String::as_str));
    let relatives = relatives.filter(|id| !id.is_empty());
    for id in relatives.take(RELATIVES_MAX) {
        if let Some(found) = statement.query_row([id], |row| row.get(0)).optional()? {
            return Ok(found);
        }
    }
    let key = match mime::thread_key(message) {
        key if key.is_empty() => format!("{internet_id}/{at}"),
        key => key,
    };
    let digest = Sha256::digest(key.as_bytes());
    let mut short = [0; 16];
    short.copy_from_slice(&digest[..16]);
    Ok(conversation_id(short))
}

fn shown_name(address: &Address) -> &str {
    if address.name.is_empty() { &address.address } else { &address.name }
}
