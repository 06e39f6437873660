//! What the embedded CRM does by itself: it forgets its log of changes after the days that the
//! organization keeps it, and once a day expands the series that go on.

use earmark_embedded::{EmbeddedCrm, Key, Request, Response, Value};
use earmark_model::{Clock, Instant};
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// How often it is looked at.
const INTERVAL: Duration = Duration::from_secs(60 * 60);

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The organization column that says for how many days; 0 keeps nothing but the last hour.
const COLUMN: &str = "expirechangetrackingindays";

/// The longest that an organization can keep it; also where it does not say.
const DAYS_MAX: u32 = 365;

/// Prunes once an hour and expands series once a day, until `stop` is cancelled. A failure is
/// told and repeated an hour later.
pub async fn run(crm: Arc<EmbeddedCrm>, clock: Arc<dyn Clock>, stop: CancellationToken) {
    let mut expanded: Option<Instant> = None;
    loop {
        let now = clock.now();
        if expanded.is_none_or(|at| now.since(at) >= DAY) {
            match crm.expand_series(now).await {
                Ok(count) => {
                    expanded = Some(now);
                    if count > 0 {
                        tracing::info!(count, "instances of series were made ahead of time");
                    }
                }
                Err(error) => tracing::warn!(error = %error, "series were not expanded"),
            }
        }
        let kept = (DAY * days_kept(&crm).await).max(INTERVAL);
        match crm.prune_changes(now.minus(kept)).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "old entries of the CRM's change log were dropped"),
            Err(error) => tracing::warn!(error = %error, "the CRM's change log was not pruned"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(INTERVAL) => {}
        }
    }
}

async fn days_kept(crm: &Arc<EmbeddedCrm>) -> u32 {
    let request = Request::Retrieve {
        table: "organization".to_owned(),
        key: Key::Id(crm.organization_id()),
        columns: Some(vec![COLUMN.to_owned()]),
    };
    let answer = crm.execute(request, &crm.service_caller()).await;
    let Ok(Response::Row(row)) = answer else { return DAYS_MAX };
    let days = row.get(COLUMN).and_then(Value::as_int);
    days.and_then(|days| u32::try_from(days).ok()).unwrap_or(DAYS_MAX)
}
