//! The service: an engine with its ledger, and the ways in which it can end.

use super::{
    World,
    http::AUTHORITY,
    interrupt::{InterruptedCrm, Wire},
    lock,
};
use crate::memory_file::MemoryFile;
use anyhow::{Context, Result};
use earmark_engine::{Engine, Parts, Settings};
use earmark_graph::{GraphServer, GraphSettings};
use earmark_ledger::{SqliteStore, Store};
use earmark_sqlite::Mode;
use std::sync::{Arc, MutexGuard};

/// One life of the service.
pub(super) struct Running {
    engine: Arc<Engine>,
    store: Arc<dyn Store>,
}

impl World {
    /// The running engine.
    pub fn engine(&self) -> Arc<Engine> {
        self.running().as_ref().expect("a world always has a running service").engine.clone()
    }

    /// The ledger that the running engine writes.
    pub fn store(&self) -> Arc<dyn Store> {
        self.running().as_ref().expect("a world always has a running service").store.clone()
    }

    /// A connection to the pretend Exchange that remembers nothing.
    pub fn graph_server(&self) -> GraphServer {
        let root = format!("http://{AUTHORITY}/graph/v1.0").parse().expect("an address");
        let authority = format!("http://{AUTHORITY}/login").parse().expect("an address");
        let settings = GraphSettings::new(root, authority, "demo", "demo", "demo".into());
        let wire =
            Wire { router: self.outside.router.clone(), interrupter: self.interrupter.clone() };
        GraphServer::new(settings, Arc::new(wire), self.clock.clone())
    }

    /// Starts the service over the ledger that is there.
    pub(super) fn start(&self) -> Result<()> {
        // The old life ends first, so that two never share the file.
        *self.running() = None;
        let store =
            SqliteStore::open(Some(lock(&self.ledger).path()), Mode::Inline, self.clock.clone())
                .context("open the ledger")?;
        let store: Arc<dyn Store> = Arc::new(store);
        let crm = InterruptedCrm {
            inner: self.outside.crm.clone(),
            interrupter: self.interrupter.clone(),
        };
        let mut settings = Settings { push: self.push_settings(), ..self.settings.clone() };
        let named = lock(&self.category_name).clone();
        settings.tracked_name = named.unwrap_or(settings.tracked_name);
        let engine = Engine::new(Parts {
            store: store.clone(),
            crms: vec![Arc::new(crm)],
            mailboxes: Arc::new(self.graph_server()),
            clock: self.clock.clone(),
            random: self.random.clone(),
            settings,
            rules: self.rules.clone(),
        });
        *self.running() = Some(Running { engine, store });
        Ok(())
    }

    /// Ends the service between two cycles and starts it again over the same ledger.
    pub async fn restart(&self) -> Result<()> {
        self.start()
    }

    /// Another name of the tracking category is written into the configuration, and the service
    /// started again.
    pub fn configure_category(&self, name: &str) -> Result<()> {
        *lock(&self.category_name) = Some(name.into());
        self.start()
    }

    /// Ends the service, deletes its ledger, and starts it again.
    pub async fn lose_ledger(&self) -> Result<()> {
        *self.running() = None;
        *lock(&self.ledger) = MemoryFile::new("ledger")?;
        self.start()
    }

    /// Lets one cycle pass and kills the service after its `request`-th request of that cycle,
    /// which was carried out and whose answer never arrives; then starts it again. Answers
    /// whether the cycle had that many requests.
    pub async fn crash_during(&self, request: u32) -> Result<bool> {
        self.interrupter.arm(request);
        self.cycle().await;
        let is_left = self.interrupter.disarm();
        if !is_left {
            self.start()?;
        }
        Ok(!is_left)
    }

    fn running(&self) -> MutexGuard<'_, Option<Running>> {
        lock(&self.running)
    }
}
