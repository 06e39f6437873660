//! C8: without its ledger the service finds the same world again: no second record, no link more
//! or less, no category more or less.
//!
//! What may differ is what only the ledger knew: bearers to be left alone, what was given up or
//! waits, exceptions that were untracked while their series was not, deletions in the CRM, earlier
//! names of the category, links without the category, times in which no mail was accepted.

use super::{
    Checker, Truth,
    names::{TRACKED, is_undeliverable},
    rest::{Rest, RestMailbox, Step},
    story::{is_put_aside, key_of, series_key},
    truth::record_key,
};
use crate::sim::log::{By, Entry, Happening, Org};
use anyhow::{Result, ensure};
use earmark_model::{ItemHandle, ItemState, UndeliverableMark};
use std::collections::BTreeSet;

#[derive(Default)]
pub(super) struct DisposableState(u64);

impl Checker for DisposableState {
    fn name(&self) -> &'static str {
        "C8"
    }

    fn on(&mut self, _: &Entry, _: &Truth) -> Result<()> {
        Ok(())
    }

    fn judge(&mut self, rest: &Rest, truth: &Truth) -> Result<()> {
        let Some(before) = rest.before.as_ref().filter(|_| rest.step == Step::WithoutLedger) else {
            return Ok(());
        };
        let open = open_messages(before, truth);
        for entry in &rest.since {
            if let Happening::Record {
                organization,
                by: By::Service { .. },
                before: None,
                after: Some(row),
                activity,
            } = &entry.what
            {
                self.0 += 1;
                let key = (*organization, record_key(row));
                ensure!(open.contains(&key), "{activity} of {key:?} is made anew");
            }
        }
        for (was, is) in before.mailboxes.iter().zip(&rest.mailboxes) {
            if was.counts(truth) && was.name().eq_ignore_ascii_case(TRACKED) {
                self.same(was, is, &open, truth)?;
            }
        }
        Ok(())
    }

    fn occasions(&self) -> u64 {
        self.0
    }
}

impl DisposableState {
    fn same(
        &mut self,
        was: &RestMailbox,
        is: &RestMailbox,
        open: &BTreeSet<(Org, String)>,
        truth: &Truth,
    ) -> Result<()> {
        for item in &was.items {
            if open.contains(&(was.organization, key_of(item))) || is_put_aside(item) {
                continue;
            }
            self.0 += 1;
            let now = is.items.iter().find(|other| other.id == item.id);
            let categories = now.map(|now| &now.categories);
            let (id, user) = (&item.id, &was.user);
            ensure!(
                categories == Some(&item.categories),
                "{id} of {user}: {:?} became {categories:?}",
                item.categories
            );
            // Under an old name nobody knows it without the ledger.
            if truth.bears(user, item) && !was.bears(item) {
                continue;
            }
            let handle = ItemHandle::from(id.as_str());
            let (linked, links) = (was.linked.get(&handle), is.linked.get(&handle));
            ensure!(linked == links, "{id} of {user} was linked to {linked:?}, now to {links:?}");
        }
        Ok(())
    }
}

/// Messages about which the ledger knew what nothing else tells.
fn open_messages(before: &Rest, truth: &Truth) -> BTreeSet<(Org, String)> {
    let mut open = BTreeSet::new();
    for mailbox in &before.mailboxes {
        let is_renamed = !mailbox.name().eq_ignore_ascii_case(TRACKED);
        for item in &mailbox.items {
            let handle = ItemHandle::from(item.id.as_str());
            let link = mailbox.ledger.get(&handle);
            let told = link.is_some_and(|link| {
                link.ignored
                    || link.uncategorized
                    || link.undeliverable != UndeliverableMark::None
                    || matches!(link.state, ItemState::RecordDeleted | ItemState::Held)
                    || link.request.is_some()
            });
            let marked = item.categories.iter().any(|name| is_undeliverable(name));
            let old_name = truth.bears(&mailbox.user, item) && !mailbox.bears(item);
            let unserved = !mailbox.counts(truth);
            // That nobody accepted mail for a while only the ledger knew, where the CRM's watermark
            // stays before a message that waits.
            let unaccepted = truth.stopped_accepting(mailbox.organization)
                && !mailbox.linked.contains_key(&handle);
            // Of an exception that lost its category while its series kept it only the ledger knew.
            let lost_its_own = mailbox.inherits(item, truth)
                && !mailbox.bears(item)
                && !mailbox.linked.contains_key(&handle);
            // Linked without the category, and known to nobody.
            let unknown = !mailbox.bears(item)
                && !mailbox.inherits(item, truth)
                && mailbox.linked.contains_key(&handle);
            let is_left = told || lost_its_own || marked;
            let is_open = is_left || old_name || unserved || unknown || is_renamed || unaccepted;
            if is_open || mailbox.held.contains(&handle) || is_put_aside(item) {
                open.insert((mailbox.organization, key_of(item)));
            }
        }
    }
    for ((organization, key), message) in &truth.messages {
        if message.in_crm.is_some() || key.starts_with("subject ") {
            open.insert((*organization, key.clone()));
        }
    }
    let of_open_series = truth.messages.keys().filter(|(organization, key)| {
        series_key(key).is_some_and(|series| open.contains(&(*organization, series.to_owned())))
    });
    let members: Vec<_> = of_open_series.cloned().collect();
    open.extend(members);
    open
}

#[cfg(test)]
mod tests {
    use super::super::sample::{SERVICE, Tale, email_row, plain};
    use super::*;

    fn without_ledger(tale: &Tale) -> Rest {
        let before = tale.rest();
        Rest { step: Step::WithoutLedger, before: Some(Box::new(before.clone())), ..before }
    }

    #[test]
    fn a_second_record_is_noticed() {
        let mut tale = Tale::to(DisposableState::default());
        let mut rest = without_ledger(&tale);
        tale.judge(&rest).expect("the same world");
        tale.email(SERVICE, 7, None, Some(email_row("m1", false))).expect("told");
        rest.since.clone_from(&tale.told);
        assert!(tale.judge(&rest).is_err());
    }

    #[test]
    fn another_world_is_noticed() {
        let mut tale = Tale::to(DisposableState::default());
        let mut rest = without_ledger(&tale);
        rest.mailboxes[0].linked.clear();
        assert!(tale.judge(&rest).is_err());
        let mut rest = without_ledger(&tale);
        rest.mailboxes[0].items = vec![plain("1")];
        assert!(tale.judge(&rest).is_err());
    }
}
