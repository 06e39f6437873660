//! `/addin/`: the task pane, its settings, and the manifests.

use super::{
    files,
    manifest::{self, Application},
    policy,
};
use crate::{api::problem::Problem, service::state::Service};
use axum::{
    Extension, Json, Router,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use earmark_sandbox::identity::OverTls;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// The vendor's library, as the pane names it.
const OFFICE_JS: &str = "https://appsforoffice.microsoft.com/lib/1/hosted/office.js";

/// The sandbox's stand-in for it.
const STUB: &str = "/addin/host/office.js";

/// What the add-in's addresses need to know.
#[derive(Debug, Clone, Default)]
pub struct AddinPages {
    /// The address under which Outlook reaches the service; without it, the one of the request.
    pub origin: Option<String>,
    /// More hosts that may show the pane in a frame.
    pub framed_by: Vec<String>,
    /// The sandbox's Outlook may stand in for the real one.
    pub sandbox: bool,
}

#[derive(Clone)]
struct Pane {
    service: Arc<Service>,
    pages: Arc<AddinPages>,
}

/// The add-in's addresses.
pub fn router(service: Arc<Service>, pages: AddinPages) -> Router {
    Router::new()
        .route("/addin/manifest.xml", get(xml))
        .route("/addin/manifest.json", get(unified))
        .route("/addin/manifest.zip", get(package))
        .route("/addin/settings.json", get(settings))
        .route(
            "/addin/taskpane.html",
            get(async |pane, host, headers| page("taskpane", pane, host, headers)),
        )
        .route(
            "/addin/signin.html",
            get(async |pane, host, headers| page("signin", pane, host, headers)),
        )
        .route("/addin/{*path}", get(file))
        .with_state(Pane { service, pages: Arc::new(pages) })
}

impl Pane {
    fn application(&self) -> Option<Application> {
        let settings = self.service.addin.as_ref()?.directory.settings();
        Some(Application {
            client_id: settings.client_id.clone(),
            audience: settings.audience.clone(),
            scope: settings.scope.clone(),
        })
    }

    fn finished(&self, response: Response) -> Response {
        let addin = self.service.addin.as_ref().filter(|_| !self.pages.sandbox);
        let sign_in = addin.map(|addin| addin.directory.settings().authority.origin());
        let sign_in = sign_in.map(|origin| origin.ascii_serialization());
        policy::addin(response, sign_in.as_deref(), &self.pages.framed_by)
    }

    /// The address that a manifest names.
    fn origin(&self, headers: &HeaderMap, is_tls: bool) -> Result<String, Problem> {
        if let Some(origin) = &self.pages.origin {
            return Ok(origin.clone());
        }
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let host = text(header::HOST.as_str()).filter(|host| is_host(host)).ok_or_else(|| {
            Problem::unusable("host", "the request names no host")
                .hint("Set `addin.url` in the configuration")
        })?;
        let is_tls = is_tls || text("x-forwarded-proto") == Some("https");
        Ok(format!("{}://{host}", if is_tls { "https" } else { "http" }))
    }
}

/// Whether a `Host` header can stand in an address as it is.
fn is_host(host: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    !host.is_empty() && host.len() <= 255 && host.chars().all(fits)
}

async fn xml(
    State(pane): State<Pane>,
    tls: Option<Extension<OverTls>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let origin = pane.origin(&headers, tls.is_some())?;
    let text = manifest::xml(&origin).map_err(|_| not_made())?;
    Ok(download("application/xml; charset=utf-8", "earmark-manifest.xml", text.into_bytes()))
}

async fn unified(
    State(pane): State<Pane>,
    tls: Option<Extension<OverTls>>,
    headers: HeaderMap,
) -> Result<Json<Value>, Problem> {
    let origin = pane.origin(&headers, tls.is_some())?;
    Ok(Json(manifest::unified(&origin, pane.application().as_ref())))
}

async fn package(
    State(pane): State<Pane>,
    tls: Option<Extension<OverTls>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let origin = pane.origin(&headers, tls.is_some())?;
    let color = files::bytes("addin/icons/192.png");
    let outline = files::bytes("addin/icons/outline.png");
    let icons = [("color.png", color.as_slice()), ("outline.png", outline.as_slice())];
    let package = manifest::package(&origin, pane.application().as_ref(), icons);
    Ok(download("application/zip", "earmark-manifest.zip", package.map_err(|_| not_made())?))
}

fn download(kind: &'static str, name: &str, bytes: Vec<u8>) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    ([(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, disposition)], bytes)
        .into_response()
}

fn not_made() -> Problem {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "manifest", "the manifest cannot be made")
}

/// How the pane signs people in. Open: the pane asks before anybody is signed in.
async fn settings(State(pane): State<Pane>) -> Response {
    let addin = pane.service.addin.as_ref();
    let view = match addin.map(|addin| addin.directory.settings()) {
        None => json!({"signIn": false, "help": "/help/"}),
        Some(settings) => json!({
            "signIn": true,
            "clientId": settings.client_id,
            // The sandbox signs people in at whatever name it is reached by.
            "authority": match pane.pages.sandbox {
                true => format!("{}/{}", settings.authority.path(), settings.tenant),
                false => format!(
                    "{}/{}", settings.authority.as_str().trim_end_matches('/'), settings.tenant
                ),
            },
            "scope": format!("{}/{}", settings.audience, settings.scope),
            "password": pane.pages.sandbox,
            "msal": files::has("vendor/msal/msal-browser.min.js")
                .then_some("/assets/vendor/msal/msal-browser.min.js"),
            "help": "/help/",
            // The pages of the records; a real CRM has its own.
            "records": pane.pages.sandbox.then_some("/crm/#"),
        }),
    };
    pane.finished(Json(view).into_response())
}

#[derive(Deserialize)]
struct Host {
    host: Option<String>,
}

/// A page of the pane. In the sandbox's Outlook it loads the stand-in for the vendor's library;
/// nothing else differs.
fn page(
    name: &str,
    State(pane): State<Pane>,
    Query(wanted): Query<Host>,
    headers: HeaderMap,
) -> Response {
    let path = format!("addin/{name}.html");
    if !pane.pages.sandbox || wanted.host.as_deref() != Some("sandbox") {
        return pane.finished(files::file(&path, &headers));
    }
    let page = files::bytes(&path);
    let page = String::from_utf8_lossy(&page).replace(OFFICE_JS, STUB);
    pane.finished(([(header::CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response())
}

async fn file(State(pane): State<Pane>, Path(path): Path<String>, headers: HeaderMap) -> Response {
    if path.starts_with("host/") && !pane.pages.sandbox {
        return Problem::missing("path", "there is nothing at this address").into_response();
    }
    pane.finished(files::file(&format!("addin/{path}"), &headers))
}
