//! The service: configured organizations, own API, pages.

use super::{
    crm_face,
    folder::{self, FolderInUse},
    headers, listener, parts,
    parts::OrganizationParts,
    retention,
    state::{Organization, Service},
};
use crate::{
    access::{Addin, keys::Directory, session::Sessions},
    api,
    api::notifications::Inbox,
    config::Configuration,
    config::load::Organization as Configured,
    pages::{self, addin::AddinPages, landing},
};
use crate::{failure::CommandError, service::machine::SystemClock};
use axum::Router;
use earmark_graph::GraphSettings;
use std::{net::SocketAddr, sync::Arc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// A service that runs.
pub struct RunningService {
    /// Where it listens.
    pub address: SocketAddr,
    tasks: JoinSet<()>,
    _folder: FolderInUse,
}

impl RunningService {
    /// Waits until it was stopped and has ended what it was doing.
    pub async fn wait(mut self) {
        while self.tasks.join_next().await.is_some() {}
    }
}

/// Starts the service; it ends when `stop` is cancelled.
pub async fn start(
    configuration: Configuration,
    stop: CancellationToken,
) -> Result<RunningService, CommandError> {
    let listen = configuration.listen.to_string();
    let (listener, address) = listener::bind("listen", &listen).await?;
    parts::data_folder(&configuration.data_dir)?;
    let folder = folder::share(&configuration.data_dir)?;
    let mut organizations = Vec::new();
    for configured in &configuration.organizations {
        organizations.push(organization(&configuration, configured)?);
    }
    let addin = match &configuration.addin {
        Some(configured) => Some(Addin::new(Directory::new(
            configured.directory.clone(),
            parts::transport()?,
            Arc::new(SystemClock),
        ))),
        None => None,
    };
    let addin_pages = configuration.addin.map(|configured| configured.pages).unwrap_or_default();
    let service = Arc::new(Service {
        organizations,
        clock: Arc::new(SystemClock),
        admin_token: configuration.admin_token,
        cycle: configuration.cycle,
        data_dir: configuration.data_dir,
        inbox: Inbox::default(),
        sessions: Sessions::default(),
        addin,
    });
    let mut tasks = JoinSet::new();
    for organization in &service.organizations {
        tasks.spawn(organization.engine.clone().run(stop.clone()));
        let crm = organization.crm.clone();
        tasks.spawn(retention::run(crm, service.clock.clone(), stop.clone()));
    }
    tasks.spawn(listener::serve(listener, None, router(service, address, addin_pages), stop));
    Ok(RunningService { address, tasks, _folder: folder })
}

fn organization(
    configuration: &Configuration,
    configured: &Configured,
) -> Result<Organization, CommandError> {
    let data_dir = &configuration.data_dir;
    let crm = parts::open_crm(
        &data_dir.join(&configured.crm_database),
        &configured.name,
        Arc::new(SystemClock),
    )?;
    parts::call_webhooks(&crm, false)?;
    parts::organization(OrganizationParts {
        slug: &configured.slug,
        crm,
        tap: None,
        ledger: &data_dir.join(&configured.ledger),
        graph: GraphSettings::new(
            configured.graph.root.clone(),
            configured.graph.authority.clone(),
            configured.graph.tenant.clone(),
            configured.graph.client_id.clone(),
            configured.client_secret.clone(),
        ),
        cycle: configuration.cycle,
        lease: earmark_engine::Settings::default().lease,
        notification_url: configuration.notification_url.as_ref(),
        categories: configuration.categories.clone(),
        clock: Arc::new(SystemClock),
    })
}

/// Own API, pages, and the CRM of the first organization, all with the administrator's
/// token.
fn router(service: Arc<Service>, address: SocketAddr, addin: AddinPages) -> Router {
    let mut router = api::router(service.clone())
        .merge(landing::router(addin.framed_by.clone()))
        .merge(pages::router(service.clone(), "service", addin));
    if let Some(organization) = service.organization(None) {
        let token = service.admin_token.clone();
        let login = format!("http://{address}/");
        let clock = service.clock.clone();
        router = router.merge(crm_face::router(&organization.crm, None, token, login, None, clock));
    }
    headers::finished(router)
}
