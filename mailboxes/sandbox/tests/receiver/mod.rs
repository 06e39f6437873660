//! Who receives notifications in tests: answers as it is told and keeps what came.
#![allow(dead_code)]

use super::face::Hand;
use async_trait::async_trait;
use bytes::Bytes;
use earmark_http::{SendError, SendOptions, Transport};
use http::{Request, Response, Uri};
use serde_json::Value;
use std::{
    sync::{Arc, Mutex, OnceLock},
    time::Duration,
};
use tokio::sync::Notify;

pub const URL: &str = "https://sync.test/notify?tenant=a";
pub const LIFECYCLE: &str = "https://sync.test/lifecycle";

/// How a handshake is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Hello {
    #[default]
    Right,
    OtherText,
    OtherType,
    Status(u16),
    Timeout,
    Unreachable,
}

#[derive(Default)]
struct State {
    hello: Hello,
    hellos: Vec<(String, Duration)>,
    /// Answers of posts in turn; 202 when there are no more.
    answers: Vec<Result<u16, SendError>>,
    posts: Vec<(String, Value)>,
    /// Each post takes this long by the clock.
    takes: Duration,
}

/// A receiver.
#[derive(Default)]
pub struct Receiver {
    state: Mutex<State>,
    pub clock: OnceLock<Arc<Hand>>,
    /// Posts to a path with `gated` wait for this.
    pub gate: Notify,
    /// Something arrived.
    pub arrived: Notify,
}

impl Receiver {
    pub fn hello(&self, hello: Hello) {
        self.state.lock().expect("lock").hello = hello;
    }

    /// The addresses that were asked to prove themselves, and how long each had.
    pub fn hellos(&self) -> Vec<(String, Duration)> {
        std::mem::take(&mut self.state.lock().expect("lock").hellos)
    }

    pub fn answers(&self, answers: &[u16]) {
        self.state.lock().expect("lock").answers = answers.iter().map(|one| Ok(*one)).collect();
    }

    pub fn fails(&self, error: SendError) {
        self.state.lock().expect("lock").answers.push(Err(error));
    }

    pub fn takes(&self, takes: Duration) {
        self.state.lock().expect("lock").takes = takes;
    }

    /// What was posted since the last time: path and body.
    pub fn posts(&self) -> Vec<(String, Value)> {
        std::mem::take(&mut self.state.lock().expect("lock").posts)
    }

    /// The notices that were posted since the last time, over all posts.
    pub fn notices(&self) -> Vec<Value> {
        let posts = self.posts();
        posts
            .iter()
            .flat_map(|(_, body)| body["value"].as_array().expect("value"))
            .cloned()
            .collect()
    }

    /// The change types that were posted since the last time.
    pub fn changes(&self) -> Vec<String> {
        let word = |notice: &Value| {
            let word = notice.get("changeType").or(notice.get("lifecycleEvent"));
            word.and_then(Value::as_str).expect("a word").to_owned()
        };
        self.notices().iter().map(word).collect()
    }
}

#[async_trait]
impl Transport for Receiver {
    async fn send(
        &self,
        request: Request<Bytes>,
        options: &SendOptions,
    ) -> Result<Response<Bytes>, SendError> {
        assert_eq!(request.method(), "POST");
        if let Some(token) = token_of(request.uri()) {
            assert_eq!(request.headers()["content-type"], "text/plain; charset=utf-8");
            assert!(request.body().is_empty());
            let mut state = self.state.lock().expect("lock");
            state.hellos.push((request.uri().path().to_owned(), options.timeout));
            return greeted(state.hello, token);
        }
        assert_eq!(request.headers()["content-type"], "application/json; charset=utf-8");
        assert_eq!(options.timeout, Duration::from_secs(3));
        let path = request.uri().path().to_owned();
        let answer = {
            let mut state = self.state.lock().expect("lock");
            let body = serde_json::from_slice(request.body()).expect("JSON");
            state.posts.push((path.clone(), body));
            self.clock.get().inspect(|clock| clock.turn(state.takes));
            if state.answers.is_empty() { Ok(202) } else { state.answers.remove(0) }
        };
        self.arrived.notify_one();
        if path.contains("gated") {
            self.gate.notified().await;
        }
        answer.map(|status| with_status(Response::new(Bytes::new()), status))
    }
}

fn token_of(uri: &Uri) -> Option<String> {
    let query = uri.query().unwrap_or_default();
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs.find(|(name, _)| name == "validationToken").map(|(_, value)| value.into_owned())
}

fn greeted(hello: Hello, token: String) -> Result<Response<Bytes>, SendError> {
    let (status, kind, text) = match hello {
        Hello::Right => (200, "text/plain", token),
        Hello::OtherText => (200, "text/plain", format!("{token} ")),
        Hello::OtherType => (200, "application/json", token),
        Hello::Status(status) => (status, "text/plain", token),
        Hello::Timeout => return Err(SendError::Timeout),
        Hello::Unreachable => {
            return Err(SendError::Connect { detail: "nobody there".to_owned() });
        }
    };
    let mut response = Response::new(Bytes::from(text));
    response.headers_mut().insert("content-type", kind.parse().expect("a value"));
    Ok(with_status(response, status))
}

fn with_status(mut response: Response<Bytes>, status: u16) -> Response<Bytes> {
    *response.status_mut() = http::StatusCode::from_u16(status).expect("a status");
    response
}
