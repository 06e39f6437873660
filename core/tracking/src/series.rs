//! What an exception has from the series that it belongs to. Source: design section 4, A10.

use crate::{Decision, Effect, Facts, Rules};
use earmark_model::{Baseline, CrmSide, ItemState, Link, MailboxSide};

/// How the series of an exception stands, once the series itself was decided about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Series {
    /// Nobody tracks it here, or it is tracked without its category.
    Untracked,
    /// Tracked, and it bears the category as far as anything is settled.
    Tracked,
    /// Tracked until now, and its record is gone, about which nothing is decided yet.
    Held,
    /// It left the mailbox.
    Gone,
}

impl Series {
    /// How the series with this link stands; `None` without a row in the ledger.
    ///
    /// What is not settled about the series (a removal that is held, or waits for the master list)
    /// is not settled about its exceptions either.
    pub fn of(master: Option<&Link>) -> Self {
        match master {
            Some(link) if link.state == ItemState::SourceGone => Self::Gone,
            Some(link) if link.baseline == Baseline::Tracked && !link.uncategorized => {
                match link.crm {
                    CrmSide::RecordDeleted => Self::Held,
                    CrmSide::Linked | CrmSide::NotLinked => Self::Tracked,
                }
            }
            Some(_) | None => Self::Untracked,
        }
    }
}

/// **M** of an exception, and whether it has it from its series alone. `own` is what
/// [`crate::category::mailbox_side`] says about the item by itself.
pub fn exception_side(
    own: MailboxSide,
    link: Option<&Link>,
    series: Series,
    rules: &Rules,
) -> (MailboxSide, bool) {
    let there = matches!(own, MailboxSide::With | MailboxSide::Without);
    if there && series == Series::Gone && rules.exceptions_go_with_series {
        return (MailboxSide::Gone, false);
    }
    let lost_its_own = link.is_some_and(|link| link.seen_bearing) && rules.exceptions_once_bearing;
    // While it is not decided whether the series goes on, none of its exceptions begins.
    let goes_on = link.is_some_and(|link| link.baseline == Baseline::Tracked);
    let is_tracked = series == Series::Tracked || series == Series::Held && goes_on;
    let inherits =
        own == MailboxSide::Without && is_tracked && !lost_its_own && rules.exceptions_inherit;
    if inherits { (MailboxSide::With, true) } else { (own, false) }
}

/// Remembers that an exception was seen with the category of its own. Its first own assignment
/// ends what kept it from coming back by inheritance.
pub fn note_bearing(link: &mut Link, own: MailboxSide) {
    if link.series.is_some() && own == MailboxSide::With && !link.seen_bearing {
        link.seen_bearing = true;
        link.ignored = false;
    }
}

/// An exception without a category of its own has none to take off. Instead it is left alone until
/// its series is once seen without the category; otherwise the next cycle would undo the untrack.
pub(crate) fn without_own_category(
    mut decision: Decision,
    facts: &Facts<'_>,
    rules: &Rules,
) -> Decision {
    let takes_off = |effect: &Effect| matches!(effect, Effect::RemoveCategory);
    let ends = |effect: &Effect| takes_off(effect) || matches!(effect, Effect::MarkUndeliverable);
    if facts.inherited && rules.inherited_left_alone && decision.effects.iter().any(ends) {
        decision.effects.retain(|effect| !takes_off(effect));
        decision.settle.ignored = Some(true);
    }
    decision
}
