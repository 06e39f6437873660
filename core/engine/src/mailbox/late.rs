//! What was sent without an answer, and may yet be carried out.

use super::Cycle;
use earmark_model::{Baseline, CrmSide, FailureClass, ItemState, Link};
use earmark_tracking::{Decision, Reason, record::is_unlink_open};
use std::time::Duration;

/// How long after it was given up a request may still be carried out.
const LATE_MAX: Duration = Duration::from_secs(15 * 60);

impl Cycle<'_> {
    /// An unlink was sent whose outcome is not known, the item is wanted again, and the CRM still has
    /// its link: the unlink may yet be carried out. What is asked again until then is linked anew.
    pub(super) fn may_be_cut(
        &self,
        before: Option<&Link>,
        link: &Link,
        decision: &Decision,
    ) -> bool {
        let wanted = matches!(decision.reason, Reason::BothSidesAgree | Reason::RequestedByPerson);
        let sent = before.filter(|before| is_unlink_open(before)).map(|before| before.changed_at);
        wanted
            && link.crm == CrmSide::Linked
            && sent.is_some_and(|sent| self.now().since(sent) < LATE_MAX)
    }

    /// A promotion was sent whose outcome is not known, and the item is wanted no more: the record
    /// may yet be made. What is asked again until then is unlinked.
    pub(super) fn may_be_made(
        &self,
        before: Option<&Link>,
        link: &Link,
        decision: &Decision,
    ) -> bool {
        let sent = before
            .filter(|before| is_uncertain(before))
            .filter(|before| {
                may_have_succeeded(before) || before.reason == Reason::AttemptInterrupted.code()
            })
            .map(|before| before.changed_at);
        let unwanted = matches!(
            decision.reason,
            Reason::NoCategory
                | Reason::UntrackedByUserBefore
                | Reason::UntrackRequestedByPerson
                | Reason::RecordDeletedInCrm
        );
        unwanted
            && link.crm != CrmSide::Linked
            && sent.is_some_and(|sent| self.now().since(sent) < LATE_MAX)
    }
}

/// A record may have been made without our knowing, or was found to be linked before that was known.
pub(super) fn is_uncertain(link: &Link) -> bool {
    let is_unknown = link.crm == CrmSide::NotLinked || link.linked_at.is_none();
    let may_be = match link.state {
        // The record that was deleted may have a successor of the next epoch.
        ItemState::Pending | ItemState::Retrying => {
            is_unknown || link.crm == CrmSide::RecordDeleted
        }
        ItemState::SourceGone => is_unknown,
        _ => false,
    };
    may_be && link.baseline == Baseline::Untracked && link.confirmed_name.is_some()
}

/// The last attempt got no answer; its effect may be there all the same.
pub(super) fn may_have_succeeded(link: &Link) -> bool {
    let timeout = FailureClass::Timeout.as_str();
    link.failure.as_ref().is_some_and(|failure| failure.class == timeout)
}
