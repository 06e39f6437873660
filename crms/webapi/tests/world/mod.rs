//! A face over an in-memory CRM, asked in-process.
#![allow(dead_code, reason = "each test file uses a part")]

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::Body;
use earmark_embedded::crm::{EmbeddedCrm, NewOrganization};
use earmark_embedded::provision::NewUser;
use earmark_model::{Clock, Instant};
use earmark_webapi::{Authenticate, FaceSettings, Principal, router};
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;
use uuid::Uuid;

/// 2026-11-22T12:00:00Z.
pub const NOW: i64 = 1_795_348_800_000;
/// Where the face is reached.
pub const BASE: &str = "http://crm.example/api/data/v9.2";

struct Standing;

impl Clock for Standing {
    fn now(&self) -> Instant {
        Instant::from_millis(NOW)
    }
}

struct Tokens(Uuid);

impl Authenticate for Tokens {
    fn principal(&self, bearer: &str) -> Option<Principal> {
        match bearer.split_once(':') {
            Some(("user", id)) => id.parse().ok().map(Principal::SystemUser),
            Some(("object", id)) => id.parse().ok().map(Principal::DirectoryObject),
            _ => (bearer == "admin").then_some(Principal::SystemUser(self.0)),
        }
    }
}

pub struct World {
    pub crm: Arc<EmbeddedCrm>,
    pub admin: Uuid,
    router: Router,
}

pub struct Answer {
    pub status: u16,
    pub headers: http::HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }

    /// The id of the row that was made or changed.
    pub fn id(&self) -> String {
        let url = self.header("odata-entityid");
        let (_, id) = url.rsplit_once('(').unwrap_or_else(|| panic!("no entity id: {}", self.text));
        id.trim_end_matches(')').to_owned()
    }

    pub fn code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }

    pub fn message(&self) -> String {
        self.json()["error"]["message"].as_str().unwrap_or_default().to_owned()
    }
}

pub async fn world() -> World {
    world_with(|_| {}).await
}

pub async fn world_with(change: impl FnOnce(&mut FaceSettings)) -> World {
    let next = Arc::new(AtomicU64::new(1));
    let ids: Arc<dyn Fn() -> Uuid + Send + Sync> = Arc::new(move || {
        let number = next.fetch_add(1, Ordering::Relaxed);
        Uuid::from_u64_pair(0x1000_0000_0000_4000, 0x8000_0000_0000_0000 | number)
    });
    let organization = NewOrganization { id: None, name: "Example".into() };
    let mode = earmark_sqlite::Mode::Inline;
    let crm = EmbeddedCrm::open(None, mode, Arc::new(Standing), Arc::clone(&ids), &organization)
        .expect("a CRM in memory");
    let admin = crm.administrator().user;
    let uri = "http://crm.example/login/demo/oauth2/authorize";
    let mut settings = FaceSettings::new(uri, Arc::new(Standing), ids);
    change(&mut settings);
    let face = router(Arc::clone(&crm), Arc::new(Tokens(admin)), settings);
    World { crm, admin, router: Router::new().nest("/api/data", face) }
}

impl World {
    /// A request as the administrator; the address is absolute, or below the root of v9.2.
    pub async fn ask(&self, method: &str, path: &str, body: Value) -> Answer {
        self.ask_with(method, path, &[], body).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, Value::Null).await
    }

    pub async fn ask_with(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Value,
    ) -> Answer {
        let body = match body {
            Value::Null => String::new(),
            Value::String(raw) => raw,
            json => json.to_string(),
        };
        let path = path.strip_prefix("http://crm.example").unwrap_or(path);
        let path = match path.starts_with("/api/") {
            true => path.to_owned(),
            false => format!("/api/data/v9.2/{path}"),
        };
        let path =
            path.replace(' ', "%20").replace('"', "%22").replace('<', "%3C").replace('>', "%3E");
        let mut request = Request::builder().method(method).uri(path).header("host", "crm.example");
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("authorization")) {
            request = request.header("authorization", "Bearer admin");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body)).expect("a request")).await
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.expect("infallible");
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes();
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    /// Makes a row and gives its id.
    pub async fn made(&self, set: &str, body: Value) -> String {
        let answer = self.ask("POST", set, body).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT.as_u16(), "{set}: {}", answer.text);
        answer.id()
    }

    /// A user with a role, or none.
    pub async fn user(&self, name: &str, role: Option<&str>) -> (Uuid, Uuid) {
        let object = Uuid::from_u128(0xabcd_0000 + u128::from(name.len() as u64));
        let user = NewUser {
            mail: format!("{name}@contoso.example"),
            display_name: name.to_owned(),
            directory_id: Some(object),
            role: role.map(str::to_owned),
            enabled: false,
        };
        let made = self.crm.provision_user(user).await.expect("a user");
        (made.principal, object)
    }

    pub async fn contact(&self, first: &str, last: &str) -> String {
        self.made("contacts", json!({"firstname": first, "lastname": last})).await
    }
}

/// The folder with conformance data, where it is there.
pub fn conformance() -> Option<PathBuf> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = match std::env::var_os("EARMARK_CONFORMANCE") {
        Some(folder) => PathBuf::from(folder),
        None => root.join("../shared/conformance"),
    };
    let folder = folder.join("dataverse");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: EARMARK_CONFORMANCE: no conformance data at {}", folder.display());
    None
}
