//! Every rule has a switch, so that a test can turn it off and see which promise breaks.

macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Which rules hold. The product runs with [`Rules::all`] and nothing else.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Rules {
            $($(#[$doc])* pub $name: bool,)*
        }

        impl Rules {
            /// The names of all switches, in the order of this file.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name)),*];

            /// All rules hold.
            pub const fn all() -> Self {
                Self { $($name: true),* }
            }

            /// All rules but the one named; `None` when there is none of that name.
            pub fn without(name: &str) -> Option<Self> {
                let mut rules = Self::all();
                match name {
                    $(stringify!($name) => rules.$name = false,)*
                    _ => return None,
                }
                Some(rules)
            }
        }
    };
}

rules! {
    /// 0 1 0: an assignment finds or creates the record.
    row_assigned,
    /// 0 0 1 owing: the owed category is added.
    row_owed,
    /// 0 0 1 owing nothing: an assignment that was taken back is untracked.
    row_taken_back,
    /// 0 1 1: both sides agree, so the baseline follows.
    row_both,
    /// 1 0 1: taking the category off untracks.
    row_removed,
    /// 1 1 0: a link taken away in the CRM takes the category off.
    row_untracked_in_crm,
    /// 1 0 0: both sides ended it.
    row_both_ended,
    /// 1 1 deleted: the category comes off and nothing is created again.
    row_deleted_with_category,
    /// 1 0 deleted: the baseline follows.
    row_deleted_without_category,
    /// 0 1 deleted: a deliberate re-assignment raises the epoch and creates.
    row_reassigned_after_deletion,
    /// Gone: the link is closed, nothing is untracked.
    row_gone,
    /// Gone: a wish about the item waits for a while, in case it was only not shown.
    wish_outlasts_a_miss,
    /// Unreadable: nothing is concluded.
    row_unreadable,
    /// Where a delegate knows the category by another name, that is told.
    delegate_names_compared,
    /// What was left alone, asked for by a person and given up gets the Undeliverable mark.
    given_up_is_marked,
    /// New mail that the list shows is accepted, even where it cannot be read yet.
    listed_mail_is_there,
    /// A person's *track* wins over every row.
    person_track,
    /// A person's *untrack* wins over every row.
    person_untrack,
    /// Automatic and copy requests act only where S = 0 and M = 0.
    automatic_only_from_nothing,
    /// Automatic and copy requests end at a tombstone.
    automatic_ends_at_tombstone,
    /// Automatic and copy requests end at a bearer of Undeliverable.
    automatic_ends_at_undeliverable,
    /// Automatic and copy requests end at a deleted record.
    automatic_ends_at_deleted_record,
    /// Only mail in the root Inbox is accepted automatically.
    accepted_in_root_inbox,
    /// Only mail received after the watermark is accepted automatically.
    accepted_after_watermark,
    /// What was in the mailbox before is not accepted when it is moved into the Inbox.
    accepted_on_arrival,
    /// What is accepted automatically gets the category in the mailbox looked at.
    accepted_gets_category,
    /// The filters of all recipients count, not only that of the mailbox looked at.
    accepted_by_recipients,
    /// The received copy of internal mail makes no record where there is to be only one.
    internal_mail_rejected,
    /// While the switch is off the category counts for nothing.
    switch_off_is_silent,
    /// Bearers from before the switch went on are ignored.
    switch_on_ignores_old_bearers,
    /// Links without the category when the switch goes on stay tracked.
    switch_on_keeps_uncategorized,
    /// An unlink whose outcome is not known stays open while the switch is off.
    unlinks_outlast_switch,
    /// Our own write, or what it was based on, is never a person's act.
    own_writes,
    /// A category that our own write left on an item whose link ended since goes.
    left_over_category,
    /// An untrack needs a settled master list, read after the item.
    master_list_settled,
    /// An old name counts for links confirmed under it.
    old_names_for_known_links,
    /// An old name never counts for a new assignment.
    old_names_not_for_new,
    /// An old name that another entry bears does not count.
    old_names_not_of_others,
    /// Names compare without regard to case.
    names_ignore_case,
    /// A missing entry is created again.
    entry_recreated,
    /// An entry of the wanted name is adopted.
    entry_adopted,
    /// A renamed entry is followed by its id.
    entry_followed_by_id,
    /// Endings of tracking beyond the threshold are held.
    brake,
    /// What is missing in the CRM, and nobody took away, waits for a person.
    missing_waits_for_person,
    /// Drafts and the Outbox wait until the message is sent.
    drafts_wait,
    /// Deleted Items and Junk count as gone.
    deleted_items_are_gone,
    /// Contacts and meeting messages never enter.
    unsupported_kinds,
    /// A message above the size limit is not tracked.
    size_limit,
    /// A category that came with the message itself is no assignment by anybody here.
    senders_category_ignored,
    /// A copy of a linked item in the same mailbox is left alone.
    copies_left_alone,
    /// A record with that Message-ID is found before one is created.
    find_before_create,
    /// The same Message-ID with other content links to nothing.
    same_id_other_content,
    /// With two activities the direction must agree.
    direction_of_two_activities,
    /// Self-sent copies without transport header are outgoing anywhere.
    direction_without_transport,
    /// Untracking writes a tombstone.
    tombstone_written,
    /// A deliberate track clears the tombstone.
    tombstone_cleared,
    /// A refusal by a plug-in counts.
    policy_plug_in_refused,
    /// An error of a plug-in counts.
    policy_plug_in_failed,
    /// A failing webhook counts.
    policy_webhook_failed,
    /// A plug-in that takes too long counts.
    policy_plug_in_timeout,
    /// A time-out of the CRM's database counts.
    policy_database_timeout,
    /// An unexpected error under a code of the CRM counts.
    policy_unexpected_error,
    /// Our own time-out on one promotion counts.
    policy_no_answer,
    /// A time-out that the mailbox server names counts.
    policy_mailbox_timeout,
    /// A message without a usable sender counts.
    policy_invalid_sender,
    /// A code or decision that nobody knows counts.
    policy_unknown_decision,
    /// A queue owner without the privilege counts.
    policy_queue_owner,
    /// A missing privilege counts.
    policy_privilege_missing,
    /// Something missing that the record needs counts.
    policy_reference_missing,
    /// An impossible request is final.
    policy_invalid_request,
    /// A value that cannot be taken is final.
    policy_unacceptable_value,
    /// After a conflict the item is looked at again.
    policy_conflict,
    /// What has gone is looked at again.
    policy_gone,
    /// Being told to wait never counts.
    policy_throttled,
    /// A credential that is not accepted never counts.
    policy_unauthenticated,
    /// A connection that fails never counts.
    policy_no_connection,
    /// The answer of a gateway never counts.
    policy_gateway,
    /// A server that is out of order never counts.
    policy_out_of_order,
    /// Nothing counts while a circuit is open.
    policy_circuit_open,
    /// A mailbox that cannot be read never counts.
    policy_scope_unreadable,
    /// A mailbox that is not there never counts.
    policy_mailbox_missing,
    /// A checkpoint that is not known any more never counts.
    policy_checkpoint_expired,
    /// A mistake of ours never counts.
    policy_bug,
    /// A failed link waits for one full cycle.
    retry_waits_one_cycle,
    /// After five retries the item is marked Undeliverable.
    undeliverable_after_retries,
    /// A new assignment of an Undeliverable item starts over.
    undeliverable_recovers,
    /// Success takes the Undeliverable mark off.
    undeliverable_removed_on_success,
    /// The sender's record is chosen by the documented order of tables.
    sender_order,
    /// A record owned by the mailbox's owner beats others.
    sender_owned_first,
    /// Every matching recipient becomes a party.
    all_recipients,
    /// More than a hundred matches resolve to nothing.
    too_many_matches,
    /// Among the sender's records that are otherwise equal the first created wins.
    sender_oldest_first,
    /// A sender with several matches stays unresolved where the organization says so.
    ambiguous_sender_unresolved,
    /// A recipient with several matches stays unresolved where the organization says so.
    ambiguous_recipient_unresolved,
    /// The only match counts whatever its state.
    single_match_in_any_state,
    /// Of several matches only active ones count, unless the organization says otherwise.
    inactive_left_out,
    /// An attendee of a meeting stands for one record.
    attendee_is_one,
    /// A message without a usable sender is not tracked.
    sender_needed,
    /// A received email is owned by one of those who received it.
    owner_from_recipients,
    /// Of the recipients who may own an email, the owner of the sender's record comes first.
    owner_of_sender_first,
    /// Nobody owns an email who may not own activities.
    owner_may_own,
    /// The queue whose mailbox tracks an email answers for it, whatever its owner may do.
    owner_of_tracking_queue,
    /// A meeting is owned by its organizer where that is a user.
    organizer_owns,
    /// A received email waits in the queues among its recipients.
    queue_items_of_recipients,
    /// A received email waits in the queue through whose mailbox it came.
    queue_item_of_mailbox,
    /// A queue's copy of an email that has a record puts that record into the queue.
    queue_item_of_later_copy,
    /// A mailbox with a long backlog gives way to others.
    turns_end,
    /// A calendar or a set of tasks that cannot be read freezes alone.
    parts_freeze_alone,
    /// An exception without the category is tracked with its tracked series.
    exceptions_inherit,
    /// An exception that once bore the category itself counts as removed without it.
    exceptions_once_bearing,
    /// An exception goes when its series goes.
    exceptions_go_with_series,
    /// Untracked by itself, an exception does not come back by what its series bears.
    inherited_left_alone,
    /// The master of a series is carried out before its exceptions.
    series_first,
    /// 1 1 1 of a meeting or task: its changes go on to the record.
    fields_follow,
    /// Of several links to one record only one gives it its fields.
    one_field_source,
    /// The organizer's copy is the field source, whenever it was linked.
    organizer_is_field_source,
    /// Who becomes the field source takes the record as it is.
    takeover_writes_nothing,
    /// Changes of linked meetings and tasks go on while the switch is off.
    fields_follow_while_off,
    /// A field that was changed in the CRM alone, or there last, is written to the item.
    crm_edits_written_back,
    /// Where and when a meeting takes place says the calendar, whoever changed it last.
    calendar_wins_time,
    /// A field whose own value the record does not keep whole is not written to the item.
    lossy_fields_stay,
    /// What attendees would be told of waits for an answer.
    meeting_updates_held,
    /// An appointment that is in conflict with another waits for an answer.
    conflicts_asked,
    /// What a person asks for is saved whatever else takes place then.
    conflicts_not_for_persons,
    /// Answered no, an appointment in conflict is left alone.
    conflicts_declined,
    /// Our own write is no change of the fields.
    own_writes_keep_fields,
    /// A tracked task carries the id of its record.
    back_link_left,
    /// A task is recognised by the record that it carries.
    back_link_found,
    /// Alerts of a level that the organization does not want are not raised.
    alerts_by_level,
    /// What becomes of single items raises alerts.
    alerts_of_items,
    /// What becomes of the mailbox's entry raises alerts.
    alerts_of_the_entry,
    /// What lasts, such as an outage or a held removal, raises an alert, and its end resolves it.
    alerts_of_what_lasts,
    /// A tracked message is expected in the mailboxes of its other recipients.
    copies_expected,
    /// Only a resolved party of the record counts as a recipient.
    copies_only_of_parties,
    /// Only a mailbox that is enabled expects copies.
    copies_only_where_enabled,
    /// With two activities only a copy of the record's direction is expected.
    copies_by_direction,
    /// Whoever sent a message is no recipient of it.
    copies_not_of_sender,
    /// While the switch is off no copies are expected.
    copies_only_while_on,
    /// What was tracked as a copy makes no other mailbox expect one.
    copies_not_of_copies,
    /// Copies in Drafts, Outbox, Deleted Items and Junk are passed over.
    copies_not_in_deleted_items,
    /// A record that nobody tracks any more draws no copies.
    copies_end_with_tracking,
    /// A copy that does not come within a day is not expected any longer.
    copies_expire,
    /// A copy is linked to the record that is there, and never makes one.
    copies_make_no_record,
    /// A mailbox that bears another organization's stamp is not synchronized.
    stamp_respected,
    /// A mailbox without a stamp gets ours.
    stamp_written,
    /// An entry that is not the known one any more hints at another organization.
    stamp_read_with_entry,
    /// A person may take a mailbox over from another organization.
    stamp_taken_over,
    /// A mailbox is reached by its primary address only.
    test_compares_address,
    /// A test whose failure may pass is repeated before it counts.
    test_repeated,
    /// Mailboxes are not looked through more often than their email server profile asks for.
    polling_interval_obeyed,
    /// A mailbox that is not synchronized shows in the CRM why, and again when it is.
    health_kept,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_switch_turns_off_exactly_itself() {
        for name in Rules::NAMES {
            let rules = Rules::without(name).expect("a switch of that name");
            assert_ne!(rules, Rules::all(), "{name}");
        }
        assert_eq!(Rules::without("no_such_rule"), None);
    }
}
