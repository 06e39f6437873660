//! The request budget of one mailbox: how many at once, and not before when.

use earmark_model::{ClockWatch, Failure, FailureClass, Instant};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Units: seconds. Without `Retry-After` the wait doubles up to this.
const BACK_OFF_MAX_SECS: u64 = 60;

/// Requests in flight and enforced patience, shared by all handles of one mailbox.
pub(crate) struct Budget {
    permits: Semaphore,
    in_flight_max: usize,
    /// Units: places that each request takes, so that fewer are in flight where that was asked for.
    weight: AtomicUsize,
    patience: Mutex<Patience>,
}

#[derive(Default)]
struct Patience {
    until: Option<Instant>,
    clock: ClockWatch,
    /// Units: refusals in a row that did not say how long to wait.
    unspecified: u32,
}

impl Patience {
    /// Until when to wait. Where the clock was set back, that moves with it.
    fn until_at(&mut self, now: Instant) -> Option<Instant> {
        let behind = self.clock.set_back(now);
        self.until = self.until.map(|until| until.minus(behind)).filter(|until| now < *until);
        self.until
    }
}

impl Budget {
    pub(crate) fn new(in_flight_max: usize) -> Self {
        Self {
            permits: Semaphore::new(in_flight_max),
            in_flight_max,
            weight: AtomicUsize::new(1),
            patience: Mutex::default(),
        }
    }

    /// From now on at most `in_flight` requests are under way at once, as far as places can be
    /// shared out evenly; never more than there are places.
    pub(crate) fn narrow(&self, in_flight: usize) {
        let weight = self.in_flight_max.div_ceil(in_flight.max(1)).max(1);
        self.weight.store(weight, Ordering::Relaxed);
    }

    /// Waits for `places` of the places in flight, or for all of them where there are fewer.
    pub(crate) async fn enter(&self, places: usize) -> SemaphorePermit<'_> {
        let places = places.max(1).saturating_mul(self.weight.load(Ordering::Relaxed));
        let places = u32::try_from(places.clamp(1, self.in_flight_max)).unwrap_or(1);
        self.permits.acquire_many(places).await.expect("the semaphore is never closed")
    }

    /// `Throttled` while the server's patience is asked for, so that nothing is sent then.
    pub(crate) fn check(&self, now: Instant) -> Result<(), Failure> {
        match self.patience().until_at(now) {
            None => Ok(()),
            Some(until) => Err(Failure::new(
                FailureClass::Throttled { until: Some(until) },
                "WaitingForServer",
                "The server asked for a pause that is not over; nothing was sent.",
            )),
        }
    }

    /// Notes a refusal and says until when it holds: as told, else twice as long as last time.
    pub(crate) fn throttled(&self, told: Option<Instant>, now: Instant) -> Instant {
        let mut patience = self.patience();
        patience.until_at(now);
        let until = told.unwrap_or_else(|| {
            patience.unspecified = patience.unspecified.saturating_add(1);
            let seconds = 1_u64.checked_shl(patience.unspecified).unwrap_or(u64::MAX);
            now.plus(Duration::from_secs(seconds.min(BACK_OFF_MAX_SECS)))
        });
        let until = patience.until.map_or(until, |earlier| earlier.max(until));
        patience.until = Some(until);
        until
    }

    /// Notes a request that was served.
    pub(crate) fn served(&self) {
        self.patience().unspecified = 0;
    }

    fn patience(&self) -> MutexGuard<'_, Patience> {
        self.patience.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_about_the_wait_doubles_it_up_to_a_minute() {
        let budget = Budget::new(4);
        let mut now = Instant::from_millis(0);
        let mut waits = Vec::new();
        for _ in 0..8 {
            let until = budget.throttled(None, now);
            assert!(budget.check(now).is_err());
            waits.push(until.since(now).as_secs());
            now = until;
            assert!(budget.check(now).is_ok());
        }
        assert_eq!(waits, [2, 4, 8, 16, 32, 60, 60, 60]);
        budget.served();
        assert_eq!(budget.throttled(None, now).since(now).as_secs(), 2);
    }

    #[tokio::test]
    async fn fewer_are_in_flight_where_that_was_asked_for() {
        let budget = Budget::new(4);
        for (asked, at_once) in [(1, 1), (2, 2), (3, 2), (4, 4), (300, 4), (0, 1)] {
            budget.narrow(asked);
            let mut inside = Vec::new();
            while budget.permits.available_permits() > 0 {
                inside.push(budget.enter(1).await);
            }
            assert_eq!(inside.len(), at_once, "{asked}");
        }
    }

    #[test]
    fn a_clock_that_is_set_back_makes_nobody_wait_longer() {
        let budget = Budget::new(4);
        let at = |seconds: i64| Instant::from_millis(seconds * 1_000);
        budget.throttled(Some(at(90_060)), at(90_000));
        assert!(budget.check(at(90_030)).is_err());
        assert!(budget.check(at(3_600)).is_err());
        assert!(budget.check(at(3_629)).is_err());
        assert!(budget.check(at(3_630)).is_ok());
    }

    #[test]
    fn a_later_shorter_answer_does_not_shorten_the_wait() {
        let budget = Budget::new(4);
        let now = Instant::from_millis(0);
        budget.throttled(Some(Instant::from_millis(30_000)), now);
        assert_eq!(budget.throttled(Some(Instant::from_millis(5_000)), now).as_millis(), 30_000);
    }
}
