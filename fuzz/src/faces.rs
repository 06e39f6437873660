//! Requests as text, and what every face owes to every request.
//!
//! An input is one request or several, with a line `====` between them; each is a line with method
//! and target, header lines, an empty line and a body. What does not have that form is made to fit,
//! so that every input is a request.

use crate::target::{gist, shape};
use axum::Router;
use axum::body::{Body, to_bytes};
use http::{HeaderName, HeaderValue, Method, Request, Uri, header};
use serde_json::Value;
use tower::ServiceExt;

/// The line between two requests, or two answers.
const BETWEEN: &[u8] = b"\n====\n";

/// Units: requests of one input that are sent.
const REQUESTS_MAX: usize = 8;

/// A token that no answer may show.
pub const SECRET: &str = "canary-5d1f0c";

/// The statuses of a server that are answers and no faults of ours: what is not made, and what is
/// full.
const ALLOWED: [u16; 2] = [501, 503];

/// How a face says what went wrong: the code in a body.
pub type Envelope = fn(&Value) -> Option<&str>;

/// The parts of an input between the lines `====`.
pub fn parts(input: &[u8]) -> Vec<&[u8]> {
    let (mut parts, mut rest) = (Vec::new(), input);
    while let Some(at) = rest.windows(BETWEEN.len()).position(|window| window == BETWEEN) {
        parts.push(&rest[..at]);
        rest = &rest[at + BETWEEN.len()..];
    }
    parts.push(rest);
    parts
}

/// The lines before the first empty one, and what follows it.
pub fn head_and_body(part: &[u8]) -> (Vec<&[u8]>, &[u8]) {
    let (mut lines, mut at) = (Vec::new(), 0);
    for line in part.split_inclusive(|byte| *byte == b'\n') {
        at += line.len();
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            break;
        }
        lines.push(line);
    }
    (lines, &part[at..])
}

/// `name: value` as a header, where it can be one.
pub fn header_of(line: &[u8]) -> Option<(HeaderName, HeaderValue)> {
    let at = line.iter().position(|byte| *byte == b':')?;
    let name = HeaderName::from_bytes(line[..at].trim_ascii()).ok()?;
    Some((name, HeaderValue::from_bytes(line[at + 1..].trim_ascii()).ok()?))
}

/// A request out of its text.
fn request(part: &[u8], root: &str) -> Request<Body> {
    let (lines, body) = head_and_body(part);
    let first = lines.first().copied().unwrap_or_default();
    let at = first.iter().position(|byte| *byte == b' ').unwrap_or(first.len());
    let (method, target) = first.split_at(at);
    let mut request = Request::new(Body::from(body.to_vec()));
    *request.method_mut() = Method::from_bytes(method).unwrap_or(Method::POST);
    *request.uri_mut() = uri(root, target.trim_ascii());
    let headers = request.headers_mut();
    for (name, value) in lines.iter().skip(1).filter_map(|line| header_of(line)) {
        headers.append(name, value);
    }
    let admin = HeaderValue::from_str(&format!("Bearer {SECRET}")).expect("a header");
    headers.entry(header::AUTHORIZATION).or_insert(admin);
    headers.entry(header::HOST).or_insert(HeaderValue::from_static("face.test"));
    request
}

/// The target below the root of a face, encoded as far as it must be.
fn uri(root: &str, target: &[u8]) -> Uri {
    let mut text = root.to_owned();
    if !target.starts_with(b"/") {
        text.push('/');
    }
    for byte in target {
        match byte {
            b'!'..=b'~' if !b"\"<>\\^`{|}#".contains(byte) => text.push(char::from(*byte)),
            other => text.push_str(&format!("%{other:02X}")),
        }
    }
    text.parse().or_else(|_| format!("{root}/").parse()).expect("the root of a face")
}

/// Sends the requests of an input to a face, and checks each answer: no failure of ours, a code
/// with every refusal, and no secret.
pub async fn drive(router: &Router, root: &str, input: &[u8], envelope: Envelope) -> u64 {
    let mut seen = Vec::new();
    for part in parts(input).into_iter().take(REQUESTS_MAX) {
        let request = request(part, root);
        let line = format!("{} {}", request.method(), request.uri());
        let is_head = request.method() == Method::HEAD;
        let answer = router.clone().oneshot(request).await.expect("a router never fails");
        let (head, body) = answer.into_parts();
        let body = to_bytes(body, usize::MAX).await.expect("the body of an answer comes whole");
        let status = head.status.as_u16();
        let text = String::from_utf8_lossy(&body);
        assert!(status < 500 || ALLOWED.contains(&status), "{status} to {line}: {text}");
        let told = input.windows(SECRET.len()).any(|window| window == SECRET.as_bytes());
        assert!(told || !text.contains(SECRET), "a secret in the answer to {line}");
        let json: Value = serde_json::from_slice(&body).unwrap_or_default();
        let code = envelope(&json).unwrap_or_default();
        assert!(
            status < 400 || is_head || !code.is_empty(),
            "{status} without a code to {line}: {text}"
        );
        let said = json.pointer("/error/message").or(json.pointer("/refusals/0"));
        let said = said.or(json.get("detail"));
        seen.push((status, code.to_owned(), said.and_then(Value::as_str).map(gist)));
    }
    shape(seen)
}

/// The envelope of OData: `{"error":{"code":…}}`.
pub fn odata_code(body: &Value) -> Option<&str> {
    body.pointer("/error/code")?.as_str()
}

/// A problem document (RFC 9457), with its code where it has one.
pub fn problem_code(body: &Value) -> Option<&str> {
    body.get("code").or(body.get("title"))?.as_str()
}

/// A problem document, or what a token endpoint answers.
pub fn control_code(body: &Value) -> Option<&str> {
    body.get("error").and_then(Value::as_str).or_else(|| problem_code(body))
}
