//! What the CRM keeps about an item.

use crate::{ActivityId, Instant, ItemContent, ItemKind, MailboxId, PrincipalId};
use uuid::Uuid;

/// Whether a message was sent or received by the mailbox that tracks it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// Received.
    Incoming,
    /// Sent.
    Outgoing,
}

impl Direction {
    /// The word used in storage and in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Incoming => "incoming",
            Self::Outgoing => "outgoing",
        }
    }

    /// The direction that [`Self::as_str`] names.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Incoming, Self::Outgoing].into_iter().find(|direction| direction.as_str() == text)
    }
}

/// A row of any CRM table, by the table's logical name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RecordRef {
    /// Logical name of the table: `contact`, `systemuser`, `opportunity`.
    pub table: String,
    /// The row.
    pub id: Uuid,
}

/// The record that an activity is about.
pub type Regarding = RecordRef;

/// The part somebody plays in an activity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PartyRole {
    /// Who wrote it.
    Sender,
    /// `To`.
    To,
    /// `Cc`.
    Cc,
    /// `Bcc`.
    Bcc,
    /// Who organizes a meeting.
    Organizer,
    /// Whose attendance is required.
    Required,
    /// Whose attendance is optional.
    Optional,
}

/// One party of an activity: an address, and the record it stands for where one was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// The part played.
    pub role: PartyRole,
    /// The address as written.
    pub address: String,
    /// The display name as written; may be empty.
    pub name: String,
    /// The record; `None` for an unresolved party.
    pub record: Option<RecordRef>,
}

/// Which occurrence of a series an activity is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occurrence {
    /// When it would have taken place by the pattern of its series.
    pub original_start: Instant,
    /// The record of the series; `None` while that is not tracked.
    pub series: Option<ActivityId>,
}

/// Everything that is needed to create one activity with its parties, attachments and link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivityDraft {
    /// The deterministic id: sending a draft twice makes one record.
    pub id: ActivityId,
    /// The kind of item it comes from.
    pub kind: ItemKind,
    /// Sent or received; Incoming for kinds that are neither.
    pub direction: Direction,
    /// The `Message-ID` header, exactly as stored.
    pub message_id: Option<String>,
    /// The occurrence of a series that it is, where it is one.
    pub occurrence: Option<Occurrence>,
    /// What it says.
    pub content: ItemContent,
    /// Who takes part.
    pub parties: Vec<Party>,
    /// What it is about.
    pub regarding: Option<Regarding>,
    /// Who owns it: a user or team.
    pub owner: PrincipalId,
    /// The mailbox it came through.
    pub mailbox: MailboxId,
    /// The user or queue whose filter accepted it; `None` when a person tracked it.
    pub accepted_for: Option<PrincipalId>,
    /// The queues that it waits in once it is made, in order.
    pub queues: Vec<PrincipalId>,
}
