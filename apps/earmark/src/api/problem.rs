//! Errors as RFC 9457 problem documents.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use earmark_engine::EngineError;
use earmark_ledger::StoreError;
use earmark_model::{Failure, FailureClass};
use serde_json::json;
use std::time::Duration;
use uuid::Uuid;

/// A refused or failed request.
#[derive(Debug, Clone)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    hint: Option<String>,
    retry_after: Option<Duration>,
}

/// How long to wait where a problem says that waiting helps, but not how long.
const WAIT: Duration = Duration::from_secs(5);

impl Problem {
    /// An error without a remedy.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), hint: None, retry_after: None }
    }

    /// What went wrong, for people.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// No such thing.
    pub fn missing(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, detail)
    }

    /// A value that cannot be taken.
    pub fn unusable(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail)
    }

    /// The same with a remedy.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same, saying how long to wait.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let request_id = Uuid::new_v4().to_string();
        if self.status.is_server_error() {
            tracing::warn!(request.id = %request_id, code = self.code, "a request failed");
        }
        let body = json!({
            "type": "about:blank",
            "title": self.status.canonical_reason().unwrap_or("Error"),
            "status": self.status.as_u16(),
            "detail": self.detail,
            "code": self.code,
            "hint": self.hint,
            "requestId": request_id,
        });
        let mut response = (self.status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if matches!(self.status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
            // Whole seconds, and never too early.
            let wait = self.retry_after.unwrap_or(WAIT).as_secs_f64().ceil() as u64;
            headers.insert(header::RETRY_AFTER, HeaderValue::from(wait));
        }
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::missing("item", "no such item")
                .hint("`earmark item list` shows the items that are known"),
            StoreError::LeaseLost => {
                Self::new(StatusCode::CONFLICT, "busy", "another worker has the mailbox now")
                    .hint("Try again")
            }
            StoreError::Database(_) => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "ledger",
                "the ledger cannot be read or written now",
            )
            .hint("Check the disk of the data folder, then try again"),
        }
    }
}

impl From<EngineError> for Problem {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Store(error) => error.into(),
            EngineError::Outside(failure) => failure.into(),
            EngineError::UnknownMailbox => Self::missing("mailbox", error.to_string())
                .hint("`earmark mailbox list` shows the mailboxes"),
            EngineError::NotEnabled(_) => {
                Self::new(StatusCode::CONFLICT, "not_enabled", error.to_string())
                    .hint("`earmark mailbox enable` serves it")
            }
            EngineError::Stopping => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "stopping", error.to_string())
                    .hint("Try again when the service is up")
            }
        }
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        let status = match failure.class {
            FailureClass::Refused | FailureClass::Unacceptable { .. } => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            FailureClass::ItemGone | FailureClass::RecordGone => StatusCode::NOT_FOUND,
            // Waiting does not help: somebody has to change something.
            FailureClass::Conflict | FailureClass::ScopeUnreadable => StatusCode::CONFLICT,
            FailureClass::Throttled { .. } => StatusCode::TOO_MANY_REQUESTS,
            FailureClass::Timeout
            | FailureClass::Unavailable
            | FailureClass::CheckpointExpired
            | FailureClass::Unauthenticated => StatusCode::SERVICE_UNAVAILABLE,
            FailureClass::Bug => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self::new(status, failure.class.as_str(), failure.to_string())
            .hint("`earmark doctor` shows what cannot be reached and why")
    }
}

/// An address that means nothing here.
pub async fn not_found() -> Problem {
    Problem::missing("path", "there is nothing at this address")
        .hint("/api/v1/openapi.json lists every address")
}

/// A method that an address does not know.
pub async fn method_not_allowed() -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method", "the address does not know this method")
        .hint("/api/v1/openapi.json lists the methods of every address")
}
