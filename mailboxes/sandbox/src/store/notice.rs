//! Notices: what subscriptions are still to be told, and when.
//!
//! The notices of a subscription form two queues, changes and lifecycle events, each told in
//! order: behind one that waits for its next attempt the later ones wait as well.

use super::subscription::{self, Subscription};
use crate::error::Refusal;
use earmark_http::Fault;
use earmark_sqlite::rusqlite::{self, OptionalExtension, Row, Transaction, params};
use std::{collections::BTreeMap, sync::Arc};
use uuid::Uuid;

/// Units: milliseconds for which a notice is tried. Source: the delivery rules (4 hours).
pub(crate) const TRIED_FOR_MS: i64 = 4 * 60 * 60 * 1000;

/// Units: milliseconds between the first attempt and the second; each later gap is twice the one
/// before.
const GAP_FIRST_MS: i64 = 10 * 1000;

/// Units: milliseconds between two attempts at most.
const GAP_MAX_MS: i64 = 30 * 60 * 1000;

/// Units: notices that are looked at in one go.
const LOOK_MAX: i64 = 400;

/// The lifecycle event of a subscription that ends soon.
pub(crate) const REAUTHORIZATION_REQUIRED: &str = "reauthorizationRequired";
/// The lifecycle event of lost notices.
pub(crate) const MISSED: &str = "missed";
/// The lifecycle event of a subscription that the server ended.
pub(crate) const SUBSCRIPTION_REMOVED: &str = "subscriptionRemoved";

/// One notice that is due.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Notice {
    pub(crate) row: i64,
    pub(crate) subscription: Arc<Subscription>,
    pub(crate) what: What,
}

/// What a notice says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct What {
    /// The directory id of the mailbox's user.
    pub(crate) mailbox: Uuid,
    pub(crate) lifecycle: bool,
    /// The change, or the lifecycle event.
    pub(crate) change: String,
    pub(crate) item: i64,
    pub(crate) incarnation: i64,
    pub(crate) version: i64,
    /// The folder's or list's row.
    pub(crate) container: i64,
    /// The item was there before, elsewhere.
    pub(crate) moved: bool,
    /// What goes wrong when it is sent, after the delay that was asked for.
    pub(crate) fault: Option<Fault>,
}

impl Notice {
    /// Where it is to be sent.
    pub(crate) fn url(&self) -> &str {
        match (&self.subscription.lifecycle_url, self.what.lifecycle) {
            (Some(url), true) => url,
            _ => &self.subscription.url,
        }
    }
}

/// Whether something was noticed that nobody looked at yet.
pub(crate) fn any_new(tx: &Transaction<'_>) -> Result<bool, earmark_sqlite::Error> {
    Ok(tx
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM notice WHERE made_ms IS NULL)")?
        .query_row([], |row| row.get(0))?)
}

/// Dates what was noticed since the last look, ends what is over, and says what follows from the
/// time: subscriptions that end soon, notices that were tried for too long.
pub(crate) fn look(tx: &Transaction<'_>, now_ms: i64) -> Result<(), Refusal> {
    subscription::sweep(tx, now_ms)?;
    tx.prepare_cached("UPDATE notice SET made_ms = ?1, due_ms = ?1 WHERE made_ms IS NULL")?
        .execute([now_ms])?;
    let ending: Vec<i64> = tx
        .prepare_cached("SELECT id FROM subscription WHERE warn_ms <= ?1 ORDER BY id")?
        .query_map([now_ms], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for row in ending {
        say_at(tx, row, REAUTHORIZATION_REQUIRED, Some((now_ms, now_ms)))?;
        tx.prepare_cached("UPDATE subscription SET warn_ms = NULL WHERE id = ?1")?
            .execute([row])?;
    }
    let old: Vec<i64> = tx
        .prepare_cached("SELECT id FROM notice WHERE made_ms <= ?1 ORDER BY id")?
        .query_map([now_ms - TRIED_FOR_MS], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    drop_all(tx, &old, now_ms, now_ms)
}

/// Adds a lifecycle event, to be told at once. A subscription without an address for them is
/// told nothing.
pub(crate) fn say(tx: &Transaction<'_>, subscription: i64, event: &str) -> Result<(), Refusal> {
    say_at(tx, subscription, event, None)
}

/// Adds a lifecycle event; `at` is when it was made and when it is due.
fn say_at(
    tx: &Transaction<'_>,
    subscription: i64,
    event: &str,
    at: Option<(i64, i64)>,
) -> Result<(), Refusal> {
    let (made_ms, due_ms) = (at.map(|(made_ms, _)| made_ms), at.map_or(0, |(_, due_ms)| due_ms));
    tx.prepare_cached(
        "INSERT INTO notice (subscription, lifecycle, change, made_ms, due_ms)
         SELECT id, 1, ?2, ?3, ?4 FROM subscription
         WHERE id = ?1 AND lifecycle_url IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM notice WHERE subscription = ?1 AND lifecycle = 1
                           AND change = ?2)",
    )?
    .execute(params![subscription, event, made_ms, due_ms])?;
    Ok(())
}

/// Takes back the word that a subscription ends soon.
pub(crate) fn unsay_reauthorization(tx: &Transaction<'_>, row: i64) -> Result<(), Refusal> {
    tx.prepare_cached(
        "DELETE FROM notice WHERE subscription = ?1 AND lifecycle = 1 AND change = ?2",
    )?
    .execute(params![row, REAUTHORIZATION_REQUIRED])?;
    Ok(())
}

/// Gives up notices. Whoever loses changes is told that some were missed, at `missed_ms`, where
/// the resource has that event (tasks have not).
pub(crate) fn drop_all(
    tx: &Transaction<'_>,
    rows: &[i64],
    now_ms: i64,
    missed_ms: i64,
) -> Result<(), Refusal> {
    for &row in rows {
        let dropped: Option<(i64, bool)> = tx
            .prepare_cached("DELETE FROM notice WHERE id = ?1 RETURNING subscription, lifecycle")?
            .query_row([row], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((subscription, lifecycle)) = dropped else { continue };
        let kind = subscription::by_row(tx, subscription)?.kind;
        if !lifecycle && kind != subscription::Kind::Task {
            say_at(tx, subscription, MISSED, Some((now_ms, missed_ms)))?;
        }
    }
    subscription::sweep(tx, now_ms)
}

/// What can be sent now, oldest first, but for the addresses in `busy`.
pub(crate) fn due(
    tx: &Transaction<'_>,
    now_ms: i64,
    busy: &[String],
) -> Result<Vec<Notice>, Refusal> {
    let busy = serde_json::json!(busy).to_string();
    let found: Vec<Found> = tx
        .prepare_cached(
            "SELECT n.id, n.subscription, n.lifecycle, n.change, n.item, n.incarnation, n.version,
               n.container, n.moved, n.fault, u.guid
             FROM notice n
             JOIN subscription s ON s.id = n.subscription
             JOIN user u ON u.id = s.user
             WHERE n.due_ms <= ?1
               AND CASE n.lifecycle WHEN 1 THEN s.lifecycle_url ELSE s.url END
                 NOT IN (SELECT value FROM json_each(?2))
               AND NOT EXISTS (SELECT 1 FROM notice e WHERE e.subscription = n.subscription
                 AND e.lifecycle = n.lifecycle AND e.due_ms > ?1 AND e.id < n.id)
             ORDER BY n.id LIMIT ?3",
        )?
        .query_map(params![now_ms, busy, LOOK_MAX], read)?
        .collect::<Result<_, _>>()?;
    let mut known: BTreeMap<i64, Arc<Subscription>> = BTreeMap::new();
    let mut notices = Vec::with_capacity(found.len());
    for Found { row, subscription, what } in found {
        let subscription = match known.get(&subscription) {
            Some(one) => Arc::clone(one),
            None => {
                let one = Arc::new(subscription::by_row(tx, subscription)?);
                known.insert(subscription, Arc::clone(&one));
                one
            }
        };
        notices.push(Notice { row, subscription, what });
    }
    Ok(notices)
}

/// When something is to be done next, after everything that is due at `now_ms` was done.
/// Units: milliseconds since the epoch.
pub(crate) fn next_due(tx: &Transaction<'_>, now_ms: i64) -> Result<Option<i64>, Refusal> {
    Ok(tx
        .prepare_cached(
            "SELECT min(at) FROM (SELECT min(due_ms) AS at FROM notice WHERE due_ms > ?1
               UNION ALL SELECT min(warn_ms) FROM subscription WHERE warn_ms IS NOT NULL)",
        )?
        .query_row([now_ms], |row| row.get(0))?)
}

/// Notices that were taken.
pub(crate) fn told(tx: &Transaction<'_>, rows: &[i64], now_ms: i64) -> Result<(), Refusal> {
    for row in rows {
        tx.prepare_cached("DELETE FROM notice WHERE id = ?1")?.execute([row])?;
    }
    subscription::sweep(tx, now_ms)
}

/// Notices that were not taken: all of them are tried again after the gap of the one that was
/// tried most often, and each at the latest when its time is over.
pub(crate) fn again(tx: &Transaction<'_>, rows: &[i64], now_ms: i64) -> Result<(), Refusal> {
    let mut most = 0;
    for row in rows {
        let attempts: Option<i64> = tx
            .prepare_cached(
                "UPDATE notice SET attempts = attempts + 1, fault = NULL WHERE id = ?1
                 RETURNING attempts",
            )?
            .query_row([row], |row| row.get(0))
            .optional()?;
        most = most.max(attempts.unwrap_or(0));
    }
    put_off(tx, rows, now_ms.saturating_add(gap_ms(most)), None)
}

/// Notices that are not sent before `until_ms`; `fault` is what goes wrong then.
pub(crate) fn put_off(
    tx: &Transaction<'_>,
    rows: &[i64],
    until_ms: i64,
    fault: Option<&Fault>,
) -> Result<(), Refusal> {
    let fault = fault.map(|fault| serde_json::to_string(fault).unwrap_or_default());
    for row in rows {
        tx.prepare_cached(
            "UPDATE notice SET due_ms = min(?2, made_ms + ?3), fault = ?4 WHERE id = ?1",
        )?
        .execute(params![row, until_ms, TRIED_FOR_MS, fault])?;
    }
    Ok(())
}

/// Units: milliseconds between an attempt, the `attempts`-th, and the next one.
fn gap_ms(attempts: i64) -> i64 {
    let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(0).min(16);
    GAP_FIRST_MS.saturating_mul(1 << doublings).min(GAP_MAX_MS)
}

/// A notice without its subscription.
struct Found {
    row: i64,
    subscription: i64,
    what: What,
}

fn read(row: &Row<'_>) -> rusqlite::Result<Found> {
    let fault: Option<String> = row.get(9)?;
    let mailbox: String = row.get(10)?;
    let what = What {
        mailbox: Uuid::parse_str(&mailbox).unwrap_or_default(),
        lifecycle: row.get(2)?,
        change: row.get(3)?,
        item: row.get(4)?,
        incarnation: row.get(5)?,
        version: row.get(6)?,
        container: row.get(7)?,
        moved: row.get(8)?,
        fault: fault.and_then(|text| serde_json::from_str(&text).ok()),
    };
    Ok(Found { row: row.get(0)?, subscription: row.get(1)?, what })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_grow_up_to_half_an_hour() {
        let gaps: Vec<i64> = (1..=10).map(|attempts| gap_ms(attempts) / 1000).collect();
        assert_eq!(gaps, [10, 20, 40, 80, 160, 320, 640, 1280, 1800, 1800]);
    }
}
