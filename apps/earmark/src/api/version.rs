//! `GET /api/v1/version`.

use super::endpoint::Endpoint;
use axum::{Json, routing::get};
use serde_json::{Value, json};

/// The version of the original from which category tracking is on by default. Organizations of this
/// program have it on from its first version.
pub const DEFAULT_ON_SINCE: &str = "9.1.0.15324";

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
        "categoryTrackingOnSince": DEFAULT_ON_SINCE,
    }))
}
