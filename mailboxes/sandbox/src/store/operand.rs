//! The properties of a message that a filter or an order can name, as columns.

/// What a column holds, and so what it can be compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Compared in any case.
    Text,
    /// Compared exactly, so that an index serves.
    Exact,
    /// True or false.
    Bool,
    /// Units: milliseconds since the epoch.
    Time,
    /// A message id.
    Id,
    /// A folder id.
    Folder,
    /// An extended property id.
    Property,
}

/// A column or expression with its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Operand {
    pub(crate) sql: &'static str,
    pub(crate) kind: Kind,
}

/// (path, expression, kind); paths are looked up in any case.
const MESSAGE: &[(&str, &str, Kind)] = &[
    ("id", "m.id", Kind::Id),
    ("subject", "m.subject", Kind::Text),
    ("bodyPreview", "m.preview", Kind::Text),
    ("body/content", "(SELECT b.content FROM body b WHERE b.message = m.id)", Kind::Text),
    ("internetMessageId", "m.internet_message_id", Kind::Exact),
    ("conversationId", "m.conversation_id", Kind::Exact),
    ("parentFolderId", "m.folder", Kind::Folder),
    ("importance", "m.importance", Kind::Text),
    ("inferenceClassification", "m.inference", Kind::Text),
    ("from/emailAddress/address", "m.from_address", Kind::Text),
    ("from/emailAddress/name", "m.from_name", Kind::Text),
    ("sender/emailAddress/address", "m.sender_address", Kind::Text),
    ("sender/emailAddress/name", "m.sender_name", Kind::Text),
    ("flag/flagStatus", "json_extract(m.flag, '$.flagStatus')", Kind::Text),
    ("isRead", "m.is_read", Kind::Bool),
    ("isDraft", "m.is_draft", Kind::Bool),
    ("hasAttachments", "m.has_attachments", Kind::Bool),
    ("isReadReceiptRequested", "m.read_receipt", Kind::Bool),
    ("isDeliveryReceiptRequested", "m.delivery_receipt", Kind::Bool),
    ("receivedDateTime", "m.received_ms", Kind::Time),
    ("sentDateTime", "m.sent_ms", Kind::Time),
    ("createdDateTime", "m.created_ms", Kind::Time),
    ("lastModifiedDateTime", "m.modified_ms", Kind::Time),
];

const RECIPIENT: &[(&str, &str, Kind)] = &[
    ("emailAddress/address", "json_extract(r.value, '$.address')", Kind::Text),
    ("emailAddress/name", "json_extract(r.value, '$.name')", Kind::Text),
];

const EXTENDED: &[(&str, &str, Kind)] =
    &[("id", "x.property", Kind::Property), ("value", "x.value", Kind::Text)];

/// The collections that `any` ranges over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Collection {
    /// `categories`.
    Categories,
    /// One of the recipient lists, by its key in storage.
    Recipients(&'static str),
    /// `singleValueExtendedProperties`.
    Extended,
}

impl Collection {
    /// From the name of the property, in any case.
    pub(crate) fn parse(path: &[String]) -> Option<Self> {
        let [name] = path else { return None };
        Some(match name.to_ascii_lowercase().as_str() {
            "categories" => Self::Categories,
            "torecipients" => Self::Recipients("$.to"),
            "ccrecipients" => Self::Recipients("$.cc"),
            "bccrecipients" => Self::Recipients("$.bcc"),
            "replyto" => Self::Recipients("$.reply_to"),
            "singlevalueextendedproperties" => Self::Extended,
            _ => return None,
        })
    }

    /// What a path below the range variable stands for.
    pub(crate) fn operand(self, rest: &[String], ignore_case: bool) -> Option<Operand> {
        match self {
            Self::Categories if rest.is_empty() && ignore_case => {
                Some(Operand { sql: "k.folded", kind: Kind::Text })
            }
            Self::Categories if rest.is_empty() => {
                Some(Operand { sql: "k.name", kind: Kind::Exact })
            }
            Self::Categories => None,
            Self::Recipients(_) => find(RECIPIENT, rest),
            Self::Extended => find(EXTENDED, rest),
        }
    }
}

/// What a path of a message stands for.
pub(crate) fn of_message(path: &[String]) -> Option<Operand> {
    find(MESSAGE, path)
}

fn find(table: &[(&str, &'static str, Kind)], path: &[String]) -> Option<Operand> {
    let wanted = path.join("/");
    table
        .iter()
        .find(|(name, ..)| name.eq_ignore_ascii_case(&wanted))
        .map(|&(_, sql, kind)| Operand { sql, kind })
}
