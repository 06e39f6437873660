//! The workers of every organization: started, killed, paused and started again.

use super::{
    crm::WatchedCrm,
    faults::kind::Kind,
    life::Life,
    log::{Happening, Org, WorkerLife},
    push::url,
    store::WatchedStore,
    wire::Wire,
    world::{SimWorld, client},
};
use anyhow::Result;
use earmark_crm_port::Crm;
use earmark_engine::{Engine, Parts, PushSettings, Settings};
use earmark_graph::{GraphServer, GraphSettings};
use earmark_http::Transport;
use earmark_ledger::Store;
use earmark_mailbox_port::MailboxServer;
use earmark_model::Clock;
use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};
use tokio_util::sync::CancellationToken;

const AUTHORITY: &str = "earmark.test";

/// One worker.
pub(super) struct Worker {
    engine: Arc<Engine>,
    server: Arc<GraphServer>,
    pub(super) life: Arc<Life>,
    /// How long after its end it is started again.
    back_after: Duration,
}

/// A worker that runs, to be talked to.
pub(super) struct Running {
    pub(super) worker: usize,
    pub(super) engine: Arc<Engine>,
    pub(super) server: Arc<GraphServer>,
    pub(super) life: Arc<Life>,
}

impl SimWorld {
    /// Starts one worker over the ledger that is there.
    pub fn start(&self, organization: Org, worker: usize) -> Result<()> {
        let home = &self.organizations[organization];
        let store = self.store(organization)?;
        let life = Life::new(self.network.clone(), organization, worker);
        let service_clock = self.network.service_clocks[organization].clone();
        let server = Arc::new(self.server(&life, service_clock.clone()));
        let (inner, embedded) = (home.crm.clone(), home.embedded.clone());
        let crm = WatchedCrm { inner, embedded, life: life.clone() };
        let store = WatchedStore { inner: store, life: life.clone() };
        let cycle = home.service().cycle;
        let settings = Settings {
            worker: format!("{organization}.{worker}"),
            cycle,
            organization_interval: cycle / 2,
            look_again: cycle / 3,
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
            clock: service_clock,
            random: self.random.clone(),
            settings,
            rules: self.rules.clone(),
        });
        self.tell(Happening::Worker { organization, worker, what: WorkerLife::Started });
        let task = tokio::spawn(engine.clone().run(CancellationToken::new()));
        life.is_lived_by(task.abort_handle());
        let back_after = Duration::ZERO;
        home.service().workers[worker] = Some(Worker { engine, server, life, back_after });
        Ok(())
    }

    fn server(&self, life: &Arc<Life>, clock: Arc<dyn Clock>) -> GraphServer {
        let root = format!("http://{AUTHORITY}/graph/v1.0").parse().expect("an address");
        let authority = format!("http://{AUTHORITY}/login").parse().expect("an address");
        let client = client(life.organization);
        let settings = GraphSettings::new(root, authority, "demo", client.clone(), client.into());
        let wire: Arc<dyn Transport> = Arc::new(Wire(life.clone()));
        let wire = self.bug.as_ref().map_or(wire.clone(), |bug| bug.wire(wire));
        GraphServer::new(settings, wire, clock)
    }

    /// Ends one worker in the middle of what it does, as `kill -9` would. [`Self::tend`] starts it
    /// again after that time.
    pub fn kill(&self, organization: Org, worker: usize, back_after: Duration) {
        if let Some(life) = self.doomed(organization, worker, back_after) {
            self.network.strike(Kind::Killed, None);
            life.end();
        }
    }

    /// The same at its how-maniest step from now.
    pub fn kill_soon(&self, organization: Org, worker: usize, steps: u32, back_after: Duration) {
        if let Some(life) = self.doomed(organization, worker, back_after) {
            self.network.strike(Kind::Killed, None);
            life.end_after(steps);
        }
    }

    /// One worker does nothing for so long, and knows nothing of it afterwards.
    pub fn pause(&self, organization: Org, worker: usize, length: Duration) {
        let service = self.organizations[organization].service();
        let Some(one) = &service.workers[worker] else { return };
        self.network.strike(Kind::Paused, None);
        self.tell(Happening::Worker { organization, worker, what: WorkerLife::Paused });
        one.life.stand_still(length);
    }

    fn doomed(&self, organization: Org, worker: usize, back_after: Duration) -> Option<Arc<Life>> {
        let mut service = self.organizations[organization].service();
        let one = service.workers[worker].as_mut()?;
        one.back_after = back_after;
        Some(one.life.clone()).filter(|life| !life.is_over())
    }

    /// Starts workers again whose time has come; all of them where `at_once`.
    pub fn tend(&self, at_once: bool) -> Result<()> {
        let now = tokio::time::Instant::now();
        let mut down = self.down.lock().unwrap_or_else(PoisonError::into_inner);
        for home in &self.organizations {
            for (worker, slot) in home.service().workers.iter_mut().enumerate() {
                if let Some(ended) = slot.take_if(|one| one.life.is_over()) {
                    down.push((now + ended.back_after, home.index, worker));
                }
            }
        }
        let due: Vec<_> = down.extract_if(.., |(at, ..)| at_once || *at <= now).collect();
        drop(down);
        for (_, organization, worker) in due {
            self.start(organization, worker)?;
        }
        Ok(())
    }

    /// The workers of an organization that run.
    pub(super) fn engines(&self, organization: Org) -> Vec<Arc<Engine>> {
        let service = self.organizations[organization].service();
        let running = service.workers.iter().flatten().filter(|one| !one.life.is_over());
        running.map(|one| one.engine.clone()).collect()
    }

    /// A running worker of the organization; `None` where none runs.
    pub(super) fn running(&self, organization: Org) -> Option<Running> {
        let service = self.organizations[organization].service();
        service.workers.iter().enumerate().find_map(|(worker, slot)| {
            let one = slot.as_ref().filter(|one| !one.life.is_over())?;
            Some(Running {
                worker,
                engine: one.engine.clone(),
                server: one.server.clone(),
                life: one.life.clone(),
            })
        })
    }

    /// A worker of the organization that runs; `None` where none does.
    pub fn engine(&self, organization: Org) -> Option<Arc<Engine>> {
        self.running(organization).map(|running| running.engine)
    }
}
