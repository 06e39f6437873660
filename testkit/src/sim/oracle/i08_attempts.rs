//! I8: a failure episode has one attempt and five retries, each at least one cycle after the last;
//! then the item is marked once, and nothing more is tried until somebody asks or assigns anew.
//!
//! What counts is decided by the cause of the failure; anything else is repeated free of charge,
//! and so is whatever fails while the circuit is open, which the service says in the ledger.
//! Attempt counts are lost with the ledger, and end with an item that the server shows as gone or
//! as without the category, be it by mistake. No time is known of what came before the clock was
//! set.

use super::{Checker, Truth, names::is_undeliverable, story::Home};
use crate::sim::{
    item::Item,
    log::{By, Entry, Happening, Org},
};
use anyhow::{Result, ensure};
use earmark_ledger::Record;
use earmark_model::{Instant, ItemHandle, ItemState, Link, MailboxId, limits::MAX_TRACK_RETRIES};
use earmark_tracking::Reason;
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

/// Nobody begins another attempt so soon after one that went well.
const MADE_JUST_NOW: Duration = Duration::from_secs(2);

type Key = (MailboxId, ItemHandle);

#[derive(Default)]
struct Episode {
    /// Units: counted failures.
    failed: u32,
    last: Option<Instant>,
    /// When the last episode ended or a person began a new one.
    begun: Option<Instant>,
    marks: u32,
    /// The last counted failure is not recorded yet; how many losses there had been then.
    unrecorded: Option<u64>,
    /// An attempt of the episode before may have been under way when somebody began this one, and
    /// is told after that. It is one at most.
    overlaps: bool,
}

impl Episode {
    /// The last failure does not count after all.
    fn forget_last(&mut self) {
        self.failed = self.failed.saturating_sub(1);
        self.last = None;
    }
}

/// What a ledger has of an item.
#[derive(Clone, Copy, Default)]
struct Known {
    attempts: u32,
    /// When their number last rose.
    rose: Option<Instant>,
    /// The same by the clock of the service, which records a while later.
    failed: Option<Instant>,
}

#[derive(Default)]
pub(super) struct Attempts {
    /// Promotions under way.
    calls: BTreeMap<u64, Key>,
    episodes: BTreeMap<Key, Episode>,
    /// Promotions that went well, and when.
    made: BTreeMap<Key, Instant>,
    /// Attempts as the ledgers have them.
    recorded: BTreeMap<Key, Known>,
    /// Units: times that something may not have been recorded.
    losses: u64,
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
                self.made.remove(item);
                self.promoted(item, truth)
            }
            Happening::Called { call, cause, .. } => {
                let Some(key) = self.calls.remove(call) else { return Ok(()) };
                if cause.is_none() {
                    self.made.insert(key.clone(), entry.at);
                }
                let episode = self.episodes.entry(key.clone()).or_default();
                match cause {
                    None => {
                        *episode = Episode { marks: episode.marks, ..Episode::default() };
                        // What fails after it belongs to it, and waited for nothing.
                        if let Some(known) = self.recorded.get_mut(&key) {
                            known.failed = None;
                        }
                    }
                    Some(cause) if COUNTED.contains(cause) => {
                        episode.failed += 1;
                        episode.last = Some(entry.at);
                        episode.unrecorded = Some(self.losses);
                    }
                    Some(_) => {}
                }
                Ok(())
            }
            Happening::Item { user, id, by: By::Service { .. }, before, after, .. } => {
                let marks = |item: &Option<Item>| {
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
                    let key = (*mailbox, ItemHandle::from(id.as_str()));
                    self.begin(key.clone(), entry.at, truth);
                    // Who is at work already hears of the request after the attempt.
                    let was_asked = matches!(entry.what, Happening::Asked { .. });
                    if let Some(episode) = self.episodes.get_mut(&key).filter(|_| was_asked) {
                        episode.overlaps = true;
                    }
                }
                Ok(())
            }
            Happening::Link { mailbox, handle, .. } => {
                self.begin((*mailbox, handle.clone()), entry.at, truth);
                Ok(())
            }
            Happening::Ledger { organization, .. } => {
                let is_other = |key: &Key| organization_of(key, truth) != Some(*organization);
                self.episodes.retain(|key, _| is_other(key));
                self.recorded.retain(|key, _| is_other(key));
                Ok(())
            }
            Happening::Clock { organization, .. } => {
                let is_own = |key: &Key| organization_of(key, truth) == Some(*organization);
                let episodes = self.episodes.iter_mut().filter(|(key, _)| is_own(key));
                episodes.for_each(|(_, episode)| episode.last = None);
                let recorded = self.recorded.iter_mut().filter(|(key, _)| is_own(key));
                recorded.for_each(|(_, known)| (known.rose, known.failed) = (None, None));
                // A lease that ends with it takes along what was not recorded yet.
                self.losses += 1;
                Ok(())
            }
            Happening::Worker { .. }
            | Happening::Fault { kind: "F58", .. }
            | Happening::Recorded { is_taken: false, .. } => {
                self.losses += 1;
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
    fn begin(&mut self, key: Key, at: Instant, truth: &Truth) {
        let state = truth.remembered.get(&key).map(|known| known.state);
        let overlaps = matches!(state, Some(ItemState::Pending | ItemState::Retrying));
        let episode = Episode { begun: Some(at), overlaps, ..Episode::default() };
        self.episodes.insert(key, episode);
    }

    /// Takes the last attempt for one of the episode before, if it may have been.
    fn overlapped(&mut self, key: &Key) -> bool {
        let Some(episode) = self.episodes.get_mut(key) else { return false };
        if !std::mem::take(&mut episode.overlaps) {
            return false;
        }
        episode.forget_last();
        true
    }

    fn promoted(&mut self, key: &Key, truth: &Truth) -> Result<()> {
        let losses = self.losses;
        let Some(episode) = self.episodes.get_mut(key) else { return Ok(()) };
        let name = &key.1;
        // An attempt that a killed worker, or a ledger out of order, did not record was not told to
        // the next one.
        if episode.unrecorded.take().is_some_and(|before| before < losses) {
            episode.forget_last();
        }
        let (failed, last) = (episode.failed, episode.last);
        ensure!(
            failed <= MAX_TRACK_RETRIES || self.overlapped(key),
            "{name} is tried again after {failed} counted failures"
        );
        if let Some(last) = last {
            let rose = self.recorded.get(key).and_then(|known| known.rose);
            let was_recorded = rose.is_some_and(|rose| rose >= last);
            let waited = truth.now.since(last) + Duration::from_secs(1);
            let is_early = waited < truth.shortest_cycle() && was_recorded;
            ensure!(
                !is_early || failed <= 1 && self.overlapped(key),
                "{name} is tried again after {} s",
                waited.as_secs()
            );
            if let Some(known) = self.recorded.get_mut(key).filter(|_| is_early) {
                known.failed = None;
            }
        }
        Ok(())
    }

    fn marked(&mut self, user: &str, id: &str, truth: &Truth) -> Result<()> {
        let Some((_, mailbox)) = truth.homes.get(user) else { return Ok(()) };
        let key = (*mailbox, ItemHandle::from(id));
        self.count += 1;
        let attempts = truth.remembered.get(&key).map_or(0, |known| known.attempts);
        let was_forgotten = was_forgotten(&key, truth);
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
            self.settled(&key, link, at, truth);
            let known = self.recorded.get(&key).copied();
            let known = match known {
                Some(known) => known,
                // An older ledger may know of more.
                None if was_forgotten(&key, truth) => {
                    Known { attempts: link.attempts, ..Known::default() }
                }
                None => Known::default(),
            };
            if link.attempts <= known.attempts {
                self.recorded.insert(key, Known { attempts: link.attempts, ..known });
                continue;
            }
            self.count += 1;
            let name = &link.key.handle;
            let class = link.failure.as_ref().map_or("", |failure| failure.class.as_str());
            ensure!(!FREE.contains(&class), "{name}: an attempt was used up by {class}");
            let is_made = self.made.get(&key).is_some_and(|made| at.since(*made) < MADE_JUST_NOW);
            ensure!(
                !is_made || class != "refused",
                "{name}: an attempt counts as refused, and its record was made"
            );
            ensure!(
                link.attempts <= MAX_TRACK_RETRIES + 1,
                "{name} used up {} attempts",
                link.attempts
            );
            let begun = self.episodes.get(&key).and_then(|episode| episode.begun);
            // Somebody began anew, and the service may have heard of it a while later.
            let is_new = known.attempts == 0
                && Truth::is_since(begun, at.minus(truth.longest_cycle() * 2))
                || Truth::is_since(begun, at.minus(SLACK));
            // A clock that was set back while the failure was on its way tells nothing.
            let is_told = |failed: &Instant| *failed <= link.changed_at;
            if let Some(failed) = known.failed.filter(is_told).filter(|_| !is_new) {
                let waited = link.changed_at.since(failed) + Duration::from_secs(1);
                ensure!(
                    waited >= truth.shortest_cycle() || self.overlapped(&key),
                    "{name} used up an attempt after {waited:?}"
                );
            }
            let failed = Some(link.changed_at);
            self.recorded.insert(key, Known { attempts: link.attempts, rose: Some(at), failed });
        }
        Ok(())
    }

    /// What became of the last attempt, as the ledger has it.
    fn settled(&mut self, key: &Key, link: &Link, at: Instant, truth: &Truth) {
        let Some(episode) = self.episodes.get_mut(key) else { return };
        let free = [Reason::AttemptInterrupted, Reason::ChangeRefused];
        let was_free = free.iter().any(|reason| link.reason == reason.code());
        if episode.unrecorded.take().is_some() && was_free {
            episode.forget_last();
        }
        let has_ended = matches!(link.state, ItemState::SourceGone | ItemState::NotTracked);
        if has_ended && link.attempts == 0 {
            self.begin(key.clone(), at, truth);
        }
    }
}

fn organization_of((mailbox, _): &Key, truth: &Truth) -> Option<Org> {
    let user = truth.owners.get(mailbox)?;
    truth.homes.get(user).map(|(organization, _)| *organization)
}

fn was_forgotten((mailbox, _): &Key, truth: &Truth) -> bool {
    let home = truth.owners.get(mailbox).and_then(|user| truth.home(user));
    home.is_some_and(Home::was_forgotten)
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
    fn what_went_well_was_not_refused() {
        let mut tale = assigned();
        tale.promote(ANNA, "1", None).expect("the record is made");
        let mut link = tale.link(ANNA, "1");
        link.attempts = 1;
        link.failure = Some(FailureNote {
            class: "refused".to_owned(),
            code: "0x80040237".to_owned(),
            detail: String::new(),
        });
        assert!(tale.record(ANNA, Record { links: vec![link], ..Record::default() }).is_err());
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
