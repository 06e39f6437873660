//! The service running by itself, with answers that take their time.

use super::{Mail, World, http::request, interrupt::Charge, mailboxes::home};
use anyhow::{Context, Result};
use bytes::Bytes;
use http::{Method, header};
use serde_json::{Value, json};
use std::{future::Future, time::Duration};
use tokio_util::sync::CancellationToken;

/// What somebody does in the middle of the service's work: a request to a face.
pub struct Act(http::Request<Bytes>);

impl World {
    /// From now on each answer takes this time, side by side. The clock flows with the runtime's,
    /// which must be paused.
    pub fn answers_take(&self, time: Duration) {
        self.clock.flow();
        self.interrupter.charge(Charge { mailbox: time, crm: time });
    }

    /// Runs the service by itself, with as many mailboxes at once as it is made for, while `during`
    /// goes on. The clock flows with the runtime's, which must be paused, so that it passes only
    /// where everybody waits: each answer of a mailbox server takes `mailbox`, each one of the CRM
    /// takes `crm`, side by side; what the processor does takes no time.
    pub async fn live<T>(
        &self,
        mailbox: Duration,
        crm: Duration,
        during: impl Future<Output = T>,
    ) -> T {
        self.clock.flow();
        self.interrupter.charge(Charge { mailbox, crm });
        let stop = CancellationToken::new();
        let running = tokio::spawn(self.engine().run(stop.clone()));
        let outcome = during.await;
        stop.cancel();
        if let Err(error) = running.await {
            assert!(!error.is_panic(), "the service ended with a panic");
        }
        outcome
    }

    /// Just before the service's `request`-th request to a mailbox server from now, beginning with
    /// 1, others do this, one act after another.
    pub fn before_request(&self, request: u32, acts: Vec<Act>) {
        let acts = acts.into_iter().map(|act| act.0).collect();
        self.interrupter.before_request(request, acts);
    }

    /// Does it now. No time passes, and nobody tells the service.
    ///
    /// Errors: it was refused.
    pub async fn perform(&self, act: Act) -> Result<()> {
        let (parts, body) = act.0.into_parts();
        let path = parts.uri.path_and_query().context("an act has a path")?;
        let body = String::from_utf8_lossy(&body).into_owned();
        let content_type = parts.headers.get(header::CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok());
        let content_type = content_type.unwrap_or("application/json");
        self.admin_raw(parts.method, path.as_str(), content_type, body).await.map(drop)
    }

    /// Whether that request came.
    pub fn has_acted(&self) -> bool {
        self.interrupter.is_acted()
    }

    /// Units: requests to mailbox servers since the world began.
    pub fn requests_to_mailboxes(&self) -> u64 {
        self.interrupter.all()
    }

    /// A message arrives from anywhere.
    pub fn delivering(&self, mail: &Mail) -> Result<Act> {
        let (path, text) = self.delivery(mail, &[]);
        let headers = [("content-type", "message/rfc822")];
        request(Method::POST, &path, Some(self.admin_token()), &headers, text.into()).map(Act)
    }

    /// A person renames a category.
    pub fn renaming(&self, user: &str, from: &str, to: &str, rewrite_items: bool) -> Result<Act> {
        let path = format!("/sandbox/v1/users/{}/categories/rename", super::http::encoded(user));
        let body = json!({"from": from, "to": to, "rewriteItems": rewrite_items});
        self.acting(Method::POST, &path, &body)
    }

    /// A person deletes a category from the list.
    pub async fn deleting(&self, user: &str, name: &str) -> Result<Act> {
        let id = self.category_id(user, name).await?;
        let id = id.with_context(|| format!("{user} has no category {name}"))?;
        let id = super::http::encoded(&id);
        let path = format!("{}/outlook/masterCategories/{id}", home(user));
        self.acting(Method::DELETE, &path, &Value::Null)
    }

    /// A person gives an item these categories and no other.
    pub fn categorizing(&self, user: &str, item: &super::Seen, names: &[&str]) -> Result<Act> {
        self.acting(Method::PATCH, &item.path(user), &json!({"categories": names}))
    }

    /// An administrator sets an organization setting.
    pub fn setting(&self, name: &str, value: &str) -> Result<Act> {
        let xml = format!("<OrgSettings><{name}>{value}</{name}></OrgSettings>");
        let path = format!("/api/data/v9.2/organizations({})", self.outside.organization());
        self.acting(Method::PATCH, &path, &json!({"orgdborgsettings": xml}))
    }

    fn acting(&self, method: Method, path: &str, body: &Value) -> Result<Act> {
        let headers = [("content-type", "application/json"), ("prefer", r#"IdType="ImmutableId""#)];
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let token = Some(self.admin_token());
        request(method, path, token, &headers, body.into()).map(Act)
    }
}
