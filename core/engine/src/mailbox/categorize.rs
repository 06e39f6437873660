//! The mailbox side of one item: adding and removing categories, atomically.

use super::{
    Cycle,
    apply::{Side, Stop},
};
use crate::EngineError;
use earmark_mailbox_port::{CategoryWrite, Detail, ItemRead};
use earmark_model::{CategoryName, Failure, FailureClass, ObservedItem};
use earmark_tracking::{Effect, record::Confirmed};

/// Units: times that a write is based on a fresh read before the item waits for the next cycle.
const FRESH_READS_MAX: usize = 4;

impl Cycle<'_> {
    /// Carries out one category effect, reading the item afresh where somebody else was quicker.
    pub(super) async fn categorize(
        &self,
        item: &mut ObservedItem,
        effect: &Effect,
    ) -> Result<Confirmed, Stop> {
        let fail = |failure| Stop::Failed(Side::Mailbox, effect.clone(), failure);
        for _ in 0..FRESH_READS_MAX {
            let (add, remove) = self.names_to_change(item, effect).await.map_err(fail)?;
            let base = item.version.clone();
            let written = self
                .mailbox
                .change_categories(item.kind, &item.handle, &add, &remove, &base)
                .await
                .map_err(fail)?;
            match written {
                CategoryWrite::Done(result) => {
                    item.version = result.clone();
                    return Ok(Confirmed::Categories { base, result });
                }
                CategoryWrite::Gone => return Err(fail(gone())),
                CategoryWrite::Stale => {
                    let read = self.mailbox.item(item.kind, &item.handle, Detail::Summary).await;
                    match read.map_err(fail)? {
                        ItemRead::Found { item: fresh, .. } => {
                            if !remove.is_empty() && self.may_be_renamed(item, &fresh)
                                || *effect == Effect::RemoveUndeliverable
                                    && self.is_taken_off(item, &fresh)
                            {
                                return Err(fail(kept_changing()));
                            }
                            *item = fresh;
                        }
                        ItemRead::Gone => return Err(fail(gone())),
                    }
                }
            }
        }
        Err(fail(kept_changing()))
    }

    /// Whether the category left the item since it was read, and a name is on it that was not in the
    /// list of categories then: it may be the same category under a new name. Only the list tells,
    /// and the next cycle reads it first.
    pub(super) fn may_be_renamed(&self, before: &ObservedItem, fresh: &ObservedItem) -> bool {
        let names = self.names();
        let ours = names.to_sweep();
        let is_new = |category: &String| {
            let is_listed = is_any(category, &names.of_others) || is_any(category, &ours);
            !is_listed && !names.undeliverable.as_ref().is_some_and(|name| name.is_same(category))
        };
        self.is_taken_off(before, fresh) && fresh.categories.iter().any(is_new)
    }

    /// Whether the category left the item since it was read. A write of ours on top of that would
    /// look as if we had taken it off.
    fn is_taken_off(&self, before: &ObservedItem, fresh: &ObservedItem) -> bool {
        let ours = self.names().to_sweep();
        bears_any(before, &ours) && !bears_any(fresh, &ours)
    }

    async fn names_to_change(
        &self,
        item: &ObservedItem,
        effect: &Effect,
    ) -> Result<(Vec<CategoryName>, Vec<CategoryName>), Failure> {
        let names = self.names();
        let current = names.current.clone();
        // Every name that the entry ever had comes off, unless another entry bears it now.
        let ours: Vec<CategoryName> = names
            .to_sweep()
            .into_iter()
            .filter(|name| item.categories.iter().any(|category| name.is_same(category)))
            .collect();
        Ok(match effect {
            Effect::AddCategory => {
                let stale = ours.into_iter().filter(|name| Some(name) != current.as_ref());
                (current.clone().into_iter().collect(), stale.collect())
            }
            // All of them: it may bear one that it was not yet read with.
            Effect::RemoveCategory => (Vec::new(), names.to_sweep()),
            Effect::MarkUndeliverable => {
                let entry = self.undeliverable_entry().await.map_err(as_failure)?;
                (vec![entry.name], ours)
            }
            Effect::RemoveUndeliverable => (Vec::new(), names.undeliverable.into_iter().collect()),
            Effect::Track { .. }
            | Effect::SetRegarding(_)
            | Effect::Update
            | Effect::TakeOver
            | Effect::PutBackLink
            | Effect::Unlink => (Vec::new(), Vec::new()),
        })
    }
}

fn bears_any(item: &ObservedItem, names: &[CategoryName]) -> bool {
    item.categories.iter().any(|category| is_any(category, names))
}

fn is_any(category: &str, names: &[CategoryName]) -> bool {
    names.iter().any(|name| name.is_same(category))
}

pub(super) fn gone() -> Failure {
    Failure::new(FailureClass::ItemGone, "ItemGone", "the item left the mailbox meanwhile")
}

pub(super) fn kept_changing() -> Failure {
    Failure::new(FailureClass::Conflict, "Stale", "the item kept changing while it was written to")
}

fn as_failure(error: EngineError) -> Failure {
    match error {
        EngineError::Outside(failure) => failure,
        other => Failure::new(FailureClass::Bug, "Ledger", other.to_string()),
    }
}
