//! The sandbox's mailboxes as the demo's page reads them: through the Graph face, inside the
//! process, with the administrator's token, so that the page's looking is never counted.

use crate::api::problem::Problem;
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Method, Request, StatusCode, header},
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
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

    /// The members of a collection, of its first page.
    pub async fn list(&self, path: &str) -> Result<Vec<Value>, Problem> {
        let answer = self.get(path).await?;
        Ok(answer["value"].as_array().cloned().unwrap_or_default())
    }

    /// One resource.
    pub async fn get(&self, path: &str) -> Result<Value, Problem> {
        self.call(Method::GET, path, "application/json", Vec::new()).await
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
        Err(Problem::new(status, "sandbox", detail).hint("Select the entry again"))
    }
}
