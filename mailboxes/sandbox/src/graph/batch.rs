//! `$batch`: up to twenty requests in one, in JSON.

use super::{
    face::{self, Heard, Stamp, refusal_body, refusal_headers},
    request::{Content, Reply, Request, member},
    route,
};
use crate::{
    error::{Refusal, injected},
    sandbox::Sandbox,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use earmark_http::Target;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::{Map, Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Units: requests in one batch. Source: the documents.
const REQUESTS_MAX: usize = 20;

struct Inner {
    id: String,
    method: Method,
    url: String,
    headers: HeaderMap,
    body: Bytes,
    depends_on: Vec<String>,
}

/// Carries out a batch. Requests that depend on a failed one are answered 424.
pub(crate) async fn answer(sandbox: &Arc<Sandbox>, request: Request) -> Result<Reply, Refusal> {
    if request.method != Method::POST {
        return Err(Refusal::method_not_allowed());
    }
    let body = request.object(false)?;
    let list = member(&body, "requests").and_then(Value::as_array).ok_or_else(|| {
        Refusal::bad_request("Invalid batch payload format: 'requests' is required.")
    })?;
    if list.len() > REQUESTS_MAX {
        return Err(Refusal::bad_request(format!(
            "Number of batch request steps exceeds the maximum value of {REQUESTS_MAX}."
        )));
    }
    let mut inners = Vec::new();
    let mut ids = BTreeSet::new();
    for one in list {
        let inner = read(one)?;
        if !ids.insert(inner.id.to_lowercase()) {
            return Err(Refusal::bad_request(format!(
                "Request Id '{}' has to be unique in a batch.",
                inner.id
            )));
        }
        inners.push(inner);
    }
    check_dependencies(&inners)?;
    let mut statuses: BTreeMap<String, u16> = BTreeMap::new();
    let mut responses = Vec::new();
    for inner in inners {
        let failed = inner
            .depends_on
            .iter()
            .any(|id| statuses.get(&id.to_lowercase()).is_none_or(|status| *status >= 400));
        let id = inner.id.clone();
        let (status, response) = if failed {
            let refusal = Refusal::new(
                424,
                "FailedDependency",
                "The request failed because a request that it depends on failed.",
            );
            print(sandbox, &id, Err(refusal))
        } else {
            let outcome = carry_out(sandbox, &request, inner).await;
            print(sandbox, &id, outcome)
        };
        statuses.insert(id.to_lowercase(), status);
        responses.push(response);
    }
    if request.quirks.batch_reordered {
        responses.reverse();
    }
    Ok(Reply::json(200, json!({ "responses": responses })))
}

fn read(one: &Value) -> Result<Inner, Refusal> {
    let text = |name: &str| {
        member(one, name).and_then(Value::as_str).map(str::to_owned).ok_or_else(|| {
            Refusal::bad_request(format!(
                "Invalid batch payload format: '{name}' is required in every request."
            ))
        })
    };
    let id = match member(one, "id") {
        Some(Value::Number(number)) => number.to_string(),
        _ => text("id")?,
    };
    let method = Method::from_bytes(text("method")?.to_ascii_uppercase().as_bytes())
        .map_err(|_| Refusal::bad_request("Invalid batch payload format: unknown 'method'."))?;
    let mut headers = HeaderMap::new();
    for (name, value) in member(one, "headers").and_then(Value::as_object).into_iter().flatten() {
        let name = HeaderName::from_bytes(name.as_bytes());
        let value = HeaderValue::from_str(value.as_str().unwrap_or_default());
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.append(name, value);
        }
    }
    let body = match member(one, "body") {
        None => Bytes::new(),
        Some(_) if !headers.contains_key("content-type") => {
            return Err(Refusal::bad_request(format!(
                "Write request id : {id} does not contain Content-Type header or body."
            )));
        }
        Some(Value::String(text)) => {
            let is_text = headers
                .get("content-type")
                .and_then(|kind| kind.to_str().ok())
                .is_some_and(|kind| kind.to_ascii_lowercase().starts_with("text/"));
            // What is not JSON travels in base64; the body of a MIME message is base64 anyway.
            if is_text {
                Bytes::from(text.clone())
            } else {
                STANDARD.decode(text).map_or_else(|_| Bytes::from(text.clone()), Bytes::from)
            }
        }
        Some(value) => Bytes::from(value.to_string()),
    };
    let depends_on = member(one, "dependsOn")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|id| id.as_str().map(str::to_owned))
        .collect();
    Ok(Inner { id, method, url: text("url")?, headers, body, depends_on })
}

/// A request can only depend on one that stands before it.
fn check_dependencies(inners: &[Inner]) -> Result<(), Refusal> {
    let mut before: BTreeSet<String> = BTreeSet::new();
    for inner in inners {
        for id in &inner.depends_on {
            if !before.contains(&id.to_lowercase()) {
                return Err(Refusal::bad_request(format!(
                    "Request '{}' depends on '{id}', which is not a request before it.",
                    inner.id
                )));
            }
        }
        before.insert(inner.id.to_lowercase());
    }
    Ok(())
}

async fn carry_out(
    sandbox: &Arc<Sandbox>,
    outer: &Request,
    inner: Inner,
) -> Result<(Request, Reply), Refusal> {
    let url = relative(&outer.root, &outer.version, &inner.url);
    let (path, raw_query) = url.split_once('?').unwrap_or((&url, ""));
    if path.to_ascii_lowercase().ends_with("/$batch") {
        return Err(Refusal::bad_request("Batch requests cannot be nested."));
    }
    if !matches!(outer.caller, super::caller::Caller::Admin) {
        // Counts and faults know paths below the version, here as everywhere.
        let below = path.strip_prefix(&format!("/{}", outer.version)).unwrap_or(path);
        sandbox.tap().count(Target::Graph, inner.method.as_str(), below);
        let fault = sandbox.tap().strike(Target::Graph, inner.method.as_str(), below);
        if let Some(fault) = fault
            && let Some(status) = fault.status
        {
            let refusal = injected(status, fault.code.as_deref().unwrap_or_default());
            let wait = fault.retry_after.map(|seconds| seconds.to_string());
            return Err(Refusal { retry_after: wait, ..refusal });
        }
    }
    let request = face::request(
        sandbox,
        Heard {
            method: inner.method,
            root: outer.root.clone(),
            path,
            raw_query,
            headers: inner.headers,
            body: inner.body,
            caller: outer.caller.clone(),
        },
    )?;
    let reply = route::answer(sandbox, request.clone()).await?;
    Ok((request, reply))
}

/// An address below the root, with the version: addresses in a batch are relative to the
/// version, or absolute ones of this server.
fn relative(root: &str, version: &str, url: &str) -> String {
    if let Some(rest) = url.strip_prefix(root) {
        return rest.to_owned();
    }
    let path = match url.split_once("://") {
        // Another name of this server: the path alone counts.
        Some((_, rest)) => {
            let path = rest.find('/').map_or("/", |at| &rest[at..]);
            let prefix =
                root.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..]));
            prefix.and_then(|prefix| path.strip_prefix(prefix)).unwrap_or(path)
        }
        None => url,
    };
    let path = format!("/{}", path.trim_start_matches('/'));
    let lower = path.to_ascii_lowercase();
    if lower.starts_with("/v1.0/") || lower.starts_with("/beta/") {
        path
    } else {
        format!("/{version}{path}")
    }
}

fn print(sandbox: &Sandbox, id: &str, outcome: Result<(Request, Reply), Refusal>) -> (u16, Value) {
    let mut headers = Map::new();
    let (status, body, extra) = match outcome {
        Ok((request, reply)) => {
            if !request.prefer.applied.is_empty() {
                headers.insert(
                    "Preference-Applied".to_owned(),
                    json!(request.prefer.applied.join(", ")),
                );
            }
            let body = match reply.body {
                Content::Empty => None,
                Content::Json(value) => {
                    headers.insert("Content-Type".to_owned(), json!("application/json"));
                    Some(value)
                }
                Content::Raw { media_type, bytes } => {
                    headers.insert("Content-Type".to_owned(), json!(media_type));
                    Some(json!(STANDARD.encode(bytes)))
                }
            };
            (reply.status, body, reply.headers)
        }
        Err(refusal) => {
            let request_id = sandbox.next_request_id();
            let stamp = Stamp {
                client_request_id: request_id.clone(),
                request_id,
                now_ms: sandbox.now_ms(),
            };
            headers.insert("Content-Type".to_owned(), json!("application/json"));
            let extra = refusal_headers(&refusal);
            (refusal.status, Some(refusal_body(sandbox, &stamp, &refusal)), extra)
        }
    };
    for (name, value) in extra {
        headers.insert(title_case(name), json!(value));
    }
    let mut response = json!({ "id": id, "status": status, "headers": headers });
    if let Some(body) = body {
        response["body"] = body;
    }
    (status, response)
}

fn title_case(name: &str) -> String {
    let mut words = Vec::new();
    for word in name.split('-') {
        let mut chars = word.chars();
        let first = chars.next().map(|c| c.to_ascii_uppercase().to_string()).unwrap_or_default();
        words.push(first + chars.as_str());
    }
    words.join("-")
}
