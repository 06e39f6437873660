//! Part of I20: what was accepted is not dropped. A notification that the service accepted about a
//! mailbox that it serves, and does not work on just now, makes it look there at once.

use super::Truth;
use crate::sim::log::{Entry, Happening, Org, WorkerLife};
use anyhow::{Result, ensure};
use earmark_model::{Instant, MailboxId};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// How long a mailbox that is due may wait for a worker: answers may take half a minute each.
const LOOKED_AT_WITHIN: Duration = Duration::from_secs(180);

/// The ledger does not answer.
const LEDGER_FAILS: &str = "F58";

/// Which mailboxes somebody has to look at.
#[derive(Default)]
pub(super) struct Heed {
    /// Mailboxes that nobody works on, and whose last cycle ended well.
    at_ease: BTreeSet<(Org, MailboxId)>,
    /// Notifications that nobody looked after yet.
    heard: BTreeMap<(Org, MailboxId), Instant>,
    /// Workers that stand still, as far as is known.
    still: BTreeSet<(Org, usize)>,
    /// Units: notifications that were looked after.
    pub(super) count: u64,
}

impl Heed {
    pub(super) fn on(&mut self, entry: &Entry, truth: &Truth) -> Result<()> {
        match &entry.what {
            Happening::Heard { organization, worker, mailbox } => {
                let key = (*organization, *mailbox);
                let is_judged = is_served(*mailbox, truth)
                    && !truth.is_healed
                    && !self.still.contains(&(*organization, *worker));
                if self.at_ease.contains(&key) && is_judged {
                    self.heard.entry(key).or_insert(entry.at);
                }
            }
            Happening::Claimed { organization, worker, mailbox: Some(mailbox), .. } => {
                self.still.remove(&(*organization, *worker));
                let key = (*organization, *mailbox);
                self.at_ease.remove(&key);
                self.count += u64::from(self.heard.remove(&key).is_some());
            }
            Happening::Recorded { organization, mailbox: Some(mailbox), record, .. } => {
                let memory = record.mailbox.as_ref();
                if memory.is_some_and(|it| it.last_failure.is_none() && it.not_before.is_none()) {
                    self.at_ease.insert((*organization, *mailbox));
                }
            }
            // Whoever was about to look may be held up, or gone.
            Happening::Worker { organization, worker, what } => {
                if *what == WorkerLife::Paused {
                    self.still.insert((*organization, *worker));
                }
                self.forget(*organization);
            }
            Happening::Ledger { organization, .. }
            | Happening::Restored { organization, .. }
            | Happening::Clock { organization, .. }
            | Happening::Setting { organization, .. }
            | Happening::Mailbox { organization, .. } => self.forget(*organization),
            Happening::Fault { kind: LEDGER_FAILS, .. } | Happening::Healed => {
                self.heard.clear();
                self.at_ease.clear();
            }
            _ => {}
        }
        let late = self.heard.iter().find(|(_, at)| entry.at.since(**at) > LOOKED_AT_WITHIN);
        if let Some(((_, mailbox), at)) = late {
            ensure!(
                false,
                "a notification about {mailbox} was accepted at {at}, and nobody looked"
            );
        }
        Ok(())
    }

    fn forget(&mut self, organization: Org) {
        self.heard.retain(|(org, _), _| *org != organization);
        self.at_ease.retain(|(org, _)| *org != organization);
    }
}

/// Whether the mailbox is served, and was when the organization was last read. A restored CRM may
/// have it disabled, as it was then.
fn is_served(mailbox: MailboxId, truth: &Truth) -> bool {
    let Some(user) = truth.owners.get(&mailbox) else { return false };
    let known = truth.now.minus(truth.longest_cycle() * 2);
    let is_enabled = truth
        .places
        .get(user)
        .is_some_and(|place| !place.is_disabled && !Truth::is_since(place.toggled, known));
    is_enabled && truth.home(user).is_some_and(|home| home.restored.is_none())
}
