//! A cycle that somebody waits for, whichever worker runs it.

use crate::{CycleReport, Engine, EngineError, engine::Done};
use earmark_ledger::{Unit, UnitStatus};
use earmark_model::{Instant, MailboxId, OrganizationId};
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;

/// How often the ledger is asked whether another worker has run the cycle.
const ASK_LEDGER: Duration = Duration::from_millis(250);

/// What is waited for.
struct Awaited {
    organization: OrganizationId,
    mailbox: MailboxId,
    asked: Instant,
    /// Units: completed cycles of the mailbox, by whomever, after which it is done.
    cycles: u64,
}

impl Awaited {
    fn is(&self, done: &Done) -> bool {
        let is_it = done.organization == self.organization && done.mailbox == self.mailbox;
        is_it && done.is_whole && done.started >= self.asked
    }
}

impl Engine {
    /// Runs one whole cycle of a mailbox and waits for it. [`Engine::run`] must be running. Where
    /// another worker on the same ledger was quicker, its cycle counts, and the report is empty.
    pub async fn cycle_now(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
    ) -> Result<CycleReport, EngineError> {
        let snapshot = self.refresh(organization).await?;
        let row = snapshot
            .mailboxes
            .iter()
            .find(|row| row.id == mailbox)
            .ok_or(EngineError::UnknownMailbox)?;
        if !row.is_enabled {
            let why = row.disabled_because.clone().unwrap_or_default();
            return Err(EngineError::NotEnabled(why));
        }
        let mut done = self.done.subscribe();
        let before = self.status(organization, mailbox).await?;
        // A cycle that is under way may have looked already.
        let needed = if before.held_by.is_some() { 2 } else { 1 };
        let cycles = before.cycles + needed;
        let awaited = Awaited { organization, mailbox, asked: self.now(), cycles };
        let mut so_far = CycleReport::default();
        self.wake(organization, mailbox).await;
        let mut ask = tokio::time::Instant::now() + ASK_LEDGER;
        loop {
            match tokio::time::timeout_at(ask, done.recv()).await {
                Ok(Ok(cycle)) if awaited.is(&cycle) => {
                    let is_unfinished = cycle.report.is_unfinished;
                    so_far = so_far.then(cycle.report);
                    if !is_unfinished {
                        return Ok(so_far);
                    }
                }
                Ok(Ok(_) | Err(RecvError::Lagged(_))) => {}
                Ok(Err(RecvError::Closed)) => return Err(EngineError::Stopping),
                Err(_) if self.has_another_done(&awaited).await? => return Ok(so_far),
                Err(_) => ask += ASK_LEDGER,
            }
        }
    }

    /// Whether the cycle was completed, as the ledger has it. Where it was not, and nobody is
    /// about to, the mailbox is made due again: another worker took the wake-up for something else.
    async fn has_another_done(&self, awaited: &Awaited) -> Result<bool, EngineError> {
        let status = self.status(awaited.organization, awaited.mailbox).await?;
        if status.cycles >= awaited.cycles {
            return Ok(true);
        }
        if status.held_by.is_none() {
            self.wake(awaited.organization, awaited.mailbox).await;
        }
        Ok(false)
    }

    async fn status(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
    ) -> Result<UnitStatus, EngineError> {
        let units = self.parts.store.units(organization).await?;
        let own = |status: &UnitStatus| status.unit == Unit::Mailbox(mailbox);
        units.into_iter().find(own).ok_or(EngineError::UnknownMailbox)
    }
}
