//! A clock that is turned by hand.

use earmark_model::{Clock, Instant};
use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

/// Virtual time. It stands still until [`VirtualClock::advance`] moves it.
#[derive(Debug)]
pub struct VirtualClock(AtomicI64);

impl VirtualClock {
    /// A clock that shows `start`.
    pub fn new(start: Instant) -> Self {
        Self(AtomicI64::new(start.as_millis()))
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        let millis = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.0.fetch_add(millis, Ordering::SeqCst);
    }

    /// Moves the clock forward to `instant`, if that lies ahead.
    pub fn advance_to(&self, instant: Instant) {
        self.0.fetch_max(instant.as_millis(), Ordering::SeqCst);
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Instant {
        Instant::from_millis(self.0.load(Ordering::SeqCst))
    }
}
