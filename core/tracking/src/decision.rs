//! What is to be done, and what the link becomes once it is done.

use crate::Reason;
use earmark_model::{Baseline, FailureNote, ItemState, Regarding, UndeliverableMark, Version};

/// One thing to be done outside. Each may be repeated after an unknown outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Find the record or create it, and link the item to it.
    Track {
        /// Raise the epoch first, because the record of the present one was deleted.
        raise_epoch: bool,
        /// `None` leaves the regarding of a found record alone.
        regarding: Option<Option<Regarding>>,
    },
    /// Set or take off the regarding of the linked record.
    SetRegarding(Option<Regarding>),
    /// Give the linked record the fields that were changed in the item since both were compared,
    /// and the item those that were changed in the record.
    Update,
    /// Take the fields that the item has now for those of the record; nothing is written.
    TakeOver,
    /// Leave the id of the record on the item, where it travels with it.
    PutBackLink,
    /// Take the link away in the CRM; the record stays as it is.
    Unlink,
    /// Add the tracked category to the item.
    AddCategory,
    /// Take the tracked category off the item.
    RemoveCategory,
    /// In one step: take the tracked category off and add the Undeliverable one.
    MarkUndeliverable,
    /// Take the Undeliverable category off the item.
    RemoveUndeliverable,
}

/// What happens to the tombstone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TombstoneChange {
    /// Left as it is.
    Keep,
    /// Written, when this was the last linked copy in the mailbox.
    Write,
    /// Cleared by a deliberate track.
    Clear,
}

/// What the link becomes when every effect is confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settle {
    /// The new baseline; `None` leaves it.
    pub baseline: Option<Baseline>,
    /// The state shown.
    pub state: ItemState,
    /// The tombstone.
    pub tombstone: TombstoneChange,
    /// The request was served.
    pub serve_request: bool,
    /// The new *ignored* mark; `None` leaves it.
    pub ignored: Option<bool>,
    /// The new *uncategorized* mark; `None` leaves it.
    pub uncategorized: Option<bool>,
    /// The episode of attempts is over.
    pub reset_attempts: bool,
    /// The new Undeliverable mark; `None` leaves it.
    pub undeliverable: Option<UndeliverableMark>,
    /// The version that is dealt with although the link gives the record no fields; what the link
    /// last gave it is forgotten. `None` leaves both.
    pub passed_over: Option<Version>,
    /// Edits of the record are dealt with although the link takes no part in the field merge.
    pub edits_passed_over: bool,
    /// It waits for an answer about this conflict.
    pub conflict: Option<FailureNote>,
}

impl Settle {
    /// Changes nothing but the state shown.
    pub const fn state(state: ItemState) -> Self {
        Self {
            baseline: None,
            state,
            tombstone: TombstoneChange::Keep,
            serve_request: false,
            ignored: None,
            uncategorized: None,
            reset_attempts: false,
            undeliverable: None,
            passed_over: None,
            edits_passed_over: false,
            conflict: None,
        }
    }
}

/// A decision: what to do, why, and what it amounts to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// In this order; a failure leaves the rest undone.
    pub effects: Vec<Effect>,
    /// When all of them are confirmed.
    pub settle: Settle,
    /// Why.
    pub reason: Reason,
    /// The category is owed to the item until it is confirmed there.
    pub owes_category: bool,
    /// A new episode of attempts begins with this decision.
    pub fresh_episode: bool,
    /// Counts against the brake: tracking of a link ends.
    pub ends_tracking: bool,
}

impl Decision {
    /// Nothing to do outside.
    pub const fn nothing(reason: Reason, state: ItemState) -> Self {
        Self::settled(reason, Settle::state(state))
    }

    /// Nothing to do outside, and the link becomes `settle`.
    pub const fn settled(reason: Reason, settle: Settle) -> Self {
        Self {
            effects: Vec::new(),
            settle,
            reason,
            owes_category: false,
            fresh_episode: false,
            ends_tracking: false,
        }
    }

    /// Nothing had to be done outside after all, and nothing is told.
    pub fn came_to_nothing(&mut self) {
        self.effects.clear();
        self.reason = Reason::Steady;
    }

    /// Whether the item becomes tracked with the record that it is linked to already.
    pub fn finds_tracked(&self) -> bool {
        self.settle.baseline == Some(Baseline::Tracked) && !self.needs_record()
    }

    /// Whether something in the CRM is needed.
    pub fn needs_record(&self) -> bool {
        self.effects.iter().any(|effect| matches!(effect, Effect::Track { .. }))
    }
}
