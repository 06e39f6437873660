//! The control API: what tests and people do to the sandbox. Every route needs the admin token.

mod problem;

mod users;

mod mail;

mod rules;

mod tasks;

mod faults;

mod behaviour;

mod subscriptions;

use crate::{sandbox::Sandbox, settings::AdminCheck};
use axum::{
    Router,
    body::to_bytes,
    extract::{FromRequestParts, Path, Request, State},
    http::request::Parts,
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{delete, get, post, put},
};
use bytes::Bytes;
use problem::Problem;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// Units: bytes of a body. A message may have 150 MB; more than that is refused with a line.
const BODY_MAX: usize = 160 * 1024 * 1024;

/// Units: bytes of a body that is JSON.
const JSON_MAX: usize = 1024 * 1024;

/// The routes, to be nested under `/sandbox/v1`.
pub(crate) fn router(sandbox: Arc<Sandbox>, admin: AdminCheck) -> Router {
    Router::new()
        .route("/clients", post(users::add_client))
        .route("/users", get(users::list).post(users::create))
        .route("/users/{mail}", get(users::get).patch(users::change).delete(users::remove))
        .route("/users/{mail}/import", post(mail::import))
        .route("/users/{mail}/categories/rename", post(mail::rename_category))
        .route("/users/{mail}/rules/run", post(rules::run))
        .route("/users/{mail}/tasks/move", post(tasks::move_task))
        .route("/users/{mail}/mail-permissions", put(users::share_mail))
        .route("/users/{mail}/expire-checkpoints", post(users::expire_checkpoints))
        .route("/deliver", post(mail::deliver))
        .route("/sent", get(mail::sent))
        .route("/faults", put(faults::put).get(faults::get).delete(faults::clear))
        .route("/requests", get(faults::requests).delete(faults::clear_requests))
        .route("/quirks", put(behaviour::put).get(behaviour::get))
        .route("/reset", post(behaviour::reset))
        .route("/subscriptions", get(subscriptions::list))
        .route("/subscriptions/{id}", delete(subscriptions::remove))
        .route("/subscriptions/{id}/lifecycle", post(subscriptions::lifecycle))
        .fallback(async || {
            Problem::new(404, "no such route; the routes are in the documentation of the sandbox")
        })
        .method_not_allowed_fallback(async || {
            Problem::new(405, "this route does not take that method")
        })
        .layer(from_fn_with_state(admin, guarded))
        .with_state(sandbox)
}

async fn guarded(State(admin): State<AdminCheck>, request: Request, next: Next) -> Response {
    if admin(request.headers()) {
        return next.run(request).await;
    }
    Problem::new(401, "Authorization: give the admin token as `Bearer <token>`").into_response()
}

/// The one name in the address, decoded.
struct Named(String);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let name = Path::<String>::from_request_parts(parts, state).await;
        name.map(|Path(name)| Self(name))
            .map_err(|_| Problem::new(400, "path: a name is not UTF-8; percent-encode it as UTF-8"))
    }
}

/// The body of a request as it is.
async fn body_of(request: Request) -> Result<Bytes, Problem> {
    to_bytes(request.into_body(), BODY_MAX)
        .await
        .map_err(|_| Problem::new(413, "body: too large; a message may have 150 MB"))
}

/// The body of a request as JSON; the refusal names the member.
async fn json_of<T: DeserializeOwned>(request: Request) -> Result<T, Problem> {
    let body = to_bytes(request.into_body(), JSON_MAX)
        .await
        .map_err(|_| Problem::new(413, "body: JSON of more than 1 MB; send less at once"))?;
    serde_json::from_slice(&body).map_err(|error| {
        let text = error.to_string();
        let field = text.split('`').nth(1).unwrap_or("body").to_owned();
        Problem { field: Some(field), ..Problem::new(400, format!("body: {text}")) }
    })
}

/// An empty success.
fn done() -> Response {
    http::StatusCode::NO_CONTENT.into_response()
}
