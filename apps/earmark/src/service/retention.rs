//! What the embedded CRM does by itself: it forgets its log of changes and its alerts after the days
//! that the organization keeps them, and once a day expands the series that go on.

use earmark_embedded::{EmbeddedCrm, Key, Request, Response, Value, settings::Stored};
use earmark_model::{Clock, Instant};
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// How often it is looked at.
const INTERVAL: Duration = Duration::from_secs(60 * 60);

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The organization column that says for how many days; 0 keeps nothing but the last hour.
const COLUMN: &str = "expirechangetrackingindays";

/// The organization column with the settings text, and the setting in it for alerts.
const SETTINGS: &str = "orgdborgsettings";
const ALERT_DAYS: &str = "TraceLogPersistenceTimeInDays";

/// Units: days; the most that the setting takes.
const ALERT_DAYS_MAX: u32 = 3_650;

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
        let kept = (DAY * alert_days(&crm).await).max(INTERVAL);
        match crm.prune_alerts(now.minus(kept)).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "old alerts of the CRM were dropped"),
            Err(error) => tracing::warn!(error = %error, "old alerts of the CRM were not dropped"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(INTERVAL) => {}
        }
    }
}

async fn days_kept(crm: &Arc<EmbeddedCrm>) -> u32 {
    let days = column(crm, COLUMN).await.and_then(|value| value.as_int());
    days.and_then(|days| u32::try_from(days).ok()).unwrap_or(DAYS_MAX)
}

/// For how many days alerts are kept; as long as can be where that cannot be read.
async fn alert_days(crm: &Arc<EmbeddedCrm>) -> u32 {
    let Some(text) = column(crm, SETTINGS).await else { return ALERT_DAYS_MAX };
    let days = Stored::parse(text.as_text().unwrap_or_default()).effective(ALERT_DAYS);
    days.and_then(|days| days.parse().ok()).unwrap_or(ALERT_DAYS_MAX)
}

/// A column of the organization; `None` where it cannot be read.
async fn column(crm: &Arc<EmbeddedCrm>, name: &str) -> Option<Value> {
    let request = Request::Retrieve {
        table: "organization".to_owned(),
        key: Key::Id(crm.organization_id()),
        columns: Some(vec![name.to_owned()]),
    };
    let answer = crm.execute(request, &crm.service_caller()).await;
    let Ok(Response::Row(row)) = answer else { return None };
    Some(row.get(name).cloned().unwrap_or(Value::Null))
}
