//! I18: the history tells each change of the service once, with its cause, in its order, also
//! where a worker was killed between the change and the telling.

use super::{
    Checker, Truth,
    rest::{Rest, Step},
    story::line,
};
use crate::sim::log::{By, Entry, Happening};
use anyhow::{Result, ensure};
use earmark_ledger::HistoryEntry;
use earmark_model::{Instant, ItemHandle, MailboxId};
use std::{collections::BTreeMap, time::Duration};

type Key = (MailboxId, ItemHandle);

/// Units: entries of one commit have one instant.
const AT_ONCE: Duration = Duration::from_secs(60);

#[derive(Default)]
pub(super) struct Audit {
    /// Changes that the history has not told yet.
    untold: BTreeMap<Key, Instant>,
    last: BTreeMap<Key, ((String, String, String), Instant)>,
    count: u64,
}

impl Checker for Audit {
    fn name(&self) -> &'static str {
        "I18"
    }

    fn on(&mut self, entry: &Entry, truth: &Truth) -> Result<()> {
        match &entry.what {
            Happening::Ledger { .. } => {
                self.untold.clear();
                self.last.clear();
            }
            Happening::Link { by: By::Service { .. }, mailbox, handle, .. } => {
                self.untold.insert((*mailbox, handle.clone()), entry.at);
            }
            Happening::Item { by: By::Service { .. }, user, id, .. } => {
                let Some((_, mailbox)) = truth.homes.get(user) else { return Ok(()) };
                self.untold.insert((*mailbox, ItemHandle::from(id.as_str())), entry.at);
            }
            // Whatever others do may lead to the same line once more.
            Happening::Link { mailbox, handle, .. } => {
                self.last.remove(&(*mailbox, handle.clone()));
            }
            Happening::Item { user, id, .. } | Happening::Asked { user, id, .. } => {
                let Some((_, mailbox)) = truth.homes.get(user) else { return Ok(()) };
                self.last.remove(&(*mailbox, ItemHandle::from(id.as_str())));
            }
            Happening::Restored { .. } | Happening::Setting { .. } => self.last.clear(),
            Happening::Recorded { record, is_taken: true, .. } => {
                for line in &record.history {
                    let user = truth.owners.get(&line.key.mailbox);
                    let is_steady = user.is_none_or(|user| !truth.was_clock_set(user));
                    self.told(line, is_steady)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn judge(&mut self, rest: &Rest, truth: &Truth) -> Result<()> {
        if rest.step != Step::Healed {
            return Ok(());
        }
        for ((mailbox, handle), at) in &self.untold {
            let Some(user) = truth.owners.get(mailbox) else { continue };
            if truth.is_broken(user) || truth.is_open_since(user, *at) {
                continue;
            }
            let is_gone = truth.is_gone(&(user.clone(), handle.as_str().to_owned()));
            ensure!(
                is_gone,
                "the history does not tell what was done to {handle} of {user} at {at}"
            );
        }
        Ok(())
    }

    fn occasions(&self) -> u64 {
        self.count
    }
}

impl Audit {
    fn told(&mut self, entry: &HistoryEntry, is_steady: bool) -> Result<()> {
        self.count += 1;
        let name = &entry.key.handle;
        ensure!(!entry.reason.is_empty() || entry.event == "pending", "{name}: no reason is told");
        ensure!(!entry.trigger.is_empty(), "{name}: no trigger is told");
        let key = (entry.key.mailbox, name.clone());
        let told = line(entry);
        if let Some((before, at)) = self.last.get(&key) {
            ensure!(entry.at >= *at || !is_steady, "{name}: the history goes back to {}", entry.at);
            let is_again = *before == told && entry.at.since(*at) < AT_ONCE;
            ensure!(!is_again, "{name}: {told:?} is told twice");
        }
        self.untold.remove(&key);
        self.last.insert(key, (told, entry.at));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{ANNA, SERVICE, Tale, bearing};
    use super::*;
    use earmark_ledger::Record;

    fn tell(tale: &mut Tale, reason: &str) -> Result<()> {
        let entry = HistoryEntry {
            key: tale.link(ANNA, "1").key,
            at: tale.now,
            event: "tracked".to_owned(),
            reason: reason.to_owned(),
            trigger: "cycle".to_owned(),
            actor: None,
            answers: None,
            detail: String::new(),
        };
        tale.record(ANNA, Record { history: vec![entry], ..Record::default() })
    }

    #[test]
    fn a_line_that_is_missing_is_noticed() {
        let mut tale = Tale::to(Audit::default());
        tale.arrives(ANNA, bearing("1"));
        tale.linked(SERVICE, ANNA, "1", true).expect("linked");
        let rest = tale.rest();
        assert!(tale.judge(&rest).is_err());
        tell(&mut tale, "category_assigned").expect("told");
        tale.judge(&rest).expect("it is told");
    }

    #[test]
    fn a_line_told_twice_is_noticed() {
        let mut tale = Tale::to(Audit::default());
        tell(&mut tale, "category_assigned").expect("told");
        tell(&mut tale, "steady").expect("another");
        assert!(tell(&mut tale, "steady").is_err());
    }
}
