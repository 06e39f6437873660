//! I1: at most one live record of one message in one direction.
//!
//! A record that was deleted may have a successor of a later epoch, so only live ones count. Where
//! an organization makes one record of internal mail, both directions are one. All copies of a
//! meeting, of a series and of one of its times are one, and so is a task wherever it was moved; but
//! a task that was moved before it carried its record is another one.

use super::{Checker, Truth, truth::record_key};
use crate::sim::log::{By, Entry, Happening, Org};
use anyhow::{Result, ensure};
use earmark_embedded::{Row, Value};
use earmark_model::ActivityId;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// What was sent to the CRM and not answered is carried out within this time at the latest.
const LATEST: Duration = Duration::from_secs(1_010);

type Key = (Org, String, Option<bool>);

#[derive(Default)]
pub(super) struct OneRecord {
    live: BTreeMap<Key, BTreeSet<ActivityId>>,
    count: u64,
}

impl Checker for OneRecord {
    fn name(&self) -> &'static str {
        "I1"
    }

    fn on(&mut self, entry: &Entry, truth: &Truth) -> Result<()> {
        let Happening::Record { organization, activity, before, after, by } = &entry.what else {
            return Ok(());
        };
        let key = |row: &Row| {
            let direction = row.get("directioncode").and_then(Value::as_bool);
            (*organization, record_key(row), direction)
        };
        if let Some(row) = before
            && let Some(live) = self.live.get_mut(&key(row))
        {
            live.remove(activity);
        }
        let Some(row) = after else { return Ok(()) };
        let key = key(row);
        let live = self.live.entry(key.clone()).or_default();
        live.insert(*activity);
        if before.is_some() || !matches!(by, By::Service { .. }) {
            return Ok(());
        }
        self.count += 1;
        // Nothing but a Message-ID finds the successor of a record whose epoch was forgotten, and
        // that only where the CRM shows it already.
        let home = truth.organizations.get(organization);
        let was_forgotten = home.is_some_and(|it| it.was_forgotten() || it.restored.is_some());
        let is_late = truth.faults.contains_key("F55");
        let is_open = was_forgotten && (is_late || key.1.starts_with("subject "));
        // Sent for a record that was deleted, which a restored CRM has again since.
        let is_overtaken = truth.faults.contains_key("F3")
            && home.is_some_and(|it| Truth::is_since(it.restored, entry.at.minus(LATEST)));
        let is_open = is_open || is_overtaken;
        let source = truth.messages.get(&(key.0, key.1.clone()));
        let is_open = is_open || source.is_some_and(|source| source.was_parted);
        ensure!(live.len() == 1 || is_open, "{live:?} are all records of {key:?}");
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
        sample::{ANNA, SERVICE, Tale, email_row, meeting_row, task, task_row},
    };
    use super::*;

    #[test]
    fn a_second_record_is_noticed() {
        let mut tale = Tale::to(OneRecord::default());
        let row = || Some(email_row("m1", false));
        tale.email(SERVICE, 1, None, row()).expect("the first");
        tale.email(SERVICE, 2, None, Some(email_row("m1", true))).expect("the other direction");
        assert!(tale.email(SERVICE, 3, None, row()).is_err());
    }

    #[test]
    fn a_second_record_of_a_meeting_or_a_task_is_noticed() {
        let mut tale = Tale::to(OneRecord::default());
        tale.email(SERVICE, 1, None, Some(meeting_row(7))).expect("the first");
        tale.email(SERVICE, 2, None, Some(meeting_row(8))).expect("another one");
        tale.email(SERVICE, 3, None, Some(task_row(7))).expect("a task");
        assert!(tale.email(SERVICE, 4, None, Some(meeting_row(7))).is_err());
        assert!(tale.email(SERVICE, 5, None, Some(task_row(7))).is_err());
    }

    #[test]
    fn a_task_that_was_moved_before_it_carried_its_record_is_another_one() {
        let mut tale = Tale::to(OneRecord::default());
        tale.arrives(ANNA, task("t1", 7, &[TRACKED]));
        tale.email(SERVICE, 1, None, Some(task_row(7))).expect("the first");
        tale.change(ANNA, By::Person, Some(task("t1", 7, &[TRACKED])), None).expect("it goes");
        tale.arrives(ANNA, task("t2", 7, &[TRACKED]));
        tale.email(SERVICE, 2, None, Some(task_row(7))).expect("nobody could know");
    }

    #[test]
    fn a_deleted_record_may_have_a_successor() {
        let mut tale = Tale::to(OneRecord::default());
        let row = || Some(email_row("m1", false));
        tale.email(SERVICE, 1, None, row()).expect("the first");
        tale.email(By::Person, 1, row(), None).expect("a CRM user may");
        tale.email(SERVICE, 3, None, row()).expect("the next epoch");
        assert_eq!(tale.occasions(), 2);
    }
}
