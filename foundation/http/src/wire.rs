//! Puts a wiretap before a face.

use crate::{Fault, Target, Wiretap};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use futures::stream;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// Units: bytes of a body that a face under test is sent or answers.
const BODY_MAX: usize = 256 * 1024 * 1024;

/// Which face it is and how it speaks.
#[derive(Clone)]
pub struct Face {
    /// The face.
    pub target: Target,
    /// The faults and counts.
    pub tap: Arc<Wiretap>,
    /// Whose requests are neither faulted nor counted.
    pub exempt: Arc<dyn Fn(&HeaderMap) -> bool + Send + Sync>,
    /// An error answer in the face's own form. The code is empty where the rule names none: the
    /// face chooses one that fits the status.
    pub envelope: fn(u16, &str) -> Response,
}

/// `router` with faults and counts before it. The path that rules and counts see is the one
/// that `router` sees, so a router that is nested under its root is wrapped before nesting.
pub fn watched(router: Router, face: Face) -> Router {
    router.layer(from_fn_with_state(face, watch))
}

async fn watch(State(face): State<Face>, request: Request, next: Next) -> Response {
    if (face.exempt)(request.headers()) {
        return next.run(request).await;
    }
    let (method, path) = (request.method().as_str(), request.uri().path());
    face.tap.count(face.target, method, path);
    match face.tap.strike(face.target, method, path) {
        Some(fault) => suffer(&face, fault, request, next).await,
        None => next.run(request).await,
    }
}

async fn suffer(face: &Face, fault: Fault, request: Request, next: Next) -> Response {
    if let Some(delay_ms) = fault.delay_ms {
        tokio::time::sleep(Duration::from_millis(delay_ms)).await;
    }
    if let (Some(status), false) = (fault.status, fault.drop_response) {
        return refusal(face, status, &fault);
    }
    let response = if fault.duplicate {
        carry_out_twice(request, next).await
    } else {
        next.run(request).await
    };
    if !fault.drop_response {
        return response;
    }
    // The body is read to its end first, so that the effect is complete before the loss.
    let _ = to_bytes(response.into_body(), BODY_MAX).await;
    lost()
}

fn refusal(face: &Face, status: u16, fault: &Fault) -> Response {
    let mut response = (face.envelope)(status, fault.code.as_deref().unwrap_or_default());
    let seconds = fault.retry_after.map(|seconds| seconds.to_string());
    if let Some(value) = seconds.and_then(|text| HeaderValue::from_str(&text).ok()) {
        response.headers_mut().insert(header::RETRY_AFTER, value);
    }
    response
}

async fn carry_out_twice(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_MAX).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let first =
        next.clone().run(Request::from_parts(parts.clone(), Body::from(body.clone()))).await;
    let _ = to_bytes(first.into_body(), BODY_MAX).await;
    next.run(Request::from_parts(parts, Body::from(body))).await
}

/// An answer that breaks before its first byte: the connection is cut, and in the same process
/// the caller is told that the answer was interrupted.
fn lost() -> Response {
    let cut = io::Error::new(io::ErrorKind::ConnectionReset, "the answer was lost on purpose");
    Response::new(Body::from_stream(stream::iter([Err::<bytes::Bytes, _>(cut)])))
}
