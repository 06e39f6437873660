//! `GET /api/v1/version`.

use super::endpoint::Endpoint;
use axum::{Json, routing::get};
use serde_json::{Value, json};

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint {
        method: "get",
        path: "/api/v1/version",
        operation: "getVersion",
        summary: "The version of the running program.",
        query: &[],
        body: None,
        answer: "Version",
        handler: get(version),
    }]
}

async fn version() -> Json<Value> {
    Json(json!({
        "schema": "earmark.version/1", "name": "earmark", "version": env!("CARGO_PKG_VERSION"),
    }))
}
