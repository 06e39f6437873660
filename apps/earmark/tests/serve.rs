//! The service as an administrator meets it: what is open, what is not, and what is said when the
//! mailbox server cannot be reached.

use earmark::{config, service::serve};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

const ADMIN: &str = "admin";

/// A service of one organization whose mailbox server does not exist.
struct World {
    root: String,
    http: reqwest::Client,
    running: serve::RunningService,
    stop: CancellationToken,
    // Deleted when the test ends.
    _folder: tempfile::TempDir,
}

impl World {
    async fn start() -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let file = folder.path().join("earmark.toml");
        let text = format!(
            "listen = \"127.0.0.1:0\"\ndata_dir = {:?}\n[[organization]]\nslug = \"contoso\"\n\
             crm = {{ kind = \"embedded\" }}\n[organization.mailboxes]\nkind = \"graph\"\n\
             root = \"http://127.0.0.1:9/graph/v1.0\"\nauthority = \"http://127.0.0.1:9/login\"\n\
             tenant = \"contoso.example\"\nclient_id = \"earmark\"\nclient_secret_env = \"SECRET\"\n",
            folder.path().join("data")
        );
        std::fs::write(&file, text).expect("written");
        let environment = |name: &str| match name {
            "EARMARK_ADMIN_TOKEN" => Some(ADMIN.to_owned()),
            "SECRET" => Some("canary".to_owned()),
            _ => None,
        };
        let configuration = config::load(&file, &environment).expect("valid");
        let stop = CancellationToken::new();
        let running = serve::start(configuration, stop.clone()).await.expect("starts");
        let root = format!("http://{}", running.address);
        Self { root, http: reqwest::Client::new(), running, stop, _folder: folder }
    }

    async fn call(&self, method: &str, path: &str, token: Option<&str>) -> reqwest::Response {
        let method = method.parse().expect("a method");
        let request = self.http.request(method, format!("{}{path}", self.root));
        let request = match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        request.send().await.expect("an answer")
    }

    async fn end(self) {
        self.stop.cancel();
        self.running.wait().await;
    }
}

#[tokio::test]
async fn without_a_token_only_health_the_landing_page_and_static_files_answer() {
    let world = World::start().await;
    for path in ["/", "/assets/common/fluent.css", "/healthz", "/readyz"] {
        assert_eq!(world.call("GET", path, None).await.status(), 200, "{path}");
    }
    for path in [
        "/metrics",
        "/api/v1/openapi.json",
        "/api/v1/mailboxes",
        "/api/v1/nothing",
        "/api/data/v9.2/",
        "/api/data/v9.2/$metadata",
        "/api/data/v9.1/emails",
    ] {
        assert_eq!(world.call("GET", path, None).await.status(), 401, "{path}");
        assert_eq!(world.call("GET", path, Some("another")).await.status(), 401, "{path}");
    }
    for path in [
        "/demo/api/state",
        "/graph/v1.0/users",
        "/sandbox/v1/requests",
        "/login/demo/oauth2/v2.0/token",
    ] {
        let answer = world.call("GET", path, Some(ADMIN)).await;
        assert_eq!(answer.status(), 404, "nothing of the demo: {path}");
    }
    world.end().await;
}

#[tokio::test]
async fn the_administrator_reads_the_crm() {
    let world = World::start().await;
    let answer = world.call("GET", "/api/data/v9.2/emails", Some(ADMIN)).await;
    assert_eq!(answer.status(), 200);
    let page: Value = answer.json().await.expect("JSON");
    assert_eq!(page["value"], json!([]));
    world.end().await;
}

#[tokio::test]
async fn every_refusal_has_a_body_and_the_headers() {
    let world = World::start().await;
    for (method, path, status) in [
        ("GET", "/nothing", 404),
        ("POST", "/", 405),
        ("POST", "/healthz", 405),
        ("DELETE", "/api/v1/mailboxes", 405),
        ("GET", "/assets/nothing", 404),
        ("GET", "/api/v1/mailboxes/%FF", 422),
    ] {
        let answer = world.call(method, path, Some(ADMIN)).await;
        assert_eq!(answer.status(), status, "{method} {path}");
        for header in ["content-security-policy", "x-content-type-options", "x-frame-options"] {
            assert!(answer.headers().contains_key(header), "{method} {path}: {header}");
        }
        let problem: Value = answer.json().await.expect("a problem document");
        assert_eq!(problem["status"], status, "{method} {path}");
        assert!(problem["code"].is_string() && problem["requestId"].is_string(), "{problem}");
    }
    world.end().await;
}

#[tokio::test]
async fn a_mailbox_server_that_cannot_be_reached_is_said_by_add_and_by_doctor() {
    let world = World::start().await;
    let request = world.http.post(format!("{}/api/v1/mailboxes", world.root)).bearer_auth(ADMIN);
    let body = json!({"address": "anna@contoso.example"});
    let answer = request.json(&body).send().await.expect("an answer");
    assert_eq!(answer.status(), 503);
    let problem: Value = answer.json().await.expect("JSON");
    assert_eq!(problem["code"], "unavailable");
    assert!(problem["hint"].as_str().expect("a remedy").contains("mailbox enable"), "{problem}");

    let answer = world.call("GET", "/api/v1/doctor", Some(ADMIN)).await;
    let report: Value = answer.json().await.expect("JSON");
    let checks = report["items"].as_array().expect("checks");
    let mailbox = checks.iter().find(|check| check["name"] == "contoso: anna@contoso.example");
    let mailbox = mailbox.expect("the mailbox is checked");
    assert!(mailbox["detail"].as_str().expect("text").contains("unavailable"), "{report}");
    assert!(mailbox["remedy"].as_str().expect("text").contains("address"), "{report}");
    assert_eq!(world.call("GET", "/readyz", None).await.status(), 200);
    world.end().await;
}
