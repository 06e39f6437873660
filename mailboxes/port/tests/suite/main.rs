//! The suite itself: a mailbox that keeps every promise passes it, and each kind of broken
//! promise is found.

mod hands;

mod mailbox;

mod notices;

mod pretend;

mod shown;

use earmark_mailbox_port::conformance::{CASES, run};
use pretend::{Flaw, World};
use std::collections::BTreeSet;

#[tokio::test]
async fn a_mailbox_that_keeps_its_promises_passes() {
    let report = run(&World::new(None)).await;
    assert_eq!(report.verdict(), Ok(()));
    assert_eq!(report.held.len() + report.not_applicable.len(), CASES.len());
    assert_eq!(report.not_applicable, []);
}

#[tokio::test]
async fn every_flaw_is_found_by_the_case_that_is_about_it() {
    let cases = [
        (Flaw::UnreadableIsGone, "an_unknown_mailbox_is_unreadable_and_never_empty"),
        (Flaw::OutageIsEmpty, "an_outage_is_never_an_empty_answer"),
        (Flaw::BaseIsIgnored, "a_write_on_an_old_version_is_stale"),
        (Flaw::OtherNamesAreLost, "adding_and_removing_keeps_other_names_and_their_order"),
        (Flaw::TrashIsGone, "an_item_is_gone_only_when_it_is"),
        (Flaw::OnlyTheFirstPage, "many_bearers_come_completely"),
        (Flaw::OnlyTheInbox, "bearers_are_found_in_every_folder"),
        (Flaw::PauseIsIgnored, "a_throttled_mailbox_waits_without_sending"),
        (Flaw::CaseMatters, "a_name_is_removed_in_any_case"),
        (Flaw::OccurrencesAreItems, "an_occurrence_is_no_item"),
        (Flaw::ExceptionsAreForgotten, "bearers_in_the_calendar_are_found"),
        (Flaw::ExceptionsHaveTheirOwnUid, "an_exception_shows_its_series"),
        (Flaw::EverybodyOrganizes, "both_copies_of_a_meeting_are_known_as_one"),
        (Flaw::CancelledAreForgotten, "cancelled_occurrences_are_told"),
        (Flaw::WallClockIsUtc, "instants_are_right_across_zones"),
        (Flaw::RoomsAreLost, "content_of_an_appointment_is_whole"),
        (Flaw::ContentAlways, "content_comes_only_to_bearers_where_that_was_asked_for"),
        (Flaw::OnlyTheFirstList, "bearers_in_all_lists_are_found"),
        (Flaw::MirrorIsRead, "flagged_mail_is_no_task"),
        (Flaw::NoTasksIsEmpty, "a_mailbox_without_tasks_is_unreadable_there_alone"),
        (Flaw::LinkStaysBehind, "a_back_link_travels_with_its_task"),
        (Flaw::ForeignSubscriptionsAreListed, "subscriptions_are_made_listed_renewed_and_ended"),
        (Flaw::EndedIsRenewed, "an_ended_subscription_is_told_and_gone"),
        (Flaw::OtherHandlesAreTold, "notifications_name_items_as_reads_do"),
        (Flaw::AnythingIsADelivery, "a_nonsense_delivery_is_refused"),
        (Flaw::DraftsAreFound, "messages_are_found_by_their_ids_in_every_folder"),
        (Flaw::IdsIgnoreCase, "messages_are_found_whatever_their_id_is_made_of"),
        (Flaw::OnlyTheFirstCopies, "many_ids_and_many_copies_come_completely"),
        (Flaw::AnyFolderReceives, "received_mail_comes_oldest_first"),
        (Flaw::OnlyTheFirstPage, "much_received_mail_comes_completely"),
        (Flaw::FormsAreIgnored, "ids_of_other_forms_lead_to_the_handle"),
        (Flaw::ReadersAreDelegates, "who_may_change_the_mailbox_is_told"),
        (Flaw::OtherNameIsPrimary, "a_mailbox_says_its_primary_address"),
        (Flaw::FirstStampStays, "a_stamp_stays_and_changes_no_item"),
        (Flaw::UnknownIdsAreLeftOut, "an_id_that_means_nothing_takes_no_other_with_it"),
    ];
    for (flaw, name) in cases {
        let report = run(&World::new(Some(flaw))).await;
        let broken: BTreeSet<_> = report.broken.iter().map(|(name, _)| *name).collect();
        assert!(broken.contains(name), "{flaw:?} broke {broken:?}");
    }
}

#[test]
fn no_two_cases_have_one_name() {
    let names: BTreeSet<_> = CASES.iter().map(|case| case.name).collect();
    assert_eq!(names.len(), CASES.len());
}
