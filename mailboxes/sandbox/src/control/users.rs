//! Users and applications.

use super::{Named, Problem, done, json_of};
use crate::{
    operate::UserChange,
    sandbox::{KeptClient, Sandbox},
    store::{
        sharing::MailRole,
        user::{Access, User, UserKind},
    },
};
use axum::{
    Json,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewUser {
    mail: String,
    display_name: Option<String>,
    #[serde(default)]
    kind: UserKind,
    #[serde(default)]
    system_user: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Change {
    display_name: Option<String>,
    mail: Option<String>,
    user_principal_name: Option<String>,
    mailbox_enabled: Option<bool>,
    to_do_enabled: Option<bool>,
    access: Option<Access>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Share {
    address: String,
    role: MailRole,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewClient {
    client_id: String,
    secret: Option<String>,
    certificate: Option<String>,
}

pub(super) async fn create(
    State(sandbox): State<Arc<Sandbox>>,
    request: Request,
) -> Result<Response, Problem> {
    let new: NewUser = json_of(request).await?;
    let mail = new.mail.trim();
    check_mail(mail)?;
    let local = mail.split('@').next().unwrap_or(mail);
    let name = new.display_name.as_deref().map(str::trim).filter(|name| !name.is_empty());
    let user = sandbox.create_user(mail, name.unwrap_or(local), new.kind, new.system_user).await?;
    let mut body = shown(&user);
    body["systemUser"] = json!(new.system_user);
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

pub(super) async fn list(State(sandbox): State<Arc<Sandbox>>) -> Result<Response, Problem> {
    let users: Vec<Value> = sandbox.users().await?.iter().map(shown).collect();
    Ok(Json(json!({ "users": users })).into_response())
}

pub(super) async fn get(
    State(sandbox): State<Arc<Sandbox>>,
    Named(mail): Named,
) -> Result<Response, Problem> {
    Ok(Json(shown(&sandbox.user(&mail).await?)).into_response())
}

pub(super) async fn change(
    State(sandbox): State<Arc<Sandbox>>,
    Named(mail): Named,
    request: Request,
) -> Result<Response, Problem> {
    let change: Change = json_of(request).await?;
    for name in [&change.mail, &change.user_principal_name].into_iter().flatten() {
        check_mail(name.trim())?;
    }
    let wanted = UserChange {
        display_name: change.display_name,
        mail: change.mail,
        principal: change.user_principal_name,
        enabled: change.mailbox_enabled,
        to_do: change.to_do_enabled,
        access: change.access,
    };
    Ok(Json(shown(&sandbox.change_user(&mail, wanted).await?)).into_response())
}

pub(super) async fn remove(
    State(sandbox): State<Arc<Sandbox>>,
    Named(mail): Named,
) -> Result<Response, Problem> {
    sandbox.delete_user(&mail).await?;
    Ok(done())
}

pub(super) async fn share_mail(
    State(sandbox): State<Arc<Sandbox>>,
    Named(mail): Named,
    request: Request,
) -> Result<Response, Problem> {
    let share: Share = json_of(request).await?;
    check_mail(&share.address)?;
    sandbox.share_mail(&mail, &share.address, share.role).await?;
    Ok(done())
}

pub(super) async fn expire_checkpoints(
    State(sandbox): State<Arc<Sandbox>>,
    Named(mail): Named,
) -> Result<Response, Problem> {
    sandbox.expire_checkpoints(&mail).await?;
    Ok(done())
}

pub(super) async fn add_client(
    State(sandbox): State<Arc<Sandbox>>,
    request: Request,
) -> Result<Response, Problem> {
    let new: NewClient = json_of(request).await?;
    sandbox
        .identity()
        .add_client(&new.client_id, new.secret.as_deref(), new.certificate.as_deref())
        .map_err(|error| {
            let line = error.to_string();
            let field = line.split([' ', ':']).next().unwrap_or("clientId").to_owned();
            Problem { field: Some(field), ..Problem::new(400, line) }
        })?;
    let client_id = new.client_id.clone();
    let kept =
        KeptClient { client_id: new.client_id, secret: new.secret, certificate: new.certificate };
    sandbox.keep_client(kept).await?;
    Ok((StatusCode::CREATED, Json(json!({ "clientId": client_id }))).into_response())
}

fn check_mail(mail: &str) -> Result<(), Problem> {
    let fits = mail.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.is_empty() && !domain.contains('@')
    });
    let odd =
        mail.chars().any(|c| c.is_whitespace() || c.is_control() || "<>()[],;:\\\"/?#".contains(c));
    if fits && !odd && mail.len() <= 320 {
        return Ok(());
    }
    Err(Problem::field("mail", "not an address; give one such as ana@fabrikam.test"))
}

fn shown(user: &User) -> Value {
    json!({
        "id": user.guid.to_string(),
        "mail": user.mail,
        "userPrincipalName": user.principal.as_ref().unwrap_or(&user.mail),
        "displayName": user.display_name,
        "kind": user.kind,
        "mailboxEnabled": user.enabled,
        "toDoEnabled": user.to_do,
        "access": user.access,
    })
}
