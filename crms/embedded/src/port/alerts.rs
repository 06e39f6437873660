//! Alerts as rows of the trace log.

use super::refused;
use crate::{
    crm::EmbeddedCrm,
    error::CrmError,
    session::{Session, access::Right, find, rules::mailboxes::default_profile, sql::id_at},
    settings::Stored,
    value::{Row, Value},
};
use earmark_model::{Alert, AlertLevel, Failure, Instant};
use std::sync::Arc;
use uuid::Uuid;

/// The setting that says for how long alerts are kept.
const DAYS: &str = "TraceLogPersistenceTimeInDays";

/// For how long where the setting says nothing usable. Units: days.
const DAYS_DEFAULT: u32 = 30;

/// Units: days for which alerts are kept.
pub(crate) fn days_kept(stored: &Stored) -> u32 {
    stored.effective(DAYS).and_then(|days| days.parse().ok()).unwrap_or(DAYS_DEFAULT)
}

/// Makes a row for each alert that has none.
pub(super) async fn raise(crm: &Arc<EmbeddedCrm>, alerts: &[Alert]) -> Result<(), Failure> {
    let alerts = alerts.to_vec();
    crm.transact(Vec::new(), crm.service_caller(), move |session, _| {
        session.require_reads()?;
        session.require(find("tracelog")?, Right::Create)?;
        alerts.iter().try_for_each(|alert| put(session, alert))
    })
    .await
    .map_err(|error: CrmError| refused(error))
}

/// Drops the rows from before `before`.
pub(crate) fn prune(session: &Session<'_>, before: Instant) -> Result<usize, CrmError> {
    let table = find("tracelog")?;
    session.require(table, Right::Delete)?;
    let old: Vec<Uuid> = session
        .tx
        .prepare_cached("SELECT tracelogid FROM tracelog WHERE createdon < ?")?
        .query_map([before.as_millis()], |row| id_at(row, 0))?
        .collect::<Result<_, _>>()?;
    for id in &old {
        session.remove(table, *id)?;
    }
    Ok(old.len())
}

fn put(session: &Session<'_>, alert: &Alert) -> Result<(), CrmError> {
    let table = find("tracelog")?;
    if session.exists(table, alert.id)? {
        return Ok(());
    }
    let regarding = match alert.mailbox {
        Some(mailbox) if session.exists(find("mailbox")?, mailbox.0)? => {
            Value::lookup("mailbox", mailbox.0)
        }
        Some(_) => return Ok(()),
        None => default_profile(session)?
            .map_or(Value::Null, |profile| Value::lookup("emailserverprofile", profile)),
    };
    let level = match alert.level {
        AlertLevel::Information => 1,
        AlertLevel::Warning => 2,
        AlertLevel::Error => 3,
    };
    let named = if alert.outcome.is_empty() { &alert.code } else { &alert.outcome };
    let details = match alert.outcome_number {
        Some(number) => format!("{} {number}", alert.code),
        None => alert.code.clone(),
    };
    let row = Row::from([
        ("tracelogid".to_owned(), Value::Guid(alert.id)),
        ("text".to_owned(), Value::text(alert.text.chars().take(2000).collect::<String>())),
        ("level".to_owned(), Value::Int(level)),
        ("tracecode".to_owned(), Value::Int(alert.number.into())),
        ("tracestatus".to_owned(), Value::Bool(alert.level == AlertLevel::Information)),
        ("errortypedisplay".to_owned(), Value::text(named.chars().take(320).collect::<String>())),
        ("errordetails".to_owned(), Value::text(details.chars().take(2048).collect::<String>())),
        ("regardingobjectid".to_owned(), regarding),
        ("canbedeleted".to_owned(), Value::Bool(true)),
    ]);
    session.make(table, row, &[]).map(drop)
}
