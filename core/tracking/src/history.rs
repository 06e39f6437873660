//! To whom a change is put down in an item's history, and what made us look.

use crate::Reason;
use earmark_model::{Actor, Request, RequestOrigin, Trigger};

/// Who did it, and what made us look. `request` is the one that was stored when the item was
/// looked at; `is_partial` says that a notification, and not the regular cycle, made us look;
/// `was_retrying` that another attempt was due.
pub fn attribution(
    reason: Option<Reason>,
    request: Option<&Request>,
    is_partial: bool,
    was_retrying: bool,
) -> (Actor, Trigger) {
    (actor(reason, request), trigger(reason, request, is_partial, was_retrying))
}

fn actor(reason: Option<Reason>, request: Option<&Request>) -> Actor {
    if let Some(request) = request {
        return match &request.origin {
            RequestOrigin::Person => Actor::Person,
            RequestOrigin::Automatic { accepted_for } => Actor::Automatic(*accepted_for),
            RequestOrigin::Copy => Actor::Copy,
        };
    }
    match reason {
        Some(
            Reason::CategoryAssigned
            | Reason::CategoryTakenBack
            | Reason::CategoryRemoved
            | Reason::ReassignedAfterDeletion
            | Reason::FieldsUpdated
            | Reason::SeriesTracked
            | Reason::SeriesUntracked
            | Reason::EndedOnBothSides
            | Reason::SourceGone
            | Reason::DraftNotSent
            | Reason::UnsupportedKind
            | Reason::MeetingMessage,
        ) => Actor::Mailbox,
        Some(
            Reason::UntrackedInCrm
            | Reason::RecordDeletedInCrm
            | Reason::RecordClosed
            | Reason::FieldsWrittenBack
            | Reason::MeetingUpdateHeld,
        ) => Actor::Crm(None),
        Some(Reason::RequestedByPerson | Reason::UntrackRequestedByPerson) => Actor::Person,
        Some(Reason::CopyOfTrackedMessage | Reason::CopyInSameMailbox) => Actor::Copy,
        _ => Actor::Service,
    }
}

fn trigger(
    reason: Option<Reason>,
    request: Option<&Request>,
    is_partial: bool,
    was_retrying: bool,
) -> Trigger {
    match (reason, request.map(|request| &request.origin)) {
        (_, Some(RequestOrigin::Person | RequestOrigin::Automatic { .. })) => Trigger::Request,
        (_, Some(RequestOrigin::Copy)) => Trigger::Copy,
        (
            Some(
                Reason::UntrackedInCrm
                | Reason::RecordDeletedInCrm
                | Reason::FieldsWrittenBack
                | Reason::MeetingUpdateHeld,
            ),
            None,
        ) => Trigger::Crm,
        (
            Some(
                Reason::SwitchedOff
                | Reason::Dormant
                | Reason::BoreCategoryBeforeSwitchOn
                | Reason::UncategorizedSinceSwitchOn,
            ),
            None,
        ) => Trigger::Switch,
        (Some(Reason::CopyOfTrackedMessage), None) => Trigger::Copy,
        _ if was_retrying => Trigger::Retry,
        _ if is_partial => Trigger::Notification,
        _ => Trigger::Cycle,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use earmark_model::{Instant, PrincipalId, RequestWish};

    fn request(origin: RequestOrigin) -> Request {
        Request {
            wish: RequestWish::Track { regarding: None },
            origin,
            at: Instant::from_millis(0),
        }
    }

    #[test]
    fn each_cause_has_its_actor_and_its_trigger() {
        let queue = PrincipalId("00000000-0000-0000-0000-000000000001".parse().expect("an id"));
        let person = request(RequestOrigin::Person);
        let automatic = request(RequestOrigin::Automatic { accepted_for: queue });
        let copy = request(RequestOrigin::Copy);
        for (reason, request, partial, retrying, actor, trigger) in [
            (Reason::CategoryAssigned, None, false, false, Actor::Mailbox, Trigger::Cycle),
            (Reason::CategoryRemoved, None, true, false, Actor::Mailbox, Trigger::Notification),
            (Reason::CategoryAssigned, None, true, true, Actor::Mailbox, Trigger::Retry),
            (
                Reason::RequestedByPerson,
                Some(&person),
                true,
                false,
                Actor::Person,
                Trigger::Request,
            ),
            (
                Reason::AcceptedAutomatically,
                Some(&automatic),
                false,
                false,
                Actor::Automatic(queue),
                Trigger::Request,
            ),
            (Reason::CopyOfTrackedMessage, Some(&copy), false, false, Actor::Copy, Trigger::Copy),
            (Reason::UntrackedInCrm, None, true, false, Actor::Crm(None), Trigger::Crm),
            (Reason::Dormant, None, false, false, Actor::Service, Trigger::Switch),
            (Reason::RetriesExhausted, None, false, true, Actor::Service, Trigger::Retry),
        ] {
            let found = attribution(Some(reason), request, partial, retrying);
            assert_eq!(found, (actor, trigger), "{reason:?}");
        }
    }
}
