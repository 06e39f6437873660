//! The contract of a ledger back end: whole, set-based operations.

use crate::alerts::{AlertPage, AlertQuery, KeptAlert};
use crate::memory::{
    EpochKey, EpochRow, ExpectedCopy, Glimpse, HeldDecision, HistoryEntry, Intent, ItemPage,
    ItemQuery, Lease, MailboxMemory, NumberedEntry, OrganizationMemory, Record, SubscriptionRow,
    SweptLink, Tombstone, Trouble, Unit, UnitStatus,
};
use async_trait::async_trait;
use earmark_model::{
    ActivityId, Actor, Alert, AlertState, Instant, ItemHandle, ItemKind, Link, LinkKey, MailboxId,
    OrganizationId, Request,
};
use std::time::Duration;
use uuid::Uuid;

/// Why the ledger refused.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another worker has the unit now, or the lease ran out: nothing was recorded.
    #[error("the lease was lost to another worker")]
    LeaseLost,
    /// No such item.
    #[error("no such item in the ledger")]
    NotFound,
    /// The database refused.
    #[error("the ledger refused")]
    Database(#[from] earmark_sqlite::Error),
}

impl From<earmark_sqlite::rusqlite::Error> for StoreError {
    fn from(error: earmark_sqlite::rusqlite::Error) -> Self {
        Self::Database(error.into())
    }
}

/// A ledger back end. Every method is one transaction.
#[async_trait]
pub trait Store: Send + Sync {
    /// Makes exactly `units` scheduled for the organization: new ones are due at the instant
    /// given with them, known ones keep their due time, others are taken out of the schedule
    /// (their memory stays). Repeatable: yes.
    async fn put_units(
        &self,
        organization: OrganizationId,
        units: Vec<(Unit, Instant)>,
    ) -> Result<(), StoreError>;

    /// Claims up to `limit` units that are due and not leased, the longest due first. `only`
    /// restricts it to one organization. A unit that was made due while it was leased is due
    /// again. Repeatable: each call claims others.
    async fn claim(
        &self,
        worker: &str,
        only: Option<OrganizationId>,
        limit: usize,
        lease_for: Duration,
    ) -> Result<Vec<Lease>, StoreError>;

    /// Prolongs a lease. Errors: `LeaseLost`. Repeatable: yes.
    async fn renew(&self, lease: &Lease, lease_for: Duration) -> Result<Lease, StoreError>;

    /// Gives a unit back, due next at `due` or earlier where it was woken meanwhile. Counts a
    /// completed cycle when `completed`. Errors: `LeaseLost`.
    async fn release(&self, lease: &Lease, due: Instant, completed: bool)
    -> Result<(), StoreError>;

    /// Gives back every unit that `worker` holds, because its process has certainly ended: they are
    /// due at once, and nothing more can be recorded under its leases. Answers how many units
    /// those were. Repeatable: yes.
    async fn take_back(&self, worker: &str) -> Result<usize, StoreError>;

    /// When the next unit that is not leased is due, or a lease runs out.
    async fn next_due(&self) -> Result<Option<Instant>, StoreError>;

    /// Makes a unit due at `at` if it is due later. Repeatable: yes.
    async fn wake(
        &self,
        organization: OrganizationId,
        unit: Unit,
        at: Instant,
    ) -> Result<(), StoreError>;

    /// Takes a unit out of the schedule until [`Store::resume`], keeping its memory.
    async fn pause(&self, organization: OrganizationId, unit: Unit) -> Result<(), StoreError>;

    /// Ends a pause; the unit is due at once.
    async fn resume(&self, organization: OrganizationId, unit: Unit) -> Result<(), StoreError>;

    /// The schedule of one organization.
    async fn units(&self, organization: OrganizationId) -> Result<Vec<UnitStatus>, StoreError>;

    /// What is remembered about a mailbox; the default where nothing is.
    async fn mailbox(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
    ) -> Result<MailboxMemory, StoreError>;

    /// What is remembered about an organization; the default where nothing is.
    async fn organization(
        &self,
        organization: OrganizationId,
    ) -> Result<OrganizationMemory, StoreError>;

    /// All links of a mailbox with their stored requests, by handle.
    async fn links(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
    ) -> Result<Vec<Link>, StoreError>;

    /// The links of the organization to any of `activities`, in whatever mailbox.
    async fn links_to(
        &self,
        organization: OrganizationId,
        activities: Vec<ActivityId>,
    ) -> Result<Vec<Link>, StoreError>;

    /// What a partial cycle about `handles` recalls, without reading the whole mailbox.
    async fn glimpse(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
        handles: Vec<ItemHandle>,
    ) -> Result<Glimpse, StoreError>;

    /// The links of a mailbox whose `Message-ID` without brackets is any of `message_ids`, and its
    /// tombstones of any of `source_keys`.
    async fn alike(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
        message_ids: Vec<String>,
        source_keys: Vec<String>,
    ) -> Result<(Vec<Link>, Vec<Tombstone>), StoreError>;

    /// The subscriptions of one mailbox, or with `None` of all mailboxes of the organization.
    async fn subscriptions(
        &self,
        organization: OrganizationId,
        mailbox: Option<MailboxId>,
    ) -> Result<Vec<SubscriptionRow>, StoreError>;

    /// The subscription with the server's id `id`, with its organization; `None` where none is
    /// known under it.
    async fn subscription(
        &self,
        id: String,
    ) -> Result<Option<(OrganizationId, SubscriptionRow)>, StoreError>;

    /// The epochs that are known among `keys`.
    async fn epochs(
        &self,
        organization: OrganizationId,
        keys: Vec<EpochKey>,
    ) -> Result<Vec<EpochRow>, StoreError>;

    /// All tombstones of a mailbox.
    async fn tombstones(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
    ) -> Result<Vec<Tombstone>, StoreError>;

    /// The copies that a mailbox expects, the oldest first.
    async fn expected_copies(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
    ) -> Result<Vec<ExpectedCopy>, StoreError>;

    /// Decisions of a mailbox that wait.
    async fn held(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
    ) -> Result<Vec<HeldDecision>, StoreError>;

    /// The mailboxes of the organization with decisions that wait.
    async fn holding(&self, organization: OrganizationId) -> Result<Vec<MailboxId>, StoreError>;

    /// A person releases every decision of a mailbox that waits, and makes the mailbox due at once.
    /// Answers how many were not released before. Repeatable: yes.
    async fn release_held(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
    ) -> Result<u64, StoreError>;

    /// A person answers whether the change of a meeting in the CRM that waits may be written to it,
    /// and makes its mailbox due at once. Answers whether one waits. Repeatable: yes, the last
    /// answer before it is looked at counts.
    async fn answer_edit(&self, key: LinkKey, yes: bool) -> Result<bool, StoreError>;

    /// Endings of tracking in the organization since `since`, oldest first.
    async fn endings(
        &self,
        organization: OrganizationId,
        since: Instant,
    ) -> Result<Vec<SweptLink>, StoreError>;

    /// How many links of the organization are tracked.
    async fn tracked_count(&self, organization: OrganizationId) -> Result<u64, StoreError>;

    /// How many links of one mailbox are tracked.
    async fn tracked_in(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
    ) -> Result<u64, StoreError>;

    /// Intents of a mailbox whose outcome is not known.
    async fn intents(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
    ) -> Result<Vec<Intent>, StoreError>;

    /// Records everything or nothing, under the lease's fence. Answers the mailboxes that hold
    /// links to `record.deleted_activities`, and those that expect a copy of `record.expected`
    /// from now on (they were made due). Errors: `LeaseLost`.
    async fn commit(&self, lease: &Lease, record: Record) -> Result<Vec<MailboxId>, StoreError>;

    /// Stores a person's request before anything is done about it (replacing any other, clearing
    /// `not_before`) and makes the mailbox due at once. The instant stored is later than that of
    /// the request it replaces, and is answered. The history says at once that `actor` asked.
    async fn put_request(
        &self,
        key: LinkKey,
        kind: ItemKind,
        request: Request,
        actor: Actor,
    ) -> Result<Instant, StoreError>;

    /// One item by its ledger id. Errors: `NotFound`.
    async fn item(&self, organization: OrganizationId, id: i64) -> Result<Link, StoreError>;

    /// Items in a page.
    async fn items(
        &self,
        organization: OrganizationId,
        query: ItemQuery,
    ) -> Result<ItemPage, StoreError>;

    /// The history of one item, oldest first.
    async fn history(&self, key: &LinkKey) -> Result<Vec<HistoryEntry>, StoreError>;

    /// What happened in the organization after the entry with the number `after`, oldest first, at
    /// most `limit`; without `after`, the newest ones.
    async fn happenings(
        &self,
        organization: OrganizationId,
        after: Option<i64>,
        limit: usize,
    ) -> Result<Vec<NumberedEntry>, StoreError>;

    /// How many items wait or have failed, by state and reason, the most first. Items in
    /// [`Trouble::STATES`] are counted, those that are not tracked because of [`Trouble::REFUSED`],
    /// and no others.
    async fn troubles(&self, organization: OrganizationId) -> Result<Vec<Trouble>, StoreError>;

    /// Drops history older than `before` and keeps the newest `per_link` of each link. Expected
    /// copies that were closed before then go as well. Answers how many entries went.
    async fn prune_history(
        &self,
        organization: OrganizationId,
        before: Instant,
        per_link: usize,
    ) -> Result<u64, StoreError>;

    /// Alerts in a page, newest first.
    async fn alerts(
        &self,
        organization: OrganizationId,
        query: AlertQuery,
    ) -> Result<AlertPage, StoreError>;

    /// One alert. Errors: `NotFound`.
    async fn alert(&self, organization: OrganizationId, id: Uuid) -> Result<KeptAlert, StoreError>;

    /// Acknowledges or resolves an alert. One that was resolved stays so. Errors: `NotFound`.
    /// Repeatable: yes, the first time counts.
    async fn set_alert(
        &self,
        organization: OrganizationId,
        id: Uuid,
        state: AlertState,
    ) -> Result<KeptAlert, StoreError>;

    /// Up to `limit` alerts that the CRM does not have yet, oldest first.
    async fn alerts_waiting(
        &self,
        organization: OrganizationId,
        limit: usize,
    ) -> Result<Vec<Alert>, StoreError>;

    /// The CRM has these alerts. Repeatable: yes.
    async fn alerts_delivered(
        &self,
        organization: OrganizationId,
        ids: Vec<Uuid>,
    ) -> Result<(), StoreError>;

    /// Drops alerts raised last before `before`; a lasting one only once it is resolved. Answers
    /// how many went.
    async fn prune_alerts(
        &self,
        organization: OrganizationId,
        before: Instant,
    ) -> Result<u64, StoreError>;
}
