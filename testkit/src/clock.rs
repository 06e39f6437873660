//! A clock that is turned by hand, or flows with the runtime's.

use earmark_model::{Clock, Instant};
use std::{
    sync::{
        OnceLock,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

/// Virtual time. It stands still until [`VirtualClock::advance`] moves it, or until
/// [`VirtualClock::flow`] lets it flow.
#[derive(Debug)]
pub struct VirtualClock {
    shown: AtomicI64,
    flows_since: OnceLock<tokio::time::Instant>,
}

impl VirtualClock {
    /// A clock that shows `start`.
    pub fn new(start: Instant) -> Self {
        Self { shown: AtomicI64::new(start.as_millis()), flows_since: OnceLock::new() }
    }

    /// From now on it shows what the runtime's own clock adds. In a runtime whose clock is paused
    /// that is virtual time too: it passes only while everybody waits for a time to come.
    pub fn flow(&self) {
        self.flows_since.get_or_init(tokio::time::Instant::now);
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        let millis = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.shown.fetch_add(millis, Ordering::SeqCst);
    }

    /// Moves the clock forward to `instant`, if that lies ahead.
    pub fn advance_to(&self, instant: Instant) {
        self.shown.fetch_max(instant.as_millis() - self.flowed(), Ordering::SeqCst);
    }

    /// Units: milliseconds.
    fn flowed(&self) -> i64 {
        let flowed = self.flows_since.get().map(tokio::time::Instant::elapsed);
        flowed.map_or(0, |flowed| i64::try_from(flowed.as_millis()).unwrap_or(i64::MAX))
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Instant {
        Instant::from_millis(self.shown.load(Ordering::SeqCst) + self.flowed())
    }
}
