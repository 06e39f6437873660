//! How long it takes from a notification to the record that it led to.
//!
//! A measure of its own, because the engine's clock tells the time of day: whole milliseconds,
//! which may be set back. Measuring changes nothing that is decided.

use earmark_model::{ItemHandle, MailboxId, OrganizationId};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

/// Units: items of one mailbox whose time is taken at once; more are not measured.
const ITEMS_MAX: usize = 1_000;

/// Takes the time from notifications to records.
pub trait Stopwatch: Send + Sync {
    /// A reading that never falls. Units: time since any fixed moment.
    fn read(&self) -> Duration;

    /// A change of the CRM is confirmed and recorded in the ledger, `took` after the first
    /// notification that led to it: a record was made or linked, updated, or unlinked.
    fn recorded(&self, took: Duration);
}

type Key = (OrganizationId, MailboxId);
type Items = BTreeMap<ItemHandle, Duration>;

/// When the notifications came that are not dealt with yet. Holds nothing without a stopwatch.
#[derive(Default)]
pub(crate) struct Arrivals {
    stopwatch: OnceLock<Arc<dyn Stopwatch>>,
    waiting: Mutex<BTreeMap<Key, Items>>,
}

impl Arrivals {
    /// From now on times are taken. A second stopwatch is ignored.
    pub(crate) fn measure(&self, stopwatch: Arc<dyn Stopwatch>) {
        self.stopwatch.get_or_init(|| stopwatch);
    }

    /// The reading at this moment.
    pub(crate) fn read(&self) -> Option<Duration> {
        self.stopwatch.get().map(|stopwatch| stopwatch.read())
    }

    /// A notification about an item came at `at`. Of several the first one counts.
    pub(crate) fn note(&self, key: Key, handle: ItemHandle, at: Option<Duration>) {
        let Some(at) = at else { return };
        let mut waiting = self.lock();
        let items = waiting.entry(key).or_default();
        if items.len() < ITEMS_MAX {
            items.entry(handle).or_insert(at);
        }
    }

    /// What waits in a mailbox, for one cycle.
    pub(crate) fn take(&self, key: Key) -> Waiting<'_> {
        let items = self.lock().remove(&key).unwrap_or_default();
        Waiting { arrivals: self, key, items }
    }

    /// Forgets the mailboxes of an organization that `keep` does not name.
    pub(crate) fn retain(&self, organization: OrganizationId, keep: impl Fn(MailboxId) -> bool) {
        self.lock().retain(|(of, mailbox), _| *of != organization || keep(*mailbox));
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Key, Items>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The arrivals that one cycle may deal with; the others wait on when it ends.
pub(crate) struct Waiting<'a> {
    arrivals: &'a Arrivals,
    key: Key,
    items: Items,
}

impl Waiting<'_> {
    /// A change of the CRM is recorded for an item.
    pub(crate) fn recorded(&mut self, handle: &ItemHandle) {
        let Some(at) = self.items.remove(handle) else { return };
        if let Some(stopwatch) = self.arrivals.stopwatch.get() {
            stopwatch.recorded(stopwatch.read().saturating_sub(at));
        }
    }

    /// The cycle dealt with everything but what `waits`; whatever led to nothing is forgotten.
    pub(crate) fn dealt_with(&mut self, waits: impl Fn(&ItemHandle) -> bool) {
        self.items.retain(|handle, _| waits(handle));
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if self.items.is_empty() {
            return;
        }
        let mut waiting = self.arrivals.lock();
        let newer = waiting.entry(self.key).or_default();
        // What came meanwhile is newer. A mailbox whose cycles fail again and again keeps no more
        // than others.
        newer.append(&mut self.items);
        while newer.len() > ITEMS_MAX {
            newer.pop_last();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
    use uuid::Uuid;

    const KEY: Key = (OrganizationId(Uuid::from_u128(1)), MailboxId(Uuid::from_u128(2)));

    #[derive(Default)]
    struct Hand {
        micros: AtomicU64,
        took: Mutex<Vec<u128>>,
    }

    impl Stopwatch for Hand {
        fn read(&self) -> Duration {
            Duration::from_micros(self.micros.load(Relaxed))
        }

        fn recorded(&self, took: Duration) {
            self.took.lock().expect("no panic").push(took.as_micros());
        }
    }

    fn note(arrivals: &Arrivals, name: &str) {
        arrivals.note(KEY, ItemHandle(name.to_owned()), arrivals.read());
    }

    #[test]
    fn the_first_arrival_counts_until_a_cycle_has_dealt_with_it() {
        let (hand, arrivals) = (Arc::new(Hand::default()), Arrivals::default());
        note(&arrivals, "before");
        arrivals.measure(hand.clone());
        hand.micros.store(100, Relaxed);
        note(&arrivals, "fails");
        note(&arrivals, "plain");
        hand.micros.store(150, Relaxed);
        note(&arrivals, "fails");
        let mut cycle = arrivals.take(KEY);
        cycle.recorded(&ItemHandle("before".to_owned()));
        cycle.dealt_with(|handle| handle.as_str() == "fails");
        hand.micros.store(180, Relaxed);
        note(&arrivals, "fails");
        drop(cycle);
        hand.micros.store(400, Relaxed);
        let mut cycle = arrivals.take(KEY);
        cycle.recorded(&ItemHandle("fails".to_owned()));
        cycle.recorded(&ItemHandle("fails".to_owned()));
        cycle.recorded(&ItemHandle("plain".to_owned()));
        drop(cycle);
        assert_eq!(*hand.took.lock().expect("no panic"), [300]);
        assert!(arrivals.lock().is_empty());
    }

    #[test]
    fn cycles_that_fail_gather_no_more_than_one_mailbox_may_have() {
        let arrivals = Arrivals::default();
        arrivals.measure(Arc::new(Hand::default()));
        for round in 0..3 {
            let failed = arrivals.take(KEY);
            for item in 0..ITEMS_MAX {
                note(&arrivals, &format!("{round} {item}"));
            }
            drop(failed);
        }
        assert_eq!(arrivals.take(KEY).items.len(), ITEMS_MAX);
    }
}
