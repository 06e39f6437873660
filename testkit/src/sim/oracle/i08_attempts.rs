//! I8: a failure episode has one attempt and five retries, each at least one cycle after the last;
//! then the item is marked once, and nothing more is tried until somebody asks or assigns anew.
//!
//! What counts is decided by the cause of the failure; anything else is repeated free of charge.
//! Attempt counts are lost with the ledger.

use super::{Checker, Truth, names::is_undeliverable};
use crate::sim::log::{By, Entry, Happening};
use anyhow::{Result, ensure};
use earmark_ledger::Record;
use earmark_model::{Instant, ItemHandle, MailboxId, limits::MAX_TRACK_RETRIES};
use std::{collections::BTreeMap, time::Duration};

/// Source: design section 3.
const COUNTED: &[&str] = &[
    "plug_in_refused",
    "plug_in_failed",
    "webhook_failed",
    "plug_in_timeout",
    "database_timeout",
    "unexpected_error",
    "no_answer",
    "mailbox_timeout",
    "invalid_sender",
    "unknown_decision",
    "queue_owner_unprivileged",
    "privilege_missing",
    "reference_missing",
];

/// Classes of failures that are never an item's fault. Source: design section 3.
const FREE: &[&str] =
    &["throttled", "unavailable", "unauthenticated", "conflict", "scope_unreadable", "bug"];

/// Units: calls that may be under way when a person begins a new episode.
const SLACK: Duration = Duration::from_secs(300);

type Key = (MailboxId, ItemHandle);

#[derive(Default)]
struct Episode {
    /// Units: counted failures.
    failed: u32,
    last: Option<Instant>,
    /// When the last episode ended or a person began a new one.
    begun: Option<Instant>,
    marks: u32,
    /// Attempts as the ledger has them, and when their number last rose.
    recorded: (u32, Option<Instant>),
}

#[derive(Default)]
pub(super) struct Attempts {
    /// Promotions under way.
    calls: BTreeMap<u64, Key>,
    episodes: BTreeMap<Key, Episode>,
    count: u64,
}

impl Checker for Attempts {
    fn name(&self) -> &'static str {
        "I8"
    }

    fn on(&mut self, entry: &Entry, truth: &Truth) -> Result<()> {
        match &entry.what {
            Happening::Call { number, method: "promote", item: Some(item), .. } => {
                self.count += 1;
                self.calls.insert(*number, item.clone());
                self.promoted(item, truth)
            }
            Happening::Called { call, cause, .. } => {
                let Some(key) = self.calls.remove(call) else { return Ok(()) };
                let episode = self.episodes.entry(key).or_default();
                match cause {
                    None => *episode = Episode { marks: episode.marks, ..Episode::default() },
                    Some(cause) if COUNTED.contains(cause) => {
                        episode.failed += 1;
                        episode.last = Some(entry.at);
                    }
                    Some(_) => {}
                }
                Ok(())
            }
            Happening::Item { user, id, by: By::Service { .. }, before, after, .. } => {
                let marks = |item: &Option<earmark_sandbox::MessageSummary>| {
                    let names = item.as_ref().map(|item| item.categories.as_slice());
                    names.is_some_and(|names| names.iter().any(|name| is_undeliverable(name)))
                };
                if !marks(after) || marks(before) {
                    return Ok(());
                }
                self.marked(user, id, truth)
            }
            // Whatever somebody does to the item or to its message may begin a new episode.
            Happening::Item { user, id, .. } | Happening::Asked { user, id, .. } => {
                if let Some((_, mailbox)) = truth.homes.get(user) {
                    self.begin((*mailbox, ItemHandle::from(id.as_str())), entry.at);
                }
                Ok(())
            }
            Happening::Link { mailbox, handle, .. } => {
                self.begin((*mailbox, handle.clone()), entry.at);
                Ok(())
            }
            Happening::Ledger { .. }
            | Happening::Restored { .. }
            | Happening::Setting { .. }
            | Happening::Clock { .. } => {
                self.episodes.clear();
                Ok(())
            }
            Happening::Recorded { record, is_taken: true, .. } => {
                self.recorded(record, entry.at, truth)
            }
            _ => Ok(()),
        }
    }

    fn occasions(&self) -> u64 {
        self.count
    }
}

impl Attempts {
    fn begin(&mut self, key: Key, at: Instant) {
        self.episodes.insert(key, Episode { begun: Some(at), ..Episode::default() });
    }

    fn promoted(&mut self, key: &Key, truth: &Truth) -> Result<()> {
        let Some(episode) = self.episodes.get(key) else { return Ok(()) };
        let name = &key.1;
        ensure!(
            episode.failed <= MAX_TRACK_RETRIES,
            "{name} is tried again after {} counted failures",
            episode.failed
        );
        if let Some(last) = episode.last {
            // An attempt that a killed worker did not record was not told to the next one.
            let was_recorded = episode.recorded.1.is_some_and(|at| at >= last);
            let waited = truth.now.since(last) + Duration::from_secs(1);
            ensure!(
                waited >= truth.shortest_cycle() || !was_recorded,
                "{name} is tried again after {} s",
                waited.as_secs()
            );
        }
        Ok(())
    }

    fn marked(&mut self, user: &str, id: &str, truth: &Truth) -> Result<()> {
        let Some((_, mailbox)) = truth.homes.get(user) else { return Ok(()) };
        let key = (*mailbox, ItemHandle::from(id));
        self.count += 1;
        let attempts = truth.remembered.get(&key).map_or(0, |known| known.attempts);
        let was_forgotten = truth.home(user).is_some_and(super::story::Home::was_forgotten);
        ensure!(
            attempts > MAX_TRACK_RETRIES || was_forgotten,
            "{id} of {user} was given up after {attempts} attempts"
        );
        let episode = self.episodes.entry(key).or_default();
        episode.marks += 1;
        ensure!(episode.marks == 1, "{id} of {user} was marked twice");
        Ok(())
    }

    fn recorded(&mut self, record: &Record, at: Instant, truth: &Truth) -> Result<()> {
        for link in &record.links {
            let key = (link.key.mailbox, link.key.handle.clone());
            if link.attempts == 0 && !self.episodes.contains_key(&key) {
                continue;
            }
            let episode = self.episodes.entry(key).or_default();
            let (known, last) = episode.recorded;
            if link.attempts <= known {
                episode.recorded.0 = link.attempts;
                continue;
            }
            self.count += 1;
            let name = &link.key.handle;
            let class = link.failure.as_ref().map_or("", |failure| failure.class.as_str());
            ensure!(!FREE.contains(&class), "{name}: an attempt was used up by {class}");
            ensure!(
                link.attempts <= MAX_TRACK_RETRIES + 1,
                "{name} used up {} attempts",
                link.attempts
            );
            let begun = episode.begun.is_some_and(|begun| at.since(begun) < SLACK);
            if let Some(last) = last.filter(|_| !begun) {
                let waited = at.since(last) + Duration::from_secs(60);
                ensure!(
                    waited >= truth.shortest_cycle(),
                    "{name} used up an attempt after {waited:?}"
                );
            }
            episode.recorded = (link.attempts, Some(at));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{
        names::UNDELIVERABLE,
        sample::{ANNA, Tale, bearing, item, plain},
    };
    use super::*;
    use earmark_model::FailureNote;

    fn assigned() -> Tale {
        let mut tale = Tale::to(Attempts::default());
        tale.arrives(ANNA, plain("1"));
        tale.person(ANNA, bearing("1"));
        tale
    }

    fn fails(tale: &mut Tale, attempts: u32, class: &str) -> Result<()> {
        tale.promote(ANNA, "1", Some("plug_in_refused"))?;
        let mut link = tale.link(ANNA, "1");
        link.attempts = attempts;
        link.failure = Some(FailureNote {
            class: class.to_owned(),
            code: "x".to_owned(),
            detail: String::new(),
        });
        tale.record(ANNA, Record { links: vec![link], ..Record::default() })
    }

    #[test]
    fn six_attempts_a_cycle_apart_and_one_mark() {
        let mut tale = assigned();
        for attempt in 1..=6 {
            fails(&mut tale, attempt, "refused").expect("in time");
            tale.pass(1_000);
        }
        tale.service(ANNA, item("1", &[UNDELIVERABLE])).expect("given up");
        assert!(tale.promote(ANNA, "1", None).is_err(), "silence until somebody asks");
    }

    #[test]
    fn an_early_retry_is_noticed() {
        let mut tale = assigned();
        fails(&mut tale, 1, "refused").expect("the first");
        tale.pass(60);
        assert!(fails(&mut tale, 2, "refused").is_err());
    }

    #[test]
    fn a_seventh_attempt_is_noticed_whatever_is_recorded() {
        let mut tale = assigned();
        for _ in 1..=6 {
            fails(&mut tale, 1, "refused").expect("the count begins anew each time");
            tale.pass(1_000);
        }
        assert!(fails(&mut tale, 1, "refused").is_err());
    }

    #[test]
    fn a_lost_connection_uses_up_nothing() {
        assert!(fails(&mut assigned(), 1, "unavailable").is_err());
    }

    #[test]
    fn giving_up_early_is_noticed() {
        let mut tale = assigned();
        fails(&mut tale, 1, "refused").expect("the first");
        assert!(tale.service(ANNA, item("1", &[UNDELIVERABLE])).is_err());
    }

    #[test]
    fn a_person_begins_anew() {
        let mut tale = assigned();
        fails(&mut tale, 1, "refused").expect("the first");
        tale.person(ANNA, plain("1"));
        tale.person(ANNA, bearing("1"));
        fails(&mut tale, 1, "refused").expect("a new episode");
    }
}
