//! Ends workers without warning and starts them again.

use super::{
    process::Process,
    random::Random,
    world::{WORKERS, World},
};
use std::{
    fs::Metadata,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

/// How long a write of the ledger is waited for.
const WRITE_WITHIN: Duration = Duration::from_millis(300);

/// What was done.
#[derive(Debug, Clone, Copy, Default)]
pub struct Kills {
    /// Units: workers killed.
    pub workers: u64,
    /// Units: times that both were killed together.
    pub both: u64,
    /// Units: kills right upon a write to the ledger's journal.
    pub mid_write: u64,
    /// Units: workers started again.
    pub restarts: u64,
    /// The longest time from a start until a worker was ready.
    pub slowest_start: Duration,
}

/// The two workers.
pub struct Workers {
    world: Arc<World>,
    running: [Option<Process>; WORKERS],
    random: Random,
    /// What was done so far.
    pub kills: Kills,
}

impl Workers {
    /// Starts both.
    pub async fn start(world: Arc<World>) -> Self {
        let random = Random::new(world.options.seed, 1);
        let mut workers = Self { world, running: [None, None], random, kills: Kills::default() };
        for slot in 0..WORKERS {
            workers.start_one(slot).await;
        }
        workers
    }

    /// Kills one or both, now or upon the next write of the ledger, and starts them again.
    pub async fn kill(&mut self) {
        let both = self.random.chance(12);
        let slot = self.random.below(WORKERS);
        if self.random.chance(40) {
            let journal = self.world.file("ledger.db-wal");
            let wrote = tokio::task::spawn_blocking(move || until_written(&journal)).await;
            self.kills.mid_write += u64::from(wrote.expect("it ends"));
        }
        let slots: Vec<usize> = (0..WORKERS).filter(|one| both || *one == slot).collect();
        for slot in &slots {
            self.end(*slot);
            self.kills.workers += 1;
        }
        self.kills.both += u64::from(both);
        for slot in slots {
            self.start_one(slot).await;
            self.kills.restarts += 1;
        }
    }

    /// Ends both for good.
    pub fn end_all(&mut self) {
        (0..WORKERS).for_each(|slot| self.end(slot));
    }

    fn end(&mut self, slot: usize) {
        if let Some(mut process) = self.running[slot].take() {
            process.kill();
        }
        self.world.place(slot, None);
    }

    async fn start_one(&mut self, slot: usize) {
        let (config, log) = (self.world.config(), self.world.log(slot));
        let began = Instant::now();
        let started = tokio::task::spawn_blocking(move || Process::worker(&config, &log)).await;
        match started.expect("it ends") {
            Ok(process) => {
                self.world.place(slot, Some(process.root.clone()));
                self.running[slot] = Some(process);
                self.kills.slowest_start = self.kills.slowest_start.max(began.elapsed());
            }
            Err(problem) => {
                let log = std::fs::read_to_string(self.world.log(slot)).unwrap_or_default();
                let last: Vec<&str> = log.lines().rev().take(3).collect();
                self.world.violated(format!("worker {slot} did not start: {problem}: {last:?}"));
            }
        }
    }
}

/// Whether the file was written to within a moment; answers as soon as it is.
fn until_written(path: &Path) -> bool {
    let mark = |data: Metadata| (data.len(), data.modified().ok());
    let look = || std::fs::metadata(path).ok().map(mark);
    let (before, until) = (look(), Instant::now() + WRITE_WITHIN);
    while Instant::now() < until {
        if look() != before {
            return true;
        }
        std::thread::park_timeout(Duration::from_millis(1));
    }
    false
}
