//! Whoever else may change the mailbox: where such a person knows the category by another name,
//! that is told, because what is assigned under it here is not tracked.

use super::Cycle;
use crate::EngineError;
use earmark_ledger::DelegatesMemory;
use earmark_model::{CategoryName, Failure, FailureClass, MailboxAddress, MailboxId, limits};
use earmark_tracking::delegates::other_name;

impl Cycle<'_> {
    /// Compares the name of the category with those in the mailboxes of delegates, as far as these
    /// are served here. Costs one request a day; what fails about it is no failure of the mailbox.
    pub(super) async fn compare_names_with_delegates(&mut self) -> Result<(), EngineError> {
        let tells = self.engine.parts.mailboxes.capabilities().delegates;
        let compares = tells && self.rules().delegate_names_compared;
        let Some(own) = self.memory.tracked.as_ref().map(|entry| entry.name.clone()) else {
            return Ok(());
        };
        if !compares || !self.settings.track_categorized_items {
            return Ok(());
        }
        if self.delegates_are_due() {
            let answer = self.mailbox.delegates().await;
            self.take_delegates(answer);
        }
        let mut names = Vec::new();
        for mailbox in &self.memory.delegates.mailboxes {
            names.extend(self.name_in(*mailbox).await?);
        }
        let other = other_name(&own, &names, self.rules()).cloned();
        if other.is_some() != self.memory.delegates.differs {
            self.memory.delegates.differs = other.is_some();
            self.tell_of_other_name(other.as_ref());
        }
        Ok(())
    }

    fn delegates_are_due(&self) -> bool {
        let (now, read) = (self.now(), self.memory.delegates.read_at);
        read.is_none_or(|read| read > now || now.since(read) >= limits::DELEGATES_INTERVAL)
    }

    fn take_delegates(&mut self, answer: Result<Vec<MailboxAddress>, Failure>) {
        let known = std::mem::take(&mut self.memory.delegates);
        let mailboxes = match answer {
            Ok(addresses) => self.served(&addresses),
            // Who cannot be read for long is whoever was known; it is asked again after the interval.
            Err(failure) if failure.class == FailureClass::ScopeUnreadable => known.mailboxes,
            Err(failure) => {
                tracing::info!(mailbox.id = %self.row.id, code = %failure.code,
                    "who may change the mailbox is asked again in the next cycle");
                self.memory.delegates = known;
                return;
            }
        };
        let read_at = Some(self.now());
        self.memory.delegates = DelegatesMemory { mailboxes, read_at, differs: known.differs };
    }

    /// The mailboxes of these people that are served here.
    fn served(&self, addresses: &[MailboxAddress]) -> Vec<MailboxId> {
        let rows = self.snapshot.mailboxes.iter().filter(|row| row.is_enabled);
        rows.filter(|row| row.id != self.row.id && addresses.contains(&row.address))
            .map(|row| row.id)
            .collect()
    }

    /// The name of the category in another mailbox.
    async fn name_in(&self, mailbox: MailboxId) -> Result<Option<CategoryName>, EngineError> {
        let memory = self.engine.parts.store.mailbox(self.lease.organization, mailbox).await?;
        Ok(memory.tracked.map(|entry| entry.name))
    }
}
