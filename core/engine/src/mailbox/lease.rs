//! Keeping the lease of a mailbox while others take their time.

use super::Cycle;
use crate::EngineError;
use std::{future::Future, pin::pin};

/// How often a lease is renewed within its length.
const RENEWALS: u32 = 3;

impl Cycle<'_> {
    /// Waits for `work`, however long it takes, and renews the lease meanwhile: what took a slow
    /// CRM a minute must still be recorded.
    ///
    /// Errors: another worker has the mailbox; `work` is left where it is, as in a crash.
    pub(super) async fn while_leased<T>(
        &self,
        work: impl Future<Output = T>,
    ) -> Result<T, EngineError> {
        let lease_for = self.engine.parts.settings.lease;
        let mut work = pin!(work);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return Ok(done),
                () = tokio::time::sleep(lease_for / RENEWALS) => {
                    self.engine.parts.store.renew(&self.lease, lease_for).await?;
                }
            }
        }
    }
}
