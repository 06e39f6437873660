//! From confirmed outcomes to what is remembered. Only what was confirmed is recorded.

use crate::{Decision, Effect, Reason, Rules, series};
use earmark_model::{
    ActivityId, Baseline, CategoryName, Compared, CrmSide, Direction, Instant, ItemState, Link,
    MailboxSide, OwnWrite, UndeliverableMark, Version,
};

/// A confirmed outcome of an effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Confirmed {
    /// The item is linked to this record.
    Linked(ActivityId),
    /// The record's regarding is as wanted.
    RegardingSet,
    /// The link is gone in the CRM.
    Unlinked,
    /// The item's categories are as wanted.
    Categories {
        /// The version that the write was based on.
        base: Version,
        /// The version that it made.
        result: Version,
    },
    /// The record has the fields of the item.
    Fields {
        /// The version that was read.
        version: Version,
        /// Eight bytes of the hash of its fields.
        hash: u64,
        /// What both sides have in each field, where that was asked.
        compared: Option<Compared>,
    },
    /// Item and record were compared, and what was changed on one side is on the other.
    Merged {
        /// The version that was read.
        version: Version,
        /// Eight bytes of the hash of the item's fields; `None` where the record takes none.
        hash: Option<u64>,
        /// What both sides have in each field.
        compared: Compared,
        /// Something waits for an answer.
        is_held: bool,
    },
    /// Whether the record has the fields of the item is not known, or it takes none.
    OtherFields {
        /// The version that was read.
        version: Version,
    },
    /// The item carries the id of its record.
    BackLinked,
}

/// What identifies the record of an item; decided at the first link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identified {
    /// The source key.
    pub source_key: String,
    /// Sent or received.
    pub direction: Direction,
    /// `sent` or empty.
    pub discriminator: String,
}

/// Writes down that a decision is about to be carried out, before anything is sent.
pub fn begin(link: &mut Link, decision: &Decision, name: Option<&CategoryName>, now: Instant) {
    if decision.fresh_episode {
        link.attempts = 0;
        link.not_before = None;
        link.failure = None;
        link.undeliverable = UndeliverableMark::None;
        change(link, ItemState::Pending, decision.reason.code(), now);
        // What was sent for the episode before says nothing about this one's mark.
        link.own_write = link.own_write.take().filter(|write| write.result.is_some());
    }
    if decision.owes_category {
        link.owes_category = true;
    }
    if decision.needs_record() || decision.owes_category {
        name_link(link, decision, name);
    }
    // Whatever becomes of the unlink and of its answer, tracking was ended: assigned again before
    // that is known, the item is not taken for linked without asking.
    if decision.effects.contains(&Effect::Unlink) {
        link.baseline = Baseline::Untracked;
        link.owes_category = false;
        change(link, ItemState::Pending, decision.reason.code(), now);
    }
    // A first attempt shows as pending; everything else keeps what it showed until it is settled.
    let untouched = link.baseline == Baseline::Untracked && link.attempts == 0;
    if decision.needs_record() && untouched {
        change(link, ItemState::Pending, decision.reason.code(), now);
    }
}

/// An unlink was begun whose outcome is not known: the CRM may have carried it out.
pub fn is_unlink_open(link: &Link) -> bool {
    link.baseline == Baseline::Untracked
        && link.crm == CrmSide::Linked
        && link.linked_at.is_some()
        && !link.owes_category
        && matches!(link.state, ItemState::Pending | ItemState::Retrying)
}

/// Stores the identity of the item's record, the first time only.
pub fn identify(link: &mut Link, identified: &Identified) {
    if link.direction.is_none() {
        link.source_key = Some(identified.source_key.clone());
        link.direction = Some(identified.direction);
        link.discriminator = identified.discriminator.clone();
    }
}

/// Records one confirmed effect.
pub fn confirm(
    link: &mut Link,
    effect: &Effect,
    confirmed: &Confirmed,
    now: Instant,
    rules: &Rules,
) {
    match confirmed {
        Confirmed::Linked(activity) => {
            point_to(link, *activity);
            link.crm = CrmSide::Linked;
            link.linked_at = Some(now);
        }
        Confirmed::RegardingSet => {}
        Confirmed::Unlinked => link.crm = CrmSide::NotLinked,
        Confirmed::Categories { base, result } => {
            wrote(link, base, result, rules);
            if matches!(effect, Effect::MarkUndeliverable) {
                link.undeliverable = UndeliverableMark::Marked;
            }
            if matches!(effect, Effect::AddCategory) {
                series::note_bearing(link, MailboxSide::With);
            }
        }
        Confirmed::Fields { version, hash, compared } => {
            link.synced_version = Some(version.clone());
            link.synced_hash = Some(*hash);
            if let Some(compared) = compared {
                remember(link, compared);
            }
        }
        Confirmed::Merged { version, hash, compared, is_held } => {
            link.synced_version = Some(version.clone());
            link.synced_hash = hash.or(link.synced_hash);
            remember(link, compared);
            edits_merged(link);
            link.edits.is_held = *is_held;
        }
        Confirmed::OtherFields { version } => link.synced_version = Some(version.clone()),
        Confirmed::BackLinked => link.back_linked = true,
    }
}

fn remember(link: &mut Link, compared: &Compared) {
    link.synced_fields.clone_from(&compared.fields);
    link.record_modified = Some(compared.modified);
}

/// What the record was last given is not known any more.
fn forget_fields(link: &mut Link) {
    link.synced_hash = None;
    link.synced_fields.clear();
    link.record_modified = None;
}

/// Nothing is left to be compared of what was told so far.
const fn edits_merged(link: &mut Link) {
    link.edits.merged = link.edits.told;
    link.edits.answer = None;
    link.edits.is_guess = false;
}

/// Notes that a write to the item's categories was sent and that its outcome is not known.
pub fn note_sent(link: &mut Link, base: &Version) {
    link.own_write = Some(OwnWrite { base: base.clone(), result: None });
}

/// Names the record of a link. What was given to another one is forgotten.
pub fn point_to(link: &mut Link, activity: ActivityId) {
    if link.activity != Some(activity) {
        link.activity = Some(activity);
        link.back_linked = false;
        link.synced_version = None;
        forget_fields(link);
    }
}

/// A write of ours leaves the fields as they were, so what the record has stays up to date.
fn wrote(link: &mut Link, base: &Version, result: &Version, rules: &Rules) {
    link.own_write = Some(OwnWrite { base: base.clone(), result: Some(result.clone()) });
    if link.synced_version.as_ref() == Some(base) && rules.own_writes_keep_fields {
        link.synced_version = Some(result.clone());
    }
}

/// Records that every effect of a decision is confirmed.
pub fn settle(link: &mut Link, decision: &Decision, name: Option<&CategoryName>, now: Instant) {
    let settle = &decision.settle;
    let was_untracked = link.baseline == Baseline::Untracked;
    if let Some(note) = &settle.conflict {
        edits_merged(link);
        link.edits.is_held = true;
        link.failure = Some(note.clone());
    }
    if let Some(baseline) = settle.baseline {
        if baseline == Baseline::Tracked {
            name_link(link, decision, name);
        }
        link.baseline = baseline;
        link.owes_category = false;
    }
    // Nobody waits for an answer about what is saved by now, or is not tracked any more.
    let is_open = decision.reason == Reason::SchedulingConflict || decision.reason.is_passing();
    let is_over = was_untracked || link.baseline == Baseline::Untracked;
    if link.edits.is_held && is_over && !is_open {
        edits_merged(link);
        link.edits.is_held = false;
    }
    link.ignored = settle.ignored.unwrap_or(link.ignored);
    link.uncategorized = settle.uncategorized.unwrap_or(link.uncategorized);
    link.undeliverable = settle.undeliverable.unwrap_or(link.undeliverable);
    if let Some(version) = &settle.passed_over {
        link.synced_version = Some(version.clone());
        forget_fields(link);
    }
    if settle.edits_passed_over {
        edits_merged(link);
        link.edits.is_held = false;
    }
    if settle.reset_attempts {
        link.attempts = 0;
        link.not_before = None;
        link.failure = None;
    }
    if settle.serve_request {
        link.request = None;
        // A request that ended without baseline 1 leaves nothing owing.
        link.owes_category = false;
    }
    let told_already = link.state == settle.state
        && decision.effects.is_empty()
        && decision.reason.repeats_what_is_known()
        && Reason::from_code(&link.reason).is_some_and(|reason| !reason.is_passing());
    if told_already {
        return;
    }
    change(link, settle.state, decision.reason.code(), now);
}

/// A link is confirmed under the present name where that is what we write, or where it had none.
/// An item that still bears an old name keeps it: the present one was never on it.
fn name_link(link: &mut Link, decision: &Decision, name: Option<&CategoryName>) {
    let writes = decision.effects.iter().any(|effect| matches!(effect, Effect::AddCategory));
    if writes || link.confirmed_name.is_none() {
        link.confirmed_name = name.cloned();
    }
}

fn change(link: &mut Link, state: ItemState, reason: &str, now: Instant) {
    if link.state != state || link.reason != reason {
        link.state = state;
        reason.clone_into(&mut link.reason);
        link.changed_at = now;
    }
}
