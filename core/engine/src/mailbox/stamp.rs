//! The stamp in the mailbox: one mailbox is synchronized with one organization. Where another one
//! took it over, nothing is read into the CRM and nothing is written to it any more.

use super::{Cycle, testing};
use crate::EngineError;
use earmark_crm_port::TestOutcome;
use earmark_ledger::StampMemory;
use earmark_model::{Failure, FailureClass, limits};
use earmark_tracking::enabling::{self, StampStep};

/// The code of the failure of a cycle in a mailbox that is another organization's.
const ANOTHERS: &str = "AnotherOrganization";

impl Cycle<'_> {
    /// Looks now and then whose the mailbox is.
    ///
    /// Errors: as [`Self::read_stamp`].
    pub(super) async fn check_stamp(&mut self) -> Result<(), EngineError> {
        if self.stamp_is_due() { self.read_stamp().await } else { Ok(()) }
    }

    /// Whoever takes a mailbox over makes its entry anew, so that an entry that is not the one that
    /// was known hints at another organization.
    ///
    /// Errors: as [`Self::read_stamp`].
    pub(super) async fn look_for_take_over(&mut self) -> Result<(), EngineError> {
        if self.rules().stamp_read_with_entry { self.read_stamp().await } else { Ok(()) }
    }

    /// Looks whose the mailbox is, and writes our stamp where there is none: an older version left
    /// none, and neither does a mailbox that was restored.
    ///
    /// Errors: `ScopeUnreadable` where it is another organization's; it is disabled in the CRM then.
    async fn read_stamp(&mut self) -> Result<(), EngineError> {
        if !self.engine.parts.mailboxes.capabilities().stamp {
            return Ok(());
        }
        let ours = self.lease.organization.to_string();
        let whose = enabling::whose(self.mailbox.stamp().await?.as_deref(), &ours);
        match enabling::stamp_step(whose, false, self.rules()) {
            StampStep::Leave => {}
            StampStep::Write => self.put_stamp(&ours).await?,
            StampStep::Stop => return self.lost_to_another().await,
        }
        self.memory.stamp = StampMemory { read_at: Some(self.now()), is_anothers: false };
        Ok(())
    }

    fn stamp_is_due(&self) -> bool {
        let (now, read) = (self.now(), self.memory.stamp.read_at);
        read.is_none_or(|read| read > now || now.since(read) >= limits::STAMP_INTERVAL)
    }

    /// A mailbox that may only be read is served all the same.
    async fn put_stamp(&self, ours: &str) -> Result<(), EngineError> {
        match self.mailbox.put_stamp(ours).await {
            Err(failure) if testing::is_about_stamp(&failure) => {
                tracing::info!(mailbox.id = %self.row.id, code = %failure.code,
                    "the mailbox could not be stamped; that is tried again at the next check");
                Ok(())
            }
            other => Ok(other?),
        }
    }

    async fn lost_to_another(&mut self) -> Result<(), EngineError> {
        let lost = enabling::lost(self.row.owner.queue().is_some());
        self.memory.stamp = StampMemory { read_at: None, is_anothers: true };
        self.memory.test = testing::remembered(&lost, self.now());
        let outcome = TestOutcome::Ended { incoming: lost.incoming.status, act: lost.act.status };
        // Until the CRM takes it, each cycle finds the same and ends here.
        if let Err(failure) = self.crm.record_test(self.row.id, None, outcome).await {
            tracing::warn!(mailbox.id = %self.row.id, code = %failure.code,
                "the CRM does not know yet that the mailbox is another organization's");
        }
        let detail = "the mailbox was taken over by another organization";
        Err(Failure::new(FailureClass::ScopeUnreadable, ANOTHERS, detail).into())
    }

    /// Whether a failure means that the mailbox is another organization's.
    pub(super) fn is_lost(failure: &Failure) -> bool {
        failure.code == ANOTHERS
    }
}
