//! A message as it stands in a mailbox.

use super::{
    handle::MessageKey,
    message::{Address, Body, BodyType},
};
use crate::error::Refusal;
use earmark_sqlite::rusqlite::{OptionalExtension, Row, Transaction};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The recipients of a message by header.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Recipients {
    /// `To`.
    pub to: Vec<Address>,
    /// `Cc`.
    pub cc: Vec<Address>,
    /// `Bcc`.
    pub bcc: Vec<Address>,
    /// `Reply-To`.
    pub reply_to: Vec<Address>,
}

/// A message of a mailbox, without its body and attachments.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// The row.
    pub row: i64,
    /// The folder's row.
    pub folder: i64,
    /// Which incarnation it is: each move makes a new one.
    pub incarnation: i64,
    /// The change that made it.
    pub created_at: i64,
    /// The change that the change key stands for.
    pub version: i64,
    /// The last change of any kind.
    pub changed: i64,
    /// The change that brought it into its folder.
    pub entered: i64,
    /// Units: milliseconds since the epoch, whole seconds, here and in the next three.
    pub created_ms: i64,
    /// Last modified.
    pub modified_ms: i64,
    /// Received.
    pub received_ms: i64,
    /// Sent.
    pub sent_ms: i64,
    /// The subject.
    pub subject: String,
    /// The first characters of the body as text.
    pub preview: String,
    /// Who wrote it.
    pub from: Option<Address>,
    /// Who sent it.
    pub sender: Option<Address>,
    /// To whom.
    pub recipients: Recipients,
    /// `Message-ID` with brackets; empty when it has none.
    pub internet_message_id: String,
    /// `In-Reply-To` with brackets.
    pub in_reply_to: Option<String>,
    /// `References`.
    pub references: Vec<String>,
    /// The conversation.
    pub conversation_id: String,
    /// The place in the conversation.
    pub conversation_index: Vec<u8>,
    /// `low`, `normal`, `high`.
    pub importance: String,
    /// Read.
    pub is_read: bool,
    /// Not sent yet.
    pub is_draft: bool,
    /// A read receipt is asked for.
    pub read_receipt: bool,
    /// A delivery receipt is asked for.
    pub delivery_receipt: bool,
    /// It has attachments that are not shown inline.
    pub has_attachments: bool,
    /// The follow-up flag as on the wire.
    pub flag: Value,
    /// `focused` or `other`.
    pub inference: String,
    /// The message class.
    pub class: String,
    /// Units: bytes.
    pub size: i64,
    /// The names of its categories in their order.
    pub categories: Vec<String>,
}

/// The body and the headers of a message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Text {
    /// The body.
    pub body: Body,
    /// All headers in their order.
    pub headers: Vec<(String, String)>,
}

pub(crate) const COLUMNS: &str =
    "m.id, m.folder, m.incarnation, m.created_at, m.version, m.changed,
  m.entered, m.created_ms, m.modified_ms, m.received_ms, m.sent_ms, m.subject, m.preview,
  m.from_name, m.from_address, m.sender_name, m.sender_address, m.recipients,
  m.internet_message_id, m.in_reply_to, m.reference_ids, m.conversation_id, m.conversation_index,
  m.importance, m.is_read, m.is_draft, m.read_receipt, m.delivery_receipt, m.has_attachments,
  m.flag, m.inference, m.class, m.size, m.categories";

/// A message by its key.
///
/// Errors: 404 when it is not there, or was moved since a default id named it.
pub fn get(tx: &Transaction<'_>, user: i64, key: MessageKey) -> Result<Item, Refusal> {
    let sql = format!("SELECT {COLUMNS} FROM message m WHERE m.user = ?1 AND m.id = ?2");
    let item = tx.prepare_cached(&sql)?.query_row([user, key.row], read).optional()?;
    item.filter(|item| key.incarnation.is_none_or(|wanted| wanted == item.incarnation))
        .ok_or_else(Refusal::item_not_found)
}

/// The body and headers of a message.
pub fn text(tx: &Transaction<'_>, row: i64) -> Result<Text, Refusal> {
    let found = tx
        .prepare_cached("SELECT content_type, content, headers FROM body WHERE message = ?1")?
        .query_row([row], |row| {
            let content_type: String = row.get(0)?;
            let headers: String = row.get(2)?;
            Ok(Text {
                body: Body {
                    content_type: BodyType::parse(&content_type).unwrap_or_default(),
                    content: row.get(1)?,
                },
                headers: serde_json::from_str(&headers).unwrap_or_default(),
            })
        })
        .optional()?;
    Ok(found.unwrap_or_default())
}

pub(crate) fn read(row: &Row<'_>) -> earmark_sqlite::rusqlite::Result<Item> {
    let json = |index: usize| row.get::<_, String>(index);
    Ok(Item {
        row: row.get(0)?,
        folder: row.get(1)?,
        incarnation: row.get(2)?,
        created_at: row.get(3)?,
        version: row.get(4)?,
        changed: row.get(5)?,
        entered: row.get(6)?,
        created_ms: row.get(7)?,
        modified_ms: row.get(8)?,
        received_ms: row.get(9)?,
        sent_ms: row.get(10)?,
        subject: row.get(11)?,
        preview: row.get(12)?,
        from: address(row.get(13)?, row.get(14)?),
        sender: address(row.get(15)?, row.get(16)?),
        recipients: serde_json::from_str(&json(17)?).unwrap_or_default(),
        internet_message_id: row.get(18)?,
        in_reply_to: row.get(19)?,
        references: serde_json::from_str(&json(20)?).unwrap_or_default(),
        conversation_id: row.get(21)?,
        conversation_index: row.get(22)?,
        importance: row.get(23)?,
        is_read: row.get(24)?,
        is_draft: row.get(25)?,
        read_receipt: row.get(26)?,
        delivery_receipt: row.get(27)?,
        has_attachments: row.get(28)?,
        flag: serde_json::from_str(&json(29)?).unwrap_or_default(),
        inference: row.get(30)?,
        class: row.get(31)?,
        size: row.get(32)?,
        categories: serde_json::from_str(&json(33)?).unwrap_or_default(),
    })
}

fn address(name: Option<String>, address: Option<String>) -> Option<Address> {
    match (name, address) {
        (None, None) => None,
        (name, address) => {
            Some(Address { name: name.unwrap_or_default(), address: address.unwrap_or_default() })
        }
    }
}
