//! What the faces hold of bodies that are too large, too deep, or too many things in one.

use crate::{MB, within};
use axum::Router;
use axum::body::{Body, to_bytes};
use earmark_fuzz::faces::SECRET;
use earmark_fuzz::target::Target;
use earmark_fuzz::targets::{self, world};
use http::Request;
use serde_json::Value;
use tokio::runtime::Runtime;
use tower::ServiceExt;

struct Face {
    runtime: Runtime,
    router: Router,
}

/// The Graph face and the control API of the sandbox.
fn mailbox_faces() -> Face {
    let runtime = world::runtime();
    let sandbox = runtime.block_on(world::sandbox());
    let control = sandbox.control_router(world::admin_check());
    let router = Router::new().nest("/graph", sandbox.graph_router()).nest("/sandbox/v1", control);
    Face { runtime, router }
}

impl Face {
    /// Status and body of the answer to a POST that may hold so much meanwhile.
    fn post(&self, held_max: u64, path: &str, kind: &str, body: Vec<u8>) -> (u16, Value) {
        let request = Request::post(path)
            .header("authorization", format!("Bearer {SECRET}"))
            .header("content-type", kind)
            .body(Body::from(body))
            .expect("a request");
        let answer = within(held_max, path, || {
            self.runtime.block_on(async {
                let answer = self.router.clone().oneshot(request).await.expect("answered");
                let status = answer.status().as_u16();
                (status, to_bytes(answer.into_body(), usize::MAX).await.expect("a body"))
            })
        });
        (answer.0, serde_json::from_slice(&answer.1).unwrap_or_default())
    }
}

/// Bodies that are small and would be large in memory.
fn bombs() -> Vec<(&'static str, Vec<u8>)> {
    let many = |entry: &str| format!(r#"{{"a":[{}]}}"#, vec![entry; 1_000_000].join(","));
    vec![
        ("deep lists", "[".repeat(4_000_000).into_bytes()),
        ("deep objects", r#"{"a":"#.repeat(2_000_000).into_bytes()),
        ("a million objects", many(r#"{"":0}"#).into_bytes()),
        ("a million lists", many("[]").into_bytes()),
    ]
}

#[test]
fn json_that_is_larger_in_memory_than_on_the_wire_is_refused() {
    let face = mailbox_faces();
    let ana = format!("/graph/v1.0/users/{}/messages", world::ANA);
    for (name, body) in bombs() {
        for path in [ana.as_str(), "/graph/v1.0/$batch"] {
            let (status, body) = face.post(4 * MB, path, "application/json", body.clone());
            assert_eq!(status, 400, "{name}");
            assert!(body["error"]["code"].is_string(), "{name}: {body}");
        }
        let (status, _) = face.post(8 * MB, "/sandbox/v1/users", "application/json", body);
        assert_eq!(status, 413, "{name}: JSON of the control API has at most 1 MB");
    }
}

#[test]
fn a_body_above_the_limit_of_its_face_is_refused() {
    let face = mailbox_faces();
    let ana = format!("/graph/v1.0/users/{}/messages", world::ANA);
    let (status, body) = face.post(400 * MB, &ana, "text/plain", vec![b'A'; 161 << 20]);
    assert_eq!((status, body["error"]["code"].as_str()), (413, Some("RequestEntityTooLarge")));
    let kind = "message/rfc822";
    let (status, body) = face.post(400 * MB, "/sandbox/v1/deliver", kind, vec![b'A'; 151 << 20]);
    assert_eq!(status, 413, "{body}");
    assert!(body["detail"].as_str().is_some_and(|detail| detail.contains("150 MB")), "{body}");
}

/// A target made anew, for inputs that are larger than those of a hunt.
fn target(name: &str) -> Target {
    targets::all().into_iter().find(|target| target.name == name).expect("a target")
}

#[test]
fn the_crm_face_bounds_bodies_batches_and_filters() {
    let mut face = (target("crm_face").make)();
    for (name, body) in bombs() {
        let request = [b"POST /accounts\ncontent-type: application/json\n\n", &body[..]].concat();
        within(64 * MB, name, || face(&request));
    }
    let head = "POST /$batch\ncontent-type: multipart/mixed; boundary=b\n\n";
    let inner = "--c\nContent-Type: application/http\n\nGET a\n".repeat(200_000);
    let set = "--b\nContent-Type: multipart/mixed; boundary=c\n\n";
    let requests = [
        format!(
            "{head}{}--b--\n",
            "--b\nContent-Type: application/http\n\nGET a\n\n".repeat(200_000)
        ),
        format!("{head}{}--b--\n", format!("{set}--c--\n").repeat(100_000)),
        format!("{head}{set}{inner}--c--\n--b--\n"),
        format!("{head}--b\n{}\nGET a\n--b--\n", "a:b\n".repeat(2_000_000)),
        format!("GET /accounts?$filter={}", "(".repeat(60_000)),
        format!("GET /accounts?$filter={}", "not ".repeat(9_000)),
        format!("GET /accounts?$filter=name eq 'a'{}", " or name eq 'a'".repeat(2_500)),
        format!("GET /accounts?$expand={}", "a($expand=".repeat(6_000)),
        format!("GET /accounts?fetchXml={}", "<filter>".repeat(5_000)),
        format!("GET /accounts?sql=SELECT name FROM account WHERE {}", "(".repeat(30_000)),
    ];
    for request in requests {
        let name: String = request.chars().skip(60).take(50).collect();
        // The request itself is copied on its way in.
        let held_max = request.len() as u64 * 4 + 16 * MB;
        within(held_max, name.trim(), || face(request.as_bytes()));
    }
}

#[test]
fn the_own_api_takes_a_megabyte() {
    let mut face = (target("own_api").make)();
    let large = "x".repeat(3 << 20);
    for path in ["/api/v1/items/track", "/notifications"] {
        let request = format!("POST {path}\n\n{{\"mailbox\":\"{large}\"}}");
        within(16 * MB, path, || face(request.as_bytes()));
        for (name, body) in bombs() {
            let request = [format!("POST {path}\n\n").as_bytes(), &body[..]].concat();
            within(32 * MB, name, || face(&request));
        }
    }
}
