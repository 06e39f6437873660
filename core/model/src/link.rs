//! What is remembered about one item between cycles.

use crate::{
    ActivityId, CategoryName, CrmEdits, Direction, Instant, ItemKind, LinkKey, PrincipalId,
    Regarding, SeriesMember, SyncedField, Version,
};

/// **S**: what both sides were when last confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Baseline {
    /// 0: not tracked.
    #[default]
    Untracked,
    /// 1: tracked.
    Tracked,
}

/// **M**: the category on the item, as this reading shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MailboxSide {
    /// The item is there without the category.
    Without,
    /// The item is there and bears the category.
    With,
    /// The item was deleted, or moved to Deleted Items or Junk.
    Gone,
    /// The mailbox could not be read: nothing is known, nothing may be concluded.
    Unreadable,
}

/// **C**: this link in the CRM, per link and never per record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum CrmSide {
    /// No link there.
    #[default]
    NotLinked,
    /// Linked there.
    Linked,
    /// Its record was deleted there.
    RecordDeleted,
}

/// What a request wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestWish {
    /// Baseline 1, whatever the sides say now.
    Track {
        /// `None` leaves the regarding alone, `Some(None)` takes it off.
        regarding: Option<Option<Regarding>>,
    },
    /// Baseline 0. Only a person may want it.
    Untrack,
}

/// Who made a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestOrigin {
    /// Somebody in Outlook, the console, the command line or the API.
    Person,
    /// Automatic acceptance.
    Automatic {
        /// The user or queue whose filter accepted the message.
        accepted_for: PrincipalId,
    },
    /// Another recipient's copy was tracked.
    Copy,
}

/// A wish that was stored before anything was done about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// What is wanted.
    pub wish: RequestWish,
    /// By whom.
    pub origin: RequestOrigin,
    /// When it was stored.
    pub at: Instant,
}

/// The last category write of ours to an item, so that its echo is recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnWrite {
    /// The version that the write was based on.
    pub base: Version,
    /// The version that it made; `None` while the answer is unknown.
    pub result: Option<Version>,
}

/// How far the Undeliverable mark has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum UndeliverableMark {
    /// Not marked.
    #[default]
    None,
    /// Decided and stored; the mailbox may or may not show it.
    Intended,
    /// Confirmed on the item.
    Marked,
}

/// The last failure of a link, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailureNote {
    /// The class, as [`crate::FailureClass::as_str`] names it.
    pub class: String,
    /// The other side's code.
    pub code: String,
    /// One sentence.
    pub detail: String,
}

/// The states in which an item is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum ItemState {
    /// Not tracked; the reason says why.
    #[default]
    NotTracked,
    /// Will be tracked or untracked at the next opportunity.
    Pending,
    /// Tracked.
    Tracked,
    /// Failed, and will be tried again.
    Retrying,
    /// Given up until somebody assigns the category again.
    Undeliverable,
    /// A person took the category off or asked for untracking.
    UntrackedByUser,
    /// Bears the category since before tracking was switched on.
    Ignored,
    /// A decision that ends tracking waits for its confirmation.
    Held,
    /// Linked while category tracking is switched off.
    Dormant,
    /// The item left the mailbox; its record stays.
    SourceGone,
    /// The record was deleted in the CRM.
    RecordDeleted,
    /// Items of this kind are never tracked.
    Unsupported,
}

impl ItemState {
    /// Every state, in the order of the documentation.
    pub const ALL: [Self; 12] = [
        Self::NotTracked,
        Self::Pending,
        Self::Tracked,
        Self::Retrying,
        Self::Undeliverable,
        Self::UntrackedByUser,
        Self::Ignored,
        Self::Held,
        Self::Dormant,
        Self::SourceGone,
        Self::RecordDeleted,
        Self::Unsupported,
    ];

    /// The word used in JSON and everywhere else.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotTracked => "not_tracked",
            Self::Pending => "pending",
            Self::Tracked => "tracked",
            Self::Retrying => "retrying",
            Self::Undeliverable => "undeliverable",
            Self::UntrackedByUser => "untracked_by_user",
            Self::Ignored => "ignored",
            Self::Held => "held",
            Self::Dormant => "dormant",
            Self::SourceGone => "source_gone",
            Self::RecordDeleted => "record_deleted",
            Self::Unsupported => "unsupported",
        }
    }

    /// The state that [`Self::as_str`] names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// Everything remembered about one item of one mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Which item of which mailbox of which organization.
    pub key: LinkKey,
    /// The kind of item.
    pub kind: ItemKind,
    /// The source key (design section 2), once the item was read.
    pub source_key: Option<String>,
    /// Decided at the first link, never recomputed.
    pub direction: Option<Direction>,
    /// `sent` for an Outgoing copy while two activities are on, else empty.
    pub discriminator: String,
    /// The `Message-ID` header, exactly as stored.
    pub message_id: Option<String>,
    /// The record, once known.
    pub activity: Option<ActivityId>,
    /// **S**.
    pub baseline: Baseline,
    /// **C** as last confirmed.
    pub crm: CrmSide,
    /// A stored wish, cleared only together with a confirmed outcome.
    pub request: Option<Request>,
    /// The link owes the item its category.
    pub owes_category: bool,
    /// A bearer to be left alone until it is once seen without the category.
    pub ignored: bool,
    /// Tracked, but without the category until it is once seen with it.
    pub uncategorized: bool,
    /// Our last category write.
    pub own_write: Option<OwnWrite>,
    /// The category name under which the link was last confirmed or intended.
    pub confirmed_name: Option<CategoryName>,
    /// Units: failed attempts of the present episode.
    pub attempts: u32,
    /// Nothing but a person may try before this instant.
    pub not_before: Option<Instant>,
    /// The last failure.
    pub failure: Option<FailureNote>,
    /// The Undeliverable mark.
    pub undeliverable: UndeliverableMark,
    /// When the link was confirmed for the first time.
    pub linked_at: Option<Instant>,
    /// The series that an exception belongs to.
    pub series: Option<SeriesMember>,
    /// Whether the mailbox owner organizes the meeting.
    pub is_organizer: bool,
    /// The item was once seen with the category of its own; what an exception inherits from its
    /// series does not count.
    pub seen_bearing: bool,
    /// The version whose fields the record has.
    pub synced_version: Option<Version>,
    /// Eight bytes of the hash of the fields that the record was last given.
    pub synced_hash: Option<u64>,
    /// What both sides had in each field when they were last compared; empty where that is not known.
    pub synced_fields: Vec<SyncedField>,
    /// When the record had last been changed as of then, by the CRM's clock.
    pub record_modified: Option<Instant>,
    /// Edits of the record.
    pub edits: CrmEdits,
    /// The zone of a calendar item, by its Windows or IANA name.
    pub time_zone: Option<String>,
    /// The task carries the id of its record.
    pub back_linked: bool,
    /// How the item is shown.
    pub state: ItemState,
    /// The code of the last reason.
    pub reason: String,
    /// When state or reason last changed.
    pub changed_at: Instant,
}

impl Link {
    /// A link about which nothing is known yet.
    pub fn new(key: LinkKey, kind: ItemKind, now: Instant) -> Self {
        Self {
            key,
            kind,
            source_key: None,
            direction: None,
            discriminator: String::new(),
            message_id: None,
            activity: None,
            baseline: Baseline::Untracked,
            crm: CrmSide::NotLinked,
            request: None,
            owes_category: false,
            ignored: false,
            uncategorized: false,
            own_write: None,
            confirmed_name: None,
            attempts: 0,
            not_before: None,
            failure: None,
            undeliverable: UndeliverableMark::None,
            linked_at: None,
            series: None,
            is_organizer: false,
            seen_bearing: false,
            synced_version: None,
            synced_hash: None,
            synced_fields: Vec::new(),
            record_modified: None,
            edits: CrmEdits::default(),
            time_zone: None,
            back_linked: false,
            state: ItemState::NotTracked,
            reason: String::new(),
            changed_at: now,
        }
    }
}
