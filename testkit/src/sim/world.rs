//! Two organizations with two workers each, one pretend Exchange, one CRM for each organization,
//! on virtual time.
//!
//! Every worker runs by itself ([`earmark_engine::Engine::run`]); time passes only while everybody
//! waits. What people do takes no time and goes through the sandbox's own entrances.

use super::{
    bug::{Bug, Seeded},
    crm::WatchedCrm,
    faults::Faults,
    log::{Happening, Log, Org, WorkerLife},
    options::Options,
    store::WatchedStore,
    wire::{Network, Wire},
};
use crate::{SeededRandom, VirtualClock, world::BEGINNING};
use anyhow::{Context, Result, ensure};
use async_trait::async_trait;
use axum::Router;
use bytes::Bytes;
use earmark_crm_port::Crm;
use earmark_embedded::{
    EmbeddedCrm, EmbeddedCrmPort, NewOrganization,
    provision::{DEFAULT_ROLE, NewUser},
};
use earmark_engine::{Engine, Parts, PushSettings, Settings};
use earmark_graph::{GraphServer, GraphSettings, validation_answer};
use earmark_http::{SendError, SendOptions, Transport, Wiretap};
use earmark_ledger::{SqliteStore, Store};
use earmark_mailbox_port::MailboxServer;
use earmark_model::{Clock, Instant, MailboxId, OrganizationId};
use earmark_sandbox::{Sandbox, SandboxSettings, UserKind};
use earmark_sqlite::Mode;
use earmark_tracking::Rules;
use http::{Request, Response, StatusCode};
use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// The people, by organization. All are users of one tenant.
pub const USERS: [&[&str]; 2] =
    [&["anna@fabrikam.test", "ben@fabrikam.test"], &["cleo@adatum.test"]];

/// Units: workers of one organization.
pub const WORKERS: usize = 2;

const AUTHORITY: &str = "earmark.test";
const ADMIN: &str = "Bearer admin-of-the-simulated-world";

/// One world.
pub struct SimWorld {
    /// Virtual time.
    pub clock: Arc<VirtualClock>,
    /// What happened.
    pub log: Log,
    /// The pretend Exchange.
    pub sandbox: Arc<Sandbox>,
    /// The organizations.
    pub organizations: Vec<Organization>,
    pub(super) network: Arc<Network>,
    postbox: Arc<Postbox>,
    random: Arc<SeededRandom>,
    options: Options,
    /// What is wrong with the service, where something is.
    bug: Option<Seeded>,
    rules: Rules,
    /// Holds the ledgers.
    folder: TempDir,
}

/// One organization with its CRM, its ledger and its workers.
pub struct Organization {
    /// Its index.
    pub index: Org,
    /// Its id.
    pub id: OrganizationId,
    /// Its CRM.
    pub embedded: Arc<EmbeddedCrm>,
    /// The CRM's port, unwatched and without faults.
    pub crm: Arc<dyn Crm>,
    /// Its mailboxes by address.
    pub mailboxes: BTreeMap<String, MailboxId>,
    service: Mutex<Service>,
}

#[derive(Default)]
struct Service {
    store: Option<Arc<dyn Store>>,
    workers: [Option<Worker>; WORKERS],
}

struct Worker {
    engine: Arc<Engine>,
    server: Arc<GraphServer>,
    task: JoinHandle<()>,
}

impl SimWorld {
    /// A world with all people and running workers.
    pub async fn open(seed: u64, options: &Options, bug: Option<Bug>) -> Result<Self> {
        let clock = Arc::new(VirtualClock::new(BEGINNING));
        clock.flow();
        let random = Arc::new(SeededRandom::new(seed));
        let log = Log::default();
        let postbox = Arc::<Postbox>::default();
        let settings = SandboxSettings {
            admin: Arc::new(|headers| headers.get("authorization").is_some_and(|it| it == ADMIN)),
            push: Some(postbox.clone()),
            ..SandboxSettings::default()
        };
        let shown: Arc<dyn Clock> = clock.clone();
        let tap = Wiretap::new(seed);
        let sandbox = Sandbox::open(None, Mode::Inline, shown, seed, tap, settings)
            .context("open the sandbox")?;
        let network = Arc::new(Network {
            router: Router::new()
                .nest("/graph", sandbox.graph_router())
                .nest("/login", sandbox.login_router()),
            sandbox: sandbox.clone(),
            clock: clock.clone(),
            log: log.clone(),
            random: SeededRandom::new(seed ^ 0x6e_65_74),
            faults: Faults::default(),
        });
        let mut world = Self {
            clock,
            log,
            sandbox,
            organizations: Vec::new(),
            network,
            postbox,
            random,
            options: options.clone(),
            bug: bug.map(|bug| Seeded::new(bug, seed)),
            rules: Bug::rules(bug),
            folder: folder()?,
        };
        for index in 0..USERS.len() {
            let organization = world.found(index).await?;
            world.organizations.push(organization);
        }
        for index in 0..USERS.len() {
            for worker in 0..WORKERS {
                world.start(index, worker)?;
            }
        }
        Ok(world)
    }

    async fn found(&self, index: Org) -> Result<Organization> {
        let id = Uuid::from_u128(0x0a61_5b2e_3c4d_4e5f_8091_a2b3_c4d5_e600 + index as u128);
        let organization = NewOrganization { id: Some(id), name: format!("Organization {index}") };
        let random = self.random.clone();
        let ids = Arc::new(move || random.uuid());
        let clock: Arc<dyn Clock> = self.clock.clone();
        let embedded = EmbeddedCrm::open(None, Mode::Inline, clock, ids, &organization)
            .context("open the CRM")?;
        self.sandbox.identity().add_client(&client(index), Some(&client(index)), None)?;
        let mut mailboxes = BTreeMap::new();
        for mail in USERS[index] {
            let user = self.sandbox.create_user(mail, mail, UserKind::User, false).await;
            let user = user.map_err(|refusal| anyhow::anyhow!("{refusal}"))?;
            let made = embedded
                .provision_user(NewUser {
                    mail: (*mail).to_owned(),
                    display_name: (*mail).to_owned(),
                    directory_id: Some(user.guid),
                    role: Some(DEFAULT_ROLE.to_owned()),
                    enabled: true,
                })
                .await?;
            mailboxes.insert((*mail).to_owned(), MailboxId(made.mailbox));
        }
        let crm: Arc<dyn Crm> = Arc::new(EmbeddedCrmPort::new(embedded.clone(), None));
        Ok(Organization {
            index,
            id: crm.organization(),
            embedded,
            crm,
            mailboxes,
            service: Mutex::default(),
        })
    }

    /// Starts one worker over the ledger that is there.
    pub fn start(&self, organization: Org, worker: usize) -> Result<()> {
        let home = &self.organizations[organization];
        let store = self.store(organization)?;
        let network = || self.network.clone();
        let server = Arc::new(self.server(organization, worker));
        let crm = WatchedCrm {
            inner: home.crm.clone(),
            embedded: home.embedded.clone(),
            network: network(),
            organization,
            worker,
        };
        let store = WatchedStore { inner: store, network: network(), organization, worker };
        let settings = Settings {
            worker: format!("{organization}.{worker}"),
            cycle: self.options.cycle,
            organization_interval: self.options.cycle / 3,
            look_again: self.options.cycle / 3,
            push: self.options.push.then(|| PushSettings { url: url(organization) }),
            ..Settings::default()
        };
        let mut parts = (
            Arc::new(store) as Arc<dyn Store>,
            Arc::new(crm) as Arc<dyn Crm>,
            server.clone() as Arc<dyn MailboxServer>,
        );
        if let Some(bug) = &self.bug {
            parts = (bug.store(parts.0), bug.crm(parts.1), bug.server(parts.2));
        }
        let engine = Engine::new(Parts {
            store: parts.0,
            crms: vec![parts.1],
            mailboxes: parts.2,
            clock: self.clock.clone(),
            random: self.random.clone(),
            settings,
            rules: self.rules.clone(),
        });
        let task = tokio::spawn(engine.clone().run(CancellationToken::new()));
        home.service().workers[worker] = Some(Worker { engine, server, task });
        self.tell(Happening::Worker { organization, worker, what: WorkerLife::Started });
        Ok(())
    }

    fn server(&self, organization: Org, worker: usize) -> GraphServer {
        let root = format!("http://{AUTHORITY}/graph/v1.0").parse().expect("an address");
        let authority = format!("http://{AUTHORITY}/login").parse().expect("an address");
        let client = client(organization);
        let settings = GraphSettings::new(root, authority, "demo", client.clone(), client.into());
        let wire = Wire { network: self.network.clone(), organization, worker };
        let wire: Arc<dyn Transport> = Arc::new(wire);
        let wire = self.bug.as_ref().map_or(wire.clone(), |bug| bug.wire(wire));
        GraphServer::new(settings, wire, self.clock.clone())
    }

    /// Ends one worker in the middle of what it does, as `kill -9` would.
    pub fn kill(&self, organization: Org, worker: usize) {
        let Some(running) = self.organizations[organization].service().workers[worker].take()
        else {
            return;
        };
        running.task.abort();
        self.tell(Happening::Worker { organization, worker, what: WorkerLife::Killed });
    }

    /// The ledger of an organization, opened where nobody has yet.
    pub fn store(&self, organization: Org) -> Result<Arc<dyn Store>> {
        let mut service = self.organizations[organization].service();
        if let Some(store) = &service.store {
            return Ok(store.clone());
        }
        let path = self.ledger(organization);
        let store: Arc<dyn Store> = Arc::new(
            SqliteStore::open(Some(&path), Mode::Inline, self.clock.clone())
                .context("open the ledger")?,
        );
        service.store = Some(store.clone());
        Ok(store)
    }

    /// The file of an organization's ledger.
    pub(super) fn ledger(&self, organization: Org) -> PathBuf {
        self.folder.path().join(format!("ledger{organization}.db"))
    }

    /// A worker of the organization that runs; `None` where none does.
    pub fn engine(&self, organization: Org) -> Option<Arc<Engine>> {
        let service = self.organizations[organization].service();
        service.workers.iter().flatten().map(|worker| worker.engine.clone()).next()
    }

    /// Whose service a mailbox belongs to.
    pub fn home(&self, user: &str) -> Result<(Org, MailboxId)> {
        let found = self
            .organizations
            .iter()
            .find_map(|one| one.mailboxes.get(user).map(|mailbox| (one.index, *mailbox)));
        found.with_context(|| format!("nobody is called {user}"))
    }

    /// Lets the pretend Exchange deliver what it has to tell.
    pub async fn hear(&self) {
        self.sandbox.deliver_notifications().await;
        for (organization, body) in self.postbox.take() {
            let worker = self.organizations[organization].service();
            let worker = worker.workers.iter().flatten().next();
            let Some((engine, server)) = worker.map(|it| (it.engine.clone(), it.server.clone()))
            else {
                continue;
            };
            let Ok(notifications) = server.read_notifications(&body) else {
                continue;
            };
            self.tell(Happening::Notified { organization, is_genuine: true });
            for notification in notifications {
                engine.notified(notification).await;
            }
        }
    }

    /// The present instant.
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Writes something into the log.
    pub fn tell(&self, what: Happening) {
        self.network.tell(what);
    }
}

impl Organization {
    fn service(&self) -> std::sync::MutexGuard<'_, Service> {
        self.service.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for SimWorld {
    fn drop(&mut self) {
        for organization in &self.organizations {
            for worker in organization.service().workers.iter().flatten() {
                worker.task.abort();
            }
        }
    }
}

/// In memory where the system has such a place: nothing here has to outlast the process.
fn folder() -> Result<TempDir> {
    let memory = std::path::Path::new("/dev/shm");
    let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    made.context("make a folder for the ledgers")
}

/// The application that an organization's service signs in as.
pub(super) fn client(organization: Org) -> String {
    format!("earmark-{organization}")
}

fn url(organization: Org) -> String {
    format!("https://sync.earmark.test/{organization}/notifications")
}

/// Where notifications arrive, by organization.
#[derive(Default)]
struct Postbox(Mutex<Vec<(Org, Bytes)>>);

impl Postbox {
    fn take(&self) -> Vec<(Org, Bytes)> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Transport for Postbox {
    async fn send(
        &self,
        request: Request<Bytes>,
        _: &SendOptions,
    ) -> Result<Response<Bytes>, SendError> {
        let token = request.uri().query().and_then(validation_answer);
        let (status, body) = match token {
            Some(token) => (StatusCode::OK, Bytes::from(token)),
            None => {
                let organization = (0..USERS.len())
                    .find(|index| request.uri().path().starts_with(&format!("/{index}/")));
                let mut bodies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                bodies.extend(organization.map(|index| (index, request.into_body())));
                (StatusCode::ACCEPTED, Bytes::new())
            }
        };
        let answer = Response::builder().status(status).header("content-type", "text/plain");
        answer.body(body).map_err(|error| SendError::Bug { detail: error.to_string() })
    }
}

impl SimWorld {
    /// Whether every organization can be read.
    pub async fn check(&self) -> Result<()> {
        for organization in &self.organizations {
            let units = self.store(organization.index)?.units(organization.id).await?;
            ensure!(units.len() > 1, "organization {} was never read", organization.index);
        }
        Ok(())
    }
}
