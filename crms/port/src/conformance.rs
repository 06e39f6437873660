//! The suite that every CRM connector runs: each case is one promise of [`crate::crm`], proved
//! against a real or pretend CRM that a connector's [`Bench`] prepares.
//!
//! A connector's test makes a bench, calls [`run`], and expects [`Report::verdict`] to be good.
//! Every case makes its own people and messages, so the cases can run in any order in one world.

pub mod bench;
pub mod seen;

mod drafts;

mod promoting;

mod finding;

mod linking;

mod feed;

mod organization;

mod testing;

mod alerts;
mod waiting;

mod failing;

mod meetings;

mod series;

mod tasks;

pub use bench::{Bench, Failing, Person, Seen};
pub use seen::SeenAlert;
pub use seen::{AppointmentState, Closing, SeenAppointment, SeenTask, SeriesPart, TaskState};

use earmark_model::{Failure, FailureClass};
use std::future::Future;
use std::pin::Pin;

/// What running one case gave: the promise held, or one sentence about how it was broken.
pub type Outcome = Result<Verdict, String>;

/// A good outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The promise held.
    Held,
    /// The CRM has no such feature, or the bench cannot arrange the situation.
    NotApplicable(&'static str),
}

/// A case at work.
pub type Running<'a> = Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>;

/// One promise.
#[derive(Clone, Copy)]
pub struct Case {
    /// The promise as a sentence.
    pub name: &'static str,
    /// Proves it.
    pub run: for<'a> fn(&'a dyn Bench) -> Running<'a>,
}

impl std::fmt::Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

macro_rules! cases {
    ($($module:ident: $($name:ident)+;)+) => {
        &[$($(Case {
            name: stringify!($name),
            run: |bench| Box::pin($module::$name(bench)),
        },)+)+]
    };
}

/// Every promise.
pub const CASES: &[Case] = cases! {
    promoting:
        a_promotion_makes_record_parties_attachments_and_link
        a_repeated_promotion_makes_nothing_new
        promoting_onto_a_record_links_the_item_and_leaves_the_record
        a_refused_promotion_leaves_nothing
        direction_and_regarding_are_kept;
    finding:
        a_record_is_found_by_message_id_with_and_without_brackets
        a_record_is_found_by_its_id
        message_ids_that_differ_are_other_messages
        an_item_knows_its_record
        candidates_come_by_address
        a_disabled_user_is_never_a_candidate
        an_inactive_record_is_said_to_be_so
        an_address_without_candidates_is_absent
        a_user_answers_for_its_own_mail_while_it_has_the_right
        the_owner_of_a_queue_answers_for_its_mail
        who_has_no_mailbox_answers_for_no_mail;
    linking:
        several_items_share_one_record
        linking_to_a_missing_record_says_gone
        linking_is_repeatable_and_sets_the_regarding
        unlinking_keeps_the_record_and_other_links
        unlinking_what_is_not_linked_succeeds
        an_unlinked_item_can_be_linked_again
        links_are_those_of_one_mailbox
        existing_answers_only_what_is_there;
    feed:
        without_a_checkpoint_the_feed_starts_now
        own_writes_are_not_told
        an_unlink_by_a_person_is_told
        a_deletion_by_a_person_is_told
        an_edit_by_a_person_is_told
        a_repeated_checkpoint_tells_the_same
        an_unknown_checkpoint_has_expired
        a_checkpoint_older_than_the_log_has_expired;
    waiting:
        a_new_record_waits_in_the_queues_of_its_draft
        a_record_that_was_there_waits_in_the_queue_of_the_mailbox_once
        putting_into_queues_is_repeatable;
    organization:
        mailboxes_are_listed_by_address
        a_mailbox_that_is_not_enabled_says_why
        a_queue_is_named_with_its_owner
        a_watermark_is_kept_with_its_mailbox_and_only_goes_forward
        how_a_mailbox_does_is_kept_with_it;
    testing:
        a_test_that_was_asked_for_is_listed_until_it_ended
        a_failed_channel_is_not_enabled
        a_postponed_test_stays_asked_for
        a_test_asked_for_anew_is_not_ended_by_the_one_before;
    alerts:
        an_alert_is_shown_once_however_often_it_is_raised
        an_alert_about_a_mailbox_that_is_gone_is_no_failure;
    failing:
        a_throttled_crm_says_until_when
        an_outage_is_never_an_empty_answer
        a_refusal_by_a_plug_in_counts
        a_promotion_whose_answer_was_lost_is_repeated_safely
        an_unlink_whose_answer_was_lost_is_repeated_safely;
    meetings:
        an_appointment_has_every_field
        another_appointment_of_the_same_user_at_that_time_is_a_conflict
        how_an_appointment_shows_is_its_state
        text_that_does_not_fit_is_cut
        an_appointment_is_found_by_its_uid
        two_mailboxes_share_one_meeting
        an_update_makes_every_field_what_the_draft_says
        both_sides_are_compared_and_kept_apart
        a_record_that_a_person_closed_takes_no_change
        updating_a_deleted_record_says_gone
        an_appointment_that_becomes_a_series_keeps_its_record;
    series:
        a_series_is_made_with_its_instances
        a_cancelled_day_has_no_instance
        an_occurrence_that_is_there_joins_its_series
        an_exception_takes_the_place_of_its_instance
        an_update_makes_the_exception_of_a_linked_instance
        an_exception_without_an_instance_is_made
        a_series_and_its_occurrences_are_found
        an_update_of_a_series_reaches_its_instances
        the_time_of_a_series_is_compared_and_kept_apart
        a_moved_pattern_cancels_what_it_left_and_brings_back_what_returns
        an_endless_series_is_expanded_within_a_window
        a_deleted_instance_is_not_made_again
        a_deleted_series_takes_its_instances_along
        unlinking_a_series_keeps_it_and_its_exceptions
        a_single_meeting_has_no_instances;
    tasks:
        a_task_has_every_field
        each_status_of_a_task_has_its_state
        one_day_of_a_task_stands_for_both
        a_task_is_found_by_the_record_left_on_it
        a_task_that_a_person_closed_takes_no_change
        a_task_that_the_mailbox_completed_may_open_again;
};

/// What running the suite gave.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Promises that held.
    pub held: Vec<&'static str>,
    /// Promises that do not apply, and why.
    pub not_applicable: Vec<(&'static str, &'static str)>,
    /// Broken promises, and how.
    pub broken: Vec<(&'static str, String)>,
}

impl Report {
    /// Good when no promise was broken.
    ///
    /// Errors: every broken promise on a line.
    pub fn verdict(&self) -> Result<(), String> {
        if self.broken.is_empty() {
            return Ok(());
        }
        let lines = self.broken.iter().map(|(name, why)| format!("{name}: {why}"));
        Err(lines.collect::<Vec<_>>().join("\n"))
    }
}

/// Runs every case against `bench`, one after another, and heals the world after each.
pub async fn run(bench: &dyn Bench) -> Report {
    let mut report = Report::default();
    for case in CASES {
        let outcome = (case.run)(bench).await;
        let healed = bench.heal().await;
        match outcome.and_then(|verdict| healed.map(|()| verdict)) {
            Ok(Verdict::Held) => report.held.push(case.name),
            Ok(Verdict::NotApplicable(why)) => report.not_applicable.push((case.name, why)),
            Err(why) => report.broken.push((case.name, why)),
        }
    }
    report
}

fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}

fn equal<T: PartialEq + std::fmt::Debug>(found: &T, wanted: &T, what: &str) -> Result<(), String> {
    ensure(found == wanted, || format!("{what}: found {found:?}, wanted {wanted:?}"))
}

fn done<T>(result: Result<T, Failure>, what: &str) -> Result<T, String> {
    result.map_err(|failure| format!("{what} failed: {failure}"))
}

/// Expects a failure whose class passes.
fn fails<T: std::fmt::Debug>(
    result: Result<T, Failure>,
    passes: impl Fn(&FailureClass) -> bool,
    what: &str,
) -> Result<(), String> {
    match result {
        Err(failure) if passes(&failure.class) => Ok(()),
        Err(failure) => Err(format!("{what} failed in another way: {failure}")),
        Ok(answer) => Err(format!("{what} answered {answer:?} instead of failing")),
    }
}
