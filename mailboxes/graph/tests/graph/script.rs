//! A transport that answers from a script and keeps what it was sent.

use async_trait::async_trait;
use bytes::Bytes;
use earmark_graph::{GraphServer, GraphSettings};
use earmark_http::{SendError, SendOptions, Transport};
use earmark_mailbox_port::{Detail, Mailbox, MailboxServer};
use earmark_model::{Clock, Instant, ItemHandle, ItemKind, MailboxAddress};
use http::{HeaderMap, Request, Response};
use secrecy::SecretString;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

pub const FOLDERS: &str = include_str!("../../fixtures/well_known_folders.json");

pub const ROOT: &str = "https://graph.example.test/v1.0";

/// One request as it was sent.
#[derive(Debug, Clone)]
pub struct Sent {
    /// Method and address, the Graph root left out, percent signs decoded.
    pub line: String,
    pub headers: HeaderMap,
    pub body: String,
}

/// Answers from a script; token requests answer themselves unless `tokens` has entries.
#[derive(Default)]
pub struct Script {
    answers: Mutex<VecDeque<Result<Response<Bytes>, SendError>>>,
    pub tokens: Mutex<VecDeque<Result<Response<Bytes>, SendError>>>,
    sent: Mutex<Vec<Sent>>,
    token_bodies: Mutex<Vec<String>>,
    granted: AtomicU32,
}

#[async_trait]
impl Transport for Script {
    async fn send(
        &self,
        request: Request<Bytes>,
        options: &SendOptions,
    ) -> Result<Response<Bytes>, SendError> {
        tokio::task::yield_now().await;
        let body = String::from_utf8(request.body().to_vec()).expect("text");
        let uri = request.uri().to_string();
        if uri.starts_with("https://login.example.test/") {
            assert_eq!(uri, "https://login.example.test/contoso/oauth2/v2.0/token");
            self.token_bodies.lock().expect("lock").push(body);
            let number = self.granted.fetch_add(1, Ordering::SeqCst) + 1;
            let granted = format!(r#"{{"access_token":"token{number}","expires_in":3599}}"#);
            let scripted = self.tokens.lock().expect("lock").pop_front();
            return scripted.unwrap_or_else(|| ok(&granted));
        }
        let decoded = percent_encoding::percent_decode_str(&uri).decode_utf8_lossy();
        let line = format!("{} {}", request.method(), decoded.replace(ROOT, ""));
        let headers = request.headers().clone();
        self.sent.lock().expect("lock").push(Sent { line: line.clone(), headers, body });
        let answer = self.answers.lock().expect("lock").pop_front();
        let answer = answer.unwrap_or_else(|| panic!("no answer left for {line}"))?;
        if answer.body().len() as u64 > options.body_max {
            return Err(SendError::BodyTooLarge { limit: options.body_max });
        }
        Ok(answer)
    }
}

impl Script {
    pub fn answers(&self, answer: Result<Response<Bytes>, SendError>) {
        self.answers.lock().expect("lock").push_back(answer);
    }

    /// The lines sent since the last look.
    pub fn lines(&self) -> Vec<String> {
        self.take().into_iter().map(|sent| sent.line).collect()
    }

    pub fn take(&self) -> Vec<Sent> {
        std::mem::take(&mut *self.sent.lock().expect("lock"))
    }

    pub fn token_requests(&self) -> Vec<String> {
        self.token_bodies.lock().expect("lock").clone()
    }
}

/// 200 with a body.
pub fn ok(body: &str) -> Result<Response<Bytes>, SendError> {
    status(200, body)
}

/// Any status with a body, and the server's time.
pub fn status(status: u16, body: &str) -> Result<Response<Bytes>, SendError> {
    Ok(Response::builder()
        .status(status)
        .header("date", "Sun, 22 Nov 2026 10:15:00 GMT")
        .body(Bytes::copy_from_slice(body.as_bytes()))
        .expect("response"))
}

/// An error in Graph's envelope.
pub fn error(code: u16, name: &str) -> Result<Response<Bytes>, SendError> {
    status(
        code,
        &format!(r#"{{"error":{{"code":"{name}","message":"x","innerError":{{"date":"d"}}}}}}"#),
    )
}

/// The same answer with one more header.
pub fn with(
    answer: Result<Response<Bytes>, SendError>,
    name: &'static str,
    value: &str,
) -> Result<Response<Bytes>, SendError> {
    answer.map(|mut response| {
        response.headers_mut().insert(name, value.parse().expect("value"));
        response
    })
}

/// A clock that is turned by hand.
pub struct HandClock(pub AtomicI64);

impl Clock for HandClock {
    fn now(&self) -> Instant {
        Instant::from_millis(self.0.load(Ordering::SeqCst))
    }
}

impl HandClock {
    pub fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1000, Ordering::SeqCst);
    }
}

/// A connector over a script.
pub struct World {
    pub script: Arc<Script>,
    pub clock: Arc<HandClock>,
    pub server: GraphServer,
}

pub fn world() -> World {
    let script = Arc::new(Script::default());
    let start = Instant::parse_rfc3339("2026-11-22T10:00:00Z").expect("time");
    let clock = Arc::new(HandClock(AtomicI64::new(start.as_millis())));
    let settings = GraphSettings::new(
        ROOT.parse().expect("url"),
        "https://login.example.test".parse().expect("url"),
        "contoso",
        "client&1",
        SecretString::from("sec ret"),
    );
    let server = GraphServer::new(settings, script.clone(), clock.clone());
    World { script, clock, server }
}

impl World {
    pub fn anna(&self) -> Arc<dyn Mailbox> {
        self.server.open(&MailboxAddress::new("Anna@example.test"))
    }

    /// Anna's mailbox with its folders known, so that only what follows is sent.
    pub async fn warm(&self) -> Arc<dyn Mailbox> {
        let anna = self.anna();
        self.script.answers(ok(&summary("warm", "W/\\\"0\\\"", &[])));
        self.script.answers(ok(FOLDERS));
        let handle = ItemHandle::from("warm");
        anna.item(ItemKind::Email, &handle, Detail::Summary).await.expect("warm");
        self.script.take();
        anna
    }
}

/// A whole summary of an item in the Inbox; `etag` as JSON has it.
pub fn summary(id: &str, etag: &str, categories: &[&str]) -> String {
    let categories = serde_json::to_string(categories).expect("json");
    format!(
        r#"{{"@odata.etag":"{etag}","id":"{id}","categories":{categories},"parentFolderId":"F-inbox","isDraft":false}}"#
    )
}

pub const SELECT: &str = "id,categories,changeKey,createdDateTime,lastModifiedDateTime,receivedDateTime,parentFolderId,internetMessageId,from,isDraft";

/// The answer to a batch of parts (id, status and body), each of which asks for patience.
pub fn batch(parts: &[(usize, u16, &str)]) -> String {
    parts_of(parts, r#"{"Retry-After":"7"}"#)
}

/// The answer to a batch without headers.
pub fn silent_batch(parts: &[(usize, u16, &str)]) -> String {
    parts_of(parts, "{}")
}

fn parts_of(parts: &[(usize, u16, &str)], headers: &str) -> String {
    let parts: Vec<_> = parts
        .iter()
        .map(|(id, status, body)| {
            format!(r#"{{"id":"{id}","status":{status},"headers":{headers},"body":{body}}}"#)
        })
        .collect();
    format!(r#"{{"responses":[{}]}}"#, parts.join(","))
}
