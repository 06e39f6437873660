//! `$batch` as JSON: the shapes, and the order that `dependsOn` asks for.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The body of a JSON batch.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
pub struct JsonBatch {
    /// Requests in order.
    pub requests: Vec<JsonRequest>,
}

/// One request of a JSON batch.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JsonRequest {
    /// Its id, unique in the batch.
    pub id: String,
    /// Method, in any case.
    pub method: String,
    /// Relative or absolute address.
    pub url: String,
    /// Headers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headers: Option<BTreeMap<String, String>>,
    /// Body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// Ids of requests that must have succeeded before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depends_on: Option<Vec<String>>,
}

/// The answer to a JSON batch.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, Serialize)]
pub struct JsonBatchAnswer {
    /// Answers in any order.
    pub responses: Vec<JsonResponse>,
}

/// One answer of a JSON batch.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
pub struct JsonResponse {
    /// The request's id.
    pub id: String,
    /// Status code.
    pub status: u16,
    /// Headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
}

impl JsonBatch {
    /// Checks ids and dependencies: ids are unique (without regard to case) and
    /// each request depends on earlier ones only.
    ///
    /// **Errors**: a text that names the id.
    pub fn check(&self, requests_max: usize) -> Result<(), String> {
        if self.requests.len() > requests_max {
            return Err(format!("the batch has more than {requests_max} requests"));
        }
        let mut seen = BTreeSet::new();
        for request in &self.requests {
            for earlier in request.depends_on.iter().flatten() {
                if !seen.contains(&earlier.to_lowercase()) {
                    return Err(format!(
                        "request '{}' depends on '{earlier}', which does not come before it",
                        request.id
                    ));
                }
            }
            if request.id.is_empty() || !seen.insert(request.id.to_lowercase()) {
                return Err(format!("the request id '{}' is empty or not unique", request.id));
            }
        }
        Ok(())
    }
}
