//! The embedded back end: the ledger in one SQLite file, for any number of processes.
//!
//! Read `schema` for the tables, `keys` for how rows are found, `schedule` for leases,
//! `commit` for recording, then one file for each noun.
//!
//! Invariants: every method is one transaction; whoever holds a lease commits under its fence;
//! a stored request is changed by nobody but [`Store::put_request`] and by the commit that
//! served that very request; rows never leave this module.

mod alerts;
mod clock;
mod commit;
mod copies;
mod crm_feed;
mod decisions;
mod glimpse;
mod history;
mod items;
mod keys;
mod links;
mod memory;
mod requests;
mod rows;
mod schedule;
mod schema;
mod subscriptions;

use crate::{
    AlertPage, AlertQuery, EpochKey, EpochRow, ExpectedCopy, Glimpse, HeldDecision, HistoryEntry,
    Intent, ItemPage, ItemQuery, KeptAlert, Lease, MailboxMemory, NumberedEntry,
    OrganizationMemory, Record, Store, StoreError, SubscriptionRow, SweptLink, Tombstone, Trouble,
    Unit, UnitStatus,
};
use async_trait::async_trait;
use earmark_model::{
    ActivityId, Actor, Alert, AlertState, Clock, Instant, ItemHandle, ItemKind, Link, LinkKey,
    MailboxId, OrganizationId, Request,
};
use earmark_sqlite::{Database, Mode, OpenError, rusqlite::Transaction};
use std::{path::Path, sync::Arc, time::Duration};
use uuid::Uuid;

/// The ledger in one SQLite file.
pub struct SqliteStore {
    database: Database,
    clock: Arc<dyn Clock>,
}

impl SqliteStore {
    /// The version of the file's schema that this version of Earmark writes.
    pub const SCHEMA_VERSION: usize = schema::SCHEMA.migrations.len();

    /// Opens or creates the file at `path` (`None`: in memory). `clock` decides when leases end.
    ///
    /// Errors: the file is damaged, newer than this version, or may not be written.
    pub fn open(path: Option<&Path>, mode: Mode, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        Ok(Self { database: Database::open(path, mode, &schema::SCHEMA)?, clock })
    }

    /// One write transaction; the instant is read when it begins, not when it was queued.
    async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>, Instant) -> Result<T, StoreError> + Send + 'static,
    {
        let clock = Arc::clone(&self.clock);
        self.database.write(move |tx| work(tx, clock.now())).await
    }

    async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        self.database.read(work).await
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn put_units(
        &self,
        organization: OrganizationId,
        units: Vec<(Unit, Instant)>,
    ) -> Result<(), StoreError> {
        self.write(move |tx, _| schedule::put_units(tx, organization, &units)).await
    }

    async fn claim(
        &self,
        worker: &str,
        only: Option<OrganizationId>,
        limit: usize,
        lease_for: Duration,
    ) -> Result<Vec<Lease>, StoreError> {
        let claim = schedule::Claim { worker: worker.to_owned(), only, limit, lease_for };
        self.write(move |tx, now| {
            clock::keep(tx, now)?;
            schedule::claim(tx, &claim, now)
        })
        .await
    }

    async fn renew(&self, lease: &Lease, lease_for: Duration) -> Result<Lease, StoreError> {
        let lease = lease.clone();
        self.write(move |tx, now| schedule::renew(tx, &lease, lease_for, now)).await
    }

    async fn release(
        &self,
        lease: &Lease,
        due: Instant,
        completed: bool,
    ) -> Result<(), StoreError> {
        let lease = lease.clone();
        self.write(move |tx, now| schedule::release(tx, &lease, due, completed, now)).await
    }

    async fn take_back(&self, worker: &str) -> Result<usize, StoreError> {
        let worker = worker.to_owned();
        self.write(move |tx, now| schedule::take_back(tx, &worker, now)).await
    }

    async fn next_due(&self) -> Result<Option<Instant>, StoreError> {
        self.read(|tx| schedule::next_due(tx)).await
    }

    async fn wake(
        &self,
        organization: OrganizationId,
        unit: Unit,
        at: Instant,
    ) -> Result<(), StoreError> {
        self.write(move |tx, _| schedule::wake(tx, organization, unit, at)).await
    }

    async fn pause(&self, organization: OrganizationId, unit: Unit) -> Result<(), StoreError> {
        self.write(move |tx, _| {
            schedule::set_paused(tx, organization, unit, true)?;
            Ok(())
        })
        .await
    }

    async fn resume(&self, organization: OrganizationId, unit: Unit) -> Result<(), StoreError> {
        self.write(move |tx, now| {
            let row = schedule::set_paused(tx, organization, unit, false)?;
            schedule::make_due(tx, row, now)
        })
        .await
    }

    async fn units(&self, organization: OrganizationId) -> Result<Vec<UnitStatus>, StoreError> {
        let now = self.clock.now();
        self.read(move |tx| schedule::units(tx, organization, now)).await
    }

    async fn mailbox(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
    ) -> Result<MailboxMemory, StoreError> {
        self.read(move |tx| memory::mailbox(tx, organization, mailbox)).await
    }

    async fn organization(
        &self,
        organization: OrganizationId,
    ) -> Result<OrganizationMemory, StoreError> {
        self.read(move |tx| memory::organization(tx, organization)).await
    }

    async fn links(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
    ) -> Result<Vec<Link>, StoreError> {
        self.read(move |tx| links::of_mailbox(tx, organization, mailbox)).await
    }

    async fn links_to(
        &self,
        organization: OrganizationId,
        activities: Vec<ActivityId>,
    ) -> Result<Vec<Link>, StoreError> {
        self.read(move |tx| links::to_activities(tx, organization, &activities)).await
    }

    async fn glimpse(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
        handles: Vec<ItemHandle>,
    ) -> Result<Glimpse, StoreError> {
        self.read(move |tx| glimpse::glimpse(tx, organization, mailbox, &handles)).await
    }

    async fn alike(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
        message_ids: Vec<String>,
        source_keys: Vec<String>,
    ) -> Result<(Vec<Link>, Vec<Tombstone>), StoreError> {
        self.read(move |tx| glimpse::alike(tx, organization, mailbox, &message_ids, &source_keys))
            .await
    }

    async fn subscriptions(
        &self,
        organization: OrganizationId,
        mailbox: Option<MailboxId>,
    ) -> Result<Vec<SubscriptionRow>, StoreError> {
        self.read(move |tx| subscriptions::of(tx, organization, mailbox)).await
    }

    async fn subscription(
        &self,
        id: String,
    ) -> Result<Option<(OrganizationId, SubscriptionRow)>, StoreError> {
        self.read(move |tx| subscriptions::by_id(tx, &id)).await
    }

    async fn epochs(
        &self,
        organization: OrganizationId,
        keys: Vec<EpochKey>,
    ) -> Result<Vec<EpochRow>, StoreError> {
        self.read(move |tx| decisions::epochs(tx, organization, &keys)).await
    }

    async fn tombstones(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
    ) -> Result<Vec<Tombstone>, StoreError> {
        self.read(move |tx| decisions::tombstones(tx, organization, mailbox)).await
    }

    async fn expected_copies(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
    ) -> Result<Vec<ExpectedCopy>, StoreError> {
        self.read(move |tx| copies::open_in(tx, organization, mailbox)).await
    }

    async fn held(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
    ) -> Result<Vec<HeldDecision>, StoreError> {
        self.read(move |tx| decisions::held(tx, organization, mailbox)).await
    }

    async fn holding(&self, organization: OrganizationId) -> Result<Vec<MailboxId>, StoreError> {
        self.read(move |tx| decisions::holding(tx, organization)).await
    }

    async fn release_held(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
    ) -> Result<u64, StoreError> {
        self.write(move |tx, now| {
            let count = decisions::release_all(tx, organization, mailbox, now)?;
            schedule::wake(tx, organization, Unit::Mailbox(mailbox), now)?;
            Ok(count)
        })
        .await
    }

    async fn answer_edit(&self, key: LinkKey, yes: bool) -> Result<bool, StoreError> {
        self.write(move |tx, now| crm_feed::answer_edit(tx, &key, yes, now)).await
    }

    async fn endings(
        &self,
        organization: OrganizationId,
        since: Instant,
    ) -> Result<Vec<SweptLink>, StoreError> {
        self.read(move |tx| decisions::endings(tx, organization, since)).await
    }

    async fn tracked_count(&self, organization: OrganizationId) -> Result<u64, StoreError> {
        self.read(move |tx| decisions::tracked_count(tx, organization)).await
    }

    async fn tracked_in(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
    ) -> Result<u64, StoreError> {
        self.read(move |tx| glimpse::tracked_in(tx, organization, mailbox)).await
    }

    async fn intents(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
    ) -> Result<Vec<Intent>, StoreError> {
        self.read(move |tx| decisions::intents(tx, organization, mailbox)).await
    }

    async fn commit(&self, lease: &Lease, record: Record) -> Result<Vec<MailboxId>, StoreError> {
        let lease = lease.clone();
        self.write(move |tx, now| commit::commit(tx, &lease, &record, now)).await
    }

    async fn put_request(
        &self,
        key: LinkKey,
        kind: ItemKind,
        request: Request,
        actor: Actor,
    ) -> Result<Instant, StoreError> {
        self.write(move |tx, now| requests::put(tx, &key, kind, &request, actor, now)).await
    }

    async fn item(&self, organization: OrganizationId, id: i64) -> Result<Link, StoreError> {
        self.read(move |tx| items::item(tx, organization, id)).await
    }

    async fn items(
        &self,
        organization: OrganizationId,
        query: ItemQuery,
    ) -> Result<ItemPage, StoreError> {
        self.read(move |tx| items::page(tx, organization, &query)).await
    }

    async fn history(&self, key: &LinkKey) -> Result<Vec<HistoryEntry>, StoreError> {
        let key = key.clone();
        self.read(move |tx| history::of_item(tx, &key)).await
    }

    async fn happenings(
        &self,
        organization: OrganizationId,
        after: Option<i64>,
        limit: usize,
    ) -> Result<Vec<NumberedEntry>, StoreError> {
        self.read(move |tx| history::happenings(tx, organization, after, limit)).await
    }

    async fn troubles(&self, organization: OrganizationId) -> Result<Vec<Trouble>, StoreError> {
        self.read(move |tx| items::troubles(tx, organization)).await
    }

    async fn prune_history(
        &self,
        organization: OrganizationId,
        before: Instant,
        per_link: usize,
    ) -> Result<u64, StoreError> {
        self.write(move |tx, _| history::prune(tx, organization, before, per_link)).await
    }

    async fn alerts(
        &self,
        organization: OrganizationId,
        query: AlertQuery,
    ) -> Result<AlertPage, StoreError> {
        self.read(move |tx| alerts::page(tx, organization, &query)).await
    }

    async fn alert(&self, organization: OrganizationId, id: Uuid) -> Result<KeptAlert, StoreError> {
        self.read(move |tx| alerts::one(tx, organization, id)).await
    }

    async fn set_alert(
        &self,
        organization: OrganizationId,
        id: Uuid,
        state: AlertState,
    ) -> Result<KeptAlert, StoreError> {
        self.write(move |tx, now| alerts::set_state(tx, organization, id, state, now)).await
    }

    async fn alerts_waiting(
        &self,
        organization: OrganizationId,
        limit: usize,
    ) -> Result<Vec<Alert>, StoreError> {
        self.read(move |tx| alerts::waiting(tx, organization, limit)).await
    }

    async fn alerts_delivered(
        &self,
        organization: OrganizationId,
        ids: Vec<Uuid>,
    ) -> Result<(), StoreError> {
        self.write(move |tx, _| alerts::delivered(tx, organization, &ids)).await
    }

    async fn prune_alerts(
        &self,
        organization: OrganizationId,
        before: Instant,
    ) -> Result<u64, StoreError> {
        self.write(move |tx, _| alerts::prune(tx, organization, before)).await
    }
}
