//! I13: subjects, bodies, addresses and tokens stand in nothing that the service keeps or tells:
//! failures, history, alerts.

use super::{Checker, Truth};
use crate::sim::log::{Entry, Happening};
use anyhow::{Result, ensure};
use earmark_ledger::Record;
use std::collections::BTreeSet;

/// Parts of addresses, of tokens, of bodies and of the secrets of applications.
const CANARIES: &[&str] = &[".test", "eyJ", "Good morning", "Bearer", "earmark-0", "earmark-1"];

/// Units: bytes. Shorter subjects may stand in any sentence.
const SUBJECT_MIN: usize = 8;

#[derive(Default)]
pub(super) struct NoSecrets {
    subjects: BTreeSet<String>,
    /// Texts that were looked at already.
    seen: BTreeSet<String>,
    count: u64,
}

impl Checker for NoSecrets {
    fn name(&self) -> &'static str {
        "I13"
    }

    fn on(&mut self, entry: &Entry, _: &Truth) -> Result<()> {
        match &entry.what {
            Happening::Item { after: Some(item), before: None, .. } => {
                // What somebody writes there later is looked for from now on.
                if item.subject.len() >= SUBJECT_MIN && self.subjects.insert(item.subject.clone()) {
                    self.seen.clear();
                }
                Ok(())
            }
            Happening::Recorded { record, .. } => self.record(record),
            Happening::Called { failure: Some((class, code)), .. } => {
                self.text(class)?;
                self.text(code)
            }
            _ => Ok(()),
        }
    }

    fn occasions(&self) -> u64 {
        self.count
    }
}

impl NoSecrets {
    fn record(&mut self, record: &Record) -> Result<()> {
        for entry in &record.history {
            for text in [&entry.event, &entry.reason, &entry.trigger, &entry.detail] {
                self.text(text)?;
            }
        }
        for alert in &record.alerts {
            for text in [&alert.code, &alert.outcome, &alert.text] {
                self.text(text)?;
            }
        }
        let of_links = record.links.iter().filter_map(|link| link.failure.as_ref());
        let of_mailbox = record.mailbox.iter().filter_map(|memory| memory.last_failure.as_ref());
        let of_home = record.organization.iter().filter_map(|memory| memory.last_failure.as_ref());
        for failure in of_links.chain(of_mailbox).chain(of_home) {
            for text in [&failure.class, &failure.code, &failure.detail] {
                self.text(text)?;
            }
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<()> {
        self.count += 1;
        if text.is_empty() || self.seen.contains(text) {
            return Ok(());
        }
        let canary = CANARIES.iter().find(|canary| text.contains(**canary));
        ensure!(canary.is_none(), "{canary:?} stands in: {text}");
        let subject = self.subjects.iter().find(|subject| text.contains(subject.as_str()));
        ensure!(subject.is_none(), "the subject {subject:?} stands in: {text}");
        self.seen.insert(text.to_owned());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{ANNA, Tale, plain};
    use super::*;
    use earmark_model::FailureNote;

    fn failed(tale: &mut Tale, detail: &str) -> Result<()> {
        let mut link = tale.link(ANNA, "1");
        link.failure = Some(FailureNote {
            class: "refused".to_owned(),
            code: "0x80040265".to_owned(),
            detail: detail.to_owned(),
        });
        tale.record(ANNA, Record { links: vec![link], ..Record::default() })
    }

    #[test]
    fn a_subject_or_an_address_in_a_failure_is_noticed() {
        let mut tale = Tale::to(NoSecrets::default());
        failed(&mut tale, "the plug-in refused Matter 1 in hand").expect("nobody knows it yet");
        tale.arrives(ANNA, plain("1"));
        failed(&mut tale, "the plug-in refused").expect("no secret");
        assert!(failed(&mut tale, "the plug-in refused Matter 1 in hand").is_err());
        assert!(failed(&mut tale, "anna@fabrikam.test is locked").is_err());
    }
}
