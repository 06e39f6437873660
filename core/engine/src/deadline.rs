//! The CRM within our own time: every call ends with an answer, or without one.

use async_trait::async_trait;
use earmark_crm_port::{
    Crm, CrmChangePage, CrmCheckpoint, CrmLink, Lookup, LookupRequest, OrganizationSnapshot,
    Promoted, Updated,
};
use earmark_model::{
    ActivityDraft, ActivityId, Alert, Failure, FailureClass, Instant, MailboxId, OrganizationId,
    PrincipalId, Regarding, limits,
};
use std::{future::Future, sync::Arc};

/// A CRM that is not waited for longer than [`limits::CRM_CALL_MAX`]. What was given up may have
/// had its effect; each call says how it is repeated.
pub(crate) struct WithinTime(pub(crate) Arc<dyn Crm>);

async fn within<T>(call: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    match tokio::time::timeout(limits::CRM_CALL_MAX, call).await {
        Ok(answer) => answer,
        Err(_) => Err(Failure::new(
            FailureClass::Timeout,
            "NoAnswer",
            "the CRM did not answer within two minutes",
        )),
    }
}

#[async_trait]
impl Crm for WithinTime {
    fn organization(&self) -> OrganizationId {
        self.0.organization()
    }

    async fn lookup(&self, request: &LookupRequest) -> Result<Lookup, Failure> {
        within(self.0.lookup(request)).await
    }

    async fn promote(&self, draft: &ActivityDraft, link: &CrmLink) -> Result<Promoted, Failure> {
        within(self.0.promote(draft, link)).await
    }

    async fn update(&self, draft: &ActivityDraft) -> Result<Updated, Failure> {
        within(self.0.update(draft)).await
    }

    async fn link(
        &self,
        link: &CrmLink,
        activity: ActivityId,
        regarding: Option<Option<&Regarding>>,
    ) -> Result<(), Failure> {
        within(self.0.link(link, activity, regarding)).await
    }

    async fn put_in_queues(
        &self,
        activity: ActivityId,
        queues: &[PrincipalId],
    ) -> Result<(), Failure> {
        within(self.0.put_in_queues(activity, queues)).await
    }

    async fn unlink(&self, link: &CrmLink, activity: ActivityId) -> Result<(), Failure> {
        within(self.0.unlink(link, activity)).await
    }

    async fn changes(&self, checkpoint: Option<&CrmCheckpoint>) -> Result<CrmChangePage, Failure> {
        within(self.0.changes(checkpoint)).await
    }

    async fn links(&self, mailbox: MailboxId) -> Result<Vec<(CrmLink, ActivityId)>, Failure> {
        within(self.0.links(mailbox)).await
    }

    async fn existing(&self, activities: &[ActivityId]) -> Result<Vec<ActivityId>, Failure> {
        within(self.0.existing(activities)).await
    }

    async fn keep_watermark(
        &self,
        mailbox: MailboxId,
        received_after: Instant,
    ) -> Result<(), Failure> {
        within(self.0.keep_watermark(mailbox, received_after)).await
    }

    async fn settings(&self) -> Result<OrganizationSnapshot, Failure> {
        within(self.0.settings()).await
    }

    async fn raise(&self, alerts: &[Alert]) -> Result<(), Failure> {
        within(self.0.raise(alerts)).await
    }
}
