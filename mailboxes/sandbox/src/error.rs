//! Answers that are not a success, in the documented envelope.

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use serde_json::{Value, json};

/// A documented refusal: what the original answers instead of the wanted thing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{status} {code}: {message}")]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The code that clients branch on.
    pub code: String,
    /// The text for people.
    pub message: String,
    /// The member that was wrong, where there is one.
    pub field: Option<String>,
    /// The more specific code inside, where a service has one.
    pub inner_code: Option<Box<str>>,
    /// What `Retry-After` says. Units: seconds.
    pub retry_after: Option<String>,
}

impl Refusal {
    /// A refusal with any status and code.
    pub fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self {
            status,
            code: code.to_owned(),
            message: message.into(),
            field: None,
            inner_code: None,
            retry_after: None,
        }
    }

    /// The same refusal, naming the member that was wrong.
    pub fn about(mut self, field: &str) -> Self {
        self.field = Some(field.to_owned());
        self
    }

    /// 404: the item, folder or attachment is not in this mailbox (any more).
    pub fn item_not_found() -> Self {
        Self::new(404, "ErrorItemNotFound", "The specified object was not found in the store.")
    }

    /// 400: the id is not one that this server makes.
    pub fn malformed_id() -> Self {
        Self::new(400, "ErrorInvalidIdMalformed", "Id is malformed.")
    }

    /// 404: no such user.
    pub fn unknown_user(user: &str) -> Self {
        Self::new(404, "ErrorInvalidUser", format!("The requested user '{user}' is invalid."))
    }

    /// 404: the user has no mailbox here.
    pub fn no_mailbox() -> Self {
        Self::new(
            404,
            "MailboxNotEnabledForRESTAPI",
            "The mailbox is either inactive, soft-deleted, or is hosted on-premise.",
        )
    }

    /// 403: no right to this.
    pub fn access_denied() -> Self {
        Self::new(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
    }

    /// 412: somebody else changed the item first.
    pub fn changed_meanwhile() -> Self {
        Self::new(
            412,
            "ErrorIrresolvableConflict",
            "The send or update operation could not be performed because the change key passed in the request does not match the current change key for the item.",
        )
    }

    /// 400: the request cannot be understood.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// 400: a query option cannot be understood.
    pub fn bad_query(message: impl Into<String>) -> Self {
        Self::new(400, "RequestBroker-ParseUri", message)
    }

    /// 400: the path leads nowhere.
    pub fn no_segment(segment: &str) -> Self {
        Self::bad_request(format!("Resource not found for the segment '{segment}'."))
    }

    /// 400: a member has a value that it cannot have.
    pub fn invalid_member(member: &str, message: impl Into<String>) -> Self {
        Self::new(400, "ErrorInvalidRequest", message).about(member)
    }

    /// 405: the path exists, the method does not.
    pub fn method_not_allowed() -> Self {
        Self::new(
            405,
            "Request_BadRequest",
            "Specified HTTP method is not allowed for the request target.",
        )
    }

    /// 410: the delta token is not known any more.
    pub fn sync_state_not_found(generation: i64, known: i64) -> Self {
        Self::new(
            410,
            "SyncStateNotFound",
            format!(
                "The sync state generation is not found; generation={generation};[highest={known}][{known}]."
            ),
        )
    }

    /// The body of the documented envelope. `date` is in the form `2026-11-22T10:15:00`.
    pub fn body(&self, date: &str, request_id: &str, client_request_id: &str) -> Value {
        let mut error = json!({
            "code": self.code,
            "message": self.message,
            "innerError": {
                "date": date,
                "request-id": request_id,
                "client-request-id": client_request_id,
            },
        });
        if let Some(code) = &self.inner_code {
            error["innerError"]["code"] = json!(code);
        }
        if let (Some(field), Some(members)) = (&self.field, error.as_object_mut()) {
            members.insert("target".to_owned(), json!(field));
        }
        if self.code.eq_ignore_ascii_case("TooManyRequests")
            && let Some(inner) = error["innerError"].as_object_mut()
        {
            inner.insert("code".to_owned(), json!("429"));
            inner.insert("message".to_owned(), json!("Please retry after"));
            inner.insert("status".to_owned(), json!("429"));
        }
        json!({ "error": error })
    }
}

impl From<earmark_sqlite::Error> for Refusal {
    fn from(error: earmark_sqlite::Error) -> Self {
        tracing::error!(error = %error, cause = ?std::error::Error::source(&error), "sandbox store failed");
        Self::new(
            500,
            "ErrorInternalServerError",
            "An internal server error occurred. The operation failed.",
        )
    }
}

impl From<earmark_sqlite::rusqlite::Error> for Refusal {
    fn from(error: earmark_sqlite::rusqlite::Error) -> Self {
        Self::from(earmark_sqlite::Error::from(error))
    }
}

/// The code that an injected fault carries when its rule names none.
fn default_code(status: u16) -> &'static str {
    match status {
        400 => "BadRequest",
        401 => "InvalidAuthenticationToken",
        403 => "ErrorAccessDenied",
        404 => "ErrorItemNotFound",
        409 | 412 => "ErrorIrresolvableConflict",
        410 => "SyncStateNotFound",
        429 => "ApplicationThrottled",
        501 => "NotImplemented",
        503 => "ErrorServerBusy",
        504 => "UnknownError",
        _ => "ErrorInternalServerError",
    }
}

fn default_message(code: &str) -> &'static str {
    match code {
        "InvalidAuthenticationToken" => "Access token has expired or is not yet valid.",
        "ErrorAccessDenied" => "Access is denied. Check credentials and try again.",
        "ErrorItemNotFound" => "The specified object was not found in the store.",
        "ApplicationThrottled" => "Application is over its MailboxConcurrency limit.",
        "TooManyRequests" => "Please retry again later.",
        "ErrorServerBusy" => "The server cannot service this request right now. Try again later.",
        "SyncStateNotFound" => {
            "The sync state generation is not found; generation=4;[highest=9][9][7][8]."
        }
        "ErrorIrresolvableConflict" => {
            "The send or update operation could not be performed because the change key passed in the request does not match the current change key for the item."
        }
        _ => "The operation failed.",
    }
}

/// The envelope of an injected fault. An empty `code` stands for the usual one of `status`.
pub fn envelope(status: u16, code: &str) -> Response {
    let refusal = injected(status, code);
    let zero = uuid::Uuid::nil().to_string();
    let body = refusal.body("1970-01-01T00:00:00", &zero, &zero);
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Ok(value) = HeaderValue::from_str(&zero) {
        headers.insert("request-id", value);
    }
    if status == 401 {
        headers.insert(
            header::WWW_AUTHENTICATE,
            HeaderValue::from_static("Bearer realm=\"\", error=\"invalid_token\""),
        );
    }
    response
}

/// The refusal that an injected fault stands for.
pub(crate) fn injected(status: u16, code: &str) -> Refusal {
    let code = if code.is_empty() { default_code(status) } else { code };
    Refusal::new(status, code, default_message(code))
}
