//! Requests: a person's replaces any other, the engine's own give way to what is there, and one
//! is cleared only by whoever served that very one.

use super::{history, keys, links, rows::RequestColumns, schedule};
use crate::{HistoryEntry, StoreError, Unit};
use earmark_model::{
    Actor, Instant, ItemKind, ItemState, Link, LinkKey, Request, RequestWish, Trigger,
};
use earmark_sqlite::rusqlite::{Connection, params};

/// Stores a person's request, with who asked, and makes the mailbox due at `now`.
pub(super) fn put(
    tx: &Connection,
    key: &LinkKey,
    kind: ItemKind,
    request: &Request,
    actor: Actor,
    now: Instant,
) -> Result<Instant, StoreError> {
    let unit = keys::ensure_unit(tx, key.organization, Unit::Mailbox(key.mailbox))?;
    let (row, replaced) = match links::find(tx, unit, &key.handle)? {
        Some(row) => (row, stored_at(tx, row)?),
        None => {
            let link = Link::new(key.clone(), kind, request.at);
            (links::put(tx, unit, &link, None, false)?, None)
        }
    };
    let at = match replaced {
        Some(replaced) if replaced >= request.at => {
            Instant::from_millis(replaced.as_millis().saturating_add(1))
        }
        Some(_) | None => request.at,
    };
    store(tx, row, request, at)?;
    tx.prepare_cached(
        "UPDATE link SET not_before = NULL, state = ?2, changed_at = ?3 WHERE id = ?1",
    )?
    .execute(params![row, ItemState::Pending.as_str(), at.as_millis()])?;
    let reason = match request.wish {
        RequestWish::Track { .. } => "requested_by_person",
        RequestWish::Untrack => "untrack_requested_by_person",
    };
    let entry = HistoryEntry {
        key: key.clone(),
        at,
        event: history::REQUESTED.to_owned(),
        reason: reason.to_owned(),
        trigger: Trigger::Request.as_str().to_owned(),
        detail: String::new(),
        actor: Some(actor),
        answers: None,
    };
    history::put(tx, unit, &entry)?;
    schedule::make_due(tx, unit, now)?;
    Ok(at)
}

/// Stores a request that the engine makes itself, where the link has none.
pub(super) fn put_where_none(tx: &Connection, unit: i64, link: &Link) -> Result<(), StoreError> {
    let Some(request) = &link.request else { return Ok(()) };
    let row = match links::find(tx, unit, &link.key.handle)? {
        Some(row) => row,
        None => {
            let row = links::put(tx, unit, link, None, false)?;
            store(tx, row, request, request.at)?;
            return Ok(());
        }
    };
    match stored_at(tx, row)? {
        Some(_) => Ok(()),
        None => store(tx, row, request, request.at),
    }
}

/// Clears the request of a link if it is the one that was made at `at`.
pub(super) fn clear(tx: &Connection, row: i64, at: Instant) -> Result<(), StoreError> {
    tx.prepare_cached(
        "UPDATE link
            SET request_wish = NULL, request_regarding = NULL, request_table = NULL,
                request_record = NULL, request_origin = NULL, request_accepted_for = NULL,
                request_at = NULL
          WHERE id = ?1 AND request_at = ?2",
    )?
    .execute(params![row, at.as_millis()])?;
    Ok(())
}

fn stored_at(tx: &Connection, row: i64) -> Result<Option<Instant>, StoreError> {
    let at: Option<i64> = tx
        .prepare_cached("SELECT request_at FROM link WHERE id = ?1")?
        .query_row([row], |row| row.get(0))?;
    Ok(at.map(Instant::from_millis))
}

fn store(tx: &Connection, row: i64, request: &Request, at: Instant) -> Result<(), StoreError> {
    let columns = RequestColumns::from(request);
    tx.prepare_cached(
        "UPDATE link
            SET request_wish = ?2, request_regarding = ?3, request_table = ?4,
                request_record = ?5, request_origin = ?6, request_accepted_for = ?7,
                request_at = ?8
          WHERE id = ?1",
    )?
    .execute(params![
        row,
        columns.wish,
        columns.regarding,
        columns.table,
        columns.record,
        columns.origin,
        columns.accepted_for,
        at.as_millis()
    ])?;
    Ok(())
}
