//! I4: what a person took off stays off: after a removal the service does not put the category on
//! again, unless somebody asks for it after that.
//!
//! Open is what was not confirmed when the person acted: a wish or an owed category that the
//! person overtook, and a removal from an item that was not tracked yet, which is a copy like any
//! other. So is what only a lost ledger knew.

use super::{Checker, Truth};
use crate::sim::log::{By, Entry, Happening};
use anyhow::{Result, ensure};

#[derive(Default)]
pub(super) struct NoReturn(u64);

impl Checker for NoReturn {
    fn name(&self) -> &'static str {
        "I4"
    }

    fn on(&mut self, entry: &Entry, truth: &Truth) -> Result<()> {
        let Happening::Item {
            user,
            id,
            by: By::Service { .. },
            before: Some(before),
            after: Some(after),
            ..
        } = &entry.what
        else {
            return Ok(());
        };
        self.0 += 1;
        if truth.bears(user, before) || !truth.bears(user, after) {
            return Ok(());
        }
        let key = (user.clone(), id.clone());
        let Some(story) = truth.stories.get(&key) else { return Ok(()) };
        let Some(removal) = story.removed else { return Ok(()) };
        let since = |instant| Truth::is_since(instant, removal.at);
        let was_asked = story.asked.is_some_and(|(at, tracks)| tracks && at >= removal.at);
        let is_open = removal.was_owed
            || !removal.was_tracked
            || since(story.discarded)
            || since(story.moved)
            || truth.is_open_since(user, removal.at)
            || has_twin(truth, &key);
        ensure!(
            was_asked || is_open,
            "{id} of {user}: the category was taken off at {} and put on again",
            removal.at
        );
        Ok(())
    }

    fn occasions(&self) -> u64 {
        self.0
    }
}

/// Another item of the message is in the mailbox: only the last linked one leaves a tombstone.
fn has_twin(truth: &Truth, key: &(String, String)) -> bool {
    let Some(story) = truth.stories.get(key) else { return false };
    let of_user = truth.stories.range((key.0.clone(), String::new())..);
    of_user
        .take_while(|((user, _), _)| *user == key.0)
        .any(|(other, one)| other != key && one.key == story.key)
}

#[cfg(test)]
mod tests {
    use super::super::sample::{ANNA, Tale, bearing, plain};
    use super::*;
    use earmark_model::Baseline;

    fn taken_off(was_tracked: bool) -> Tale {
        let mut tale = Tale::to(NoReturn::default());
        tale.arrives(ANNA, plain("1"));
        tale.person(ANNA, bearing("1"));
        let mut link = tale.link(ANNA, "1");
        link.baseline = if was_tracked { Baseline::Tracked } else { Baseline::Untracked };
        tale.links(ANNA, vec![link]);
        tale.person(ANNA, plain("1"));
        tale
    }

    #[test]
    fn what_a_person_took_off_does_not_come_back() {
        assert!(taken_off(true).service(ANNA, bearing("1")).is_err());
    }

    #[test]
    fn what_was_not_tracked_or_is_asked_for_may() {
        taken_off(false).service(ANNA, bearing("1")).expect("it was not tracked yet");
        let mut tale = taken_off(true);
        tale.asks(ANNA, "1", true);
        tale.service(ANNA, bearing("1")).expect("somebody asked");
        assert_eq!(tale.occasions(), 1);
    }
}
