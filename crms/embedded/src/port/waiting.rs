//! Received emails wait in the queues that they reached.

use crate::{
    error::CrmError,
    session::{Session, find, sql::blob},
    settings::Stored,
    value::{Row, Value},
};
use earmark_crm_port::CrmLink;
use earmark_model::{ActivityDraft, ActivityId, activity::PartyRole};
use std::collections::BTreeSet;
use uuid::Uuid;

/// The queues among the recipients.
pub(super) fn waiting_queues(draft: &ActivityDraft) -> BTreeSet<Uuid> {
    draft
        .parties
        .iter()
        .filter(|party| party.role != PartyRole::Sender)
        .filter_map(|party| party.record.as_ref())
        .filter(|record| record.table == "queue")
        .map(|record| record.id)
        .collect()
}

/// Puts a received email into the queues that it reached.
pub(super) fn wait_in_queues(
    session: &Session<'_>,
    id: ActivityId,
    recipients: &BTreeSet<Uuid>,
    link: &CrmLink,
) -> Result<(), CrmError> {
    let (text, queue): (Option<String>, Option<[u8; 16]>) = session
        .tx
        .prepare_cached(
            "SELECT (SELECT orgdborgsettings FROM organization), (SELECT regardingobjectid \
             FROM mailbox WHERE mailboxid = ? AND regardingobjectid_table = 'queue')",
        )?
        .query_row([blob(link.mailbox.0)], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if recipients.is_empty() && queue.is_none() {
        return Ok(());
    }
    let stored = Stored::parse(text.as_deref().unwrap_or_default());
    let mut queues = BTreeSet::new();
    if stored.is_on("CreateQueueItemsForAcceptingQueueRecipients") {
        queues.extend(recipients);
    }
    if stored.is_on("CreateQueueItemForSynchronizingMailbox") {
        queues.extend(queue.map(Uuid::from_bytes));
    }
    for queue in queues {
        if !session.exists(find("queue")?, queue)? {
            continue;
        }
        let row = Row::from([
            ("queueid".to_owned(), Value::lookup("queue", queue)),
            ("objectid".to_owned(), Value::lookup("email", id.0)),
        ]);
        session.make(find("queueitem")?, row, &[])?;
    }
    Ok(())
}
