//! The trait that a CRM connector implements.

use crate::{Health, OrganizationSnapshot, TestOutcome};
use async_trait::async_trait;
use earmark_model::activity::RecordRef;
use earmark_model::{
    ActivityDraft, ActivityId, Alert, Direction, Failure, Field, FieldPair, Instant, ItemHandle,
    ItemKind, MailboxId, OrganizationId, PrincipalId, Regarding,
};
use std::collections::BTreeMap;

/// One item of one mailbox, as the CRM knows it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CrmLink {
    /// The mailbox row.
    pub mailbox: MailboxId,
    /// The item in that mailbox.
    pub handle: ItemHandle,
}

/// By what a record is known beside its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NaturalKey {
    /// An email's `Message-ID` header, exactly as stored; compared as the CRM stores it.
    MessageId(Option<String>),
    /// An appointment or series by its iCalendar UID; an occurrence by its original start too.
    Appointment {
        /// The UID; for an occurrence that of its series.
        ical_uid: String,
        /// Only for an exception or stand-alone occurrence.
        original_start: Option<Instant>,
    },
    /// A task by the record that an earlier tracking left on it.
    Task(Option<ActivityId>),
}

/// What to look for before a record is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookupRequest {
    /// The kind of record.
    pub kind: ItemKind,
    /// The natural key.
    pub key: NaturalKey,
    /// The id that the record would have.
    pub id: ActivityId,
    /// The item that asks.
    pub link: CrmLink,
    /// Addresses to find records for, in lower case.
    pub addresses: Vec<String>,
}

/// A record that a lookup found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundRecord {
    /// The record.
    pub id: ActivityId,
    /// Sent or received; Incoming for kinds that are neither.
    pub direction: Direction,
    /// The sender's address as the record has it, lower case.
    pub sender: Option<String>,
    /// When it was sent.
    pub sent: Option<Instant>,
    /// When the record was created; the oldest wins where several would do.
    pub created: Instant,
    /// What it is about.
    pub regarding: Option<Regarding>,
}

/// A record that an address could stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartyCandidate {
    /// The record.
    pub record: RecordRef,
    /// Whether it is active; disabled users are never candidates.
    pub is_active: bool,
    /// Who owns it.
    pub owner: Option<PrincipalId>,
    /// When it was created.
    pub created: Instant,
    /// Who is responsible for the mail that it receives: a user for its own, the owner of a
    /// queue. `None` for everybody else, and for a user or queue without a mailbox.
    pub mail_owner: Option<PrincipalId>,
    /// Whether that one has the right to change activities, and so may own one.
    pub may_own: bool,
}

/// The answer to a lookup, all from one read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lookup {
    /// Records with that natural key or that id.
    pub records: Vec<FoundRecord>,
    /// The record that this very item is linked to now.
    pub linked_to: Option<ActivityId>,
    /// Candidates by address; an address without candidates is absent.
    pub candidates: BTreeMap<String, Vec<PartyCandidate>>,
}

/// The outcome of a promotion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Promoted {
    /// The record was made, with parties, attachments and link.
    Created(ActivityId),
    /// A record of that id was there; it was left as it is and the item was linked to it.
    AlreadyThere(ActivityId),
}

/// The outcome of an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Updated {
    /// The record's fields are as the draft says.
    Done,
    /// A person completed or cancelled the record; it was left as it is. What an earlier draft
    /// closed, a later one may open again.
    Closed,
}

/// The fields of a record beside those of its item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordFields {
    /// Each field that the kind has.
    pub fields: Vec<FieldPair>,
    /// A person completed or cancelled the record; it takes no change.
    pub is_closed: bool,
    /// When the record was last changed.
    pub modified: Instant,
}

/// Where the feed of changes stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrmCheckpoint(pub String);

/// Something that happened in the CRM and was not done through this port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CrmChange {
    /// A link was taken away there.
    Unlinked {
        /// The item.
        link: CrmLink,
        /// The record it was linked to.
        activity: ActivityId,
    },
    /// A record was deleted there.
    RecordDeleted {
        /// The record.
        activity: ActivityId,
    },
    /// A record that items are linked to was edited there.
    Edited {
        /// The record.
        activity: ActivityId,
    },
}

/// One round of the feed, complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrmChangePage {
    /// In the order in which they happened.
    pub changes: Vec<CrmChange>,
    /// Where the next round starts.
    pub next: CrmCheckpoint,
}

/// One organization of a CRM.
///
/// Errors of every method: `Throttled`, `Timeout`, `Unavailable`, `Unauthenticated`, `Refused`
/// or `Bug`.
#[async_trait]
pub trait Crm: Send + Sync {
    /// The organization.
    fn organization(&self) -> OrganizationId;

    /// Finds records by natural key and candidates by address, in one read. What was made a
    /// moment ago may be missing. Repeatable: yes.
    async fn lookup(&self, request: &LookupRequest) -> Result<Lookup, Failure>;

    /// Makes the record with its parties and attachments, and links the item to it, all or
    /// nothing. Keyed by the draft's id.
    ///
    /// The master of a series is made together with its instances, as far as the organization
    /// expands series; each instance has the id of [`earmark_model::identity::record_id`] for its original start
    /// in epoch 0. An occurrence of a tracked series becomes the exception of its instance,
    /// which counts as already there.
    ///
    /// A new record waits in the draft's queues. One that was there is put into the queue of the
    /// draft's mailbox alone, where that is among them and the record never waited there.
    ///
    /// Errors: `Refused` (with the CRM's code), `Unacceptable`.
    /// Repeatable: yes, a repetition answers `AlreadyThere`.
    async fn promote(&self, draft: &ActivityDraft, link: &CrmLink) -> Result<Promoted, Failure>;

    /// Makes the mapped fields and the parties of the draft's record what the draft says, but for
    /// the fields in `keeping`; the instances of a series follow. Owner, regarding and links stay.
    ///
    /// Errors: `RecordGone`, `Refused` (with the CRM's code), `Unacceptable`. Repeatable: yes.
    async fn update(&self, draft: &ActivityDraft, keeping: &[Field]) -> Result<Updated, Failure>;

    /// What the draft's record has in the fields that both sides may change, beside what it would
    /// have by the draft. Parties do not matter. Errors: `RecordGone`. Repeatable: yes.
    async fn compare(&self, draft: &ActivityDraft) -> Result<RecordFields, Failure>;

    /// Appointments at the time of the draft in which one of its users, its owner among them, is
    /// busy or out of office; none where the draft is not a single appointment, or leaves them free.
    /// Other copies of the same appointment do not count. Repeatable: yes.
    async fn conflicts(&self, draft: &ActivityDraft) -> Result<Vec<ActivityId>, Failure>;

    /// Links an item to a record that exists, and sets its regarding where one is given
    /// (`Some(None)` takes it off). Errors: `RecordGone`. Repeatable: yes.
    async fn link(
        &self,
        link: &CrmLink,
        activity: ActivityId,
        regarding: Option<Option<&Regarding>>,
    ) -> Result<(), Failure>;

    /// Puts a record into queues that it never waited in. Errors: `RecordGone`. Repeatable: yes.
    async fn put_in_queues(
        &self,
        activity: ActivityId,
        queues: &[PrincipalId],
    ) -> Result<(), Failure>;

    /// Takes the link away and leaves the record as it is. A missing link is success.
    /// Repeatable: yes.
    async fn unlink(&self, link: &CrmLink, activity: ActivityId) -> Result<(), Failure>;

    /// What happened in the CRM since `checkpoint`; from now on, without one.
    ///
    /// Errors: `CheckpointExpired`. Repeatable: yes.
    async fn changes(&self, checkpoint: Option<&CrmCheckpoint>) -> Result<CrmChangePage, Failure>;

    /// Which of `activities` exist, and the links of `mailbox` as the CRM has them; for a full
    /// comparison. Repeatable: yes.
    async fn links(&self, mailbox: MailboxId) -> Result<Vec<(CrmLink, ActivityId)>, Failure>;

    /// Which of `activities` exist, also those made a moment ago. Repeatable: yes.
    async fn existing(&self, activities: &[ActivityId]) -> Result<Vec<ActivityId>, Failure>;

    /// Keeps the watermark of automatic acceptance with the mailbox, where
    /// [`crate::MailboxRow::process_received_after`] shows it. It only goes forward: an instant
    /// that is not later than the one kept changes nothing. Repeatable: yes.
    async fn keep_watermark(
        &self,
        mailbox: MailboxId,
        received_after: Instant,
    ) -> Result<(), Failure>;

    /// Keeps with a mailbox what became of a test that was asked for at `asked`; `None` where nobody
    /// asked. A test that was asked for anew since then stays asked for. Repeatable: yes.
    async fn record_test(
        &self,
        mailbox: MailboxId,
        asked: Option<Instant>,
        outcome: TestOutcome,
    ) -> Result<(), Failure>;

    /// Keeps with a mailbox how its synchronization goes, where [`crate::MailboxRow::health`] shows
    /// it; only when that changes. A mailbox that is not there any more counts as done. Repeatable:
    /// yes.
    async fn record_health(&self, mailbox: MailboxId, health: &Health) -> Result<(), Failure>;

    /// Settings and mailboxes of the organization. Repeatable: yes.
    async fn settings(&self) -> Result<OrganizationSnapshot, Failure>;

    /// Shows these alerts where the CRM shows them, all or nothing. Keyed by their ids: one that is
    /// there already is left as it is. An alert about a mailbox that is not there any more counts
    /// as shown. Repeatable: yes.
    async fn raise(&self, alerts: &[Alert]) -> Result<(), Failure>;
}
