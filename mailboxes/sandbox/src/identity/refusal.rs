//! What a refused token request is told, in the documented shape.

use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use earmark_model::Instant;
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The refusals that are documented, each with its code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenRefusal {
    /// A form member is missing.
    Missing(&'static str),
    /// Not a grant that is known here.
    UnsupportedGrant,
    /// Not the name or id of a tenant.
    UnknownTenant(String),
    /// The application is not registered.
    UnknownClient(String),
    /// The application sent neither secret nor assertion.
    NoCredential,
    /// The secret is wrong.
    WrongSecret(String),
    /// The assertion is not signed by the registered certificate, or not an assertion.
    BadAssertion,
    /// The assertion is too old or not valid yet.
    AssertionLifetime,
    /// The assertion is meant for somebody else.
    AssertionAudience,
    /// The assertion names another application.
    AssertionSubject,
    /// The scope is not one that this grant can have.
    BadScope(String),
    /// No such user.
    UnknownUser,
    /// The password is wrong.
    WrongPassword,
    /// The server could not sign.
    Server,
}

impl TokenRefusal {
    /// Status, OAuth error, code and sentence: one row for each refusal.
    fn row(&self) -> (StatusCode, &'static str, u32, String) {
        let bad = StatusCode::BAD_REQUEST;
        let unauthorized = StatusCode::UNAUTHORIZED;
        match self {
            Self::Missing(member) => (
                bad,
                "invalid_request",
                900_144,
                format!("The request body must contain the following parameter: '{member}'."),
            ),
            Self::UnsupportedGrant => (
                bad,
                "unsupported_grant_type",
                70_003,
                "The app requested an unsupported grant type.".into(),
            ),
            Self::UnknownTenant(tenant) => {
                (bad, "invalid_request", 90_002, format!("Tenant '{tenant}' not found."))
            }
            Self::UnknownClient(client) => (
                bad,
                "unauthorized_client",
                700_016,
                format!("Application with identifier '{client}' was not found in the directory."),
            ),
            Self::NoCredential => (
                unauthorized,
                "invalid_client",
                7_000_216,
                "'client_assertion' or 'client_secret' is required for this grant type.".into(),
            ),
            Self::WrongSecret(client) => (
                unauthorized,
                "invalid_client",
                7_000_215,
                format!("Invalid client secret provided for app '{client}'."),
            ),
            Self::BadAssertion => (
                unauthorized,
                "invalid_client",
                700_027,
                "The certificate with identifier used to sign the client assertion is not registered on application, or its signature is invalid.".into(),
            ),
            Self::AssertionLifetime => (
                unauthorized,
                "invalid_client",
                700_024,
                "Client assertion is not within its valid time range.".into(),
            ),
            Self::AssertionAudience => (
                unauthorized,
                "invalid_client",
                700_023,
                "Client assertion audience claim does not match the token endpoint.".into(),
            ),
            Self::AssertionSubject => (
                unauthorized,
                "invalid_client",
                700_021,
                "Client assertion application identifier doesn't match 'client_id' parameter."
                    .into(),
            ),
            Self::BadScope(scope) => (
                bad,
                "invalid_scope",
                70_011,
                format!("The provided value for the input parameter 'scope' is not valid. The scope {scope} is not valid."),
            ),
            Self::UnknownUser => (
                bad,
                "invalid_grant",
                50_034,
                "The user account does not exist in the directory.".into(),
            ),
            Self::WrongPassword => (
                bad,
                "invalid_grant",
                50_126,
                "Error validating credentials due to invalid username or password.".into(),
            ),
            Self::Server => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "server_error",
                90_033,
                "A transient error has occurred. Please try again.".into(),
            ),
        }
    }

    /// The answer; `number` tells this refusal apart from others of the same second.
    pub(super) fn answer(&self, now: Instant, number: u64) -> Response {
        let (status, error, code, sentence) = self.row();
        let second = Instant::from_millis(now.as_millis().div_euclid(1_000) * 1_000);
        let timestamp = second.to_string().replace('T', " ");
        let (trace, correlation) = (id_of("trace", now, number), id_of("call", now, number));
        let body = json!({
            "error": error,
            "error_description": format!(
                "AADSTS{code}: {sentence} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {timestamp}"
            ),
            "error_codes": [code],
            "timestamp": timestamp,
            "trace_id": trace,
            "correlation_id": correlation,
        });
        let headers = [(header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")];
        (status, headers, Json(body)).into_response()
    }
}

fn id_of(what: &str, now: Instant, number: u64) -> Uuid {
    let mut hash = Sha256::new();
    hash.update(what);
    hash.update(now.as_millis().to_be_bytes());
    hash.update(number.to_be_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finalize()[..16]);
    Uuid::new_v8(bytes)
}
