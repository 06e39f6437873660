//! The one decision function.

use crate::{
    Decision, Effect, Facts, Reading, Reason, Rules, Settle, fields, request, rows, series, switch,
};
use earmark_model::{
    Baseline, CrmSide, FolderRole, ItemKind, ItemState, Link, MailboxSide, ObservedItem, Request,
    RequestOrigin, UndeliverableMark, limits::MISSING_BELIEVED_AFTER,
};

/// Decides what is to be done about one item.
///
/// *Unreadable* and *gone* come first, then a person's request, then a request of the engine's,
/// then the switch and the marks it left, then the Undeliverable mark, then the row of the table.
/// Repeatable: yes, equal facts give the equal decision.
pub fn decide(facts: &Facts<'_>, rules: &Rules) -> Decision {
    let decision = presence(facts, rules)
        .or_else(|| request::by_person(facts, rules))
        .or_else(|| request::by_engine(facts, rules))
        .or_else(|| without_request(facts, rules))
        .or_else(|| undeliverable(facts, rules))
        .unwrap_or_else(|| rows::decide(facts, rules));
    series::without_own_category(decision, facts, rules)
}

/// What comes before the rows where no request decides: the switch, and the marks that it left.
pub(crate) fn without_request(facts: &Facts<'_>, rules: &Rules) -> Option<Decision> {
    switch::off(facts, rules)
        .or_else(|| switch::first_sweep(facts, rules))
        .or_else(|| marks(facts, rules))
}

/// Readings that leave nothing to decide.
fn presence(facts: &Facts<'_>, rules: &Rules) -> Option<Decision> {
    // Nobody reads contacts, so that nothing more is ever known of one.
    let is_contact = facts.link.is_some_and(|link| link.kind == ItemKind::Contact);
    if is_contact && rules.unsupported_kinds {
        return Some(unsupported_as(Reason::UnsupportedKind));
    }
    match facts.mailbox {
        MailboxSide::Unreadable if rules.row_unreadable => {
            let state = facts.link.map_or(ItemState::NotTracked, |link| link.state);
            return Some(Decision::nothing(Reason::MailboxUnreadable, state));
        }
        MailboxSide::Gone if rules.row_gone => return Some(gone(facts, rules)),
        _ => {}
    }
    let Reading::Found(item) = facts.reading else { return None };
    unsupported(item, facts, rules).or_else(|| draft(item, facts, rules))
}

fn gone(facts: &Facts<'_>, rules: &Rules) -> Decision {
    let Some(link) = facts.link else {
        return Decision::nothing(Reason::SourceGone, ItemState::SourceGone);
    };
    if rules.wish_outlasts_a_miss && is_missed(facts, link) {
        let was_tracked = link.baseline == Baseline::Tracked;
        let baseline = was_tracked.then_some(Baseline::Untracked);
        let settle = Settle { baseline, ..Settle::state(ItemState::SourceGone) };
        let ends_tracking = was_tracked;
        return Decision { ends_tracking, ..Decision::settled(Reason::SourceGone, settle) };
    }
    // A mark that is still to be written cannot be any more; whatever comes back starts over.
    let is_owed = link.undeliverable == UndeliverableMark::Intended;
    let settle = Settle {
        baseline: Some(Baseline::Untracked),
        serve_request: true,
        reset_attempts: true,
        undeliverable: is_owed.then_some(UndeliverableMark::None),
        ..Settle::state(ItemState::SourceGone)
    };
    let ends_tracking = link.baseline == Baseline::Tracked;
    Decision { ends_tracking, ..Decision::settled(Reason::SourceGone, settle) }
}

/// Something is wanted of an item that was not found just now. A server may not show yet what is
/// new, or not for a while: only who misses it for long believes that it is gone.
fn is_missed(facts: &Facts<'_>, link: &Link) -> bool {
    let is_wanted = link.request.is_some() || link.owes_category;
    let is_believed = link.state == ItemState::SourceGone
        && facts.now.since(link.changed_at) >= MISSING_BELIEVED_AFTER;
    matches!(facts.reading, Reading::Gone) && is_wanted && !is_believed
}

fn unsupported(item: &ObservedItem, facts: &Facts<'_>, rules: &Rules) -> Option<Decision> {
    let reason = match item.kind {
        ItemKind::MeetingMessage => Reason::MeetingMessage,
        ItemKind::Contact => Reason::UnsupportedKind,
        ItemKind::Email | ItemKind::Appointment | ItemKind::Task => return None,
    };
    if !rules.unsupported_kinds || facts.mailbox == MailboxSide::Without && facts.link.is_none() {
        return None;
    }
    Some(unsupported_as(reason))
}

fn unsupported_as(reason: Reason) -> Decision {
    let settle = Settle { serve_request: true, ..Settle::state(ItemState::Unsupported) };
    Decision::settled(reason, settle)
}

fn draft(item: &ObservedItem, facts: &Facts<'_>, rules: &Rules) -> Option<Decision> {
    let waits = item.is_draft || matches!(item.folder, FolderRole::Drafts | FolderRole::Outbox);
    if !waits || !rules.drafts_wait {
        return None;
    }
    let asked = facts.link.is_some_and(|link| link.request.is_some());
    let state = match (facts.mailbox, facts.link) {
        (_, Some(link)) if link.baseline == Baseline::Tracked => link.state,
        (MailboxSide::With, _) => ItemState::Pending,
        _ if asked => ItemState::Pending,
        _ => return Some(Decision::nothing(Reason::NoCategory, ItemState::NotTracked)),
    };
    Some(Decision::nothing(Reason::DraftNotSent, state))
}

/// The marks that leave an item alone until it is once seen otherwise.
fn marks(facts: &Facts<'_>, rules: &Rules) -> Option<Decision> {
    let link = facts.link?;
    let is_given_up = rules.given_up_is_marked && is_given_up(facts, link);
    // What is linked all the same was tracked before the mark, and only that was not known then.
    let counts = link.ignored && facts.crm != CrmSide::Linked;
    if counts && facts.mailbox == MailboxSide::With && !is_given_up {
        // It came back out of Deleted Items or Junk, with the category that it had.
        if link.state == ItemState::SourceGone {
            return Some(Decision::nothing(Reason::LeftAloneBefore, ItemState::NotTracked));
        }
        // That the switch was off is over, and told while it was.
        let reason = Reason::from_code(&link.reason).filter(|told| *told != Reason::SwitchedOff);
        let reason = reason.unwrap_or(Reason::BoreCategoryBeforeSwitchOn);
        return Some(Decision::nothing(reason, link.state));
    }
    if link.uncategorized && facts.mailbox == MailboxSide::Without {
        let linked = facts.crm == CrmSide::Linked;
        let stays = Decision::nothing(Reason::UncategorizedSinceSwitchOn, ItemState::Tracked);
        return linked.then(|| fields::in_step(stays, facts, rules));
    }
    None
}

fn undeliverable(facts: &Facts<'_>, rules: &Rules) -> Option<Decision> {
    let link = facts.link?;
    let assigned = facts.mailbox == MailboxSide::With;
    let wanted = assigned || link.request.is_some();
    match link.undeliverable {
        UndeliverableMark::None => None,
        // The last attempt succeeded after all; only its answer was lost.
        UndeliverableMark::Intended if wanted && facts.crm == CrmSide::Linked => None,
        UndeliverableMark::Intended if is_mark_due(facts, link) => Some(mark_undeliverable()),
        // Nobody assigned what an exception has from its series alone: the mark was written, and
        // only its answer was lost.
        UndeliverableMark::Intended if facts.inherited && rules.inherited_left_alone => {
            let settle = Settle { ignored: Some(true), ..still_undeliverable().settle };
            Some(Decision { settle, ..still_undeliverable() })
        }
        UndeliverableMark::Intended | UndeliverableMark::Marked if assigned => {
            if !rules.undeliverable_recovers {
                return Some(still_undeliverable());
            }
            let decision = rows::decide(facts, rules);
            Some(Decision { fresh_episode: true, ..decision })
        }
        UndeliverableMark::Intended | UndeliverableMark::Marked => Some(still_undeliverable()),
    }
}

/// A person asked for what was left alone, and its retries are used up: the mark says so.
fn is_given_up(facts: &Facts<'_>, link: &Link) -> bool {
    let asks = |request: &Request| request.origin == RequestOrigin::Person;
    link.request.as_ref().is_some_and(asks)
        && link.undeliverable == UndeliverableMark::Intended
        && is_mark_due(facts, link)
}

/// Whether the intended mark is still to be written. An item that was given up before bears the
/// Undeliverable category all along, so that alone does not tell.
fn is_mark_due(facts: &Facts<'_>, link: &Link) -> bool {
    let is_wanted_still = facts.mailbox == MailboxSide::With && !may_be_assigned_since(facts, link);
    !facts.bears_undeliverable || is_wanted_still || link.request.is_some()
}

/// The mark was sent, and whether it was written is not known; the item is not what it was then.
/// Written, it took the category off, so that a person assigned it again.
fn may_be_assigned_since(facts: &Facts<'_>, link: &Link) -> bool {
    let Reading::Found(item) = facts.reading else { return false };
    let sent = link.own_write.as_ref().filter(|write| write.result.is_none());
    sent.is_some_and(|write| write.base != item.version)
}

fn still_undeliverable() -> Decision {
    let settle = Settle {
        undeliverable: Some(UndeliverableMark::Marked),
        ..Settle::state(ItemState::Undeliverable)
    };
    Decision::settled(Reason::UndeliverableBefore, settle)
}

fn mark_undeliverable() -> Decision {
    let settle = Settle {
        baseline: Some(Baseline::Untracked),
        undeliverable: Some(UndeliverableMark::Marked),
        serve_request: true,
        ..Settle::state(ItemState::Undeliverable)
    };
    Decision {
        effects: vec![Effect::MarkUndeliverable],
        ..Decision::settled(Reason::RetriesExhausted, settle)
    }
}
