//! C4: the entry of the category is in each list once, under the id and the name that the service
//! has.

use super::{
    Checker, Truth,
    rest::{Rest, RestMailbox},
};
use crate::sim::log::Entry;
use anyhow::{Context, Result, ensure};

#[derive(Default)]
pub(super) struct TheEntry(u64);

impl Checker for TheEntry {
    fn name(&self) -> &'static str {
        "C4"
    }

    fn on(&mut self, _: &Entry, _: &Truth) -> Result<()> {
        Ok(())
    }

    fn judge(&mut self, rest: &Rest, truth: &Truth) -> Result<()> {
        for mailbox in rest.mailboxes.iter().filter(|mailbox| mailbox.is_served(truth)) {
            self.0 += 1;
            let is_off = truth.home(&mailbox.user).is_some_and(|home| home.is_off);
            let told = || format!("{}: {:?}", mailbox.user, mailbox.list);
            if is_off { taken_out(mailbox) } else { bound(mailbox) }.with_context(told)?;
        }
        Ok(())
    }

    fn occasions(&self) -> u64 {
        self.0
    }
}

fn bound(mailbox: &RestMailbox) -> Result<()> {
    let known = mailbox.memory.tracked.as_ref().context("no entry is known")?;
    let named: Vec<_> = mailbox.list.iter().filter(|(_, name)| known.name.is_same(name)).collect();
    let [(id, _)] = named.as_slice() else {
        anyhow::bail!("{} is there {} times", known.name.as_str(), named.len());
    };
    let is_known = known.id.as_ref().is_some_and(|known| known.as_str() == id);
    ensure!(is_known, "the entry's id is {id}, not {:?}", known.id);
    Ok(())
}

fn taken_out(mailbox: &RestMailbox) -> Result<()> {
    let name = mailbox.name();
    let is_there = mailbox.list.iter().any(|(_, other)| other.eq_ignore_ascii_case(name));
    ensure!(!is_there, "the switch is off, and {name} is there");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{names::TRACKED, sample::Tale};
    use super::*;

    #[test]
    fn an_entry_that_is_missing_or_another_is_noticed() {
        let mut tale = Tale::to(TheEntry::default());
        let rest = tale.rest();
        tale.judge(&rest).expect("in its place");
        let mut missing = rest.clone();
        missing.mailboxes[0].list.clear();
        assert!(tale.judge(&missing).is_err());
        let mut other = rest.clone();
        other.mailboxes[0].list = vec![("2".to_owned(), TRACKED.to_owned())];
        assert!(tale.judge(&other).is_err());
        let mut twice = rest.clone();
        twice.mailboxes[0].list.push(("2".to_owned(), TRACKED.to_lowercase()));
        assert!(tale.judge(&twice).is_err());
        tale.set("TrackCategorizedItems", "false").expect("off");
        assert!(tale.judge(&rest).is_err());
        tale.judge(&missing).expect("taken out");
    }
}
