//! The decision function over every combination of facts about a message: what must hold for all
//! of them, and that carrying a decision out leaves nothing to decide.
//!
//! The expected outcome of each cell of the table stands in `table.rs`; here are the laws.

#[path = "exhaustive/planner.rs"]
mod planner;
#[path = "exhaustive/states.rs"]
mod states;

use earmark_model::{Baseline, CrmSide, MailboxSide, RequestOrigin};
use earmark_tracking::{Decision, Effect, Facts, MasterView, Rules, decide};
use states::{Situation, all};

fn writes_category(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::AddCategory
            | Effect::RemoveCategory
            | Effect::MarkUndeliverable
            | Effect::RemoveUndeliverable
    )
}

/// What is wrong with a decision, if anything.
fn fault(facts: &Facts<'_>, decision: &Decision) -> Option<&'static str> {
    let has = |wanted: fn(&Effect) -> bool| decision.effects.iter().any(wanted);
    let request = facts.link.and_then(|link| link.request.as_ref());
    let by_person = request.is_some_and(|request| request.origin == RequestOrigin::Person);
    let unlinks = has(|effect| *effect == Effect::Unlink);
    let tracks = has(|effect| matches!(effect, Effect::Track { .. }));
    let adds = has(|effect| *effect == Effect::AddCategory);
    let removes =
        has(|effect| matches!(effect, Effect::RemoveCategory | Effect::MarkUndeliverable));
    let settle = &decision.settle;
    let laws = [
        (
            facts.mailbox == MailboxSide::Unreadable
                && (!decision.effects.is_empty()
                    || settle.baseline.is_some()
                    || settle.serve_request
                    || decision.ends_tracking),
            "something is done although the mailbox could not be read",
        ),
        (
            facts.mailbox == MailboxSide::Gone && !decision.effects.is_empty(),
            "something is done about an item that is gone",
        ),
        (!facts.switch_on && has(writes_category), "a category is written while the switch is off"),
        (
            !facts.switch_on && unlinks && !by_person,
            "an item is untracked by its category while the switch is off",
        ),
        (
            !facts.switch_on && tracks && request.is_none(),
            "an item is tracked by its category while the switch is off",
        ),
        (
            facts.link.is_none()
                && facts.mailbox != MailboxSide::With
                && facts.crm != CrmSide::Linked
                && !decision.effects.is_empty(),
            "something is done about an item that nobody wanted",
        ),
        (
            unlinks && !by_person && facts.master != MasterView::Settled,
            "an item is untracked although the master list was not settled",
        ),
        (unlinks && tracks, "an item is tracked and untracked at once"),
        (adds && removes, "the category is put on and taken off at once"),
        (tracks && facts.crm == CrmSide::Linked, "a linked item is tracked again"),
        (unlinks && facts.crm != CrmSide::Linked, "an item that is not linked is unlinked"),
        (
            decision.effects.iter().any(|effect| {
                let raises = matches!(effect, Effect::Track { raise_epoch: true, .. });
                raises && facts.crm != CrmSide::RecordDeleted
            }),
            "the epoch is raised although no record was deleted",
        ),
        (
            facts.crm == CrmSide::RecordDeleted
                && tracks
                && facts.mailbox != MailboxSide::With
                && !by_person,
            "a deleted record is made again although nobody asks for it",
        ),
        (
            facts.tombstone
                && (adds || tracks)
                && facts.mailbox == MailboxSide::Without
                && !by_person
                && !facts.link.is_some_and(|link| link.owes_category),
            "what a person untracked is tracked again by itself",
        ),
        (
            settle.baseline == Some(Baseline::Tracked) && facts.crm != CrmSide::Linked && !tracks,
            "an item counts as tracked without a link",
        ),
        (
            unlinks
                && !by_person
                && facts.mailbox == MailboxSide::Without
                && facts.link.is_some_and(|link| link.uncategorized),
            "an item that is tracked without its category is untracked for that",
        ),
        (
            tracks
                && !by_person
                && facts.mailbox == MailboxSide::With
                && facts.switch_on
                && facts.link.is_some_and(|link| link.ignored),
            "an item that is to be left alone is tracked",
        ),
        (
            decision.effects.contains(&Effect::MarkUndeliverable) && decision.effects.len() > 1,
            "something else is done with an item that is given up",
        ),
        (decision.owes_category && !facts.switch_on, "a category is owed while the switch is off"),
    ];
    laws.iter().find(|(is_broken, _)| *is_broken).map(|(_, law)| *law)
}

#[test]
fn the_laws_hold_for_every_combination_of_facts() {
    let rules = Rules::all();
    let mut count = 0_u64;
    for situation in all() {
        count += 1;
        situation.with_facts(|facts| {
            let decision = decide(facts, &rules);
            if let Some(law) = fault(facts, &decision) {
                panic!("{law}: {situation:#?}\n{decision:#?}");
            }
        });
    }
    assert!(count > 1_000_000, "{count} combinations");
}

/// Carrying out what was decided, and deciding again, comes to an end at once.
#[test]
fn every_decision_leads_rested() {
    let rules = Rules::all();
    let mut longest = 0;
    for first in all() {
        // A first attempt that is not yet due, and a mark not yet written, end in another cycle.
        let mut situation: Situation = first.clone();
        let mut steps = 0;
        loop {
            let decision = situation.with_facts(|facts| decide(facts, &rules));
            let before = situation.clone();
            situation.carry_out(&decision, &rules);
            if decision.effects.is_empty() && situation == before {
                break;
            }
            steps += 1;
            assert!(steps <= 5, "no rest: {first:#?}\nafter {steps} steps {decision:#?}");
        }
        longest = longest.max(steps);
    }
    assert!(longest >= 2, "the longest way to rest has {longest} steps");
}
