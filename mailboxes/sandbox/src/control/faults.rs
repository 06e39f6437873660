//! Faults that are injected, and requests that were counted.

use super::{Problem, done, json_of};
use crate::sandbox::Sandbox;
use axum::{
    Json,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use earmark_http::FaultRule;
use serde_json::{Value, json};
use std::sync::Arc;

/// A list of rules, or `{"faults": […]}`; it replaces the rules before.
pub(super) async fn put(
    State(sandbox): State<Arc<Sandbox>>,
    request: Request,
) -> Result<Response, Problem> {
    let body: Value = json_of(request).await?;
    let list = match &body {
        Value::Array(list) => list,
        Value::Object(members) if members.len() == 1 => match members.get("faults") {
            Some(Value::Array(list)) => list,
            _ => return Err(Problem::field("faults", "must be a list of rules")),
        },
        _ => return Err(Problem::field("body", "must be a list of rules")),
    };
    let mut rules = Vec::new();
    for (index, rule) in list.iter().enumerate() {
        let rule: FaultRule = serde_json::from_value(rule.clone())
            .map_err(|error| Problem::field(&format!("[{index}]"), error.to_string()))?;
        rules.push(rule);
    }
    sandbox.tap().set_faults(rules).map_err(|line| Problem::field("faults", line))?;
    Ok(done())
}

pub(super) async fn get(State(sandbox): State<Arc<Sandbox>>) -> Response {
    Json(json!({ "faults": sandbox.tap().faults() })).into_response()
}

pub(super) async fn clear(State(sandbox): State<Arc<Sandbox>>) -> Response {
    sandbox.tap().clear_faults();
    done()
}

pub(super) async fn requests(State(sandbox): State<Arc<Sandbox>>) -> Response {
    Json(json!({ "requests": sandbox.tap().counts() })).into_response()
}

pub(super) async fn clear_requests(State(sandbox): State<Arc<Sandbox>>) -> Response {
    sandbox.tap().clear_counts();
    done()
}
