//! A message as it enters a mailbox, and as it stands in one.

use bytes::Bytes;

/// A name and an address, as in `Ana Ruiz <ana.ruiz@fabrikam.test>`.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Address {
    /// The display name; empty when the header had none.
    pub name: String,
    /// The address itself, in the spelling of the header.
    pub address: String,
}

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BodyType {
    /// Plain text.
    Text,
    /// HTML.
    #[default]
    Html,
}

impl BodyType {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Html => "html",
        }
    }

    /// From the word on the wire, in any case.
    pub fn parse(word: &str) -> Option<Self> {
        match word.to_ascii_lowercase().as_str() {
            "text" => Some(Self::Text),
            "html" => Some(Self::Html),
            _ => None,
        }
    }
}

/// The content of a message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Body {
    /// How `content` is written.
    pub content_type: BodyType,
    /// The text.
    pub content: String,
}

/// How important the sender says it is.
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

impl Importance {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
        }
    }

    /// From the word on the wire, in any case.
    pub fn parse(word: &str) -> Option<Self> {
        match word.to_ascii_lowercase().as_str() {
            "low" => Some(Self::Low),
            "normal" => Some(Self::Normal),
            "high" => Some(Self::High),
            _ => None,
        }
    }
}

/// A file or a message attached to a message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewAttachment {
    /// The file name, or the subject of an attached message.
    pub name: String,
    /// The media type, such as `application/pdf`.
    pub content_type: String,
    /// Shown within the body rather than beside it.
    pub is_inline: bool,
    /// The `Content-ID` without brackets.
    pub content_id: Option<String>,
    /// The decoded bytes; of an attached message its RFC 5322 form.
    pub content: Bytes,
    /// It is a message (`message/rfc822`) rather than a file.
    pub item: bool,
}

/// A message before it is put into a mailbox.
///
/// `Default` is an empty, unread, sent (not draft) message without any header.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewMessage {
    /// The subject, decoded.
    pub subject: String,
    /// The body: HTML where the message has it, else text.
    pub body: Body,
    /// Who wrote it.
    pub from: Option<Address>,
    /// Who sent it; as `from` where the header is missing.
    pub sender: Option<Address>,
    /// The `To` recipients.
    pub to: Vec<Address>,
    /// The `Cc` recipients.
    pub cc: Vec<Address>,
    /// The `Bcc` recipients.
    pub bcc: Vec<Address>,
    /// Where answers go.
    pub reply_to: Vec<Address>,
    /// When it was sent. Units: milliseconds since the epoch.
    pub sent_ms: Option<i64>,
    /// When it arrived. Units: milliseconds since the epoch. `None`: now.
    pub received_ms: Option<i64>,
    /// When the copy was made. Units: milliseconds since the epoch. `None`: now.
    pub created_ms: Option<i64>,
    /// The `Message-ID` with its brackets, exactly as in the header. `None`: one is made up
    /// when it is delivered or sent, none when it is imported.
    pub internet_message_id: Option<String>,
    /// `In-Reply-To` with its brackets.
    pub in_reply_to: Option<String>,
    /// `References`, each with its brackets.
    pub references: Vec<String>,
    /// All headers in the order of the message, unfolded and decoded.
    pub internet_message_headers: Vec<(String, String)>,
    /// The importance.
    pub importance: Importance,
    /// It was read.
    pub is_read: bool,
    /// It was not sent yet.
    pub is_draft: bool,
    /// The sender asks for a read receipt.
    pub is_read_receipt_requested: bool,
    /// The sender asks for a delivery receipt.
    pub is_delivery_receipt_requested: bool,
    /// The names of its categories (header `Keywords`).
    pub categories: Vec<String>,
    /// The decoded `Thread-Index`; empty: one is made up.
    pub conversation_index: Vec<u8>,
    /// The attachments in the order of the message.
    pub attachments: Vec<NewAttachment>,
    /// The size of the message in its RFC 5322 form. Units: bytes.
    pub raw_size: u64,
    /// The message class: `IPM.Note`, or for a meeting message `IPM.Schedule.Meeting.Request`,
    /// `IPM.Schedule.Meeting.Canceled`, `IPM.Schedule.Meeting.Resp.Pos` / `.Neg` / `.Tent`.
    /// Empty stands for `IPM.Note`.
    pub message_class: String,
}
