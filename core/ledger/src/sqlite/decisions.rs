//! What earlier decisions left behind: tombstones, epochs, intents, held decisions, endings.

use super::{keys, rows, rows::Columns};
use crate::{EpochKey, EpochRow, HeldDecision, Intent, StoreError, SweptLink, Tombstone, Unit};
use earmark_model::{
    ActivityId, Direction, Instant, ItemHandle, LinkKey, MailboxId, OrganizationId,
};
use earmark_sqlite::rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

pub(super) fn tombstones(
    tx: &Connection,
    organization: OrganizationId,
    mailbox: MailboxId,
) -> Result<Vec<Tombstone>, StoreError> {
    let Some(unit) = keys::unit(tx, organization, Unit::Mailbox(mailbox))? else {
        return Ok(Vec::new());
    };
    let mut statement = tx.prepare_cached(
        "SELECT source_key, direction FROM tombstone WHERE unit = ?1
          ORDER BY source_key, direction",
    )?;
    rows::all(statement.query_map([unit], |row| {
        let mut columns = Columns::new(row);
        Ok(Tombstone {
            mailbox,
            source_key: columns.take()?,
            direction: columns.required(Direction::parse)?,
        })
    })?)
}

pub(super) fn put_tombstone(
    tx: &Connection,
    unit: i64,
    tombstone: &Tombstone,
) -> Result<(), StoreError> {
    clear_tombstone(tx, unit, tombstone)?;
    tx.prepare_cached(
        "INSERT INTO tombstone (unit, hash, source_key, direction) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute(params![
        unit,
        keys::hash(&[&tombstone.source_key]),
        tombstone.source_key,
        tombstone.direction.as_str()
    ])?;
    Ok(())
}

pub(super) fn clear_tombstone(
    tx: &Connection,
    unit: i64,
    tombstone: &Tombstone,
) -> Result<(), StoreError> {
    tx.prepare_cached(
        "DELETE FROM tombstone
          WHERE unit = ?1 AND hash = ?2 AND source_key = ?3 AND direction = ?4",
    )?
    .execute(params![
        unit,
        keys::hash(&[&tombstone.source_key]),
        tombstone.source_key,
        tombstone.direction.as_str()
    ])?;
    Ok(())
}

pub(super) fn epochs(
    tx: &Connection,
    organization: OrganizationId,
    wanted: &[EpochKey],
) -> Result<Vec<EpochRow>, StoreError> {
    let Some(organization) = keys::organization(tx, organization)? else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    for key in wanted {
        let row = tx
            .prepare_cached(
                "SELECT epoch, deleted, activity FROM epoch
                  WHERE organization = ?1 AND hash = ?2 AND kind = ?3 AND source_key = ?4
                    AND discriminator = ?5",
            )?
            .query_row(
                params![
                    organization,
                    epoch_hash(key),
                    key.kind.as_str(),
                    key.source_key,
                    key.discriminator
                ],
                |row| {
                    let mut columns = Columns::new(row);
                    Ok(EpochRow {
                        key: key.clone(),
                        epoch: columns.take()?,
                        deleted: columns.take()?,
                        activity: columns.uuid()?.map(ActivityId),
                    })
                },
            )
            .optional()?;
        found.extend(row);
    }
    Ok(found)
}

fn epoch_hash(key: &EpochKey) -> i64 {
    keys::hash(&[key.kind.as_str(), &key.source_key, &key.discriminator])
}

/// Forgets that the record of an epoch was deleted, unless the CRM's feed told of that meanwhile:
/// it takes the links away in the same transaction.
pub(super) fn revive_epoch(
    tx: &Connection,
    organization: i64,
    epoch: &EpochRow,
) -> Result<(), StoreError> {
    let key = &epoch.key;
    tx.prepare_cached(
        "UPDATE epoch SET deleted = 0
          WHERE organization = ?1 AND hash = ?2 AND kind = ?3 AND source_key = ?4
            AND discriminator = ?5 AND activity = ?6
            AND EXISTS (SELECT 1 FROM link WHERE link.activity = epoch.activity AND link.crm = 1)",
    )?
    .execute(params![
        organization,
        epoch_hash(key),
        key.kind.as_str(),
        key.source_key,
        key.discriminator,
        epoch.activity.map(|id| id.0.into_bytes())
    ])?;
    Ok(())
}

/// Stores an epoch as it is now. Another worker may have written it since this one read it: a
/// later epoch stays, and so does the deletion of the very record that the epoch has.
pub(super) fn put_epoch(
    tx: &Connection,
    organization: i64,
    epoch: &EpochRow,
) -> Result<(), StoreError> {
    let key = &epoch.key;
    let known: Option<i64> = tx
        .prepare_cached(
            "SELECT id FROM epoch WHERE organization = ?1 AND hash = ?2 AND kind = ?3
                AND source_key = ?4 AND discriminator = ?5",
        )?
        .query_row(
            params![
                organization,
                epoch_hash(key),
                key.kind.as_str(),
                key.source_key,
                key.discriminator
            ],
            |row| row.get(0),
        )
        .optional()?;
    let activity = epoch.activity.map(|id| id.0.into_bytes());
    if let Some(row) = known {
        tx.prepare_cached(
            "UPDATE epoch
                SET deleted = ?3 OR (deleted AND epoch = ?2 AND activity IS ?4),
                    epoch = ?2, activity = ?4
              WHERE id = ?1 AND epoch <= ?2",
        )?
        .execute(params![row, epoch.epoch, epoch.deleted, activity])?;
        return Ok(());
    }
    tx.prepare_cached(
        "INSERT INTO epoch (organization, hash, kind, source_key, discriminator, epoch, deleted,
                            activity)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        organization,
        epoch_hash(key),
        key.kind.as_str(),
        key.source_key,
        key.discriminator,
        epoch.epoch,
        epoch.deleted,
        activity
    ])?;
    Ok(())
}

pub(super) fn intents(
    tx: &Connection,
    organization: OrganizationId,
    mailbox: MailboxId,
) -> Result<Vec<Intent>, StoreError> {
    let Some(unit) = keys::unit(tx, organization, Unit::Mailbox(mailbox))? else {
        return Ok(Vec::new());
    };
    let mut statement = tx.prepare_cached(
        "SELECT kind, target, issued_at FROM intent WHERE unit = ?1 ORDER BY issued_at, kind, target",
    )?;
    rows::all(statement.query_map([unit], |row| {
        Ok(Intent {
            kind: row.get(0)?,
            target: row.get(1)?,
            issued_at: Instant::from_millis(row.get(2)?),
        })
    })?)
}

/// What is done goes first: the same intent may be written down again in the same commit.
pub(super) fn put_intents(
    tx: &Connection,
    unit: i64,
    intents: &[Intent],
    done: &[(String, String)],
) -> Result<(), StoreError> {
    for (kind, target) in done {
        tx.prepare_cached("DELETE FROM intent WHERE unit = ?1 AND kind = ?2 AND target = ?3")?
            .execute(params![unit, kind, target])?;
    }
    for intent in intents {
        tx.prepare_cached("INSERT OR REPLACE INTO intent VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![unit, intent.kind, intent.target, intent.issued_at.as_millis()])?;
    }
    Ok(())
}

pub(super) fn held(
    tx: &Connection,
    organization: OrganizationId,
    mailbox: MailboxId,
) -> Result<Vec<HeldDecision>, StoreError> {
    let Some(unit) = keys::unit(tx, organization, Unit::Mailbox(mailbox))? else {
        return Ok(Vec::new());
    };
    let mut statement = tx.prepare_cached(
        "SELECT handle, reason, held_since, released_at FROM held WHERE unit = ?1
          ORDER BY handle",
    )?;
    rows::all(statement.query_map([unit], |row| {
        Ok(HeldDecision {
            key: LinkKey { organization, mailbox, handle: ItemHandle(row.get(0)?) },
            reason: row.get(1)?,
            held_since: Instant::from_millis(row.get(2)?),
            released_at: row.get::<_, Option<i64>>(3)?.map(Instant::from_millis),
        })
    })?)
}

pub(super) fn holding(
    tx: &Connection,
    organization: OrganizationId,
) -> Result<Vec<MailboxId>, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT DISTINCT unit.mailbox FROM held
           JOIN unit ON unit.id = held.unit
           JOIN organization ON organization.id = unit.organization
          WHERE organization.guid = ?1 ORDER BY unit.mailbox",
    )?;
    let guid = organization.0.as_bytes().as_slice();
    let units = rows::all(
        statement.query_map([guid], |row| Ok(keys::unit_from(row.get_ref(0)?.as_blob()?)))?,
    )?;
    let mailbox = |unit| match unit {
        Unit::Mailbox(mailbox) => Some(mailbox),
        Unit::Organization => None,
    };
    Ok(units.into_iter().filter_map(mailbox).collect())
}

pub(super) fn put_held(tx: &Connection, unit: i64, held: &HeldDecision) -> Result<(), StoreError> {
    // A person may have released it since it was read.
    tx.prepare_cached(
        "INSERT INTO held (unit, handle, reason, held_since, released_at)
         VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (unit, handle) DO UPDATE
            SET reason = excluded.reason, held_since = excluded.held_since,
                released_at = coalesce(excluded.released_at, held.released_at)",
    )?
    .execute(params![
        unit,
        held.key.handle.as_str(),
        held.reason,
        held.held_since.as_millis(),
        held.released_at.map(Instant::as_millis)
    ])?;
    Ok(())
}

/// A person releases what waits in a mailbox. Answers how many decisions that were.
pub(super) fn release_all(
    tx: &Connection,
    organization: OrganizationId,
    mailbox: MailboxId,
    now: Instant,
) -> Result<u64, StoreError> {
    let Some(unit) = keys::unit(tx, organization, Unit::Mailbox(mailbox))? else { return Ok(0) };
    let count = tx
        .prepare_cached("UPDATE held SET released_at = ?2 WHERE unit = ?1 AND released_at IS NULL")?
        .execute(params![unit, now.as_millis()])?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// The CRM told of an end that was only missed there before: it waits no longer for a person.
pub(super) fn forget_doubt(tx: &Connection, link: i64) -> Result<(), StoreError> {
    tx.prepare_cached(
        "DELETE FROM held
          WHERE reason = ?2
            AND (unit, handle) IN (SELECT unit, handle FROM link WHERE id = ?1)",
    )?
    .execute(params![link, HeldDecision::MISSING_IN_CRM])?;
    Ok(())
}

pub(super) fn release_held(tx: &Connection, unit: i64, key: &LinkKey) -> Result<(), StoreError> {
    tx.prepare_cached("DELETE FROM held WHERE unit = ?1 AND handle = ?2")?
        .execute(params![unit, key.handle.as_str()])?;
    Ok(())
}

pub(super) fn endings(
    tx: &Connection,
    organization: OrganizationId,
    since: Instant,
) -> Result<Vec<SweptLink>, StoreError> {
    let Some(row) = keys::organization(tx, organization)? else { return Ok(Vec::new()) };
    let mut statement = tx.prepare_cached(
        "SELECT unit.mailbox, ending.handle, ending.at, ending.by_user
           FROM ending CROSS JOIN unit ON unit.id = ending.unit
          WHERE ending.organization = ?1 AND ending.at >= ?2 ORDER BY ending.at, ending.id",
    )?;
    rows::all(statement.query_map(params![row, since.as_millis()], |row| {
        Ok(SweptLink {
            key: LinkKey {
                organization,
                mailbox: MailboxId(Uuid::from_bytes(row.get(0)?)),
                handle: ItemHandle(row.get(1)?),
            },
            at: Instant::from_millis(row.get(2)?),
            by_user: row.get(3)?,
        })
    })?)
}

pub(super) fn put_ending(
    tx: &Connection,
    organization: i64,
    unit: i64,
    ending: &SweptLink,
) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO ending (organization, unit, handle, at, by_user) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![
        organization,
        unit,
        ending.key.handle.as_str(),
        ending.at.as_millis(),
        ending.by_user
    ])?;
    Ok(())
}

/// How many links of the organization have baseline 1, kept by triggers.
pub(super) fn tracked_count(
    tx: &Connection,
    organization: OrganizationId,
) -> Result<u64, StoreError> {
    let count: Option<i64> = tx
        .prepare_cached("SELECT tracked FROM organization WHERE guid = ?1")?
        .query_row([organization.0.as_bytes().as_slice()], |row| row.get(0))
        .optional()?;
    Ok(count.and_then(|count| u64::try_from(count).ok()).unwrap_or(0))
}
