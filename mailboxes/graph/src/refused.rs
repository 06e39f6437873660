//! Filters that a server refused, so that it is not asked for them again at once.

use earmark_model::{Instant, limits};
use std::sync::{Mutex, PoisonError};

/// A server may learn to filter, so that it is asked again after this long.
const REMEMBERED_FOR: std::time::Duration = limits::SWEEP_INTERVAL;

/// When a filter was refused last.
#[derive(Default)]
pub(crate) struct Refused {
    at: Mutex<Option<Instant>>,
}

impl Refused {
    pub(crate) fn note(&self, now: Instant) {
        *self.at.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
    }

    /// Whether it was refused lately.
    pub(crate) fn is_fresh(&self, now: Instant) -> bool {
        let at = *self.at.lock().unwrap_or_else(PoisonError::into_inner);
        at.is_some_and(|at| now.is_within(REMEMBERED_FOR, at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_remembered_for_an_hour() {
        let refused = Refused::default();
        let now = Instant::from_millis(0);
        assert!(!refused.is_fresh(now));
        refused.note(now);
        assert!(refused.is_fresh(now.plus(REMEMBERED_FOR / 2)));
        assert!(!refused.is_fresh(now.plus(REMEMBERED_FOR)));
    }
}
