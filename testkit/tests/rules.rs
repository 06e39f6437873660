//! No rule is idle: with any one of them switched off, a scenario that stands for its promise
//! breaks.

use earmark_testkit::scenario;
use earmark_tracking::Rules;
use std::{collections::BTreeSet, fs, path::Path};

/// Each rule with a scenario that needs it.
const NEEDED: &[(&str, &str)] = &[
    ("row_assigned", "email/R12-category-makes-a-record"),
    ("row_taken_back", "folders/moved-back-without-the-category"),
    ("row_both", "folders/deleteditems-is-gone-and-back"),
    ("row_owed", "failure/A5-the-last-attempt-succeeded-unseen"),
    ("row_removed", "email/R15-untracking-keeps-the-record"),
    ("row_untracked_in_crm", "crm/untracked-in-the-crm"),
    ("row_both_ended", "crm/untracked-in-both"),
    ("row_deleted_with_category", "crm/record-deleted"),
    ("row_deleted_without_category", "crm/deleted-in-both"),
    ("row_reassigned_after_deletion", "crm/record-deleted-and-assigned-again"),
    ("row_gone", "folders/deleted-for-good"),
    ("wish_outlasts_a_miss", "email/not-shown-yet"),
    ("stamp_respected", "mailboxes/one-mailbox-one-organization"),
    ("stamp_written", "mailboxes/a-stamp-is-written-again"),
    ("stamp_read_with_entry", "mailboxes/one-mailbox-one-organization"),
    ("stamp_taken_over", "mailboxes/a-mailbox-is-taken-over"),
    ("test_compares_address", "mailboxes/test-needs-the-primary-address"),
    ("test_repeated", "mailboxes/test-outlasts-an-outage"),
    ("conflicts_asked", "calendar/a-conflict-waits-for-an-answer"),
    ("conflicts_not_for_persons", "calendar/a-conflict-and-a-person"),
    ("conflicts_declined", "calendar/a-conflict-waits-for-an-answer"),
    ("polling_interval_obeyed", "mailboxes/a-profile-sets-the-polling-interval"),
    ("health_kept", "mailboxes/health"),
    ("delegate_names_compared", "mailboxes/R35-another-name-is-told"),
    ("given_up_is_marked", "requests/left-alone-asked-for-and-given-up"),
    ("listed_mail_is_there", "automatic/listed-but-not-shown"),
    ("left_over_category", "crm/untracked-while-not-shown"),
    ("person_track", "email/a-person-requests"),
    ("person_untrack", "email/a-person-requests"),
    ("switch_off_is_silent", "switch/R8-off-takes-the-entry-out"),
    ("switch_on_ignores_old_bearers", "switch/R9-on-again-wakes"),
    ("switch_on_keeps_uncategorized", "switch/R10-nothing-is-back-filled"),
    ("master_list_settled", "category/R6-deleted-with-its-assignments"),
    ("old_names_for_known_links", "category/R5-renamed-without-rewriting-items"),
    ("old_names_not_for_new", "category/R5-old-name-is-no-assignment"),
    ("old_names_not_of_others", "category/R5-old-name-taken-by-another"),
    ("names_ignore_case", "category/R1-typed-in-another-case"),
    ("entry_recreated", "category/R6-created-again-when-deleted"),
    ("entry_adopted", "category/R2-adopted-in-another-case"),
    ("entry_followed_by_id", "category/R5-renamed-rewriting-items"),
    ("brake", "failure/brake"),
    ("drafts_wait", "folders/drafts-wait"),
    ("deleted_items_are_gone", "folders/junkemail-is-gone-and-back"),
    ("unsupported_kinds", "email/invitations-are-not-tracked"),
    ("copies_left_alone", "folders/copies-are-left-alone"),
    ("find_before_create", "identity/same-message-id-other-content"),
    ("same_id_other_content", "identity/same-message-id-other-content"),
    ("direction_of_two_activities", "identity/R20-two-activities"),
    ("direction_without_transport", "identity/sent-mail-filed-elsewhere"),
    ("tombstone_written", "email/A15-tracked-again-links-the-same-record"),
    ("retry_waits_one_cycle", "failure/R22-no-retry-within-a-cycle"),
    ("undeliverable_after_retries", "failure/R21-undeliverable-after-six-attempts"),
    ("undeliverable_recovers", "failure/R23-recovery-from-undeliverable"),
    ("undeliverable_removed_on_success", "failure/R23-recovery-from-undeliverable"),
    ("sender_order", "parties/sender-by-order-of-tables"),
    ("sender_owned_first", "parties/sender-owned-by-the-tracker"),
    ("all_recipients", "parties/every-matching-recipient"),
    ("parts_freeze_alone", "tasks/without-to-do"),
    ("exceptions_inherit", "calendar/R26-exceptions-follow-their-series"),
    ("exceptions_once_bearing", "calendar/A10-one-occurrence-alone"),
    ("series_first", "calendar/R26-exceptions-follow-their-series"),
    ("fields_follow", "calendar/R24-category-makes-an-appointment"),
    ("fields_follow_while_off", "calendar/changes-go-on-while-switched-off"),
    ("back_link_left", "tasks/moved-to-another-list"),
    ("back_link_found", "tasks/moved-to-another-list"),
    ("too_many_matches", "parties/more-than-a-hundred-matches"),
    ("sender_oldest_first", "parties/sender-first-created"),
    ("ambiguous_sender_unresolved", "parties/sender-by-order-of-tables"),
    ("ambiguous_recipient_unresolved", "parties/ambiguous-recipients-stay-unresolved"),
    ("single_match_in_any_state", "parties/the-only-match-counts-in-any-state"),
    ("inactive_left_out", "parties/inactive-records-among-several"),
    ("attendee_is_one", "parties/attendees-are-one-record-each"),
    ("sender_needed", "failure/R22-senders-that-nobody-has"),
    ("owner_from_recipients", "owner/the-first-recipient"),
    ("owner_of_sender_first", "owner/the-owner-of-the-senders-record"),
    ("owner_may_own", "owner/who-may-not-own-is-passed-over"),
    ("owner_of_tracking_queue", "owner/R22-the-queue-that-tracks-answers"),
    ("organizer_owns", "owner/the-organizer"),
    ("queue_items_of_recipients", "queues/a-queue-among-the-recipients"),
    ("queue_item_of_mailbox", "queues/the-queue-of-the-mailbox"),
    ("queue_item_of_later_copy", "queues/a-copy-that-turns-up-later"),
    ("own_writes", "identity/late-reads-after-our-write"),
    ("size_limit", "email/larger-than-150-mb"),
    ("senders_category_ignored", "email/senders-category-is-no-assignment"),
    ("alerts_by_level", "alerts/levels"),
    ("alerts_of_items", "alerts/R22-a-plug-in-refuses"),
    ("alerts_of_the_entry", "alerts/R2-the-category-was-enabled"),
    ("alerts_of_what_lasts", "alerts/an-unreadable-mailbox"),
    ("copies_expected", "copies/R19-tracked-by-one-categorized-for-all"),
    ("copies_only_of_parties", "copies/R19-not-for-an-unresolved-recipient"),
    ("copies_only_where_enabled", "copies/R19-not-where-the-mailbox-is-not-enabled"),
    ("copies_by_direction", "copies/R20-two-activities-by-direction"),
    ("copies_not_of_sender", "copies/R20-one-activity-any-direction"),
    ("copies_only_while_on", "copies/not-while-switched-off"),
    ("copies_not_of_copies", "copies/R19-not-where-the-mailbox-is-not-enabled"),
    ("copies_not_in_deleted_items", "copies/restored-from-deleted-items"),
    ("copies_end_with_tracking", "copies/nobody-tracks-it-any-more"),
    ("copies_expire", "copies/late-copies-wait-a-day"),
    ("copies_make_no_record", "copies/copies-make-no-record"),
    ("automatic_only_from_nothing", "automatic/a-category-beats-the-tombstone"),
    ("automatic_ends_at_tombstone", "automatic/tombstone-is-respected"),
    ("automatic_ends_at_undeliverable", "automatic/undeliverable-is-left-alone"),
    ("automatic_ends_at_deleted_record", "automatic/record-deleted"),
    ("tombstone_cleared", "automatic/tombstone-is-cleared"),
    ("accepted_in_root_inbox", "automatic/only-the-root-inbox"),
    ("accepted_after_watermark", "automatic/opened-later"),
    ("accepted_on_arrival", "automatic/moved-before-it-was-seen"),
    ("accepted_by_recipients", "automatic/any-recipient-accepts"),
    ("accepted_gets_category", "automatic/R18-accepted-mail-is-categorized"),
    ("internal_mail_rejected", "automatic/internal-mail-recorded"),
    ("policy_plug_in_refused", "failure/R21-undeliverable-after-six-attempts"),
    ("policy_plug_in_failed", "failure/R22-counts-plug-in-failed"),
    ("policy_webhook_failed", "failure/R22-counts-webhook-failed"),
    ("policy_plug_in_timeout", "failure/R22-counts-plug-in-time-out"),
    ("policy_database_timeout", "failure/R22-counts-database-time-out"),
    ("policy_unexpected_error", "failure/R22-counts-unexpected-error"),
    ("policy_no_answer", "failure/R22-time-outs-of-one-item"),
    ("policy_invalid_sender", "failure/R22-invalid-sender"),
    ("policy_unknown_decision", "failure/R22-counts-unknown-decision"),
    ("policy_queue_owner", "failure/R22-queue-owner-without-role"),
    ("policy_privilege_missing", "failure/R22-counts-privilege-missing"),
    ("policy_reference_missing", "failure/R22-counts-missing-owner"),
    ("policy_invalid_request", "failure/refused-for-good"),
    ("policy_unacceptable_value", "failure/unacceptable-value-is-final"),
    ("policy_conflict", "failure/R22-free-conflict"),
    ("policy_gone", "failure/R22-free-gone"),
    ("policy_throttled", "failure/crm-throttled"),
    ("policy_unauthenticated", "failure/R22-free-credentials"),
    ("policy_no_connection", "failure/R22-free-no-connection"),
    ("policy_gateway", "failure/R22-free-gateway"),
    ("policy_circuit_open", "failure/crm-down-for-long"),
    ("missing_waits_for_person", "failure/restored-crm-strips-nothing"),
    ("unlinks_outlast_switch", "switch/unlink-whose-answer-was-lost"),
    ("row_unreadable", "calendar/refused-calendar-untracks-nothing"),
    ("exceptions_go_with_series", "calendar/exceptions-go-with-their-series"),
    ("inherited_left_alone", "calendar/untracked-exceptions-stay-untracked"),
    ("one_field_source", "calendar/one-copy-gives-the-fields"),
    ("crm_edits_written_back", "tasks/changed-in-the-crm"),
    ("calendar_wins_time", "calendar/changed-on-both-sides"),
    ("lossy_fields_stay", "calendar/nothing-is-lost-in-the-calendar"),
    ("meeting_updates_held", "calendar/attendees-are-told-only-when-somebody-says-so"),
    ("organizer_is_field_source", "calendar/one-copy-gives-the-fields"),
    ("takeover_writes_nothing", "calendar/whoever-takes-over-writes-nothing"),
    ("own_writes_keep_fields", "calendar/own-category-write-is-no-change"),
    ("turns_end", "several/a-long-backlog-gives-way"),
    ("policy_mailbox_timeout", "failure/R22-counts-mailbox-time-out"),
    ("policy_out_of_order", "failure/R22-free-mailbox-out-of-order"),
    ("policy_scope_unreadable", "failure/R22-free-refused-mailbox"),
    ("policy_mailbox_missing", "failure/R22-free-missing-mailbox"),
    ("policy_checkpoint_expired", "failure/R22-free-checkpoint"),
    ("policy_bug", "failure/R22-free-nonsense"),
];

#[test]
fn every_rule_has_its_scenario() {
    let listed: BTreeSet<&str> = NEEDED.iter().map(|(rule, _)| *rule).collect();
    assert_eq!(listed.len(), NEEDED.len(), "a rule is listed twice");
    assert_eq!(listed, Rules::NAMES.iter().copied().collect());
}

#[test]
fn without_its_rule_a_promise_breaks() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
    let mut idle = Vec::new();
    for (rule, scenario) in NEEDED {
        let path = root.join(format!("{scenario}.scenario"));
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{scenario}: {error}"));
        let rules = Rules::without(rule).unwrap_or_else(|| panic!("no rule is called {rule}"));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime");
        if runtime.block_on(scenario::run_with(&text, rules)).is_ok() {
            idle.push(format!("{scenario} does not need {rule}"));
        }
    }
    assert!(idle.is_empty(), "{idle:#?}");
}
