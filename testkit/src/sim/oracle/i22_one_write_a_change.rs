//! I22: the record of a meeting, a series or a task is written once at most for each change of what
//! an item of it says, whichever copies are linked to it; and once more for each time that an item
//! was linked, that a call did not end well, or that somebody forgot what was done.
//!
//! Mail has no such writes: what was sent does not change.

use super::{
    Checker, Truth,
    truth::{record_key, table_of},
};
use crate::sim::log::{By, Entry, Happening, Org};
use anyhow::{Result, ensure};
use earmark_model::ActivityId;
use std::collections::BTreeMap;

/// Faults after which something is done again: carried out late, carried out twice, the ledger
/// fails.
const AGAIN: &[&str] = &["F3", "F4", "F58"];

#[derive(Default)]
pub(super) struct OneWriteAChange {
    written: BTreeMap<(Org, ActivityId), u64>,
    /// Calls under way that write, by number.
    calls: BTreeMap<u64, (Org, ActivityId)>,
    /// Units: calls about a record that did not end well.
    failed: BTreeMap<(Org, ActivityId), u64>,
    /// Units: things that make an organization's service forget what it did.
    forgotten: BTreeMap<Org, u64>,
    again: u64,
    count: u64,
}

impl Checker for OneWriteAChange {
    fn name(&self) -> &'static str {
        "I22"
    }

    fn on(&mut self, entry: &Entry, truth: &Truth) -> Result<()> {
        match &entry.what {
            Happening::Call { number, organization, activity: Some(activity), .. } => {
                self.calls.insert(*number, (*organization, *activity));
            }
            Happening::Called { call, failure, .. } => {
                let about = self.calls.remove(call).filter(|_| failure.is_some());
                if let Some(record) = about {
                    *self.failed.entry(record).or_default() += 1;
                }
            }
            Happening::Fault { kind, .. } if AGAIN.contains(kind) => self.again += 1,
            Happening::Worker { organization, .. }
            | Happening::Ledger { organization, .. }
            | Happening::Restored { organization, .. } => {
                *self.forgotten.entry(*organization).or_default() += 1;
            }
            Happening::Record {
                organization,
                by: By::Service { .. },
                activity,
                before: Some(_),
                after: Some(row),
            } if !matches!(table_of(row), "email" | "") => {
                self.count += 1;
                let record = (*organization, *activity);
                let written = self.written.entry(record).or_default();
                *written += 1;
                let written = *written;
                let source = truth.messages.get(&(*organization, record_key(row)));
                let changes = source.map_or(0, |source| source.sayings);
                let links = truth.joined.get(&record).map_or(0, |joined| joined.times);
                let failed = self.failed.get(&record).copied().unwrap_or_default();
                let forgotten = self.forgotten.get(organization).copied().unwrap_or_default();
                let limit = changes + links + failed + forgotten + self.again;
                ensure!(
                    written <= limit,
                    "the record {activity} was written {written} times, {changes} changes are known"
                );
            }
            _ => {}
        }
        Ok(())
    }

    fn occasions(&self) -> u64 {
        self.count
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{ANNA, SERVICE, Tale, meeting, meeting_row, task, task_row};
    use super::*;

    #[test]
    fn a_write_without_a_change_is_noticed() {
        let mut tale = Tale::to(OneWriteAChange::default());
        tale.arrives(ANNA, meeting("e1", 1, &[]));
        let row = || Some(meeting_row(1));
        tale.email(SERVICE, 1, None, row()).expect("made");
        tale.email(SERVICE, 1, row(), row()).expect("it came");
        assert!(tale.email(SERVICE, 1, row(), row()).is_err());
    }

    #[test]
    fn each_change_of_a_task_may_be_written() {
        let mut tale = Tale::to(OneWriteAChange::default());
        tale.arrives(ANNA, task("t1", 1, &[]));
        let row = || Some(task_row(1));
        tale.email(SERVICE, 1, row(), row()).expect("it came");
        tale.person(ANNA, task("t1", 1, &[]).done());
        tale.email(SERVICE, 1, row(), row()).expect("it was completed");
        assert!(tale.email(SERVICE, 1, row(), row()).is_err());
        assert_eq!(tale.occasions(), 3);
    }
}
