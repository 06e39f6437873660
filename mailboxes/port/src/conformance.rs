//! The suite that every mailbox connector runs: each case is one promise of [`crate::mailbox`],
//! proved against a real or pretend server that a connector's [`Bench`] prepares.
//!
//! A connector's test makes a bench, calls [`run`], and expects [`Report::verdict`] to be good.
//! Every case makes its own mailboxes, so the cases can run in any order in one world.

pub mod bench;

pub mod meeting;

pub mod errand;

mod opening;

mod feed;

mod bearers;

mod reading;

mod finding;

mod contents;

mod master_list;

mod writing;

mod calendar;

mod appointments;

mod tasks;

mod marking;

mod push;

mod failing;

pub use bench::{Attached, Bench, Failing, Folder, Mail};
pub use errand::Errand;
pub use meeting::Meeting;

use earmark_model::{
    CategoryName, Failure, FailureClass, ItemHandle, ItemKind, MailboxAddress, ObservedItem,
    Version,
};
use std::future::Future;
use std::pin::Pin;

/// What running one case gave: the promise held, or one sentence about how it was broken.
pub type Outcome = Result<Verdict, String>;

/// A good outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The promise held.
    Held,
    /// The server has no such feature, or the bench cannot arrange the situation.
    NotApplicable(&'static str),
}

/// A case under way.
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
    opening:
        opening_costs_no_request
        an_unknown_mailbox_is_unreadable_and_never_empty
        a_disabled_mailbox_is_unreadable_and_never_empty
        handles_of_one_mailbox_share_its_budget
        who_may_change_the_mailbox_is_told
        a_mailbox_says_its_primary_address
        a_stamp_stays_and_changes_no_item;
    feed:
        without_a_checkpoint_the_feed_starts_now
        a_delivery_and_a_category_change_show_in_the_feed
        the_feed_covers_every_folder
        a_repeated_checkpoint_loses_nothing
        a_checkpoint_never_passes_what_was_read
        an_unknown_checkpoint_has_expired
        an_expired_checkpoint_is_said_to_be;
    bearers:
        bearers_are_found_in_every_folder
        bearers_are_found_whatever_their_name_is_made_of
        bearers_of_several_names_come_once
        bearers_of_similar_names_do_not_come
        no_names_have_no_bearers
        many_bearers_come_completely;
    reading:
        a_summary_shows_the_item_as_it_is
        folders_have_their_roles
        folders_below_deleted_items_and_junk_count_as_those
        a_meeting_message_is_one
        a_handle_survives_moves
        an_item_is_gone_only_when_it_is
        a_version_changes_with_the_item_and_only_then
        several_items_come_in_the_order_asked_for
        no_handles_give_no_items;
    finding:
        messages_are_found_by_their_ids_in_every_folder
        messages_are_found_whatever_their_id_is_made_of
        many_ids_and_many_copies_come_completely
        received_mail_comes_oldest_first
        much_received_mail_comes_completely
        ids_of_other_forms_lead_to_the_handle
        an_id_that_means_nothing_takes_no_other_with_it;
    contents:
        content_is_whole
        attachments_come_with_their_bytes
        a_copy_that_never_travelled_has_no_transport;
    master_list:
        an_entry_is_put_once_whatever_its_case
        a_put_entry_exists_in_the_outside_world
        a_dropped_entry_leaves_its_name_on_items
        a_missing_entry_is_dropped_with_success
        a_rename_keeps_the_id
        a_recreated_entry_has_another_id;
    writing:
        adding_and_removing_keeps_other_names_and_their_order
        a_name_is_removed_in_any_case
        a_name_that_is_there_in_any_case_is_not_added
        a_swap_is_one_step
        a_write_answers_the_version_that_it_made
        a_write_on_an_old_version_is_stale
        another_client_between_read_and_write_loses_nothing
        nothing_to_do_is_done_on_any_version
        a_repeated_write_is_done_or_stale
        a_write_to_a_missing_item_says_gone
        a_write_needs_no_memory
        a_write_whose_answer_was_lost_is_repeated_safely;
    calendar:
        bearers_in_the_calendar_are_found
        many_bearers_in_the_calendar_come_completely
        an_occurrence_is_no_item
        a_calendar_item_shows_what_it_is
        both_copies_of_a_meeting_are_known_as_one
        an_exception_shows_its_series
        exceptions_come_at_any_time_and_with_any_category
        a_calendar_item_is_gone_only_when_it_is;
    appointments:
        content_of_an_appointment_is_whole
        instants_are_right_across_zones
        content_of_a_series_is_whole
        fields_of_an_appointment_take_new_values
        the_time_of_a_series_takes_a_new_value
        attendees_of_an_appointment_take_new_values
        cancelled_occurrences_are_told
        an_exception_says_what_differs_and_has_the_uid_of_its_series
        content_comes_only_to_bearers_where_that_was_asked_for;
    tasks:
        bearers_in_all_lists_are_found
        many_tasks_come_completely
        lists_may_come_and_go
        flagged_mail_is_no_task
        a_mailbox_without_tasks_is_unreadable_there_alone
        content_of_a_task_is_whole
        fields_of_a_task_take_new_values
        a_back_link_travels_with_its_task;
    marking:
        every_kind_is_written_in_one_step
        an_old_version_of_every_kind_is_stale
        another_client_in_between_is_stale_for_every_kind
        a_missing_item_of_every_kind_is_gone;
    push:
        subscriptions_are_made_listed_renewed_and_ended
        notifications_name_items_as_reads_do
        an_ended_subscription_is_told_and_gone
        a_nonsense_delivery_is_refused
        an_unknown_mailbox_has_no_notifications;
    failing:
        a_throttled_mailbox_waits_without_sending
        an_outage_is_never_an_empty_answer
        a_refused_credential_is_said_to_be
        nonsense_is_a_failure_and_never_a_panic;
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

/// The categories that cases use.
const TRACKED: &str = "Tracked to Dynamics 365";

fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}

fn equal<T: PartialEq + std::fmt::Debug>(found: &T, wanted: &T, what: &str) -> Result<(), String> {
    ensure(found == wanted, || format!("{what}: found {found:?}, wanted {wanted:?}"))
}

fn done<T>(result: Result<T, Failure>, what: &str) -> Result<T, String> {
    result.map_err(|failure| format!("{what} failed: {failure}"))
}

/// Expects a failure whose class is one of `classes`. `Throttled` without an instant stands for
/// any instant.
fn fails<T: std::fmt::Debug>(
    result: Result<T, Failure>,
    classes: &[FailureClass],
    what: &str,
) -> Result<(), String> {
    let is_wanted = |class: &FailureClass| match class {
        FailureClass::Throttled { until: Some(_) } => {
            classes.contains(class) || classes.contains(&FailureClass::Throttled { until: None })
        }
        other => classes.contains(other),
    };
    match result {
        Err(failure) if is_wanted(&failure.class) => Ok(()),
        Err(failure) => Err(format!("{what} failed as {failure}, wanted {classes:?}")),
        Ok(answer) => Err(format!("{what} answered {answer:?}, wanted one of {classes:?}")),
    }
}

fn names(list: &[&str]) -> Vec<CategoryName> {
    list.iter().map(|name| CategoryName::new(*name)).collect()
}

/// One mailbox with one handle on it, as most cases need it.
struct Desk<'a> {
    bench: &'a dyn Bench,
    address: MailboxAddress,
    mailbox: std::sync::Arc<dyn crate::Mailbox>,
}

impl<'a> Desk<'a> {
    async fn new(bench: &'a dyn Bench, name: &str) -> Result<Self, String> {
        let address = bench.make_mailbox(name).await?;
        let mailbox = bench.server().open(&address);
        Ok(Self { bench, address, mailbox })
    }

    async fn deliver(&self, mail: Mail) -> Result<ItemHandle, String> {
        self.bench.deliver(&self.address, &mail).await
    }

    /// The message, which must be there.
    async fn look(&self, handle: &ItemHandle) -> Result<ObservedItem, String> {
        self.look_at(ItemKind::Email, handle).await
    }

    /// The item, which must not be there.
    async fn gone(&self, kind: ItemKind, handle: &ItemHandle) -> Result<(), String> {
        for detail in [crate::Detail::Summary, crate::Detail::Content] {
            let read = self.mailbox.item(kind, handle, detail).await;
            equal(&done(read, "reading what is gone")?, &crate::ItemRead::Gone, "what is gone")?;
        }
        Ok(())
    }

    /// The item, which must be there.
    async fn look_at(&self, kind: ItemKind, handle: &ItemHandle) -> Result<ObservedItem, String> {
        let read = self.mailbox.item(kind, handle, crate::Detail::Summary).await;
        match done(read, "reading an item")? {
            crate::ItemRead::Found { item, .. } => Ok(item),
            crate::ItemRead::Gone => Err(format!("{handle} reads as gone")),
        }
    }

    async fn change(
        &self,
        handle: &ItemHandle,
        add: &[&str],
        remove: &[&str],
        base: &Version,
    ) -> Result<crate::CategoryWrite, Failure> {
        let (add, remove) = (names(add), names(remove));
        self.mailbox.change_categories(ItemKind::Email, handle, &add, &remove, base).await
    }

    /// The names on the item as the outside world has them.
    async fn outside(&self, handle: &ItemHandle) -> Result<Vec<String>, String> {
        self.bench.categories(&self.address, ItemKind::Email, handle).await
    }
}
