// What the reasons of the service mean to somebody who sells, not to somebody who runs it.

const WORDS = {
  accepted_automatically: "It was accepted automatically.",
  attempt_failed: "The CRM did not take it this time.",
  attempt_interrupted: "The CRM or the mailbox was not available for a moment.",
  bore_category_before_switch_on: "It had the category before tracking was switched on, so it was left alone.",
  category_assigned: "You or a rule put the tracking category on it.",
  category_from_sender: "The category came from the sender, so it does not count.",
  category_owed: "It is in the CRM; its category follows.",
  category_removed: "The tracking category was taken off.",
  category_taken_back: "The category was taken off again before it was in the CRM.",
  change_refused: "The CRM or the mailbox refused the last change; it is tried again.",
  copy_in_same_mailbox: "It is a copy of something in this mailbox that is tracked already.",
  copy_not_found: "A colleague's copy did not arrive within a day.",
  copy_of_tracked_message: "A colleague's copy of it is tracked.",
  copy_without_record: "It is a copy, and the CRM has no record that fits it.",
  dormant: "Category tracking is off, so its link to the CRM sleeps.",
  draft_not_sent: "It is tracked as soon as it is sent.",
  ended_on_both_sides: "Tracking was ended here and in the CRM.",
  fields_in_conflict: "It was changed here and in the CRM; the later change stays, or each keeps its own.",
  held: "Unusually many items lost tracking at once, so this is checked once more first.",
  internal_mail: "It is mail between colleagues, which is recorded once: as the sender's copy.",
  invalid_sender: "It has no usable sender.",
  item_changed_meanwhile: "It was changed at the same moment and is looked at again.",
  left_alone_before: "It came back with a category that does not count.",
  mailbox_unreadable: "The mailbox cannot be read for the moment.",
  master_list_not_read: "The list of categories is being read first.",
  master_list_unsettled: "The tracking category was renamed or deleted; this waits until that is settled.",
  meeting_message: "Meeting requests and replies are not tracked. Open the calendar item and track that.",
  meeting_update_held: "It was changed in the CRM. Whether its attendees get an update waits for an answer in the console.",
  missing_in_crm: "Its record cannot be found in the CRM; an administrator has to look.",
  record_closed: "The record is completed, so it takes no more changes.",
  record_deleted_in_crm: "Somebody deleted the record in the CRM.",
  refused_for_good: "The CRM refused it for good. Once the cause is mended, try again.",
  retries_exhausted: "The first attempt and five more failed.",
  same_message_id_other_content: "Another message in the CRM has the same id but other content.",
  series_tracked: "Its series is tracked.",
  series_untracked: "Its series is not tracked any more.",
  source_gone: "It was deleted or moved to Junk.",
  switched_off: "Category tracking is off in this organization.",
  too_large: "It is larger than 150 MB.",
  uncategorized_since_switch_on: "It lost its category while tracking was off, and stays tracked without it.",
  undeliverable_before: "Earmark gave up on it before.",
  unsupported_kind: "Items of this kind are not tracked.",
  untrack_requested_by_person: "Somebody asked for it to be untracked.",
  untracked_by_user_before: "It was untracked before; only a person can track it again.",
  untracked_in_crm: "It was untracked in the CRM.",
  waiting_for_retry: "The last attempt failed.",
};

/** What a reason means; nothing where there is nothing to tell. */
export const reasonWords = (code) => WORDS[code] ?? "";

const HOW = {
  person: "somebody asked for it in this pane",
  automatic: "it was accepted automatically",
  copy: "a colleague's copy is tracked",
  category: "it has the tracking category",
};

/** Who wanted it tracked. */
export const howWords = (origin) => HOW[origin] ?? "";

const TABLES = {
  account: ["Account", "Accounts"],
  contact: ["Contact", "Contacts"],
  opportunity: ["Opportunity", "Opportunities"],
  lead: ["Lead", "Leads"],
  incident: ["Case", "Cases"],
};

/** What a table of the CRM is called: one record, and the group. */
export const tableWords = (table) => TABLES[table] ?? [table, table];

const STATES = {
  not_tracked: "Not tracked",
  pending: "Pending",
  tracked: "Tracked",
  retrying: "Trying again",
  undeliverable: "Gave up",
  untracked_by_user: "Untracked",
  ignored: "Left alone",
  held: "On hold",
  dormant: "Sleeping",
  source_gone: "Deleted here",
  record_deleted: "Record deleted",
  unsupported: "Cannot be tracked",
};

/** The state in a word or two. */
export const stateWords = (state) => STATES[state] ?? STATES.not_tracked;
