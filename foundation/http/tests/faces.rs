//! A watched face, over a real loopback socket and inside the process.

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use earmark_http::{
    AllowList, Client, Face, Fault, FaultRule, NetworkTransport, SendError, SendOptions,
    ServiceTransport, Target, Transport, Wiretap, watched,
};
use http::{Request, StatusCode, header};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

struct World {
    effects: Arc<AtomicU32>,
    tap: Arc<Wiretap>,
    router: Router,
}

fn world() -> World {
    let effects = Arc::new(AtomicU32::new(0));
    let tap = Wiretap::new(1);
    let face = Face {
        target: Target::Graph,
        tap: tap.clone(),
        exempt: Arc::new(|headers| headers.contains_key("x-admin")),
        envelope: |status, code| {
            let code = if code.is_empty() { "FaceDefault" } else { code };
            let status = StatusCode::from_u16(status).expect("a valid status");
            (status, format!("{{\"error\":{{\"code\":\"{code}\"}}}}")).into_response()
        },
    };
    let routes = Router::new()
        .route("/messages", post(effect))
        .route(
            "/gone",
            post(|state: State<Arc<AtomicU32>>| async move {
                effect(state, Bytes::new()).await;
                StatusCode::NO_CONTENT
            }),
        )
        .route("/moved", get(|| async { (StatusCode::FOUND, [(header::LOCATION, "/messages")]) }))
        .route("/large", get(|| async { vec![b'x'; 4096] }))
        .route("/bomb", get(|| async { bomb() }))
        .route("/silent", get(std::future::pending::<()>))
        .route(
            "/host",
            get(|headers: http::HeaderMap| async move {
                headers[header::HOST].to_str().expect("text").to_owned()
            }),
        )
        .with_state(effects.clone());
    World { effects, tap, router: Router::new().nest("/v1.0", watched(routes, face)) }
}

async fn effect(State(effects): State<Arc<AtomicU32>>, body: Bytes) -> String {
    let number = effects.fetch_add(1, Ordering::SeqCst) + 1;
    format!("{number} {}", String::from_utf8_lossy(&body))
}

/// 64 MiB of zeros in about 420 KiB: one deflate block of repeated copies, written bit by bit.
fn bomb() -> Response {
    let mut bits: Vec<bool> = vec![true, true, false];
    let mut most_significant_first = |value: u32, length: u32| {
        bits.extend((0..length).rev().map(|bit| value >> bit & 1 == 1));
    };
    most_significant_first(0x30, 8);
    for _ in 0..260_000 {
        most_significant_first(0b1100_0101, 8);
        most_significant_first(0, 5);
    }
    let mut gzip = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    gzip.extend(bits.chunks(8).map(|eight| {
        eight.iter().enumerate().fold(0_u8, |byte, (place, bit)| byte | (u8::from(*bit) << place))
    }));
    ([(header::CONTENT_ENCODING, "gzip")], Body::from(gzip)).into_response()
}

/// The same world reached in both ways; each has its own router and counters.
async fn both_ways() -> Vec<(&'static str, World, Client, String)> {
    let inside = world();
    let transport: Arc<dyn Transport> = Arc::new(ServiceTransport::new(inside.router.clone()));
    let root = "http://graph.example.test".to_owned();
    let list = AllowList::new().origin(&root.parse().expect("url"));
    let mut ways = vec![("inside", inside, Client::new(transport, list), root)];

    let outside = world();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let root = format!("http://{}", listener.local_addr().expect("address"));
    let router = outside.router.clone();
    tokio::spawn(async move { axum::serve(listener, router).await });
    let transport: Arc<dyn Transport> = Arc::new(NetworkTransport::new().expect("transport"));
    let list = AllowList::new().origin(&root.parse().expect("url"));
    ways.push(("socket", outside, Client::new(transport, list), root));
    ways
}

fn request(method: &str, root: &str, path: &str) -> Request<Bytes> {
    Request::builder()
        .method(method)
        .uri(format!("{root}/v1.0{path}"))
        .body(Bytes::from_static(b"hello"))
        .expect("request")
}

fn rule(fault: Fault) -> FaultRule {
    FaultRule {
        target: Target::Graph,
        method: None,
        path: None,
        probability: 1.0,
        times: Some(1),
        fault,
    }
}

fn text(response: http::Response<Bytes>) -> String {
    String::from_utf8(response.into_body().to_vec()).expect("text")
}

#[tokio::test]
async fn a_dropped_answer_follows_its_effect() {
    for (way, world, client, root) in both_ways().await {
        for path in ["/messages", "/gone"] {
            world.effects.store(0, Ordering::SeqCst);
            let fault = Fault { drop_response: true, status: Some(503), ..Fault::default() };
            world.tap.set_faults(vec![rule(fault)]).expect("valid");
            let options = SendOptions::default();
            let lost = client.send(request("POST", &root, path), &options).await;
            assert!(matches!(lost, Err(SendError::Interrupted { .. })), "{way} {path}: {lost:?}");
            assert_eq!(world.effects.load(Ordering::SeqCst), 1, "{way} {path}");
            client.send(request("POST", &root, path), &options).await.expect("an answer");
        }
    }
}

#[tokio::test]
async fn a_status_is_answered_without_the_effect() {
    for (way, world, client, root) in both_ways().await {
        let fault = Fault { status: Some(429), retry_after: Some(2.5), ..Fault::default() };
        world.tap.set_faults(vec![rule(fault)]).expect("valid");
        let options = SendOptions::default();
        let response = client.send(request("POST", &root, "/messages"), &options).await.expect(way);
        assert_eq!(response.status(), 429);
        assert_eq!(response.headers()[header::RETRY_AFTER], "2.5");
        assert_eq!(text(response), r#"{"error":{"code":"FaceDefault"}}"#);
        assert_eq!(world.effects.load(Ordering::SeqCst), 0, "{way}");
    }
}

#[tokio::test]
async fn a_duplicate_has_its_effect_twice_and_answers_the_second() {
    for (way, world, client, root) in both_ways().await {
        let fault = Fault { duplicate: true, delay_ms: Some(1), ..Fault::default() };
        world.tap.set_faults(vec![rule(fault)]).expect("valid");
        let options = SendOptions::default();
        let response = client.send(request("POST", &root, "/messages"), &options).await.expect(way);
        assert_eq!(text(response), "2 hello", "{way}");
    }
}

#[tokio::test]
async fn exempt_requests_are_neither_faulted_nor_counted() {
    for (way, world, client, root) in both_ways().await {
        world
            .tap
            .set_faults(vec![rule(Fault { status: Some(500), ..Fault::default() })])
            .expect("valid");
        let mut admin = request("POST", &root, "/messages");
        admin.headers_mut().insert("x-admin", "1".parse().expect("value"));
        let options = SendOptions::default();
        assert_eq!(client.send(admin, &options).await.expect(way).status(), 200);
        assert!(world.tap.counts().is_empty());
        assert_eq!(
            client.send(request("POST", &root, "/messages"), &options).await.expect(way).status(),
            500
        );
        let counts = world.tap.counts();
        assert_eq!((counts[0].route.as_str(), counts[0].count), ("/messages", 1), "{way}");
    }
}

#[tokio::test]
async fn redirects_foreign_hosts_and_large_answers_are_refused() {
    for (way, _world, client, root) in both_ways().await {
        let options = SendOptions { body_max: 1024, ..SendOptions::default() };
        let moved = client.send(request("GET", &root, "/moved"), &options).await;
        assert_eq!(moved.expect_err(way), SendError::Redirect { status: 302 });
        let large = client.send(request("GET", &root, "/large"), &options).await;
        assert_eq!(large.expect_err(way), SendError::BodyTooLarge { limit: 1024 });
        let foreign = client.send(request("GET", "http://evil.test", "/large"), &options).await;
        assert!(matches!(foreign, Err(SendError::HostNotAllowed { .. })), "{way}");
        let host = client.send(request("GET", &root, "/host"), &options).await.expect(way);
        assert_eq!(format!("http://{}", text(host)), root);
    }
}

#[tokio::test]
async fn a_compressed_bomb_stops_at_the_limit() {
    for (way, _world, client, root) in both_ways().await {
        let limit = if way == "inside" { 1024 } else { 1024 * 1024 };
        let options = SendOptions { body_max: limit, ..SendOptions::default() };
        let bomb = client.send(request("GET", &root, "/bomb"), &options).await;
        assert_eq!(bomb.expect_err(way), SendError::BodyTooLarge { limit }, "{way}");
    }
}

#[tokio::test]
async fn silence_is_a_timeout_and_a_closed_port_a_failed_connection() {
    for (way, _world, client, root) in both_ways().await {
        let options = SendOptions { timeout: Duration::from_millis(5), ..SendOptions::default() };
        let silent = client.send(request("GET", &root, "/silent"), &options).await;
        assert_eq!(silent.expect_err(way), SendError::Timeout);
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let root = format!("http://{}", listener.local_addr().expect("address"));
    drop(listener);
    let transport: Arc<dyn Transport> = Arc::new(NetworkTransport::new().expect("transport"));
    let client = Client::new(transport, AllowList::new().origin(&root.parse().expect("url")));
    let closed = client.send(request("GET", &root, "/large"), &SendOptions::default()).await;
    assert!(matches!(closed, Err(SendError::Connect { .. })), "{closed:?}");
}
