//! The CRM within our own time, and not before its own: every call ends with an answer, or without
//! one, and none is made while the CRM asks for patience.

use crate::circuit::Circuits;
use async_trait::async_trait;
use earmark_crm_port::{
    Crm, CrmChangePage, CrmCheckpoint, CrmLink, Health, Lookup, LookupRequest,
    OrganizationSnapshot, Promoted, RecordFields, TestOutcome, Updated,
};
use earmark_model::{
    ActivityDraft, ActivityId, Alert, Clock, Failure, FailureClass, Field, Instant, MailboxId,
    OrganizationId, PrincipalId, Regarding, limits,
};
use std::{future::Future, sync::Arc};

/// A CRM that is not waited for longer than [`limits::CRM_CALL_MAX`]. What was given up may have
/// had its effect; each call says how it is repeated. Whichever call is told to wait, all others
/// wait as well, but for the reading of settings.
pub(crate) struct WithinTime {
    pub(crate) crm: Arc<dyn Crm>,
    pub(crate) circuits: Arc<Circuits<OrganizationId>>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl WithinTime {
    async fn within<T>(
        &self,
        call: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        match self.circuits.paused_until(self.crm.organization(), self.clock.now()) {
            Some(until) => Err(waiting(until)),
            None => self.heard(call).await,
        }
    }

    /// The same during a pause as well.
    async fn heard<T>(&self, call: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        let answer = tokio::time::timeout(limits::CRM_CALL_MAX, call).await;
        let answer = answer.unwrap_or_else(|_| Err(no_answer()));
        if let Err(Failure { class: FailureClass::Throttled { until: Some(until) }, .. }) = &answer
        {
            self.circuits.pause(self.crm.organization(), *until);
        }
        answer
    }
}

fn no_answer() -> Failure {
    let detail = "the CRM did not answer within two minutes";
    Failure::new(FailureClass::Timeout, "NoAnswer", detail)
}

fn waiting(until: Instant) -> Failure {
    let detail = "the CRM asked for a pause that is not over; nothing was sent";
    Failure::new(FailureClass::Throttled { until: Some(until) }, "WaitingForServer", detail)
}

#[async_trait]
impl Crm for WithinTime {
    fn organization(&self) -> OrganizationId {
        self.crm.organization()
    }

    async fn lookup(&self, request: &LookupRequest) -> Result<Lookup, Failure> {
        self.within(self.crm.lookup(request)).await
    }

    async fn promote(&self, draft: &ActivityDraft, link: &CrmLink) -> Result<Promoted, Failure> {
        self.within(self.crm.promote(draft, link)).await
    }

    async fn update(&self, draft: &ActivityDraft, keeping: &[Field]) -> Result<Updated, Failure> {
        self.within(self.crm.update(draft, keeping)).await
    }

    async fn conflicts(&self, draft: &ActivityDraft) -> Result<Vec<ActivityId>, Failure> {
        self.within(self.crm.conflicts(draft)).await
    }

    async fn compare(&self, draft: &ActivityDraft) -> Result<RecordFields, Failure> {
        self.within(self.crm.compare(draft)).await
    }

    async fn link(
        &self,
        link: &CrmLink,
        activity: ActivityId,
        regarding: Option<Option<&Regarding>>,
    ) -> Result<(), Failure> {
        self.within(self.crm.link(link, activity, regarding)).await
    }

    async fn put_in_queues(
        &self,
        activity: ActivityId,
        queues: &[PrincipalId],
    ) -> Result<(), Failure> {
        self.within(self.crm.put_in_queues(activity, queues)).await
    }

    async fn unlink(&self, link: &CrmLink, activity: ActivityId) -> Result<(), Failure> {
        self.within(self.crm.unlink(link, activity)).await
    }

    async fn changes(&self, checkpoint: Option<&CrmCheckpoint>) -> Result<CrmChangePage, Failure> {
        self.within(self.crm.changes(checkpoint)).await
    }

    async fn links(&self, mailbox: MailboxId) -> Result<Vec<(CrmLink, ActivityId)>, Failure> {
        self.within(self.crm.links(mailbox)).await
    }

    async fn existing(&self, activities: &[ActivityId]) -> Result<Vec<ActivityId>, Failure> {
        self.within(self.crm.existing(activities)).await
    }

    async fn keep_watermark(
        &self,
        mailbox: MailboxId,
        received_after: Instant,
    ) -> Result<(), Failure> {
        self.within(self.crm.keep_watermark(mailbox, received_after)).await
    }

    async fn record_test(
        &self,
        mailbox: MailboxId,
        asked: Option<Instant>,
        outcome: TestOutcome,
    ) -> Result<(), Failure> {
        self.within(self.crm.record_test(mailbox, asked, outcome)).await
    }

    async fn record_health(&self, mailbox: MailboxId, health: &Health) -> Result<(), Failure> {
        self.within(self.crm.record_health(mailbox, health)).await
    }

    async fn settings(&self) -> Result<OrganizationSnapshot, Failure> {
        // An administrator waits for it who has just changed something, the pause's cause perhaps.
        self.heard(self.crm.settings()).await
    }

    async fn raise(&self, alerts: &[Alert]) -> Result<(), Failure> {
        self.within(self.crm.raise(alerts)).await
    }
}
