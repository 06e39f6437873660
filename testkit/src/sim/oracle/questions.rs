//! What checkers ask of the truth.

use super::{
    Truth,
    story::{Home, Story, is_discarded},
    truth::ItemKey,
};
use crate::sim::item::Item;
use earmark_model::{Instant, ItemHandle, MailboxId};
use std::time::Duration;

/// Cycles that a service may be given while it runs.
const CYCLES: (Duration, Duration) = (Duration::from_secs(5 * 60), Duration::from_secs(60 * 60));

/// The service got other settings while it ran.
const RELOADED: &str = "F63";

/// For how long reads and lists may show an item as it was before.
const STALE_FOR: Duration = Duration::from_secs(20 * 60);

/// Questions.
impl Truth {
    /// How much later than it happened a change may be seen by who reads the item.
    pub fn seen_late(&self) -> Duration {
        if self.stale_reads { STALE_FOR } else { Duration::ZERO }
    }

    /// The shortest that the cycle may have been.
    pub fn shortest_cycle(&self) -> Duration {
        let was_reloaded = self.faults.contains_key(RELOADED);
        if was_reloaded { self.cycle.min(CYCLES.0) } else { self.cycle }
    }

    /// The longest that the cycle may have been.
    pub fn longest_cycle(&self) -> Duration {
        let was_reloaded = self.faults.contains_key(RELOADED);
        if was_reloaded { self.cycle.max(CYCLES.1) } else { self.cycle }
    }

    /// Whether the clock of an organization's service was ever set.
    pub fn was_clock_set(&self, user: &str) -> bool {
        self.home(user).is_some_and(|home| home.clock_set.is_some())
    }

    /// The key of an item that the service names by mailbox and handle.
    pub fn item_key(&self, mailbox: MailboxId, handle: &ItemHandle) -> Option<ItemKey> {
        Some((self.owners.get(&mailbox)?.clone(), handle.as_str().to_owned()))
    }

    /// What happened to an item that the service names by mailbox and handle.
    pub fn story(&self, mailbox: MailboxId, handle: &ItemHandle) -> Option<&Story> {
        self.stories.get(&self.item_key(mailbox, handle)?)
    }

    /// The organization of a user.
    pub fn home(&self, user: &str) -> Option<&Home> {
        self.organizations.get(&self.homes.get(user)?.0)
    }

    /// Whether the CRM behind this mailbox was ever restored.
    pub fn was_restored(&self, user: &str) -> bool {
        self.home(user).is_some_and(|home| home.restored.is_some())
    }

    /// Whether the item bears the category under any of its names.
    pub fn bears(&self, user: &str, item: &Item) -> bool {
        self.names.get(user).is_some_and(|names| names.bears(&item.categories))
    }

    /// Whether a part that the mailbox needs is out of order for good.
    pub fn is_broken(&self, user: &str) -> bool {
        self.places.get(user).is_some_and(|place| place.is_broken)
            || self.home(user).is_some_and(|home| home.is_broken)
    }

    /// Whether `at` is at or after an instant.
    pub fn is_since(instant: Option<Instant>, at: Instant) -> bool {
        instant.is_some_and(|instant| instant >= at)
    }

    /// Whether anything but the item itself made its fate open since `at`: the switch, the
    /// mailbox, a lost ledger, a restored CRM, the list of categories; or the switch was turned, and not
    /// every worker could read that.
    pub fn is_open_since(&self, user: &str, at: Instant) -> bool {
        let since = |instant| Self::is_since(instant, at);
        let home = self.home(user);
        let of_home = home.is_some_and(|home| {
            home.is_off
                || [home.switched, home.lost, home.rolled_back, home.restored, home.clock_set]
                    .into_iter()
                    .any(since)
        });
        let of_place = self.places.get(user).is_some_and(|place| {
            place.is_disabled || since(place.toggled) || since(place.released)
        });
        of_home
            || of_place
            || self.is_unheard(user)
            || self.names.get(user).is_some_and(|names| since(names.changed))
    }

    /// Whether a worker has not read the settings since the switch was last turned.
    fn is_unheard(&self, user: &str) -> bool {
        let Some((organization, _)) = self.homes.get(user) else { return false };
        let switched = self.home(user).and_then(|home| home.switched);
        let mut heard = self.heard.range((*organization, 0)..(*organization + 1, 0));
        switched.is_some_and(|switched| heard.any(|(_, at)| *at < switched))
    }

    /// Whether the item is gone or lies where what is gone lies.
    pub fn is_gone(&self, key: &ItemKey) -> bool {
        self.items.get(key).is_none_or(|item| is_discarded(&item.folder))
    }
}
