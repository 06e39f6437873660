//! Change notifications on their way: what a mailbox noticed becomes posts to those who asked.
//!
//! `watched` tells when something was noticed, `handshake` proves an address, `compose` writes
//! a post, `post` sends one, `endpoint` remembers how fast an address answers, and
//! `deliver` does everything that is due.
//!
//! Invariants: nothing here sleeps or sets a timer but the loop of the service; the notices of
//! one subscription are sent in order, one post to an address at a time, different addresses at
//! once; a notice is forgotten only after it was taken, or after it was tried for four hours.

mod compose;
mod deliver;
mod endpoint;
mod handshake;
mod post;
mod watched;

pub(crate) use handshake::shake_hands;
pub(crate) use watched::Watched;

use endpoint::Endpoints;
use tokio::sync::Mutex;

/// What deliveries share.
#[derive(Debug, Default)]
pub(crate) struct Notifier {
    /// Only one caller delivers at a time.
    turn: Mutex<()>,
    endpoints: Endpoints,
}
