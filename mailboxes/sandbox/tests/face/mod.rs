//! A sandbox in memory with its faces, and requests to them without a network.
#![allow(dead_code)]

use axum::body::{Body, to_bytes};
use earmark_http::{Transport, Wiretap};
use earmark_model::{Clock, Instant};
use earmark_sandbox::{Sandbox, SandboxSettings, UserKind};
use earmark_sqlite::Mode;
use http::{HeaderMap, Request};
use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use tower::ServiceExt;

pub const ANA: &str = "ana.ruiz@fabrikam.test";
pub const LI: &str = "li.wei@fabrikam.test";

/// A clock that is turned by hand.
pub struct Hand(AtomicI64);

impl Hand {
    pub fn turn(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_millis()).expect("short"), Ordering::SeqCst);
    }
}

impl Clock for Hand {
    fn now(&self) -> Instant {
        Instant::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// One answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
    pub json: Value,
}

impl Answer {
    pub fn code(&self) -> &str {
        self.json["error"]["code"].as_str().unwrap_or_default()
    }

    pub fn values(&self) -> &[Value] {
        self.json["value"].as_array().map(Vec::as_slice).unwrap_or_default()
    }

    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }
}

/// A sandbox with its faces.
pub struct Face {
    pub sandbox: Arc<Sandbox>,
    pub clock: Arc<Hand>,
    router: axum::Router,
}

/// A request that is being put together.
pub struct Asking<'a> {
    face: &'a Face,
    method: &'static str,
    url: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Asking<'_> {
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| known != name || name == "prefer");
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn immutable(self) -> Self {
        self.header("prefer", "IdType=\"ImmutableId\"")
    }

    pub fn json(mut self, body: &Value) -> Self {
        self.body = body.to_string().into_bytes();
        self.header("content-type", "application/json")
    }

    pub fn body(mut self, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("content-type", media_type)
    }

    pub async fn send(self) -> Answer {
        let mut request = Request::builder().method(self.method).uri(&self.url);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let request = request.body(Body::from(self.body)).expect("request");
        let response = self.face.router.clone().oneshot(request).await.expect("infallible");
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.expect("body");
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let json = serde_json::from_str(&text).unwrap_or_default();
        Answer { status: parts.status.as_u16(), headers: parts.headers, text, json }
    }
}

impl Face {
    pub async fn new() -> Self {
        let face = Self::open(None);
        face.sandbox.create_user(ANA, "Ana Ruiz", UserKind::User, false).await.expect("ana");
        face.sandbox.create_user(LI, "Li Wei", UserKind::User, false).await.expect("li");
        face
    }

    pub fn open(path: Option<&Path>) -> Self {
        Self::open_with(path, None)
    }

    /// With something that carries notifications, also to loopback addresses.
    pub fn open_with(path: Option<&Path>, push: Option<Arc<dyn Transport>>) -> Self {
        let clock = Arc::new(Hand(AtomicI64::new(1_795_341_600_000)));
        let admin = |headers: &HeaderMap| {
            headers.get("authorization").is_some_and(|value| value == "Bearer admin")
        };
        let settings = SandboxSettings {
            admin: Arc::new(admin),
            push,
            loopback_push: true,
            ..SandboxSettings::default()
        };
        let sandbox = Sandbox::open(
            path,
            if path.is_some() { Mode::Threaded } else { Mode::Inline },
            Arc::clone(&clock) as Arc<dyn Clock>,
            7,
            Wiretap::new(7),
            settings,
        )
        .expect("open");
        let router = axum::Router::new()
            .nest("/graph", sandbox.graph_router())
            .nest("/sandbox/v1", sandbox.control_router(Arc::new(admin)))
            .nest("/login", sandbox.login_router());
        Self { sandbox, clock, router }
    }

    /// A request with the admin token; `url` is below `/graph/v1.0`, or a whole one.
    pub fn ask(&self, method: &'static str, url: &str) -> Asking<'_> {
        let url = if url.starts_with("http")
            || url.starts_with("/sandbox")
            || url.starts_with("/login")
            || url.starts_with("/graph")
        {
            url.to_owned()
        } else {
            format!("/graph/v1.0{url}")
        };
        Asking { face: self, method, url, headers: Vec::new(), body: Vec::new() }
            .header("authorization", "Bearer admin")
    }

    pub fn get(&self, url: &str) -> Asking<'_> {
        self.ask("GET", url)
    }

    /// A token of the endpoint.
    pub async fn token(&self, form: &str) -> String {
        let answer = self
            .ask("POST", "/login/demo/oauth2/v2.0/token")
            .body("application/x-www-form-urlencoded", form)
            .send()
            .await
            .expect(200);
        format!("Bearer {}", answer.json["access_token"].as_str().expect("token"))
    }

    pub async fn deliver(&self, from: &str, to: &str, subject: &str) -> String {
        let id = format!("<{}.{}@test.invalid>", subject.replace(' ', "."), to.len());
        let raw = format!(
            "From: {from}\r\nTo: {to}\r\nSubject: {subject}\r\nMessage-ID: {id}\r\nDate: Sun, 22 Nov 2026 09:00:00 +0000\r\n\r\nHello {subject}.\r\n"
        );
        self.ask("POST", "/sandbox/v1/deliver")
            .body("message/rfc822", raw)
            .send()
            .await
            .expect(201);
        id
    }
}

/// A folder beside the project, by an environment variable or its usual place.
pub fn outside(variable: &str, usual: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = std::env::var_os(variable).map_or_else(|| root.join(usual), PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: EARMARK_CONFORMANCE or EARMARK_CORPUS: {} is not there", folder.display());
    None
}

/// An address with the signs of a filter encoded.
pub fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}
