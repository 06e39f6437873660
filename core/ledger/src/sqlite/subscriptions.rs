//! Subscriptions to notifications, one for each resource of a mailbox.

use super::rows::{self, Columns};
use crate::{StoreError, SubscriptionRow};
use earmark_model::{Instant, MailboxId, OrganizationId};
use earmark_sqlite::rusqlite::{Connection, Error, OptionalExtension, Row, params};
use uuid::Uuid;

const SELECT: &str = "SELECT organization.guid, unit.mailbox, resource, subscription.id, \
    client_state, expires, url \
    FROM subscription CROSS JOIN unit ON unit.id = subscription.unit \
    CROSS JOIN organization ON organization.id = unit.organization";

pub(super) fn of(
    tx: &Connection,
    organization: OrganizationId,
    mailbox: Option<MailboxId>,
) -> Result<Vec<SubscriptionRow>, StoreError> {
    let mut statement = tx.prepare_cached(&format!(
        "{SELECT} WHERE organization.guid = ?1 AND (?2 IS NULL OR unit.mailbox = ?2)
         ORDER BY unit.id, resource"
    ))?;
    let mailbox = mailbox.map(|mailbox| mailbox.0.into_bytes());
    let key = params![organization.0.as_bytes().as_slice(), mailbox];
    rows::all(statement.query_map(key, |row| subscription(row).map(|(_, found)| found))?)
}

pub(super) fn by_id(
    tx: &Connection,
    id: &str,
) -> Result<Option<(OrganizationId, SubscriptionRow)>, StoreError> {
    Ok(tx
        .prepare_cached(&format!("{SELECT} WHERE subscription.id = ?1"))?
        .query_row([id], subscription)
        .optional()?)
}

pub(super) fn put(
    tx: &Connection,
    unit: i64,
    subscription: &SubscriptionRow,
) -> Result<(), StoreError> {
    tx.prepare_cached("INSERT OR REPLACE INTO subscription VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
        .execute(params![
            unit,
            subscription.resource,
            subscription.id,
            subscription.client_state,
            subscription.expires.as_millis(),
            subscription.url
        ])?;
    Ok(())
}

pub(super) fn end(tx: &Connection, unit: i64, resource: &str) -> Result<(), StoreError> {
    tx.prepare_cached("DELETE FROM subscription WHERE unit = ?1 AND resource = ?2")?
        .execute(params![unit, resource])?;
    Ok(())
}

fn subscription(row: &Row<'_>) -> Result<(OrganizationId, SubscriptionRow), Error> {
    let mut columns = Columns::new(row);
    let organization = OrganizationId(Uuid::from_bytes(columns.take()?));
    let found = SubscriptionRow {
        mailbox: MailboxId(Uuid::from_bytes(columns.take()?)),
        resource: columns.take()?,
        id: columns.take()?,
        client_state: columns.take()?,
        expires: Instant::from_millis(columns.take()?),
        url: columns.take()?,
    };
    Ok((organization, found))
}
