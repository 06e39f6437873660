//! C2: an item without the category is not linked any more; its record stays.
//!
//! Linked without it stays what lost it while the switch was off, what was found again after a loss,
//! what was given up although its last attempt had succeeded, and what waits for a person. An old
//! name of the category counts where the service knew the item under it. What came back out of
//! Deleted Items or Junk and is in no list is found when everything is compared. An exception has the
//! category of its series.

use super::{
    Checker, Truth,
    names::is_undeliverable,
    rest::{Rest, RestMailbox, Step},
    story::is_put_aside,
};
use crate::sim::{item::Item, log::Entry};
use anyhow::{Result, ensure};
use earmark_model::{Baseline, ItemHandle, ItemState, UndeliverableMark};

#[derive(Default)]
pub(super) struct OthersAreNot(u64);

impl Checker for OthersAreNot {
    fn name(&self) -> &'static str {
        "C2"
    }

    fn on(&mut self, _: &Entry, _: &Truth) -> Result<()> {
        Ok(())
    }

    fn judge(&mut self, rest: &Rest, truth: &Truth) -> Result<()> {
        if rest.step == Step::WithoutLedger {
            return Ok(());
        }
        let is_unseen = |mailbox: &RestMailbox, item: &Item| {
            let link = mailbox.ledger.get(&ItemHandle::from(item.id.as_str()));
            let was_gone = link.is_some_and(|link| link.state == ItemState::SourceGone);
            let is_listed = rest.tells_moves && !item.is_followed();
            was_gone && !is_listed && rest.step != Step::Compared
        };
        for mailbox in rest.mailboxes.iter().filter(|mailbox| mailbox.counts(truth)) {
            for item in &mailbox.items {
                let is_without = !truth.bears(&mailbox.user, item)
                    && !mailbox.bears(item)
                    && !mailbox.inherits(item, truth);
                if is_without && !is_put_aside(item) && !is_unseen(mailbox, item) {
                    self.0 += 1;
                    without(mailbox, item, truth)?;
                }
            }
        }
        Ok(())
    }

    fn occasions(&self) -> u64 {
        self.0
    }
}

fn without(mailbox: &RestMailbox, item: &Item, truth: &Truth) -> Result<()> {
    let handle = ItemHandle::from(item.id.as_str());
    let link = mailbox.ledger.get(&handle);
    let gave_up = item.categories.iter().any(|name| is_undeliverable(name))
        || link.is_some_and(|link| link.undeliverable == UndeliverableMark::Marked);
    let home = truth.home(&mailbox.user);
    let was_switched = home.is_some_and(|home| home.switched.is_some());
    let was_forgotten = home.is_some_and(|home| home.was_forgotten() || home.restored.is_some());
    // What is found linked after a loss without the category stays as it is.
    let is_explained = was_switched || was_forgotten;
    let is_marked = link.is_some_and(|link| link.uncategorized) && is_explained;
    if gave_up || is_marked || mailbox.held.contains(&handle) {
        return Ok(());
    }
    // Nobody finds what is linked without the category and was known to the lost ledger alone.
    if link.is_none() && was_forgotten {
        return Ok(());
    }
    let name = format!("{} ({}) of {}", item.subject, item.id, mailbox.user);
    let is_linked = mailbox.linked.get(&handle).is_some_and(|records| !records.is_empty());
    ensure!(!is_linked, "{name} does not bear the category and is linked: {link:?}");
    let is_tracked = link.is_some_and(|link| link.baseline == Baseline::Tracked);
    ensure!(!is_tracked, "{name} does not bear the category and is taken for tracked: {link:?}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{
        names::TRACKED,
        sample::{ANNA, Tale, meeting, plain},
    };
    use super::*;

    #[test]
    fn a_link_without_the_category_is_noticed() {
        let mut tale = Tale::to(OthersAreNot::default());
        let mut rest = tale.rest();
        tale.judge(&rest).expect("it bears the category");
        rest.mailboxes[0].items = vec![plain("1")];
        assert!(tale.judge(&rest).is_err());
        rest.mailboxes[0].linked.clear();
        assert!(tale.judge(&rest).is_err(), "the ledger takes it for tracked");
        rest.mailboxes[0].ledger.clear();
        tale.judge(&rest).expect("nothing is left of it");
        assert_eq!(tale.occasions(), 3);
    }

    #[test]
    fn an_exception_has_the_category_of_its_series() {
        let mut tale = Tale::to(OthersAreNot::default());
        let mut rest = tale.rest();
        let series = meeting("e1", 7, &[TRACKED]);
        let exception = meeting("e2", 7, &[]).of_series("e1", 9_000);
        rest.holds(ANNA, tale.tracked(ANNA, &series), series);
        rest.holds(ANNA, tale.tracked(ANNA, &exception), exception);
        tale.judge(&rest).expect("the series bears it");
        let series = meeting("e1", 7, &[]);
        rest.mailboxes[0].items.retain(|item| item.id != "e1");
        rest.mailboxes[0].items.push(series);
        assert!(tale.judge(&rest).is_err());
    }
}
