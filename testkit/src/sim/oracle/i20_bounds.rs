//! I20: what is under way is bounded: calls of the CRM about items of one mailbox, the parts of a
//! batch, the links of one commit. And nothing of it is dropped ([`heed`]).

use super::{Checker, Truth, heed::Heed};
use crate::sim::log::{Entry, Happening, Org, WorkerLife};
use anyhow::{Result, ensure};
use earmark_model::{
    MailboxId,
    limits::{MAILBOX_REQUESTS_IN_FLIGHT, SWEEP_EACH_CYCLE_MAX},
};
use std::collections::BTreeMap;

/// Units: requests. Source: Microsoft Graph, JSON batching.
const BATCH_MAX: usize = 20;

/// Units: items that are worked on before what was done is recorded.
const CHUNK: usize = 64;

#[derive(Default)]
pub(super) struct Bounds {
    under_way: BTreeMap<u64, (Org, usize, MailboxId)>,
    counts: BTreeMap<(Org, usize, MailboxId), usize>,
    fences: BTreeMap<(Org, usize, MailboxId), i64>,
    heed: Heed,
    count: u64,
}

impl Checker for Bounds {
    fn name(&self) -> &'static str {
        "I20"
    }

    fn on(&mut self, entry: &Entry, truth: &Truth) -> Result<()> {
        self.heed.on(entry, truth)?;
        match &entry.what {
            Happening::Call { number, organization, worker, item: Some((mailbox, _)), .. } => {
                self.count += 1;
                let key = (*organization, *worker, *mailbox);
                self.under_way.insert(*number, key);
                let count = self.counts.entry(key).or_default();
                *count += 1;
                ensure!(
                    *count <= MAILBOX_REQUESTS_IN_FLIGHT,
                    "{count} calls at once about {mailbox}"
                );
            }
            // Who claims a mailbox anew has let go of what was under way about it.
            Happening::Claimed { organization, worker, mailbox: Some(mailbox), fence, .. } => {
                let key = (*organization, *worker, *mailbox);
                if self.fences.insert(key, *fence) != Some(*fence) {
                    self.under_way.retain(|_, other| *other != key);
                    self.counts.remove(&key);
                }
            }
            Happening::Called { call, .. } => {
                let key = self.under_way.remove(call);
                if let Some(count) = key.and_then(|key| self.counts.get_mut(&key)) {
                    *count = count.saturating_sub(1);
                }
            }
            Happening::Worker { organization, worker, what: WorkerLife::Killed } => {
                let is_others =
                    |key: &(Org, usize, MailboxId)| (key.0, key.1) != (*organization, *worker);
                self.under_way.retain(|_, key| is_others(key));
                self.counts.retain(|key, _| is_others(key));
            }
            Happening::Request { number, .. } => {
                self.count += 1;
                let parts = truth.sent.get(number).map_or(1, |sent| sent.parts);
                ensure!(parts <= BATCH_MAX, "a batch of {parts}");
            }
            Happening::Recorded { record, .. } => {
                self.count += 1;
                let effects = record.endings.len().max(record.expected.len() / CHUNK);
                ensure!(effects <= SWEEP_EACH_CYCLE_MAX, "{effects} endings in one commit");
            }
            _ => {}
        }
        Ok(())
    }

    fn occasions(&self) -> u64 {
        self.count + self.heed.count
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{ANNA, Tale};
    use super::*;

    #[test]
    fn a_fifth_call_at_once_is_noticed() {
        let mut tale = Tale::to(Bounds::default());
        for item in 0..4 {
            tale.call(ANNA, &item.to_string(), "promote").expect("four at once");
        }
        tale.worker(WorkerLife::Killed).expect("killed");
        for item in 0..4 {
            tale.call(ANNA, &item.to_string(), "promote").expect("another worker");
        }
        assert!(tale.call(ANNA, "x", "link").is_err());
    }

    #[test]
    fn a_notification_that_nobody_looks_after_is_noticed() {
        let mut tale = Tale::to(Bounds::default());
        let mailbox = super::super::sample::mailbox(1);
        let heard = Happening::Heard { organization: 0, worker: 0, mailbox };
        tale.tell(heard.clone()).expect("nobody knows yet how the mailbox is");
        tale.pass(200);
        let memory = Some(earmark_ledger::MailboxMemory::default());
        let record = earmark_ledger::Record { mailbox: memory, ..Default::default() };
        tale.record(ANNA, record).expect("a cycle ended well");
        tale.tell(heard.clone()).expect("accepted");
        tale.claim(ANNA, 2).expect("looked after");
        tale.pass(200);
        tale.record(
            ANNA,
            earmark_ledger::Record {
                mailbox: Some(earmark_ledger::MailboxMemory::default()),
                ..Default::default()
            },
        )
        .expect("ended well");
        tale.tell(heard).expect("accepted");
        tale.pass(200);
        assert!(tale.tell(Happening::Note("time passes".to_owned())).is_err());
    }

    #[test]
    fn a_large_batch_is_noticed() {
        let mut tale = Tale::to(Bounds::default());
        let batch = |count: usize| {
            let part = r#"{"method":"GET","url":"/a"}"#;
            format!(r#"{{"requests":[{}]}}"#, vec![part; count].join(","))
        };
        tale.request("POST", "/$batch", &batch(20)).expect("as many as there may be");
        assert!(tale.request("POST", "/$batch", &batch(21)).is_err());
    }
}
