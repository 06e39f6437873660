//! `/outlook/`: the sandbox's Outlook-like pages, and the one thing they do that Graph cannot.

use super::mail_access::MailAccess;
use crate::{
    api::{input::Body, problem::Problem},
    commands::mailbox::encoded,
    pages::{bar, files, policy},
};
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, Method, StatusCode, header},
    response::Response,
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};

/// The pages.
pub fn router(mail: MailAccess) -> Router {
    Router::new()
        .route("/outlook/message-frame.html", get(message_frame))
        .route("/outlook/api/rename-category", post(rename).with_state(mail))
        .merge(bar::outlook())
}

/// The frame that holds a message's body, without scripts.
async fn message_frame(headers: HeaderMap) -> Response {
    policy::message_frame(files::file("outlook/message-frame.html", &headers))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rename {
    mailbox: String,
    from: String,
    to: String,
}

/// Renames an entry of the master list, as Outlook does it; Graph cannot. Whoever may read that
/// list with the token that is given may rename in it.
async fn rename(
    State(mail): State<MailAccess>,
    headers: HeaderMap,
    Body(wanted): Body<Rename>,
) -> Result<StatusCode, Problem> {
    let user = encoded(&wanted.mailbox);
    let token = headers.get(header::AUTHORIZATION).ok_or_else(|| {
        Problem::new(StatusCode::UNAUTHORIZED, "token", "the user's token is missing")
            .hint("Sign in again")
    })?;
    let list = format!("/graph/v1.0/users/{user}/outlook/masterCategories");
    mail.as_somebody(Method::GET, &list, Vec::new(), token.clone()).await?;
    // As in Outlook, what bears the old name gets the new one.
    let body = json!({"from": wanted.from, "to": wanted.to, "rewriteItems": true});
    let body = body.to_string().into_bytes();
    let path = format!("/sandbox/v1/users/{user}/categories/rename");
    let _: Value = mail.call(Method::POST, &path, "application/json", body).await?;
    Ok(StatusCode::NO_CONTENT)
}
