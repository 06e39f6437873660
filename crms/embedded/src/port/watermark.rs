//! The watermark of automatic acceptance, in the mailbox's own row.

use super::refused;
use crate::{
    crm::EmbeddedCrm,
    error::CrmError,
    session::{access::Right, find},
    value::{Row, Value},
};
use earmark_model::{Failure, Instant, MailboxId};
use std::sync::Arc;

/// The column that keeps it.
const COLUMN: &str = "processemailreceivedafter";

/// Moves the watermark of a mailbox forward.
pub(super) async fn keep(
    crm: &Arc<EmbeddedCrm>,
    mailbox: MailboxId,
    received_after: Instant,
) -> Result<(), Failure> {
    crm.transact(Vec::new(), crm.service_caller(), move |session, _| {
        session.require_reads()?;
        let table = find("mailbox")?;
        session.require(table, Right::Write)?;
        let current = session
            .whole(table, mailbox.0)?
            .ok_or_else(|| CrmError::missing(table.logical, mailbox.0))?;
        let wanted = Value::Instant(received_after.as_millis());
        if matches!(current.get(COLUMN), Some(Value::Instant(at)) if *at >= received_after.as_millis())
        {
            return Ok(());
        }
        let changes = Row::from([(COLUMN.to_owned(), wanted)]);
        session.change(table, mailbox.0, &current, changes, None)
    })
    .await
    .map_err(refused)
}
