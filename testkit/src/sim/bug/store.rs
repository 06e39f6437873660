//! Bugs between the engine and its ledger.

use super::{Bug, Shared};
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
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use uuid::Uuid;

/// A ledger that is used wrongly. One for each life of a worker.
pub(super) struct BuggyStore {
    pub(super) inner: Arc<dyn Store>,
    pub(super) bug: Bug,
    pub(super) shared: Arc<Shared>,
    /// Items that failed in this life.
    pub(super) failed: Mutex<BTreeSet<LinkKey>>,
}

impl BuggyStore {
    /// Failures of an earlier life are forgotten, where that is the bug.
    fn recalled(&self, mut link: Link) -> Link {
        if self.bug == Bug::AttemptsForgotten {
            let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
            if !failed.contains(&link.key) {
                link.attempts = 0;
            }
        }
        link
    }

    fn remember(&self, record: &Record) {
        let failed = record.links.iter().filter(|link| link.attempts > 0);
        let mut all = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        all.extend(failed.map(|link| link.key.clone()));
    }

    /// The memory of the mailbox first, with all its cursors, and the rest a moment later.
    async fn in_two(
        &self,
        lease: &Lease,
        mut record: Record,
    ) -> Result<Vec<MailboxId>, StoreError> {
        let first = Record { mailbox: record.mailbox.take(), ..Record::default() };
        self.inner.commit(lease, first).await?;
        tokio::time::sleep(Duration::from_secs(20)).await;
        self.inner.commit(lease, record).await
    }
}

#[async_trait]
impl Store for BuggyStore {
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
        self.shared.claimed(&leases);
        Ok(leases)
    }

    async fn renew(&self, lease: &Lease, lease_for: Duration) -> Result<Lease, StoreError> {
        self.inner.renew(lease, lease_for).await
    }

    async fn release(
        &self,
        lease: &Lease,
        due: Instant,
        completed: bool,
    ) -> Result<(), StoreError> {
        // Whoever is notified needs no regular cycle, where that is the bug.
        let is_trusted = self.bug == Bug::PushIsTrusted && matches!(lease.unit, Unit::Mailbox(_));
        let due = if is_trusted { due.plus(Duration::from_secs(7 * 86_400)) } else { due };
        self.inner.release(lease, due, completed).await
    }

    async fn take_back(&self, worker: &str) -> Result<usize, StoreError> {
        self.inner.take_back(worker).await
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
        if self.bug == Bug::EarlyAcknowledgement {
            return Ok(());
        }
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
        let links = self.inner.links(organization, mailbox).await?;
        Ok(links.into_iter().map(|link| self.recalled(link)).collect())
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
        let mut glimpse = self.inner.glimpse(organization, mailbox, handles).await?;
        glimpse.links = glimpse.links.into_iter().map(|link| self.recalled(link)).collect();
        Ok(glimpse)
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

    async fn holding(&self, organization: OrganizationId) -> Result<Vec<MailboxId>, StoreError> {
        self.inner.holding(organization).await
    }

    async fn release_held(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
    ) -> Result<u64, StoreError> {
        self.inner.release_held(organization, mailbox).await
    }

    async fn answer_edit(&self, key: LinkKey, yes: bool) -> Result<bool, StoreError> {
        self.inner.answer_edit(key, yes).await
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
        self.remember(&record);
        match self.bug {
            Bug::CursorFirst => self.in_two(lease, record).await,
            Bug::NoFence => match self.inner.commit(lease, record.clone()).await {
                Err(StoreError::LeaseLost) => match self.shared.newest(lease) {
                    Some(newest) => self.inner.commit(&newest, record).await,
                    None => Err(StoreError::LeaseLost),
                },
                other => other,
            },
            _ => self.inner.commit(lease, record).await,
        }
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

    async fn happenings(
        &self,
        organization: OrganizationId,
        after: Option<i64>,
        limit: usize,
    ) -> Result<Vec<NumberedEntry>, StoreError> {
        self.inner.happenings(organization, after, limit).await
    }

    async fn troubles(&self, organization: OrganizationId) -> Result<Vec<Trouble>, StoreError> {
        self.inner.troubles(organization).await
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
