//! A demo within the test's own process, asked by nothing but HTTP.

use earmark::demo::start::{DemoOptions, RunningDemo, start};
use reqwest::{Method, RequestBuilder, Response};
use secrecy::SecretString;
use serde_json::{Value, json};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// The administrator's token.
pub const ADMIN: &str = "admin";

/// A running demo and a client of it.
pub struct World {
    /// Its address, without a slash at the end.
    pub root: String,
    /// A client that knows no token.
    pub http: reqwest::Client,
    demo: RunningDemo,
    stop: CancellationToken,
    // Deleted when the test ends.
    _folder: tempfile::TempDir,
}

impl World {
    /// With the sample organization, looked at when a test says so.
    #[allow(dead_code, reason = "not every test needs the sample")]
    pub async fn of_the_sample() -> Self {
        Self::start(false, false).await
    }

    /// Without mailboxes, looked at when a test says so.
    #[allow(dead_code, reason = "not every test begins without mailboxes")]
    pub async fn empty() -> Self {
        Self::start(true, false).await
    }

    /// Without mailboxes; notifications tell of changes.
    #[allow(dead_code, reason = "not every test is about notifications")]
    pub async fn empty_and_notified() -> Self {
        Self::start(true, true).await
    }

    async fn start(empty: bool, push: bool) -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let stop = CancellationToken::new();
        let options = DemoOptions {
            listen: "127.0.0.1:0".to_owned(),
            tls_listen: None,
            data_dir: folder.path().join("demo"),
            reset: false,
            cycle: Duration::from_secs(900),
            push,
            empty,
            admin_token: SecretString::from(ADMIN),
        };
        let demo = start(options, stop.clone()).await.expect("the demo starts");
        let root = demo.http_root();
        Self { root, http: reqwest::Client::new(), demo, stop, _folder: folder }
    }

    /// A request that is not sent yet.
    pub fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.root))
    }

    /// A request with a token; without a body where that is null.
    pub async fn call(&self, method: &str, path: &str, token: &str, body: Value) -> (u16, Value) {
        let mut asked = self.ask(method.parse().expect("a method"), path).bearer_auth(token);
        if !body.is_null() {
            asked = asked.json(&body);
        }
        let answer = asked.send().await.expect("an answer");
        (answer.status().as_u16(), json_of(answer).await)
    }

    /// A request of the administrator that has to succeed.
    pub async fn admin(&self, method: &str, path: &str, body: Value) -> Value {
        let (status, answer) = self.call(method, path, ADMIN, body).await;
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    }

    /// A person's token for what `scope` names.
    #[allow(dead_code, reason = "not every test signs somebody in")]
    pub async fn token(&self, mail: &str, scope: &str) -> String {
        let form = [
            ("grant_type", "password"),
            ("client_id", "demo"),
            ("username", mail),
            ("password", "demo"),
            ("scope", scope),
        ];
        let asked = self.ask(Method::POST, "/login/demo/oauth2/v2.0/token").form(&form);
        let answer = json_of(asked.send().await.expect("an answer")).await;
        answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    /// The token that the demo's page carries for what it does itself.
    #[allow(dead_code, reason = "not every test presses what stands on the page")]
    pub async fn page_token(&self) -> String {
        let page = self.ask(Method::GET, "/").send().await.expect("an answer");
        let page = page.text().await.expect("a page");
        let token = page.split("name=\"page-token\" content=\"").nth(1).expect("a token");
        token.split('"').next().expect("its end").to_owned()
    }

    /// A cycle of the mailbox, waited for.
    #[allow(dead_code, reason = "not every test needs a cycle")]
    pub async fn sync(&self, mail: &str) -> Value {
        let path = format!("/api/v1/mailboxes/{mail}/sync");
        self.admin("POST", &path, json!({"wait": true})).await
    }

    /// Stops it and waits until it has ended.
    pub async fn end(self) {
        self.stop.cancel();
        self.demo.wait().await;
    }
}

/// The body of an answer: JSON, else its text.
pub async fn json_of(answer: Response) -> Value {
    let text = answer.text().await.expect("a body");
    serde_json::from_str(&text).unwrap_or(Value::String(text))
}
