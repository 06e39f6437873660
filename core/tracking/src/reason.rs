//! Why something was, or was not, done: a closed list, stored by code and shown in words.

macro_rules! reasons {
    ($($name:ident $code:literal $text:literal,)*) => {
        /// The reason of a decision.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Reason {
            $(#[doc = $text] $name,)*
        }

        impl Reason {
            /// Every reason, in the order of this file.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The word that is stored and shown to machines.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code),* }
            }

            /// One sentence for people.
            pub const fn explanation(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }

            /// The reason that a stored code names.
            pub fn from_code(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$name),)* _ => None }
            }
        }
    };
}

reasons! {
    NoCategory "no_category" "The item does not carry the tracking category and nobody asked for it to be tracked.",
    CategoryAssigned "category_assigned" "The tracking category was assigned to the item.",
    CategoryTakenBack "category_taken_back" "The category was assigned and taken back before tracking was confirmed.",
    CategoryRemoved "category_removed" "The tracking category was taken off the item, so it was untracked; the record stays.",
    CategoryOwed "category_owed" "The item is linked in the CRM and is still to receive its category.",
    BothSidesAgree "both_sides_agree" "Mailbox and CRM agree that the item is tracked.",
    Steady "steady" "The item is tracked and nothing changed.",
    FieldsUpdated "fields_updated" "The item was changed, and its record was given the new values.",
    FieldsWrittenBack "fields_written_back" "The record was changed in the CRM, and the item was given the new values.",
    FieldsInConflict "fields_in_conflict" "Item and record differ in a field that both sides changed, or that cannot be carried over whole; the later change stays, or each side keeps its own until it is changed again.",
    MeetingUpdateHeld "meeting_update_held" "The record was changed in the CRM, and writing that to the meeting would send its attendees an update; it waits for an answer.",
    SchedulingConflict "scheduling_conflict" "The appointment takes place at the same time as another one of the same people in the CRM, so it is not saved there; it waits for an answer, or for another time.",
    SchedulingConflictDeclined "scheduling_conflict_declined" "Somebody said that the appointment is not to be saved at the same time as another one; take the category off, and assign it again to be asked again.",
    TookOverFields "took_over_fields" "This copy gives the record its values from now on; what the record holds is the starting point, and nothing was written.",
    RecordClosed "record_closed" "The record is completed or cancelled, so it takes no more changes; the item stays tracked.",
    SeriesTracked "series_tracked" "The series of this occurrence is tracked, so the occurrence is tracked with it.",
    SeriesUntracked "series_untracked" "The series of this occurrence is not tracked any more, so the occurrence was untracked with it; the record stays.",
    UntrackedInCrm "untracked_in_crm" "The item was untracked in the CRM, so the category is taken off.",
    EndedOnBothSides "ended_on_both_sides" "Tracking was ended both in the mailbox and in the CRM.",
    RecordDeletedInCrm "record_deleted_in_crm" "The record was deleted in the CRM; it is not created again by itself.",
    ReassignedAfterDeletion "reassigned_after_deletion" "The category was assigned again after the record had been deleted, so a new record is made.",
    SourceGone "source_gone" "The item was deleted or moved to Deleted Items or Junk; the record stays and nothing is untracked.",
    MailboxUnreadable "mailbox_unreadable" "The mailbox could not be read, so nothing is concluded.",
    RequestedByPerson "requested_by_person" "A person asked for the item to be tracked.",
    UntrackRequestedByPerson "untrack_requested_by_person" "A person asked for the item to be untracked; the record stays.",
    AcceptedAutomatically "accepted_automatically" "The message was accepted by the automatic filter.",
    InternalMail "internal_mail" "The message was sent by a user or queue of this organization, where internal mail makes one record only: that of the sent copy.",
    CopyOfTrackedMessage "copy_of_tracked_message" "Another recipient's copy of the message is tracked.",
    CopyNotFound "copy_not_found" "The copy of another recipient did not come within a day, so it is not expected any longer.",
    CopyWithoutRecord "copy_without_record" "The message is a copy of a tracked one, and there is no record of its direction to link it to; nothing was made.",
    AlreadyDecided "already_decided" "The item was already tracked or already bore the category when the request was looked at.",
    UntrackedByUserBefore "untracked_by_user_before" "A person untracked this message before; only a person may track it again.",
    UndeliverableBefore "undeliverable_before" "Tracking was given up after the last retry; assign the tracking category again to try once more.",
    SwitchedOff "switched_off" "Category tracking is switched off in this organization.",
    Dormant "dormant" "The item is linked while category tracking is switched off; the link sleeps.",
    BoreCategoryBeforeSwitchOn "bore_category_before_switch_on" "The item bore the category before tracking was switched on; take it off and assign it again to track the item.",
    LeftAloneBefore "left_alone_before" "The item was left alone with the category that it bore before it was deleted or moved to Junk, and came back with it; take it off and assign it again to track the item.",
    UncategorizedSinceSwitchOn "uncategorized_since_switch_on" "The item lost its category while tracking was switched off; it stays tracked without it.",
    OwnWrite "own_write" "The item shows our own last write, or the state before it; that is nobody's act.",
    MasterListUnsettled "master_list_unsettled" "The tracking category was missing, renamed or re-created in the mailbox; removals wait for one cycle.",
    MasterListNotRead "master_list_not_read" "The mailbox's list of categories was not read after the item, so a removal is not decided.",
    Held "held" "Unusually many items lost tracking at once; the removal is held for one cycle and checked again.",
    MissingInCrm "missing_in_crm" "The record or its link is missing in the CRM, which does not say that anybody took it away; it may have been restored from a backup. Nothing is done until it is back or a person decides.",
    DraftNotSent "draft_not_sent" "The item is a draft or waits in the Outbox; the category takes effect when it is sent.",
    UnsupportedKind "unsupported_kind" "Items of this kind are not tracked by category.",
    MeetingMessage "meeting_message" "Meeting requests and replies are not tracked; track the calendar item.",
    TooLarge "too_large" "The message is larger than 150 MB.",
    CategoryFromSender "category_from_sender" "The category came with the message itself: its sender wrote it, nobody here assigned it; take it off, and assign it again once the item was seen without it, to track the item.",
    CopyInSameMailbox "copy_in_same_mailbox" "The item is a copy of a tracked item in the same mailbox and is left alone.",
    SameMessageIdOtherContent "same_message_id_other_content" "A record with the same Message-ID has another sender and another date; the item is linked to nothing.",
    InvalidSender "invalid_sender" "The message has no usable sender.",
    WaitingForRetry "waiting_for_retry" "The last attempt failed; the next one is at least one cycle later.",
    AttemptFailed "attempt_failed" "The attempt failed and will be repeated.",
    AttemptInterrupted "attempt_interrupted" "The other side was not available; the attempt does not count and will be repeated.",
    ChangeRefused "change_refused" "The other side refused the change; it is repeated until it is taken, and does not count as an attempt.",
    RetriesExhausted "retries_exhausted" "The first attempt and five retries failed, so the item is marked Undeliverable.",
    RefusedForGood "refused_for_good" "The CRM refused the item for good; correct the cause and assign the category again.",
    ItemChangedMeanwhile "item_changed_meanwhile" "The item was changed by somebody else at the same moment; it is looked at again.",
    RuleSwitchedOff "rule_switched_off" "The rule for this situation is switched off in this run.",
}

impl Reason {
    /// Says only that nothing changed: the reason of the last change tells more.
    pub const fn repeats_what_is_known(self) -> bool {
        matches!(
            self,
            Self::Steady
                | Self::OwnWrite
                | Self::BothSidesAgree
                | Self::NoCategory
                | Self::UntrackedByUserBefore
                | Self::UndeliverableBefore
                | Self::RecordDeletedInCrm
                | Self::SourceGone
        )
    }

    /// Says why something is not decided yet; over as soon as anything else is said.
    pub const fn is_passing(self) -> bool {
        matches!(
            self,
            Self::OwnWrite
                | Self::MasterListUnsettled
                | Self::MasterListNotRead
                | Self::MailboxUnreadable
                | Self::Held
                | Self::MissingInCrm
                | Self::ItemChangedMeanwhile
                | Self::AttemptInterrupted
                | Self::ChangeRefused
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_unique_and_lead_back() {
        let codes: BTreeSet<_> = Reason::ALL.iter().map(|reason| reason.code()).collect();
        assert_eq!(codes.len(), Reason::ALL.len());
        for reason in Reason::ALL {
            assert_eq!(Reason::from_code(reason.code()), Some(*reason));
            assert!(reason.explanation().ends_with('.'));
        }
    }
}
