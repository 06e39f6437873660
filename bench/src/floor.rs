//! The request floor of the design: what each piece of work must cost at least.

/// Requests to the mailbox server for one cycle of a mailbox in which nothing happens: the master
/// list, the window of changed mail, the pages of the level sweep, the bearing events, the calendar
/// view of exceptions, and one for each To Do list.
pub const fn idle_cycle(sweep_pages: u64, lists: u64) -> u64 {
    4 + sweep_pages + lists
}

/// Requests for one email that becomes tracked and bears the category already: one read of the
/// item, one read and one write of the CRM.
pub const TRACKED: u64 = 3;

/// Requests for one untracked email: one read of the item, one master list (each batch), one write
/// of the CRM.
pub const UNTRACKED: u64 = 3;

/// The same by a cycle, on top of an idle one, whose master list serves it. It may cost less: where
/// the window of changed mail shows the item, it is not read again.
pub const UNTRACKED_IN_CYCLE: u64 = UNTRACKED - 1;

/// How many times the floor was needed. Units: 1.0 is the floor itself.
#[expect(clippy::cast_precision_loss, reason = "counts of requests are far below 2^52")]
pub fn ratio(found: u64, floor: u64) -> f64 {
    found as f64 / floor as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idle_mailbox_with_one_page_and_one_list_costs_six_requests() {
        assert_eq!(idle_cycle(1, 1), 6);
        assert_eq!(idle_cycle(2, 3), 9);
    }

    #[test]
    fn the_ratio_is_one_at_the_floor() {
        assert!((ratio(96, 96) - 1.0).abs() < f64::EPSILON);
        assert!((ratio(105, 100) - 1.05).abs() < 1e-9);
    }
}
