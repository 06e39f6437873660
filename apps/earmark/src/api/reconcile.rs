//! `POST /api/v1/reconcile`: a full comparison of mailboxes, ledger and CRM.

use super::{
    endpoint::Endpoint,
    input::{Body, Chosen},
    mailbox_view,
    problem::Problem,
};
use axum::{Json, routing::post};
use serde::Deserialize;
use serde_json::{Value, json};

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint {
        method: "post",
        path: "/api/v1/reconcile",
        operation: "reconcile",
        summary: "Compares mailboxes, ledger and CRM completely; changes nothing unless told to.",
        query: &[],
        body: Some("Reconcile"),
        answer: "ReconcileReport",
        handler: post(reconcile),
    }]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    #[serde(default)]
    apply: bool,
}

async fn reconcile(
    organization: Chosen,
    Body(wanted): Body<Wanted>,
) -> Result<Json<Value>, Problem> {
    let report = organization.engine.reconcile(organization.id, wanted.apply).await?;
    let mailboxes = organization.snapshot().await?.mailboxes;
    Ok(Json(json!({
        "schema": "earmark.reconcile/1",
        "applied": report.applied,
        "report": mailbox_view::reconcile_report(&report, &mailboxes),
    })))
}
