//! Circuits: when a CRM or a mailbox as a whole is out of order, no attempts are made.

use crate::Engine;
use earmark_ledger::{CrmPause, Lease, Record, StoreError};
use earmark_model::{ClockWatch, Instant, MailboxId, limits};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
};

/// The circuits of one kind of remote side, by its id. What is known is kept in memory and
/// recorded with the next commit; a restarted service recalls it once.
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
    /// What an earlier life of the service recorded was taken over.
    is_recalled: bool,
    /// Something changed that is not recorded yet.
    is_unsaved: bool,
    /// Different items that failed since the side last answered.
    failed: BTreeSet<String>,
    opened: Option<Instant>,
    probed: Option<Instant>,
    /// The side allows nothing before this instant.
    not_before: Option<Instant>,
    clock: ClockWatch,
}

impl State {
    /// Where the clock was set back, what is waited for moves with it.
    fn follow(&mut self, now: Instant) {
        let behind = self.clock.set_back(now);
        for at in [&mut self.opened, &mut self.probed, &mut self.not_before] {
            *at = at.map(|at| at.minus(behind));
        }
    }

    fn as_pause(&self) -> CrmPause {
        CrmPause {
            not_before: self.not_before,
            circuit_opened: self.opened,
            circuit_failures: u32::try_from(self.failed.len()).unwrap_or(u32::MAX),
        }
    }
}

impl Engine {
    /// Commits a record, and with it what changed about the CRM as a whole. That is unsaved until
    /// the commit is done: where it fails, the next one has it.
    pub(crate) async fn commit_with_pause(
        &self,
        lease: &Lease,
        mut record: Record,
    ) -> Result<Vec<MailboxId>, StoreError> {
        let unsaved = self.crm_circuits.unsaved(lease.organization);
        record.pause = unsaved;
        let answer = self.parts.store.commit(lease, record).await?;
        if let Some(recorded) = unsaved {
            self.crm_circuits.saved(lease.organization, recorded);
        }
        Ok(answer)
    }
}

/// How a circuit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Circuit {
    /// Attempts are made.
    Closed,
    /// No attempts; a probe is due.
    ProbeDue,
    /// No attempts before the instant.
    Open {
        /// When the next probe is due, or the side allows the next request.
        until: Instant,
    },
}

impl<K: Ord> Circuits<K> {
    fn with<T>(&self, key: K, act: impl FnOnce(&mut State) -> T) -> T {
        let mut states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        act(states.entry(key).or_default())
    }

    /// Whether what was recorded still has to be recalled.
    pub(crate) fn is_unknown(&self, key: K) -> bool {
        self.with(key, |state| !state.is_recalled)
    }

    /// Takes over what an earlier life recorded, once.
    pub(crate) fn recall(&self, key: K, pause: CrmPause) {
        self.with(key, |state| {
            if !state.is_recalled {
                state.is_recalled = true;
                state.opened = state.opened.or(pause.circuit_opened);
                state.not_before = state.not_before.max(pause.not_before);
            }
        });
    }

    /// What is to be recorded, where something changed since the last time.
    fn unsaved(&self, key: K) -> Option<CrmPause> {
        self.with(key, |state| state.is_unsaved.then(|| state.as_pause()))
    }

    /// This was recorded. What changed meanwhile still is to be.
    fn saved(&self, key: K, recorded: CrmPause) {
        self.with(key, |state| state.is_unsaved &= state.as_pause() != recorded);
    }

    /// How the circuit stands; a due probe is handed out once.
    pub(crate) fn check(&self, key: K, now: Instant) -> Circuit {
        self.with(key, |state| {
            state.follow(now);
            if let Some(until) = state.not_before.filter(|until| *until > now) {
                return Circuit::Open { until };
            }
            let Some(opened) = state.opened else { return Circuit::Closed };
            let until = state.probed.unwrap_or(opened).plus(limits::CIRCUIT_PROBE_INTERVAL);
            if until > now {
                return Circuit::Open { until };
            }
            state.probed = Some(now);
            Circuit::ProbeDue
        })
    }

    /// Whether attempts are not to be made now; hands out no probe.
    pub(crate) fn is_open(&self, key: K, now: Instant) -> bool {
        self.with(key, |state| {
            state.follow(now);
            state.opened.is_some() || state.not_before.is_some_and(|until| until > now)
        })
    }

    /// Until when the side wants to be left alone, where that is not over.
    pub(crate) fn paused_until(&self, key: K, now: Instant) -> Option<Instant> {
        self.with(key, |state| {
            state.follow(now);
            state.not_before.filter(|until| *until > now)
        })
    }

    /// Whether the circuit is open because the side failed, and not because it asked for patience.
    pub(crate) fn is_out_of_order(&self, key: K) -> bool {
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
                state.is_unsaved = true;
            }
            opens
        })
    }

    /// The side asked to be left alone until then.
    pub(crate) fn pause(&self, key: K, until: Instant) {
        self.with(key, |state| {
            if state.not_before.is_none_or(|known| known < until) {
                state.not_before = Some(until);
                state.is_unsaved = true;
            }
        });
    }

    /// The side answered. Answers whether the circuit was open. A pause that the side asked for
    /// ends at its instant all the same.
    pub(crate) fn answered(&self, key: K) -> bool {
        self.with(key, |state| {
            let was_open = state.opened.is_some();
            *state = State {
                is_recalled: state.is_recalled,
                is_unsaved: state.is_unsaved || was_open,
                not_before: state.not_before,
                clock: state.clock,
                ..State::default()
            };
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
        let later = now.plus(limits::CIRCUIT_PROBE_INTERVAL);
        assert_eq!(circuits.check(1, now), Circuit::Open { until: later });
        assert_eq!(circuits.check(1, later), Circuit::ProbeDue);
        assert!(matches!(circuits.check(1, later), Circuit::Open { .. }));
        assert!(circuits.answered(1));
        assert_eq!(circuits.check(1, later), Circuit::Closed);
    }

    #[test]
    fn what_was_recorded_is_recalled_once_and_changes_are_recorded_once() {
        let circuits = Circuits::default();
        let (opened, later) = (Instant::from_millis(5), Instant::from_millis(9));
        assert!(circuits.is_unknown(1));
        let pause = CrmPause { circuit_opened: Some(opened), ..CrmPause::default() };
        circuits.recall(1, pause);
        assert!(!circuits.is_unknown(1) && circuits.is_open(1, later));
        assert_eq!(circuits.unsaved(1), None);
        assert!(circuits.answered(1));
        assert_eq!(circuits.unsaved(1), Some(CrmPause::default()));
        circuits.saved(1, CrmPause::default());
        assert_eq!(circuits.unsaved(1), None);
        circuits.recall(1, pause);
        assert!(!circuits.is_open(1, later), "recalled a second time");
    }

    #[test]
    fn a_pause_lasts_until_its_instant_and_is_never_shortened_by_another_answer() {
        let circuits = Circuits::default();
        let (now, until) = (Instant::from_millis(0), Instant::from_millis(60_000));
        circuits.pause(1, until);
        circuits.pause(1, Instant::from_millis(30_000));
        assert!(!circuits.answered(1));
        assert_eq!(circuits.check(1, now), Circuit::Open { until });
        assert!(circuits.is_open(1, now) && !circuits.is_open(1, until));
        assert_eq!(circuits.check(1, until), Circuit::Closed);
        let unsaved = circuits.unsaved(1).expect("it changed");
        assert_eq!(unsaved.not_before, Some(until));
    }

    #[test]
    fn what_could_not_be_recorded_or_changed_meanwhile_is_recorded_the_next_time() {
        let circuits = Circuits::default();
        let until = Instant::from_millis(60_000);
        circuits.pause(1, until);
        let unsaved = circuits.unsaved(1).expect("it changed");
        assert_eq!(circuits.unsaved(1), Some(unsaved), "nothing said that it was recorded");
        let later = Instant::from_millis(90_000);
        circuits.pause(1, later);
        circuits.saved(1, unsaved);
        let newer = circuits.unsaved(1).expect("it changed again");
        assert_eq!(newer.not_before, Some(later));
        circuits.saved(1, newer);
        assert_eq!(circuits.unsaved(1), None);
    }
}
