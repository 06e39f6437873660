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

#[derive(Default)]
pub(super) struct OthersCategories(u64);

impl Checker for OthersCategories {
    fn name(&self) -> &'static str {
        "I5"
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
            // Who renames it between the reading of the list and the write is too late.
            let earliest = entry.at.minus(truth.longest_cycle() * 2);
            let is_fresh = names.is_ours(name) && Truth::is_since(names.changed, earliest);
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
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::super::{
        names::TRACKED,
        sample::{ANNA, Tale, item},
    };
    use super::*;

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
        tale.pass(3_600);
        tale.arrives(ANNA, item("1", &["Red"]));
        assert!(tale.service(ANNA, item("1", &["Red", TRACKED])).is_err());
        tale.arrives(ANNA, item("2", &["Red"]));
        tale.service(ANNA, item("2", &["Red", "Mine"])).expect("the new name");
    }
}
