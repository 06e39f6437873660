//! What the CRM's change feed does to links: deletions of records, links taken away.

use super::{decisions, keys, links, rows, schedule};
use crate::{Comparison, StoreError, Unit};
use earmark_model::{ActivityId, CrmSide, Instant, LinkKey, MailboxId, OrganizationId};
use earmark_sqlite::rusqlite::{Connection, params};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Stores that these activities were deleted, makes the mailboxes that hold links to them due
/// and answers them.
pub(super) fn delete_activities(
    tx: &Connection,
    organization: i64,
    activities: &[ActivityId],
    now: Instant,
) -> Result<BTreeSet<MailboxId>, StoreError> {
    let mut mailboxes = BTreeSet::new();
    for activity in activities {
        let id = activity.0.into_bytes();
        delete_epochs(tx, organization, id)?;
        for (row, unit, mailbox) in holders(tx, organization, id)? {
            delete_epoch_of(tx, organization, row, id)?;
            set_crm(tx, row, CrmSide::RecordDeleted)?;
            decisions::forget_doubt(tx, row)?;
            if mailboxes.insert(MailboxId(Uuid::from_bytes(mailbox))) {
                schedule::make_due(tx, unit, now)?;
            }
        }
    }
    Ok(mailboxes)
}

/// Stores that these activities were edited, makes the mailboxes that track a meeting or task of
/// theirs due and answers them.
pub(super) fn edit_activities(
    tx: &Connection,
    organization: i64,
    activities: &[ActivityId],
    now: Instant,
) -> Result<BTreeSet<MailboxId>, StoreError> {
    let mut mailboxes = BTreeSet::new();
    for activity in activities {
        for (row, unit, mailbox) in holders(tx, organization, activity.0.into_bytes())? {
            let is_told = tx
                .prepare_cached(
                    "UPDATE link SET crm_edits = crm_edits + 1
                      WHERE id = ?1 AND baseline = 1 AND kind IN ('appointment', 'task')",
                )?
                .execute([row])?;
            if is_told > 0 && mailboxes.insert(MailboxId(Uuid::from_bytes(mailbox))) {
                schedule::make_due(tx, unit, now)?;
            }
        }
    }
    Ok(mailboxes)
}

/// Stores that anything may have happened in the CRM of the organization.
pub(super) fn compare_all(
    tx: &Connection,
    organization: i64,
    comparison: Comparison,
) -> Result<(), StoreError> {
    tx.prepare_cached("UPDATE unit SET comparisons = comparisons + 1 WHERE organization = ?1")?
        .execute([organization])?;
    if comparison == Comparison::MailboxesAndRecords {
        tx.prepare_cached(
            "UPDATE link SET crm_edits = crm_edits + 1, edit_guessed = 1
              WHERE unit IN (SELECT id FROM unit WHERE organization = ?1)
                AND baseline = 1 AND activity IS NOT NULL AND kind IN ('appointment', 'task')",
        )?
        .execute([organization])?;
    }
    Ok(())
}

/// Stores a person's answer about an update that waits; whether one did.
pub(super) fn answer_edit(
    tx: &Connection,
    key: &LinkKey,
    yes: bool,
    now: Instant,
) -> Result<bool, StoreError> {
    let Some(unit) = keys::unit(tx, key.organization, Unit::Mailbox(key.mailbox))? else {
        return Ok(false);
    };
    let Some(row) = links::find(tx, unit, &key.handle)? else { return Ok(false) };
    let is_asked = tx
        .prepare_cached(
            "UPDATE link SET crm_edits = crm_edits + 1, edit_answer = ?2
              WHERE id = ?1 AND edit_held = 1",
        )?
        .execute(params![row, yes])?;
    if is_asked > 0 {
        schedule::make_due(tx, unit, now)?;
    }
    Ok(is_asked > 0)
}

/// The links to an activity: row, unit, mailbox.
fn holders(
    tx: &Connection,
    organization: i64,
    activity: [u8; 16],
) -> Result<Vec<(i64, i64, [u8; 16])>, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT link.id, unit.id, unit.mailbox FROM link CROSS JOIN unit ON unit.id = link.unit
          WHERE link.activity = ?1 AND unit.organization = ?2 ORDER BY link.id",
    )?;
    rows::all(statement.query_map(params![activity, organization], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    })?)
}

/// Marks the epochs whose record is known to be this one.
fn delete_epochs(tx: &Connection, organization: i64, activity: [u8; 16]) -> Result<(), StoreError> {
    tx.prepare_cached("UPDATE epoch SET deleted = 1 WHERE activity = ?1 AND organization = ?2")?
        .execute(params![activity, organization])?;
    Ok(())
}

/// Marks the epoch of a link's source, made where nothing is known of it. An epoch that already
/// has another record is a later one and stays as it is.
fn delete_epoch_of(
    tx: &Connection,
    organization: i64,
    link: i64,
    activity: [u8; 16],
) -> Result<(), StoreError> {
    let (kind, source_key, discriminator): (String, Option<String>, String) = tx
        .prepare_cached("SELECT kind, source_key, discriminator FROM link WHERE id = ?1")?
        .query_row([link], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let Some(source_key) = source_key else { return Ok(()) };
    let hash = keys::hash(&[&kind, &source_key, &discriminator]);
    let key = params![organization, hash, kind, source_key, discriminator, activity];
    let known = tx
        .prepare_cached(
            "SELECT 1 FROM epoch WHERE organization = ?1 AND hash = ?2 AND kind = ?3
                AND source_key = ?4 AND discriminator = ?5 AND ?6 IS NOT NULL",
        )?
        .exists(key)?;
    let statement = if known {
        "UPDATE epoch SET deleted = 1, activity = ?6
          WHERE organization = ?1 AND hash = ?2 AND kind = ?3 AND source_key = ?4
            AND discriminator = ?5 AND (activity IS NULL OR activity = ?6)"
    } else {
        "INSERT INTO epoch (organization, hash, kind, source_key, discriminator, epoch, deleted,
                            activity)
         VALUES (?1, ?2, ?3, ?4, ?5, 0, 1, ?6)"
    };
    tx.prepare_cached(statement)?.execute(key)?;
    Ok(())
}

/// C of a link that the CRM no longer links to this activity.
pub(super) fn unlink(
    tx: &Connection,
    organization: OrganizationId,
    key: &LinkKey,
    activity: ActivityId,
) -> Result<(), StoreError> {
    if key.organization != organization {
        return Ok(());
    }
    let Some(unit) = keys::unit(tx, organization, Unit::Mailbox(key.mailbox))? else {
        return Ok(());
    };
    let Some(row) = links::find(tx, unit, &key.handle)? else { return Ok(()) };
    decisions::forget_doubt(tx, row)?;
    let is_this_one = tx
        .prepare_cached("SELECT 1 FROM link WHERE id = ?1 AND activity = ?2 AND crm = ?3")?
        .exists(params![row, activity.0.into_bytes(), rows::crm_number(CrmSide::Linked)])?;
    if is_this_one { set_crm(tx, row, CrmSide::NotLinked) } else { Ok(()) }
}

/// Changes C, remembering what it was while a worker has the mailbox: what that worker commits
/// was read before this change.
fn set_crm(tx: &Connection, row: i64, side: CrmSide) -> Result<(), StoreError> {
    tx.prepare_cached(
        "UPDATE link
            SET crm_prior = CASE WHEN held_by IS NULL THEN NULL
                                 WHEN crm_fence = fence THEN crm_prior ELSE crm END,
                crm_fence = CASE WHEN held_by IS NULL THEN NULL ELSE fence END,
                crm = ?2
           FROM unit
          WHERE link.id = ?1 AND unit.id = link.unit AND crm <> ?2",
    )?
    .execute(params![row, rows::crm_number(side)])?;
    Ok(())
}
