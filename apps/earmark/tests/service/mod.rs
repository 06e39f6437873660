//! A real `earmark demo` in its own process, driven by nothing but HTTP.

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

/// The administrator's token of the tests' own servers.
pub const ADMIN: &str = "test-admin-token";

/// A running demo.
pub struct Demo {
    child: Child,
    root: String,
    client: Client,
    token: String,
}

impl Demo {
    /// Starts a demo without sample data over `data_dir` and waits until it is ready.
    #[allow(dead_code, reason = "not every test begins without sample data")]
    pub async fn start(data_dir: &Path) -> Self {
        Self::start_with(data_dir, &["--empty", "--no-push", "--cycle", "1s"]).await
    }

    /// The same with other flags.
    pub async fn start_with(data_dir: &Path, flags: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_earmark"))
            .args(["demo", "--no-open", "--json"])
            .args(flags)
            .args(["--listen", "127.0.0.1:0", "--admin-token", ADMIN, "--data-dir"])
            .arg(data_dir)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let mut next = || lines.next().expect("a line").expect("readable");
        let told: Value = serde_json::from_str(&next()).expect("one JSON line");
        assert_eq!(next(), "ready");
        let root = told["http"].as_str().expect("an address").trim_end_matches('/').to_owned();
        let client = Client::new();
        let token = token(&client, &root).await;
        Self { child, root, client, token }
    }

    /// Its address, without a slash at the end.
    #[allow(dead_code, reason = "not every test of the program runs commands against it")]
    pub fn root(&self) -> &str {
        &self.root
    }

    /// Ends the process as a power cut would.
    #[allow(dead_code, reason = "not every test ends it that way")]
    pub fn kill(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("ended");
    }

    /// A request with the application's token.
    #[allow(dead_code, reason = "not every test asks as an application")]
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        self.ask(method, path, &self.token, body).await
    }

    /// A request with the administrator's token.
    pub async fn admin(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        self.ask(method, path, ADMIN, body).await
    }

    /// Delivers a message as the outside world would.
    #[allow(dead_code, reason = "not every test needs mail of its own")]
    pub async fn deliver(&self, message: String) {
        let answer = self
            .client
            .post(format!("{}/sandbox/v1/deliver", self.root))
            .bearer_auth(ADMIN)
            .header("content-type", "message/rfc822")
            .body(message)
            .send()
            .await
            .expect("an answer");
        assert!(answer.status().is_success(), "{:?}", answer.text().await);
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        token: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let mut request =
            self.client.request(method, format!("{}{path}", self.root)).bearer_auth(token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.expect("an answer");
        let status = answer.status();
        let text = answer.text().await.expect("a body");
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // A test that failed must leave no process behind; one that was killed has none.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn token(client: &Client, root: &str) -> String {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "demo"),
        ("client_secret", "demo"),
        ("scope", "https://graph.microsoft.com/.default"),
    ];
    let answer = client
        .post(format!("{root}/login/demo/oauth2/v2.0/token"))
        .form(&form)
        .send()
        .await
        .expect("an answer");
    let told: Value = answer.json().await.expect("JSON");
    told["access_token"].as_str().expect("a token").to_owned()
}

/// A body that makes a person who is served.
#[allow(dead_code, reason = "not every test needs people of its own")]
pub fn user(mail: &str, name: &str) -> Value {
    json!({"mail": mail, "displayName": name, "kind": "user", "systemUser": true})
}
