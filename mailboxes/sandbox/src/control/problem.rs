//! Refusals of the control API: RFC 9457 problem details.

use crate::error::Refusal;
use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

/// What was wrong, where, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) status: u16,
    pub(crate) detail: String,
    pub(crate) field: Option<String>,
    /// One line for each thing that was refused, where there are several.
    pub(crate) refusals: Vec<String>,
}

impl Problem {
    pub(crate) fn new(status: u16, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), field: None, refusals: Vec::new() }
    }

    /// 400, naming the member of the body or the option.
    pub(crate) fn field(field: &str, remedy: impl Into<String>) -> Self {
        let remedy = remedy.into();
        Self {
            status: 400,
            detail: format!("{field}: {remedy}"),
            field: Some(field.to_owned()),
            refusals: Vec::new(),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let detail = match (refusal.code.as_str(), &refusal.field) {
            ("ErrorInvalidUser", _) => {
                "mail: no user of this address is here; make one with POST users".to_owned()
            }
            ("ErrorItemNotFound", Some(field)) => {
                format!("{field}: the mailbox has no category of this name; see its master list")
            }
            (_, Some(field)) => format!("{field}: {}", refusal.message),
            (_, None) => refusal.message.clone(),
        };
        Self { status: refusal.status, detail, field: refusal.field, refusals: Vec::new() }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut body = json!({
            "type": "about:blank",
            "title": status.canonical_reason().unwrap_or("Refused"),
            "status": status.as_u16(),
            "detail": self.detail,
        });
        if let Some(field) = &self.field {
            body["field"] = json!(field);
        }
        if !self.refusals.is_empty() {
            body["refusals"] = json!(self.refusals);
        }
        let mut response = Response::new(Body::from(body.to_string()));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
