//! What every answer carries, whatever answers: security headers, and a body even for errors.

use crate::{api::problem, pages::policy::Framed};
use axum::{Router, extract::Request, middleware, middleware::Next, response::Response};
use http::{HeaderName, HeaderValue, header};
use tower_http::catch_panic::CatchPanicLayer;

/// Nothing from outside, nothing inline, no frames: for pages of this server.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' \
data:; connect-src 'self'; frame-src 'self'; object-src 'none'; base-uri 'none'; \
form-action 'self'; frame-ancestors 'none'";

/// A whole server's router: unknown addresses and methods are problem documents, a defect ends one
/// request only, and every answer has the headers.
pub fn finished(router: Router) -> Router {
    router
        .method_not_allowed_fallback(problem::method_not_allowed)
        .fallback(problem::not_found)
        .layer(CatchPanicLayer::new())
        .layer(middleware::from_fn(secure))
}

/// Adds the headers to an answer, leaving those that are there.
pub async fn secure(mut request: Request, next: Next) -> Response {
    name_host(&mut request);
    let is_localhost = is_localhost(&request);
    let mut response = next.run(request).await;
    let is_framed = response.extensions().get::<Framed>().is_some();
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
        // Browsers heed it over https only.
        (header::STRICT_TRANSPORT_SECURITY, "max-age=31536000"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        let is_unwanted = is_framed && name == header::X_FRAME_OPTIONS
            || is_localhost && name == header::STRICT_TRANSPORT_SECURITY;
        if !is_unwanted {
            headers.entry(name).or_insert(HeaderValue::from_static(value));
        }
    }
    response
}

/// Whether the request came to `localhost`. A browser that heeds `Strict-Transport-Security` there
/// would never again speak plain http with any port of its machine.
fn is_localhost(request: &Request) -> bool {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let name = host.map(|host| host.split(':').next().unwrap_or(host));
    name.is_some_and(|name| name.eq_ignore_ascii_case("localhost"))
}

/// Over HTTP/2 the host stands in the address and not in a header; here it stands in both.
fn name_host(request: &mut Request) {
    if request.headers().contains_key(header::HOST) {
        return;
    }
    let authority = request.uri().authority().map(|authority| authority.as_str());
    if let Some(host) = authority.and_then(|authority| HeaderValue::from_str(authority).ok()) {
        request.headers_mut().insert(header::HOST, host);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    #[test]
    fn a_request_names_its_host_whatever_it_came_over() {
        let host = |uri: &str, header: Option<&str>| {
            let mut request = Request::builder().uri(uri);
            if let Some(header) = header {
                request = request.header("host", header);
            }
            let mut request = request.body(Body::empty()).expect("a request");
            name_host(&mut request);
            request.headers().get("host").map(|host| host.to_str().expect("text").to_owned())
        };
        let wanted = |host: &str| Some(host.to_owned());
        let to = |host: &str| {
            let request = Request::builder().uri("/").header("host", host).body(Body::empty());
            is_localhost(&request.expect("a request"))
        };
        assert!(to("localhost:8443") && to("LOCALHOST"));
        assert!(!to("127.0.0.1:8443") && !to("localhost.example"));
        assert_eq!(host("https://localhost:8443/admin/", None), wanted("localhost:8443"));
        assert_eq!(host("/admin/", Some("localhost:8080")), wanted("localhost:8080"));
        assert_eq!(host("https://a.example/", Some("b.example")), wanted("b.example"));
        assert_eq!(host("/admin/", None), None);
    }
}
