//! I15: one entry of the list of categories is bound in each mailbox, by its id as long as it is
//! there; the service makes none that is there already, and takes none away but its own.

use super::{
    Checker, Truth,
    names::{Names, is_undeliverable},
};
use crate::sim::log::{By, Entry, Happening, MasterEntry};
use anyhow::{Result, ensure};
use std::collections::BTreeMap;

#[derive(Default)]
pub(super) struct OneEntry {
    /// The entry that each mailbox is bound to.
    bound: BTreeMap<String, String>,
    /// The entry that a mailbox was bound to when an entry was sent to its list.
    sent: BTreeMap<u64, Option<String>>,
    count: u64,
}

impl Checker for OneEntry {
    fn name(&self) -> &'static str {
        "I15"
    }

    fn on(&mut self, entry: &Entry, truth: &Truth) -> Result<()> {
        match &entry.what {
            Happening::Ledger { organization, .. } => {
                let is_others =
                    |user: &String| truth.homes.get(user).map(|home| home.0) != Some(*organization);
                self.bound.retain(|user, _| is_others(user));
            }
            Happening::Request { number, method, .. } if method == "POST" => {
                let Some(sent) = truth.sent.get(number) else { return Ok(()) };
                if let [user] = &sent.users[..]
                    && sent.rest.last().is_some_and(|part| part == "masterCategories")
                {
                    self.sent.insert(*number, self.bound.get(user).cloned());
                }
            }
            Happening::Master { user, by: By::Service { .. }, before, after, request } => {
                self.count += 1;
                // It may be carried out after somebody else has bound the mailbox.
                let sent = request.and_then(|number| self.sent.get(&number));
                let bound = sent.cloned().unwrap_or_else(|| self.bound.get(user).cloned());
                self.written(user, bound.as_ref(), (before, after), truth)?;
            }
            Happening::Recorded { mailbox: Some(mailbox), record, is_taken: true, .. } => {
                let Some(user) = truth.owners.get(mailbox) else { return Ok(()) };
                let memory = record.mailbox.as_ref().and_then(|memory| memory.tracked.as_ref());
                let Some(id) = memory.and_then(|memory| memory.id.as_ref()) else { return Ok(()) };
                self.count += 1;
                let before = self.bound.insert(user.clone(), id.as_str().to_owned());
                let Some(before) = before.filter(|before| before != id.as_str()) else {
                    return Ok(());
                };
                let list = truth.masters.get(user).map_or(&[][..], Vec::as_slice);
                let is_there = list.iter().any(|(other, _)| *other == before);
                ensure!(!is_there, "{user} was bound to {before}, which is there, and now to {id}");
            }
            _ => {}
        }
        Ok(())
    }

    fn occasions(&self) -> u64 {
        self.count
    }
}

impl OneEntry {
    fn written(
        &self,
        user: &str,
        bound: Option<&String>,
        (before, after): (&[MasterEntry], &[MasterEntry]),
        truth: &Truth,
    ) -> Result<()> {
        let unknown = Names::default();
        let names = truth.names.get(user).unwrap_or(&unknown);
        for (_, name) in after.iter().filter(|entry| !before.contains(entry)) {
            let is_ours = names.is_ours(name);
            ensure!(is_ours || is_undeliverable(name), "{user}: an entry called {name}");
            let twin = before.iter().any(|(_, other)| other.eq_ignore_ascii_case(name));
            ensure!(!twin, "{user}: a second entry called {name}");
            let is_there = bound
                .filter(|_| is_ours)
                .is_some_and(|id| before.iter().any(|(other, _)| other == id));
            ensure!(!is_there, "{user}: {name} is made while the entry is there, renamed");
        }
        for (_, name) in before.iter().filter(|entry| !after.contains(entry)) {
            ensure!(names.is_ours(name), "{user}: the service took {name} away");
            let home = truth.home(user);
            let was_off = home.is_some_and(|home| home.is_off || home.switched.is_some());
            ensure!(was_off, "{user}: {name} is taken away while the switch is on");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{
        names::TRACKED,
        sample::{ANNA, SERVICE, Tale},
    };
    use super::*;
    use earmark_ledger::{CategoryMemory, MailboxMemory, Record};
    use earmark_model::{CategoryColor, CategoryName};

    fn bind(tale: &mut Tale, id: &str) -> Result<()> {
        let tracked = CategoryMemory {
            id: Some(id.into()),
            name: CategoryName::new(TRACKED),
            color: CategoryColor::None,
            previous_names: Vec::new(),
        };
        let memory = MailboxMemory { tracked: Some(tracked), ..MailboxMemory::default() };
        tale.record(ANNA, Record { mailbox: Some(memory), ..Record::default() })
    }

    #[test]
    fn a_second_entry_is_noticed() {
        let mut tale = Tale::to(OneEntry::default());
        tale.master(SERVICE, &[], &[("1", TRACKED)]).expect("the first");
        bind(&mut tale, "1").expect("bound");
        let small = TRACKED.to_lowercase();
        assert!(tale.master(SERVICE, &[("1", TRACKED)], &[("1", TRACKED), ("2", &small)]).is_err());
        tale.master(By::Person, &[("1", TRACKED)], &[("1", "Mine")]).expect("renamed");
        assert!(tale.master(SERVICE, &[("1", "Mine")], &[("1", "Mine"), ("2", TRACKED)]).is_err());
    }

    #[test]
    fn a_binding_by_name_is_noticed() {
        let mut tale = Tale::to(OneEntry::default());
        tale.master(SERVICE, &[], &[("1", TRACKED)]).expect("the first");
        bind(&mut tale, "1").expect("bound");
        tale.master(By::Person, &[("1", TRACKED)], &[("1", "Mine"), ("2", TRACKED)]).expect("so");
        assert!(bind(&mut tale, "2").is_err());
    }

    #[test]
    fn an_entry_that_is_gone_has_a_successor() {
        let mut tale = Tale::to(OneEntry::default());
        tale.master(SERVICE, &[], &[("1", TRACKED)]).expect("the first");
        bind(&mut tale, "1").expect("bound");
        tale.master(By::Person, &[("1", TRACKED)], &[("2", TRACKED)]).expect("made again by hand");
        bind(&mut tale, "2").expect("the old one is gone");
    }

    #[test]
    fn what_is_not_its_own_is_not_taken_away() {
        let mut tale = Tale::to(OneEntry::default());
        assert!(tale.master(SERVICE, &[("1", "Red")], &[]).is_err());
    }
}
