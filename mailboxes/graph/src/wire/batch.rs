//! `POST /$batch`

use crate::classify::nonsense;
use crate::wire::call::{Call, Place, Reply};
use crate::wire::page::Parts;
use earmark_model::{Failure, limits};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// Units: requests in one batch. Source: Microsoft Graph, JSON batching.
pub(crate) const REQUESTS_MAX: usize = 20;

#[derive(Serialize)]
struct Batch<'a> {
    requests: Vec<Inner<'a>>,
}

#[derive(Serialize)]
struct Inner<'a> {
    id: String,
    method: &'a str,
    url: &'a str,
    headers: BTreeMap<&'a str, &'a str>,
}

/// One answer of a batch.
#[derive(Debug)]
pub(crate) struct InnerReply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// JSON, kept as text: read into a tree it would take a hundred times more room.
    pub(crate) body: Box<RawValue>,
}

/// All `calls`, which are reads, in one request. Takes every place of the mailbox's budget,
/// because Graph carries out as many inner requests at once as it allows.
pub(crate) fn request(calls: &[Call], prefer: &str) -> Result<Call, Failure> {
    let mut requests = Vec::with_capacity(calls.len());
    for (index, call) in calls.iter().enumerate() {
        let Place::Below(url) = &call.place else {
            return Err(nonsense("MalformedRequest", "A batch takes relative addresses only."));
        };
        let headers = BTreeMap::from([("Prefer", prefer)]);
        requests.push(Inner { id: index.to_string(), method: call.method.as_str(), url, headers });
    }
    let mut call = Call::new(Method::POST, "/$batch".to_owned()).with_json(&Batch { requests })?;
    call.places = limits::MAILBOX_REQUESTS_IN_FLIGHT.min(calls.len());
    Ok(call)
}

/// The answers in the order of the requests.
///
/// Errors: `Bug` when one is missing.
pub(crate) fn read(reply: &Reply, count: usize) -> Result<Vec<InnerReply>, Failure> {
    #[derive(Deserialize)]
    struct Wire {
        responses: Parts<Response>,
    }
    #[derive(Deserialize)]
    struct Response {
        id: Box<RawValue>,
        status: u16,
        #[serde(default)]
        headers: Option<BTreeMap<String, Box<RawValue>>>,
        #[serde(default)]
        body: Box<RawValue>,
    }
    let wire: Wire = reply.json()?;
    let mut by_id = BTreeMap::new();
    for response in wire.responses.0 {
        let id = text(&response.id);
        let headers = headers(response.headers.unwrap_or_default());
        by_id.entry(id).or_insert(InnerReply {
            status: response.status,
            headers,
            body: response.body,
        });
    }
    (0..count)
        .map(|index| {
            by_id.remove(&index.to_string()).ok_or_else(|| {
                nonsense("MissingBatchResponse", "The batch was answered without one of its parts.")
            })
        })
        .collect()
}

/// A text without its quotes; anything else as it is written.
fn text(value: &RawValue) -> String {
    serde_json::from_str(value.get()).unwrap_or_else(|_| value.get().to_owned())
}

fn headers(wire: BTreeMap<String, Box<RawValue>>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in wire {
        let value = HeaderValue::from_str(&text(&value));
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value) {
            headers.insert(name, value);
        }
    }
    headers
}
