//! What a stored request wants, before any row is looked at.

use crate::{
    Decision, Effect, Facts, Reason, Rules, Settle, TombstoneChange, decide, fields, rows,
};
use earmark_model::{
    Baseline, CrmSide, ItemState, Link, MailboxSide, Regarding, Request, RequestOrigin,
    RequestWish, UndeliverableMark,
};

/// A person's request wins over every row.
pub(crate) fn by_person(facts: &Facts<'_>, rules: &Rules) -> Option<Decision> {
    let link = facts.link?;
    let request = link.request.as_ref()?;
    if request.origin != RequestOrigin::Person {
        return None;
    }
    match &request.wish {
        // Its retries are used up; only a newer request starts over.
        RequestWish::Track { .. } if gives_up(link) => None,
        RequestWish::Track { regarding } if rules.person_track => {
            let waiting = rows::waiting(facts, rules).or_else(|| shows_old_category(facts, rules));
            Some(waiting.unwrap_or_else(|| track(facts, rules, regarding)))
        }
        RequestWish::Untrack if rules.person_untrack => Some(untrack(facts, rules)),
        RequestWish::Track { .. } | RequestWish::Untrack => None,
    }
}

/// The category that we took off is still shown: taken for one that is there, it would not be put
/// on the item again.
fn shows_old_category(facts: &Facts<'_>, rules: &Rules) -> Option<Decision> {
    let shows = facts.switch_on && facts.mailbox == MailboxSide::With;
    rows::before_own_write(facts, rules).filter(|_| shows)
}

fn track(facts: &Facts<'_>, rules: &Rules, regarding: &Option<Option<Regarding>>) -> Decision {
    let mut effects = Vec::new();
    match facts.crm {
        CrmSide::Linked => effects.extend(regarding.clone().map(Effect::SetRegarding)),
        CrmSide::NotLinked => {
            effects.push(Effect::Track { raise_epoch: false, regarding: regarding.clone() });
        }
        CrmSide::RecordDeleted => {
            effects.push(Effect::Track { raise_epoch: true, regarding: regarding.clone() });
        }
    }
    fields::back_link(&mut effects, facts, rules);
    let owes_category = facts.switch_on;
    if owes_category && facts.mailbox == MailboxSide::Without {
        effects.push(Effect::AddCategory);
    }
    rows::drop_undeliverable(&mut effects, facts, rules);
    let state = if facts.switch_on { ItemState::Tracked } else { ItemState::Dormant };
    let settle = Settle {
        serve_request: true,
        ignored: Some(false),
        uncategorized: Some(false),
        ..rows::tracked(state, rules)
    };
    Decision {
        effects,
        owes_category,
        fresh_episode: facts.link.is_some_and(|l| l.undeliverable != UndeliverableMark::None),
        ..Decision::settled(Reason::RequestedByPerson, settle)
    }
}

fn untrack(facts: &Facts<'_>, rules: &Rules) -> Decision {
    // The category is there to be taken off, and is not shown yet.
    if let Some(decision) = rows::outdated(facts, rules).filter(|_| facts.switch_on) {
        return decision;
    }
    let mut effects = Vec::new();
    if facts.crm == CrmSide::Linked {
        effects.push(Effect::Unlink);
    }
    let bears = facts.mailbox == MailboxSide::With;
    // A category that we wrote without being told of the outcome may only not be shown yet.
    let is_open = facts
        .link
        .and_then(|link| link.own_write.as_ref())
        .is_some_and(|write| write.result.is_none());
    let removes = facts.switch_on && (bears || is_open && facts.mailbox == MailboxSide::Without);
    // A mark that is still to be written has nothing to say any more.
    let is_intended =
        facts.link.is_some_and(|link| link.undeliverable == UndeliverableMark::Intended);
    if removes {
        effects.push(Effect::RemoveCategory);
    }
    let settle = Settle {
        serve_request: true,
        reset_attempts: true,
        // Whoever assigns it again does so anew; the category that stays on it while the switch is
        // off is no assignment.
        ignored: bears.then_some(!facts.switch_on),
        uncategorized: Some(false),
        undeliverable: is_intended.then_some(UndeliverableMark::None),
        ..rows::untracked(ItemState::UntrackedByUser, rules)
    };
    Decision { effects, ..Decision::settled(Reason::UntrackRequestedByPerson, settle) }
}

/// Automatic acceptance and copies act only where nothing was decided before.
pub(crate) fn by_engine(facts: &Facts<'_>, rules: &Rules) -> Option<Decision> {
    let link = facts.link?;
    let request = link.request.as_ref()?;
    let reason = match &request.origin {
        RequestOrigin::Person => return None,
        RequestOrigin::Automatic { .. } => Reason::AcceptedAutomatically,
        RequestOrigin::Copy => Reason::CopyOfTrackedMessage,
    };
    if gives_up(link) {
        return None;
    }
    let bears = facts.switch_on && facts.mailbox == MailboxSide::With;
    if rules.automatic_only_from_nothing && (link.baseline == Baseline::Tracked || bears) {
        // The request ends; what is done is what would be done without it, under the same guards.
        let mut decision =
            decide::without_request(facts, rules).unwrap_or_else(|| rows::decide(facts, rules));
        decision.settle.serve_request = true;
        return Some(decision);
    }
    if let Some(decision) = refused(facts, rules).or_else(|| not_accepted(facts, request, rules)) {
        return Some(decision);
    }
    if let Some(decision) = rows::waiting(facts, rules) {
        return Some(decision);
    }
    let mut effects = Vec::new();
    if facts.crm != CrmSide::Linked {
        effects.push(Effect::Track { raise_epoch: false, regarding: None });
    }
    fields::back_link(&mut effects, facts, rules);
    let is_copy = request.origin == RequestOrigin::Copy;
    let owes_category = facts.switch_on && (is_copy || rules.accepted_gets_category);
    if owes_category {
        effects.push(Effect::AddCategory);
    }
    let state = if facts.switch_on { ItemState::Tracked } else { ItemState::Dormant };
    let settle = Settle {
        tombstone: TombstoneChange::Keep,
        serve_request: true,
        ..rows::tracked(state, rules)
    };
    Some(Decision { effects, owes_category, ..Decision::settled(reason, settle) })
}

/// The present episode ended without success; its mark is still to be written. A newer request
/// of a person has cleared the waiting time.
fn gives_up(link: &Link) -> bool {
    link.undeliverable == UndeliverableMark::Intended && link.not_before.is_some()
}

/// What only the message's content and the CRM can tell against automatic acceptance.
fn not_accepted(facts: &Facts<'_>, request: &Request, rules: &Rules) -> Option<Decision> {
    if !matches!(request.origin, RequestOrigin::Automatic { .. }) {
        return None;
    }
    let reason = if facts.is_internal {
        Reason::InternalMail
    } else if facts.copy_of_linked && rules.copies_left_alone {
        Reason::CopyInSameMailbox
    } else {
        return None;
    };
    let settle = Settle { serve_request: true, ..Settle::state(ItemState::NotTracked) };
    Some(Decision::settled(reason, settle))
}

/// Where a request that is not a person's ends.
fn refused(facts: &Facts<'_>, rules: &Rules) -> Option<Decision> {
    let link = facts.link?;
    let gave_up = facts.bears_undeliverable || link.undeliverable != UndeliverableMark::None;
    let (reason, state) = if facts.tombstone && rules.automatic_ends_at_tombstone {
        (Reason::UntrackedByUserBefore, ItemState::UntrackedByUser)
    } else if gave_up && rules.automatic_ends_at_undeliverable {
        (Reason::UndeliverableBefore, ItemState::Undeliverable)
    } else if facts.crm == CrmSide::RecordDeleted && rules.automatic_ends_at_deleted_record {
        (Reason::RecordDeletedInCrm, ItemState::RecordDeleted)
    } else {
        return None;
    };
    // A lost ledger has lost the mark, which the item bears all the same.
    let is_marked = state == ItemState::Undeliverable && facts.bears_undeliverable;
    let undeliverable = is_marked.then_some(UndeliverableMark::Marked);
    // What a person assigns later starts over; only who gave up still has to remember it.
    let reset_attempts = !gave_up;
    let settle =
        Settle { serve_request: true, reset_attempts, undeliverable, ..Settle::state(state) };
    Some(Decision::settled(reason, settle))
}
