//! I19: no two workers hold a lease of one unit at one instant, and nothing is recorded under an
//! old fence.

use super::{Checker, Truth};
use crate::sim::log::{Entry, Happening, Org};
use anyhow::{Result, ensure};
use earmark_model::{Instant, MailboxId};
use std::collections::BTreeMap;

struct Held {
    worker: usize,
    fence: i64,
    until: Instant,
    is_back: bool,
}

#[derive(Default)]
pub(super) struct SingleWriter {
    held: BTreeMap<(Org, Option<MailboxId>), Held>,
    count: u64,
}

impl Checker for SingleWriter {
    fn name(&self) -> &'static str {
        "I19"
    }

    fn on(&mut self, entry: &Entry, _: &Truth) -> Result<()> {
        match &entry.what {
            // Fences of another ledger begin anew.
            Happening::Ledger { organization, .. } => {
                self.held.retain(|(org, _), _| org != organization);
            }
            // Leases end by the clock of the ledger.
            Happening::Clock { organization, .. } => {
                for (_, held) in self.held.iter_mut().filter(|((org, _), _)| org == organization) {
                    held.is_back = true;
                }
            }
            Happening::Claimed { organization, worker, mailbox, fence, until } => {
                self.count += 1;
                let (fence, until, worker) = (*fence, *until, *worker);
                let key = (*organization, *mailbox);
                if let Some(held) = self.held.get(&key) {
                    ensure!(fence >= held.fence, "fence {fence} follows {}", held.fence);
                    let is_other = fence > held.fence && !held.is_back;
                    ensure!(
                        !is_other || held.until <= entry.at,
                        "worker {worker} claims {mailbox:?}, worker {} holds it until {}",
                        held.worker,
                        held.until
                    );
                    let is_shared = fence == held.fence && worker != held.worker;
                    ensure!(!is_shared, "two workers hold {mailbox:?} under fence {fence}");
                }
                self.held.insert(key, Held { worker, fence, until, is_back: false });
            }
            Happening::GaveBack { organization, mailbox, fence, .. } => {
                let held = self.held.get_mut(&(*organization, *mailbox));
                if let Some(held) = held.filter(|held| held.fence == *fence) {
                    held.is_back = true;
                }
            }
            Happening::Recorded {
                organization, worker, mailbox, fence, is_taken: true, ..
            } => {
                self.count += 1;
                let Some(held) = self.held.get(&(*organization, *mailbox)) else { return Ok(()) };
                ensure!(
                    *fence == held.fence,
                    "worker {worker} records {mailbox:?} under fence {fence}, it is {} now",
                    held.fence
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
    use super::super::sample::{ANNA, Tale, mailbox};
    use super::*;
    use earmark_ledger::Record;

    fn claim(tale: &mut Tale, worker: usize, fence: i64) -> Result<()> {
        let until = tale.now.plus(std::time::Duration::from_secs(120));
        let mailbox = Some(mailbox(1));
        tale.tell(Happening::Claimed { organization: 0, worker, mailbox, fence, until })
    }

    #[test]
    fn two_holders_at_once_are_noticed() {
        let mut tale = Tale::to(SingleWriter::default());
        claim(&mut tale, 0, 1).expect("the first");
        claim(&mut tale, 0, 1).expect("prolonged");
        assert!(claim(&mut tale, 1, 2).is_err());
        tale.pass(200);
        claim(&mut tale, 1, 2).expect("the first has ended");
        let mailbox = Some(mailbox(1));
        let back = Happening::GaveBack { organization: 0, worker: 1, mailbox, fence: 2 };
        tale.tell(back).expect("given back");
        claim(&mut tale, 0, 3).expect("free");
    }

    #[test]
    fn an_old_fence_is_noticed() {
        let mut tale = Tale::to(SingleWriter::default());
        claim(&mut tale, 0, 1).expect("the first");
        tale.pass(200);
        claim(&mut tale, 1, 2).expect("the second");
        tale.record_under(ANNA, 1, Record::default(), false).expect("refused, as it must be");
        tale.record_under(ANNA, 2, Record::default(), true).expect("the holder");
        assert!(tale.record_under(ANNA, 1, Record::default(), true).is_err());
    }
}
