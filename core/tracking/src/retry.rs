//! What a failure does to a link: attempts, waiting, giving up. Source: R21 to R23, A5, A6.

use crate::{Effect, Reason, Rules};
use earmark_model::limits::MAX_TRACK_RETRIES;
use earmark_model::{
    Failure, FailureClass, FailureNote, Instant, ItemState, Link, RefusalPolicy, UndeliverableMark,
};
use std::time::Duration;

/// What a failed effect amounts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// An attempt was used up.
    Counted,
    /// Not the item's fault: tried again, free of charge.
    Free,
    /// Somebody else was quicker: look again.
    LookAgain,
    /// Final until somebody assigns the category anew.
    Final,
}

/// Judges a failure of `effect` by its class.
pub fn judge(effect: &Effect, failure: &Failure, rules: &Rules) -> Verdict {
    let promotion = matches!(effect, Effect::Track { .. });
    match &failure.class {
        FailureClass::Refused { policy: RefusalPolicy::Counted }
        | FailureClass::Unacceptable { .. } => counted(promotion && rules.refusals_count),
        FailureClass::Refused { policy: RefusalPolicy::Final } if promotion => {
            if rules.final_refusals_end { Verdict::Final } else { Verdict::Free }
        }
        FailureClass::Timeout => counted(promotion && rules.timeouts_count),
        FailureClass::Conflict | FailureClass::ItemGone | FailureClass::RecordGone => {
            Verdict::LookAgain
        }
        FailureClass::Throttled { .. }
        | FailureClass::Unavailable
        | FailureClass::CheckpointExpired
        | FailureClass::ScopeUnreadable
        | FailureClass::Unauthenticated
        | FailureClass::Bug
        | FailureClass::Refused { .. } => counted(promotion && !rules.outages_do_not_count),
    }
}

const fn counted(counts: bool) -> Verdict {
    if counts { Verdict::Counted } else { Verdict::Free }
}

/// Whether a failure may open the circuit of the side that failed. A refusal never does.
pub const fn may_open_circuit(failure: &Failure) -> bool {
    matches!(
        failure.class,
        FailureClass::Timeout | FailureClass::Unavailable | FailureClass::Unauthenticated
    )
}

/// Records a failed effect on the link. One attempt and five retries, at least one cycle apart;
/// then the Undeliverable mark is intended.
pub fn after_failure(
    link: &mut Link,
    effect: &Effect,
    failure: &Failure,
    now: Instant,
    cycle: Duration,
    rules: &Rules,
) -> Verdict {
    let verdict = judge(effect, failure, rules);
    link.failure = Some(FailureNote {
        class: failure.class.as_str().to_owned(),
        code: failure.code.clone(),
        detail: failure.detail.clone(),
    });
    let (reason, state) = match verdict {
        Verdict::Counted => count(link, now, cycle, rules),
        Verdict::Free => (Reason::AttemptInterrupted, waiting_state(link)),
        Verdict::LookAgain => (Reason::ItemChangedMeanwhile, waiting_state(link)),
        Verdict::Final => {
            link.ignored = true;
            (Reason::RefusedForGood, ItemState::NotTracked)
        }
    };
    link.reason = reason.code().to_owned();
    link.state = state;
    link.changed_at = now;
    verdict
}

fn count(link: &mut Link, now: Instant, cycle: Duration, rules: &Rules) -> (Reason, ItemState) {
    link.attempts += 1;
    link.not_before = Some(now.plus(cycle));
    if link.attempts > MAX_TRACK_RETRIES && rules.undeliverable_after_retries {
        link.undeliverable = UndeliverableMark::Intended;
        return (Reason::RetriesExhausted, ItemState::Retrying);
    }
    (Reason::AttemptFailed, ItemState::Retrying)
}

fn waiting_state(link: &Link) -> ItemState {
    if link.attempts > 0 { ItemState::Retrying } else { ItemState::Pending }
}
