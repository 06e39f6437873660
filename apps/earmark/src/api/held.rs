//! `/api/v1/held`: decisions that end tracking and wait.

use super::{
    endpoint::{Endpoint, Parameter},
    input::{Chosen, Named, Parameters},
    mailboxes,
    mailboxes::ORGANIZATION,
    problem::Problem,
};
use axum::{
    Json,
    routing::{get, post},
};
use earmark_tracking::Reason;
use serde::Deserialize;
use serde_json::{Value, json};

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    const FILTERS: &[Parameter] = &[
        ORGANIZATION,
        Parameter { name: "mailbox", kind: "string", description: "Only in this mailbox." },
    ];
    let act = |path, operation, summary, handler| Endpoint {
        method: "post",
        path,
        operation,
        summary,
        query: &[ORGANIZATION],
        body: None,
        answer: "HeldOrder",
        handler,
    };
    vec![
        Endpoint {
            method: "get",
            path: "/api/v1/held",
            operation: "listHeld",
            summary: "Decisions that end tracking and wait, because unusually many came at once.",
            query: FILTERS,
            body: None,
            answer: "HeldList",
            handler: get(list),
        },
        act(
            "/api/v1/held/{mailbox}/release",
            "releaseHeld",
            "Carries out what is held in the mailbox, as far as it still holds.",
            post(release),
        ),
        act(
            "/api/v1/held/{mailbox}/discard",
            "discardHeld",
            "Leaves tracked what is held in the mailbox.",
            post(discard),
        ),
    ]
}

#[derive(Deserialize)]
struct Filters {
    mailbox: Option<String>,
}

async fn list(
    organization: Chosen,
    Parameters(filters): Parameters<Filters>,
) -> Result<Json<Value>, Problem> {
    let rows = match &filters.mailbox {
        Some(address) => vec![mailboxes::find(&organization, address).await?],
        None => {
            let holding = organization.store.holding(organization.id).await?;
            let mut rows = organization.snapshot().await?.mailboxes;
            rows.retain(|row| holding.contains(&row.id));
            rows
        }
    };
    let mut items = Vec::new();
    for row in rows {
        for held in organization.store.held(organization.id, row.id).await? {
            let explanation = Reason::from_code(&held.reason).map(Reason::explanation);
            items.push(json!({
                "mailbox": row.address.as_str(),
                "graphId": held.key.handle.as_str(),
                "reason": held.reason,
                "explanation": explanation,
                "heldSince": held.held_since.to_string(),
            }));
        }
    }
    Ok(Json(json!({"schema": "earmark.held.list/1", "items": items, "next": null})))
}

async fn release(organization: Chosen, Named(address): Named) -> Result<Json<Value>, Problem> {
    let row = mailboxes::find(&organization, &address).await?;
    let count = organization.engine.release_held(organization.id, row.id).await?;
    Ok(order(row.address.as_str(), "release", count))
}

async fn discard(organization: Chosen, Named(address): Named) -> Result<Json<Value>, Problem> {
    let row = mailboxes::find(&organization, &address).await?;
    let count = organization.engine.discard_held(organization.id, row.id).await?;
    Ok(order(row.address.as_str(), "discard", count))
}

fn order(mailbox: &str, order: &str, count: u64) -> Json<Value> {
    Json(json!({
        "schema": "earmark.held.order/1", "mailbox": mailbox, "order": order, "count": count,
    }))
}
