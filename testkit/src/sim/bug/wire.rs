//! Bugs between the connector and the wire.

use super::{Bug, Shared};
use async_trait::async_trait;
use bytes::Bytes;
use earmark_http::{SendError, SendOptions, Transport};
use http::{Method, Request, Response, header};
use serde_json::Value;
use std::sync::Arc;

/// A wire on which requests and answers are not what they should be.
pub(super) struct BuggyWire {
    pub(super) inner: Arc<dyn Transport>,
    pub(super) bug: Bug,
    pub(super) shared: Arc<Shared>,
}

#[async_trait]
impl Transport for BuggyWire {
    async fn send(
        &self,
        mut request: Request<Bytes>,
        options: &SendOptions,
    ) -> Result<Response<Bytes>, SendError> {
        let is_write = request.method() == Method::PATCH;
        match self.bug {
            Bug::NoIfMatch if is_write => {
                request.headers_mut().remove(header::IF_MATCH);
            }
            Bug::StaleCategories if is_write => self.replace_by_memory(&mut request),
            Bug::WrongToken => self.shared.any_token(request.headers_mut()),
            _ => {}
        }
        let path = request.uri().path().to_owned();
        let mut answer = self.inner.send(request, options).await?;
        match self.bug {
            Bug::IgnoresRetryAfter => {
                answer.headers_mut().remove(header::RETRY_AFTER);
            }
            Bug::StaleCategories => self.remember(&path, &answer),
            _ => {}
        }
        Ok(answer)
    }
}

impl BuggyWire {
    /// Keeps what an item bore when it was first seen.
    fn remember(&self, path: &str, answer: &Response<Bytes>) {
        let Ok(value) = serde_json::from_slice::<Value>(answer.body()) else { return };
        let mut items: Vec<&Value> = value["value"].as_array().into_iter().flatten().collect();
        items.push(&value);
        for item in items {
            if let (Some(id), Some(names)) = (item["id"].as_str(), item["categories"].as_array()) {
                let mut kept = self.shared.categories();
                kept.entry(id.to_owned()).or_insert_with(|| names.clone());
            }
        }
        let _ = path;
    }

    /// Writes what was first seen, changed as wanted.
    fn replace_by_memory(&self, request: &mut Request<Bytes>) {
        let id = request.uri().path().rsplit('/').next().unwrap_or_default();
        let id = percent_encoding::percent_decode_str(id).decode_utf8_lossy().into_owned();
        let Ok(mut body) = serde_json::from_slice::<Value>(request.body()) else { return };
        let Some(wanted) = body["categories"].as_array() else { return };
        let is_ours = |name: &&Value| name.as_str().is_some_and(|name| name.starts_with("Tracked"));
        let ours = wanted.iter().filter(is_ours).cloned();
        let kept = self.shared.categories();
        let Some(first) = kept.get(&id) else { return };
        let others = first.iter().filter(|name| !is_ours(name)).cloned();
        body["categories"] = Value::Array(others.chain(ours).collect());
        drop(kept);
        *request.body_mut() = Bytes::from(body.to_string());
        request.headers_mut().remove(header::IF_MATCH);
        request.headers_mut().remove(header::CONTENT_LENGTH);
    }
}
