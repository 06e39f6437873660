//! Puts the demo together: sandbox, CRM, ledger, connector, engine, faces, pages.

use super::{
    live,
    mail_access::MailAccess,
    outlook,
    page::{self, PageToken},
    plug_in::PlugIn,
    provisioning::Provisioning,
    sample, sixty_seconds,
};
use crate::{
    access::{
        Addin,
        keys::{Directory, DirectorySettings},
        session::Sessions,
    },
    api::{self, authorize, notifications::Inbox},
    config::category::Categories,
    failure::{CommandError, Exit},
    pages::{self, addin::AddinPages},
    service::{
        crm_face,
        folder::{self, FolderInUse},
        headers, listener,
        machine::{DemoClock, SystemClock, SystemRandom},
        parts::{self, OrganizationParts},
        retention,
        state::Service,
        tls,
    },
};
use axum::{Extension, Router};
use earmark_embedded::EmbeddedCrm;
use earmark_graph::GraphSettings;
use earmark_http::{Face, Target, Transport, Wiretap};
use earmark_model::Clock;
use earmark_sandbox::{
    Sandbox, SandboxSettings,
    identity::{DEMO_CLIENT, OverTls, TENANT},
};
use earmark_sqlite::Mode;
use secrecy::{ExposeSecret, SecretString};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::{net::TcpListener, task::JoinSet};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use url::Url;

/// Decides the ids that the sandbox makes; the same in every demo, so that two can be compared.
const SEED: u64 = 1;

/// Everything is reached over loopback, so that no request takes long, and a demo that was killed
/// should go on soon after it is started again.
const LEASE: Duration = Duration::from_secs(15);

/// The application as which the engine itself signs in.
const OWN_CLIENT: &str = "earmark";

/// The versions of the Graph face.
const GRAPH_VERSIONS: [&str; 2] = ["v1.0", "beta"];

/// What a demo is started with.
pub struct DemoOptions {
    /// Where it listens.
    pub listen: String,
    /// Where it listens for https as well.
    pub tls_listen: Option<String>,
    /// The folder of its files.
    pub data_dir: PathBuf,
    /// Delete its files first.
    pub reset: bool,
    /// The time between two cycles.
    pub cycle: Duration,
    /// The sandbox delivers notifications to `/notifications`.
    pub push: bool,
    /// Without the sample organization.
    pub empty: bool,
    /// The administrator's token.
    pub admin_token: SecretString,
}

/// A demo that runs.
pub struct RunningDemo {
    /// Where it listens.
    pub http: SocketAddr,
    /// Where it listens for https.
    pub https: Option<SocketAddr>,
    /// The folder of its files.
    pub data_dir: PathBuf,
    /// The administrator's token.
    pub admin_token: SecretString,
    /// Its parts.
    pub service: Arc<Service>,
    tasks: JoinSet<()>,
    _folder: FolderInUse,
}

impl RunningDemo {
    /// Its address for people and clients.
    pub fn http_root(&self) -> String {
        root("http", self.http)
    }

    /// Its https address.
    pub fn https_root(&self) -> Option<String> {
        let port = self.https?.port();
        // The certificate is for names of this machine.
        Some(format!("https://localhost:{port}"))
    }

    /// Waits until it was stopped and has ended what it was doing.
    pub async fn wait(mut self) {
        while self.tasks.join_next().await.is_some() {}
    }
}

/// Starts the demo; it ends when `stop` is cancelled.
pub async fn start(
    options: DemoOptions,
    stop: CancellationToken,
) -> Result<RunningDemo, CommandError> {
    let (http_listener, http) = listener::bind("--listen", &options.listen).await?;
    let https = match &options.tls_listen {
        Some(address) => Some(listener::bind("--tls-listen", address).await?),
        None => None,
    };
    parts::data_folder(&options.data_dir)?;
    let folder = folder::share(&options.data_dir)?;
    if options.reset {
        reset(&options.data_dir)?;
    }
    let clock = Arc::new(DemoClock::default());
    let crm = parts::open_crm(&options.data_dir.join("crm.db"), "Lindengrove", clock.clone())?;
    // A plug-in of the demo listens on this machine.
    parts::call_webhooks(&crm, true)?;
    let tap = Wiretap::new(SystemRandom.bits());
    let provisioning = Provisioning::new(crm.clone());
    let carrier = if options.push { Some(parts::transport()?) } else { None };
    let sandbox = open_sandbox(&options, &tap, provisioning.clone(), carrier, clock.clone())?;
    let own_secret = own_client(&sandbox)?;
    let notifications = own_url(http, "/notifications")?;
    let organization = parts::organization(OrganizationParts {
        slug: "demo",
        crm: crm.clone(),
        tap: Some(tap.clone()),
        ledger: &options.data_dir.join("ledger.db"),
        graph: graph_settings(http, own_secret)?,
        cycle: options.cycle,
        lease: LEASE,
        notification_url: options.push.then_some(&notifications),
        categories: Categories::default(),
        clock: clock.clone(),
    })?;
    provisioning.serve_with(organization.engine.clone());
    let service = Arc::new(Service {
        organizations: vec![organization],
        clock: clock.clone(),
        admin_token: options.admin_token.clone(),
        cycle: options.cycle,
        data_dir: options.data_dir.clone(),
        inbox: Inbox::default(),
        sessions: Sessions::default(),
        addin: Some(sign_in(http, https.as_ref().map(|(_, address)| *address), clock.clone())?),
    });
    let faces = faces(&sandbox, &crm, &tap, &options, http, clock.clone());
    let mail = MailAccess::new(faces.clone(), options.admin_token.clone());
    let router = whole(faces, &service, mail.clone(), &notifications, clock)?;
    let tls = match &https {
        Some(_) => Some(tls::acceptor(&options.data_dir.join("tls"))?),
        None => None,
    };
    fill(&options, &sandbox, &crm, &mail).await?;
    let mut tasks = JoinSet::new();
    let https_address = https.as_ref().map(|(_, address)| *address);
    let listeners = Listeners { http: http_listener, https: https.map(|(l, _)| l).zip(tls) };
    // Without a carrier there is nothing to deliver, and it waits for the end.
    tasks.spawn(sandbox.run_notifier(stop.clone().cancelled_owned()));
    tasks.spawn(run(service.clone(), listeners, router, stop));
    Ok(RunningDemo {
        http,
        https: https_address,
        data_dir: options.data_dir,
        admin_token: options.admin_token,
        service,
        tasks,
        _folder: folder,
    })
}

struct Listeners {
    http: TcpListener,
    https: Option<(TcpListener, TlsAcceptor)>,
}

/// Runs listeners and engine. The engine ends first, because its last requests go through the
/// listener.
async fn run(service: Arc<Service>, listeners: Listeners, router: Router, stop: CancellationToken) {
    let close = CancellationToken::new();
    let mut serving = JoinSet::new();
    serving.spawn(listener::serve(listeners.http, None, router.clone(), close.clone()));
    if let Some((https, tls)) = listeners.https {
        let router =
            router.layer(Extension(OverTls)).layer(Extension(earmark_webapi::Scheme("https")));
        serving.spawn(listener::serve(https, Some(tls), router, close.clone()));
    }
    let mut engines = JoinSet::new();
    for organization in &service.organizations {
        engines.spawn(organization.engine.clone().run(stop.clone()));
        let crm = organization.crm.clone();
        engines.spawn(retention::run(crm, service.clock.clone(), stop.clone()));
    }
    while engines.join_next().await.is_some() {}
    close.cancel();
    while serving.join_next().await.is_some() {}
}

fn open_sandbox(
    options: &DemoOptions,
    tap: &Arc<Wiretap>,
    provisioning: Arc<Provisioning>,
    carrier: Option<Arc<dyn Transport>>,
    clock: Arc<dyn Clock>,
) -> Result<Arc<Sandbox>, CommandError> {
    let settings = SandboxSettings {
        admin: admin_check(&options.admin_token),
        provision: Some(provisioning),
        push: carrier,
        // The demo's own service listens there.
        loopback_push: true,
        ..SandboxSettings::default()
    };
    let path = options.data_dir.join("sandbox.db");
    Sandbox::open(Some(&path), Mode::Threaded, clock, SEED, tap.clone(), settings)
        .map_err(|error| CommandError::new(Exit::Failure, "database", error.to_string()))
}

/// Whether a request carries the administrator's token.
pub fn admin_check(token: &SecretString) -> earmark_sandbox::AdminCheck {
    let token = token.clone();
    Arc::new(move |headers| authorize::is_bearer(headers, token.expose_secret()))
}

/// Makes the engine's own application known to the token endpoint, with a secret of this run.
fn own_client(sandbox: &Sandbox) -> Result<SecretString, CommandError> {
    let failed = |error: String| CommandError::new(Exit::Failure, "identity", error);
    let secret = SystemRandom.token().map_err(|error| failed(error.to_string()))?;
    sandbox
        .identity()
        .add_client(OWN_CLIENT, Some(&secret), None)
        .map_err(|error| failed(error.to_string()))?;
    Ok(SecretString::from(secret))
}

fn graph_settings(http: SocketAddr, secret: SecretString) -> Result<GraphSettings, CommandError> {
    let (graph, login) = (own_url(http, "/graph/v1.0")?, own_url(http, "/login")?);
    Ok(GraphSettings::new(graph, login, "demo", OWN_CLIENT, secret))
}

/// How users of the add-in sign in: at the sandbox's own token endpoint, under whatever name of
/// this machine their browser used.
fn sign_in(
    http: SocketAddr,
    https: Option<SocketAddr>,
    clock: Arc<dyn Clock>,
) -> Result<Addin, CommandError> {
    let issuer = |scheme: &str, host: String| format!("{scheme}://{host}/login/{TENANT}/v2.0");
    let names = |scheme: &'static str, at: SocketAddr| {
        let hosts = [own_address(at).to_string(), format!("localhost:{}", at.port())];
        hosts.map(|host| issuer(scheme, host))
    };
    let mut also_issued_by = names("http", http).to_vec();
    also_issued_by.extend(https.into_iter().flat_map(|at| names("https", at)));
    let settings = DirectorySettings {
        authority: own_url(http, "/login")?,
        tenant: "demo".to_owned(),
        client_id: DEMO_CLIENT.to_owned(),
        audience: "api://earmark".to_owned(),
        scope: "Tracking.ReadWrite".to_owned(),
        also_issued_by,
    };
    Ok(Addin::new(Directory::new(settings, parts::transport()?, clock)))
}

fn own_url(http: SocketAddr, path: &str) -> Result<Url, CommandError> {
    Url::parse(&format!("{}{path}", root("http", own_address(http))))
        .map_err(|error| CommandError::new(Exit::Failure, "listen", error.to_string()))
}

/// Where this process reaches itself: a listener on every address is reached over loopback.
fn own_address(listening: SocketAddr) -> SocketAddr {
    let mut own = listening;
    if listening.ip().is_unspecified() {
        own.set_ip(match listening {
            SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    own
}

fn root(scheme: &str, address: SocketAddr) -> String {
    format!("{scheme}://{address}")
}

/// The faces that strangers' clients know, with faults and counts before them.
fn faces(
    sandbox: &Arc<Sandbox>,
    crm: &Arc<EmbeddedCrm>,
    tap: &Arc<Wiretap>,
    options: &DemoOptions,
    http: SocketAddr,
    clock: Arc<dyn Clock>,
) -> Router {
    let exempt = admin_check(&options.admin_token);
    let watch =
        |target, envelope| Face { target, tap: tap.clone(), exempt: exempt.clone(), envelope };
    let graph = crm_face::at_versions(
        "/graph",
        &GRAPH_VERSIONS,
        &sandbox.graph_router(),
        Some(&watch(Target::Graph, earmark_sandbox::envelope)),
    );
    let control = Router::new().nest("/sandbox/v1", sandbox.control_router(exempt.clone()));
    let login = format!("{}/login/demo", root("http", own_address(http)));
    graph.merge(control).nest("/login", sandbox.login_router()).merge(crm_face::router(
        crm,
        Some(sandbox.identity().clone()),
        options.admin_token.clone(),
        login,
        Some(watch(Target::Crm, earmark_webapi::envelope)),
        clock,
    ))
}

/// Everything under the one address.
fn whole(
    faces: Router,
    service: &Arc<Service>,
    mail: MailAccess,
    own: &Url,
    clock: Arc<DemoClock>,
) -> Result<Router, CommandError> {
    let token = PageToken::new().map_err(|error| {
        CommandError::new(Exit::Failure, "random", format!("no randomness ({error})"))
    })?;
    let plug_in = PlugIn::new(own).map_err(|error| {
        CommandError::new(Exit::Failure, "random", format!("no randomness ({error})"))
    })?;
    let addin_pages = AddinPages { sandbox: true, ..AddinPages::default() };
    Ok(headers::finished(
        faces
            .merge(api::router(service.clone()))
            .merge(pages::router(service.clone(), "sandbox", addin_pages))
            .merge(pages::bar::crm())
            .merge(outlook::router(mail.clone()))
            .merge(page::demo(token.clone()))
            .merge(plug_in.router())
            .merge(live::router(service.clone(), mail.clone(), token.clone()))
            .merge(sixty_seconds::router(service.clone(), mail, clock, plug_in, token)),
    ))
}

/// Puts the sample organization into a demo that has nobody yet.
async fn fill(
    options: &DemoOptions,
    sandbox: &Sandbox,
    crm: &Arc<EmbeddedCrm>,
    mail: &MailAccess,
) -> Result<(), CommandError> {
    let failed = |detail: String| {
        CommandError::new(Exit::Failure, "sample", format!("the sample was not made: {detail}"))
            .hint("Begin anew with --reset, or without it with --empty")
    };
    let users = sandbox.users().await.map_err(|error| failed(format!("{error:?}")))?;
    if options.empty || !users.is_empty() {
        return Ok(());
    }
    sample::load::load(sandbox, mail, crm, SystemClock.now())
        .await
        .map_err(|problem| failed(problem.detail().to_owned()))
}

/// Deletes the demo's own files and nothing else.
fn reset(data_dir: &Path) -> Result<(), CommandError> {
    for database in ["ledger.db", "crm.db", "sandbox.db"] {
        for suffix in ["", "-wal", "-shm", "-journal"] {
            remove(&data_dir.join(format!("{database}{suffix}")))?;
        }
    }
    remove(&data_dir.join("tls/ca.pem"))
}

fn remove(path: &Path) -> Result<(), CommandError> {
    match std::fs::remove_file(path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => {
            let message = format!("--reset: {} cannot be deleted ({error})", path.display());
            Err(CommandError::new(Exit::Failure, "reset", message)
                .hint("Stop the demo that uses it"))
        }
    }
}
