//! Engine, sandbox Exchange and embedded CRM in one process on virtual time.
//!
//! [`outside`] is everything that is not the service: sandbox, CRM and their faces behind one
//! router, composed as the demo composes it. [`service`] is the engine with its ledger, which
//! can be restarted, killed in the middle, or robbed of its ledger. [`http`] asks the faces;
//! [`mailboxes`], [`categories`] and [`post`] are what people do in Outlook, [`records`] what they
//! do in the CRM, [`plug_in`] what a plug-in answers it, [`memory`] what the service remembers, [`alerts`] what
//! it tells people, [`stores`] what goes wrong with its files. [`interrupt`] stands between the
//! service and the outside, where [`refusal`] lets nothing through; [`live`] lets the service run by
//! itself while every answer takes its time, [`answers`] counts them.
//!
//! Invariants: what people do goes through the public faces, with the admin token, which is
//! neither faulted nor counted; each act takes one second; equal seeds and equal acts give
//! equal worlds.

mod activities;
mod alerts;
mod answers;
mod automatic;
mod backup;
mod calendar;
mod categories;
mod http;
mod interrupt;
mod live;
mod mailboxes;
mod memory;
mod outside;
mod people;
mod plug_in;
mod post;
mod postbox;
mod push;
mod records;
mod refusal;
mod rules;
mod service;
mod sharing;
mod stores;
mod testing;

pub use activities::{Activity, ActivityRecord};
pub use answers::Answers;
pub use live::Act;
pub use mailboxes::{Place, Seen};
pub use outside::ADMIN_TOKEN;
pub use plug_in::{Answer, NewStep};
pub use post::Mail;
pub use records::{EmailRecord, RecordParty};
pub use rules::RuleAction;
pub use testing::Stamped;

use crate::{SeededRandom, VirtualClock, memory_file::MemoryFile};
use anyhow::Result;
use earmark_engine::Settings;
use earmark_model::{CategoryName, Instant};
use earmark_sqlite::rusqlite::Connection;
use earmark_tracking::Rules;
use interrupt::Interrupter;
use outside::Outside;
use service::Running;
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::AtomicBool},
    time::Duration,
};

/// When every world begins: 2026-03-02T08:00:00Z, a Monday.
pub const BEGINNING: Instant = Instant::from_millis(1_772_438_400_000);

/// How long one act of a person takes.
const ACT: Duration = Duration::from_secs(1);

/// One world.
pub struct World {
    clock: Arc<VirtualClock>,
    random: Arc<SeededRandom>,
    outside: Outside,
    interrupter: Arc<Interrupter>,
    settings: Settings,
    has_push: AtomicBool,
    /// The name of the tracking category in the configuration; the usual one without it.
    category_name: Mutex<Option<CategoryName>>,
    rules: Rules,
    ledger: Mutex<MemoryFile>,
    /// What the ledger was when it was copied.
    ledger_copy: Mutex<Option<Connection>>,
    crm_file: Mutex<MemoryFile>,
    /// What the CRM was when it was backed up.
    crm_backup: Mutex<Option<Connection>>,
    running: Mutex<Option<Running>>,
}

impl World {
    /// A world without people, in which every rule holds.
    pub async fn new(seed: u64) -> Result<Self> {
        Self::with_rules(seed, Rules::all()).await
    }

    /// A world in which only some rules hold.
    pub async fn with_rules(seed: u64, rules: Rules) -> Result<Self> {
        Self::at(seed, rules, BEGINNING).await
    }

    /// A world that begins at another time.
    pub async fn at(seed: u64, rules: Rules, beginning: Instant) -> Result<Self> {
        let crm_file = MemoryFile::new("crm")?;
        let clock = Arc::new(VirtualClock::new(beginning));
        let random = Arc::new(SeededRandom::new(seed));
        let outside = Outside::open(&clock, &random, seed, crm_file.path())?;
        let world = Self {
            clock,
            random,
            outside,
            interrupter: Arc::default(),
            settings: Settings::default(),
            has_push: AtomicBool::new(false),
            category_name: Mutex::default(),
            rules,
            ledger: Mutex::new(MemoryFile::new("ledger")?),
            ledger_copy: Mutex::default(),
            crm_file: Mutex::new(crm_file),
            crm_backup: Mutex::default(),
            running: Mutex::new(None),
        };
        world.start()?;
        Ok(world)
    }

    /// The present instant.
    pub fn now(&self) -> Instant {
        use earmark_model::Clock;
        self.clock.now()
    }

    /// Does everything that is due now. Answers how many units that were.
    pub async fn run_due(&self) -> usize {
        let count = self.run_units().await;
        if self.hear().await {
            self.settle().await;
        }
        count
    }

    /// The same without a look at notifications.
    async fn run_units(&self) -> usize {
        let engine = self.engine();
        self.interrupter.begin();
        tokio::select! {
            biased;
            () = self.interrupter.struck() => 0,
            count = engine.run_due() => count,
        }
    }

    /// Lets one full cycle pass and does what is due at its end: each mailbox has one cycle.
    pub async fn cycle(&self) {
        self.clock.advance(self.settings.cycle);
        self.run_due().await;
    }

    /// Lets time pass and does whatever becomes due on the way, at its time.
    pub async fn pass(&self, time: Duration) {
        let end = self.now().plus(time);
        while let Some(due) = self.next_due().await.filter(|due| *due <= end) {
            let before = self.now();
            self.clock.advance_to(due);
            let done = self.run_due().await;
            // A unit that nobody may claim yet must not stop time.
            if done == 0 && self.now() == before {
                self.clock.advance(ACT.min(end.since(before)));
                if self.now() == end {
                    break;
                }
            }
        }
        self.clock.advance_to(end);
    }

    /// When something is due next: a unit of work, or a notification.
    async fn next_due(&self) -> Option<Instant> {
        self.hear().await;
        let notice = self.outside.sandbox.deliver_notifications().await;
        self.engine().next_due().await.into_iter().chain(notice).min()
    }

    /// Moves the clock and does nothing.
    pub fn advance(&self, time: Duration) {
        self.clock.advance(time);
    }

    /// Units: the most requests of one mailbox that the service had under way at once so far.
    pub fn most_in_flight(&self) -> usize {
        self.interrupter.most_in_flight()
    }

    /// Somebody does something, which takes a moment.
    fn act(&self) {
        self.clock.advance(ACT);
    }
}

fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}
