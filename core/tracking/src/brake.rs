//! The brake: unusually many endings of tracking at once are held. Source: A8.

use crate::Rules;
use earmark_model::limits::{BRAKE_MIN, BRAKE_PERCENT};

/// How many more endings may be applied now, in a scope (a mailbox or an organization) that has
/// `links` links and saw `recent` endings within one sliding window.
pub fn allowance(links: usize, recent: usize, rules: &Rules) -> usize {
    if !rules.brake {
        return usize::MAX;
    }
    BRAKE_MIN.max(links * BRAKE_PERCENT / 100).saturating_sub(recent)
}

/// Whether an ending of tracking waits for a person, however few there are: it rests on something
/// that is missing in the CRM (`is_missing`) and that the CRM never said anybody took away, as
/// after the CRM was restored from an older backup. Source: A8.
pub const fn waits_for_person(is_missing: bool, is_released: bool, rules: &Rules) -> bool {
    is_missing && !is_released && rules.missing_waits_for_person
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_mailboxes_may_end_twenty_five() {
        assert_eq!(allowance(10, 0, &Rules::all()), 25);
        assert_eq!(allowance(10, 20, &Rules::all()), 5);
    }

    #[test]
    fn what_is_missing_waits_until_a_person_released_it() {
        assert!(waits_for_person(true, false, &Rules::all()));
        assert!(!waits_for_person(true, true, &Rules::all()));
        assert!(!waits_for_person(false, false, &Rules::all()));
    }

    #[test]
    fn large_mailboxes_may_end_a_fifth() {
        assert_eq!(allowance(1_000, 0, &Rules::all()), 200);
        assert_eq!(allowance(1_000, 300, &Rules::all()), 0);
    }
}
