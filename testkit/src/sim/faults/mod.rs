//! What goes wrong on the way: decided here, carried out by those who stand there.
//!
//! [`kind`] is the table of faults. [`wire`] decides about requests to the mailbox server with
//! [`answer`] for what an answer turns into, [`crm`] about calls of the CRM, [`push`] about
//! notifications, and [`broken`] holds the one component that never works.
//!
//! Invariants: every strike is told to the log at its moment; nothing strikes after healing but
//! what is broken for good; decisions depend on the seed and on their order alone.

pub(super) mod answer;
pub mod broken;
pub(super) mod crm;
pub mod kind;
pub(super) mod push;
pub(in crate::sim) mod wire;

use super::{log::Org, options::Options};
use crate::SeededRandom;
use earmark_engine::Random;
use earmark_model::Instant;
use kind::Kind;
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
pub(super) use wire::{Shape, Verdict};

/// The faults of one world.
#[derive(Debug)]
pub(super) struct Faults {
    rates: BTreeMap<Kind, u32>,
    broken: Option<broken::Broken>,
    random: SeededRandom,
    seed: u64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    is_healed: bool,
    /// What strikes every request of a mailbox, and until when.
    bursts: BTreeMap<(Org, String), (Kind, Instant)>,
    /// The same for the CRM of an organization.
    crm_bursts: BTreeMap<Org, (Kind, Instant)>,
    /// Items that came lately, by immutable id.
    fresh: BTreeMap<String, Instant>,
    /// Items that cannot be read yet, and until when.
    unreadable: BTreeMap<String, Instant>,
    /// The service answers deliveries too slowly until then.
    push_slow_until: Option<Instant>,
    /// Records that were made lately, and until when queries do not find them.
    unseen: BTreeMap<uuid::Uuid, Instant>,
    /// Units: requests of an organization's service under way in each mailbox.
    in_flight: BTreeMap<(Org, String), usize>,
    /// Everything is slow until then.
    slow_until: Option<Instant>,
}

/// For how long an item is new.
const FRESH: Duration = Duration::from_secs(600);

impl Faults {
    pub(super) fn new(seed: u64, options: &Options) -> Self {
        Self {
            rates: options.faults.clone(),
            broken: options.broken.clone(),
            random: SeededRandom::new(seed ^ 0x66_61_75_6c_74),
            seed,
            state: Mutex::default(),
        }
    }

    /// From now on only what is broken for good goes wrong.
    pub(super) fn heal(&self) {
        let mut state = self.state();
        state.is_healed = true;
        state.bursts.clear();
        state.crm_bursts.clear();
        state.unseen.clear();
        state.unreadable.clear();
        state.push_slow_until = None;
        state.slow_until = None;
    }

    /// An item came.
    pub(super) fn came(&self, id: &str, now: Instant) {
        if self.rate(Kind::Stale) + self.rate(Kind::PushEarly) > 0 {
            self.state().fresh.insert(id.to_owned(), now);
        }
    }

    /// Everything is slow until `until`.
    pub(super) fn slow_down(&self, until: Instant) {
        self.state().slow_until = Some(until);
    }

    /// How many times as long everything takes now.
    pub(super) fn slowness(&self, now: Instant) -> u32 {
        if self.state().slow_until.is_some_and(|until| now < until) { 200 } else { 1 }
    }

    /// Units: of 10,000; zero after healing.
    fn rate(&self, kind: Kind) -> u32 {
        if self.state().is_healed { 0 } else { self.rates.get(&kind).copied().unwrap_or(0) }
    }

    /// One of `kinds`, or none, by their rates.
    fn draw(&self, kinds: impl Iterator<Item = Kind>) -> Option<Kind> {
        if self.state().is_healed {
            return None;
        }
        let mut left = u32::try_from(self.random.below(10_000)).unwrap_or(0);
        for kind in kinds {
            let Some(rate) = self.rates.get(&kind) else { continue };
            if left < *rate {
                return Some(kind);
            }
            left -= rate;
        }
        None
    }

    /// Whether the ledger fails now, and with which code of its own.
    pub(super) fn on_ledger(&self) -> Option<i32> {
        self.draw(std::iter::once(Kind::LedgerFails))?;
        // Full disk, busy, input or output error.
        let codes = [13, 5, 10];
        Some(codes[usize::try_from(self.random.below(3)).unwrap_or(0) % 3])
    }

    fn chance(&self, percent: u64) -> bool {
        self.random.below(100) < percent
    }

    /// A time between the two. Units: seconds.
    fn seconds(&self, from: u64, to: u64) -> Duration {
        Duration::from_secs(from + self.random.below(to - from))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
