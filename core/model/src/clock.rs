//! How the time of day reaches code that needs it.

use crate::Instant;

/// The time of day. The service reads the machine's; the simulator turns it by hand.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Instant;
}
