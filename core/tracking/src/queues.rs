//! The queues that a received email waits in. Source: section 2.13 of the behaviour of the
//! original. An email gets its places with its record; what is tracked already gets none beyond
//! the queue whose own copy of it turns up later (`SSSCreateAdditionalQueueItemsForAlreadyTrackedEmail`
//! is not obeyed).

use crate::Rules;
use earmark_model::activity::{Party, PartyRole};
use earmark_model::{Direction, ItemKind, PrincipalId};

/// What the organization says about queue items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueSettings {
    /// A place in each queue among the recipients
    /// (`CreateQueueItemsForAcceptingQueueRecipients`).
    pub of_recipients: bool,
    /// A place in the queue of the mailbox, also where the message does not name it
    /// (`CreateQueueItemForSynchronizingMailbox`).
    pub of_mailbox: bool,
}

/// The queues that a new record waits in, each once. `queue` is whose mailbox it came through.
pub fn of_new_record(
    kind: ItemKind,
    direction: Direction,
    parties: &[Party],
    queue: Option<PrincipalId>,
    settings: QueueSettings,
    rules: &Rules,
) -> Vec<PrincipalId> {
    if !is_received(kind, direction) {
        return Vec::new();
    }
    let mut queues: Vec<PrincipalId> = parties
        .iter()
        .filter(|party| matches!(party.role, PartyRole::To | PartyRole::Cc | PartyRole::Bcc))
        .filter_map(|party| party.record.as_ref())
        .filter(|record| record.table == "queue")
        .map(|record| PrincipalId(record.id))
        .filter(|_| settings.of_recipients && rules.queue_items_of_recipients)
        .chain(queue.filter(|_| settings.of_mailbox && rules.queue_item_of_mailbox))
        .collect();
    queues.sort();
    queues.dedup();
    queues
}

/// The queue that a record waits in because the copy of that queue's mailbox is linked to it.
pub fn of_later_copy(
    kind: ItemKind,
    direction: Direction,
    queue: Option<PrincipalId>,
    settings: QueueSettings,
    rules: &Rules,
) -> Option<PrincipalId> {
    let waits = is_received(kind, direction) && settings.of_mailbox;
    queue.filter(|_| waits && rules.queue_item_of_later_copy)
}

fn is_received(kind: ItemKind, direction: Direction) -> bool {
    kind == ItemKind::Email && direction == Direction::Incoming
}
