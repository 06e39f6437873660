//! `/healthz` and `/readyz`, open to everybody and saying nothing else.

use super::problem;
use crate::service::state::Service;
use axum::{Json, Router, extract::State, http::StatusCode, routing::get};
use serde_json::{Value, json};
use std::sync::Arc;

/// The open routes.
pub fn router() -> Router<Arc<Service>> {
    Router::new()
        .route("/healthz", get(healthy))
        .route("/readyz", get(ready))
        .method_not_allowed_fallback(problem::method_not_allowed)
}

/// The process runs and answers.
async fn healthy() -> Json<Value> {
    Json(json!({"status": "ok"}))
}

/// The ledger and every CRM answer.
async fn ready(State(service): State<Arc<Service>>) -> (StatusCode, Json<Value>) {
    for organization in &service.organizations {
        let ledger = organization.store.organization(organization.id).await;
        if ledger.is_err() || organization.snapshot().await.is_err() {
            return (StatusCode::SERVICE_UNAVAILABLE, Json(json!({"status": "not ready"})));
        }
    }
    (StatusCode::OK, Json(json!({"status": "ready"})))
}
