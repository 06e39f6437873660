//! A stored message as it would enter another mailbox.

use super::{
    attachment,
    item::{self, Item},
    message::{Importance, NewAttachment, NewMessage},
};
use crate::error::Refusal;
use earmark_sqlite::rusqlite::Transaction;

/// The whole message with its attachments.
pub fn export(tx: &Transaction<'_>, item: &Item) -> Result<NewMessage, Refusal> {
    let text = item::text(tx, item.row)?;
    let mut attachments = Vec::new();
    for one in attachment::list(tx, item.row)? {
        attachments.push(NewAttachment {
            content: attachment::content(tx, one.row)?,
            name: one.name,
            content_type: one.content_type,
            is_inline: one.is_inline,
            content_id: one.content_id,
            item: one.item,
        });
    }
    Ok(NewMessage {
        subject: item.subject.clone(),
        body: text.body,
        from: item.from.clone(),
        sender: item.sender.clone(),
        to: item.recipients.to.clone(),
        cc: item.recipients.cc.clone(),
        bcc: item.recipients.bcc.clone(),
        reply_to: item.recipients.reply_to.clone(),
        sent_ms: Some(item.sent_ms),
        received_ms: Some(item.received_ms),
        created_ms: Some(item.created_ms),
        internet_message_id: Some(item.internet_message_id.clone()).filter(|id| !id.is_empty()),
        in_reply_to: item.in_reply_to.clone(),
        references: item.references.clone(),
        internet_message_headers: text.headers,
        importance: Importance::parse(&item.importance).unwrap_or_default(),
        is_read: item.is_read,
        is_draft: item.is_draft,
        is_read_receipt_requested: item.read_receipt,
        is_delivery_receipt_requested: item.delivery_receipt,
        categories: item.categories.clone(),
        conversation_index: item.conversation_index.clone(),
        attachments,
        raw_size: 0,
        message_class: item.class.clone(),
    })
}
