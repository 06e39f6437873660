//! The Dataverse-compatible face with its tokens.

use crate::api::authorize;
use axum::{Router, extract::Request, http::Uri, middleware::map_request};
use earmark_embedded::EmbeddedCrm;
use earmark_http::{Face, watched};
use earmark_model::Clock;
use earmark_sandbox::identity::{Claims, Identity, Principal as Holder};
use earmark_webapi::{Authenticate, FaceSettings, Principal};
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;
use uuid::Uuid;

/// The versions under which the face answers.
pub const VERSIONS: [&str; 3] = ["v9.0", "v9.1", "v9.2"];

/// Reads bearer tokens for the CRM: the administrator's, and those of the token endpoint where
/// there is one.
struct Tokens {
    identity: Option<Identity>,
    admin_token: SecretString,
    administrator: Uuid,
}

impl Authenticate for Tokens {
    fn principal(&self, bearer: &str) -> Option<Principal> {
        if authorize::is_same(bearer, self.admin_token.expose_secret()) {
            return Some(Principal::SystemUser(self.administrator));
        }
        let claims = self.identity.as_ref()?.verify(bearer).ok()?;
        Some(principal(&claims, self.administrator))
    }
}

/// Whom a token stands for in the CRM. The demo's own application, whose id is no GUID, is the
/// administrator.
fn principal(claims: &Claims, administrator: Uuid) -> Principal {
    match (&claims.principal, Uuid::parse_str(&claims.client_id)) {
        (Holder::User { .. }, _) => Principal::DirectoryObject(claims.object_id),
        (Holder::Application { .. }, Ok(application)) => Principal::Application(application),
        (Holder::Application { .. }, Err(_)) => Principal::SystemUser(administrator),
    }
}

/// The face of `crm`, to be merged at the root. Without an `identity` only the administrator's
/// token is accepted. With a `watch` its requests can be counted and made to fail.
pub fn router(
    crm: &Arc<EmbeddedCrm>,
    identity: Option<Identity>,
    admin_token: SecretString,
    login: String,
    watch: Option<Face>,
    clock: Arc<dyn Clock>,
) -> Router {
    let administrator = crm.administrator().user;
    let tokens = Tokens { identity, admin_token, administrator };
    let settings = FaceSettings::new(login, clock, Arc::new(Uuid::new_v4));
    let face = earmark_webapi::router(crm.clone(), Arc::new(tokens), settings);
    at_versions("/api/data", &VERSIONS, &face, watch.as_ref())
}

/// Puts `face` at `root` for each version. Faults and counts see the path below the version; the
/// face itself sees the version too.
pub fn at_versions(
    root: &str,
    versions: &[&'static str],
    face: &Router,
    watch: Option<&Face>,
) -> Router {
    let mut all = Router::new();
    for &version in versions {
        let whole = face
            .clone()
            .layer(map_request(async move |request: Request| with_version(request, version)));
        let below = match watch {
            Some(watch) => watched(Router::new().fallback_service(whole), watch.clone()),
            None => Router::new().fallback_service(whole),
        };
        all = all.nest_service(&format!("{root}/{version}"), below);
    }
    all
}

fn with_version(mut request: Request, version: &str) -> Request {
    let uri = request.uri();
    let below = uri.path_and_query().map_or("/", |path| path.as_str());
    let mut parts = uri.clone().into_parts();
    if let Ok(path) = format!("/{version}{below}").parse() {
        parts.path_and_query = Some(path);
        if let Ok(uri) = Uri::from_parts(parts) {
            *request.uri_mut() = uri;
        }
    }
    request
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{body::Body, body::to_bytes, extract::OriginalUri};
    use earmark_http::{Target, Wiretap};
    use tower::ServiceExt;

    #[tokio::test]
    async fn the_face_sees_the_version_and_the_counts_do_not() {
        let face = Router::new().fallback(async |original: OriginalUri, request: Request| {
            format!("{} {}", original.0.path(), request.uri())
        });
        let tap = Wiretap::new(1);
        let watch = Face {
            target: Target::Crm,
            tap: tap.clone(),
            exempt: Arc::new(|_| false),
            envelope: earmark_webapi::envelope,
        };
        let router = at_versions("/api/data", &VERSIONS, &face, Some(&watch));
        for (path, seen) in [
            ("/api/data/v9.2/emails?$top=1", "/api/data/v9.2/emails /v9.2/emails?$top=1"),
            ("/api/data/v9.1/", "/api/data/v9.1/ /v9.1/"),
            ("/api/data/v9.0", "/api/data/v9.0 /v9.0/"),
        ] {
            let request = Request::builder().uri(path).body(Body::empty()).expect("a request");
            let response = router.clone().oneshot(request).await.expect("never fails");
            let body = to_bytes(response.into_body(), 1000).await.expect("a body");
            assert_eq!(String::from_utf8_lossy(&body), seen);
        }
        let routes: Vec<String> = tap.counts().into_iter().map(|count| count.route).collect();
        assert_eq!(routes, ["/", "/emails"]);
    }
}
