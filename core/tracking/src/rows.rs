//! The table of S × M × C, one function for each row.

use crate::{
    Decision, Effect, Facts, MasterView, Reading, Reason, Rules, Settle, TombstoneChange, booking,
    fields, record::is_unlink_open,
};
use earmark_model::{Baseline, CrmSide, ItemState, MailboxSide, RequestOrigin, UndeliverableMark};

/// The row for these facts. *Gone* and *unreadable* were taken out before; where their rules are
/// switched off they read as an item without the category.
pub(crate) fn decide(facts: &Facts<'_>, rules: &Rules) -> Decision {
    let baseline = facts.link.map_or(Baseline::Untracked, |link| link.baseline);
    let bears = facts.mailbox == MailboxSide::With;
    match (baseline, bears, facts.crm) {
        (Baseline::Untracked, false, CrmSide::NotLinked) => nothing(facts),
        (Baseline::Untracked, true, CrmSide::NotLinked) => assigned(facts, rules),
        (Baseline::Untracked, false, CrmSide::Linked) => linked_without(facts, rules),
        (Baseline::Untracked, true, CrmSide::Linked) => both(facts, rules),
        (Baseline::Tracked, true, CrmSide::Linked) => steady(facts, rules),
        (Baseline::Tracked, false, CrmSide::Linked) => removed(facts, rules),
        (Baseline::Tracked, true, CrmSide::NotLinked) => untracked_in_crm(rules),
        (Baseline::Tracked, false, CrmSide::NotLinked) => both_ended(facts, rules),
        (Baseline::Tracked, true, CrmSide::RecordDeleted) => deleted_with(rules),
        (Baseline::Tracked, false, CrmSide::RecordDeleted) => deleted_without(facts, rules),
        (Baseline::Untracked, true, CrmSide::RecordDeleted) => reassigned(facts, rules),
        (Baseline::Untracked, false, CrmSide::RecordDeleted) => {
            let settle = Settle {
                ignored: Some(false),
                reset_attempts: true,
                ..Settle::state(ItemState::RecordDeleted)
            };
            Decision::settled(Reason::RecordDeletedInCrm, settle)
        }
    }
}

/// 0 0 0. Without a ledger row: nothing, ever; the mere existence of a record is no request.
fn nothing(facts: &Facts<'_>) -> Decision {
    let (reason, state) = if facts.tombstone {
        (Reason::UntrackedByUserBefore, ItemState::UntrackedByUser)
    } else {
        (Reason::NoCategory, ItemState::NotTracked)
    };
    let settle = Settle {
        ignored: Some(false),
        uncategorized: Some(false),
        reset_attempts: true,
        ..Settle::state(state)
    };
    Decision::settled(reason, settle)
}

/// 0 1 0.
fn assigned(facts: &Facts<'_>, rules: &Rules) -> Decision {
    if !rules.row_assigned {
        return Decision::nothing(Reason::RuleSwitchedOff, ItemState::NotTracked);
    }
    if let Some(decision) = waiting(facts, rules) {
        return decision;
    }
    if let Some(decision) = not_assigned(facts, rules, untracked_in_crm) {
        return decision;
    }
    if let Some(decision) = booking::before_tracking(facts, rules) {
        return decision;
    }
    if facts.copy_of_linked && rules.copies_left_alone {
        let settle = Settle { ignored: Some(true), ..Settle::state(ItemState::NotTracked) };
        return Decision::settled(Reason::CopyInSameMailbox, settle);
    }
    let reason = if facts.inherited { Reason::SeriesTracked } else { Reason::CategoryAssigned };
    track(facts, rules, false, reason)
}

/// 0 1 deleted.
fn reassigned(facts: &Facts<'_>, rules: &Rules) -> Decision {
    if !rules.row_reassigned_after_deletion {
        return Decision::nothing(Reason::RuleSwitchedOff, ItemState::RecordDeleted);
    }
    if let Some(decision) = waiting(facts, rules) {
        return decision;
    }
    if let Some(decision) = not_assigned(facts, rules, deleted_with) {
        return decision;
    }
    if let Some(decision) = booking::before_tracking(facts, rules) {
        return decision;
    }
    track(facts, rules, true, Reason::ReassignedAfterDeletion)
}

/// The category is there as it was before our last write, or as that left it: nobody assigned it
/// since. Where the link ended while the item was not shown, the category goes as it would have.
fn not_assigned(
    facts: &Facts<'_>,
    rules: &Rules,
    ended: fn(&Rules) -> Decision,
) -> Option<Decision> {
    let guard = own_write(facts, rules)?;
    let link = facts.link?;
    if !is_own_result(facts) || !rules.left_over_category {
        return Some(Decision::nothing(guard, link.state));
    }
    // What was given up before it was linked bears the category under a name that it got later.
    let is_under_way = matches!(link.state, ItemState::Pending | ItemState::Retrying);
    let was_linked = link.activity.is_some() && link.undeliverable == UndeliverableMark::None;
    (was_linked && !is_under_way).then(|| ended(rules))
}

fn track(facts: &Facts<'_>, rules: &Rules, raise_epoch: bool, reason: Reason) -> Decision {
    let mut effects = vec![Effect::Track { raise_epoch, regarding: None }];
    fields::back_link(&mut effects, facts, rules);
    drop_undeliverable(&mut effects, facts, rules);
    Decision { effects, ..Decision::settled(reason, tracked(ItemState::Tracked, rules)) }
}

/// 0 0 1.
fn linked_without(facts: &Facts<'_>, rules: &Rules) -> Decision {
    if !facts.link.is_some_and(|link| link.owes_category) {
        // An unlink that was begun is carried on for the reason that it had.
        let begun = facts.link.is_some_and(is_unlink_open);
        let reason = if begun { removed_reason(facts) } else { Reason::CategoryTakenBack };
        return if rules.row_taken_back {
            // What our own write took off was untracked before, and its echo is what we want: the
            // CRM has a link that is left over, as after a restored backup.
            let guard = own_write(facts, rules).filter(|_| !is_own_result(facts));
            ended(facts, rules, reason, guard)
        } else {
            Decision::nothing(Reason::RuleSwitchedOff, ItemState::NotTracked)
        };
    }
    if !rules.row_owed {
        return Decision::nothing(Reason::RuleSwitchedOff, ItemState::Pending);
    }
    let settle = Settle { serve_request: true, ..tracked(ItemState::Tracked, rules) };
    Decision {
        effects: vec![Effect::AddCategory],
        owes_category: true,
        ..Decision::settled(Reason::CategoryOwed, settle)
    }
}

/// 0 1 1.
fn both(facts: &Facts<'_>, rules: &Rules) -> Decision {
    if !rules.row_both {
        return Decision::nothing(Reason::RuleSwitchedOff, ItemState::Pending);
    }
    if let Some(decision) = before_own_write(facts, rules) {
        return decision;
    }
    let mut effects = Vec::new();
    fields::back_link(&mut effects, facts, rules);
    drop_undeliverable(&mut effects, facts, rules);
    let serve_request = facts
        .link
        .and_then(|link| link.request.as_ref())
        .is_some_and(|request| request.origin != RequestOrigin::Person);
    let settle = Settle {
        serve_request,
        ignored: Some(false),
        uncategorized: Some(false),
        ..tracked(ItemState::Tracked, rules)
    };
    let agreed = Decision { effects, ..Decision::settled(Reason::BothSidesAgree, settle) };
    if facts.link.is_some_and(fields::comes_back) {
        return fields::in_step(agreed, facts, rules);
    }
    agreed
}

/// 1 1 1.
fn steady(facts: &Facts<'_>, rules: &Rules) -> Decision {
    let mut effects = Vec::new();
    fields::back_link(&mut effects, facts, rules);
    drop_undeliverable(&mut effects, facts, rules);
    let settle = Settle { uncategorized: Some(false), ..Settle::state(ItemState::Tracked) };
    let steady = Decision { effects, ..Decision::settled(Reason::Steady, settle) };
    fields::in_step(steady, facts, rules)
}

/// 1 0 1.
fn removed(facts: &Facts<'_>, rules: &Rules) -> Decision {
    if !rules.row_removed {
        return Decision::nothing(Reason::RuleSwitchedOff, ItemState::Tracked);
    }
    ended_by_user(facts, rules, removed_reason(facts))
}

/// An exception that never bore the category itself lost what its series had.
fn removed_reason(facts: &Facts<'_>) -> Reason {
    let inherited = facts.link.is_some_and(|link| link.series.is_some() && !link.seen_bearing);
    if inherited { Reason::SeriesUntracked } else { Reason::CategoryRemoved }
}

/// An untrack by a person's hand on the category, under its guards.
fn ended_by_user(facts: &Facts<'_>, rules: &Rules, reason: Reason) -> Decision {
    ended(facts, rules, reason, own_write(facts, rules))
}

fn ended(facts: &Facts<'_>, rules: &Rules, reason: Reason, own_write: Option<Reason>) -> Decision {
    if let Some(guard) = own_write.or_else(|| unsettled(facts, rules)) {
        // What was gone is there again, and is looked at until this is decided.
        let state =
            facts.link.map(|link| link.state).filter(|state| *state != ItemState::SourceGone);
        return Decision::nothing(guard, state.unwrap_or(ItemState::Pending));
    }
    let settle = Settle { reset_attempts: true, ..untracked(ItemState::UntrackedByUser, rules) };
    Decision {
        effects: vec![Effect::Unlink],
        ends_tracking: true,
        ..Decision::settled(reason, settle)
    }
}

/// 1 1 0.
fn untracked_in_crm(rules: &Rules) -> Decision {
    if !rules.row_untracked_in_crm {
        return Decision::nothing(Reason::RuleSwitchedOff, ItemState::Tracked);
    }
    Decision {
        effects: vec![Effect::RemoveCategory],
        ends_tracking: true,
        ..Decision::settled(Reason::UntrackedInCrm, untracked(ItemState::UntrackedByUser, rules))
    }
}

/// 1 0 0.
fn both_ended(facts: &Facts<'_>, rules: &Rules) -> Decision {
    if !rules.row_both_ended {
        return Decision::nothing(Reason::RuleSwitchedOff, ItemState::Tracked);
    }
    if let Some(decision) = outdated(facts, rules) {
        return decision;
    }
    Decision::settled(Reason::EndedOnBothSides, untracked(ItemState::UntrackedByUser, rules))
}

/// 1 1 deleted.
fn deleted_with(rules: &Rules) -> Decision {
    if !rules.row_deleted_with_category {
        return Decision::nothing(Reason::RuleSwitchedOff, ItemState::Tracked);
    }
    Decision {
        effects: vec![Effect::RemoveCategory],
        ends_tracking: true,
        ..Decision::settled(Reason::RecordDeletedInCrm, record_deleted())
    }
}

/// 1 0 deleted.
fn deleted_without(facts: &Facts<'_>, rules: &Rules) -> Decision {
    if !rules.row_deleted_without_category {
        return Decision::nothing(Reason::RuleSwitchedOff, ItemState::Tracked);
    }
    if let Some(decision) = outdated(facts, rules) {
        return decision;
    }
    Decision {
        ends_tracking: true,
        ..Decision::settled(Reason::RecordDeletedInCrm, record_deleted())
    }
}

fn record_deleted() -> Settle {
    Settle { baseline: Some(Baseline::Untracked), ..Settle::state(ItemState::RecordDeleted) }
}

/// Baseline 1.
pub(crate) fn tracked(state: ItemState, rules: &Rules) -> Settle {
    Settle {
        baseline: Some(Baseline::Tracked),
        tombstone: if rules.tombstone_cleared {
            TombstoneChange::Clear
        } else {
            TombstoneChange::Keep
        },
        reset_attempts: true,
        undeliverable: Some(UndeliverableMark::None),
        ..Settle::state(state)
    }
}

/// Baseline 0 by a person, here or in the CRM.
pub(crate) fn untracked(state: ItemState, rules: &Rules) -> Settle {
    Settle {
        baseline: Some(Baseline::Untracked),
        tombstone: if rules.tombstone_written {
            TombstoneChange::Write
        } else {
            TombstoneChange::Keep
        },
        ..Settle::state(state)
    }
}

/// A failed link waits for its time.
pub(crate) fn waiting(facts: &Facts<'_>, rules: &Rules) -> Option<Decision> {
    let link = facts.link?;
    let waits = link.undeliverable == UndeliverableMark::None
        && link.not_before.is_some_and(|instant| instant > facts.now);
    (waits && rules.retry_waits_one_cycle)
        .then(|| Decision::nothing(Reason::WaitingForRetry, ItemState::Retrying))
}

/// Success takes the Undeliverable category off.
pub(crate) fn drop_undeliverable(effects: &mut Vec<Effect>, facts: &Facts<'_>, rules: &Rules) {
    if facts.bears_undeliverable && facts.switch_on && rules.undeliverable_removed_on_success {
        effects.push(Effect::RemoveUndeliverable);
    }
}

fn own_write(facts: &Facts<'_>, rules: &Rules) -> Option<Reason> {
    let Reading::Found(item) = facts.reading else { return None };
    let write = facts.link?.own_write.as_ref()?;
    let ours = item.version == write.base || write.result.as_ref() == Some(&item.version);
    (ours && rules.own_writes).then_some(Reason::OwnWrite)
}

/// The reading is older than the category that we wrote: taken for a removal, the category would
/// stay on the item, and then be our own for good.
pub(crate) fn outdated(facts: &Facts<'_>, rules: &Rules) -> Option<Decision> {
    before_own_write(facts, rules).filter(|_| facts.mailbox == MailboxSide::Without)
}

/// The reading is older than our last write, and tells nothing of what is there now.
pub(crate) fn before_own_write(facts: &Facts<'_>, rules: &Rules) -> Option<Decision> {
    let Reading::Found(item) = facts.reading else { return None };
    let link = facts.link?;
    let write = link.own_write.as_ref()?;
    let is_before = item.version == write.base && write.result.as_ref() != Some(&write.base);
    (is_before && write.result.is_some() && rules.own_writes)
        .then(|| Decision::nothing(Reason::OwnWrite, link.state))
}

/// The item is as our last write left it.
fn is_own_result(facts: &Facts<'_>) -> bool {
    let Reading::Found(item) = facts.reading else { return false };
    let write = facts.link.and_then(|link| link.own_write.as_ref());
    write.is_some_and(|write| write.result.as_ref() == Some(&item.version))
}

fn unsettled(facts: &Facts<'_>, rules: &Rules) -> Option<Reason> {
    if !rules.master_list_settled {
        return None;
    }
    match facts.master {
        MasterView::Settled => None,
        MasterView::Unsettled => Some(Reason::MasterListUnsettled),
        MasterView::NotRead => Some(Reason::MasterListNotRead),
    }
}
