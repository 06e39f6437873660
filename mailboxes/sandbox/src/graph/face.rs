//! Between the wire and a request: authentication, headers, envelopes.

use super::{
    batch,
    caller::Caller,
    request::{Content, Prefer, Reply, Request, lowered, query, words},
    route, upload,
};
use crate::{error::Refusal, identity::OverTls, sandbox::Sandbox};
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{OriginalUri, Request as Incoming, State},
    response::Response,
};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use std::sync::Arc;

/// Units: bytes of a request's body.
const BODY_MAX: usize = 160 * 1024 * 1024;

/// Where upload sessions are answered, below the root.
const UPLOAD: &str = "/upload/";

const JSON: &str = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";

/// The face; everything below it comes here, since segments are compared in any case.
pub(crate) fn router(sandbox: Arc<Sandbox>) -> Router {
    Router::new().fallback(take).with_state(sandbox)
}

/// What identifies one request in answers.
pub(crate) struct Stamp {
    pub(crate) request_id: String,
    pub(crate) client_request_id: String,
    pub(crate) now_ms: i64,
}

impl Stamp {
    /// `2026-11-22T10:15:00`, as envelopes have it.
    pub(crate) fn date(&self) -> String {
        let text = super::render::instant(self.now_ms - self.now_ms.rem_euclid(1000));
        text.trim_end_matches('Z').to_owned()
    }
}

async fn take(State(sandbox): State<Arc<Sandbox>>, incoming: Incoming) -> Response {
    let stamp = stamp(&sandbox, incoming.headers());
    if incoming.uri().path().starts_with(UPLOAD) {
        return uploaded(&sandbox, &stamp, incoming).await;
    }
    let (status, headers, content) = match understood(&sandbox, incoming).await {
        Ok(request) => {
            let applied = request.prefer.applied.join(", ");
            match answer(&sandbox, request).await {
                Ok(mut reply) => {
                    if !applied.is_empty() {
                        reply.headers.push(("preference-applied", applied));
                    }
                    (reply.status, reply.headers, reply.body)
                }
                Err(refusal) => refused(&sandbox, &stamp, &refusal),
            }
        }
        Err(refusal) => refused(&sandbox, &stamp, &refusal),
    };
    printed(&stamp, status, headers, content)
}

/// A request to the address of an upload session, which needs no token.
async fn uploaded(sandbox: &Arc<Sandbox>, stamp: &Stamp, incoming: Incoming) -> Response {
    let (parts, body) = incoming.into_parts();
    let root = root_of(sandbox, &parts);
    let token = parts.uri.path().trim_start_matches(UPLOAD).to_owned();
    let outcome = match body_of(body).await {
        Ok(body) => {
            upload::answer(sandbox, &parts.method, &token, &parts.headers, body, &root).await
        }
        Err(refusal) => Err(refusal),
    };
    let (status, headers, content) = match outcome {
        Ok(reply) => (reply.status, reply.headers, reply.body),
        Err(refusal) => refused(sandbox, stamp, &refusal),
    };
    printed(stamp, status, headers, content)
}

async fn body_of(body: Body) -> Result<Bytes, Refusal> {
    to_bytes(body, BODY_MAX).await.map_err(|_| {
        Refusal::new(413, "RequestEntityTooLarge", "The request body is too large: 160 MB at most.")
    })
}

/// Carries out one request, `$batch` included.
async fn answer(sandbox: &Arc<Sandbox>, request: Request) -> Result<Reply, Refusal> {
    if request.lower == ["$batch"] {
        batch::answer(sandbox, request).await
    } else {
        route::answer(sandbox, request).await
    }
}

fn stamp(sandbox: &Sandbox, headers: &HeaderMap) -> Stamp {
    let request_id = sandbox.next_request_id();
    let client_request_id = headers
        .get("client-request-id")
        .and_then(|value| value.to_str().ok())
        .map_or_else(|| request_id.clone(), str::to_owned);
    Stamp { request_id, client_request_id, now_ms: sandbox.now_ms() }
}

async fn understood(sandbox: &Arc<Sandbox>, incoming: Incoming) -> Result<Request, Refusal> {
    let (parts, body) = incoming.into_parts();
    let caller = authenticated(sandbox, &parts.headers)?;
    let root = root_of(sandbox, &parts);
    let body = body_of(body).await?;
    request(
        sandbox,
        Heard {
            method: parts.method,
            root,
            path: parts.uri.path(),
            raw_query: parts.uri.query().unwrap_or_default(),
            headers: parts.headers,
            body,
            caller,
        },
    )
}

/// A request as it was heard, on the wire or inside a batch.
pub(crate) struct Heard<'a> {
    pub(crate) method: Method,
    pub(crate) root: String,
    /// Below the root, with the version.
    pub(crate) path: &'a str,
    pub(crate) raw_query: &'a str,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) caller: Caller,
}

/// Understands a request.
pub(crate) fn request(sandbox: &Sandbox, heard: Heard<'_>) -> Result<Request, Refusal> {
    let path = heard.path.trim_start_matches('/');
    let (version, raw_path) = path.split_once('/').unwrap_or((path, ""));
    let version = version.to_ascii_lowercase();
    if !matches!(version.as_str(), "v1.0" | "beta") {
        return Err(Refusal::bad_request("Invalid version: use v1.0 or beta."));
    }
    let words = words(raw_path)?;
    Ok(Request {
        method: heard.method,
        root: heard.root,
        version,
        raw_path: raw_path.to_owned(),
        lower: words.iter().map(|word| lowered(word)).collect(),
        words,
        query: query(heard.raw_query)?,
        raw_query: heard.raw_query.to_owned(),
        prefer: Prefer::read(&heard.headers),
        headers: heard.headers,
        body: heard.body,
        caller: heard.caller,
        now_ms: sandbox.now_ms(),
        quirks: sandbox.quirks(),
        seed: sandbox.seed(),
        secret: sandbox.token_secret().to_owned(),
        uploads: Arc::clone(sandbox.uploads()),
    })
}

fn authenticated(sandbox: &Sandbox, headers: &HeaderMap) -> Result<Caller, Refusal> {
    if sandbox.is_admin(headers) {
        return Ok(Caller::Admin);
    }
    let refused = |text: String| Refusal::new(401, "InvalidAuthenticationToken", text);
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let Some((scheme, token)) = value.and_then(|value| value.split_once(' ')) else {
        return Err(refused("Access token is empty.".to_owned()));
    };
    if !scheme.eq_ignore_ascii_case("bearer") || token.trim().is_empty() {
        return Err(refused("Access token is empty.".to_owned()));
    }
    match sandbox.identity().verify(token.trim()) {
        Ok(claims) => Ok(Caller::from(claims)),
        Err(error) => Err(refused(error.to_string())),
    }
}

/// The root of the face as this caller knows it: the configured one, or host and prefix of the
/// request.
fn root_of(sandbox: &Sandbox, parts: &http::request::Parts) -> String {
    if let Some(root) = sandbox.public_root() {
        return root.to_owned();
    }
    let original = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |uri| &uri.0);
    let prefix = original.path().strip_suffix(parts.uri.path()).unwrap_or_default();
    let host = parts.headers.get(header::HOST).and_then(|value| value.to_str().ok());
    let host = host
        .or_else(|| original.authority().map(http::uri::Authority::as_str))
        .unwrap_or("localhost");
    let tls = parts.extensions.get::<OverTls>().is_some() || original.scheme_str() == Some("https");
    format!("{}://{host}{prefix}", if tls { "https" } else { "http" })
}

type Printed = (u16, Vec<(&'static str, String)>, Content);

fn refused(sandbox: &Sandbox, stamp: &Stamp, refusal: &Refusal) -> Printed {
    let body = refusal_body(sandbox, stamp, refusal);
    (refusal.status, refusal_headers(refusal), Content::Json(body))
}

/// The envelope of a refusal.
pub(crate) fn refusal_body(
    sandbox: &Sandbox,
    stamp: &Stamp,
    refusal: &Refusal,
) -> serde_json::Value {
    let mut refusal = refusal.clone();
    if sandbox.quirks().lower_case_codes {
        let mut chars = refusal.code.chars();
        if let Some(first) = chars.next() {
            refusal.code = first.to_ascii_lowercase().to_string() + chars.as_str();
        }
    }
    refusal.body(&stamp.date(), &stamp.request_id, &stamp.client_request_id)
}

/// What a refusal says beside its body.
pub(crate) fn refusal_headers(refusal: &Refusal) -> Vec<(&'static str, String)> {
    match refusal.status {
        401 => vec![(
            "www-authenticate",
            "Bearer realm=\"\", error=\"invalid_token\", error_description=\"The access token is not valid.\"".to_owned(),
        )],
        _ => refusal.retry_after.iter().map(|wait| ("retry-after", wait.clone())).collect(),
    }
}

fn printed(
    stamp: &Stamp,
    status: u16,
    extra: Vec<(&'static str, String)>,
    content: Content,
) -> Response {
    let (media_type, body) = match content {
        Content::Empty => (None, Body::empty()),
        Content::Json(value) => (Some(JSON.to_owned()), Body::from(value.to_string())),
        Content::Raw { media_type, bytes } => (Some(media_type), Body::from(bytes)),
    };
    let mut response = Response::new(body);
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut headers = vec![
        ("request-id", stamp.request_id.clone()),
        ("client-request-id", stamp.client_request_id.clone()),
        ("odata-version", "4.0".to_owned()),
        ("date", http_date(stamp.now_ms)),
    ];
    headers.extend(media_type.map(|media_type| ("content-type", media_type)));
    headers.extend(extra);
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    response
}

/// `Sun, 22 Nov 2026 10:15:00 GMT`.
fn http_date(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms)
        .map(|instant| instant.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
        .unwrap_or_default()
}
