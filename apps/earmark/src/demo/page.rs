//! The demo's side-by-side page, and who may ask for it.

use crate::{api::problem::Problem, service::machine::SystemRandom};
use askama::Template;
use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::Next,
    response::{Html, IntoResponse, Response},
    routing::get,
};
use std::net::IpAddr;

#[derive(Template)]
#[template(path = "demo.html")]
struct DemoPage<'a> {
    name: &'a str,
    page_token: &'a str,
}

/// The token that the page's own requests carry, so that no other site can make them.
#[derive(Clone)]
pub struct PageToken(String);

impl PageToken {
    /// A new one. Errors: the system has no randomness to give.
    pub fn new() -> Result<Self, getrandom::Error> {
        SystemRandom.token().map(Self)
    }
}

/// What the page is called in its bar.
const NAME: &str = concat!("demo ", env!("CARGO_PKG_VERSION"));

/// The demo's side-by-side page at `/`.
pub fn demo(token: PageToken) -> Router {
    Router::new()
        .route("/", get(demo_page))
        .with_state(token)
        .layer(axum::middleware::from_fn(local_host))
}

async fn demo_page(State(token): State<PageToken>) -> Result<Html<String>, Problem> {
    rendered(DemoPage { name: NAME, page_token: &token.0 }.render())
}

fn rendered(page: askama::Result<String>) -> Result<Html<String>, Problem> {
    page.map(Html).map_err(|_| {
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "page", "the page cannot be shown")
    })
}

/// Lets only requests through that name this machine as `localhost` or by number: a foreign name
/// that was made to point here (DNS rebinding) gets nothing.
pub async fn local_host(request: Request, next: Next) -> Response {
    if is_local_name(request.headers(), request.uri().host()) {
        return next.run(request).await;
    }
    Problem::new(
        StatusCode::MISDIRECTED_REQUEST,
        "host",
        "the demo's page answers only under localhost or an IP address",
    )
    .hint("Open the address that the demo printed")
    .into_response()
}

/// Lets only the page's own requests through.
pub async fn own_page(State(token): State<PageToken>, request: Request, next: Next) -> Response {
    let given = request.headers().get("x-page-token").map(|value| value.as_bytes());
    if given == Some(token.0.as_bytes()) {
        return next.run(request).await;
    }
    Problem::new(StatusCode::FORBIDDEN, "page_token", "only the demo's own page may ask this")
        .hint("Reload the page")
        .into_response()
}

fn is_local_name(headers: &HeaderMap, authority: Option<&str>) -> bool {
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok()).or(authority);
    let Some(host) = host else { return false };
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_foreign_name_that_points_here_is_refused() {
        let host = |host: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, host.parse().expect("a header"));
            is_local_name(&headers, None)
        };
        for local in ["localhost:8080", "127.0.0.1:8080", "[::1]:8080", "192.168.1.5", "LOCALHOST"]
        {
            assert!(host(local), "{local}");
        }
        for foreign in ["evil.test:8080", "localhost.evil.test", "127.0.0.1.evil.test:80", ""] {
            assert!(!host(foreign), "{foreign}");
        }
    }
}
