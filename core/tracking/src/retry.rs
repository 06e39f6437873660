//! What a failure does to a link: attempts, waiting, giving up. Source: R21 to R23, A5, A6.

use crate::{Effect, Reason, Rules};
use earmark_model::limits::MAX_TRACK_RETRIES;
use earmark_model::{
    Cause, Failure, FailureClass, FailureNote, Instant, ItemState, Link, UndeliverableMark,
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

/// One line of the policy: what a cause does to an item whose promotion it ended, and whether the
/// line holds.
type Line = (Cause, Verdict, fn(&Rules) -> bool);

/// The policy, one line for each cause. Source: R22, A12 and the design, section 3.
const POLICY: &[Line] = &[
    (Cause::PlugInRefused, Verdict::Counted, |rules| rules.policy_plug_in_refused),
    (Cause::PlugInFailed, Verdict::Counted, |rules| rules.policy_plug_in_failed),
    (Cause::WebhookFailed, Verdict::Counted, |rules| rules.policy_webhook_failed),
    (Cause::PlugInTimeout, Verdict::Counted, |rules| rules.policy_plug_in_timeout),
    (Cause::DatabaseTimeout, Verdict::Counted, |rules| rules.policy_database_timeout),
    (Cause::UnexpectedError, Verdict::Counted, |rules| rules.policy_unexpected_error),
    (Cause::NoAnswer, Verdict::Counted, |rules| rules.policy_no_answer),
    (Cause::MailboxTimeout, Verdict::Counted, |rules| rules.policy_mailbox_timeout),
    (Cause::InvalidSender, Verdict::Counted, |rules| rules.policy_invalid_sender),
    (Cause::UnknownDecision, Verdict::Counted, |rules| rules.policy_unknown_decision),
    (Cause::QueueOwnerUnprivileged, Verdict::Counted, |rules| rules.policy_queue_owner),
    (Cause::PrivilegeMissing, Verdict::Counted, |rules| rules.policy_privilege_missing),
    (Cause::ReferenceMissing, Verdict::Counted, |rules| rules.policy_reference_missing),
    (Cause::InvalidRequest, Verdict::Final, |rules| rules.policy_invalid_request),
    (Cause::UnacceptableValue, Verdict::Final, |rules| rules.policy_unacceptable_value),
    (Cause::Conflict, Verdict::LookAgain, |rules| rules.policy_conflict),
    (Cause::Gone, Verdict::LookAgain, |rules| rules.policy_gone),
    (Cause::Throttled, Verdict::Free, |rules| rules.policy_throttled),
    (Cause::Unauthenticated, Verdict::Free, |rules| rules.policy_unauthenticated),
    (Cause::NoConnection, Verdict::Free, |rules| rules.policy_no_connection),
    (Cause::Gateway, Verdict::Free, |rules| rules.policy_gateway),
    (Cause::OutOfOrder, Verdict::Free, |rules| rules.policy_out_of_order),
    (Cause::CircuitOpen, Verdict::Free, |rules| rules.policy_circuit_open),
    (Cause::ScopeUnreadable, Verdict::Free, |rules| rules.policy_scope_unreadable),
    (Cause::MailboxMissing, Verdict::Free, |rules| rules.policy_mailbox_missing),
    (Cause::CheckpointExpired, Verdict::Free, |rules| rules.policy_checkpoint_expired),
    (Cause::Bug, Verdict::Free, |rules| rules.policy_bug),
];

/// Judges a failure of `effect` by its cause. Only a promotion uses up attempts or ends for good;
/// everything else is repeated until it succeeds. A line that is switched off says the opposite:
/// what counts is free, and what does not is counted.
pub fn judge(effect: &Effect, failure: &Failure, rules: &Rules) -> Verdict {
    let line = POLICY.iter().find(|(cause, ..)| *cause == failure.cause);
    let verdict = match line {
        Some((_, verdict, holds)) if holds(rules) => *verdict,
        Some((_, Verdict::Counted | Verdict::Final, _)) => Verdict::Free,
        Some((_, Verdict::Free | Verdict::LookAgain, _)) | None => Verdict::Counted,
    };
    match verdict {
        Verdict::Counted | Verdict::Final if !matches!(effect, Effect::Track { .. }) => {
            Verdict::Free
        }
        verdict => verdict,
    }
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
        // What is still to be written is the mark.
        Verdict::Free if link.undeliverable == UndeliverableMark::Intended => {
            (Reason::RetriesExhausted, waiting_state(link))
        }
        Verdict::Free if is_refused(failure) => (Reason::ChangeRefused, waiting_state(link)),
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

/// Understood and not done, which is another thing than nobody having been there.
const fn is_refused(failure: &Failure) -> bool {
    matches!(failure.class, FailureClass::Refused | FailureClass::Unacceptable { .. })
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

#[cfg(test)]
mod tests {
    use super::*;

    const TRACK: Effect = Effect::Track { raise_epoch: false, regarding: None };

    fn verdict(effect: &Effect, cause: Cause, rules: &Rules) -> Verdict {
        judge(effect, &Failure::refused(cause, "code", "detail"), rules)
    }

    #[test]
    fn each_cause_has_exactly_one_line() {
        let causes: Vec<Cause> = POLICY.iter().map(|(cause, ..)| *cause).collect();
        assert_eq!(causes, Cause::ALL);
    }

    #[test]
    fn each_line_says_what_the_product_promises() {
        use Cause as C;
        let counted = [
            C::PlugInRefused,
            C::PlugInFailed,
            C::WebhookFailed,
            C::PlugInTimeout,
            C::DatabaseTimeout,
            C::UnexpectedError,
            C::NoAnswer,
            C::MailboxTimeout,
            C::InvalidSender,
            C::UnknownDecision,
            C::QueueOwnerUnprivileged,
            C::PrivilegeMissing,
            C::ReferenceMissing,
        ];
        let final_ = [C::InvalidRequest, C::UnacceptableValue];
        let look_again = [C::Conflict, C::Gone];
        for cause in Cause::ALL {
            let promised = if counted.contains(cause) {
                Verdict::Counted
            } else if final_.contains(cause) {
                Verdict::Final
            } else if look_again.contains(cause) {
                Verdict::LookAgain
            } else {
                Verdict::Free
            };
            assert_eq!(verdict(&TRACK, *cause, &Rules::all()), promised, "{cause:?}");
        }
    }

    #[test]
    fn each_line_has_a_switch_of_its_own_that_turns_it_round() {
        let lines: Vec<&str> =
            Rules::NAMES.iter().copied().filter(|name| name.starts_with("policy_")).collect();
        assert_eq!(lines.len(), POLICY.len());
        for ((cause, promised, _), name) in POLICY.iter().zip(lines) {
            let without = Rules::without(name).expect("a switch of that name");
            for other in Cause::ALL {
                let is_turned =
                    verdict(&TRACK, *other, &without) != verdict(&TRACK, *other, &Rules::all());
                assert_eq!(is_turned, other == cause, "{name}: {other:?}");
            }
            let is_counted = verdict(&TRACK, *cause, &without) == Verdict::Counted;
            let was_free = matches!(promised, Verdict::Free | Verdict::LookAgain);
            assert_eq!(is_counted, was_free, "{name}");
        }
    }

    #[test]
    fn nothing_but_a_promotion_uses_up_attempts() {
        for cause in Cause::ALL {
            let unlink = verdict(&Effect::Unlink, *cause, &Rules::all());
            assert!(matches!(unlink, Verdict::Free | Verdict::LookAgain), "{cause:?}");
        }
    }
}
