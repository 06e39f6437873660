//! Having the mailboxes that differ compared under the rules, and waiting for it.

use super::{Difference, DifferenceKind, ReconcileReport, Repair};
use crate::{Engine, EngineError};
use earmark_ledger::Unit;
use earmark_model::{MailboxId, OrganizationId};
use std::{collections::BTreeSet, time::Duration};
use tokio::sync::broadcast::error::RecvError;

/// How long a repair is waited for. The command waits five minutes for the answer.
const WAIT: Duration = Duration::from_secs(4 * 60);

/// Mailboxes in which the rules can do something: repair, or hold what only a person can decide.
pub(super) fn repairable(report: &ReconcileReport) -> BTreeSet<MailboxId> {
    let acts = |difference: &&Difference| {
        difference.repair == Repair::Apply
            || matches!(
                difference.kind,
                DifferenceKind::LinkMissing | DifferenceKind::RecordMissing
            )
    };
    report.differences.iter().filter(acts).map(|difference| difference.mailbox).collect()
}

/// What differed before and does not any more, nor waits for anything.
pub(super) fn repaired(before: ReconcileReport, after: &ReconcileReport) -> Vec<Difference> {
    let differs = |difference: &Difference| {
        after.differences.iter().any(|left| {
            (left.mailbox, &left.item, left.kind)
                == (difference.mailbox, &difference.item, difference.kind)
        })
    };
    let waits = |difference: &Difference| {
        after.waiting.iter().any(|waiting| {
            waiting.mailbox == difference.mailbox && difference.item.as_ref() == Some(&waiting.item)
        })
    };
    let unread = |difference: &Difference| {
        after.unreadable.iter().any(|part| part.mailbox == difference.mailbox)
    };
    let mut gone = before.differences;
    gone.retain(|difference| !differs(difference) && !waits(difference) && !unread(difference));
    gone
}

impl Engine {
    /// Makes one full cycle of each mailbox due, after one of the organization, and waits for them.
    /// Answers those that did not end in time.
    pub(super) async fn repair(
        &self,
        organization: OrganizationId,
        mailboxes: &BTreeSet<MailboxId>,
    ) -> Result<Vec<MailboxId>, EngineError> {
        let mut done = self.done.subscribe();
        let asked = self.now();
        // What people did in the CRM is told by its feed, and is not missing.
        self.wake_unit(organization, Unit::Organization).await;
        let units = self.parts.store.units(organization).await?;
        let mut open = BTreeSet::new();
        let mut unfinished = Vec::new();
        for mailbox in mailboxes {
            self.compare_fully(organization, *mailbox);
            self.push.notes((organization, *mailbox), |notes| notes.is_complete = false);
            self.end_lost_subscriptions(organization, *mailbox).await?;
            self.wake(organization, *mailbox).await;
            let unit = units.iter().find(|unit| unit.unit == Unit::Mailbox(*mailbox));
            let is_paused = unit.is_none_or(|unit| unit.due.is_none() && unit.held_by.is_none());
            if is_paused {
                unfinished.push(*mailbox);
            } else {
                open.insert(*mailbox);
            }
        }
        let waiting = async {
            while !open.is_empty() {
                match done.recv().await {
                    Ok(cycle) => {
                        let is_ours = cycle.organization == organization && cycle.started >= asked;
                        if is_ours && cycle.is_whole && !cycle.report.is_unfinished {
                            open.remove(&cycle.mailbox);
                        }
                    }
                    // Which ones ended was lost; the second comparison shows what is left.
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return,
                }
            }
        };
        // Whatever did not end in time goes on by itself.
        let _ = tokio::time::timeout(WAIT, waiting).await;
        unfinished.extend(open);
        Ok(unfinished)
    }

    /// The next cycle makes anew what the server does not have any more.
    async fn end_lost_subscriptions(
        &self,
        organization: OrganizationId,
        mailbox: MailboxId,
    ) -> Result<(), EngineError> {
        let Some(push) = self.parts.settings.push.as_ref().filter(|_| self.has_push()) else {
            return Ok(());
        };
        let known = self.snapshot(organization).await?;
        let Some(row) = known.mailboxes.iter().find(|row| row.id == mailbox) else {
            return Ok(());
        };
        let Ok(there) = self.opened(row).subscriptions(&push.url).await else { return Ok(()) };
        for row in self.parts.store.subscriptions(organization, Some(mailbox)).await? {
            if !there.iter().any(|one| one.id == row.id) {
                self.push.notes((organization, mailbox), |notes| notes.removed.insert(row.id));
            }
        }
        Ok(())
    }
}
