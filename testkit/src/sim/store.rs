//! A ledger as a worker sees it: what it claims and what it records is told.

use super::{faults::kind::Kind, life::Life, log::Happening};
use async_trait::async_trait;
use earmark_ledger::{
    AlertPage, AlertQuery, EpochKey, EpochRow, ExpectedCopy, Glimpse, HeldDecision, HistoryEntry,
    Intent, ItemPage, ItemQuery, KeptAlert, Lease, MailboxMemory, NumberedEntry,
    OrganizationMemory, Record, Store, StoreError, SubscriptionRow, SweptLink, Tombstone, Trouble,
    Unit, UnitStatus,
};
use earmark_model::{
    ActivityId, Actor, Alert, AlertState, Instant, ItemHandle, ItemKind, Link, LinkKey, MailboxId,
    OrganizationId, Request,
};
use earmark_sqlite::{Error, rusqlite};
use std::{sync::Arc, time::Duration};
use uuid::Uuid;

/// The ledger of an organization, as one worker reaches it.
pub(super) struct WatchedStore {
    pub(super) inner: Arc<dyn Store>,
    pub(super) life: Arc<Life>,
}

impl WatchedStore {
    fn claimed(&self, lease: &Lease) {
        let network = &self.life.network;
        network.tell(Happening::Claimed {
            organization: self.life.organization,
            worker: self.life.worker,
            mailbox: mailbox(lease),
            fence: lease.fence,
            until: network.service_clocks[self.life.organization].truly(lease.expires),
        });
    }

    /// Comes before each use of the ledger.
    ///
    /// Errors: the worker ended, or the ledger fails.
    async fn step(&self) -> Result<(), StoreError> {
        self.life.step().await.map_err(|_| StoreError::Database(Error::Closed))?;
        let Some(code) = self.life.network.faults.on_ledger() else { return Ok(()) };
        self.life.network.strike(Kind::LedgerFails, None);
        let failure = rusqlite::ffi::Error::new(code);
        Err(StoreError::Database(Error::Sqlite(rusqlite::Error::SqliteFailure(failure, None))))
    }
}

fn mailbox(lease: &Lease) -> Option<MailboxId> {
    match lease.unit {
        Unit::Mailbox(mailbox) => Some(mailbox),
        Unit::Organization => None,
    }
}

#[async_trait]
impl Store for WatchedStore {
    async fn put_units(
        &self,
        organization: OrganizationId,
        units: Vec<(Unit, Instant)>,
    ) -> Result<(), StoreError> {
        self.step().await?;
        self.inner.put_units(organization, units).await
    }

    async fn claim(
        &self,
        worker: &str,
        only: Option<OrganizationId>,
        limit: usize,
        lease_for: Duration,
    ) -> Result<Vec<Lease>, StoreError> {
        self.step().await?;
        let leases = self.inner.claim(worker, only, limit, lease_for).await?;
        leases.iter().for_each(|lease| self.claimed(lease));
        Ok(leases)
    }

    async fn renew(&self, lease: &Lease, lease_for: Duration) -> Result<Lease, StoreError> {
        self.step().await?;
        let lease = self.inner.renew(lease, lease_for).await?;
        self.claimed(&lease);
        Ok(lease)
    }

    async fn release(
        &self,
        lease: &Lease,
        due: Instant,
        completed: bool,
    ) -> Result<(), StoreError> {
        self.step().await?;
        self.inner.release(lease, due, completed).await?;
        self.life.network.tell(Happening::GaveBack {
            organization: self.life.organization,
            worker: self.life.worker,
            mailbox: mailbox(lease),
            fence: lease.fence,
        });
        Ok(())
    }

    async fn take_back(&self, worker: &str) -> Result<usize, StoreError> {
        self.step().await?;
        self.inner.take_back(worker).await
    }

    async fn next_due(&self) -> Result<Option<Instant>, StoreError> {
        self.step().await?;
        self.inner.next_due().await
    }

    async fn wake(
        &self,
        organization: OrganizationId,
        unit: Unit,
        at: Instant,
    ) -> Result<(), StoreError> {
        self.step().await?;
        self.inner.wake(organization, unit, at).await
    }

    async fn pause(&self, organization: OrganizationId, unit: Unit) -> Result<(), StoreError> {
        self.step().await?;
        self.inner.pause(organization, unit).await
    }

    async fn resume(&self, organization: OrganizationId, unit: Unit) -> Result<(), StoreError> {
        self.step().await?;
        self.inner.resume(organization, unit).await
    }

    async fn units(&self, organization: OrganizationId) -> Result<Vec<UnitStatus>, StoreError> {
        self.step().await?;
        self.inner.units(organization).await
    }

    async fn mailbox(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
    ) -> Result<MailboxMemory, StoreError> {
        self.step().await?;
        self.inner.mailbox(organization, mailbox).await
    }

    async fn organization(
        &self,
        organization: OrganizationId,
    ) -> Result<OrganizationMemory, StoreError> {
        self.step().await?;
        self.inner.organization(organization).await
    }

    async fn links(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
    ) -> Result<Vec<Link>, StoreError> {
        self.step().await?;
        self.inner.links(organization, mailbox).await
    }

    async fn links_to(
        &self,
        organization: OrganizationId,
        activities: Vec<ActivityId>,
    ) -> Result<Vec<Link>, StoreError> {
        self.step().await?;
        self.inner.links_to(organization, activities).await
    }

    async fn glimpse(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
        handles: Vec<ItemHandle>,
    ) -> Result<Glimpse, StoreError> {
        self.step().await?;
        self.inner.glimpse(organization, mailbox, handles).await
    }

    async fn alike(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
        message_ids: Vec<String>,
        source_keys: Vec<String>,
    ) -> Result<(Vec<Link>, Vec<Tombstone>), StoreError> {
        self.step().await?;
        self.inner.alike(organization, mailbox, message_ids, source_keys).await
    }

    async fn subscriptions(
        &self,
        organization: OrganizationId,
        mailbox: Option<MailboxId>,
    ) -> Result<Vec<SubscriptionRow>, StoreError> {
        self.step().await?;
        self.inner.subscriptions(organization, mailbox).await
    }

    async fn subscription(
        &self,
        id: String,
    ) -> Result<Option<(OrganizationId, SubscriptionRow)>, StoreError> {
        self.step().await?;
        self.inner.subscription(id).await
    }

    async fn epochs(
        &self,
        organization: OrganizationId,
        keys: Vec<EpochKey>,
    ) -> Result<Vec<EpochRow>, StoreError> {
        self.step().await?;
        self.inner.epochs(organization, keys).await
    }

    async fn tombstones(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
    ) -> Result<Vec<Tombstone>, StoreError> {
        self.step().await?;
        self.inner.tombstones(organization, mailbox).await
    }

    async fn expected_copies(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
    ) -> Result<Vec<ExpectedCopy>, StoreError> {
        self.step().await?;
        self.inner.expected_copies(organization, mailbox).await
    }

    async fn held(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
    ) -> Result<Vec<HeldDecision>, StoreError> {
        self.step().await?;
        self.inner.held(organization, mailbox).await
    }

    async fn holding(&self, organization: OrganizationId) -> Result<Vec<MailboxId>, StoreError> {
        self.step().await?;
        self.inner.holding(organization).await
    }

    async fn release_held(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
    ) -> Result<u64, StoreError> {
        self.step().await?;
        self.inner.release_held(organization, mailbox).await
    }

    async fn answer_edit(&self, key: LinkKey, yes: bool) -> Result<bool, StoreError> {
        self.step().await?;
        self.inner.answer_edit(key, yes).await
    }

    async fn endings(
        &self,
        organization: OrganizationId,
        since: Instant,
    ) -> Result<Vec<SweptLink>, StoreError> {
        self.step().await?;
        self.inner.endings(organization, since).await
    }

    async fn tracked_count(&self, organization: OrganizationId) -> Result<u64, StoreError> {
        self.step().await?;
        self.inner.tracked_count(organization).await
    }

    async fn tracked_in(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
    ) -> Result<u64, StoreError> {
        self.step().await?;
        self.inner.tracked_in(organization, mailbox).await
    }

    async fn intents(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
    ) -> Result<Vec<Intent>, StoreError> {
        self.step().await?;
        self.inner.intents(organization, mailbox).await
    }

    async fn commit(&self, lease: &Lease, record: Record) -> Result<Vec<MailboxId>, StoreError> {
        self.step().await?;
        let told = Arc::new(record.clone());
        let outcome = self.inner.commit(lease, record).await;
        self.life.network.tell(Happening::Recorded {
            organization: self.life.organization,
            worker: self.life.worker,
            mailbox: mailbox(lease),
            fence: lease.fence,
            record: told,
            is_taken: outcome.is_ok(),
        });
        outcome
    }

    async fn put_request(
        &self,
        key: LinkKey,
        kind: ItemKind,
        request: Request,
        actor: Actor,
    ) -> Result<Instant, StoreError> {
        self.step().await?;
        self.inner.put_request(key, kind, request, actor).await
    }

    async fn item(&self, organization: OrganizationId, id: i64) -> Result<Link, StoreError> {
        self.step().await?;
        self.inner.item(organization, id).await
    }

    async fn items(
        &self,
        organization: OrganizationId,
        query: ItemQuery,
    ) -> Result<ItemPage, StoreError> {
        self.step().await?;
        self.inner.items(organization, query).await
    }

    async fn history(&self, key: &LinkKey) -> Result<Vec<HistoryEntry>, StoreError> {
        self.step().await?;
        self.inner.history(key).await
    }

    async fn happenings(
        &self,
        organization: OrganizationId,
        after: Option<i64>,
        limit: usize,
    ) -> Result<Vec<NumberedEntry>, StoreError> {
        self.step().await?;
        self.inner.happenings(organization, after, limit).await
    }

    async fn troubles(&self, organization: OrganizationId) -> Result<Vec<Trouble>, StoreError> {
        self.step().await?;
        self.inner.troubles(organization).await
    }

    async fn prune_history(
        &self,
        organization: OrganizationId,
        before: Instant,
        per_link: usize,
    ) -> Result<u64, StoreError> {
        self.step().await?;
        self.inner.prune_history(organization, before, per_link).await
    }

    async fn alerts(
        &self,
        organization: OrganizationId,
        query: AlertQuery,
    ) -> Result<AlertPage, StoreError> {
        self.step().await?;
        self.inner.alerts(organization, query).await
    }

    async fn alert(&self, organization: OrganizationId, id: Uuid) -> Result<KeptAlert, StoreError> {
        self.step().await?;
        self.inner.alert(organization, id).await
    }

    async fn set_alert(
        &self,
        organization: OrganizationId,
        id: Uuid,
        state: AlertState,
    ) -> Result<KeptAlert, StoreError> {
        self.step().await?;
        self.inner.set_alert(organization, id, state).await
    }

    async fn alerts_waiting(
        &self,
        organization: OrganizationId,
        limit: usize,
    ) -> Result<Vec<Alert>, StoreError> {
        self.step().await?;
        self.inner.alerts_waiting(organization, limit).await
    }

    async fn alerts_delivered(
        &self,
        organization: OrganizationId,
        ids: Vec<Uuid>,
    ) -> Result<(), StoreError> {
        self.step().await?;
        self.inner.alerts_delivered(organization, ids).await
    }

    async fn prune_alerts(
        &self,
        organization: OrganizationId,
        before: Instant,
    ) -> Result<u64, StoreError> {
        self.step().await?;
        self.inner.prune_alerts(organization, before).await
    }
}
