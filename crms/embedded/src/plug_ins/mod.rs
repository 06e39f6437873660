//! Plug-in steps as synchronous webhooks: who is asked before a change, with what, and what each
//! answer means.
//!
//! [`first_rows`] (the messages and tables for which a step can be registered), `registered`
//! (which steps there are, and which of them want a change), [`endpoint`] (who may be asked, and
//! with which credentials), `context` (the body of a call), `post` (one call), `ask` (all calls
//! of one operation).
//!
//! Invariants: no call is made inside a transaction; a call leaves only for an address that
//! [`endpoint::checked`] lets through; what an endpoint is asked with is read by `registered` and
//! by nothing else; no text of a refusal holds an address, a credential or a column's value.

mod ask;
mod context;
pub mod endpoint;
pub(crate) mod first_rows;
mod post;
mod registered;

pub(crate) use ask::Refused;
pub(crate) use first_rows::{NOUNS, takes_steps};
pub(crate) use registered::listed;

use crate::error::{CrmError, code};
use earmark_http::Transport;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};
use uuid::Uuid;

/// How long one call may take.
pub const CALL_MAX: Duration = Duration::from_secs(60);

/// How long all calls of one operation may take together.
pub const OPERATION_MAX: Duration = Duration::from_secs(120);

/// How many operations may hang on each other: a plug-in that writes, by which a plug-in is
/// called, and so on.
pub const DEPTH_MAX: usize = 8;

/// Units: bytes of a body, above which the row and its images are left out of it.
pub const BODY_MAX: usize = 256 * 1024;

/// How endpoints are reached.
pub struct Webhooks {
    /// Carries the calls.
    pub transport: Arc<dyn Transport>,
    /// Whether endpoints of this machine may be asked, over http too: for trying things out.
    pub loopback: bool,
}

/// What a request says about itself, beside what it asks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// The operation that it belongs to, as its sender has it (`x-ms-correlation-request-id`).
    pub correlation: Option<Uuid>,
    /// Whether registered steps are to be left out. Takes the privilege
    /// `prvBypassCustomPlugins`.
    pub bypass: bool,
}

/// What the CRM keeps about its registered steps.
#[derive(Default)]
pub(crate) struct PlugIns {
    webhooks: OnceLock<Webhooks>,
    /// The operations under way: how deep each of one correlation is.
    running: Mutex<BTreeMap<Uuid, Vec<usize>>>,
}

impl PlugIns {
    /// From now on endpoints are asked. A second way is ignored.
    pub(crate) fn reach(&self, webhooks: Webhooks) {
        self.webhooks.get_or_init(|| webhooks);
    }

    pub(crate) fn allows_loopback(&self) -> bool {
        self.webhooks.get().is_some_and(|webhooks| webhooks.loopback)
    }

    /// Enters an operation that belongs to those of `correlation`.
    fn enter(&self, correlation: Uuid) -> Result<Running<'_>, CrmError> {
        let mut running = self.lock();
        let depths = running.entry(correlation).or_default();
        let depth = depths.iter().max().map_or(1, |depth| depth + 1);
        if depth > DEPTH_MAX {
            return Err(CrmError::new(
                code::DEPTH_TOO_HIGH,
                format!(
                    "plug-ins called each other more than {DEPTH_MAX} times; one of them changes \
                     what it is called for"
                ),
            ));
        }
        depths.push(depth);
        Ok(Running { all: self, correlation, depth })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Uuid, Vec<usize>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One operation under way.
struct Running<'a> {
    all: &'a PlugIns,
    correlation: Uuid,
    depth: usize,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let mut running = self.all.lock();
        let Some(depths) = running.get_mut(&self.correlation) else { return };
        if let Some(place) = depths.iter().position(|depth| *depth == self.depth) {
            depths.swap_remove(place);
        }
        if depths.is_empty() {
            running.remove(&self.correlation);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_of_one_correlation_grow_deeper_until_they_end() {
        let (all, one, other) = (PlugIns::default(), Uuid::from_u128(1), Uuid::from_u128(2));
        let mut held: Vec<Running<'_>> =
            (0..DEPTH_MAX).map(|_| all.enter(one).expect("not too deep")).collect();
        assert_eq!(held.last().expect("the deepest").depth, DEPTH_MAX);
        assert_eq!(all.enter(other).expect("another one").depth, 1);
        let refused = all.enter(one).err().expect("too deep");
        assert!(refused.is(code::DEPTH_TOO_HIGH));
        held.pop();
        assert_eq!(all.enter(one).expect("one has ended").depth, DEPTH_MAX);
        held.clear();
        assert!(all.lock().is_empty());
    }
}
