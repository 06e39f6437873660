//! Reading the mailbox: the level of each part first, then what is missing from it, by id, then
//! the exceptions of series.

use super::Cycle;
use crate::EngineError;
use earmark_ledger::Record;
use earmark_mailbox_port::{Checkpoint, Scope};
use earmark_model::{
    ActivityId, Baseline, CrmSide, FailureClass, ItemHandle, ItemKind, Link, MailboxSide,
    ObservedItem, limits,
};
use earmark_tracking::{Reading, category::mailbox_side, record};
use std::collections::{BTreeMap, BTreeSet};

/// What was read: an item, or that it is gone.
pub(super) type Readings = BTreeMap<ItemHandle, Option<ObservedItem>>;

impl Cycle<'_> {
    /// Candidates of the cycle: bearers ∪ links not among them ∪ changed ∪ pending.
    pub(super) async fn observe(&mut self) -> Result<Readings, EngineError> {
        let mut readings = Readings::new();
        for item in self.changed().await? {
            readings.insert(item.handle.clone(), Some(item));
        }
        let mut swept = BTreeSet::new();
        if self.sweep(&mut readings).await? {
            swept.insert(Scope::Mail);
        }
        for scope in self.scopes_beside_mail() {
            if self.sweep_part(scope, &mut readings).await? {
                swept.insert(scope);
            }
        }
        let compares = self.full || self.first_sweep_after_switch_on || !self.missing.is_empty();
        if swept.contains(&Scope::Mail) && compares && self.crm_available {
            self.compare_links(&readings).await?;
        }
        self.read_missing(&mut readings, &swept).await?;
        self.keep_found_again(&readings);
        self.read_exceptions(&mut readings).await?;
        self.without_frozen(&mut readings);
        self.report.looked_at = readings.len() as u64;
        Ok(readings)
    }

    /// The window of changed mail: only quicker than the sweep, never instead of it.
    async fn changed(&mut self) -> Result<Vec<ObservedItem>, EngineError> {
        let checkpoint = self.memory.checkpoint.clone().map(Checkpoint);
        let mut is_lost = checkpoint.is_none();
        let page = match self.mailbox.changes(checkpoint.as_ref()).await {
            Err(failure) if failure.class == FailureClass::CheckpointExpired => {
                self.full = true;
                is_lost = true;
                self.mailbox.changes(None).await?
            }
            other => other?,
        };
        self.find_new_mail(&page, is_lost).await?;
        self.next_checkpoint = Some(page.next.0);
        let copies = self.find_copies(&page.changed).await?;
        let names = self.names();
        let wanted = |item: &ObservedItem| {
            self.links.contains_key(&item.handle)
                || names
                    .to_sweep()
                    .iter()
                    .any(|name| item.categories.iter().any(|category| name.is_same(category)))
        };
        let changed = page.changed.into_iter().filter(|item| wanted(item));
        Ok(copies.into_iter().chain(changed).collect())
    }

    /// Reads every bearer in the mail. Answers whether it did.
    async fn sweep(&mut self, readings: &mut Readings) -> Result<bool, EngineError> {
        if !self.settings.track_categorized_items || !self.sweep_is_due() {
            return Ok(false);
        }
        let names = self.names().to_sweep();
        let bearers = self.or_empty(self.mailbox.bearing(Scope::Mail, &names).await)?;
        self.memory.bearers = bearers.len() as u64;
        self.memory.swept_at = Some(self.now());
        for item in bearers {
            readings.insert(item.handle.clone(), Some(item));
        }
        Ok(true)
    }

    fn sweep_is_due(&self) -> bool {
        let Some(swept_at) = self.memory.swept_at else { return true };
        self.full
            || self.first_sweep_after_switch_on
            || self.mail_was_lost()
            || self.memory.bearers <= limits::SWEEP_EACH_CYCLE_MAX as u64
            || self.now().since(swept_at) >= limits::SWEEP_INTERVAL
    }

    /// After a loss: what the CRM has linked is compared with what the ledger believes.
    async fn compare_links(&mut self, readings: &Readings) -> Result<(), EngineError> {
        let there: BTreeMap<_, _> = self
            .crm
            .links(self.row.id)
            .await?
            .into_iter()
            .map(|(link, activity)| (link.handle, activity))
            .collect();
        let lost: Vec<_> = self
            .links
            .values()
            .filter(|link| link.crm == CrmSide::Linked)
            .filter(|link| !there.contains_key(&link.key.handle))
            .filter_map(|link| link.activity)
            .collect();
        let existing = self.crm.existing(&lost).await?;
        let mut found = Vec::new();
        for link in self.links.values_mut() {
            let linked = there.get(&link.key.handle);
            if let Some(activity) = linked {
                if link.crm != CrmSide::Linked || link.activity != Some(*activity) {
                    link.crm = CrmSide::Linked;
                    record::point_to(link, *activity);
                    found.push(link.clone());
                }
                self.missing.remove(&link.key.handle);
            } else if link.crm == CrmSide::Linked {
                let exists = link.activity.is_some_and(|activity| existing.contains(&activity));
                link.crm = if exists { CrmSide::NotLinked } else { CrmSide::RecordDeleted };
                // What somebody took away there is told by the CRM's feed.
                self.missing.insert(link.key.handle.clone());
            }
        }
        self.find_again(there, readings);
        self.keep_found(found).await
    }

    /// Records at once that items are linked: nothing need be decided about them now, as about
    /// what lies in Junk, and that is to be known when they come back. What is missing from the CRM
    /// is not recorded before it was decided about.
    async fn keep_found(&self, links: Vec<Link>) -> Result<(), EngineError> {
        if !links.is_empty() {
            let record = Record { links, ..Record::default() };
            self.engine.parts.store.commit(&self.lease, record).await?;
        }
        Ok(())
    }

    /// Items that the CRM has linked and a lost ledger does not know were tracked before.
    fn find_again(&mut self, there: BTreeMap<ItemHandle, ActivityId>, readings: &Readings) {
        let unknown: Vec<_> =
            there.into_iter().filter(|(handle, _)| !self.links.contains_key(handle)).collect();
        for (handle, activity) in unknown {
            let item = readings.get(&handle).and_then(Option::as_ref);
            // The kind of what was not read yet is found when it is.
            let kind = item.map_or(ItemKind::Email, |item| item.kind);
            let mut link = Link::new(self.key_of(&handle), kind, self.now());
            link.crm = CrmSide::Linked;
            link.activity = Some(activity);
            self.found_again.insert(handle.clone());
            self.links.insert(handle, link);
        }
    }

    /// What was found again without the category may have been tracked without it, or somebody took
    /// it off while nobody remembered: nothing is concluded. It stays tracked without its category,
    /// and the link stays. What could not be read is forgotten again.
    fn keep_found_again(&mut self, readings: &Readings) {
        let names = self.names();
        for handle in std::mem::take(&mut self.found_again) {
            let Some(item) = readings.get(&handle) else {
                self.links.remove(&handle);
                continue;
            };
            let is_without = item.as_ref().is_some_and(|item| {
                let link = self.links.get(&handle);
                mailbox_side(Reading::Found(item), link, &names, self.rules())
                    == MailboxSide::Without
            });
            if let Some(link) = self.links.get_mut(&handle).filter(|_| is_without) {
                link.baseline = Baseline::Tracked;
                link.uncategorized = true;
            }
        }
    }
}
