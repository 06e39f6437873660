//! What one cycle did.

use earmark_mailbox_port::Scope;
use earmark_model::Failure;

/// What one cycle of one mailbox did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CycleReport {
    /// Units: items looked at.
    pub looked_at: u64,
    /// Units: items that became tracked.
    pub tracked: u64,
    /// Units: items that became untracked.
    pub untracked: u64,
    /// Units: items whose attempt failed.
    pub failed: u64,
    /// Units: decisions that were held.
    pub held: u64,
    /// Parts that could not be read, while the rest of the mailbox went on.
    pub unreadable: Vec<(Scope, Failure)>,
    /// Why the cycle was not complete; `None` when it was.
    pub failure: Option<Failure>,
    /// The mailbox gave way to others before everything was done, and goes on at its next turn.
    pub is_unfinished: bool,
}

impl CycleReport {
    /// The report of this turn and of the one after it.
    pub(crate) fn then(self, next: Self) -> Self {
        Self {
            tracked: self.tracked + next.tracked,
            untracked: self.untracked + next.untracked,
            failed: self.failed + next.failed,
            ..next
        }
    }
}
