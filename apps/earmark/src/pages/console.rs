//! `/admin/`: the console's page and its sign-in.

use super::bar;
use crate::{
    access::session::{self, Session, SessionRefusal},
    api::{
        authorize::{self, forged},
        input::Body,
        problem::Problem,
    },
    service::state::Service,
};
use axum::{
    Extension, Json, Router,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use earmark_sandbox::identity::OverTls;
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// The console. `environment` is what its badge says: `sandbox` or `service`.
pub fn router(service: Arc<Service>, environment: &'static str) -> Router {
    let console = Console { service, environment };
    let session = get(show).post(sign_in).delete(sign_out);
    Router::new()
        .route("/admin/api/session", session)
        .with_state(console)
        .merge(bar::console(environment == "sandbox"))
}

#[derive(Clone)]
struct Console {
    service: Arc<Service>,
    environment: &'static str,
}

impl Console {
    fn view(&self, session: &Session) -> Json<Value> {
        Json(json!({
            "csrf": session.csrf,
            "expiresAt": session.ends().to_string(),
            "environment": self.environment,
            "version": env!("CARGO_PKG_VERSION"),
        }))
    }
}

/// The session of the page that asks. A page of another origin cannot read the answer.
async fn show(State(console): State<Console>, headers: HeaderMap) -> Result<Json<Value>, Problem> {
    let session = console.service.sessions.of(&headers, console.service.clock.now());
    session.map(|session| console.view(&session)).ok_or_else(not_signed_in)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignIn {
    token: String,
}

async fn sign_in(
    State(console): State<Console>,
    tls: Option<Extension<OverTls>>,
    headers: HeaderMap,
    Body(given): Body<SignIn>,
) -> Result<Response, Problem> {
    let service = &console.service;
    let now = service.clock.now();
    let is_json = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    if !is_json || !session::is_same_origin(&headers) {
        return Err(forged());
    }
    if let Some(wait) = service.sessions.closed_for(now) {
        return Err(Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "sign_in",
            "too many wrong tokens in a minute",
        )
        .hint("Wait, then try again")
        .retry_after(wait));
    }
    if !authorize::is_same(&given.token, service.admin_token.expose_secret()) {
        service.sessions.count_wrong(now);
        tracing::warn!("a sign-in with a wrong token was refused");
        return Err(not_signed_in());
    }
    // Whatever session the browser had before ends with the new one.
    service.sessions.end(&headers);
    let (value, session) = service.sessions.begin(now).map_err(|_| no_randomness())?;
    let mut response = console.view(&session).into_response();
    put_cookie(&mut response, &value, tls.is_some() || is_forwarded_tls(&headers));
    Ok(response)
}

async fn sign_out(
    State(console): State<Console>,
    tls: Option<Extension<OverTls>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let service = &console.service;
    match service.sessions.check(&headers, service.clock.now()) {
        Err(SessionRefusal::Forged) => return Err(forged()),
        Ok(_) | Err(SessionRefusal::Ended) => service.sessions.end(&headers),
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    put_cookie(&mut response, "", tls.is_some() || is_forwarded_tls(&headers));
    Ok(response)
}

/// A proxy in front of us speaks https with the browser.
fn is_forwarded_tls(headers: &HeaderMap) -> bool {
    headers.get("x-forwarded-proto").is_some_and(|proto| proto.as_bytes() == b"https")
}

fn put_cookie(response: &mut Response, value: &str, is_secure: bool) {
    if let Ok(cookie) = HeaderValue::from_str(&session::set_cookie(value, is_secure)) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
}

fn not_signed_in() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "sign_in", "the token is not accepted")
        .hint("Sign in with the administrator's token")
}

fn no_randomness() -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "random", "the system gives no randomness now")
        .hint("Try again")
}
