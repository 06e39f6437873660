//! What a mailbox shows about one item.

use crate::{Instant, ItemHandle, Version};

/// The kinds of item that a mailbox holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ItemKind {
    /// An email message.
    Email,
    /// A meeting request, reply or cancellation; never tracked itself.
    MeetingMessage,
    /// A calendar item.
    Appointment,
    /// A task.
    Task,
    /// A person; never tracked by category.
    Contact,
}

impl ItemKind {
    /// The word used in storage and in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::MeetingMessage => "meetingmessage",
            Self::Appointment => "appointment",
            Self::Task => "task",
            Self::Contact => "contact",
        }
    }

    /// The kind that [`Self::as_str`] names.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Email, Self::MeetingMessage, Self::Appointment, Self::Task, Self::Contact]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

/// What a folder is for, as far as rules care.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FolderRole {
    /// The root Inbox.
    Inbox,
    /// Sent Items.
    SentItems,
    /// Drafts.
    Drafts,
    /// Outbox.
    Outbox,
    /// Deleted Items, or a folder below it.
    DeletedItems,
    /// Junk, or a folder below it.
    Junk,
    /// The hidden folders of items that the user deleted for good.
    RecoverableItems,
    /// Any other folder.
    Other,
}

/// Where an exception belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesMember {
    /// The master of the series.
    pub master: ItemHandle,
    /// When this occurrence would have taken place by the pattern of the series.
    pub original_start: Instant,
}

/// One item as one reading of the mailbox showed it, without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedItem {
    /// The item.
    pub handle: ItemHandle,
    /// Its kind.
    pub kind: ItemKind,
    /// The version that was read.
    pub version: Version,
    /// The category names on the item, exactly as stored, in their order.
    pub categories: Vec<String>,
    /// Where it lies.
    pub folder: FolderRole,
    /// Whether it is still being written.
    pub is_draft: bool,
    /// The `Message-ID` header, exactly as stored.
    pub message_id: Option<String>,
    /// The address in `From`, lower case.
    pub sender: Option<String>,
    /// When the item was made in this mailbox.
    pub created: Option<Instant>,
    /// When the server last changed it.
    pub modified: Option<Instant>,
    /// When it was received.
    pub received: Option<Instant>,
    /// The iCalendar UID of a calendar item; for an exception that of its series.
    pub ical_uid: Option<String>,
    /// Whether a calendar item is the master of a series.
    pub is_series: bool,
    /// The series that an exception belongs to.
    pub series: Option<SeriesMember>,
    /// Whether the mailbox owner organizes a calendar item.
    pub is_organizer: bool,
}
