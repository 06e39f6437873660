//! Bugs between the engine and a CRM.

use super::{Bug, Shared};
use async_trait::async_trait;
use earmark_crm_port::{
    Crm, CrmChangePage, CrmCheckpoint, CrmLink, Health, Lookup, LookupRequest,
    OrganizationSnapshot, Promoted, RecordFields, TestOutcome, Updated,
};
use earmark_model::{
    ActivityDraft, ActivityId, Alert, Cause, Failure, Field, Instant, MailboxId, OrganizationId,
    PrincipalId, Regarding,
};
use std::sync::Arc;

/// A CRM that is asked wrongly.
pub(super) struct BuggyCrm {
    pub(super) inner: Arc<dyn Crm>,
    pub(super) bug: Bug,
    pub(super) shared: Arc<Shared>,
}

#[async_trait]
impl Crm for BuggyCrm {
    fn organization(&self) -> OrganizationId {
        self.inner.organization()
    }

    async fn lookup(&self, request: &LookupRequest) -> Result<Lookup, Failure> {
        self.inner.lookup(request).await
    }

    async fn promote(&self, draft: &ActivityDraft, link: &CrmLink) -> Result<Promoted, Failure> {
        match self.bug {
            Bug::PlainCreate => {
                let mut draft = draft.clone();
                draft.id = ActivityId(self.shared.random.uuid());
                self.inner.promote(&draft, link).await
            }
            Bug::ThereIsFailure => match self.inner.promote(draft, link).await {
                Ok(Promoted::AlreadyThere(_)) => {
                    let code = "0x80040237";
                    Err(Failure::refused(
                        Cause::UnexpectedError,
                        code,
                        "a record of that id is there",
                    ))
                }
                other => other,
            },
            _ => self.inner.promote(draft, link).await,
        }
    }

    async fn update(&self, draft: &ActivityDraft, keeping: &[Field]) -> Result<Updated, Failure> {
        self.inner.update(draft, keeping).await
    }

    async fn conflicts(&self, draft: &ActivityDraft) -> Result<Vec<ActivityId>, Failure> {
        self.inner.conflicts(draft).await
    }

    async fn compare(&self, draft: &ActivityDraft) -> Result<RecordFields, Failure> {
        self.inner.compare(draft).await
    }

    async fn link(
        &self,
        link: &CrmLink,
        activity: ActivityId,
        regarding: Option<Option<&Regarding>>,
    ) -> Result<(), Failure> {
        self.inner.link(link, activity, regarding).await
    }

    async fn put_in_queues(
        &self,
        activity: ActivityId,
        queues: &[PrincipalId],
    ) -> Result<(), Failure> {
        self.inner.put_in_queues(activity, queues).await
    }

    async fn unlink(&self, link: &CrmLink, activity: ActivityId) -> Result<(), Failure> {
        self.inner.unlink(link, activity).await
    }

    async fn changes(&self, checkpoint: Option<&CrmCheckpoint>) -> Result<CrmChangePage, Failure> {
        self.inner.changes(checkpoint).await.map_err(|failure| self.bug.read_expired(failure))
    }

    async fn links(&self, mailbox: MailboxId) -> Result<Vec<(CrmLink, ActivityId)>, Failure> {
        self.inner.links(mailbox).await
    }

    async fn existing(&self, activities: &[ActivityId]) -> Result<Vec<ActivityId>, Failure> {
        self.inner.existing(activities).await
    }

    async fn keep_watermark(
        &self,
        mailbox: MailboxId,
        received_after: Instant,
    ) -> Result<(), Failure> {
        self.inner.keep_watermark(mailbox, received_after).await
    }

    async fn record_test(
        &self,
        mailbox: MailboxId,
        asked: Option<Instant>,
        outcome: TestOutcome,
    ) -> Result<(), Failure> {
        self.inner.record_test(mailbox, asked, outcome).await
    }

    async fn record_health(&self, mailbox: MailboxId, health: &Health) -> Result<(), Failure> {
        self.inner.record_health(mailbox, health).await
    }

    async fn settings(&self) -> Result<OrganizationSnapshot, Failure> {
        self.inner.settings().await
    }

    async fn raise(&self, alerts: &[Alert]) -> Result<(), Failure> {
        self.inner.raise(alerts).await
    }
}
