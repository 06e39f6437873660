//! What is known to have changed in which mailbox, until its next cycle looks.
//!
//! Marks carry no facts and live in memory only: a lost mark costs time, never correctness,
//! because the unit was made due in the ledger when it was marked.

use earmark_model::{Instant, ItemHandle, ItemKind, MailboxId, OrganizationId};
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Units: dirty items of one mailbox; with more the mailbox is dirty as a whole.
pub(crate) const ITEMS_MAX: usize = 1_000;

/// A mailbox that stays dirty is made due again after this time, in case that another process
/// worked on it and knew nothing of the mark.
const WAKE_AGAIN: Duration = Duration::from_secs(1);

/// What to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Dirt {
    /// These items.
    Items(BTreeMap<ItemHandle, ItemKind>),
    /// Everything.
    Whole,
}

/// How much is known to have changed and not looked at yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Backlog {
    /// Units: mailboxes.
    pub mailboxes: usize,
    /// Units: items named one by one, in all these mailboxes; at most [`Backlog::ITEMS_MAX`] in
    /// each.
    pub items: usize,
}

impl Backlog {
    /// Units: items of one mailbox that are named; with more the mailbox is looked at as a whole.
    pub const ITEMS_MAX: usize = ITEMS_MAX;
}

struct Mark {
    dirt: Dirt,
    woken: Instant,
}

type Key = (OrganizationId, MailboxId);

/// The marks of all mailboxes.
#[derive(Default)]
pub(crate) struct Marks {
    marks: Mutex<BTreeMap<Key, Mark>>,
}

impl Marks {
    /// Marks one item. Answers whether the mailbox has to be made due.
    pub(crate) fn item(&self, key: Key, handle: ItemHandle, kind: ItemKind, now: Instant) -> bool {
        self.mark(key, now, |dirt| {
            if let Dirt::Items(items) = dirt {
                items.insert(handle, kind);
                if items.len() > ITEMS_MAX {
                    *dirt = Dirt::Whole;
                }
            }
        })
    }

    /// Marks a whole mailbox. Answers whether it has to be made due.
    pub(crate) fn whole(&self, key: Key, now: Instant) -> bool {
        self.mark(key, now, |dirt| *dirt = Dirt::Whole)
    }

    /// Marks a mailbox in which something waits that the ledger knows of. Whoever calls this has
    /// made the mailbox due.
    pub(crate) fn waiting(&self, key: Key, now: Instant) {
        self.mark(key, now, |_| {});
    }

    /// What is marked, which is marked no longer.
    pub(crate) fn take(&self, key: Key) -> Option<Dirt> {
        self.lock().remove(&key).map(|mark| mark.dirt)
    }

    /// Forgets the marks of an organization's mailboxes that `keep` does not name.
    pub(crate) fn retain(&self, organization: OrganizationId, keep: impl Fn(MailboxId) -> bool) {
        self.lock().retain(|(of, mailbox), _| *of != organization || keep(*mailbox));
    }

    /// How much is marked.
    pub(crate) fn backlog(&self) -> Backlog {
        let marks = self.lock();
        let items = marks.values().map(|mark| match &mark.dirt {
            Dirt::Items(items) => items.len(),
            Dirt::Whole => 0,
        });
        Backlog { mailboxes: marks.len(), items: items.sum() }
    }

    fn mark(&self, key: Key, now: Instant, change: impl FnOnce(&mut Dirt)) -> bool {
        let mut marks = self.lock();
        let is_new = !marks.contains_key(&key);
        let clean = || Mark { dirt: Dirt::Items(BTreeMap::new()), woken: now };
        let mark = marks.entry(key).or_insert_with(clean);
        change(&mut mark.dirt);
        // A clock that was set back would not come to that time for long.
        let is_ahead = mark.woken > now;
        let wakes = is_new || is_ahead || now.since(mark.woken) >= WAKE_AGAIN;
        if wakes {
            mark.woken = now;
        }
        wakes
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Key, Mark>> {
        self.marks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const KEY: Key = (OrganizationId(Uuid::from_u128(1)), MailboxId(Uuid::from_u128(2)));

    fn mark(marks: &Marks, handle: usize, at: i64) -> bool {
        let handle = ItemHandle(format!("AAMk-{handle}"));
        marks.item(KEY, handle, ItemKind::Email, Instant::from_millis(at))
    }

    #[test]
    fn a_mailbox_is_woken_once_for_many_marks_and_again_only_after_a_while() {
        let marks = Marks::default();
        assert!(mark(&marks, 1, 0));
        assert!(!mark(&marks, 1, 10) && !mark(&marks, 2, 20));
        assert!(mark(&marks, 2, 1_000));
        let Some(Dirt::Items(items)) = marks.take(KEY) else { panic!("items are marked") };
        assert_eq!(items.len(), 2);
        assert_eq!(marks.take(KEY), None);
        assert!(mark(&marks, 1, 1_001));
    }

    #[test]
    fn a_clock_that_is_set_back_wakes() {
        let marks = Marks::default();
        assert!(mark(&marks, 1, 60_000));
        assert!(mark(&marks, 1, 0));
        assert!(!mark(&marks, 1, 10));
    }

    #[test]
    fn too_many_items_are_a_whole_mailbox() {
        let marks = Marks::default();
        for handle in 0..ITEMS_MAX {
            mark(&marks, handle, 0);
        }
        assert_eq!(marks.backlog(), Backlog { mailboxes: 1, items: ITEMS_MAX });
        mark(&marks, ITEMS_MAX, 0);
        assert_eq!(marks.backlog(), Backlog { mailboxes: 1, items: 0 });
        assert_eq!(marks.take(KEY), Some(Dirt::Whole));
        marks.whole(KEY, Instant::from_millis(0));
        mark(&marks, 1, 0);
        marks.retain(KEY.0, |_| false);
        assert_eq!(marks.take(KEY), None);
    }
}
