//! Recording what was confirmed.

use super::{Cycle, apply::Applied};
use crate::EngineError;
use earmark_ledger::{HeldDecision, HistoryEntry, Record, SweptLink};
use earmark_model::{
    Baseline, CrmSide, Instant, ItemHandle, ItemState, Link, RequestOrigin, SyncedField, Version,
};
use earmark_tracking::{Reason, TombstoneChange, history};
use std::collections::BTreeMap;

/// One chunk, ready to be committed.
pub(super) struct Saved {
    pub(super) record: Record,
    pub(super) tracked: u64,
    pub(super) untracked: u64,
    pub(super) failed: u64,
    released: Vec<ItemHandle>,
    series_due: Vec<(ItemHandle, Version)>,
    /// Items for which something changed in the CRM.
    in_crm: Vec<ItemHandle>,
    is_partial: bool,
}

impl Saved {
    pub(super) fn from(
        applied: Vec<Applied>,
        held: &BTreeMap<ItemHandle, HeldDecision>,
        is_partial: bool,
        now: Instant,
    ) -> Self {
        let mut saved = Self {
            record: Record::default(),
            tracked: 0,
            untracked: 0,
            failed: 0,
            released: Vec::new(),
            series_due: Vec::new(),
            in_crm: Vec::new(),
            is_partial,
        };
        for item in applied {
            saved.add(item, held, now);
        }
        saved
    }

    fn add(&mut self, item: Applied, held: &BTreeMap<ItemHandle, HeldDecision>, now: Instant) {
        let Applied { before, link, tombstone, epoch, expected, served, ended, failed, series_due } =
            item;
        let was = before.as_ref().map_or(Baseline::Untracked, |before| before.baseline);
        match (was, link.baseline) {
            (Baseline::Untracked, Baseline::Tracked) => self.tracked += 1,
            (Baseline::Tracked, Baseline::Untracked) => self.untracked += 1,
            _ => {}
        }
        self.series_due.extend(series_due.map(|version| (link.key.handle.clone(), version)));
        self.failed += u64::from(failed.is_some());
        if failed.is_none() && has_changed_crm(before.as_ref(), &link) {
            self.in_crm.push(link.key.handle.clone());
        }
        match tombstone {
            Some((TombstoneChange::Write, stone)) => self.record.tombstones.push(stone),
            Some((TombstoneChange::Clear, stone)) => self.record.tombstones_cleared.push(stone),
            Some((TombstoneChange::Keep, _)) | None => {}
        }
        self.record.epochs.extend(epoch);
        self.record.expected.extend(expected);
        self.record.served.extend(served.map(|at| (link.key.clone(), at)));
        if let Some(by_user) = ended {
            self.record.endings.push(SweptLink { key: link.key.clone(), at: now, by_user });
        }
        match held.get(&link.key.handle) {
            Some(decision) if link.state == ItemState::Held || sleeps(decision, &link) => {
                self.record.held.push(decision.clone());
            }
            Some(_) => {
                self.record.released.push(link.key.clone());
                self.released.push(link.key.handle.clone());
            }
            None => {}
        }
        if before.as_ref().is_none_or(|before| is_news(before, &link)) {
            self.record.history.push(entry(before.as_ref(), &link, self.is_partial, now));
        }
        if before.as_ref() != Some(&link) {
            self.record.links.push(link);
        }
    }
}

/// The switch is off: what waits for a person goes on waiting, and is shown as dormant.
fn sleeps(held: &HeldDecision, link: &Link) -> bool {
    held.reason == HeldDecision::MISSING_IN_CRM
        && link.state == ItemState::Dormant
        && link.crm != CrmSide::Linked
}

/// Whether the item was linked, unlinked, or gave its record new fields.
fn has_changed_crm(before: Option<&Link>, after: &Link) -> bool {
    let was = before.is_some_and(|before| before.crm == CrmSide::Linked);
    match after.crm {
        CrmSide::Linked => {
            let known = before.and_then(|before| before.synced_hash);
            !was || (after.synced_hash.is_some() && after.synced_hash != known)
        }
        CrmSide::NotLinked => was,
        CrmSide::RecordDeleted => false,
    }
}

fn is_news(before: &Link, after: &Link) -> bool {
    // The failed attempt said that there will be another.
    let only_waits = after.reason == Reason::WaitingForRetry.code() && before.state == after.state;
    if only_waits {
        return false;
    }
    before.state != after.state
        || before.reason != after.reason
        || before.attempts != after.attempts
        || before.activity != after.activity
        || is_cut(before, after)
        || has_written(before, after)
        || has_carried_over(before, after)
}

/// The item's categories were written once more, which leads to the state that was there before.
fn has_written(before: &Link, after: &Link) -> bool {
    before.own_write != after.own_write
        && after.own_write.as_ref().is_some_and(|write| write.result.is_some())
}

/// Fields of the item or of its record were written once more, which leads to the state that was
/// there before. A closed record leaves the item's hash as it was, but not what is known of what
/// was written to the item.
fn has_carried_over(before: &Link, after: &Link) -> bool {
    let is_other = before.synced_hash.is_some()
        && after.synced_hash.is_some_and(|hash| before.synced_hash != Some(hash));
    let has_other_value = |now: &SyncedField| {
        before.synced_fields.iter().any(|known| known.field == now.field && known != now)
    };
    is_other || after.synced_fields.iter().any(has_other_value)
}

/// A link that came back with the CRM's backup is taken away once more, which leads to the state
/// that was there before.
fn is_cut(before: &Link, after: &Link) -> bool {
    before.crm == CrmSide::Linked && after.crm == CrmSide::NotLinked
}

fn entry(before: Option<&Link>, link: &Link, is_partial: bool, now: Instant) -> HistoryEntry {
    let request = before.and_then(|before| before.request.as_ref()).or(link.request.as_ref());
    let was_retrying = before.is_some_and(|before| before.attempts > 0);
    let reason = Reason::from_code(&link.reason);
    let (actor, trigger) = history::attribution(reason, request, is_partial, was_retrying);
    let asked = request.filter(|request| request.origin == RequestOrigin::Person);
    HistoryEntry {
        key: link.key.clone(),
        at: now,
        event: link.state.as_str().to_owned(),
        reason: link.reason.clone(),
        trigger: trigger.as_str().to_owned(),
        actor: Some(actor),
        answers: asked.map(|request| request.at),
        detail: link.failure.as_ref().map(|failure| failure.code.clone()).unwrap_or_default(),
    }
}

impl Cycle<'_> {
    /// What was committed is what later items of this cycle see.
    pub(super) fn take_over(&mut self, saved: Saved) {
        for link in saved.record.links {
            self.links.insert(link.key.handle.clone(), link);
        }
        for stone in saved.record.tombstones_cleared {
            self.tombstones.remove(&stone);
        }
        self.tombstones.extend(saved.record.tombstones);
        self.series_due.extend(saved.series_due);
        for handle in &saved.in_crm {
            self.heard.recorded(handle);
        }
        let has_released = !saved.released.is_empty();
        for handle in saved.released {
            self.held.remove(&handle);
        }
        if has_released && self.held.is_empty() {
            self.end_held();
        }
    }

    /// What was heard of is dealt with, but for what another attempt is owed.
    pub(super) fn heard_out(&mut self) {
        let (links, partial) = (&self.links, &self.partial);
        self.heard.dealt_with(|handle| {
            let is_retried =
                links.get(handle).is_some_and(|link| link.state == ItemState::Retrying);
            is_retried || partial.as_ref().is_some_and(|partial| !partial.concerns(handle))
        });
    }

    /// Records the mailbox as a whole.
    pub(super) async fn save_memory(&mut self) -> Result<(), EngineError> {
        let mut record = Record { mailbox: Some(self.memory.clone()), ..Record::default() };
        self.record_raised(&mut record);
        self.engine.commit_with_pause(&self.lease, record).await?;
        Ok(())
    }
}
