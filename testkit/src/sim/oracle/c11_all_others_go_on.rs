//! C11: whatever is out of order, each mailbox that does not need it completes its cycles in their
//! time, and so does each organization.

use super::{Checker, Truth, rest::Rest};
use crate::sim::log::Entry;
use anyhow::{Result, ensure};

/// Units: cycles in which one must be completed, with its jitter and its way.
const CYCLES: u32 = 2;

#[derive(Default)]
pub(super) struct AllOthersGoOn(u64);

impl Checker for AllOthersGoOn {
    fn name(&self) -> &'static str {
        "C11"
    }

    fn on(&mut self, _: &Entry, _: &Truth) -> Result<()> {
        Ok(())
    }

    fn judge(&mut self, rest: &Rest, truth: &Truth) -> Result<()> {
        let earliest = rest.now.minus(truth.longest_cycle() * CYCLES);
        for mailbox in rest.mailboxes.iter().filter(|mailbox| mailbox.is_served(truth)) {
            self.0 += 1;
            let last = truth.successes.get(&mailbox.id).map(|(_, at)| *at);
            ensure!(
                last.is_some_and(|last| last >= earliest),
                "{} completed its last cycle at {last:?}, because of {:?}",
                mailbox.user,
                mailbox.memory.last_failure
            );
        }
        Ok(())
    }

    fn occasions(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{ANNA, CYCLE, Tale};
    use super::*;
    use crate::sim::log::Happening;
    use earmark_ledger::Record;

    #[test]
    fn a_mailbox_that_stands_still_is_noticed() {
        let mut tale = Tale::to(AllOthersGoOn::default());
        let mut rest = tale.rest();
        assert!(tale.judge(&rest).is_err());
        let mailbox = Some(rest.mailboxes[0].memory.clone());
        tale.record(ANNA, Record { mailbox, ..Record::default() }).expect("a cycle");
        tale.judge(&rest).expect("it goes on");
        rest.now = rest.now.plus(CYCLE * 4);
        assert!(tale.judge(&rest).is_err());
        let user = Some(ANNA.to_owned());
        tale.tell(Happening::Broken { organization: 0, user }).expect("told");
        tale.judge(&rest).expect("it is out of order");
    }
}
