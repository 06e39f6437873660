//! I17: of the decisions that end tracking in one mailbox in one cycle, those beyond twenty-five,
//! or beyond a fifth of the links where that is more, are held.
//!
//! Counted is what the service did: links cut and categories taken off. What was held for a cycle
//! and what a person asked for does not count, nor does a link that the ledger never knew, as after
//! a loss or where the CRM made it long after its answer was given up.

use super::{Checker, Truth, names::is_undeliverable};
use crate::sim::log::{By, Entry, Happening};
use anyhow::{Result, ensure};
use earmark_model::{
    Instant, ItemHandle, MailboxId,
    limits::{BRAKE_MIN, BRAKE_PERCENT},
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

#[derive(Default)]
pub(super) struct Brake {
    ended: BTreeMap<MailboxId, VecDeque<(Instant, ItemHandle)>>,
    held: BTreeSet<(MailboxId, ItemHandle)>,
    count: u64,
}

impl Checker for Brake {
    fn name(&self) -> &'static str {
        "I17"
    }

    fn on(&mut self, entry: &Entry, truth: &Truth) -> Result<()> {
        match &entry.what {
            // Windows are measured by the clock of the service.
            // A ledger that is not what it was does not know what ended just before.
            Happening::Clock { .. } | Happening::Ledger { .. } => {
                self.ended.clear();
                Ok(())
            }
            Happening::Recorded { record, is_taken: true, .. } => {
                for held in &record.held {
                    self.held.insert((held.key.mailbox, held.key.handle.clone()));
                }
                let endings: Vec<_> = record.endings.iter().map(|it| it.key.clone()).collect();
                for key in endings {
                    self.ended(key.mailbox, &key.handle, entry.at, truth)?;
                }
                Ok(())
            }
            Happening::Link {
                by: By::Service { .. }, mailbox, handle, is_linked: false, ..
            } => self.ended(*mailbox, handle, entry.at, truth),
            Happening::Item {
                user,
                id,
                by: By::Service { .. },
                before: Some(before),
                after: Some(after),
                ..
            } => {
                let is_end = truth.bears(user, before) && !truth.bears(user, after);
                let gives_up = after.categories.iter().any(|name| is_undeliverable(name));
                let Some((_, mailbox)) = truth.homes.get(user) else { return Ok(()) };
                if !is_end || gives_up {
                    return Ok(());
                }
                self.ended(*mailbox, &ItemHandle::from(id.as_str()), entry.at, truth)
            }
            _ => Ok(()),
        }
    }

    fn occasions(&self) -> u64 {
        self.count
    }
}

impl Brake {
    fn ended(
        &mut self,
        mailbox: MailboxId,
        handle: &ItemHandle,
        at: Instant,
        truth: &Truth,
    ) -> Result<()> {
        self.count += 1;
        let asked = truth.story(mailbox, handle).is_some_and(|story| story.was_asked_off);
        let known = truth.remembered.get(&(mailbox, handle.clone()));
        let home = truth.owners.get(&mailbox).and_then(|user| truth.home(user));
        let was_forgotten = home.is_some_and(|home| home.was_forgotten());
        let is_unknown = known.map_or(was_forgotten, |known| !known.was_linked);
        if asked || is_unknown || self.held.contains(&(mailbox, handle.clone())) {
            return Ok(());
        }
        let ended = self.ended.entry(mailbox).or_default();
        while ended.front().is_some_and(|(when, _)| at.since(*when) >= truth.shortest_cycle()) {
            ended.pop_front();
        }
        // The same ending shows in the CRM, in the mailbox and in the ledger.
        if ended.iter().any(|(_, other)| other == handle) {
            return Ok(());
        }
        ended.push_back((at, handle.clone()));
        if ended.len() <= BRAKE_MIN {
            return Ok(());
        }
        let of_mailbox = truth.remembered.range((mailbox, ItemHandle::from(""))..);
        let links = of_mailbox.take_while(|((one, _), _)| *one == mailbox).count();
        let limit = BRAKE_MIN.max(links * BRAKE_PERCENT / 100);
        ensure!(
            ended.len() <= limit,
            "tracking of {} items of {mailbox} ended within a cycle, {limit} may",
            ended.len()
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{ANNA, SERVICE, Tale};
    use super::*;
    use earmark_ledger::{HeldDecision, Record};

    #[test]
    fn many_endings_at_once_are_noticed() {
        let mut tale = Tale::to(Brake::default());
        for item in 0..25 {
            tale.linked(SERVICE, ANNA, &item.to_string(), false).expect("few enough");
        }
        assert!(tale.linked(SERVICE, ANNA, "x", false).is_err());
        tale.pass(900);
        tale.linked(SERVICE, ANNA, "y", false).expect("another window");
    }

    #[test]
    fn what_was_held_may_end() {
        let mut tale = Tale::to(Brake::default());
        for item in 0..40 {
            let key = tale.link(ANNA, &item.to_string()).key;
            let held = HeldDecision {
                key,
                reason: "held".to_owned(),
                held_since: tale.now,
                released_at: None,
            };
            let record = Record { held: vec![held], ..Record::default() };
            tale.record(ANNA, record).expect("held");
            tale.linked(SERVICE, ANNA, &item.to_string(), false).expect("it was held");
        }
        assert_eq!(tale.occasions(), 40);
    }
}
