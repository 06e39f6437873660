//! How the synchronization of the mailbox goes, kept in its row of the CRM: written when that changes
//! and never while it stays, so that an idle mailbox costs nothing.

use super::Cycle;
use earmark_crm_port::{Health, SyncError};
use earmark_tracking::AlertKind;

impl Cycle<'_> {
    /// The mailbox is not synchronized, as the alert of that kind says.
    pub(super) fn note_failing(&mut self, kind: AlertKind) {
        let kept = &self.row.health;
        if kept.error.as_ref().is_some_and(|error| error.number == kind.number()) {
            return;
        }
        let error =
            SyncError { number: kind.number(), text: kind.text().to_owned(), since: self.now() };
        let last_success = self.memory.last_success.max(kept.last_success);
        self.health = Some(Health { last_success, error: Some(error) });
    }

    /// The mailbox was worked on as a whole.
    pub(super) fn note_going_well(&mut self) {
        let kept = &self.row.health;
        if kept.error.is_some() || kept.last_success.is_none() {
            self.health = Some(Health { last_success: Some(self.now()), error: None });
        }
    }

    /// Has the CRM keep what changed. Where it does not take it, the next cycle finds the same.
    pub(super) async fn keep_health(&mut self) {
        let Some(health) = self.health.take().filter(|_| self.rules().health_kept) else { return };
        if self.crm_is_down() {
            return;
        }
        match self.crm.record_health(self.row.id, &health).await {
            Ok(()) => self.engine.note_health(self.lease.organization, self.row.id, health),
            Err(failure) => {
                tracing::warn!(mailbox.id = %self.row.id, code = %failure.code,
                    class = failure.class.as_str(), "the CRM did not keep how the mailbox does");
            }
        }
    }
}
