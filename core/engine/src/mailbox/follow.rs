//! What goes on after an item was tracked: its changes reach the record, its task carries the id.

use super::{
    Cycle,
    apply::{Side, Stop},
    categorize, fields,
    observe::Readings,
    promote::{Recalled, circuit_open},
};
use crate::EngineError;
use earmark_mailbox_port::{CategoryWrite, Detail, ItemRead};
use earmark_model::{
    ActivityId, Baseline, Failure, FailureClass, ItemContent, ItemHandle, Link, ObservedItem,
    Version,
};
use earmark_tracking::{
    Decision, Effect, Reason,
    fields::{asks_for_source, comes_back, field_source},
    record::Confirmed,
};
use std::collections::{BTreeMap, BTreeSet};

impl Cycle<'_> {
    /// The items whose link is the one that gives its record the fields; asked only for those
    /// where it matters now.
    pub(super) async fn field_sources(
        &self,
        readings: &Readings,
    ) -> Result<BTreeSet<ItemHandle>, EngineError> {
        let asked = readings.iter().filter_map(|(handle, item)| {
            let link = self.links.get(handle)?;
            let asks = asks_for_source(item.as_ref()?, link);
            link.activity.filter(|_| asks).map(|activity| (activity, handle))
        });
        let mut by_record: BTreeMap<ActivityId, Vec<&ItemHandle>> = BTreeMap::new();
        for (activity, handle) in asked {
            by_record.entry(activity).or_default().push(handle);
        }
        if by_record.is_empty() {
            return Ok(BTreeSet::new());
        }
        let store = &self.engine.parts.store;
        let activities = by_record.keys().copied().collect();
        let mut links: BTreeMap<ActivityId, Vec<Link>> = BTreeMap::new();
        for stored in store.links_to(self.lease.organization, activities).await? {
            // Of its own links the cycle knows more than was recorded.
            let own = self.links.get(&stored.key.handle).filter(|own| own.key == stored.key);
            let mut link = own.cloned().unwrap_or(stored);
            // What is back where it was counts as it will once that is recorded.
            let is_there = readings.get(&link.key.handle).is_some_and(Option::is_some);
            if is_there && own.is_some_and(comes_back) {
                link.baseline = Baseline::Tracked;
            }
            if let Some(activity) = link.activity {
                links.entry(activity).or_default().push(link);
            }
        }
        let mut sources = BTreeSet::new();
        for (activity, handles) in by_record {
            let links = links.get(&activity).map_or(&[][..], Vec::as_slice);
            let source = field_source(links, self.rules());
            let here = source.filter(|source| source.mailbox == self.row.id);
            sources.extend(
                handles
                    .into_iter()
                    .filter(|handle| here.is_some_and(|source| source.handle == **handle)),
            );
        }
        Ok(sources.into_iter().cloned().collect())
    }

    /// Reads the item's fields and carries over what was changed on one side; or only takes note of
    /// them.
    pub(super) async fn follow(
        &self,
        item: &mut ObservedItem,
        link: &mut Link,
        decision: &mut Decision,
        effect: &Effect,
    ) -> Result<Confirmed, Stop> {
        if self.crm_is_down() {
            return Err(Stop::Failed(Side::Crm, effect.clone(), circuit_open()));
        }
        let fail = |failure| Stop::Failed(Side::Mailbox, effect.clone(), failure);
        let read = self.mailbox.item(item.kind, &item.handle, Detail::Content).await;
        let ItemRead::Found { item: fresh, content: Some(content) } = read.map_err(fail)? else {
            return Err(fail(categorize::gone()));
        };
        let version = version_read(item, &fresh);
        *item = fresh;
        note_zone(link, &content);
        let hash = fields::hash(&content);
        if matches!(effect, Effect::TakeOver) {
            let compared = self.as_the_record(item, &content, link, effect).await?;
            return Ok(Confirmed::Merged { version, hash: Some(hash), compared, is_held: false });
        }
        if link.synced_hash == Some(hash) && !link.edits.is_open() {
            if decision.reason == Reason::FieldsUpdated {
                decision.came_to_nothing();
            }
            return Ok(Confirmed::Fields { version, hash, compared: None });
        }
        self.merge(item, *content, link, decision, effect).await
    }

    /// Leaves the id of its record on a task. A change by somebody else in the same moment is not
    /// taken for ours: the version that the write made is looked at like any other.
    pub(super) async fn put_back_link(
        &self,
        item: &mut ObservedItem,
        link: &Link,
        recalled: Option<&Recalled>,
        effect: &Effect,
    ) -> Result<Confirmed, Stop> {
        let fail = |failure| Stop::Failed(Side::Mailbox, effect.clone(), failure);
        let Some(activity) = link.activity else { return Err(fail(no_record())) };
        let carried = recalled.and_then(|recalled| match &recalled.content {
            ItemContent::Task(task) => task.back_link,
            ItemContent::Message(_) | ItemContent::Appointment(_) => None,
        });
        if carried == Some(activity) {
            return Ok(Confirmed::BackLinked);
        }
        match self.mailbox.put_back_link(&item.handle, activity).await.map_err(fail)? {
            CategoryWrite::Done(version) => {
                item.version = version;
                Ok(Confirmed::BackLinked)
            }
            CategoryWrite::Gone => Err(fail(categorize::gone())),
            CategoryWrite::Stale => Err(fail(categorize::kept_changing())),
        }
    }
}

/// The version that is dealt with after `fresh` was read. Of a series that is the one before which
/// its exceptions were read.
pub(super) fn version_read(observed: &ObservedItem, fresh: &ObservedItem) -> Version {
    if fresh.is_series { observed.version.clone() } else { fresh.version.clone() }
}

/// Stores the zone of a calendar item with its link.
pub(super) fn note_zone(link: &mut Link, content: &ItemContent) {
    if let ItemContent::Appointment(appointment) = content {
        link.time_zone = Some(appointment.time_zone.clone());
    }
}

pub(super) fn no_record() -> Failure {
    Failure::new(FailureClass::Bug, "NoRecord", "the link names no record")
}
