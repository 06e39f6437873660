//! The routes of the token endpoint.

use super::{
    Identity, TokenRefusal, discovery,
    grant::{self, Form},
};
use axum::{
    Extension, Json, Router,
    body::Bytes,
    extract::{
        DefaultBodyLimit, OriginalUri, Path, State,
        rejection::{BytesRejection, PathRejection},
    },
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::json;

/// Put into the extensions of a request that came in over TLS, so that the addresses in answers
/// are https ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OverTls;

/// Units: segments of every route here, the tenant included.
const SEGMENTS: usize = 4;

/// Units: bytes of a form.
const BODY_MAX: usize = 1024 * 1024;

pub(super) fn router(identity: Identity) -> Router {
    Router::new()
        .route("/{tenant}/oauth2/v2.0/token", post(token))
        .route("/{tenant}/v2.0/.well-known/openid-configuration", get(configuration))
        .route("/{tenant}/discovery/v2.0/keys", get(keys))
        .method_not_allowed_fallback(async || {
            unread(StatusCode::METHOD_NOT_ALLOWED, "The endpoint does not take this method.")
        })
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .with_state(identity)
}

/// A request that was not understood as far as its form, in the shape of every other refusal.
fn unread(status: StatusCode, sentence: &str) -> Response {
    let body = json!({"error": "invalid_request", "error_description": sentence});
    (status, Json(body)).into_response()
}

/// The tenant in the address; empty where it is not UTF-8.
type Tenant = Result<Path<String>, PathRejection>;

fn named(tenant: Tenant) -> String {
    tenant.map_or_else(|_| String::new(), |Path(tenant)| tenant)
}

async fn token(
    State(identity): State<Identity>,
    tenant: Tenant,
    OriginalUri(uri): OriginalUri,
    tls: Option<Extension<OverTls>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let tenant = named(tenant);
    let Ok(body) = body else {
        return unread(StatusCode::PAYLOAD_TOO_LARGE, "The form is larger than 1 MB.");
    };
    let base = base(&uri, &headers, tls.is_some());
    let form = Form::read(&body, &headers);
    match grant::grant(&identity, &form, &tenant, &base).await {
        Ok(answer) => {
            let headers = [(header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")];
            (headers, Json(answer)).into_response()
        }
        Err(refusal) => refuse(&identity, &refusal),
    }
}

async fn configuration(
    State(identity): State<Identity>,
    tenant: Tenant,
    OriginalUri(uri): OriginalUri,
    tls: Option<Extension<OverTls>>,
    headers: HeaderMap,
) -> Response {
    let tenant = named(tenant);
    match grant::check_tenant(&tenant) {
        Ok(()) => {
            let base = base(&uri, &headers, tls.is_some());
            Json(discovery::configuration(&base, &tenant)).into_response()
        }
        Err(refusal) => refuse(&identity, &refusal),
    }
}

async fn keys(
    State(identity): State<Identity>,
    OriginalUri(uri): OriginalUri,
    tls: Option<Extension<OverTls>>,
    headers: HeaderMap,
) -> Response {
    let base = base(&uri, &headers, tls.is_some());
    Json(discovery::key_set(&identity.inner.key, &base)).into_response()
}

fn refuse(identity: &Identity, refusal: &TokenRefusal) -> Response {
    refusal.answer(identity.inner.clock.now(), identity.next_refusal())
}

/// The address under which the client reached the routes, without the tenant.
fn base(uri: &Uri, headers: &HeaderMap, over_tls: bool) -> String {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let is_secure = over_tls
        || uri.scheme_str() == Some("https")
        || text("x-forwarded-proto").is_some_and(|proto| proto.eq_ignore_ascii_case("https"));
    let scheme = if is_secure { "https" } else { "http" };
    let host = text("host")
        .or_else(|| uri.authority().map(|authority| authority.as_str()))
        .unwrap_or("localhost");
    let segments: Vec<&str> = uri.path().split('/').collect();
    let prefix = segments[..segments.len().saturating_sub(SEGMENTS)].join("/");
    format!("{scheme}://{host}{prefix}")
}
