//! The schedule: units, their due times, leases and pauses.

use super::keys::{self, NEVER};
use crate::{Lease, StoreError, Unit, UnitStatus};
use earmark_model::{Instant, OrganizationId};
use earmark_sqlite::rusqlite::{Connection, params};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use uuid::Uuid;

/// What to claim, and for whom.
pub(super) struct Claim {
    pub(super) worker: String,
    pub(super) only: Option<OrganizationId>,
    pub(super) limit: usize,
    pub(super) lease_for: Duration,
}

pub(super) fn put_units(
    tx: &Connection,
    organization: OrganizationId,
    units: &[(Unit, Instant)],
) -> Result<(), StoreError> {
    let organization = keys::ensure_organization(tx, organization)?;
    let known = known_units(tx, organization)?;
    let named: BTreeSet<Unit> = units.iter().map(|(unit, _)| *unit).collect();
    for (unit, (row, scheduled)) in &known {
        if *scheduled && !named.contains(unit) {
            // A holder of the lease keeps it; `ready` is the end of its lease.
            tx.prepare_cached(
                "UPDATE unit SET scheduled = 0, woken = NULL,
                        ready = CASE WHEN held_by IS NULL THEN ?2 ELSE ready END
                  WHERE id = ?1",
            )?
            .execute(params![row, NEVER])?;
        }
    }
    for (unit, due) in units {
        match known.get(unit) {
            Some((_, true)) => {}
            Some((row, false)) => {
                tx.prepare_cached("UPDATE unit SET scheduled = 1 WHERE id = ?1")?.execute([row])?;
                make_due(tx, *row, *due)?;
            }
            None => {
                // The same unit named twice is one unit, due at the earlier instant.
                tx.prepare_cached(
                    "INSERT INTO unit (organization, mailbox, scheduled, ready)
                     VALUES (?1, ?2, 1, ?3)
                     ON CONFLICT (organization, mailbox) DO UPDATE
                        SET ready = min(ready, excluded.ready)",
                )?
                .execute(params![
                    organization,
                    keys::unit_bytes(unit),
                    due.as_millis()
                ])?;
            }
        }
    }
    Ok(())
}

fn known_units(
    tx: &Connection,
    organization: i64,
) -> Result<BTreeMap<Unit, (i64, bool)>, StoreError> {
    let mut statement =
        tx.prepare_cached("SELECT mailbox, id, scheduled FROM unit WHERE organization = ?1")?;
    let rows = statement.query_map([organization], |row| {
        Ok((keys::unit_from(row.get_ref(0)?.as_blob()?), (row.get(1)?, row.get(2)?)))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn claim(
    tx: &Connection,
    claim: &Claim,
    now: Instant,
) -> Result<Vec<Lease>, StoreError> {
    let expires = now.plus(claim.lease_for);
    let mut leases = Vec::new();
    for row in claimable(tx, claim, now)? {
        // What made the unit due before now is seen by this holder; a later wake stays.
        let lease = tx
            .prepare_cached(
                "UPDATE unit SET fence = fence + 1, held_by = ?2, ready = ?3,
                        woken = CASE WHEN woken > ?4 THEN woken END
                  WHERE id = ?1
              RETURNING fence, mailbox,
                        (SELECT guid FROM organization WHERE id = unit.organization)",
            )?
            .query_row(params![row, claim.worker, expires.as_millis(), now.as_millis()], |row| {
                Ok(Lease {
                    organization: OrganizationId(Uuid::from_bytes(row.get(2)?)),
                    unit: keys::unit_from(row.get_ref(1)?.as_blob()?),
                    fence: row.get(0)?,
                    expires,
                })
            })?;
        leases.push(lease);
    }
    Ok(leases)
}

fn claimable(tx: &Connection, claim: &Claim, now: Instant) -> Result<Vec<i64>, StoreError> {
    let only = match claim.only {
        None => None,
        Some(only) => match keys::organization(tx, only)? {
            None => return Ok(Vec::new()),
            row => row,
        },
    };
    let mut statement = tx.prepare_cached(
        "SELECT id FROM unit
          WHERE scheduled = 1 AND paused = 0 AND ready <= ?1 AND (?2 IS NULL OR organization = ?2)
          ORDER BY ready, id LIMIT ?3",
    )?;
    let limit = i64::try_from(claim.limit).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![now.as_millis(), only, limit], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn renew(
    tx: &Connection,
    lease: &Lease,
    lease_for: Duration,
    now: Instant,
) -> Result<Lease, StoreError> {
    let row = keys::leased(tx, lease, now)?;
    let expires = now.plus(lease_for);
    tx.prepare_cached("UPDATE unit SET ready = ?2 WHERE id = ?1")?
        .execute(params![row, expires.as_millis()])?;
    Ok(Lease { expires, ..lease.clone() })
}

pub(super) fn release(
    tx: &Connection,
    lease: &Lease,
    due: Instant,
    completed: bool,
    now: Instant,
) -> Result<(), StoreError> {
    let row = keys::leased(tx, lease, now)?;
    tx.prepare_cached(
        "UPDATE unit SET held_by = NULL, ready = min(?2, coalesce(woken, ?2)), woken = NULL,
                cycles = cycles + ?3
          WHERE id = ?1",
    )?
    .execute(params![row, due.as_millis(), completed])?;
    Ok(())
}

pub(super) fn take_back(tx: &Connection, worker: &str, now: Instant) -> Result<usize, StoreError> {
    // The fence rises at once: what the worker sent before its end is not recorded by anybody.
    Ok(tx
        .prepare_cached(
            "UPDATE unit SET fence = fence + 1, held_by = NULL, ready = min(ready, ?2)
              WHERE held_by = ?1",
        )?
        .execute(params![worker, now.as_millis()])?)
}

pub(super) fn next_due(tx: &Connection) -> Result<Option<Instant>, StoreError> {
    let ready: Option<i64> = tx
        .prepare_cached("SELECT min(ready) FROM unit WHERE scheduled = 1 AND paused = 0")?
        .query_row([], |row| row.get(0))?;
    Ok(ready.filter(|ready| *ready < NEVER).map(Instant::from_millis))
}

/// Makes the unit of a row due at `at` if it is due later, also while somebody holds it.
pub(super) fn make_due(tx: &Connection, row: i64, at: Instant) -> Result<(), StoreError> {
    tx.prepare_cached(
        "UPDATE unit
            SET woken = CASE WHEN held_by IS NULL THEN NULL ELSE min(?2, coalesce(woken, ?2)) END,
                ready = CASE WHEN held_by IS NULL THEN min(?2, ready) ELSE ready END
          WHERE id = ?1",
    )?
    .execute(params![row, at.as_millis()])?;
    Ok(())
}

pub(super) fn wake(
    tx: &Connection,
    organization: OrganizationId,
    unit: Unit,
    at: Instant,
) -> Result<(), StoreError> {
    match keys::unit(tx, organization, unit)? {
        Some(row) => make_due(tx, row, at),
        // A unit that nobody put into the schedule is due when it is put there.
        None => Ok(()),
    }
}

pub(super) fn set_paused(
    tx: &Connection,
    organization: OrganizationId,
    unit: Unit,
    paused: bool,
) -> Result<i64, StoreError> {
    let row = keys::ensure_unit(tx, organization, unit)?;
    tx.prepare_cached("UPDATE unit SET paused = ?2 WHERE id = ?1")?
        .execute(params![row, paused])?;
    Ok(row)
}

pub(super) fn units(
    tx: &Connection,
    organization: OrganizationId,
    now: Instant,
) -> Result<Vec<UnitStatus>, StoreError> {
    let Some(row) = keys::organization(tx, organization)? else { return Ok(Vec::new()) };
    let mut statement = tx.prepare_cached(
        "SELECT mailbox, paused, coalesce(woken, ready), cycles,
                CASE WHEN ready > ?2 THEN held_by END,
                memory.failure_class IS NOT NULL OR memory.circuit_opened IS NOT NULL
           FROM unit LEFT JOIN mailbox_memory AS memory ON memory.unit = unit.id
          WHERE organization = ?1 AND scheduled = 1 ORDER BY mailbox",
    )?;
    let rows = statement.query_map(params![row, now.as_millis()], |row| {
        let (paused, due, cycles): (bool, i64, i64) = (row.get(1)?, row.get(2)?, row.get(3)?);
        Ok(UnitStatus {
            organization,
            unit: keys::unit_from(row.get_ref(0)?.as_blob()?),
            due: (!paused).then_some(Instant::from_millis(due)),
            held_by: row.get(4)?,
            cycles: u64::try_from(cycles).unwrap_or(0),
            is_failing: row.get(5)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
