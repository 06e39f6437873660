//! Links: found by key, stored without touching their requests.

use super::{keys, rows};
use crate::{StoreError, Unit};
use earmark_model::{
    ActivityId, Baseline, Direction, ItemHandle, Link, MailboxId, OrganizationId, identity,
};
use earmark_sqlite::rusqlite::{Connection, OptionalExtension, params};

/// The row of a link, where there is one.
pub(super) fn find(
    tx: &Connection,
    unit: i64,
    handle: &ItemHandle,
) -> Result<Option<i64>, StoreError> {
    Ok(tx
        .prepare_cached("SELECT id FROM link WHERE unit = ?1 AND hash = ?2 AND handle = ?3")?
        .query_row(params![unit, keys::hash(&[handle.as_str()]), handle.as_str()], |row| row.get(0))
        .optional()?)
}

/// Stores a link as it is now, except for its request.
///
/// Two things that happened since the worker read the link are kept: a newer request leaves the
/// link pending and without a waiting time, and a change of C by the CRM's feed stands unless
/// the worker itself changed C. `fence` is that of the worker's lease on this very mailbox;
/// `served` says that the worker acted on a request for this link.
pub(super) fn put(
    tx: &Connection,
    unit: i64,
    link: &Link,
    fence: Option<i64>,
    served: bool,
) -> Result<i64, StoreError> {
    if let Some(row) = find(tx, unit, &link.key.handle)? {
        settle_crm(tx, row, link, fence, served)?;
        update(tx, row, link)?;
        return Ok(row);
    }
    insert(tx, unit, link)
}

/// Decides which C a commit leaves: `crm_prior` stays set exactly where the row's C wins.
fn settle_crm(
    tx: &Connection,
    row: i64,
    link: &Link,
    fence: Option<i64>,
    served: bool,
) -> Result<(), StoreError> {
    tx.prepare_cached(
        "UPDATE link SET crm_prior = NULL, crm_fence = NULL
          WHERE id = ?1 AND crm_prior IS NOT NULL
            AND NOT (crm_fence IS ?2 AND crm_prior = ?3 AND activity IS ?4 AND NOT ?5)",
    )?
    .execute(params![
        row,
        fence,
        rows::crm_number(link.crm),
        link.activity.map(|id| id.0.into_bytes()),
        served
    ])?;
    Ok(())
}

fn insert(tx: &Connection, unit: i64, link: &Link) -> Result<i64, StoreError> {
    tx.prepare_cached(
        "INSERT INTO link (unit, hash, handle, discriminator, kind, baseline, crm, owes_category,
                           ignored, uncategorized, attempts, undeliverable, state, reason,
                           changed_at)
         VALUES (?1, ?2, ?3, '', '', 0, 0, 0, 0, 0, 0, 0, '', '', 0)",
    )?
    .execute(params![
        unit,
        keys::hash(&[link.key.handle.as_str()]),
        link.key.handle.as_str()
    ])?;
    let row = tx.last_insert_rowid();
    update(tx, row, link)?;
    Ok(row)
}

fn update(tx: &Connection, row: i64, link: &Link) -> Result<(), StoreError> {
    let bare = link.message_id.as_deref().map(identity::bare_message_id);
    let failure = link.failure.as_ref();
    tx.prepare_cached(
        "UPDATE link
            SET kind = ?2, source_key = ?3, direction = ?4, discriminator = ?5, message_id = ?6,
                message_hash = ?7, activity = ?8, baseline = ?9,
                crm = CASE WHEN crm_prior IS NULL THEN ?10 ELSE crm END,
                owes_category = ?11, ignored = ?12, uncategorized = ?13, own_base = ?14,
                own_result = ?15, confirmed_name = ?16, attempts = ?17,
                not_before = CASE WHEN request_at IS NULL OR request_at IS ?18 THEN ?19 END,
                failure_class = ?20, failure_code = ?21, failure_detail = ?22,
                undeliverable = ?23, linked_at = ?24,
                state = CASE WHEN request_at IS NULL OR request_at IS ?18 THEN ?25
                             ELSE 'pending' END,
                reason = ?26, changed_at = ?27, series_master = ?28, original_start = ?29,
                is_organizer = ?30, seen_bearing = ?31, synced_version = ?32, synced_hash = ?33,
                time_zone = ?34, back_linked = ?35, synced_fields = ?36, merged_edits = ?37,
                edit_answer = CASE WHEN crm_edits = ?37 THEN NULL ELSE edit_answer END,
                edit_held = ?38, record_modified = ?39,
                edit_guessed = CASE WHEN crm_edits = ?37 THEN 0 ELSE edit_guessed END
          WHERE id = ?1",
    )?
    .execute(params![
        row,
        link.kind.as_str(),
        link.source_key,
        link.direction.map(Direction::as_str),
        link.discriminator,
        link.message_id,
        bare.map(|bare| keys::hash(&[bare])),
        link.activity.map(|id| id.0.into_bytes()),
        link.baseline == Baseline::Tracked,
        rows::crm_number(link.crm),
        link.owes_category,
        link.ignored,
        link.uncategorized,
        link.own_write.as_ref().map(|write| write.base.as_str()),
        link.own_write.as_ref().and_then(|write| write.result.as_ref()).map(|v| v.as_str()),
        link.confirmed_name.as_ref().map(|name| name.as_str()),
        link.attempts,
        link.request.as_ref().map(|request| request.at.as_millis()),
        link.not_before.map(|at| at.as_millis()),
        failure.map(|note| note.class.as_str()),
        failure.map(|note| note.code.as_str()),
        failure.map(|note| note.detail.as_str()),
        rows::undeliverable_number(link.undeliverable),
        link.linked_at.map(|at| at.as_millis()),
        link.state.as_str(),
        link.reason,
        link.changed_at.as_millis(),
        link.series.as_ref().map(|series| series.master.as_str()),
        link.series.as_ref().map(|series| series.original_start.as_millis()),
        link.is_organizer,
        link.seen_bearing,
        link.synced_version.as_ref().map(|version| version.as_str()),
        link.synced_hash.map(u64::cast_signed),
        link.time_zone,
        link.back_linked,
        rows::fields_text(&link.synced_fields),
        link.edits.merged,
        link.edits.is_held,
        link.record_modified.map(|at| at.as_millis()),
    ])?;
    Ok(())
}

/// All links of a mailbox, by handle.
pub(super) fn of_mailbox(
    tx: &Connection,
    organization: OrganizationId,
    mailbox: MailboxId,
) -> Result<Vec<Link>, StoreError> {
    let Some(unit) = keys::unit(tx, organization, Unit::Mailbox(mailbox))? else {
        return Ok(Vec::new());
    };
    let mut statement =
        tx.prepare_cached(&format!("{} WHERE link.unit = ?1", rows::SELECT_LINK))?;
    let found = statement.query_map([unit], |row| rows::link(row).map(|(_, link)| link))?;
    let mut links: Vec<Link> = rows::all(found)?;
    // SQLite would copy every row whole to sort it.
    links.sort_unstable_by(|a, b| a.key.handle.cmp(&b.key.handle));
    Ok(links)
}

/// The links of an organization to any of `activities`, in any mailbox.
pub(super) fn to_activities(
    tx: &Connection,
    organization: OrganizationId,
    activities: &[ActivityId],
) -> Result<Vec<Link>, StoreError> {
    let mut found = Vec::new();
    let mut statement = tx.prepare_cached(&format!(
        "{} WHERE link.activity = ?1 AND organization.guid = ?2 ORDER BY link.id",
        rows::SELECT_LINK
    ))?;
    for activity in activities {
        let key = params![activity.0.as_bytes().as_slice(), organization.0.as_bytes().as_slice()];
        let links = statement.query_map(key, |row| rows::link(row).map(|(_, link)| link))?;
        found.extend(rows::all(links)?);
    }
    Ok(found)
}
