//! The sandbox's mailboxes as the demo's page reads them: through the Graph face, inside the
//! process, with the administrator's token, so that the page's looking is never counted.

use crate::api::problem::Problem;
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderValue, Method, Request, StatusCode, header},
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
        let own = format!("Bearer {}", self.token.expose_secret());
        let own = HeaderValue::try_from(own)
            .map_err(|_| Problem::unusable("token", "the token cannot be sent"))?;
        self.send(method, path, content_type, body, own).await
    }

    /// A request with somebody else's `Authorization`.
    pub async fn as_somebody(
        &self,
        method: Method,
        path: &str,
        body: Vec<u8>,
        authorization: HeaderValue,
    ) -> Result<Value, Problem> {
        self.send(method, path, "application/json", body, authorization).await
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        content_type: &str,
        body: Vec<u8>,
        authorization: HeaderValue,
    ) -> Result<Value, Problem> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "localhost")
            .header(header::AUTHORIZATION, authorization)
            .header(header::CONTENT_TYPE, content_type)
            .header(
                "prefer",
                "IdType=\"ImmutableId\", outlook.body-content-type=\"text\", return=representation",
            )
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
        Err(Problem::new(status, "sandbox", refusal(status, &answer)).hint("Try again"))
    }
}

/// What a face of this process said: each line of what it refused, else its sentence.
fn refusal(status: StatusCode, answer: &Value) -> String {
    let lines: Vec<&str> =
        answer["refusals"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if !lines.is_empty() {
        return lines.join("; ");
    }
    let sentence = ["/detail", "/error/message"].iter().find_map(|at| answer.pointer(at)?.as_str());
    sentence.map_or_else(|| format!("the sandbox answered {}", status.as_u16()), str::to_owned)
}
