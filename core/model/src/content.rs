//! What a message says. Content passes through to the CRM and is kept nowhere else.

use crate::{AppointmentContent, Instant, TaskContent};

/// A name and an address, as a header gives them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Address {
    /// The display name; may be empty.
    pub name: String,
    /// The SMTP address as written; may be empty where the header has none.
    pub address: String,
}

/// Whether a body is HTML or plain text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyKind {
    /// `text/html`.
    Html,
    /// `text/plain`.
    Text,
}

/// A message body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// Its media type.
    pub kind: BodyKind,
    /// The text itself, not sanitized.
    pub text: String,
}

/// Importance as the sender set it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Importance {
    /// Low.
    Low,
    /// Normal.
    #[default]
    Normal,
    /// High.
    High,
}

/// A file that travels with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// The file name; may be empty.
    pub name: String,
    /// Its media type.
    pub content_type: String,
    /// `Content-ID` without brackets, for inline images.
    pub content_id: Option<String>,
    /// Whether the body shows it in place.
    pub is_inline: bool,
    /// Units: bytes of the decoded content, also where `content` was not read.
    pub size: u64,
    /// The bytes; `None` where the item was too large to read.
    pub content: Option<Vec<u8>>,
}

/// The whole message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageContent {
    /// The subject, whole.
    pub subject: String,
    /// The body.
    pub body: Body,
    /// `From`.
    pub from: Option<Address>,
    /// `Sender`, where it differs from `From`.
    pub sender: Option<Address>,
    /// `To`.
    pub to: Vec<Address>,
    /// `Cc`.
    pub cc: Vec<Address>,
    /// `Bcc`; filled on the sender's own copy only.
    pub bcc: Vec<Address>,
    /// When it was sent (the `Date` header).
    pub sent: Option<Instant>,
    /// When this mailbox received it.
    pub received: Option<Instant>,
    /// Importance.
    pub importance: Importance,
    /// `In-Reply-To`, exactly as stored.
    pub in_reply_to: Option<String>,
    /// The thread's conversation index, base64.
    pub conversation_index: Option<String>,
    /// Whether the sender asked for a read receipt.
    pub read_receipt_requested: bool,
    /// Whether the sender asked for a delivery receipt.
    pub delivery_receipt_requested: bool,
    /// Whether a transport (`Received`) header is there; a copy that never travelled has none.
    pub has_transport: bool,
    /// The names of categories that its own `Keywords` headers give it: what the sender wrote,
    /// whether the mailbox took it over or not.
    pub keywords: Vec<String>,
    /// The files.
    pub attachments: Vec<Attachment>,
    /// Units: bytes of the whole message as the mailbox counts it.
    pub size: u64,
}

/// What an item says, by kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemContent {
    /// An email.
    Message(MessageContent),
    /// A calendar item.
    Appointment(AppointmentContent),
    /// A task.
    Task(TaskContent),
}
