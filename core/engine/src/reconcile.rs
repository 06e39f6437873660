//! A full comparison of mailboxes, ledger and CRM, with a report.

use crate::{Engine, EngineError, mailbox::scope::scope_of};
use earmark_ledger::Unit;
use earmark_mailbox_port::Scope;
use earmark_model::{
    ActivityId, Baseline, CategoryName, CrmSide, FailureClass, ItemHandle, Link, MailboxId,
    OrganizationId,
};
use earmark_tracking::series::Series;
use std::collections::{BTreeMap, BTreeSet};

/// How one item differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DifferenceKind {
    /// Bears the category and is not linked in the CRM.
    BearerNotLinked,
    /// Linked in the CRM, and the ledger does not know.
    LinkUnknown,
    /// The ledger believes it is linked, and the CRM has no such link.
    LinkMissing,
    /// Tracked, and the category is not on the item.
    CategoryMissing,
}

impl DifferenceKind {
    /// The word used in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BearerNotLinked => "bearer_not_linked",
            Self::LinkUnknown => "link_unknown",
            Self::LinkMissing => "link_missing",
            Self::CategoryMissing => "category_missing",
        }
    }
}

/// One item that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Its mailbox.
    pub mailbox: MailboxId,
    /// The item.
    pub handle: ItemHandle,
    /// How.
    pub kind: DifferenceKind,
    /// The record, where one is known.
    pub activity: Option<ActivityId>,
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
    /// What differs.
    pub differences: Vec<Difference>,
    /// Mailboxes that could not be read, whole or in part, with the code of the failure.
    pub unreadable: Vec<(MailboxId, String)>,
    /// The mailboxes that differ were made due for a full comparison under the rules.
    pub applied: bool,
}

impl Engine {
    /// Compares every enabled mailbox with ledger and CRM. With `apply` the mailboxes that
    /// differ are compared again in their next cycle, which is due at once and repairs them by
    /// the rules, under the brake. Repeatable: yes.
    pub async fn reconcile(
        &self,
        organization: OrganizationId,
        apply: bool,
    ) -> Result<ReconcileReport, EngineError> {
        let snapshot = self.refresh(organization).await?;
        let mut report = ReconcileReport { applied: apply, ..ReconcileReport::default() };
        for row in snapshot.mailboxes.iter().filter(|row| row.is_enabled) {
            match self.compare(organization, row, &mut report).await {
                Ok(differs) if apply && differs => {
                    self.compare_fully(organization, row.id);
                    self.wake_unit(organization, Unit::Mailbox(row.id)).await;
                }
                Ok(_) => {}
                Err(EngineError::Outside(failure)) => {
                    report.unreadable.push((row.id, failure.code));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(report)
    }

    async fn compare(
        &self,
        organization: OrganizationId,
        row: &earmark_crm_port::MailboxRow,
        report: &mut ReconcileReport,
    ) -> Result<bool, EngineError> {
        let crm = self.crm(organization).ok_or(EngineError::UnknownMailbox)?;
        let store = &self.parts.store;
        let memory = store.mailbox(organization, row.id).await?;
        let names: Vec<CategoryName> = match &memory.tracked {
            Some(entry) => {
                std::iter::once(&entry.name).chain(&entry.previous_names).cloned().collect()
            }
            None => vec![self.parts.settings.tracked_name.clone()],
        };
        let mailbox = self.parts.mailboxes.open(&row.address);
        let mut bearers: BTreeSet<ItemHandle> = BTreeSet::new();
        let mut unreadable = BTreeSet::new();
        for scope in self.scopes() {
            match mailbox.bearing(scope, &names).await {
                Ok(items) => bearers.extend(items.into_iter().map(|item| item.handle)),
                // Nothing is said about a part that cannot be read; the others are compared.
                Err(failure)
                    if scope != Scope::Mail && failure.class == FailureClass::ScopeUnreadable =>
                {
                    report.unreadable.push((row.id, failure.code));
                    unreadable.insert(scope);
                }
                Err(failure) => return Err(failure.into()),
            }
        }
        let linked: BTreeMap<ItemHandle, ActivityId> = crm
            .links(row.id)
            .await?
            .into_iter()
            .map(|(link, activity)| (link.handle, activity))
            .collect();
        let known: BTreeMap<ItemHandle, Link> = store
            .links(organization, row.id)
            .await?
            .into_iter()
            .map(|link| (link.key.handle.clone(), link))
            .collect();
        report.mailboxes += 1;
        report.bearers += bearers.len() as u64;
        report.links += linked.len() as u64;
        let mut found = differences(row.id, &bearers, &linked, &known);
        found.retain(|difference| {
            let link = known.get(&difference.handle);
            !link.is_some_and(|link| unreadable.contains(&scope_of(link.kind)))
        });
        let differs = !found.is_empty();
        report.differences.extend(found);
        Ok(differs)
    }
}

fn differences(
    mailbox: MailboxId,
    bearers: &BTreeSet<ItemHandle>,
    linked: &BTreeMap<ItemHandle, ActivityId>,
    known: &BTreeMap<ItemHandle, Link>,
) -> Vec<Difference> {
    let handles: BTreeSet<&ItemHandle> =
        bearers.iter().chain(linked.keys()).chain(known.keys()).collect();
    let mut found = Vec::new();
    for handle in handles {
        let link = known.get(handle);
        let activity = linked.get(handle).copied().or_else(|| link.and_then(|link| link.activity));
        let mut add = |kind| {
            found.push(Difference { mailbox, handle: handle.clone(), kind, activity });
        };
        let bears = bearers.contains(handle);
        let is_linked = linked.contains_key(handle);
        if bears && !is_linked && !link.is_some_and(|link| link.ignored) {
            add(DifferenceKind::BearerNotLinked);
        }
        if is_linked && link.is_none_or(|link| link.crm != CrmSide::Linked) {
            add(DifferenceKind::LinkUnknown);
        }
        if !is_linked && link.is_some_and(|link| link.crm == CrmSide::Linked) {
            add(DifferenceKind::LinkMissing);
        }
        let tracked = |link: &Link| {
            link.baseline == Baseline::Tracked && !link.uncategorized && !inherits(link, known)
        };
        if !bears && link.is_some_and(tracked) {
            add(DifferenceKind::CategoryMissing);
        }
    }
    found
}

/// An exception that has the category of its series bears none itself.
fn inherits(link: &Link, known: &BTreeMap<ItemHandle, Link>) -> bool {
    let series = link.series.as_ref().filter(|_| !link.seen_bearing);
    series.is_some_and(|member| Series::of(known.get(&member.master)) == Series::Tracked)
}
