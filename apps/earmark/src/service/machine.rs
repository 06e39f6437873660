//! The machine's clock and randomness, handed to every part at construction.

use earmark_model::{Clock, Instant};
use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use uuid::Uuid;

/// The machine's time of day.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Instant::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// The machine's time of day, and whatever the demo was moved ahead of it: retries that would
/// come over an hour can then be watched at once.
#[derive(Debug, Default)]
pub struct DemoClock {
    /// Units: milliseconds; never less than before.
    ahead: AtomicI64,
}

impl DemoClock {
    /// Moves on by `span`. Every part of the demo sees the new time at once.
    pub fn move_on(&self, span: Duration) {
        let millis = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        self.ahead.fetch_add(millis, Ordering::SeqCst);
    }

    /// How far it is ahead of the machine's clock.
    pub fn ahead(&self) -> Duration {
        Duration::from_millis(self.ahead.load(Ordering::SeqCst).unsigned_abs())
    }
}

impl Clock for DemoClock {
    fn now(&self) -> Instant {
        SystemClock.now().plus(self.ahead())
    }
}

/// The machine's randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl SystemRandom {
    /// 64 random bits.
    pub fn bits(self) -> u64 {
        let bytes = Uuid::new_v4().into_bytes();
        // The last eight bytes hold two fixed bits; the first eight hold four.
        bytes.iter().fold(0_u64, |bits, byte| bits.rotate_left(5) ^ u64::from(*byte))
    }

    /// A token of 256 random bits as text.
    ///
    /// Errors: the system has no randomness to give.
    pub fn token(self) -> Result<String, getrandom::Error> {
        use base64::Engine as _;
        let mut bytes = [0_u8; 32];
        getrandom::fill(&mut bytes)?;
        Ok(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes))
    }
}
