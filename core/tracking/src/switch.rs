//! The guard *switch*: what `TrackCategorizedItems` being off, or going on, does to a decision.

use crate::{Decision, Facts, Reason, Rules, Settle, fields, record::is_unlink_open};
use earmark_model::{Baseline, CrmSide, ItemState, MailboxSide};

/// While the switch is off the category counts for nothing and links sleep; the changes of linked
/// meetings and tasks go on to their records.
pub(crate) fn off(facts: &Facts<'_>, rules: &Rules) -> Option<Decision> {
    if facts.switch_on || !rules.switch_off_is_silent {
        return None;
    }
    let state = match facts.link {
        None => ItemState::NotTracked,
        // Whether it is still linked is not known, and is not forgotten while the switch is off.
        Some(link) if rules.unlinks_outlast_switch && is_unlink_open(link) => link.state,
        Some(link) if link.baseline == Baseline::Tracked || facts.crm == CrmSide::Linked => {
            let dormant = Decision::nothing(Reason::Dormant, ItemState::Dormant);
            return Some(if rules.fields_follow_while_off {
                fields::in_step(dormant, facts, rules)
            } else {
                dormant
            });
        }
        Some(link) => link.state,
    };
    Some(Decision::nothing(Reason::SwitchedOff, state))
}

/// The first sweep after the switch went on sets the marks that keep it from acting on what
/// happened while it was off. What sleeps still was not shown to it, and is read now.
pub(crate) fn first_sweep(facts: &Facts<'_>, rules: &Rules) -> Option<Decision> {
    let link = facts.link;
    let sleeps = link.is_some_and(|link| link.state == ItemState::Dormant)
        && facts.mailbox == MailboxSide::Without;
    if !facts.first_sweep_after_switch_on && !sleeps {
        return None;
    }
    let waits =
        link.is_some_and(|link| matches!(link.state, ItemState::Pending | ItemState::Retrying));
    let linked =
        facts.crm == CrmSide::Linked || link.is_some_and(|link| link.baseline == Baseline::Tracked);
    match facts.mailbox {
        // An exception has what its series has, and that woke up tracked.
        MailboxSide::With
            if !waits && !linked && !facts.inherited && rules.switch_on_ignores_old_bearers =>
        {
            let settle = Settle { ignored: Some(true), ..Settle::state(ItemState::Ignored) };
            Some(Decision::settled(Reason::BoreCategoryBeforeSwitchOn, settle))
        }
        MailboxSide::Without
            if facts.crm == CrmSide::Linked
                && link.is_some_and(|link| !link.owes_category)
                && !(rules.unlinks_outlast_switch && link.is_some_and(is_unlink_open))
                && rules.switch_on_keeps_uncategorized =>
        {
            let settle = Settle { uncategorized: Some(true), ..Settle::state(ItemState::Tracked) };
            Some(Decision::settled(Reason::UncategorizedSinceSwitchOn, settle))
        }
        _ => None,
    }
}
