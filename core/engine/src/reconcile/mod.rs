//! A full comparison of mailboxes, ledger and CRM, with a report, and its repair.
//!
//! [`kind`] is every way in which the three can differ, with what a repair does about it;
//! [`picture`] reads one mailbox from all three sides; [`items`] compares item by item, pure;
//! [`beside`] compares what belongs to no item; [`doubles`] looks for two records of one source;
//! [`repair`] has the mailboxes that differ compared under the rules, and waits for that.
//!
//! Invariants: comparing changes nothing; a difference is reported only when it was seen twice, so
//! that what is under way meanwhile is none; a repair is an ordinary full cycle under the brake, it
//! deletes no record and strips no category that the rules would not.

mod beside;
mod doubles;
mod items;
mod kind;
mod picture;
mod repair;

pub use kind::{DifferenceKind, Repair};

use crate::{Engine, EngineError};
use earmark_crm_port::{MailboxRow, OrganizationSettings};
use earmark_model::{
    ActivityId, Failure, Instant, ItemHandle, ItemState, MailboxId, OrganizationId,
};
use picture::Picture;

/// One thing that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The mailbox.
    pub mailbox: MailboxId,
    /// How it differs.
    pub kind: DifferenceKind,
    /// The item; `None` where it is about the mailbox as a whole.
    pub item: Option<ItemHandle>,
    /// The record, where one is known.
    pub activity: Option<ActivityId>,
    /// The code of the reason that the ledger has for the item's state, where it knows the item.
    pub reason: Option<String>,
    /// Ids and codes that tell more, never content; empty where there is no more to tell.
    pub detail: String,
    /// Who can repair it.
    pub repair: Repair,
}

/// An item about which something is under way, so that it does not count as different.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The mailbox.
    pub mailbox: MailboxId,
    /// The item.
    pub item: ItemHandle,
    /// The record, where one is known.
    pub activity: Option<ActivityId>,
    /// How the item is shown.
    pub state: ItemState,
    /// The code of the reason.
    pub reason: String,
    /// The instant before which nothing happens by itself; `None`: the next cycle, or a person.
    pub until: Option<Instant>,
    /// Nothing happens before a person decides.
    pub needs_person: bool,
}

/// A part about which nothing can be said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// The mailbox.
    pub mailbox: MailboxId,
    /// `mailbox`, `mail`, `calendar`, `tasks`, `categories`, `subscriptions` or `crm`.
    pub part: &'static str,
    /// The other side's code.
    pub code: String,
    /// One sentence.
    pub detail: String,
}

impl Unreadable {
    fn new(mailbox: MailboxId, part: &'static str, failure: &Failure) -> Self {
        Self { mailbox, part, code: failure.code.clone(), detail: failure.detail.clone() }
    }
}

/// What a full comparison found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReconcileReport {
    /// Units: mailboxes compared.
    pub mailboxes: u64,
    /// Units: items that carry the category.
    pub bearers: u64,
    /// Units: links in the CRM.
    pub links: u64,
    /// What differs; after a repair what differs still.
    pub differences: Vec<Difference>,
    /// What differed before the repair and does not any more.
    pub repaired: Vec<Difference>,
    /// Items about which something is under way.
    pub waiting: Vec<Waiting>,
    /// What could not be read.
    pub unreadable: Vec<Unreadable>,
    /// A repair was asked for.
    pub applied: bool,
    /// Mailboxes whose repair did not end in time; it goes on by itself.
    pub unfinished: Vec<MailboxId>,
}

impl Engine {
    /// Compares every enabled mailbox, or `only` one, with ledger and CRM. With `apply` the
    /// mailboxes that differ are compared again under the rules, which repairs them; that is waited
    /// for, up to four minutes, and they are compared once more. [`Engine::run`] must be running
    /// for that.
    ///
    /// Errors: the ledger's; the CRM cannot be read at all; `only` is unknown or not enabled.
    /// Repeatable: yes.
    pub async fn reconcile(
        &self,
        organization: OrganizationId,
        only: Option<MailboxId>,
        apply: bool,
    ) -> Result<ReconcileReport, EngineError> {
        let snapshot = self.refresh(organization).await?;
        let rows = chosen(&snapshot.mailboxes, only)?;
        let mut report = self.compare_all(organization, &rows, &snapshot.settings).await?;
        report.applied = apply;
        let differing = repair::repairable(&report);
        if !apply || differing.is_empty() {
            return Ok(report);
        }
        let unfinished = self.repair(organization, &differing).await?;
        // What the CRM says about itself may have changed as well.
        let snapshot = self.refresh(organization).await?;
        let rows = chosen(&snapshot.mailboxes, only)?;
        let mut after = self.compare_all(organization, &rows, &snapshot.settings).await?;
        after.repaired = repair::repaired(report, &after);
        after.applied = true;
        after.unfinished = unfinished;
        Ok(after)
    }

    async fn compare_all(
        &self,
        organization: OrganizationId,
        rows: &[&MailboxRow],
        settings: &OrganizationSettings,
    ) -> Result<ReconcileReport, EngineError> {
        let mut report = ReconcileReport::default();
        let mut sources = doubles::Sources::default();
        for row in rows {
            let first = self.compare_once(organization, row, settings).await?;
            let (mut found, picture) = match first {
                (found, Some(picture)) if !found.differences.is_empty() => {
                    let (mut again, newer) = self.compare_once(organization, row, settings).await?;
                    again.differences.retain(|difference| found.differences.contains(difference));
                    (again, newer.or(Some(picture)))
                }
                first => first,
            };
            if let Some(picture) = picture {
                report.mailboxes += 1;
                report.bearers += picture.bearers();
                report.links += picture.links();
                sources.note(row.id, &picture);
            }
            report.differences.append(&mut found.differences);
            report.waiting.append(&mut found.waiting);
            report.unreadable.append(&mut found.unreadable);
        }
        self.find_doubles(organization, sources, &mut report).await?;
        Ok(report)
    }

    /// Compares one mailbox. Without a picture it could not be read.
    async fn compare_once(
        &self,
        organization: OrganizationId,
        row: &MailboxRow,
        settings: &OrganizationSettings,
    ) -> Result<(Found, Option<Picture>), EngineError> {
        let mut found = Found::default();
        let picture = match self.picture(organization, row, settings, &mut found).await {
            Ok(picture) => picture,
            Err(EngineError::Outside(failure)) => {
                found.differences.clear();
                found.unreadable.push(Unreadable::new(row.id, "mailbox", &failure));
                return Ok((found, None));
            }
            Err(error) => return Err(error),
        };
        items::compare(&picture, &self.parts.rules, &mut found);
        self.compare_beside(organization, row, &picture, &mut found).await?;
        Ok((found, Some(picture)))
    }
}

/// What one comparison of one mailbox found.
#[derive(Debug, Default)]
struct Found {
    differences: Vec<Difference>,
    waiting: Vec<Waiting>,
    unreadable: Vec<Unreadable>,
}

fn chosen(
    mailboxes: &[MailboxRow],
    only: Option<MailboxId>,
) -> Result<Vec<&MailboxRow>, EngineError> {
    let Some(only) = only else {
        return Ok(mailboxes.iter().filter(|row| row.is_enabled).collect());
    };
    let row = mailboxes.iter().find(|row| row.id == only).ok_or(EngineError::UnknownMailbox)?;
    if !row.is_enabled {
        return Err(EngineError::NotEnabled(row.disabled_because.clone().unwrap_or_default()));
    }
    Ok(vec![row])
}
