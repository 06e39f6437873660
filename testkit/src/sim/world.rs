//! Two organizations with two workers each, one pretend Exchange, one CRM for each organization,
//! on virtual time.
//!
//! Every worker runs by itself ([`earmark_engine::Engine::run`]); time passes only while everybody
//! waits. What people do takes no time and goes through the sandbox's own entrances.

use super::{
    bug::{Bug, Seeded},
    faults::{Faults, broken::Broken},
    files,
    log::{Happening, Log, Org},
    options::Options,
    people::Hands,
    push::Postbox,
    skew::SkewedClock,
    wire::Network,
    workers::Worker,
};
use crate::{SeededRandom, VirtualClock, memory_file::MemoryFile, world::BEGINNING};
use anyhow::{Context, Result, ensure};
use axum::Router;
use earmark_crm_port::Crm;
use earmark_embedded::{
    EmbeddedCrm, EmbeddedCrmPort,
    provision::{DEFAULT_ROLE, NewUser},
};
use earmark_http::Wiretap;
use earmark_ledger::{SqliteStore, Store};
use earmark_model::{Clock, Instant, MailboxId, OrganizationId};
use earmark_sandbox::{Sandbox, SandboxSettings, UserKind};
use earmark_sqlite::{Mode, rusqlite::Connection};
use earmark_tracking::Rules;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// The people, by organization. All are users of one tenant.
pub const USERS: [&[&str]; 2] =
    [&["anna@fabrikam.test", "ben@fabrikam.test"], &["cleo@adatum.test"]];

/// Units: workers of one organization.
pub const WORKERS: usize = 2;

pub(super) const ADMIN: &str = "Bearer admin-of-the-simulated-world";

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
    pub(super) postbox: Arc<Postbox>,
    /// The control API of the pretend Exchange.
    pub(super) control: Router,
    pub(super) random: Arc<SeededRandom>,
    pub(super) options: Options,
    /// What is wrong with the service, where something is.
    pub(super) bug: Option<Seeded>,
    pub(super) rules: Rules,
    /// Workers that are down, and when they are started again.
    pub(super) down: Mutex<Vec<(tokio::time::Instant, Org, usize)>>,
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
    /// The file of its CRM, beside the CRM itself.
    crm_file: Mutex<MemoryFile>,
}

/// The service of one organization.
pub(super) struct Service {
    pub(super) store: Option<Arc<dyn Store>>,
    pub(super) workers: [Option<Worker>; WORKERS],
    pub(super) cycle: Duration,
    /// Where the ledger is.
    pub(super) file: Option<MemoryFile>,
    /// A copy of the ledger, and from when it is.
    pub(super) kept: Option<(Instant, Connection)>,
    /// A copy of the CRM, and from when it is.
    pub(super) backup: Option<(Instant, Connection)>,
}

impl SimWorld {
    /// A world with all people and running workers.
    pub async fn open(seed: u64, options: &Options, bug: Option<Bug>) -> Result<Self> {
        let clock = Arc::new(VirtualClock::new(BEGINNING));
        clock.flow();
        let log = Log::default();
        let postbox = Arc::<Postbox>::default();
        let settings = SandboxSettings {
            admin: Arc::new(|headers| headers.get("authorization").is_some_and(|it| it == ADMIN)),
            push: Some(postbox.clone()),
            quirks: options.quirks(),
            ..SandboxSettings::default()
        };
        let shown: Arc<dyn Clock> = clock.clone();
        let tap = Wiretap::new(seed);
        let control = settings.admin.clone();
        let exchange = files::new_exchange()?;
        let sandbox =
            Sandbox::open(Some(exchange.path()), Mode::Inline, shown, seed, tap, settings)
                .context("open the sandbox")?;
        drop(exchange);
        let ahead = |of: &[i64], index: usize| of.get(index).copied().unwrap_or(0);
        let service_clock =
            |index| Arc::new(SkewedClock::new(clock.clone(), ahead(&options.service_ahead, index)));
        let network = Arc::new(Network {
            router: Router::new()
                .nest("/graph", sandbox.graph_router())
                .nest("/login", sandbox.login_router()),
            sandbox: sandbox.clone(),
            clock: clock.clone(),
            service_clocks: (0..USERS.len()).map(service_clock).collect(),
            log: log.clone(),
            random: SeededRandom::new(seed ^ 0x6e_65_74),
            faults: Faults::new(seed, options),
            page: options.page,
            hands: Hands::default(),
        });
        postbox.belongs_to(&network);
        let mut world = Self {
            clock,
            log,
            control: sandbox.control_router(control),
            sandbox,
            organizations: Vec::new(),
            network,
            postbox,
            random: Arc::new(SeededRandom::new(seed)),
            options: options.clone(),
            bug: bug.map(|bug| Seeded::new(bug, seed)),
            rules: Bug::rules(bug),
            down: Mutex::default(),
        };
        for index in 0..USERS.len() {
            let organization = world.found(index).await?;
            world.organizations.push(organization);
        }
        world.tell_beginning();
        for index in 0..USERS.len() {
            for worker in 0..WORKERS {
                world.start(index, worker)?;
            }
        }
        Ok(world)
    }

    fn tell_beginning(&self) {
        let homes = self.organizations.iter().flat_map(|one| {
            one.mailboxes.iter().map(|(user, mailbox)| (one.index, user.clone(), *mailbox))
        });
        let (cycle, push) = (self.options.cycle, self.options.push);
        let stale_reads = self.options.quirks().stale_reads;
        self.tell(Happening::Opened { cycle, push, stale_reads, homes: homes.collect() });
        let (organization, user) = match &self.options.broken {
            None => return,
            Some(Broken::Creation { organization }) => (*organization, None),
            Some(Broken::Mailbox { user, .. }) => {
                let home = self.home(user).map_or(0, |(home, _)| home);
                (home, Some(user.clone()))
            }
        };
        self.tell(Happening::Broken { organization, user });
    }

    async fn found(&self, index: Org) -> Result<Organization> {
        let crm_file = files::new_crm(index)?;
        let ahead = self.options.crm_ahead.get(index).copied().unwrap_or(0);
        let clock: Arc<dyn Clock> = Arc::new(SkewedClock::new(self.clock.clone(), ahead));
        let random = self.random.clone();
        let ids = Arc::new(move || random.uuid());
        let embedded = EmbeddedCrm::open(
            Some(crm_file.path()),
            Mode::Inline,
            clock,
            ids,
            &files::new_organization(index),
        )
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
        let service = Service {
            store: None,
            workers: [const { None }; WORKERS],
            cycle: self.options.cycle,
            file: None,
            kept: None,
            backup: None,
        };
        Ok(Organization {
            index,
            id: crm.organization(),
            embedded,
            crm,
            mailboxes,
            service: Mutex::new(service),
            crm_file: Mutex::new(crm_file),
        })
    }

    /// From now on nothing goes wrong but what is broken for good.
    pub async fn heal(&self) -> Result<()> {
        self.tend(true)?;
        self.network.faults.heal();
        self.mend().await?;
        let quirks = self.options.quirks_when_healed();
        let set = self.sandbox.set_quirks(quirks).await;
        set.map_err(|refusal| anyhow::anyhow!("{refusal}"))?;
        self.postbox.hurry(self.now());
        self.tell(Happening::Healed);
        Ok(())
    }

    /// The longest cycle of any organization.
    pub fn longest_cycle(&self) -> Duration {
        let cycles = self.organizations.iter().map(|one| one.service().cycle);
        cycles.max().unwrap_or_default()
    }

    /// The ledger of an organization, opened where nobody has yet.
    pub fn store(&self, organization: Org) -> Result<Arc<dyn Store>> {
        let mut service = self.organizations[organization].service();
        if let Some(store) = &service.store {
            return Ok(store.clone());
        }
        if service.file.is_none() {
            service.file = Some(files::new_ledger()?);
        }
        let path = service.file.as_ref().map(MemoryFile::path);
        let clock: Arc<dyn Clock> = self.network.service_clocks[organization].clone();
        let store: Arc<dyn Store> =
            Arc::new(SqliteStore::open(path, Mode::Inline, clock).context("open the ledger")?);
        service.store = Some(store.clone());
        Ok(store)
    }

    /// Whose service a mailbox belongs to.
    pub fn home(&self, user: &str) -> Result<(Org, MailboxId)> {
        let found = self
            .organizations
            .iter()
            .find_map(|one| one.mailboxes.get(user).map(|mailbox| (one.index, *mailbox)));
        found.with_context(|| format!("nobody is called {user}"))
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
    pub(super) fn service(&self) -> MutexGuard<'_, Service> {
        self.service.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn crm_file(&self) -> MutexGuard<'_, MemoryFile> {
        self.crm_file.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for SimWorld {
    fn drop(&mut self) {
        for organization in &self.organizations {
            for worker in organization.service().workers.iter().flatten() {
                worker.life.drop_task();
            }
        }
    }
}

/// The application that an organization's service signs in as.
pub(super) fn client(organization: Org) -> String {
    format!("earmark-{organization}")
}

impl SimWorld {
    /// Whether every organization can be read.
    pub async fn check(&self) -> Result<()> {
        for organization in &self.organizations {
            let units = self.store(organization.index)?.units(organization.id).await?;
            let settings = organization.crm.settings().await?;
            // A restored CRM may have every mailbox disabled, as it was then.
            let is_served = settings.mailboxes.iter().any(|row| row.is_enabled);
            ensure!(
                units.len() > 1 || !is_served,
                "organization {} was never read",
                organization.index
            );
        }
        Ok(())
    }
}
