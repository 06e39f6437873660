//! A clock that is wrong.

use crate::VirtualClock;
use earmark_model::{Clock, Instant};
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

/// The clock of one machine, beside the true one.
#[derive(Debug)]
pub(super) struct SkewedClock {
    truth: Arc<VirtualClock>,
    /// Units: milliseconds ahead of the truth.
    ahead: AtomicI64,
}

impl SkewedClock {
    /// A clock that is `ahead` of the truth. Units: milliseconds.
    pub(super) fn new(truth: Arc<VirtualClock>, ahead: i64) -> Self {
        Self { truth, ahead: AtomicI64::new(ahead) }
    }

    /// Somebody sets it. Units: milliseconds.
    pub(super) fn jump(&self, by: i64) {
        self.ahead.fetch_add(by, Ordering::SeqCst);
    }

    /// What the true clock shows when this one shows `at`.
    pub(super) fn truly(&self, at: Instant) -> Instant {
        Instant::from_millis(at.as_millis() - self.ahead.load(Ordering::SeqCst))
    }
}

impl Clock for SkewedClock {
    fn now(&self) -> Instant {
        Instant::from_millis(self.truth.now().as_millis() + self.ahead.load(Ordering::SeqCst))
    }
}
