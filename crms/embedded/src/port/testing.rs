//! What became of a test, in the mailbox's own row.

use super::refused;
use crate::{
    crm::EmbeddedCrm,
    error::CrmError,
    session::{access::Right, find},
    value::{Row, Value},
};
use earmark_crm_port::TestOutcome;
use earmark_model::{ChannelStatus, Failure, Instant, MailboxId};
use std::sync::Arc;

/// Keeps the outcome of a test that was asked for at `asked`.
pub(super) async fn record(
    crm: &Arc<EmbeddedCrm>,
    mailbox: MailboxId,
    asked: Option<Instant>,
    outcome: TestOutcome,
) -> Result<(), Failure> {
    crm.transact(Vec::new(), crm.service_caller(), move |session, _| {
        session.require_reads()?;
        let table = find("mailbox")?;
        session.require(table, Right::Write)?;
        let current = session
            .whole(table, mailbox.0)?
            .ok_or_else(|| CrmError::missing(table.logical, mailbox.0))?;
        let is_asked = current.get("testemailconfigurationscheduled") == Some(&Value::Bool(true));
        let at = match current.get("testandenablelastattemptedon") {
            Some(Value::Instant(at)) => Some(Instant::from_millis(*at)),
            _ => None,
        };
        // Somebody asked anew: what was found out answers an older question.
        let is_overtaken = is_asked && at != asked;
        let columns = match outcome {
            TestOutcome::Ended { incoming, act } => {
                let mut columns = ended(incoming, act, session.now);
                if !is_overtaken {
                    columns.extend(NOT_ASKED.map(|(name, value)| (name, value)));
                }
                columns
            }
            TestOutcome::Postponed { .. } if is_overtaken || !is_asked => return Ok(()),
            TestOutcome::Postponed { until, repeated } => vec![
                ("postponetestemailconfigurationuntil", Value::Instant(until.as_millis())),
                ("testemailconfigurationretrycount", Value::Int(repeated.into())),
            ],
        };
        let mut changes: Row =
            columns.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        changes.retain(|name, value| current.get(name).unwrap_or(&Value::Null) != value);
        if changes.is_empty() {
            return Ok(());
        }
        session.change(table, mailbox.0, &current, changes, None)
    })
    .await
    .map_err(refused)
}

/// Nobody asks for a test any more. A take-over is for one test only.
const NOT_ASKED: [(&str, Value); 4] = [
    ("testemailconfigurationscheduled", Value::Bool(false)),
    ("testemailconfigurationretrycount", Value::Int(0)),
    ("postponetestemailconfigurationuntil", Value::Null),
    ("orgmarkedasprimaryforexchangesync", Value::Bool(false)),
];

fn ended(incoming: ChannelStatus, act: ChannelStatus, now: i64) -> Vec<(&'static str, Value)> {
    let channels = [incoming, act];
    let whole = if channels.contains(&ChannelStatus::Failure) {
        ChannelStatus::Failure
    } else if channels.contains(&ChannelStatus::Success) {
        ChannelStatus::Success
    } else {
        ChannelStatus::NotRun
    };
    let status = |status: ChannelStatus| Value::Int(status.number());
    let enabled = |status| Value::Bool(status == ChannelStatus::Success);
    vec![
        ("incomingemailstatus", status(incoming)),
        ("outgoingemailstatus", status(ChannelStatus::NotRun)),
        ("actstatus", status(act)),
        ("mailboxstatus", status(whole)),
        ("enabledforincomingemail", enabled(incoming)),
        ("enabledforact", enabled(act)),
        ("testmailboxaccesscompletedon", Value::Instant(now)),
    ]
}
