//! A test that somebody waits for, whichever worker runs it.

use crate::{Engine, EngineError};
use earmark_crm_port::MailboxRow;
use earmark_model::{MailboxId, OrganizationId};
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;

/// How often the CRM is asked whether another worker has run the test.
const ASK_CRM: Duration = Duration::from_millis(250);

/// How long somebody waits at most: a mailbox that is being worked on is tested after that.
const WAIT_MAX: Duration = Duration::from_secs(60);

impl Engine {
    /// Waits until the test that was asked for in the CRM was carried out, and answers the row as
    /// it is then. [`Engine::run`] must be running. A test whose failure may pass, and one that
    /// takes too long, is answered as still asked for. Without a request nothing is waited for.
    pub async fn test_now(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
    ) -> Result<MailboxRow, EngineError> {
        let mut done = self.done.subscribe();
        let begun = tokio::time::Instant::now();
        let before = self.row_now(organization, mailbox).await?;
        let Some(request) = before.test else { return Ok(before) };
        let mut ask = begun + ASK_CRM;
        loop {
            match tokio::time::timeout_at(ask, done.recv()).await {
                Ok(Ok(one)) if one.organization != organization || one.mailbox != mailbox => {
                    continue;
                }
                Ok(Ok(_) | Err(RecvError::Lagged(_))) => {}
                Ok(Err(RecvError::Closed)) => return Err(EngineError::Stopping),
                Err(_) => ask += ASK_CRM,
            }
            let row = self.row_now(organization, mailbox).await?;
            let is_waiting = row.test.is_some_and(|test| test == request);
            if !is_waiting || begun.elapsed() >= WAIT_MAX {
                return Ok(row);
            }
        }
    }

    async fn row_now(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
    ) -> Result<MailboxRow, EngineError> {
        let snapshot = self.refresh(organization).await?;
        let row = snapshot.mailboxes.iter().find(|row| row.id == mailbox).cloned();
        row.ok_or(EngineError::UnknownMailbox)
    }
}
