//! What is known of the series of one mailbox, so that their exceptions need not ask again.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

/// Units: series of one mailbox.
const SERIES_MAX: usize = 1_024;

/// What an exception takes from its series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SeriesFacts {
    /// The UID of the series; an exception on the wire has one of its own.
    pub(crate) ical_uid: Option<String>,
    /// Whether its occurrences last whole days.
    pub(crate) is_all_day: bool,
    /// The zone it was made in.
    pub(crate) time_zone: String,
}

/// The series that were seen, by the ids of their masters; the oldest are forgotten first.
#[derive(Default)]
pub(crate) struct KnownSeries {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    seen: BTreeMap<String, SeriesFacts>,
    order: VecDeque<String>,
}

impl KnownSeries {
    pub(crate) fn note(&self, master: &str, facts: SeriesFacts) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.seen.insert(master.to_owned(), facts).is_none() {
            state.order.push_back(master.to_owned());
        }
        while state.order.len() > SERIES_MAX {
            if let Some(oldest) = state.order.pop_front() {
                state.seen.remove(&oldest);
            }
        }
    }

    pub(crate) fn of(&self, master: &str) -> Option<SeriesFacts> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).seen.get(master).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_series_is_forgotten() {
        let known = KnownSeries::default();
        let facts = SeriesFacts { ical_uid: None, is_all_day: false, time_zone: String::new() };
        for number in 0..=SERIES_MAX {
            known.note(&number.to_string(), facts.clone());
        }
        assert_eq!(known.of("0"), None);
        assert_eq!(known.of("1"), Some(facts));
    }
}
