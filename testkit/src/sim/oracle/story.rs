//! What happened to one item and to one message, as far as checkers ask.

use crate::sim::log::Org;
use earmark_ledger::HistoryEntry;
use earmark_model::{
    Baseline, CrmSide, FailureNote, Instant, ItemState, Link, UndeliverableMark, identity,
    limits::MESSAGE_ID_MAX,
};
use earmark_sandbox::MessageSummary;
use std::collections::BTreeSet;

/// What people and the mailbox server did to an item.
#[derive(Debug, Clone, Default)]
pub struct Story {
    /// Whose mailbox it is in.
    pub organization: Org,
    /// The message: see [`key_of`].
    pub key: String,
    /// When it was first seen.
    pub born: Instant,
    /// It arrived with the category.
    pub came_with: bool,
    /// Since when it is without the category, under any name.
    pub bare: Option<Instant>,
    /// When a whole cycle was over that began while it had been without the category for so long
    /// that the service saw it.
    pub seen_bare: Option<Instant>,
    /// When a person last put the category on, or it arrived with it.
    pub assigned: Option<Instant>,
    /// When a person last took the category off.
    pub removed: Option<Removal>,
    /// When a person last asked, and for what.
    pub asked: Option<(Instant, bool)>,
    /// A person ever asked that it be tracked.
    pub was_asked_for: bool,
    /// A person ever asked that it be untracked.
    pub was_asked_off: bool,
    /// The last instant at which it was seen without the category.
    pub without: Option<Instant>,
    /// The last instant at which it lay where nothing counts, or was gone.
    pub discarded: Option<Instant>,
    /// The last instant at which a person moved it.
    pub moved: Option<Instant>,
    /// Units: acts of others than the service.
    pub events: u64,
}

/// A person takes the category off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Removal {
    /// When.
    pub at: Instant,
    /// Something was asked for or owed that is not confirmed yet.
    pub was_owed: bool,
    /// The item was tracked, as the service remembers.
    pub was_tracked: bool,
}

/// What happened to all copies of a message in an organization.
#[derive(Debug, Clone, Default)]
pub struct Message {
    /// A copy bore the category, or tracking was asked for, or new mail was accepted there.
    pub wanted: Option<Instant>,
    /// When a CRM user last deleted its record or cut one of its links.
    pub in_crm: Option<Instant>,
    /// Units: acts of others than the service, on any copy or in the CRM.
    pub events: u64,
    /// A CRM user changed its record.
    pub was_edited: bool,
    /// The subjects of its items, of those that are gone as well.
    pub subjects: BTreeSet<String>,
}

/// What the service remembers of an item.
#[derive(Debug, Clone)]
pub struct Remembered {
    /// How it is shown.
    pub state: ItemState,
    /// **S**.
    pub baseline: Baseline,
    /// **C**.
    pub crm: CrmSide,
    /// The category is owed.
    pub owes: bool,
    /// Units: attempts of the present episode.
    pub attempts: u32,
    /// Nothing is tried before.
    pub not_before: Option<Instant>,
    /// The mark.
    pub undeliverable: UndeliverableMark,
    /// Left alone.
    pub ignored: bool,
    /// The last failure.
    pub failure: Option<FailureNote>,
    /// It was linked at some time, as the ledger that is there knows.
    pub was_linked: bool,
}

impl Remembered {
    /// What a link says.
    pub fn of(link: &Link) -> Self {
        Self {
            state: link.state,
            baseline: link.baseline,
            crm: link.crm,
            owes: link.owes_category,
            attempts: link.attempts,
            not_before: link.not_before,
            undeliverable: link.undeliverable,
            ignored: link.ignored,
            failure: link.failure.clone(),
            was_linked: link.crm == CrmSide::Linked || link.baseline == Baseline::Tracked,
        }
    }
}

/// An organization, as administrators and bad luck left it.
#[derive(Debug, Clone, Default)]
pub struct Home {
    /// `TrackCategorizedItems` is off.
    pub is_off: bool,
    /// When that was last changed.
    pub switched: Option<Instant>,
    /// Internal mail makes one record only.
    pub one_activity: bool,
    /// It ever made one record only.
    pub ever_one_activity: bool,
    /// The ledger was last lost.
    pub lost: Option<Instant>,
    /// The ledger was last put back to an earlier state.
    pub rolled_back: Option<Instant>,
    /// The CRM was last put back to an earlier state.
    pub restored: Option<Instant>,
    /// The clock of its service was last set.
    pub clock_set: Option<Instant>,
    /// The CRM is out of order for good.
    pub is_broken: bool,
}

impl Home {
    /// The ledger is not, or was once not, what the log adds up to.
    pub fn was_forgotten(&self) -> bool {
        self.lost.is_some() || self.rolled_back.is_some()
    }
}

/// A mailbox, as administrators left it.
#[derive(Debug, Clone, Default)]
pub struct Place {
    /// It is not served.
    pub is_disabled: bool,
    /// When that was last changed.
    pub toggled: Option<Instant>,
    /// New mail was accepted there at some time.
    pub ever_accepted: bool,
    /// And then, for a while at least, no more.
    pub stopped_accepting: bool,
    /// Decisions that were held were last released or taken back.
    pub released: Option<Instant>,
    /// It is out of order for good.
    pub is_broken: bool,
}

/// What all copies of a message have in common: the Message-ID, else the subject.
pub fn key_of(item: &MessageSummary) -> String {
    key(&item.internet_message_id, &item.subject)
}

/// The same of a Message-ID and a subject.
pub fn key(message_id: &str, subject: &str) -> String {
    // The CRM keeps no more of it.
    let kept = message_id
        .char_indices()
        .nth(MESSAGE_ID_MAX)
        .map_or(message_id, |(end, _)| &message_id[..end]);
    let bare = identity::bare_message_id(kept).trim_start_matches('<');
    if bare.is_empty() { format!("subject {subject}") } else { bare.to_owned() }
}

/// Whether an assignment to the item does not count: it is not sent, wherever it lies, or lies
/// where nothing counts.
pub fn is_put_aside(item: &MessageSummary) -> bool {
    item.is_draft || is_aside(&item.folder)
}

/// Where an item lies and assignments do not count.
pub fn is_aside(folder: &str) -> bool {
    is_discarded(folder) || is_unsent(folder)
}

/// Whether what lies there is gone.
pub fn is_discarded(folder: &str) -> bool {
    matches!(folder, "deleteditems" | "junkemail") || folder.starts_with("recoverable")
}

/// Whether what lies there is not sent yet.
pub fn is_unsent(folder: &str) -> bool {
    matches!(folder, "drafts" | "outbox")
}

/// A line of the history without its instant.
pub fn line(entry: &HistoryEntry) -> (String, String, String) {
    (entry.event.clone(), entry.reason.clone(), entry.detail.clone())
}
