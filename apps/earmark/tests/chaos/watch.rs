//! How far the service is behind, seen once in a while from outside; and that records only ever
//! become more.

use super::{oracle::text, world::World};
use reqwest::Method;
use serde_json::Value;
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// How often it is looked at.
const PACE: Duration = Duration::from_millis(400);

/// What was seen.
#[derive(Debug, Clone, Default)]
pub struct Watched {
    /// Every record that was ever seen linked.
    pub known: BTreeSet<String>,
    /// Units: times that the number of records was compared with the one before.
    pub compared: u64,
    /// Units: times that a worker said how many links there are while people acted.
    pub looked: u64,
    /// Units: those of them at which the service had nothing to do.
    pub idle: u64,
}

/// Looks until `stop`; with `acting` cancelled, people have gone home.
pub async fn watch(
    world: Arc<World>,
    acting: CancellationToken,
    stop: CancellationToken,
) -> Watched {
    let mut pace = tokio::time::interval(PACE);
    pace.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let (mut records, mut watched) = (0, Watched::default());
    while !stop.is_cancelled() {
        pace.tick().await;
        if let Some((linked, records)) = linked(&world).await {
            watched.known.extend(records);
            if !acting.is_cancelled() {
                watched.looked += 1;
                watched.idle += u64::from(is_idle(&world, &linked).await);
            }
            *world.linked.lock().expect("not poisoned") = Arc::new(linked);
        }
        if let Some(now) = count(&world, "emails").await {
            watched.compared += 1;
            if now < records {
                world.violated(format!("records went from {records} to {now}"));
            }
            records = now;
        }
    }
    watched
}

async fn is_idle(world: &World, linked: &BTreeSet<String>) -> bool {
    for mailbox in &world.mailboxes {
        let behind = mailbox.book.lock().await.behind(linked);
        if behind.to_track + behind.to_untrack > 0 {
            return false;
        }
    }
    true
}

/// The items that the CRM has linked, and their records; `None` where no worker answers.
async fn linked(world: &World) -> Option<(BTreeSet<String>, BTreeSet<String>)> {
    let path = "/api/data/v9.2/exchangesyncidmappings?$select=exchangeentryid,objectid";
    let mut next = Some(path.to_owned());
    let (mut items, mut records) = (BTreeSet::new(), BTreeSet::new());
    while let Some(path) = next {
        let (status, page) = world.worker(0, Method::GET, &path, None).await?;
        let rows = page["value"].as_array().filter(|_| status.is_success())?;
        items.extend(rows.iter().map(|row| text(row, "exchangeentryid")));
        records.extend(rows.iter().map(|row| text(row, "objectid")));
        // The link names the worker that answered, which may be gone by now.
        let link = page["@odata.nextLink"].as_str();
        next = link.and_then(|link| link.find("/api/data/").map(|at| link[at..].to_owned()));
    }
    Some((items, records))
}

/// How many rows a table of the CRM has; `None` where no worker answers.
async fn count(world: &World, table: &str) -> Option<i64> {
    let path = format!("/api/data/v9.2/{table}/$count");
    let (status, answer) = world.worker(0, Method::GET, &path, None).await?;
    match answer {
        Value::Number(number) if status.is_success() => number.as_i64(),
        Value::String(text) if status.is_success() => {
            text.trim_start_matches('\u{feff}').parse().ok()
        }
        _ => None,
    }
}
