//! How the parts of one organization are put together.

use super::machine::SystemRandom;
use super::{
    latency::Latency,
    state::Organization,
    workers::{self, Workers},
};
use crate::config::category::Categories;
use crate::failure::{CommandError, Exit};
use earmark_crm_port::Crm;
use earmark_embedded::{EmbeddedCrm, EmbeddedCrmPort, NewOrganization, Webhooks};
use earmark_engine::{Engine, Parts, PushSettings, Random, Settings};
use earmark_graph::{GraphServer, GraphSettings};
use earmark_http::{NetworkTransport, SendError, Transport, Wiretap};
use earmark_ledger::{SqliteStore, Store};
use earmark_mailbox_port::MailboxServer;
use earmark_model::{Clock, OrganizationId};
use earmark_sqlite::Mode;
use earmark_tracking::Rules;
use std::{path::Path, sync::Arc, time::Duration};
use url::Url;
use uuid::Uuid;

/// What distinguishes one organization from another.
pub struct OrganizationParts<'a> {
    /// Its short name.
    pub slug: &'a str,
    /// Its CRM.
    pub crm: Arc<EmbeddedCrm>,
    /// Faults and counts around the engine's CRM operations.
    pub tap: Option<Arc<Wiretap>>,
    /// The file of its ledger.
    pub ledger: &'a Path,
    /// Its Microsoft Graph.
    pub graph: GraphSettings,
    /// The time between two cycles.
    pub cycle: Duration,
    /// How long a mailbox stays with a process that ended without notice.
    pub lease: Duration,
    /// Where notifications are delivered to; without it none are asked for.
    pub notification_url: Option<&'a Url>,
    /// The categories of mailboxes that have none yet.
    pub categories: Categories,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
}

/// Opens an embedded CRM, making the organization on first use.
pub fn open_crm(
    path: &Path,
    name: &str,
    clock: Arc<dyn Clock>,
) -> Result<Arc<EmbeddedCrm>, CommandError> {
    let organization = NewOrganization { id: None, name: name.to_owned() };
    let ids = Arc::new(Uuid::new_v4);
    Ok(EmbeddedCrm::open(Some(path), Mode::Threaded, clock, ids, &organization)?)
}

/// Lets a CRM call the endpoints of its plug-in steps: public ones over https, and with
/// `loopback` those of this machine.
pub fn call_webhooks(crm: &EmbeddedCrm, loopback: bool) -> Result<(), CommandError> {
    let transport = NetworkTransport::to_public_places(loopback).map_err(no_tls)?;
    crm.call_webhooks(Webhooks { transport: Arc::new(transport), loopback });
    Ok(())
}

/// What carries requests to the network.
pub fn transport() -> Result<Arc<dyn Transport>, CommandError> {
    Ok(Arc::new(NetworkTransport::new().map_err(no_tls)?))
}

fn no_tls(error: SendError) -> CommandError {
    CommandError::new(Exit::Failure, "tls", error.to_string())
        .hint("Install the system's certificates")
}

/// Puts one organization together. Sends nothing yet.
pub fn organization(parts: OrganizationParts<'_>) -> Result<Organization, CommandError> {
    let clock = parts.clock;
    parts.graph.check().map_err(|problem| {
        let message = format!("organization `{}`: mailboxes: {problem}", parts.slug);
        CommandError::new(Exit::Usage, "configuration", message)
    })?;
    let store: Arc<dyn Store> =
        Arc::new(SqliteStore::open(Some(parts.ledger), Mode::Threaded, clock.clone())?);
    let mailboxes: Arc<dyn MailboxServer> =
        Arc::new(GraphServer::new(parts.graph, transport()?, clock.clone()));
    let watched: Arc<dyn Crm> = Arc::new(EmbeddedCrmPort::new(parts.crm.clone(), parts.tap));
    let port: Arc<dyn Crm> = Arc::new(EmbeddedCrmPort::new(parts.crm.clone(), None));
    let workers = join_workers(parts.ledger);
    let settings = Settings {
        worker: workers.as_ref().map_or_else(workers::new_name, |own| own.name().to_owned()),
        cycle: parts.cycle,
        lease: parts.lease,
        push: parts.notification_url.map(|url| PushSettings { url: url.to_string() }),
        tracked_name: parts.categories.tracked.0,
        tracked_color: parts.categories.tracked.1,
        undeliverable_name: parts.categories.undeliverable.0,
        undeliverable_color: parts.categories.undeliverable.1,
        ..Settings::default()
    };
    let engine = Engine::new(Parts {
        store: store.clone(),
        crms: vec![watched],
        mailboxes: mailboxes.clone(),
        clock,
        random: Arc::new(SystemRandom),
        settings,
        rules: Rules::all(),
    });
    let latency = Arc::new(Latency::default());
    engine.measure(latency.clone());
    if let Some(workers) = workers {
        engine.take_over_from(Arc::new(workers));
    }
    Ok(Organization {
        slug: parts.slug.to_owned(),
        id: OrganizationId(parts.crm.organization_id()),
        crm: parts.crm,
        port,
        mailboxes,
        store,
        engine,
        latency,
    })
}

/// The place among the workers on a ledger; none where the disk cannot lock files. Leases then run
/// out by themselves.
fn join_workers(ledger: &Path) -> Option<Workers> {
    Workers::join(ledger)
        .inspect_err(|error| {
            tracing::warn!(ledger = %ledger.display(), error = %error,
                "what another worker held when it ended waits until its leases run out");
        })
        .ok()
}

impl Random for SystemRandom {
    fn below(&self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.bits() % bound }
    }
}

/// Makes a data folder that only its owner may enter.
pub fn data_folder(path: &Path) -> Result<(), CommandError> {
    let refuse = |error: std::io::Error| {
        let message = format!("{}: cannot be used as the data folder ({error})", path.display());
        CommandError::new(Exit::Failure, "data_dir", message).hint("Choose another folder")
    };
    if path.is_dir() {
        return Ok(());
    }
    std::fs::create_dir_all(path).map_err(refuse)?;
    close_to_others(path).map_err(refuse)
}

#[cfg(unix)]
fn close_to_others(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn close_to_others(_: &Path) -> std::io::Result<()> {
    Ok(())
}
