//! I18: the history tells each change of the service once, with its cause, in its order, also
//! where a worker was killed between the change and the telling.

use super::{
    Checker, Truth,
    rest::{Rest, Step},
    story::line,
};
use crate::sim::log::{By, Entry, Happening, Org};
use anyhow::{Result, ensure};
use earmark_ledger::HistoryEntry;
use earmark_model::{ActivityId, Instant, ItemHandle, LinkKey, MailboxId};
use earmark_tracking::Reason;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

type Key = (MailboxId, ItemHandle);

/// Units: entries of one commit have one instant.
const AT_ONCE: Duration = Duration::from_secs(60);

/// One line of the history.
struct Told {
    line: (String, String, String),
    /// When the person asked whose request it answers: each request is answered.
    answers: Option<Instant>,
    /// By the clock of the service.
    at: Instant,
    /// In truth.
    recorded: Instant,
}

impl Told {
    /// Whether `next` is this line once more. The clock may have been set between the two: what is
    /// told of two attempts is a cycle apart by one clock or the other.
    fn is_repeated_by(&self, next: &Self) -> bool {
        let apart = |one: Instant, other: Instant| one.since(other).max(other.since(one));
        let at_once = apart(next.recorded, self.recorded) < AT_ONCE;
        let is_again = self.at == next.at || at_once && apart(next.at, self.at) < AT_ONCE;
        self.line == next.line && self.answers == next.answers && is_again
    }
}

#[derive(Default)]
pub(super) struct Audit {
    /// Changes that the history has not told yet.
    untold: BTreeMap<Key, Instant>,
    last: BTreeMap<Key, Told>,
    /// Items of which another attempt was begun since the history last told of them.
    begun: BTreeSet<Key>,
    /// Items whose record a CRM user changed, which is dealt with once.
    edited: BTreeSet<Key>,
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
            // A meeting or a task was followed, which is told of the item that it follows.
            Happening::Record {
                organization,
                by: By::Service { .. },
                activity,
                before: Some(_),
                after: Some(_),
            } => {
                self.begun.extend(linked_to(*organization, *activity, truth));
            }
            Happening::Record { organization, activity, .. } => {
                self.edited.extend(linked_to(*organization, *activity, truth));
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
                    self.told(line, entry.at, is_steady)?;
                }
                let is_told = |key: &LinkKey| record.history.iter().any(|line| line.key == *key);
                let begun = record.links.iter().map(|link| &link.key).filter(|key| !is_told(key));
                self.begun.extend(begun.map(|key| (key.mailbox, key.handle.clone())));
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
    fn told(&mut self, entry: &HistoryEntry, recorded: Instant, is_steady: bool) -> Result<()> {
        self.count += 1;
        let name = &entry.key.handle;
        ensure!(!entry.reason.is_empty() || entry.event == "pending", "{name}: no reason is told");
        ensure!(!entry.trigger.is_empty(), "{name}: no trigger is told");
        let key = (entry.key.mailbox, name.clone());
        let answers = entry.answers;
        let told = Told { line: line(entry), answers, at: entry.at, recorded };
        // A new attempt is told, also where it ends as the one before.
        let is_new = self.untold.remove(&key).is_some() | self.begun.remove(&key);
        if let Some(before) = self.last.get(&key) {
            let goes_back = entry.at < before.at && is_steady;
            ensure!(!goes_back, "{name}: the history goes back to {}", entry.at);
            let is_again = before.is_repeated_by(&told);
            // Nothing was done where an attempt was interrupted or refused, as often as it is.
            let passing = [Reason::AttemptInterrupted, Reason::ChangeRefused];
            let is_interruption = passing.iter().any(|reason| entry.reason == reason.code());
            let may_be = !is_again || is_new || is_interruption || self.edited.remove(&key);
            ensure!(may_be, "{name}: {:?} is told twice", told.line);
        }
        self.last.insert(key, told);
        Ok(())
    }
}

/// The items that are linked to a record.
fn linked_to(
    organization: Org,
    activity: ActivityId,
    truth: &Truth,
) -> impl Iterator<Item = Key> + '_ {
    let is_linked = move |link: &(&(Org, MailboxId, ItemHandle), &ActivityId)| {
        link.0.0 == organization && *link.1 == activity
    };
    let linked = truth.links.iter().filter(is_linked);
    linked.map(|((_, mailbox, handle), _)| (*mailbox, handle.clone()))
}

#[cfg(test)]
mod tests {
    use super::super::sample::{ANNA, SERVICE, Tale, bearing};
    use super::*;
    use earmark_ledger::Record;

    fn tell(tale: &mut Tale, reason: &str) -> Result<()> {
        tell_at(tale, reason, tale.now)
    }

    fn tell_at(tale: &mut Tale, reason: &str, at: Instant) -> Result<()> {
        let entry = HistoryEntry {
            key: tale.link(ANNA, "1").key,
            at,
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

    #[test]
    fn another_attempt_after_the_clock_was_set_back_is_not_the_same() {
        let mut tale = Tale::to(Audit::default());
        let day = Duration::from_secs(24 * 60 * 60);
        tell(&mut tale, "attempt_failed").expect("the first");
        tale.pass(60 * 60);
        let (organization, by) = (0, -86_400_000);
        tale.tell(Happening::Clock { organization, by }).expect("set back");
        let shown = tale.now.minus(day);
        tell_at(&mut tale, "attempt_failed", shown).expect("another");
        assert!(tell_at(&mut tale, "attempt_failed", shown).is_err());
    }

    #[test]
    fn another_attempt_may_be_told_like_the_one_before() {
        let mut tale = Tale::to(Audit::default());
        tale.arrives(ANNA, bearing("1"));
        tell(&mut tale, "attempt_failed").expect("told");
        tale.linked(SERVICE, ANNA, "1", true).expect("linked");
        tell(&mut tale, "attempt_failed").expect("it changed something");
        assert!(tell(&mut tale, "attempt_failed").is_err());
        for _ in 0..2 {
            tell(&mut tale, "attempt_interrupted").expect("nothing was done");
        }
    }
}
