//! The nouns of the ledger.

use crate::AlertEnd;
use earmark_model::{
    ActivityId, Actor, Alert, CategoryColor, CategoryId, CategoryName, Direction, FailureNote,
    Instant, ItemKind, ItemState, Link, LinkKey, MailboxId, OrganizationId,
};

/// What a lease is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// The CRM's change feed, its settings, retention.
    Organization,
    /// One mailbox.
    Mailbox(MailboxId),
}

/// The right to work on one unit, until it expires or another worker gets a higher fence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The organization.
    pub organization: OrganizationId,
    /// The unit.
    pub unit: Unit,
    /// Rises by one with every claim; commits under an older fence are refused.
    pub fence: i64,
    /// When it ends, by the store's clock.
    pub expires: Instant,
}

/// How a unit stands in the schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitStatus {
    /// The organization.
    pub organization: OrganizationId,
    /// The unit.
    pub unit: Unit,
    /// When it is worked on next; `None` while it is paused.
    pub due: Option<Instant>,
    /// The worker that holds a lease that has not expired.
    pub held_by: Option<String>,
    /// How many cycles were completed.
    pub cycles: u64,
    /// Whether the last cycle of a mailbox failed, or its circuit is open.
    pub is_failing: bool,
}

/// A category entry as this mailbox has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategoryMemory {
    /// The entry's id; `None` while it is known by name only (no ids on that server).
    pub id: Option<CategoryId>,
    /// Its current name.
    pub name: CategoryName,
    /// The colour last seen.
    pub color: CategoryColor,
    /// Names that the id had before, oldest first, without the current one.
    pub previous_names: Vec<CategoryName>,
}

/// What is remembered about a mailbox as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MailboxMemory {
    /// The tracked category.
    pub tracked: Option<CategoryMemory>,
    /// The Undeliverable category.
    pub undeliverable: Option<CategoryMemory>,
    /// Where the feed of changed mail stopped.
    pub checkpoint: Option<String>,
    /// When all bearers were last read.
    pub swept_at: Option<Instant>,
    /// Units: bearers at that sweep.
    pub bearers: u64,
    /// Until then the tracked entry counts as unsettled: no untrack is decided.
    pub unsettled_until: Option<Instant>,
    /// This ledger saw `TrackCategorizedItems` off for this mailbox.
    pub saw_switch_off: bool,
    /// The server allows nothing before this instant.
    pub not_before: Option<Instant>,
    /// When the circuit was opened.
    pub circuit_opened: Option<Instant>,
    /// Units: different items in a row that failed in a way that may open the circuit.
    pub circuit_failures: u32,
    /// When the last complete cycle ended.
    pub last_success: Option<Instant>,
    /// Why the last cycle was not complete; `None` after a complete one.
    pub last_failure: Option<FailureNote>,
    /// When the regular cycle is due, whatever makes the mailbox due earlier.
    pub regular_due: Option<Instant>,
    /// How far automatic acceptance has come.
    pub acceptance: AcceptanceMemory,
    /// Who else may change the mailbox.
    pub delegates: DelegatesMemory,
    /// Whose the mailbox is.
    pub stamp: StampMemory,
    /// How its last test ended.
    pub test: TestMemory,
    /// Full comparisons.
    pub comparison: ComparisonMemory,
}

/// What is to be compared because nothing tells what happened to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// Every mailbox of the organization, fully.
    Mailboxes,
    /// These, and every tracked meeting and task with its record.
    MailboxesAndRecords,
}

/// How many full comparisons of a mailbox were wanted, and how many of these are done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ComparisonMemory {
    /// Wanted so far; what a mailbox's worker writes does not change it.
    pub wanted: u32,
    /// The number of [`Self::wanted`] that was done last.
    pub done: u32,
}

impl ComparisonMemory {
    /// Whether one is to be done.
    pub const fn is_due(self) -> bool {
        self.wanted != self.done
    }
}

/// What the stamp in a mailbox said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StampMemory {
    /// When it was last read as ours, or written.
    pub read_at: Option<Instant>,
    /// It was last read as another organization's.
    pub is_anothers: bool,
}

/// How the last test of a mailbox ended: a code for each channel that was not a success.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TestMemory {
    /// When it ended; `None` before the first.
    pub at: Option<Instant>,
    /// Of incoming mail; empty after a success.
    pub incoming: String,
    /// Of appointments, contacts and tasks; empty after a success.
    pub act: String,
}

/// Who may change a mailbox beside its owner.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DelegatesMemory {
    /// Their own mailboxes, as far as they are served here.
    pub mailboxes: Vec<MailboxId>,
    /// When the server was last asked.
    pub read_at: Option<Instant>,
    /// It was told that one of them knows the category by another name.
    pub differs: bool,
}

/// How far automatic acceptance has come in a mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AcceptanceMemory {
    /// Mail received later than this may be accepted; `None` while nobody accepts any.
    pub since: Option<Instant>,
    /// The last instant at which nobody was known to accept mail.
    pub closed_at: Option<Instant>,
    /// What arrived in the mailbox before this instant, by the server's clock, was looked at.
    pub arrived_until: Option<Instant>,
    /// The watermark that the CRM keeps, as it was last seen or written.
    pub watermark: Option<Instant>,
    /// When the watermark was last written; what the CRM said before says nothing about it.
    pub watermark_at: Option<Instant>,
}

/// A subscription to notifications.
#[derive(Clone, PartialEq, Eq)]
pub struct SubscriptionRow {
    /// The mailbox.
    pub mailbox: MailboxId,
    /// The resource, as the connector names it; one subscription for each.
    pub resource: String,
    /// The server's id.
    pub id: String,
    /// The secret that each notification repeats.
    pub client_state: String,
    /// When it ends.
    pub expires: Instant,
    /// The address to which it delivers.
    pub url: String,
}

impl std::fmt::Debug for SubscriptionRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SubscriptionRow")
            .field("mailbox", &self.mailbox)
            .field("id", &self.id)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

/// What a partial cycle recalls of a mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Glimpse {
    /// What is remembered about the mailbox as a whole.
    pub memory: MailboxMemory,
    /// The links asked for, and those that wait for something: a request, an attempt, a category
    /// that is owed, a mark that is intended, an end that the CRM made.
    pub links: Vec<Link>,
    /// Decisions of the mailbox that wait.
    pub held: Vec<HeldDecision>,
    /// Copies that the mailbox expects.
    pub expected: Vec<ExpectedCopy>,
}

/// Whether a CRM may be asked, for every mailbox of its organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CrmPause {
    /// The CRM allows nothing before this instant.
    pub not_before: Option<Instant>,
    /// When the circuit was opened.
    pub circuit_opened: Option<Instant>,
    /// Units: different items in a row that failed in a way that may open the circuit.
    pub circuit_failures: u32,
}

/// What is remembered about an organization as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OrganizationMemory {
    /// Where the CRM's change feed stopped.
    pub checkpoint: Option<String>,
    /// Whether the CRM may be asked. Recorded by [`Record::pause`] alone.
    pub pause: CrmPause,
    /// When the CRM last answered.
    pub last_success: Option<Instant>,
    /// Why it did not the last time.
    pub last_failure: Option<FailureNote>,
}

/// What an epoch is counted for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct EpochKey {
    /// The kind of record.
    pub kind: ItemKind,
    /// The source key.
    pub source_key: String,
    /// The discriminator.
    pub discriminator: String,
}

/// The present epoch of a source, and whether its record was deleted in the CRM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EpochRow {
    /// What it is counted for.
    pub key: EpochKey,
    /// Raised by the first deliberate re-assignment after a deletion.
    pub epoch: u32,
    /// The record of this epoch was deleted in the CRM.
    pub deleted: bool,
    /// The record of this epoch, once known.
    pub activity: Option<ActivityId>,
}

/// A person took the last linked copy off; nothing automatic may bring it back.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tombstone {
    /// The mailbox.
    pub mailbox: MailboxId,
    /// The source key.
    pub source_key: String,
    /// The direction.
    pub direction: Direction,
}

/// A copy of a tracked message that the mailbox of another recipient is to look for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedCopy {
    /// The mailbox that expects it.
    pub mailbox: MailboxId,
    /// The source key: the `Message-ID` without brackets.
    pub source_key: String,
    /// The direction of the copy; `None` where either will do.
    pub direction: Option<Direction>,
    /// The record that it belongs to.
    pub activity: ActivityId,
    /// The item whose tracking made it expected.
    pub origin: LinkKey,
    /// When that was recorded.
    pub opened_at: Instant,
    /// When the mailbox looked for it; from then on it waits for what changes.
    pub looked_at: Option<Instant>,
    /// It lies where it does not count, so that whole cycles go on looking for it.
    pub is_put_away: bool,
}

/// Why a copy is not expected any longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyOutcome {
    /// It was found; its own link tells the rest.
    Found,
    /// A person untracked the message in this mailbox before.
    Untracked,
    /// Nobody tracks the record any more, or categories are switched off.
    Withdrawn,
    /// It did not come in time.
    NotFound,
}

impl CopyOutcome {
    /// The word used in storage.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Untracked => "untracked",
            Self::Withdrawn => "withdrawn",
            Self::NotFound => "not_found",
        }
    }
}

/// An effect without a natural key, written down before it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// What is done: `master_category`, `subscription`.
    pub kind: String,
    /// To what.
    pub target: String,
    /// When it was written down.
    pub issued_at: Instant,
}

/// A decision that ends tracking, waiting for its confirmation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldDecision {
    /// The item.
    pub key: LinkKey,
    /// The code of the decision's reason.
    pub reason: String,
    /// Since when it waits.
    pub held_since: Instant,
    /// When a person released it; it is applied with the next cycle, if it still holds.
    pub released_at: Option<Instant>,
}

impl HeldDecision {
    /// The code of the reason of a decision that rests on something missing in the CRM that nobody
    /// is known to have taken away.
    pub const MISSING_IN_CRM: &'static str = "missing_in_crm";
}

/// One line of an item's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    /// The item.
    pub key: LinkKey,
    /// When.
    pub at: Instant,
    /// What happened, as a word: `tracked`, `untracked`, `retry`, `held`.
    pub event: String,
    /// The code of the reason.
    pub reason: String,
    /// What made us look, as [`earmark_model::Trigger::as_str`] names it.
    pub trigger: String,
    /// Who did it; `None` in entries from before that was kept.
    pub actor: Option<Actor>,
    /// The request of a person that this answers, by its instant. Who made it stands in the place of
    /// `actor`, as far as it is remembered.
    pub answers: Option<Instant>,
    /// Codes for people, never content.
    pub detail: String,
}

/// An entry of the history among those of all items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberedEntry {
    /// Its number; later ones are greater.
    pub number: i64,
    /// The item's id in the ledger; `None` where it has no link (any more).
    pub item: Option<i64>,
    /// What happened.
    pub entry: HistoryEntry,
}

/// How many items are in one state for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The state.
    pub state: ItemState,
    /// The code of the reason.
    pub reason: String,
    /// How many items.
    pub items: u64,
    /// In how many mailboxes.
    pub mailboxes: u64,
}

impl Trouble {
    /// The reason of items that are not tracked because the CRM refused them for good.
    pub const REFUSED: &'static str = "refused_for_good";

    /// The states of items that wait, or that somebody should look at.
    pub const STATES: [ItemState; 5] = [
        ItemState::Pending,
        ItemState::Retrying,
        ItemState::Undeliverable,
        ItemState::Held,
        ItemState::RecordDeleted,
    ];
}

/// Stands for a link whose decision counted against the brake at an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SweptLink {
    /// The item.
    pub key: LinkKey,
    /// When tracking ended.
    pub at: Instant,
    /// Somebody took the category off this very item. The organization's brake counts the others.
    pub by_user: bool,
}

/// Everything that one commit records, all or nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Record {
    /// Links as they are now. The stored request of a link is left alone here.
    pub links: Vec<Link>,
    /// Requests that were served: cleared where the stored one was made at that very instant.
    pub served: Vec<(LinkKey, Instant)>,
    /// Requests that the engine itself makes: stored where there is none.
    pub requested: Vec<Link>,
    /// The mailbox of the lease.
    pub mailbox: Option<MailboxMemory>,
    /// The organization of the lease, without its pause.
    pub organization: Option<OrganizationMemory>,
    /// Whether the CRM may be asked, as whoever asked it last found out.
    pub pause: Option<CrmPause>,
    /// Tombstones to write.
    pub tombstones: Vec<Tombstone>,
    /// Tombstones that a deliberate track clears.
    pub tombstones_cleared: Vec<Tombstone>,
    /// Epochs as they are now.
    pub epochs: Vec<EpochRow>,
    /// Epochs whose record is there after all: their deletion is forgotten, as long as the ledger
    /// still has an item linked to that very record.
    pub revived: Vec<EpochRow>,
    /// Copies that other mailboxes are to expect from now on. A mailbox that has a linked copy or
    /// expects one already is left alone; the others are made due, and answered.
    pub expected: Vec<ExpectedCopy>,
    /// Copies that the lease's mailbox looked for.
    pub copies_looked: Vec<ExpectedCopy>,
    /// Copies that the lease's mailbox does not expect any longer.
    pub copies_closed: Vec<(ExpectedCopy, CopyOutcome)>,
    /// Intents to write down.
    pub intents: Vec<Intent>,
    /// Intents (kind, target) whose outcome is known.
    pub intents_done: Vec<(String, String)>,
    /// Subscriptions of the lease's mailbox, each in place of another to the same resource.
    pub subscriptions: Vec<SubscriptionRow>,
    /// Resources of the lease's mailbox whose subscription ended.
    pub subscriptions_ended: Vec<String>,
    /// Decisions that wait.
    pub held: Vec<HeldDecision>,
    /// Decisions that wait no longer.
    pub released: Vec<LinkKey>,
    /// Endings of tracking, for the brake's window.
    pub endings: Vec<SweptLink>,
    /// What happened.
    pub history: Vec<HistoryEntry>,
    /// What people are told.
    pub alerts: Vec<Alert>,
    /// Lasting causes that ended.
    pub alerts_ended: Vec<AlertEnd>,
    /// Activities that were deleted in the CRM: every link to them has C = *record deleted*, and
    /// the deletion is stored beside their epochs. Answered with the mailboxes to wake.
    pub deleted_activities: Vec<ActivityId>,
    /// Links that were taken away in the CRM: their C becomes *not linked*.
    pub unlinked_in_crm: Vec<(LinkKey, ActivityId)>,
    /// Activities that were edited in the CRM: each tracked meeting or task of theirs is to be
    /// compared. Answered with the mailboxes to wake.
    pub edited_activities: Vec<ActivityId>,
    /// The CRM's feed of changes does not tell what happened before: what is to be compared.
    pub comparison: Option<Comparison>,
    /// Mailboxes to make due at once.
    pub wake: Vec<MailboxId>,
}

/// Which items to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ItemQuery {
    /// Only this mailbox.
    pub mailbox: Option<MailboxId>,
    /// Only this `Message-ID`, compared without brackets.
    pub message_id: Option<String>,
    /// Only this state.
    pub state: Option<ItemState>,
    /// Only this reason, by its code.
    pub reason: Option<String>,
    /// Only this handle.
    pub handle: Option<String>,
    /// Where the page before ended.
    pub cursor: Option<i64>,
    /// Units: items at most.
    pub limit: usize,
}

/// A page of items with the ids by which people name them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemPage {
    /// Ledger id and link, ascending by id.
    pub items: Vec<(i64, Link)>,
    /// Where the next page starts; `None` on the last.
    pub next: Option<i64>,
}
