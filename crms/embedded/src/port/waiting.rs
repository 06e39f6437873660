//! Activities wait in queues.

use super::refused;
use crate::{
    crm::EmbeddedCrm,
    error::CrmError,
    session::{
        Session,
        access::Right,
        find,
        sql::{blob, optional_id_at},
    },
    value::{Row, Value},
};
use earmark_model::{ActivityId, Failure, MailboxId, PrincipalId};
use earmark_sqlite::rusqlite::OptionalExtension;
use std::sync::Arc;

/// Puts a record that is there into queues.
pub(super) async fn put_in_queues(
    crm: &Arc<EmbeddedCrm>,
    activity: ActivityId,
    queues: &[PrincipalId],
) -> Result<(), Failure> {
    let queues = queues.to_vec();
    crm.transact(Vec::new(), crm.service_caller(), move |session, _| {
        session.require_reads()?;
        session.require(find("queueitem")?, Right::Create)?;
        wait_in_queues(session, activity, &queues)
    })
    .await
    .map_err(refused)
}

/// Makes a place in each queue that is there and in which the record never waited.
pub(super) fn wait_in_queues(
    session: &Session<'_>,
    activity: ActivityId,
    queues: &[PrincipalId],
) -> Result<(), CrmError> {
    let table = session.concrete(find("activitypointer")?, activity.0)?;
    for queue in queues {
        let waited = session
            .tx
            .prepare_cached("SELECT 1 FROM queueitem WHERE queueid = ? AND objectid = ?")?
            .exists([blob(queue.0), blob(activity.0)])?;
        if waited || !session.exists(find("queue")?, queue.0)? {
            continue;
        }
        let row = Row::from([
            ("queueid".to_owned(), Value::lookup("queue", queue.0)),
            ("objectid".to_owned(), Value::lookup(table.logical, activity.0)),
        ]);
        session.make(find("queueitem")?, row, &[])?;
    }
    Ok(())
}

/// The queue of a mailbox, where it is a queue's.
pub(super) fn queue_of(
    session: &Session<'_>,
    mailbox: MailboxId,
) -> Result<Option<PrincipalId>, CrmError> {
    let queue = session
        .tx
        .prepare_cached(
            "SELECT regardingobjectid FROM mailbox \
             WHERE mailboxid = ? AND regardingobjectid_table = 'queue'",
        )?
        .query_row([blob(mailbox.0)], |row| optional_id_at(row, 0))
        .optional()?;
    Ok(queue.flatten().map(PrincipalId))
}
