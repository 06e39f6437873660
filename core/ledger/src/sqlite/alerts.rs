//! Alerts: raised with what caused them, resolved with its end, handed over once.

use super::{keys, rows};
use crate::{AlertEnd, AlertPage, AlertQuery, KeptAlert, StoreError};
use earmark_model::{Alert, AlertLevel, AlertState, Instant, MailboxId, OrganizationId};
use earmark_sqlite::rusqlite::{
    self, Connection, OptionalExtension, Row, ToSql, params, params_from_iter,
};
use uuid::Uuid;

const COLUMNS: &str = "id, guid, mailbox, level, code, number, lasts, permanent, outcome, \
                       outcome_number, text, raised_at, last_at, count, acknowledged_at, \
                       resolved_at, delivered";

const fn number(level: AlertLevel) -> i64 {
    match level {
        AlertLevel::Information => 1,
        AlertLevel::Warning => 2,
        AlertLevel::Error => 3,
    }
}

fn mailbox_bytes(mailbox: Option<&MailboxId>) -> &[u8] {
    mailbox.map_or(&[], |mailbox| mailbox.0.as_bytes())
}

/// Raises an alert; the same one again, and a lasting one that is not resolved, count once more.
pub(super) fn raise(tx: &Connection, organization: i64, alert: &Alert) -> Result<(), StoreError> {
    let mailbox = mailbox_bytes(alert.mailbox.as_ref());
    if alert.lasts {
        let known = tx
            .prepare_cached(
                "UPDATE alert SET count = count + 1, last_at = ?4
                  WHERE organization = ?1 AND mailbox = ?2 AND code = ?3 AND lasts = 1
                    AND resolved_at IS NULL",
            )?
            .execute(params![organization, mailbox, alert.code, alert.at.as_millis()])?;
        if known > 0 {
            return Ok(());
        }
    }
    tx.prepare_cached(
        "INSERT INTO alert (organization, mailbox, guid, level, code, number, lasts, permanent,
                            outcome, outcome_number, text, raised_at, last_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?12)
         ON CONFLICT (organization, guid) DO UPDATE
            SET count = count + 1, last_at = excluded.last_at",
    )?
    .execute(params![
        organization,
        mailbox,
        alert.id.as_bytes().as_slice(),
        number(alert.level),
        alert.code,
        alert.number,
        alert.lasts,
        alert.is_permanent,
        alert.outcome,
        alert.outcome_number,
        alert.text,
        alert.at.as_millis()
    ])?;
    Ok(())
}

/// Resolves the lasting alerts of a cause that ended; if there were any, says what follows.
pub(super) fn end(
    tx: &Connection,
    organization: i64,
    end: &AlertEnd,
    now: Instant,
) -> Result<(), StoreError> {
    let ended = tx
        .prepare_cached(
            "UPDATE alert SET resolved_at = ?4
              WHERE organization = ?1 AND mailbox = ?2 AND code = ?3 AND lasts = 1
                AND resolved_at IS NULL",
        )?
        .execute(params![
            organization,
            mailbox_bytes(end.mailbox.as_ref()),
            end.code,
            now.as_millis()
        ])?;
    match &end.then {
        Some(alert) if ended > 0 => raise(tx, organization, alert),
        Some(_) | None => Ok(()),
    }
}

/// A page, newest first.
pub(super) fn page(
    tx: &Connection,
    organization: OrganizationId,
    query: &AlertQuery,
) -> Result<AlertPage, StoreError> {
    let Some(organization) = keys::organization(tx, organization)? else {
        return Ok(AlertPage { alerts: Vec::new(), next: None });
    };
    let mut sql = format!("SELECT {COLUMNS} FROM alert WHERE organization = ?");
    let mut values: Vec<Box<dyn ToSql>> = vec![Box::new(organization)];
    if let Some(mailbox) = query.mailbox {
        sql.push_str(" AND mailbox = ?");
        values.push(Box::new(mailbox.0.as_bytes().to_vec()));
    }
    if let Some(level) = query.level {
        sql.push_str(" AND level = ?");
        values.push(Box::new(number(level)));
    }
    if let Some(code) = &query.code {
        sql.push_str(" AND code = ?");
        values.push(Box::new(code.clone()));
    }
    match query.state {
        Some(AlertState::Resolved) => sql.push_str(" AND resolved_at IS NOT NULL"),
        Some(AlertState::Acknowledged) => {
            sql.push_str(" AND resolved_at IS NULL AND acknowledged_at IS NOT NULL");
        }
        Some(AlertState::Open) => {
            sql.push_str(" AND resolved_at IS NULL AND acknowledged_at IS NULL");
        }
        None => {}
    }
    if let Some(cursor) = query.cursor {
        sql.push_str(" AND id < ?");
        values.push(Box::new(cursor));
    }
    sql.push_str(" ORDER BY id DESC LIMIT ?");
    values.push(Box::new(i64::try_from(query.limit.saturating_add(1)).unwrap_or(i64::MAX)));
    let mut statement = tx.prepare_cached(&sql)?;
    let found =
        statement.query_map(params_from_iter(values), |row| Ok((row.get(0)?, kept(row)?)))?;
    let mut found: Vec<(i64, KeptAlert)> = rows::all(found)?;
    let more = found.len() > query.limit;
    found.truncate(query.limit);
    let next = found.last().filter(|_| more).map(|(id, _)| *id);
    Ok(AlertPage { alerts: found.into_iter().map(|(_, alert)| alert).collect(), next })
}

/// One alert. Errors: `NotFound`.
pub(super) fn one(
    tx: &Connection,
    organization: OrganizationId,
    id: Uuid,
) -> Result<KeptAlert, StoreError> {
    let organization = keys::organization(tx, organization)?.ok_or(StoreError::NotFound)?;
    tx.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM alert WHERE organization = ?1 AND guid = ?2"
    ))?
    .query_row(params![organization, id.as_bytes().as_slice()], kept)
    .optional()?
    .ok_or(StoreError::NotFound)
}

/// Acknowledges or resolves an alert; what was done already stays as it is. An alert that was
/// resolved is not opened again.
pub(super) fn set_state(
    tx: &Connection,
    organization: OrganizationId,
    id: Uuid,
    state: AlertState,
    now: Instant,
) -> Result<KeptAlert, StoreError> {
    let row = keys::organization(tx, organization)?.ok_or(StoreError::NotFound)?;
    let change = match state {
        AlertState::Open => None,
        AlertState::Acknowledged => Some("acknowledged_at"),
        AlertState::Resolved => Some("resolved_at"),
    };
    if let Some(column) = change {
        tx.prepare_cached(&format!(
            "UPDATE alert SET {column} = coalesce({column}, ?3)
              WHERE organization = ?1 AND guid = ?2"
        ))?
        .execute(params![row, id.as_bytes().as_slice(), now.as_millis()])?;
    }
    one(tx, organization, id)
}

/// Alerts that the CRM does not have yet, oldest first.
pub(super) fn waiting(
    tx: &Connection,
    organization: OrganizationId,
    limit: usize,
) -> Result<Vec<Alert>, StoreError> {
    let Some(organization) = keys::organization(tx, organization)? else { return Ok(Vec::new()) };
    let mut statement = tx.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM alert
          WHERE organization = ?1 AND delivered = 0 ORDER BY id LIMIT ?2"
    ))?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let found = statement.query_map(params![organization, limit], |row| Ok(kept(row)?.alert))?;
    rows::all(found)
}

/// The CRM has these.
pub(super) fn delivered(
    tx: &Connection,
    organization: OrganizationId,
    ids: &[Uuid],
) -> Result<(), StoreError> {
    let Some(organization) = keys::organization(tx, organization)? else { return Ok(()) };
    let mut statement =
        tx.prepare_cached("UPDATE alert SET delivered = 1 WHERE organization = ?1 AND guid = ?2")?;
    for id in ids {
        statement.execute(params![organization, id.as_bytes().as_slice()])?;
    }
    Ok(())
}

/// Drops what was raised last before `before`; a lasting alert only once it is resolved.
pub(super) fn prune(
    tx: &Connection,
    organization: OrganizationId,
    before: Instant,
) -> Result<u64, StoreError> {
    let Some(organization) = keys::organization(tx, organization)? else { return Ok(0) };
    let dropped = tx
        .prepare_cached(
            "DELETE FROM alert
              WHERE organization = ?1 AND last_at < ?2
                AND (lasts = 0 OR resolved_at IS NOT NULL)",
        )?
        .execute(params![organization, before.as_millis()])?;
    Ok(u64::try_from(dropped).unwrap_or(u64::MAX))
}

fn kept(row: &Row<'_>) -> rusqlite::Result<KeptAlert> {
    let uuid = |index| -> rusqlite::Result<Option<Uuid>> {
        let bytes: Vec<u8> = row.get(index)?;
        Ok(Uuid::from_slice(&bytes).ok())
    };
    let instant = |index| -> rusqlite::Result<Option<Instant>> {
        Ok(row.get::<_, Option<i64>>(index)?.map(Instant::from_millis))
    };
    let level: i64 = row.get(3)?;
    let (raised_at, last_at): (i64, i64) = (row.get(11)?, row.get(12)?);
    let (acknowledged_at, resolved_at) = (instant(14)?, instant(15)?);
    let state = match (acknowledged_at, resolved_at) {
        (_, Some(_)) => AlertState::Resolved,
        (Some(_), None) => AlertState::Acknowledged,
        (None, None) => AlertState::Open,
    };
    Ok(KeptAlert {
        alert: Alert {
            id: uuid(1)?.unwrap_or_default(),
            mailbox: uuid(2)?.map(MailboxId),
            level: AlertLevel::ALL
                .into_iter()
                .find(|known| number(*known) == level)
                .unwrap_or(AlertLevel::Error),
            code: row.get(4)?,
            number: row.get(5)?,
            lasts: row.get(6)?,
            is_permanent: row.get(7)?,
            outcome: row.get(8)?,
            outcome_number: row.get(9)?,
            text: row.get(10)?,
            at: Instant::from_millis(raised_at),
        },
        state,
        last_at: Instant::from_millis(last_at),
        count: u64::try_from(row.get::<_, i64>(13)?).unwrap_or_default(),
        acknowledged_at,
        resolved_at,
        is_delivered: row.get(16)?,
    })
}
