//! I5: a category write of ours leaves the categories of others as they are, in their order, and
//! adds no second spelling of what is there.
//!
//! A list may have two entries that were the category's: a lost ledger forgets that an entry was
//! renamed, and another one is made. An item may bear both; only one of them is the service's.

use super::{
    Checker, Truth,
    names::{Names, is_undeliverable},
};
use crate::sim::log::{By, Entry, Happening};
use anyhow::{Result, ensure};
use earmark_model::Instant;
use std::collections::BTreeMap;

#[derive(Default)]
pub(super) struct OthersCategories {
    /// Requests for a list of categories that are under way: whose, and since when.
    asked: BTreeMap<u64, (String, Instant)>,
    /// When the last one was sent that was answered.
    read: BTreeMap<String, Instant>,
    count: u64,
}

impl OthersCategories {
    /// Takes in what the service knows of the lists.
    fn learn(&mut self, entry: &Entry, truth: &Truth) {
        match &entry.what {
            Happening::Request { number, method, path, .. }
                if method == "GET" && path.ends_with("/outlook/masterCategories") =>
            {
                let sent = truth.sent.get(number);
                if let Some(user) = sent.and_then(|sent| sent.users.first()) {
                    self.asked.insert(*number, (user.clone(), entry.at));
                }
            }
            Happening::Answer { request, status, .. } => {
                let asked = self.asked.remove(request);
                if let Some((user, at)) = asked.filter(|_| *status == Some(200)) {
                    self.read.insert(user, at);
                }
            }
            _ => {}
        }
    }
}

impl Checker for OthersCategories {
    fn name(&self) -> &'static str {
        "I5"
    }

    fn on(&mut self, entry: &Entry, truth: &Truth) -> Result<()> {
        self.learn(entry, truth);
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
        self.count += 1;
        let unknown = Names::default();
        let names = truth.names.get(user).unwrap_or(&unknown);
        let is_ours = |name: &str| names.is_ours(name) || is_undeliverable(name);
        let others = |list: &'_ [String]| -> Vec<String> {
            list.iter().filter(|name| !is_ours(name)).cloned().collect()
        };
        ensure!(
            others(&before.categories) == others(&after.categories),
            "{id} of {user}: {:?} became {:?}",
            before.categories,
            after.categories
        );
        for name in after.categories.iter().filter(|name| !before.categories.contains(name)) {
            // Who renames it between the reading of the list and the write is too late. What the
            // service cannot read it does not know.
            let cycles = entry.at.minus(truth.longest_cycle() * 2);
            let earliest = self.read.get(user).map_or(cycles, |read| cycles.min(*read));
            let is_new = Truth::is_since(names.changed, earliest) || !truth.knows_names(user);
            let is_fresh = names.is_ours(name) && is_new;
            ensure!(
                is_undeliverable(name) || names.is_current(name) || is_fresh,
                "{id} of {user}: {name} is not what the category is called now"
            );
        }
        for name in after.categories.iter().filter(|name| names.is_current(name)) {
            let spellings = |list: &[String]| -> usize {
                list.iter().filter(|other| other.eq_ignore_ascii_case(name)).count()
            };
            let (count, had) = (spellings(&after.categories), spellings(&before.categories));
            ensure!(count <= had.max(1), "{id} of {user} bears the category twice");
        }
        Ok(())
    }

    fn occasions(&self) -> u64 {
        self.count
    }
}

#[cfg(test)]
mod tests {
    use super::super::{
        names::TRACKED,
        sample::{ANNA, Tale, item},
    };
    use super::*;
    use earmark_ledger::{MailboxMemory, Record};

    #[test]
    fn lost_and_shuffled_names_are_noticed() {
        let tale = || {
            let mut tale = Tale::to(OthersCategories::default());
            tale.arrives(ANNA, item("1", &["Red", "Blue"]));
            tale
        };
        tale().service(ANNA, item("1", &["Red", "Blue", TRACKED])).expect("only ours came");
        assert!(tale().service(ANNA, item("1", &["Red", TRACKED])).is_err());
        assert!(tale().service(ANNA, item("1", &["Blue", "Red", TRACKED])).is_err());
        assert!(tale().service(ANNA, item("1", &["Red", "Blue", "Green"])).is_err());
    }

    #[test]
    fn a_second_spelling_is_noticed_and_another_entry_is_not() {
        let mut tale = Tale::to(OthersCategories::default());
        tale.master(By::Person, &[], &[("1", TRACKED)]).expect("made");
        tale.master(By::Person, &[("1", TRACKED)], &[("1", "Mine")]).expect("renamed");
        let both = [("1", "Mine"), ("2", TRACKED)];
        tale.master(By::Person, &[("1", "Mine")], &both).expect("made again");
        tale.arrives(ANNA, item("1", &["Mine"]));
        tale.service(ANNA, item("1", &["Mine", TRACKED])).expect("the one that is known");
        let small = TRACKED.to_lowercase();
        tale.arrives(ANNA, item("2", &[&small]));
        assert!(tale.service(ANNA, item("2", &[&small, TRACKED])).is_err());
    }

    #[test]
    fn a_renamed_category_is_written_under_its_new_name() {
        let mut tale = Tale::to(OthersCategories::default());
        tale.master(By::Person, &[], &[("1", TRACKED)]).expect("made");
        tale.master(By::Person, &[("1", TRACKED)], &[("1", "Mine")]).expect("renamed");
        tale.pass(86_400);
        let unread = tale.truth.knows_names(ANNA);
        assert!(!unread, "no cycle came to its end");
        let memory = MailboxMemory { last_success: Some(tale.now), ..MailboxMemory::default() };
        let record = Record { mailbox: Some(memory), ..Record::default() };
        tale.record(ANNA, record).expect("a cycle");
        tale.arrives(ANNA, item("1", &["Red"]));
        assert!(tale.service(ANNA, item("1", &["Red", TRACKED])).is_err());
        tale.arrives(ANNA, item("2", &["Red"]));
        tale.service(ANNA, item("2", &["Red", "Mine"])).expect("the new name");
    }
}
