//! The suite itself: a mailbox that keeps every promise passes it, and each kind of broken
//! promise is found.

mod hands;

mod pretend;

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
