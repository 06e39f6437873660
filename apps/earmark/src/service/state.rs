//! The parts of a running service, as the own API and the pages reach them.

use super::latency::Latency;
use crate::{
    access::{Addin, session::Sessions},
    api::notifications::Inbox,
};
use earmark_crm_port::{Crm, OrganizationSnapshot, organization::MailboxRow};
use earmark_embedded::EmbeddedCrm;
use earmark_engine::{CycleReport, Engine, EngineError};
use earmark_ledger::Store;
use earmark_mailbox_port::MailboxServer;
use earmark_model::{Clock, Failure, FailureClass, MailboxAddress, MailboxId, OrganizationId};
use secrecy::SecretString;
use std::{path::PathBuf, sync::Arc, time::Duration};

/// How often something is tried for a person who waits, where the failure may be gone at once.
const TRIES: u32 = 4;

/// Whether an answer was only lost: both calls may be repeated.
fn is_passing(error: &EngineError) -> bool {
    matches!(
        error,
        EngineError::Outside(Failure {
            class: FailureClass::Timeout | FailureClass::Unavailable,
            ..
        })
    )
}

/// One organization with what serves it.
pub struct Organization {
    /// Its short name.
    pub slug: String,
    /// Its id in the CRM.
    pub id: OrganizationId,
    /// Its CRM as such.
    pub crm: Arc<EmbeddedCrm>,
    /// Its CRM as the engine sees it, without injected faults and counts: those are about the
    /// engine's own operations only.
    pub port: Arc<dyn Crm>,
    /// The server of its mailboxes.
    pub mailboxes: Arc<dyn MailboxServer>,
    /// What is remembered about it between cycles.
    pub store: Arc<dyn Store>,
    /// What synchronizes it.
    pub engine: Arc<Engine>,
    /// How long its notifications take.
    pub latency: Arc<Latency>,
}

impl Organization {
    /// Settings and mailboxes as the CRM has them now.
    pub async fn snapshot(&self) -> Result<OrganizationSnapshot, Failure> {
        self.port.settings().await
    }

    /// Has the engine read settings and mailboxes anew.
    pub async fn refresh(&self) -> Result<Arc<OrganizationSnapshot>, EngineError> {
        let mut tries = 1;
        loop {
            match self.engine.refresh(self.id).await {
                Err(error) if tries < TRIES && is_passing(&error) => tries += 1,
                outcome => return outcome,
            }
        }
    }

    /// Runs one whole cycle of a mailbox and waits for it.
    pub async fn cycle_now(&self, mailbox: MailboxId) -> Result<CycleReport, EngineError> {
        let mut tries = 1;
        loop {
            match self.engine.cycle_now(self.id, mailbox).await {
                Err(error) if tries < TRIES && is_passing(&error) => tries += 1,
                outcome => return outcome,
            }
        }
    }

    /// Waits until a test that was asked for was carried out, and answers the row as it is then.
    pub async fn test_now(&self, mailbox: MailboxId) -> Result<MailboxRow, EngineError> {
        let mut tries = 1;
        loop {
            match self.engine.test_now(self.id, mailbox).await {
                Err(error) if tries < TRIES && is_passing(&error) => tries += 1,
                outcome => return outcome,
            }
        }
    }

    /// The mailbox with `address`, in any case.
    pub async fn mailbox(&self, address: &str) -> Result<Option<MailboxRow>, Failure> {
        let address = MailboxAddress::new(address);
        let snapshot = self.snapshot().await?;
        Ok(snapshot.mailboxes.into_iter().find(|mailbox| mailbox.address == address))
    }
}

/// A running service.
pub struct Service {
    /// The organizations; at least one.
    pub organizations: Vec<Organization>,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// The administrator's token.
    pub admin_token: SecretString,
    /// The time between two cycles.
    pub cycle: Duration,
    /// The folder of the embedded files.
    pub data_dir: PathBuf,
    /// Deliveries of notifications.
    pub inbox: Inbox,
    /// The console's sign-ins.
    pub sessions: Sessions,
    /// The users of the add-in; `None` where it is not configured.
    pub addin: Option<Addin>,
}

impl Service {
    /// The organization called `slug`; without a name, the first.
    pub fn organization(&self, slug: Option<&str>) -> Option<&Organization> {
        match slug {
            Some(slug) => self.organizations.iter().find(|one| one.slug == slug),
            None => self.organizations.first(),
        }
    }
}
