//! What the server itself does to subscriptions.

use super::{Named, Problem, done, json_of};
use crate::{
    error::Refusal,
    graph::shown_subscription,
    sandbox::Sandbox,
    store::{
        notice::{self, MISSED, REAUTHORIZATION_REQUIRED, SUBSCRIPTION_REMOVED},
        subscription::{self, Kind, Subscription},
    },
};
use axum::{
    Json,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use earmark_sqlite::rusqlite::Transaction;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Lifecycle {
    event: String,
}

/// Every subscription, whoever made it.
pub(super) async fn list(State(sandbox): State<Arc<Sandbox>>) -> Result<Response, Problem> {
    let now_ms = sandbox.now_ms();
    let all = sandbox.database().read(move |tx| subscription::list(tx, now_ms)).await?;
    let shown: Vec<_> = all.iter().map(shown_subscription).collect();
    Ok(Json(json!({ "subscriptions": shown })).into_response())
}

/// `{"event": "missed"}`: the subscription's lifecycle address is told. `subscriptionRemoved` ends
/// the subscription as well.
pub(super) async fn lifecycle(
    State(sandbox): State<Arc<Sandbox>>,
    Named(id): Named,
    request: Request,
) -> Result<Response, Problem> {
    let Lifecycle { event } = json_of(request).await?;
    if ![REAUTHORIZATION_REQUIRED, SUBSCRIPTION_REMOVED, MISSED].contains(&event.as_str()) {
        return Err(Problem::field(
            "event",
            "not known; use reauthorizationRequired, subscriptionRemoved or missed",
        ));
    }
    let now_ms = sandbox.now_ms();
    let said = sandbox.database().write(move |tx| {
        let known = find(tx, &id, now_ms)?;
        if known.kind == Kind::Task && event != REAUTHORIZATION_REQUIRED {
            return Ok(false);
        }
        if event == SUBSCRIPTION_REMOVED {
            subscription::remove(tx, known.row)?;
        }
        notice::say(tx, known.row, &event)?;
        Ok::<_, Refusal>(true)
    });
    if said.await? {
        return Ok(done());
    }
    Err(Problem::field("event", "tasks have no such event; use reauthorizationRequired"))
}

/// The subscription is lost and nobody is told.
pub(super) async fn remove(
    State(sandbox): State<Arc<Sandbox>>,
    Named(id): Named,
) -> Result<Response, Problem> {
    let now_ms = sandbox.now_ms();
    sandbox
        .database()
        .write(move |tx| subscription::delete(tx, find(tx, &id, now_ms)?.row))
        .await?;
    Ok(done())
}

fn find(tx: &Transaction<'_>, id: &str, now_ms: i64) -> Result<Subscription, Refusal> {
    subscription::find(tx, id, now_ms)?.ok_or_else(|| {
        Refusal::new(404, "ResourceNotFound", "no such subscription; see GET subscriptions")
            .about("id")
    })
}
