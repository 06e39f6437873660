//! The life of one worker: it may stand still, and it may end at any step.

use super::{
    log::{Happening, Log, Org, WorkerLife},
    wire::Network,
};
use earmark_model::Clock;
use std::{
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};
use tokio::task::AbortHandle;

/// What a worker's wire, CRM and ledger share.
pub(super) struct Life {
    pub(super) network: Arc<Network>,
    pub(super) organization: Org,
    pub(super) worker: usize,
    is_over: AtomicBool,
    /// Units: steps until it ends by itself; zero or less when none is wanted.
    fuse: AtomicI64,
    still_until: Mutex<Option<tokio::time::Instant>>,
    task: OnceLock<AbortHandle>,
}

/// The worker ended: nothing that it does has an effect any more.
#[derive(Debug, Clone, Copy)]
pub(super) struct Over;

impl Life {
    pub(super) fn new(network: Arc<Network>, organization: Org, worker: usize) -> Arc<Self> {
        Arc::new(Self {
            network,
            organization,
            worker,
            is_over: AtomicBool::new(false),
            fuse: AtomicI64::new(0),
            still_until: Mutex::default(),
            task: OnceLock::new(),
        })
    }

    /// The task that ends with the worker.
    pub(super) fn is_lived_by(&self, task: AbortHandle) {
        let _ = self.task.set(task);
    }

    pub(super) fn log(&self) -> &Log {
        &self.network.log
    }

    /// Whether it ended.
    pub(super) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }

    /// It ends now, as by `kill -9`. Repeatable: yes.
    pub(super) fn end(&self) {
        if self.is_over.swap(true, Ordering::SeqCst) {
            return;
        }
        if let Some(task) = self.task.get() {
            task.abort();
        }
        let (organization, worker) = (self.organization, self.worker);
        self.network.tell(Happening::Worker { organization, worker, what: WorkerLife::Killed });
    }

    /// It ends without a word, because the world does.
    pub(super) fn drop_task(&self) {
        self.is_over.store(true, Ordering::SeqCst);
        if let Some(task) = self.task.get() {
            task.abort();
        }
    }

    /// It ends at this step from now.
    pub(super) fn end_after(&self, steps: u32) {
        self.fuse.store(i64::from(steps), Ordering::SeqCst);
    }

    /// It does nothing for so long, and then goes on as if nothing had been.
    pub(super) fn stand_still(&self, length: Duration) {
        let until = tokio::time::Instant::now() + length;
        *self.still_until.lock().unwrap_or_else(PoisonError::into_inner) = Some(until);
    }

    /// Comes between any two things that a worker does outside of itself.
    ///
    /// Errors: it ended.
    pub(super) async fn step(&self) -> Result<(), Over> {
        if self.fuse.load(Ordering::SeqCst) > 0 && self.fuse.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.end();
        }
        let still = *self.still_until.lock().unwrap_or_else(PoisonError::into_inner);
        let now = tokio::time::Instant::now();
        if let Some(until) = still.filter(|until| now < *until && !self.is_over()) {
            tokio::time::sleep_until(until).await;
        }
        if self.is_over() { Err(Over) } else { Ok(()) }
    }

    /// The present instant by the clock of this organization's service.
    pub(super) fn now(&self) -> earmark_model::Instant {
        self.network.service_clocks[self.organization].now()
    }
}
