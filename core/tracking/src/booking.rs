//! Appointments that take place at the same time as others of the same people: where the organization
//! wants to be asked, they are not saved before somebody says so. Source: booking, and the alert about
//! scheduling conflicts with *ignore and save*.

use crate::{Decision, Facts, Reading, Reason, Rules, Settle};
use earmark_model::{Baseline, CrmSide, FailureNote, ItemState, Link, Version};

/// The outcome that people's programs know a conflict by.
pub const OUTCOME: &str = "ExchangeSyncSchedulingConflictsError";

/// An appointment of which a record is about to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Booking {
    /// The organization wants to be asked about conflicts.
    pub asks: bool,
    /// It is a single appointment, or an occurrence whose series is not tracked.
    pub is_single: bool,
    /// A person asked for it to be tracked, who sees the calendar.
    pub by_person: bool,
    /// What a person answered.
    pub answer: Option<bool>,
}

/// Whether conflicts are looked for before the record is made.
pub const fn is_checked(booking: &Booking, rules: &Rules) -> bool {
    let is_wished = booking.by_person && rules.conflicts_not_for_persons;
    let is_allowed = matches!(booking.answer, Some(true));
    booking.asks && booking.is_single && !is_wished && !is_allowed && rules.conflicts_asked
}

/// What becomes of an item of that version which is in conflict with `others`: it waits for an
/// answer. `others` names their records.
pub fn conflict(version: &Version, others: &str) -> Decision {
    let note = FailureNote {
        class: "refused".to_owned(),
        code: OUTCOME.to_owned(),
        detail: format!("at the same time the same people have {others}"),
    };
    let settle = Settle {
        conflict: Some(note),
        passed_over: Some(version.clone()),
        ..Settle::state(ItemState::NotTracked)
    };
    Decision::settled(Reason::SchedulingConflict, settle)
}

/// Whether somebody is asked about a conflict of the link, as opposed to a change of its record.
pub fn is_asked(link: &Link) -> bool {
    let is_unsaved = link.baseline == Baseline::Untracked && link.crm != CrmSide::Linked;
    is_unsaved && link.edits.is_held
}

/// Whether the link does nothing but wait for an answer about a conflict.
pub fn waits(link: &Link) -> bool {
    is_asked(link) && link.reason == Reason::SchedulingConflict.code()
}

/// What an item that bears the category waits for, or what was answered no. An item that was changed
/// since may not be in conflict any more, and is looked at again.
pub(crate) fn before_tracking(facts: &Facts<'_>, rules: &Rules) -> Option<Decision> {
    let link = facts.link.filter(|link| waits(link))?;
    let Reading::Found(item) = facts.reading else { return None };
    match link.edits.answer {
        Some(false) if rules.conflicts_declined => {
            let settle = Settle {
                ignored: Some(true),
                reset_attempts: true,
                ..Settle::state(ItemState::NotTracked)
            };
            Some(Decision::settled(Reason::SchedulingConflictDeclined, settle))
        }
        Some(_) => None,
        None if link.synced_version.as_ref() == Some(&item.version) => {
            Some(Decision::nothing(Reason::SchedulingConflict, ItemState::NotTracked))
        }
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASKED: Booking = Booking { asks: true, is_single: true, by_person: false, answer: None };

    #[test]
    fn a_single_appointment_is_checked_where_the_organization_asks() {
        let of = |booking| is_checked(&booking, &Rules::all());
        assert!(of(ASKED));
        assert!(of(Booking { answer: Some(false), ..ASKED }));
        assert!(!of(Booking { asks: false, ..ASKED }));
        assert!(!of(Booking { is_single: false, ..ASKED }));
        assert!(!of(Booking { by_person: true, ..ASKED }));
        assert!(!of(Booking { answer: Some(true), ..ASKED }));
    }
}
