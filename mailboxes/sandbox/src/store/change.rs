//! What can happen to a message that is in a mailbox: changes, moves, copies, deletions.

use super::{
    attachment, before, extended, extension, folder,
    insert::{distinct, json, put_categories},
    item::{self, Item, Recipients},
    message::{Address, Body},
    user, whole_seconds,
};
use crate::{error::Refusal, preview, quirks::Quirks};
use earmark_sqlite::rusqlite::{Transaction, params};
use serde_json::Value;

/// What a request changes; `None` and empty leave a member as it is.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Changes {
    /// All categories.
    pub categories: Option<Vec<String>>,
    /// The follow-up flag.
    pub flag: Option<Value>,
    /// The importance.
    pub importance: Option<String>,
    /// `focused` or `other`.
    pub inference: Option<String>,
    /// Read.
    pub is_read: Option<bool>,
    /// Extended properties by normal id.
    pub extended: Vec<(String, String)>,
    /// What only a draft lets itself be changed in.
    pub draft: DraftChanges,
}

/// What only a draft lets itself be changed in.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DraftChanges {
    /// The subject.
    pub subject: Option<String>,
    /// The body.
    pub body: Option<Body>,
    /// Who wrote it.
    pub from: Option<Address>,
    /// Who sends it.
    pub sender: Option<Address>,
    /// `To`.
    pub to: Option<Vec<Address>>,
    /// `Cc`.
    pub cc: Option<Vec<Address>>,
    /// `Bcc`.
    pub bcc: Option<Vec<Address>>,
    /// `Reply-To`.
    pub reply_to: Option<Vec<Address>>,
    /// `Message-ID`.
    pub internet_message_id: Option<String>,
    /// A read receipt is asked for.
    pub read_receipt: Option<bool>,
    /// A delivery receipt is asked for.
    pub delivery_receipt: Option<bool>,
}

/// The mailbox in which something happens, when, and how the server behaves.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// The user's row.
    pub user: i64,
    /// Units: milliseconds since the epoch.
    pub now_ms: i64,
    /// The behaviours.
    pub quirks: &'a Quirks,
}

/// Changes a message; the answer is how it then stands.
pub fn apply(
    tx: &Transaction<'_>,
    at: Setting<'_>,
    mut item: Item,
    changes: &Changes,
) -> Result<Item, Refusal> {
    let change = user::take_sequence(tx, at.user, 1)?;
    if at.quirks.stale_reads && changes.categories.is_some() {
        before::keep(tx, at, &item)?;
    }
    let only_read = *changes == Changes { is_read: changes.is_read, ..Changes::default() };
    let only_categories =
        *changes == Changes { categories: changes.categories.clone(), ..Changes::default() };
    let only_extended =
        *changes == Changes { extended: changes.extended.clone(), ..Changes::default() };
    if !only_extended {
        item.changed = change;
    }
    if !only_read || at.quirks.read_bumps_modified {
        item.version = change;
        if !only_categories || at.quirks.category_bumps_modified {
            item.modified_ms = whole_seconds(at.now_ms);
        }
    }
    merge(&mut item, changes);
    merge_draft(&mut item, &changes.draft);
    write(tx, &item)?;
    if changes.categories.is_some() {
        tx.prepare_cached("DELETE FROM message_category WHERE message = ?1")?
            .execute([item.row])?;
        put_categories(tx, at.user, item.row, &item.categories)?;
    }
    if let Some(body) = &changes.draft.body {
        tx.prepare_cached("UPDATE body SET content_type = ?2, content = ?3 WHERE message = ?1")?
            .execute(params![item.row, body.content_type.as_str(), body.content])?;
    }
    extended::put(tx, item.row, &changes.extended)?;
    Ok(item)
}

fn merge(item: &mut Item, changes: &Changes) {
    if let Some(categories) = &changes.categories {
        item.categories = distinct(categories);
    }
    if let Some(flag) = &changes.flag {
        item.flag = flag.clone();
    }
    if let Some(importance) = &changes.importance {
        item.importance.clone_from(importance);
    }
    if let Some(inference) = &changes.inference {
        item.inference.clone_from(inference);
    }
    item.is_read = changes.is_read.unwrap_or(item.is_read);
}

fn merge_draft(item: &mut Item, draft: &DraftChanges) {
    if let Some(subject) = &draft.subject {
        item.subject.clone_from(subject);
    }
    if let Some(body) = &draft.body {
        item.preview = preview::of_body(body);
    }
    if let Some(from) = &draft.from {
        item.from = Some(from.clone());
    }
    if let Some(sender) = &draft.sender {
        item.sender = Some(sender.clone());
    }
    let Recipients { to, cc, bcc, reply_to } = &mut item.recipients;
    for (list, new) in
        [(to, &draft.to), (cc, &draft.cc), (bcc, &draft.bcc), (reply_to, &draft.reply_to)]
    {
        if let Some(new) = new {
            list.clone_from(new);
        }
    }
    if let Some(id) = &draft.internet_message_id {
        item.internet_message_id.clone_from(id);
    }
    item.read_receipt = draft.read_receipt.unwrap_or(item.read_receipt);
    item.delivery_receipt = draft.delivery_receipt.unwrap_or(item.delivery_receipt);
}

fn write(tx: &Transaction<'_>, item: &Item) -> Result<(), Refusal> {
    tx.prepare_cached(
        "UPDATE message SET version = ?2, changed = ?3, modified_ms = ?4, subject = ?5,
           preview = ?6, from_name = ?7, from_address = ?8, sender_name = ?9,
           sender_address = ?10, recipients = ?11, internet_message_id = ?12, importance = ?13,
           is_read = ?14, read_receipt = ?15, delivery_receipt = ?16, flag = ?17,
           inference = ?18, categories = ?19
         WHERE id = ?1",
    )?
    .execute(params![
        item.row,
        item.version,
        item.changed,
        item.modified_ms,
        item.subject,
        item.preview,
        item.from.as_ref().map(|from| &from.name),
        item.from.as_ref().map(|from| &from.address),
        item.sender.as_ref().map(|sender| &sender.name),
        item.sender.as_ref().map(|sender| &sender.address),
        json(&item.recipients),
        item.internet_message_id,
        item.importance,
        item.is_read,
        item.read_receipt,
        item.delivery_receipt,
        item.flag.to_string(),
        item.inference,
        json(&item.categories),
    ])?;
    Ok(())
}

/// Moves a message to another folder; its default id changes.
pub fn move_to(
    tx: &Transaction<'_>,
    at: Setting<'_>,
    mut item: Item,
    to: i64,
) -> Result<Item, Refusal> {
    let change = user::take_sequence(tx, at.user, 1)?;
    leave(tx, at.user, &item, change)?;
    item.folder = to;
    item.incarnation += 1;
    (item.version, item.changed, item.entered) = (change, change, change);
    if at.quirks.move_bumps_modified {
        item.modified_ms = whole_seconds(at.now_ms);
    }
    tx.prepare_cached(
        "UPDATE message SET folder = ?2, incarnation = ?3, version = ?4, changed = ?4,
           entered = ?4, modified_ms = ?5 WHERE id = ?1",
    )?
    .execute(params![item.row, to, item.incarnation, change, item.modified_ms])?;
    Ok(item)
}

/// Copies a message into a folder; the answer is the copy.
pub fn copy_to(
    tx: &Transaction<'_>,
    at: Setting<'_>,
    item: &Item,
    to: i64,
) -> Result<Item, Refusal> {
    let change = user::take_sequence(tx, at.user, 1)?;
    tx.prepare_cached(
        "INSERT INTO message (user, folder, created_at, version, changed, entered, created_ms,
           modified_ms, received_ms, sent_ms, subject, preview, from_name, from_address,
           sender_name, sender_address, recipients, internet_message_id, in_reply_to,
           reference_ids, conversation_id, conversation_index, importance, is_read, is_draft,
           read_receipt, delivery_receipt, has_attachments, flag, inference, class, size,
           categories)
         SELECT user, ?2, ?3, ?3, ?3, ?3, ?4, ?4, received_ms, sent_ms, subject, preview,
           from_name, from_address, sender_name, sender_address, recipients,
           internet_message_id, in_reply_to, reference_ids, conversation_id,
           conversation_index, importance, is_read, is_draft, read_receipt, delivery_receipt,
           has_attachments, flag, inference, class, size, categories
         FROM message WHERE id = ?1",
    )?
    .execute([item.row, to, change, whole_seconds(at.now_ms)])?;
    let copy = tx.last_insert_rowid();
    tx.execute(
        "INSERT INTO body (message, content_type, content, headers)
         SELECT ?2, content_type, content, headers FROM body WHERE message = ?1",
        [item.row, copy],
    )?;
    tx.execute(
        "INSERT INTO extended (message, property, value)
         SELECT ?2, property, value FROM extended WHERE message = ?1",
        [item.row, copy],
    )?;
    put_categories(tx, at.user, copy, &item.categories)?;
    extension::copy(tx, item.row, copy)?;
    attachment::copy(tx, item.row, copy)?;
    item::get(tx, at.user, super::handle::MessageKey { row: copy, incarnation: None })
}

/// Deletes as a user does: to Deleted Items, from there to Recoverable Items, from there for good.
pub fn delete(tx: &Transaction<'_>, at: Setting<'_>, item: Item) -> Result<(), Refusal> {
    if folder::is_within(tx, at.user, item.folder, folder::RECOVERABLE)? {
        return destroy(tx, at.user, &item);
    }
    let next = if folder::is_within(tx, at.user, item.folder, folder::DELETED)? {
        folder::RECOVERABLE
    } else {
        folder::DELETED
    };
    let to = folder::well_known(tx, at.user, next)?;
    move_to(tx, at, item, to).map(|_| ())
}

/// Deletes for good.
pub fn destroy(tx: &Transaction<'_>, user: i64, item: &Item) -> Result<(), Refusal> {
    let change = user::take_sequence(tx, user, 1)?;
    leave(tx, user, item, change)?;
    tx.prepare_cached("DELETE FROM attachment WHERE message = ?1")?.execute([item.row])?;
    tx.prepare_cached("DELETE FROM message WHERE id = ?1")?.execute([item.row])?;
    Ok(())
}

/// Says again whether a message has attachments, after one came or went.
pub fn recount_attachments(
    tx: &Transaction<'_>,
    at: Setting<'_>,
    item: &Item,
) -> Result<(), Refusal> {
    let change = user::take_sequence(tx, at.user, 1)?;
    tx.prepare_cached(
        "UPDATE message SET version = ?2, changed = ?2, modified_ms = ?3,
           has_attachments = EXISTS (SELECT 1 FROM attachment WHERE message = ?1 AND is_inline = 0)
         WHERE id = ?1",
    )?
    .execute([item.row, change, whole_seconds(at.now_ms)])?;
    Ok(())
}

/// Rewrites a category on every item that carries it, as classic Outlook does after a rename.
pub fn rewrite_category(
    tx: &Transaction<'_>,
    at: Setting<'_>,
    from: &str,
    to: &str,
) -> Result<usize, Refusal> {
    let rows: Vec<i64> = tx
        .prepare_cached("SELECT message FROM message_category WHERE user = ?1 AND folded = ?2")?
        .query_map(params![at.user, super::fold(from)], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for &row in &rows {
        let key = super::handle::MessageKey { row, incarnation: None };
        let item = item::get(tx, at.user, key)?;
        let renamed = |name: &String| {
            if super::fold(name) == super::fold(from) { to.to_owned() } else { name.clone() }
        };
        let categories = item.categories.iter().map(renamed).collect();
        apply(tx, at, item, &Changes { categories: Some(categories), ..Changes::default() })?;
    }
    Ok(rows.len())
}

fn leave(tx: &Transaction<'_>, user: i64, item: &Item, change: i64) -> Result<(), Refusal> {
    tx.prepare_cached(
        "INSERT INTO message_gone (user, folder, at, message, incarnation)
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute([user, item.folder, change, item.row, item.incarnation])?;
    Ok(())
}
