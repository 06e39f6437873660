//! Somebody who takes notifications and keeps them.

use super::{World, http::encoded};
use anyhow::Result;
use async_trait::async_trait;
use bytes::Bytes;
use earmark_graph::validation_answer;
use earmark_http::{SendError, SendOptions, Transport};
use http::{Method, Request, Response, StatusCode, header};
use serde_json::json;
use std::sync::{Mutex, PoisonError};

/// The address; the pretend Exchange sends nothing over a network.
const URL: &str = "https://sync.earmark.test/notifications";

/// What was delivered and not yet taken.
#[derive(Default)]
pub(super) struct Postbox {
    bodies: Mutex<Vec<Bytes>>,
    /// The last one that was taken.
    last: Mutex<Option<Bytes>>,
}

impl Postbox {
    fn take(&self) -> Vec<Bytes> {
        let mut bodies = self.bodies.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(body) = bodies.last() {
            *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(body.clone());
        }
        std::mem::take(&mut bodies)
    }
}

#[async_trait]
impl Transport for Postbox {
    async fn send(
        &self,
        request: Request<Bytes>,
        _: &SendOptions,
    ) -> Result<Response<Bytes>, SendError> {
        let token = request.uri().query().and_then(validation_answer);
        let (status, body) = match token {
            Some(token) => (StatusCode::OK, Bytes::from(token)),
            None => {
                let mut bodies = self.bodies.lock().unwrap_or_else(PoisonError::into_inner);
                bodies.push(request.into_body());
                (StatusCode::ACCEPTED, Bytes::new())
            }
        };
        let answer = Response::builder().status(status).header(header::CONTENT_TYPE, "text/plain");
        answer.body(body).map_err(|error| SendError::Bug { detail: error.to_string() })
    }
}

impl World {
    /// An address that takes notifications.
    pub fn push_url(&self) -> &'static str {
        URL
    }

    /// Lets the pretend Exchange deliver what it has to tell, and answers the bodies that arrived
    /// since the last call.
    pub async fn delivered(&self) -> Vec<Bytes> {
        self.outside.sandbox.deliver_notifications().await;
        self.outside.postbox.take()
    }

    /// The body that arrived last, of those that were taken.
    pub(super) fn last_delivered(&self) -> Option<Bytes> {
        self.outside.postbox.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The pretend Exchange ends a subscription and says so to its address.
    pub async fn end_subscription(&self, id: &str) -> Result<()> {
        let path = format!("/sandbox/v1/subscriptions/{}/lifecycle", encoded(id));
        let body = json!({"event": "subscriptionRemoved"});
        self.admin(Method::POST, &path, Some(body)).await.map(drop)
    }
}
