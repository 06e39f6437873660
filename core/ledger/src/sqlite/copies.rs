//! Copies of tracked messages that mailboxes expect: opened by whoever tracks the message, looked
//! for and closed by the mailbox itself.

use super::{keys, rows, rows::Columns, schedule};
use crate::{CopyOutcome, ExpectedCopy, StoreError, Unit};
use earmark_model::{
    ActivityId, CrmSide, Direction, Instant, ItemHandle, LinkKey, MailboxId, OrganizationId,
};
use earmark_sqlite::rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

/// The copies that a mailbox still expects, the oldest first.
pub(super) fn open_in(
    tx: &Connection,
    organization: OrganizationId,
    mailbox: MailboxId,
) -> Result<Vec<ExpectedCopy>, StoreError> {
    let Some(unit) = keys::unit(tx, organization, Unit::Mailbox(mailbox))? else {
        return Ok(Vec::new());
    };
    let mut statement = tx.prepare_cached(
        "SELECT source_key, direction, activity, origin.mailbox, origin_handle, opened_at,
                looked_at, put_away
           FROM expected_copy CROSS JOIN unit AS origin ON origin.id = expected_copy.origin
          WHERE unit = ?1 AND closed_at IS NULL ORDER BY expected_copy.id",
    )?;
    rows::all(statement.query_map([unit], |row| {
        let mut columns = Columns::new(row);
        Ok(ExpectedCopy {
            mailbox,
            source_key: columns.take()?,
            direction: Direction::parse(&columns.take::<String>()?),
            activity: ActivityId(Uuid::from_bytes(columns.take()?)),
            origin: LinkKey {
                organization,
                mailbox: MailboxId(Uuid::from_bytes(columns.take()?)),
                handle: ItemHandle(columns.take()?),
            },
            opened_at: Instant::from_millis(columns.take()?),
            looked_at: columns.instant()?,
            is_put_away: columns.take()?,
        })
    })?)
}

/// Expects a copy in the mailbox of row `unit`, which is due at `now` then. A mailbox that has a
/// linked copy, or expects one already, is left alone. Answers whether anything was opened.
pub(super) fn open(
    tx: &Connection,
    unit: i64,
    origin: i64,
    copy: &ExpectedCopy,
    now: Instant,
) -> Result<bool, StoreError> {
    if has_linked(tx, unit, copy)? {
        return Ok(false);
    }
    let known: Option<(i64, bool)> = tx
        .prepare_cached(
            "SELECT id, closed_at IS NULL FROM expected_copy
              WHERE unit = ?1 AND hash = ?2 AND source_key = ?3 AND direction = ?4",
        )?
        .query_row(
            params![unit, keys::hash(&[&copy.source_key]), copy.source_key, word(copy.direction)],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    if known.is_some_and(|(_, is_open)| is_open) {
        return Ok(false);
    }
    tx.prepare_cached(
        "INSERT OR REPLACE INTO expected_copy (id, unit, hash, source_key, direction, activity,
                                               origin, origin_handle, opened_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![
        known.map(|(row, _)| row),
        unit,
        keys::hash(&[&copy.source_key]),
        copy.source_key,
        word(copy.direction),
        copy.activity.0.into_bytes(),
        origin,
        copy.origin.handle.as_str(),
        copy.opened_at.as_millis()
    ])?;
    schedule::make_due(tx, unit, now)?;
    Ok(true)
}

fn has_linked(tx: &Connection, unit: i64, copy: &ExpectedCopy) -> Result<bool, StoreError> {
    let found = tx
        .prepare_cached(
            "SELECT 1 FROM link
              WHERE message_hash = ?2 AND unit = ?1 AND source_key = ?3 AND crm = ?4
                AND (direction = ?5 OR ?5 = '')",
        )?
        .exists(params![
            unit,
            keys::hash(&[&copy.source_key]),
            copy.source_key,
            rows::crm_number(CrmSide::Linked),
            word(copy.direction)
        ])?;
    Ok(found)
}

/// Notes that the mailbox looked for a copy.
pub(super) fn looked(tx: &Connection, unit: i64, copy: &ExpectedCopy) -> Result<(), StoreError> {
    tx.prepare_cached(
        "UPDATE expected_copy SET looked_at = ?5, put_away = ?6
          WHERE unit = ?1 AND hash = ?2 AND source_key = ?3 AND direction = ?4
            AND closed_at IS NULL",
    )?
    .execute(params![
        unit,
        keys::hash(&[&copy.source_key]),
        copy.source_key,
        word(copy.direction),
        copy.looked_at.map(|at| at.as_millis()),
        copy.is_put_away
    ])?;
    Ok(())
}

/// A copy is not expected any longer.
pub(super) fn close(
    tx: &Connection,
    unit: i64,
    copy: &ExpectedCopy,
    outcome: CopyOutcome,
    now: Instant,
) -> Result<(), StoreError> {
    tx.prepare_cached(
        "UPDATE expected_copy SET closed_at = ?5, outcome = ?6
          WHERE unit = ?1 AND hash = ?2 AND source_key = ?3 AND direction = ?4
            AND closed_at IS NULL",
    )?
    .execute(params![
        unit,
        keys::hash(&[&copy.source_key]),
        copy.source_key,
        word(copy.direction),
        now.as_millis(),
        outcome.as_str()
    ])?;
    Ok(())
}

/// Drops what was closed before an instant.
pub(super) fn prune(tx: &Connection, organization: i64, before: Instant) -> Result<(), StoreError> {
    tx.prepare_cached(
        "DELETE FROM expected_copy
          WHERE closed_at < ?2
            AND (SELECT organization FROM unit WHERE id = expected_copy.unit) = ?1",
    )?
    .execute(params![organization, before.as_millis()])?;
    Ok(())
}

fn word(direction: Option<Direction>) -> &'static str {
    direction.map_or("", Direction::as_str)
}
