//! Which link gives a record its fields, and when. Source: design section 4, *Field source*.

use crate::{Decision, Effect, Facts, Reading, Reason, Rules};
use earmark_model::{Baseline, CrmSide, ItemKind, ItemState, Link, LinkKey, ObservedItem};

/// Whether items of this kind are kept in step with their records after they were tracked.
pub const fn follows(kind: ItemKind) -> bool {
    match kind {
        ItemKind::Appointment | ItemKind::Task => true,
        ItemKind::Email | ItemKind::MeetingMessage | ItemKind::Contact => false,
    }
}

/// Of all `links` to one record the one that gives it its fields: the organizer's copy if that is
/// linked, else the earliest. The others carry the category bit alone.
pub fn field_source<'a>(links: &'a [Link], rules: &Rules) -> Option<&'a LinkKey> {
    let linked = |link: &&Link| link.baseline == Baseline::Tracked && link.crm == CrmSide::Linked;
    links
        .iter()
        .filter(linked)
        .min_by_key(|link| {
            let attends = !link.is_organizer && rules.organizer_is_field_source;
            (attends, link.linked_at.is_none(), link.linked_at, &link.key)
        })
        .map(|link| &link.key)
}

/// Whether a linked item was put aside and is there again; it may have been changed meanwhile.
pub fn comes_back(link: &Link) -> bool {
    link.state == ItemState::SourceGone && link.synced_hash.is_some()
}

/// Whether it has to be known, for this reading of a tracked item, which link is the field source.
pub fn asks_for_source(item: &ObservedItem, link: &Link) -> bool {
    follows(item.kind)
        && (link.baseline == Baseline::Tracked || comes_back(link))
        && (is_changed(item, link) || link.synced_hash.is_none() || link.edits.is_open())
}

fn is_changed(item: &ObservedItem, link: &Link) -> bool {
    link.synced_version.as_ref() != Some(&item.version)
}

/// Adds to a decision that leaves a linked meeting or task as it is what keeps it in step.
pub(crate) fn in_step(mut decision: Decision, facts: &Facts<'_>, rules: &Rules) -> Decision {
    let (Reading::Found(item), Some(link)) = (facts.reading, facts.link) else { return decision };
    let is_tracked = link.baseline == Baseline::Tracked || comes_back(link);
    let linked = is_tracked && facts.crm == CrmSide::Linked;
    if !linked || !follows(item.kind) || !rules.fields_follow {
        return decision;
    }
    let is_source = facts.is_field_source || !rules.one_field_source;
    let changed = is_changed(item, link);
    if !is_source {
        decision.settle.passed_over = changed.then(|| item.version.clone());
        decision.settle.edits_passed_over = link.edits.is_open();
        return decision;
    }
    let (effect, reason) = if link.synced_hash.is_none() && rules.takeover_writes_nothing {
        (Effect::TakeOver, Reason::TookOverFields)
    } else if changed || link.edits.is_open() {
        (Effect::Update, Reason::FieldsUpdated)
    } else {
        return decision;
    };
    // The item's version moves with every other effect, so the fields come first.
    decision.effects.insert(0, effect);
    if decision.reason == Reason::Steady {
        decision.reason = reason;
    }
    decision
}

/// A tracked task carries the id of its record.
pub(crate) fn back_link(effects: &mut Vec<Effect>, facts: &Facts<'_>, rules: &Rules) {
    let is_task = matches!(facts.reading, Reading::Found(item) if item.kind == ItemKind::Task);
    let tracks = effects.iter().any(|effect| matches!(effect, Effect::Track { .. }));
    let carries = facts.link.is_some_and(|link| link.back_linked);
    if is_task && rules.back_link_left && (tracks || !carries) {
        effects.push(Effect::PutBackLink);
    }
}
