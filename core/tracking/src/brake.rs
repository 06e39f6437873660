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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_mailboxes_may_end_twenty_five() {
        assert_eq!(allowance(10, 0, &Rules::all()), 25);
        assert_eq!(allowance(10, 20, &Rules::all()), 5);
    }

    #[test]
    fn large_mailboxes_may_end_a_fifth() {
        assert_eq!(allowance(1_000, 0, &Rules::all()), 200);
        assert_eq!(allowance(1_000, 300, &Rules::all()), 0);
    }
}
