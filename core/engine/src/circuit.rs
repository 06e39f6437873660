//! Circuits: when a CRM or a mailbox as a whole is out of order, no attempts are made.

use earmark_model::{Instant, limits};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
};

/// The circuits of one kind of remote side, by its id. Kept in memory: after a restart a circuit
/// is closed until five items fail again.
#[derive(Debug)]
pub(crate) struct Circuits<K: Ord> {
    states: Mutex<BTreeMap<K, State>>,
}

impl<K: Ord> Default for Circuits<K> {
    fn default() -> Self {
        Self { states: Mutex::default() }
    }
}

#[derive(Debug, Default)]
struct State {
    /// Different items that failed since the side last answered.
    failed: BTreeSet<String>,
    opened: Option<Instant>,
    probed: Option<Instant>,
}

/// How a circuit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Circuit {
    /// Attempts are made.
    Closed,
    /// No attempts; a probe is due.
    ProbeDue,
    /// No attempts.
    Open,
}

impl<K: Ord> Circuits<K> {
    fn with<T>(&self, key: K, act: impl FnOnce(&mut State) -> T) -> T {
        let mut states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        act(states.entry(key).or_default())
    }

    /// How the circuit stands; a due probe is handed out once.
    pub(crate) fn check(&self, key: K, now: Instant) -> Circuit {
        self.with(key, |state| {
            let Some(opened) = state.opened else { return Circuit::Closed };
            if now.since(state.probed.unwrap_or(opened)) < limits::CIRCUIT_PROBE_INTERVAL {
                return Circuit::Open;
            }
            state.probed = Some(now);
            Circuit::ProbeDue
        })
    }

    /// Whether attempts are not to be made now; hands out no probe.
    pub(crate) fn is_open(&self, key: K) -> bool {
        self.with(key, |state| state.opened.is_some())
    }

    /// An item failed in a way that may open the circuit; the same item again proves nothing
    /// new. Answers whether it opened now.
    pub(crate) fn failed(&self, key: K, item: &str, now: Instant) -> bool {
        self.with(key, |state| {
            if state.opened.is_some() {
                return false;
            }
            state.failed.insert(item.to_owned());
            let opens = state.failed.len() >= limits::CIRCUIT_FAILURES;
            if opens {
                state.opened = Some(now);
            }
            opens
        })
    }

    /// The side answered. Answers whether the circuit was open.
    pub(crate) fn answered(&self, key: K) -> bool {
        self.with(key, |state| {
            let was_open = state.opened.is_some();
            *state = State::default();
            was_open
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_different_items_in_a_row_open_it_and_an_answer_closes_it() {
        let circuits = Circuits::default();
        let now = Instant::from_millis(0);
        for item in ["a", "b", "c", "d", "d"] {
            assert!(!circuits.failed(1, item, now));
        }
        circuits.answered(1);
        for item in ["a", "b", "c", "d"] {
            assert!(!circuits.failed(1, item, now));
        }
        assert_eq!(circuits.check(1, now), Circuit::Closed);
        assert!(circuits.failed(1, "e", now));
        assert_eq!(circuits.check(1, now), Circuit::Open);
        let later = now.plus(limits::CIRCUIT_PROBE_INTERVAL);
        assert_eq!(circuits.check(1, later), Circuit::ProbeDue);
        assert_eq!(circuits.check(1, later), Circuit::Open);
        assert!(circuits.answered(1));
        assert_eq!(circuits.check(1, later), Circuit::Closed);
    }
}
