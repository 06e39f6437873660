//! How a seed's world is made: everything that is decided once.

use crate::SeededRandom;
use earmark_engine::Random;
use std::{fmt, time::Duration};

/// The options of one run.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// The regular cycle of a mailbox.
    pub cycle: Duration,
    /// The service asks for notifications.
    pub push: bool,
    /// Units: simulated hours before healing.
    pub hours: u64,
    /// Units: messages that every mailbox has in the end, about.
    pub items: usize,
}

impl Options {
    /// The options that `seed` stands for.
    pub fn of(seed: u64) -> Self {
        let random = SeededRandom::new(seed ^ 0x6f70_7469);
        let minutes = [15, 20, 30, 60][usize::try_from(random.below(4)).unwrap_or(0)];
        Self {
            cycle: Duration::from_secs(60 * minutes),
            push: random.below(100) < 70,
            hours: 24,
            items: 40,
        }
    }
}

impl fmt::Display for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "cycle: {} minutes", self.cycle.as_secs() / 60)?;
        writeln!(f, "push: {}", self.push)?;
        writeln!(f, "hours: {}", self.hours)?;
        writeln!(f, "items: {}", self.items)
    }
}
