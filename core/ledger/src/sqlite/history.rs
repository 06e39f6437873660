//! The history of items, bounded by age and by count.

use super::{copies, keys, links};
use crate::{HistoryEntry, NumberedEntry, StoreError, Unit};
use earmark_model::{Actor, Instant, ItemHandle, LinkKey, MailboxId, OrganizationId};
use earmark_sqlite::rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

/// The event of an entry that says who asked.
pub(super) const REQUESTED: &str = "requested";

pub(super) fn put(tx: &Connection, unit: i64, entry: &HistoryEntry) -> Result<(), StoreError> {
    let handle = entry.key.handle.as_str();
    let link = links::find(tx, unit, &entry.key.handle)?;
    let asked_by = match entry.answers {
        Some(at) => who_asked(tx, unit, entry, at)?,
        None => None,
    };
    let actor = asked_by.or_else(|| entry.actor.map(Actor::to_words)).unwrap_or_default();
    tx.prepare_cached(
        "INSERT INTO history (unit, hash, link, handle, at, event, reason, trigger, detail, actor)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute(params![
        unit,
        keys::hash(&[handle]),
        link,
        link.is_none().then_some(handle),
        entry.at.as_millis(),
        entry.event,
        entry.reason,
        entry.trigger,
        entry.detail,
        actor
    ])?;
    Ok(())
}

/// Who made the request of that instant.
fn who_asked(
    tx: &Connection,
    unit: i64,
    entry: &HistoryEntry,
    at: Instant,
) -> Result<Option<String>, StoreError> {
    Ok(tx
        .prepare_cached(
            "SELECT actor FROM history
              WHERE unit = ?1 AND hash = ?2 AND at = ?3 AND event = ?4 AND actor <> ''
              ORDER BY id DESC LIMIT 1",
        )?
        .query_row(
            params![unit, keys::hash(&[entry.key.handle.as_str()]), at.as_millis(), REQUESTED],
            |row| row.get(0),
        )
        .optional()?)
}

pub(super) fn of_item(tx: &Connection, key: &LinkKey) -> Result<Vec<HistoryEntry>, StoreError> {
    let Some(unit) = keys::unit(tx, key.organization, Unit::Mailbox(key.mailbox))? else {
        return Ok(Vec::new());
    };
    let link = links::find(tx, unit, &key.handle)?;
    let mut statement = tx.prepare_cached(
        "SELECT at, event, reason, trigger, detail, actor FROM history
          WHERE unit = ?1 AND hash = ?2 AND (link = ?3 OR handle = ?4) ORDER BY at, id",
    )?;
    let handle = key.handle.as_str();
    let rows = statement.query_map(params![unit, keys::hash(&[handle]), link, handle], |row| {
        Ok(HistoryEntry {
            key: key.clone(),
            at: Instant::from_millis(row.get(0)?),
            event: row.get(1)?,
            reason: row.get(2)?,
            trigger: row.get(3)?,
            detail: row.get(4)?,
            actor: Actor::parse(&row.get::<_, String>(5)?),
            answers: None,
        })
    })?;
    super::rows::all(rows)
}

/// Entries of all items with numbers above `after`, oldest first; without it, the newest.
pub(super) fn happenings(
    tx: &Connection,
    organization: OrganizationId,
    after: Option<i64>,
    limit: usize,
) -> Result<Vec<NumberedEntry>, StoreError> {
    let order = if after.is_some() { "ASC" } else { "DESC" };
    let mut statement = tx.prepare_cached(&format!(
        "SELECT history.id, history.link, unit.mailbox, coalesce(history.handle, link.handle, ''),
                history.at, history.event, history.reason, history.trigger, history.detail,
                history.actor
           FROM history
           JOIN unit ON unit.id = history.unit
           JOIN organization ON organization.id = unit.organization
           LEFT JOIN link ON link.id = history.link
          WHERE organization.guid = ?1 AND history.id > ?2 AND unit.mailbox IS NOT NULL
          ORDER BY history.id {order} LIMIT ?3"
    ))?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let guid = organization.0.as_bytes().as_slice();
    let rows = statement.query_map(params![guid, after.unwrap_or(0), limit], |row| {
        let mailbox = MailboxId(Uuid::from_bytes(row.get(2)?));
        let handle = ItemHandle(row.get(3)?);
        Ok(NumberedEntry {
            number: row.get(0)?,
            item: row.get(1)?,
            entry: HistoryEntry {
                key: LinkKey { organization, mailbox, handle },
                at: Instant::from_millis(row.get(4)?),
                event: row.get(5)?,
                reason: row.get(6)?,
                trigger: row.get(7)?,
                detail: row.get(8)?,
                actor: Actor::parse(&row.get::<_, String>(9)?),
                answers: None,
            },
        })
    })?;
    let mut found = super::rows::all(rows)?;
    found.sort_by_key(|happening| happening.number);
    Ok(found)
}

/// Drops what is older than `before`, then all but the newest `per_link` of each item. Endings
/// of that age count for nothing any more and go as well, and so do closed copies.
pub(super) fn prune(
    tx: &Connection,
    organization: OrganizationId,
    before: Instant,
    per_link: usize,
) -> Result<u64, StoreError> {
    let Some(organization) = keys::organization(tx, organization)? else { return Ok(0) };
    let aged = tx
        .prepare_cached(
            "DELETE FROM history
              WHERE at < ?2 AND (SELECT organization FROM unit WHERE id = history.unit) = ?1",
        )?
        .execute(params![organization, before.as_millis()])?;
    tx.prepare_cached("DELETE FROM ending WHERE organization = ?1 AND at < ?2")?
        .execute(params![organization, before.as_millis()])?;
    copies::prune(tx, organization, before)?;
    let excess = prune_excess(tx, organization, i64::try_from(per_link).unwrap_or(i64::MAX))?;
    Ok(u64::try_from(aged + excess).unwrap_or(u64::MAX))
}

/// Looks only at items with entries since the last time, unless more was kept then.
fn prune_excess(tx: &Connection, organization: i64, per_link: i64) -> Result<usize, StoreError> {
    let seen: i64 = tx
        .prepare_cached(
            "SELECT CASE WHEN history_kept <= ?2 THEN history_seen ELSE 0 END
               FROM organization WHERE id = ?1",
        )?
        .query_row([organization, per_link], |row| row.get(0))?;
    let excess = tx
        .prepare_cached(
            "DELETE FROM history WHERE id IN (
                 SELECT id FROM (
                     SELECT id, row_number() OVER (
                                PARTITION BY unit, hash ORDER BY at DESC, id DESC) AS place
                       FROM history
                      WHERE (unit, hash) IN (
                          SELECT recent.unit, recent.hash FROM history AS recent
                            JOIN unit ON unit.id = recent.unit
                           WHERE recent.id > ?3 AND unit.organization = ?1))
                  WHERE place > ?2)",
        )?
        .execute([organization, per_link, seen])?;
    tx.prepare_cached(
        "UPDATE organization
            SET history_seen = coalesce((SELECT max(id) FROM history), 0), history_kept = ?2
          WHERE id = ?1",
    )?
    .execute([organization, per_link])?;
    Ok(excess)
}
