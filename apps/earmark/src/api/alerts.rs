//! `/api/v1/alerts`: what people should know.

use super::{
    endpoint::{Endpoint, Parameter},
    input::{Chosen, Named, Parameters},
    mailboxes,
    mailboxes::ORGANIZATION,
    problem::Problem,
};
use crate::service::state::Organization;
use axum::{
    Json,
    routing::{get, post},
};
use earmark_ledger::{AlertQuery, KeptAlert, StoreError};
use earmark_model::{AlertLevel, AlertState, MailboxId};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Units: alerts in one page.
const PAGE: usize = 100;

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    const FILTERS: &[Parameter] = &[
        ORGANIZATION,
        Parameter { name: "level", kind: "string", description: "Only this level." },
        Parameter { name: "state", kind: "string", description: "Only this state." },
        Parameter { name: "mailbox", kind: "string", description: "Only about this mailbox." },
        Parameter { name: "code", kind: "string", description: "Only this code." },
        Parameter { name: "cursor", kind: "string", description: "`next` of the page before." },
    ];
    let one = |method, path, operation, summary, handler| Endpoint {
        method,
        path,
        operation,
        summary,
        query: &[ORGANIZATION],
        body: None,
        answer: "Alert",
        handler,
    };
    vec![
        Endpoint {
            query: FILTERS,
            answer: "AlertList",
            ..one("get", "/api/v1/alerts", "listAlerts", "Alerts, newest first.", get(list))
        },
        one("get", "/api/v1/alerts/{id}", "getAlert", "One alert.", get(show)),
        one(
            "post",
            "/api/v1/alerts/{id}/ack",
            "acknowledgeAlert",
            "Says that somebody knows of the alert.",
            post(acknowledge),
        ),
        one(
            "post",
            "/api/v1/alerts/{id}/resolve",
            "resolveAlert",
            "Says that the alert is dealt with. A cause that lasts raises another one.",
            post(resolve),
        ),
    ]
}

#[derive(Deserialize)]
struct Filters {
    level: Option<String>,
    state: Option<String>,
    mailbox: Option<String>,
    code: Option<String>,
    cursor: Option<String>,
}

async fn list(
    organization: Chosen,
    Parameters(filters): Parameters<Filters>,
) -> Result<Json<Value>, Problem> {
    let query = query(&organization, filters).await?;
    let page = organization.store.alerts(organization.id, query).await?;
    let addresses = addresses(&organization).await?;
    let items: Vec<Value> = page.alerts.iter().map(|alert| view(alert, &addresses)).collect();
    let next = page.next.map(|next| next.to_string());
    Ok(Json(json!({"schema": "earmark.alert.list/1", "items": items, "next": next})))
}

async fn query(organization: &Organization, filters: Filters) -> Result<AlertQuery, Problem> {
    let mailbox = match &filters.mailbox {
        Some(address) => Some(mailboxes::find(organization, address).await?.id),
        None => None,
    };
    let level = filters.level.map(|word| {
        AlertLevel::parse(&word)
            .ok_or_else(|| unknown("level", &AlertLevel::ALL.map(AlertLevel::as_str)))
    });
    let state = filters.state.map(|word| {
        AlertState::parse(&word)
            .ok_or_else(|| unknown("state", &AlertState::ALL.map(AlertState::as_str)))
    });
    let cursor = filters.cursor.map(|cursor| {
        cursor.parse().map_err(|_| {
            Problem::unusable("cursor", "the cursor is not one of ours")
                .hint("Pass the `next` of the page before, unchanged")
        })
    });
    Ok(AlertQuery {
        mailbox,
        level: level.transpose()?,
        state: state.transpose()?,
        code: filters.code,
        cursor: cursor.transpose()?,
        limit: PAGE,
    })
}

fn unknown(what: &'static str, known: &[&str]) -> Problem {
    Problem::unusable(what, format!("no such {what}"))
        .hint(format!("Use one of {}", known.join(", ")))
}

async fn show(organization: Chosen, Named(id): Named) -> Result<Json<Value>, Problem> {
    let found = organization.store.alert(organization.id, parse(&id)?).await;
    answer(&organization, found).await
}

async fn acknowledge(organization: Chosen, Named(id): Named) -> Result<Json<Value>, Problem> {
    let (id, state) = (parse(&id)?, AlertState::Acknowledged);
    let changed = organization.store.set_alert(organization.id, id, state).await;
    answer(&organization, changed).await
}

async fn resolve(organization: Chosen, Named(id): Named) -> Result<Json<Value>, Problem> {
    let (id, state) = (parse(&id)?, AlertState::Resolved);
    let changed = organization.store.set_alert(organization.id, id, state).await;
    answer(&organization, changed).await
}

fn missing() -> Problem {
    Problem::missing("alert", "no such alert").hint("`earmark alert list` shows the alerts")
}

fn parse(id: &str) -> Result<Uuid, Problem> {
    Uuid::parse_str(id).map_err(|_| missing())
}

async fn answer(
    organization: &Organization,
    found: Result<KeptAlert, StoreError>,
) -> Result<Json<Value>, Problem> {
    let alert = match found {
        Err(StoreError::NotFound) => return Err(missing()),
        other => other?,
    };
    let mut value = view(&alert, &addresses(organization).await?);
    value["schema"] = json!("earmark.alert/1");
    Ok(Json(value))
}

async fn addresses(organization: &Organization) -> Result<BTreeMap<MailboxId, String>, Problem> {
    let mailboxes = organization.snapshot().await?.mailboxes;
    Ok(mailboxes.into_iter().map(|row| (row.id, row.address.as_str().to_owned())).collect())
}

fn view(kept: &KeptAlert, addresses: &BTreeMap<MailboxId, String>) -> Value {
    let alert = &kept.alert;
    json!({
        "id": alert.id.to_string(),
        "level": alert.level.as_str(),
        "state": kept.state.as_str(),
        "code": alert.code,
        "number": alert.number,
        "mailbox": alert.mailbox.and_then(|mailbox| addresses.get(&mailbox)),
        "permanent": alert.is_permanent,
        "outcome": (!alert.outcome.is_empty()).then_some(&alert.outcome),
        "outcomeNumber": alert.outcome_number,
        "text": alert.text,
        "count": kept.count,
        "raisedAt": alert.at.to_string(),
        "lastAt": kept.last_at.to_string(),
        "acknowledgedAt": kept.acknowledged_at.map(|at| at.to_string()),
        "resolvedAt": kept.resolved_at.map(|at| at.to_string()),
        "inCrm": kept.is_delivered,
    })
}
