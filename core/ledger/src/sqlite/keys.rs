//! From the keys of the model to the surrogate keys of the file.

use super::clock;
use crate::{Lease, StoreError, Unit};
use earmark_model::{Instant, MailboxId, OrganizationId};
use earmark_sqlite::rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

/// The instant at which a unit without a due time is due. Units: milliseconds.
pub(super) const NEVER: i64 = i64::MAX;

/// Eight bytes that stand for a text in an index; whoever finds a row by it compares the text.
///
/// FNV-1a with a finishing mix: stable for ever, because it is stored.
pub(super) fn hash(parts: &[&str]) -> i64 {
    let mut state: u64 = 0xcbf2_9ce4_8422_2325;
    for part in parts {
        for byte in part.as_bytes().iter().chain(&[0xff]) {
            state = (state ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    state = (state ^ (state >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    (state ^ (state >> 32)).cast_signed()
}

/// The bytes that name a unit within its organization; none for the organization's own.
pub(super) fn unit_bytes(unit: &Unit) -> &[u8] {
    match unit {
        Unit::Organization => &[],
        Unit::Mailbox(mailbox) => mailbox.0.as_bytes(),
    }
}

/// The unit that these bytes name.
pub(super) fn unit_from(bytes: &[u8]) -> Unit {
    match Uuid::from_slice(bytes) {
        Ok(id) => Unit::Mailbox(MailboxId(id)),
        Err(_) => Unit::Organization,
    }
}

/// The row of an organization, where there is one.
pub(super) fn organization(
    tx: &Connection,
    organization: OrganizationId,
) -> Result<Option<i64>, StoreError> {
    Ok(tx
        .prepare_cached("SELECT id FROM organization WHERE guid = ?1")?
        .query_row([organization.0.as_bytes().as_slice()], |row| row.get(0))
        .optional()?)
}

/// The row of an organization, made where there was none.
pub(super) fn ensure_organization(tx: &Connection, id: OrganizationId) -> Result<i64, StoreError> {
    if let Some(row) = organization(tx, id)? {
        return Ok(row);
    }
    tx.prepare_cached("INSERT INTO organization (guid) VALUES (?1)")?
        .execute([id.0.as_bytes().as_slice()])?;
    Ok(tx.last_insert_rowid())
}

/// The row of a unit, where there is one.
pub(super) fn unit(
    tx: &Connection,
    organization: OrganizationId,
    unit: Unit,
) -> Result<Option<i64>, StoreError> {
    Ok(tx
        .prepare_cached(
            "SELECT unit.id FROM organization
               JOIN unit ON unit.organization = organization.id AND unit.mailbox = ?2
              WHERE organization.guid = ?1",
        )?
        .query_row(params![organization.0.as_bytes().as_slice(), unit_bytes(&unit)], |row| {
            row.get(0)
        })
        .optional()?)
}

/// The row of a unit, made outside the schedule where there was none.
pub(super) fn ensure_unit(
    tx: &Connection,
    organization: OrganizationId,
    key: Unit,
) -> Result<i64, StoreError> {
    if let Some(row) = unit(tx, organization, key)? {
        return Ok(row);
    }
    let organization = ensure_organization(tx, organization)?;
    tx.prepare_cached("INSERT INTO unit (organization, mailbox, ready) VALUES (?1, ?2, ?3)")?
        .execute(params![organization, unit_bytes(&key), NEVER])?;
    Ok(tx.last_insert_rowid())
}

/// The row of the leased unit, if the lease still holds at `now`. A clock that was set back ends
/// every lease.
pub(super) fn leased(tx: &Connection, lease: &Lease, now: Instant) -> Result<i64, StoreError> {
    let row = unit(tx, lease.organization, lease.unit)?.ok_or(StoreError::LeaseLost)?;
    let holds = tx
        .prepare_cached(
            "SELECT 1 FROM unit
              WHERE id = ?1 AND fence = ?2 AND held_by IS NOT NULL AND ready > ?3",
        )?
        .exists(params![row, lease.fence, now.as_millis()])?;
    if holds && !clock::is_set_back(tx, now)? { Ok(row) } else { Err(StoreError::LeaseLost) }
}

#[cfg(test)]
mod tests {
    use super::hash;

    #[test]
    fn the_stored_hash_never_changes_and_tells_parts_apart() {
        assert_eq!(hash(&["a", "bc"]), hash(&["a", "bc"]));
        assert_ne!(hash(&["a", "bc"]), hash(&["ab", "c"]));
        assert_eq!(hash(&["AAMk-1"]), EXPECTED);
    }

    const EXPECTED: i64 = -7_508_246_532_182_521_719;
}
