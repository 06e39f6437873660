//! `/api/v1/mailboxes/{mailbox}/category`: the entry in a mailbox's list of categories.

use super::{
    endpoint::Endpoint,
    input::{Chosen, Named},
    mailboxes,
    mailboxes::ORGANIZATION,
    problem::Problem,
};
use crate::service::state::Organization;
use axum::{
    Json,
    http::StatusCode,
    routing::{get, post},
};
use earmark_crm_port::organization::MailboxRow;
use earmark_ledger::CategoryMemory;
use earmark_model::CategoryColor;
use serde_json::{Value, json};

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    let endpoint = |method, path, operation, summary, handler| Endpoint {
        method,
        path,
        operation,
        summary,
        query: &[ORGANIZATION],
        body: None,
        answer: "MailboxCategory",
        handler,
    };
    vec![
        endpoint(
            "get",
            "/api/v1/mailboxes/{mailbox}/category",
            "getMailboxCategory",
            "The tracking category as the mailbox has it.",
            get(show),
        ),
        endpoint(
            "post",
            "/api/v1/mailboxes/{mailbox}/category/recreate",
            "recreateMailboxCategory",
            "Looks at the mailbox's list now and makes the entry again where it is missing.",
            post(recreate),
        ),
    ]
}

async fn show(organization: Chosen, Named(address): Named) -> Result<Json<Value>, Problem> {
    let row = mailboxes::find(&organization, &address).await?;
    view(&organization, &row).await
}

async fn recreate(organization: Chosen, Named(address): Named) -> Result<Json<Value>, Problem> {
    let row = mailboxes::find(&organization, &address).await?;
    if !organization.snapshot().await?.settings.track_categorized_items {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "switched_off",
            "category tracking is switched off, so mailboxes have no entry",
        )
        .hint("`earmark setting set TrackCategorizedItems=true` switches it on"));
    }
    let report = organization.cycle_now(row.id).await?;
    if let Some(failure) = report.failure {
        return Err(failure.into());
    }
    view(&organization, &row).await
}

async fn view(organization: &Organization, row: &MailboxRow) -> Result<Json<Value>, Problem> {
    let memory = organization.store.mailbox(organization.id, row.id).await?;
    let is_on = organization.snapshot().await?.settings.track_categorized_items;
    let unsettled = memory.unsettled_until.filter(|until| *until > organization.engine.now());
    let state = match &memory.tracked {
        None => "none",
        Some(_) if !is_on => "taken_out",
        Some(_) if unsettled.is_some() => "unsettled",
        Some(_) => "settled",
    };
    let name = memory.tracked.as_ref().map(|entry| entry.name.as_str());
    Ok(Json(json!({
        "schema": "earmark.mailbox.category/1",
        "mailbox": row.address.as_str(),
        "state": state,
        "name": name,
        "entry": memory.tracked.as_ref().map(entry),
        "undeliverable": memory.undeliverable.as_ref().map(entry),
        "unsettledUntil": unsettled.map(|until| until.to_string()),
    })))
}

fn entry(entry: &CategoryMemory) -> Value {
    let previous: Vec<&str> = entry.previous_names.iter().map(|name| name.as_str()).collect();
    json!({
        "id": entry.id.as_ref().map(|id| id.as_str()),
        "name": entry.name.as_str(),
        "color": match entry.color {
            CategoryColor::None => "none".to_owned(),
            CategoryColor::Preset(number) => format!("preset{number}"),
        },
        "previousNames": previous,
    })
}
