//! A ledger as a worker sees it: what it claims and what it records is told.

use super::{
    log::{Happening, Org},
    wire::Network,
};
use async_trait::async_trait;
use earmark_ledger::{
    AlertPage, AlertQuery, EpochKey, EpochRow, ExpectedCopy, Glimpse, HeldDecision, HistoryEntry,
    Intent, ItemPage, ItemQuery, KeptAlert, Lease, MailboxMemory, OrganizationMemory, Record,
    Store, StoreError, SubscriptionRow, SweptLink, Tombstone, Unit, UnitStatus,
};
use earmark_model::{
    ActivityId, Actor, Alert, AlertState, Instant, ItemHandle, ItemKind, Link, LinkKey, MailboxId,
    OrganizationId, Request,
};
use std::{sync::Arc, time::Duration};
use uuid::Uuid;

/// The ledger of an organization, as one worker reaches it.
pub(super) struct WatchedStore {
    pub(super) inner: Arc<dyn Store>,
    pub(super) network: Arc<Network>,
    pub(super) organization: Org,
    pub(super) worker: usize,
}

impl WatchedStore {
    fn claimed(&self, lease: &Lease) {
        self.network.tell(Happening::Claimed {
            organization: self.organization,
            worker: self.worker,
            mailbox: mailbox(lease),
            fence: lease.fence,
            until: lease.expires,
        });
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
        self.inner.put_units(organization, units).await
    }

    async fn claim(
        &self,
        worker: &str,
        only: Option<OrganizationId>,
        limit: usize,
        lease_for: Duration,
    ) -> Result<Vec<Lease>, StoreError> {
        let leases = self.inner.claim(worker, only, limit, lease_for).await?;
        leases.iter().for_each(|lease| self.claimed(lease));
        Ok(leases)
    }

    async fn renew(&self, lease: &Lease, lease_for: Duration) -> Result<Lease, StoreError> {
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
        self.inner.release(lease, due, completed).await
    }

    async fn next_due(&self) -> Result<Option<Instant>, StoreError> {
        self.inner.next_due().await
    }

    async fn wake(
        &self,
        organization: OrganizationId,
        unit: Unit,
        at: Instant,
    ) -> Result<(), StoreError> {
        self.inner.wake(organization, unit, at).await
    }

    async fn pause(&self, organization: OrganizationId, unit: Unit) -> Result<(), StoreError> {
        self.inner.pause(organization, unit).await
    }

    async fn resume(&self, organization: OrganizationId, unit: Unit) -> Result<(), StoreError> {
        self.inner.resume(organization, unit).await
    }

    async fn units(&self, organization: OrganizationId) -> Result<Vec<UnitStatus>, StoreError> {
        self.inner.units(organization).await
    }

    async fn mailbox(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
    ) -> Result<MailboxMemory, StoreError> {
        self.inner.mailbox(organization, mailbox).await
    }

    async fn organization(
        &self,
        organization: OrganizationId,
    ) -> Result<OrganizationMemory, StoreError> {
        self.inner.organization(organization).await
    }

    async fn links(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
    ) -> Result<Vec<Link>, StoreError> {
        self.inner.links(organization, mailbox).await
    }

    async fn links_to(
        &self,
        organization: OrganizationId,
        activities: Vec<ActivityId>,
    ) -> Result<Vec<Link>, StoreError> {
        self.inner.links_to(organization, activities).await
    }

    async fn glimpse(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
        handles: Vec<ItemHandle>,
    ) -> Result<Glimpse, StoreError> {
        self.inner.glimpse(organization, mailbox, handles).await
    }

    async fn alike(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
        message_ids: Vec<String>,
        source_keys: Vec<String>,
    ) -> Result<(Vec<Link>, Vec<Tombstone>), StoreError> {
        self.inner.alike(organization, mailbox, message_ids, source_keys).await
    }

    async fn subscriptions(
        &self,
        organization: OrganizationId,
        mailbox: Option<MailboxId>,
    ) -> Result<Vec<SubscriptionRow>, StoreError> {
        self.inner.subscriptions(organization, mailbox).await
    }

    async fn subscription(
        &self,
        id: String,
    ) -> Result<Option<(OrganizationId, SubscriptionRow)>, StoreError> {
        self.inner.subscription(id).await
    }

    async fn epochs(
        &self,
        organization: OrganizationId,
        keys: Vec<EpochKey>,
    ) -> Result<Vec<EpochRow>, StoreError> {
        self.inner.epochs(organization, keys).await
    }

    async fn tombstones(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
    ) -> Result<Vec<Tombstone>, StoreError> {
        self.inner.tombstones(organization, mailbox).await
    }

    async fn expected_copies(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
    ) -> Result<Vec<ExpectedCopy>, StoreError> {
        self.inner.expected_copies(organization, mailbox).await
    }

    async fn held(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
    ) -> Result<Vec<HeldDecision>, StoreError> {
        self.inner.held(organization, mailbox).await
    }

    async fn release_held(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
    ) -> Result<u64, StoreError> {
        self.inner.release_held(organization, mailbox).await
    }

    async fn endings(
        &self,
        organization: OrganizationId,
        since: Instant,
    ) -> Result<Vec<SweptLink>, StoreError> {
        self.inner.endings(organization, since).await
    }

    async fn tracked_count(&self, organization: OrganizationId) -> Result<u64, StoreError> {
        self.inner.tracked_count(organization).await
    }

    async fn tracked_in(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
    ) -> Result<u64, StoreError> {
        self.inner.tracked_in(organization, mailbox).await
    }

    async fn intents(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
    ) -> Result<Vec<Intent>, StoreError> {
        self.inner.intents(organization, mailbox).await
    }

    async fn commit(&self, lease: &Lease, record: Record) -> Result<Vec<MailboxId>, StoreError> {
        let told = Arc::new(record.clone());
        let outcome = self.inner.commit(lease, record).await;
        self.network.tell(Happening::Recorded {
            organization: self.organization,
            worker: self.worker,
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
        self.inner.put_request(key, kind, request, actor).await
    }

    async fn item(&self, organization: OrganizationId, id: i64) -> Result<Link, StoreError> {
        self.inner.item(organization, id).await
    }

    async fn items(
        &self,
        organization: OrganizationId,
        query: ItemQuery,
    ) -> Result<ItemPage, StoreError> {
        self.inner.items(organization, query).await
    }

    async fn history(&self, key: &LinkKey) -> Result<Vec<HistoryEntry>, StoreError> {
        self.inner.history(key).await
    }

    async fn prune_history(
        &self,
        organization: OrganizationId,
        before: Instant,
        per_link: usize,
    ) -> Result<u64, StoreError> {
        self.inner.prune_history(organization, before, per_link).await
    }

    async fn alerts(
        &self,
        organization: OrganizationId,
        query: AlertQuery,
    ) -> Result<AlertPage, StoreError> {
        self.inner.alerts(organization, query).await
    }

    async fn alert(&self, organization: OrganizationId, id: Uuid) -> Result<KeptAlert, StoreError> {
        self.inner.alert(organization, id).await
    }

    async fn set_alert(
        &self,
        organization: OrganizationId,
        id: Uuid,
        state: AlertState,
    ) -> Result<KeptAlert, StoreError> {
        self.inner.set_alert(organization, id, state).await
    }

    async fn alerts_waiting(
        &self,
        organization: OrganizationId,
        limit: usize,
    ) -> Result<Vec<Alert>, StoreError> {
        self.inner.alerts_waiting(organization, limit).await
    }

    async fn alerts_delivered(
        &self,
        organization: OrganizationId,
        ids: Vec<Uuid>,
    ) -> Result<(), StoreError> {
        self.inner.alerts_delivered(organization, ids).await
    }

    async fn prune_alerts(
        &self,
        organization: OrganizationId,
        before: Instant,
    ) -> Result<u64, StoreError> {
        self.inner.prune_alerts(organization, before).await
    }
}
