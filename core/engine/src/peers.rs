//! Other workers on the same ledger.
//!
//! Leases alone keep two workers apart. [`Peers`] only makes it quicker: what a worker held whose
//! process has ended need not wait until its leases run out. The settings that another worker read
//! later are noticed through the ledger.

use crate::{Engine, EngineError, engine::Known};
use earmark_model::{Instant, MailboxId, OrganizationId};
use std::{sync::Arc, time::Duration};

/// How often ended workers are looked for.
const LOOK_FOR_ENDED: Duration = Duration::from_millis(250);

/// What is known about the other workers on the ledger.
pub trait Peers: Send + Sync {
    /// Workers that certainly ended and will never come back. Repeatable: yes.
    fn ended(&self) -> Vec<String>;

    /// What `worker` held was given back; it is not named again. Repeatable: yes.
    fn forget(&self, worker: &str);
}

impl Engine {
    /// From now on the leases of ended workers are given back at once. Another set of peers is
    /// ignored.
    pub fn take_over_from(&self, peers: Arc<dyn Peers>) {
        self.peers.get_or_init(|| peers);
    }

    /// The longest that the loop may sleep without looking for ended workers.
    pub(crate) fn looks_for_ended(&self) -> Option<Duration> {
        self.peers.get().map(|_| LOOK_FOR_ENDED)
    }

    /// Gives back what ended workers held, at most once in [`LOOK_FOR_ENDED`].
    pub(crate) async fn take_over(&self, looked: &mut Option<Instant>) {
        let Some(peers) = self.peers.get() else { return };
        let now = self.now();
        if looked.is_some_and(|at| at <= now && now.since(at) < LOOK_FOR_ENDED) {
            return;
        }
        *looked = Some(now);
        for worker in peers.ended() {
            match self.parts.store.take_back(&worker).await {
                Ok(units) => {
                    tracing::info!(
                        worker,
                        units,
                        "a worker has ended; others go on with its units"
                    );
                    peers.forget(&worker);
                }
                Err(error) => {
                    tracing::warn!(worker, error = %error, "its leases run out by themselves");
                }
            }
        }
    }

    /// Whether another worker has read settings and mailboxes since this one last did. `interval`:
    /// younger than that, nobody asks.
    pub(crate) async fn is_overtaken(
        &self,
        organization: OrganizationId,
        known: &Known,
        interval: Duration,
    ) -> Result<bool, EngineError> {
        let now = self.now();
        if known.read_at <= now && now.since(known.read_at) < interval {
            return Ok(false);
        }
        let memory = self.parts.store.organization(organization).await?;
        Ok(memory.last_success.is_some_and(|at| at > known.read_at))
    }

    /// What is known, in which `mailbox` is served if it is at all: another worker may have
    /// scheduled it a moment ago.
    pub(crate) async fn known_with(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
    ) -> Result<Known, EngineError> {
        let known = self.known(organization).await?;
        if known.snapshot.mailboxes.iter().any(|row| row.id == mailbox && row.is_enabled) {
            return Ok(known);
        }
        self.reread(organization, known).await
    }
}
