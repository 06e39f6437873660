//! Alerts: raised in the commit of what caused them, handed to the CRM when it answers.

use crate::Engine;
use earmark_crm_port::OrganizationSettings;
use earmark_ledger::{AlertEnd, Record};
use earmark_model::{Alert, MailboxId, OrganizationId};
use earmark_tracking::{
    AlertKind,
    alert::{self, Occasion},
};

/// Units: alerts that are handed over in one request.
const AT_ONCE: usize = 100;

impl Engine {
    /// The alert of an occasion; `None` where the organization does not want its level.
    pub(crate) fn alert(
        &self,
        occasion: Occasion,
        organization: OrganizationId,
        mailbox: Option<MailboxId>,
        settings: &OrganizationSettings,
    ) -> Option<Alert> {
        let rules = &self.parts.rules;
        alert::raise(occasion, organization, mailbox, settings.alerts, self.now(), rules)
    }

    /// The end of a cause that lasted, with what is said then.
    pub(crate) fn alert_end(
        &self,
        kind: AlertKind,
        organization: OrganizationId,
        mailbox: Option<MailboxId>,
        settings: &OrganizationSettings,
    ) -> AlertEnd {
        let episode = self.now().as_millis().to_string();
        let then = kind.after().and_then(|after| {
            self.alert(Occasion::new(after, episode, ""), organization, mailbox, settings)
        });
        AlertEnd { mailbox, code: kind.code().to_owned(), then }
    }

    /// Hands the CRM every alert that it does not have yet. What cannot be handed over waits for
    /// the organization's next cycle. Repeatable: yes.
    pub(crate) async fn hand_over_alerts(&self, organization: OrganizationId) {
        let Some(crm) = self.crm(organization) else { return };
        while !self.crm_circuits.is_open(organization, self.now()) {
            let waiting = match self.parts.store.alerts_waiting(organization, AT_ONCE).await {
                Ok(waiting) => waiting,
                Err(error) => {
                    tracing::error!(error = %error, "the alerts that wait could not be read");
                    return;
                }
            };
            if waiting.is_empty() {
                return;
            }
            if let Err(failure) = crm.raise(&waiting).await {
                tracing::warn!(organization.id = %organization, code = %failure.code,
                    count = waiting.len(), "alerts wait until the CRM takes them");
                return;
            }
            let ids = waiting.iter().map(|alert| alert.id).collect();
            if let Err(error) = self.parts.store.alerts_delivered(organization, ids).await {
                tracing::error!(error = %error, "alerts that were handed over will be again");
                return;
            }
        }
    }
}

/// What a cycle of a mailbox raised and did not record yet.
#[derive(Debug, Default)]
pub(crate) struct Raised {
    alerts: Vec<Alert>,
    ended: Vec<AlertEnd>,
    /// Something was raised in this cycle, recorded or not.
    any: bool,
}

impl Raised {
    /// Notes an alert.
    pub(crate) fn push(&mut self, alert: Option<Alert>) {
        self.any |= alert.is_some();
        self.alerts.extend(alert);
    }

    /// Notes that something was raised which is recorded elsewhere.
    pub(crate) fn note(&mut self, any: bool) {
        self.any |= any;
    }

    /// Notes the end of a cause.
    pub(crate) fn end(&mut self, end: AlertEnd) {
        self.any = true;
        self.ended.push(end);
    }

    /// Moves what is not recorded yet into a record.
    pub(crate) fn record(&mut self, record: &mut Record) {
        record.alerts.append(&mut self.alerts);
        record.alerts_ended.append(&mut self.ended);
    }

    /// Whether something is not recorded yet.
    pub(crate) fn waits(&self) -> bool {
        !self.alerts.is_empty() || !self.ended.is_empty()
    }

    /// Whether there was anything at all.
    pub(crate) fn is_any(&self) -> bool {
        self.any
    }
}
