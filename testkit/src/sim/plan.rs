//! What is going to happen from outside: a list of events that a seed stands for.
//!
//! The list is made before the world runs and knows nothing of it: an event names a mailbox and
//! the how-maniest item in it, and does nothing where that makes no sense at its time. So a
//! shorter list is a plan as well, which is what [`super::minimise`] needs.

use super::{options::Options, world::USERS};
use crate::SeededRandom;
use earmark_engine::Random;
use std::time::Duration;

/// Everything that happens to a world.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The seed.
    pub seed: u64,
    /// How the world is made.
    pub options: Options,
    /// What happens, by time.
    pub events: Vec<Event>,
}

/// One event.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// When, since the beginning.
    pub at: Duration,
    /// What.
    pub what: What,
}

/// A mailbox, and the how-maniest of its items (modulo how many there are).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pick {
    /// Whose, by index into all users.
    pub user: usize,
    /// Which.
    pub item: usize,
}

/// What happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A message arrives at some mailboxes: bits of the users.
    Deliver {
        /// Bit by bit, the users that receive it.
        to: u8,
    },
    /// A person assigns the category.
    Assign(Pick),
    /// A person removes it.
    Remove(Pick),
    /// A worker is killed and started again after this many seconds.
    Kill {
        /// Which, by index into all workers.
        worker: usize,
        /// Units: seconds.
        for_seconds: u64,
    },
}

/// All people, in the order of the organizations.
pub fn users() -> Vec<&'static str> {
    USERS.iter().flat_map(|users| users.iter().copied()).collect()
}

impl Plan {
    /// The plan that `seed` stands for.
    pub fn of(seed: u64) -> Self {
        let options = Options::of(seed);
        let random = SeededRandom::new(seed ^ 0x70_6c_61_6e);
        let pick = |count: usize| usize::try_from(random.below(count as u64)).unwrap_or(0);
        let mut events = Vec::new();
        let span = options.hours * 3_600;
        for _ in 0..options.items * 2 {
            let at = Duration::from_secs(random.below(span / 2));
            events.push(Event { at, what: What::Deliver { to: 1 + pick(7) as u8 } });
        }
        for _ in 0..options.items * 4 {
            let at = Duration::from_secs(random.below(span));
            let which = Pick { user: pick(users().len()), item: pick(1_000) };
            let what = match pick(100) {
                0..=64 => What::Assign(which),
                65..=95 => What::Remove(which),
                _ => What::Kill { worker: pick(4), for_seconds: random.below(600) },
            };
            events.push(Event { at, what });
        }
        events.sort_by_key(|event| event.at);
        Self { seed, options, events }
    }
}
