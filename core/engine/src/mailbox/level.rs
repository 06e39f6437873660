//! Reading by id what the level did not show, each kind from its own part of the mailbox.

use super::{
    Cycle,
    observe::Readings,
    scope::{kind_in, scope_of},
};
use crate::EngineError;
use earmark_mailbox_port::{Detail, ItemRead, Scope};
use earmark_model::{
    Baseline, CrmSide, Failure, FailureClass, ItemHandle, ItemKind, ItemState, Link, ObservedItem,
    UndeliverableMark, limits,
};
use earmark_tracking::{booking, fields};
use std::collections::{BTreeMap, BTreeSet};

/// The kinds that a person's wish may be about.
const KINDS: [ItemKind; 3] = [ItemKind::Email, ItemKind::Appointment, ItemKind::Task];

impl Cycle<'_> {
    /// Reads every bearer of a part that is swept in each cycle. Answers whether it did.
    pub(super) async fn sweep_part(
        &mut self,
        scope: Scope,
        readings: &mut Readings,
    ) -> Result<bool, EngineError> {
        if !self.settings.track_categorized_items {
            return Ok(false);
        }
        let bearers = self.mailbox.bearing(scope, &self.names().to_sweep()).await;
        match self.or_empty(bearers) {
            Ok(bearers) => {
                let read = bearers.into_iter().map(|item| (item.handle.clone(), Some(item)));
                readings.extend(read);
                Ok(true)
            }
            Err(failure) => {
                self.freeze(scope, failure)?;
                Ok(false)
            }
        }
    }

    /// Reads links that were not seen and of which something is expected.
    pub(super) async fn read_missing(
        &mut self,
        readings: &mut Readings,
        swept: &BTreeSet<Scope>,
    ) -> Result<(), EngineError> {
        for (scope, handles) in self.missing(readings, swept) {
            for chunk in handles.chunks(limits::SWEEP_EACH_CYCLE_MAX) {
                let read = self.mailbox.items(kind_in(scope), chunk).await;
                match self.or_empty(read) {
                    Ok(read) => {
                        let read = read.into_iter().map(found).chain(std::iter::repeat(None));
                        readings.extend(chunk.iter().cloned().zip(read));
                    }
                    Err(failure) => {
                        self.freeze(scope, failure)?;
                        break;
                    }
                }
            }
        }
        self.read_unidentified(readings).await
    }

    fn missing(
        &self,
        readings: &Readings,
        swept: &BTreeSet<Scope>,
    ) -> BTreeMap<Scope, Vec<ItemHandle>> {
        let all = self.full || self.first_sweep_after_switch_on;
        let lost_series = self.lost_series(readings);
        let mut missing: BTreeMap<Scope, Vec<ItemHandle>> = BTreeMap::new();
        for link in self.links.values() {
            let handle = &link.key.handle;
            let scope = scope_of(link.kind);
            if readings.contains_key(handle) || self.is_frozen(link) || is_unidentified(link) {
                continue;
            }
            let expected = (swept.contains(&scope) && bore_category(link)) || is_followed(link);
            let expected = expected && !self.is_like_its_series(link, readings);
            let expected = expected || self.is_doubted(link) || (all && is_known(link));
            if waits(link) || expected || lost_series.contains(handle) {
                missing.entry(scope).or_default().push(handle.clone());
            }
        }
        missing
    }

    /// It was tracked, and was not found of late: a server may not show it for a while. It is looked
    /// at until that it is gone is believed, because nothing else tells that it is there without
    /// the category.
    fn is_doubted(&self, link: &Link) -> bool {
        link.state == ItemState::SourceGone
            && link.crm == CrmSide::Linked
            && self.now().since(link.changed_at) < limits::MISSING_BELIEVED_AFTER
    }

    /// What a person asked for before it was ever read may be of another kind than was noted down.
    async fn read_unidentified(&mut self, readings: &mut Readings) -> Result<(), EngineError> {
        let asked: BTreeMap<ItemHandle, ItemKind> = self
            .links
            .values()
            .filter(|link| is_unidentified(link) && !readings.contains_key(&link.key.handle))
            .map(|link| (link.key.handle.clone(), link.kind))
            .collect();
        let mut by_kind: BTreeMap<Scope, Vec<ItemHandle>> = BTreeMap::new();
        for (handle, kind) in &asked {
            by_kind.entry(scope_of(*kind)).or_default().push(handle.clone());
        }
        let mut elsewhere = Vec::new();
        for (scope, handles) in by_kind {
            let kind = kind_in(scope);
            match self.mailbox.items(kind, &handles).await {
                Ok(read) => {
                    for (handle, item) in handles.into_iter().zip(read) {
                        match found(item) {
                            Some(item) => drop(readings.insert(handle, Some(item))),
                            None => elsewhere.push((handle, Some(kind))),
                        }
                    }
                }
                Err(failure) if is_about_ids(&failure) => {
                    elsewhere.extend(handles.into_iter().map(|handle| (handle, None)));
                }
                Err(failure) => self.freeze(scope, failure)?,
            }
        }
        for (handle, missing_as) in elsewhere {
            self.find_kind(handle, missing_as, readings).await?;
        }
        Ok(())
    }

    /// Looks for an item among all kinds. Only what every part was read for is gone.
    async fn find_kind(
        &mut self,
        handle: ItemHandle,
        missing_as: Option<ItemKind>,
        readings: &mut Readings,
    ) -> Result<(), EngineError> {
        let scopes = self.engine.scopes();
        let mut gone = true;
        for kind in KINDS.into_iter().filter(|kind| Some(*kind) != missing_as) {
            let scope = scope_of(kind);
            if !scopes.contains(&scope) {
                continue;
            }
            match self.mailbox.item(kind, &handle, Detail::Summary).await {
                Ok(ItemRead::Found { item, .. }) => {
                    readings.insert(handle, Some(item));
                    return Ok(());
                }
                Ok(ItemRead::Gone) => {}
                // An id of another kind may make no sense here; nonsense proves nothing.
                Err(failure) if is_about_ids(&failure) => {
                    gone &= failure.class != FailureClass::Bug;
                }
                Err(failure) => {
                    self.freeze(scope, failure)?;
                    gone = false;
                }
            }
        }
        if gone {
            readings.insert(handle, None);
        }
        Ok(())
    }
}

fn found(read: ItemRead) -> Option<ObservedItem> {
    match read {
        ItemRead::Found { item, .. } => Some(item),
        ItemRead::Gone => None,
    }
}

/// The server understood the request and cannot do anything with the id.
pub(crate) fn is_about_ids(failure: &Failure) -> bool {
    match failure.class {
        FailureClass::ItemGone
        | FailureClass::Refused
        | FailureClass::Unacceptable { .. }
        | FailureClass::Bug => true,
        FailureClass::Throttled { .. }
        | FailureClass::Timeout
        | FailureClass::Unavailable
        | FailureClass::CheckpointExpired
        | FailureClass::Conflict
        | FailureClass::ScopeUnreadable
        | FailureClass::RecordGone
        | FailureClass::Unauthenticated => false,
    }
}

/// A wish was stored for the item, or the CRM has it linked, and it was never read.
fn is_unidentified(link: &Link) -> bool {
    (link.request.is_some() || link.crm == CrmSide::Linked)
        && link.source_key.is_none()
        && link.linked_at.is_none()
        && link.reason.is_empty()
}

/// Something is owed to the link, whatever the level says.
fn waits(link: &Link) -> bool {
    link.request.is_some()
        || link.owes_category
        || link.undeliverable == UndeliverableMark::Intended
        || matches!(link.state, ItemState::Pending | ItemState::Retrying | ItemState::Held)
        || link.edits.is_open()
        || (link.baseline == Baseline::Tracked && link.crm != CrmSide::Linked)
}

/// The item bore the category when it was last looked at.
fn bore_category(link: &Link) -> bool {
    (link.baseline == Baseline::Tracked && !link.uncategorized)
        || link.ignored
        || booking::waits(link)
}

/// The changes of the item go on to its record, whether it bears the category or not.
fn is_followed(link: &Link) -> bool {
    fields::follows(link.kind) && link.baseline == Baseline::Tracked && link.crm == CrmSide::Linked
}

fn is_known(link: &Link) -> bool {
    link.baseline == Baseline::Tracked || link.crm == CrmSide::Linked
}
