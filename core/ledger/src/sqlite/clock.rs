//! A clock that was set back: what waits for an instant does not wait any longer for that.

use crate::StoreError;
use earmark_model::Instant;
use earmark_sqlite::rusqlite::{Connection, OptionalExtension, params};
use std::time::Duration;

/// A clock that is behind itself by more than this was set back; less is an ordinary correction.
const SET_BACK: Duration = Duration::from_secs(60);

/// How often it is written down what the clock shows.
const NOTED_EACH: Duration = Duration::from_secs(30);

/// When something may be done again. `?1` is how far the clock was set back, `?2` the present.
const WAITING: &[(&str, &[&str])] = &[
    ("unit", &["ready", "woken"]),
    ("organization", &["not_before", "circuit_opened"]),
    (
        "mailbox_memory",
        &["not_before", "circuit_opened", "unsettled_until", "regular_due", "swept_at"],
    ),
    ("link", &["not_before", "changed_at"]),
    ("held", &["held_since"]),
    ("ending", &["at"]),
    ("expected_copy", &["opened_at", "looked_at"]),
];

/// Notes what the clock shows. Where it showed more before, everything that waits is moved by the
/// difference: it waits for as long as it would have.
pub(super) fn keep(tx: &Connection, now: Instant) -> Result<(), StoreError> {
    let seen = seen(tx)?;
    let is_fresh = seen.is_some_and(|seen| seen <= now && now.since(seen) < NOTED_EACH);
    let behind = seen.map_or(Duration::ZERO, |seen| seen.since(now));
    if is_fresh || (!behind.is_zero() && behind <= SET_BACK) {
        return Ok(());
    }
    if !behind.is_zero() {
        move_back(tx, behind, now)?;
    }
    tx.prepare_cached(
        "INSERT INTO clock (id, seen) VALUES (1, ?1)
         ON CONFLICT (id) DO UPDATE SET seen = excluded.seen",
    )?
    .execute([now.as_millis()])?;
    Ok(())
}

/// Whether the clock was set back since it was last noted. What is written down by it until that is
/// found out would be moved as if it were older.
pub(super) fn is_set_back(tx: &Connection, now: Instant) -> Result<bool, StoreError> {
    Ok(seen(tx)?.is_some_and(|seen| seen.since(now) > SET_BACK))
}

fn seen(tx: &Connection) -> Result<Option<Instant>, StoreError> {
    let seen: Option<i64> = tx
        .prepare_cached("SELECT seen FROM clock WHERE id = 1")?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(seen.map(Instant::from_millis))
}

fn move_back(tx: &Connection, behind: Duration, now: Instant) -> Result<(), StoreError> {
    let by = i64::try_from(behind.as_millis()).unwrap_or(i64::MAX);
    for (table, columns) in WAITING {
        for column in *columns {
            // What is never due stays so.
            let moved = format!(
                "UPDATE {table} SET {column} = max({column} - ?1, ?2)
                  WHERE {column} > ?2 AND {column} < ?3"
            );
            tx.execute(&moved, params![by, now.as_millis(), super::keys::NEVER])?;
        }
    }
    // Who is at work has read instants that were not moved. What comes of that is not recorded, and
    // somebody begins anew.
    tx.execute(
        "UPDATE unit SET fence = fence + 1, held_by = NULL, ready = ?1 WHERE held_by IS NOT NULL",
        [now.as_millis()],
    )?;
    Ok(())
}
