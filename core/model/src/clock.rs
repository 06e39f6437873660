//! How the time of day reaches code that needs it.

use crate::Instant;
use std::time::Duration;

/// The time of day. The service reads the machine's; the simulator turns it by hand.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Instant;
}

/// What a clock showed when it was last read, to notice that it was set back since.
#[derive(Debug, Clone, Copy, Default)]
pub struct ClockWatch {
    seen: Option<Instant>,
}

impl ClockWatch {
    /// By how much the clock was set back since the last call; zero as a rule. What waits for an
    /// instant is moved by it, and waits for as long as it would have.
    pub fn set_back(&mut self, now: Instant) -> Duration {
        self.seen.replace(now).map_or(Duration::ZERO, |seen| seen.since(now))
    }
}
