//! What was promised, by number.

use super::Promise;

const fn due(number: &'static str, text: &'static str) -> Promise {
    Promise { number, text, is_due: true }
}

/// Listed only where a scenario holds it.
const fn other(number: &'static str, text: &'static str) -> Promise {
    Promise { number, text, is_due: false }
}

/// All promises, in the order of their numbers.
#[rustfmt::skip]
pub(super) const LIST: &[Promise] = &[
    due("R1", "The category marks items for tracking, in any case; similar names never count."),
    due("R2", "The category appears in every enabled mailbox without user action; an entry of that name is adopted."),
    due("R3", "A second category, Undeliverable, marks email that exhausted its retries, and appears only then."),
    due("R4", "Both categories have a colour; a colour that the user changed is never reset."),
    due("R5", "The category is known by its id: renamed, it goes on tracking and untracking."),
    due("R6", "Deleted from the list, the category is created again within one cycle, and nothing is untracked."),
    due("R7", "Category tracking is on where nothing says otherwise."),
    due("R8", "Switched off by the setting, the category leaves every list within one cycle."),
    due("R9", "While off, assignments stay on the items, and deleting the entry is final."),
    due("R10", "Switching on never puts the category on items tracked before."),
    due("R11", "Switching category tracking changes no other way of tracking."),
    due("R12", "The category on an email makes the email activity within one cycle, in any folder, at any age."),
    due("R13", "Assigned to many items at once, each is tracked."),
    due("R14", "Assigned to a conversation, every email of it is tracked, in whatever folder it lies."),
    due("R15", "Removing the category untracks and keeps the record."),
    due("R16", "Rules of Outlook may assign and remove the category."),
    due("R17", "Category tracking works in every folder of mail but drafts, deleted and junk mail."),
    due("R18", "What is tracked automatically gets the category in the mailbox that accepted it."),
    due("R19", "The other recipients' copies of a tracked email get the category."),
    due("R20", "With two activities, only copies of the record's direction get the category."),
    due("R21", "A failed item is retried in each cycle, five times, then marked Undeliverable and left alone."),
    due("R22", "Errors of plug-ins, time-outs, an invalid sender and a queue owner without the role are retried."),
    due("R23", "Assigned again after the cause is gone, an Undeliverable item is tracked."),
    other("R24", "The category on an appointment makes the appointment activity, which follows the changes."),
    other("R25", "Removing the category from an appointment untracks and keeps the record."),
    other("R26", "The category on a series tracks all its occurrences."),
    other("R27", "The category on a task makes the task activity, which follows the changes."),
    other("R28", "Who a task is assigned to in Outlook is not carried over."),
    other("R29", "Contacts are not tracked by category, and keep it."),
    due("R30", "A category set by the user shows as pending, then as tracked."),
    due("R31", "Tracked on request, the item is tracked and categorized at once."),
    due("R32", "The category removed shows as not tracked after the next cycle; the record is kept."),
    due("R33", "Untracked on request, the item is untracked and loses the category; the record is kept."),
    other("R34", "A delegate with editor permission tracks in the owner's mailbox, for the owner."),
    other("R35", "The category of a delegate whose name differs does not count in the owner's mailbox."),
    due("R36", "A mailbox that synchronizes with another client is not served."),
    due("R37", "The setting is edited through the organization's row, as a settings editor does it."),
    due("R38", "Tracked items are recognised by their category, in every folder."),
    due("A1", "One category in three spellings: case never matters."),
    due("A2", "While off, links are dormant and changes of the category are ignored; on again they wake."),
    due("A3", "Deleted while on, the entry is created again; deleted while off, it stays away."),
    due("A4", "A setting that is absent has its default; added, it counts."),
    due("A5", "One attempt and five retries, at least one full cycle apart."),
    due("A6", "Undeliverable takes the place of the category; taking it off means nothing."),
    due("A7", "Untracking breaks the link and keeps the record."),
    due("A8", "A sudden loss of many categories is held, and applied only after it was read again."),
    due("A9", "All occurrences of a series are meant, and nothing else."),
    other("A10", "A category on one occurrence tracks that occurrence alone."),
    due("A11", "From the category to the record it takes one cycle at most."),
    due("A12", "An invalid sender is retried like every other failure."),
    due("A13", "A copy gets the category however the record came to be tracked."),
    due("A14", "Untracking one copy touches neither the record nor other copies."),
    due("A15", "Tracked again, the item is linked to the same record."),
    due("A16", "The state shown is always the present one."),
    due("A17", "Filters do not hold for the category; hard limits do."),
];
