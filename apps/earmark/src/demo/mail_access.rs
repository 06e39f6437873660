//! The sandbox's mailboxes as the demo's page reads them: through the Graph face, inside the
//! process, with the administrator's token, so that the page's looking is never counted.

use crate::{api::problem::Problem, commands::mailbox::encoded};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Method, Request, StatusCode, header},
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tower::ServiceExt;

/// Units: bytes of one answer.
const ANSWER_MAX: usize = 64 * 1024 * 1024;

/// The Graph face of this process.
#[derive(Clone)]
pub struct MailAccess {
    faces: Router,
    token: SecretString,
}

impl MailAccess {
    /// Over the router that holds `/graph/v1.0` and `/sandbox/v1`.
    pub fn new(faces: Router, token: SecretString) -> Self {
        Self { faces, token }
    }

    /// The newest messages of a mailbox, without bodies.
    pub async fn messages(&self, mailbox: &str) -> Result<Vec<Value>, Problem> {
        let columns = "id,subject,from,receivedDateTime,isRead,hasAttachments,categories,isDraft";
        let path = format!(
            "/graph/v1.0/users/{}/messages?$top=200&$orderby=receivedDateTime%20desc&$select={columns}",
            encoded(mailbox)
        );
        let answer = self.call(Method::GET, &path, "application/json", Vec::new()).await?;
        Ok(answer["value"].as_array().cloned().unwrap_or_default())
    }

    /// One message with its body as text and the names of its files.
    pub async fn message(&self, mailbox: &str, id: &str) -> Result<Value, Problem> {
        let base = message_path(mailbox, id);
        let path = format!(
            "{base}?$select=id,subject,from,toRecipients,ccRecipients,receivedDateTime,categories,\
             body,hasAttachments"
        );
        let mut message = self.call(Method::GET, &path, "application/json", Vec::new()).await?;
        if message["hasAttachments"] == true {
            let path = format!("{base}/attachments?$select=name");
            let files = self.call(Method::GET, &path, "application/json", Vec::new()).await?;
            message["attachments"] = files["value"].clone();
        }
        Ok(message)
    }

    /// Adds or removes a category, leaving the others.
    pub async fn set_category(
        &self,
        mailbox: &str,
        id: &str,
        name: &str,
        assigned: bool,
    ) -> Result<(), Problem> {
        let path = message_path(mailbox, id);
        let select = format!("{path}?$select=categories");
        let message = self.call(Method::GET, &select, "application/json", Vec::new()).await?;
        let old = message["categories"].as_array().cloned().unwrap_or_default();
        let is_same = |value: &Value| {
            value.as_str().is_some_and(|one| one.trim().eq_ignore_ascii_case(name.trim()))
        };
        let mut new: Vec<Value> = old.into_iter().filter(|value| !is_same(value)).collect();
        if assigned {
            new.push(json!(name));
        }
        let body = json!({"categories": new}).to_string().into_bytes();
        self.call(Method::PATCH, &path, "application/json", body).await?;
        Ok(())
    }

    /// Any request to a face of this process; the answer is its JSON.
    pub async fn call(
        &self,
        method: Method,
        path: &str,
        content_type: &str,
        body: Vec<u8>,
    ) -> Result<Value, Problem> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "localhost")
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token.expose_secret()))
            .header(header::CONTENT_TYPE, content_type)
            .header("prefer", "IdType=\"ImmutableId\", outlook.body-content-type=\"text\"")
            .body(Body::from(body))
            .map_err(|_| Problem::unusable("address", "the address cannot be used"))?;
        let response = match self.faces.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        let status = response.status();
        let bytes = to_bytes(response.into_body(), ANSWER_MAX).await.map_err(|_| {
            Problem::new(StatusCode::BAD_GATEWAY, "sandbox", "the answer broke off")
        })?;
        let answer: Value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        if status.is_success() {
            return Ok(answer);
        }
        let code = answer.pointer("/error/code").and_then(Value::as_str).unwrap_or("no code");
        let detail = format!("the sandbox answered {} ({code})", status.as_u16());
        Err(Problem::new(status, "sandbox", detail).hint("Select the message again"))
    }
}

fn message_path(mailbox: &str, id: &str) -> String {
    format!("/graph/v1.0/users/{}/messages/{}", encoded(mailbox), encoded(id))
}
