//! Subscriptions to change notifications: made, listed, renewed, ended.

use super::{
    request::{Reply, Request},
    subscription_body::{self, Asked},
};
use crate::{
    error::Refusal,
    notifier::shake_hands,
    sandbox::Sandbox,
    store::{
        notice, setting,
        subscription::{self, Kind, Subscription},
    },
};
use earmark_model::Instant;
use earmark_sqlite::rusqlite::Transaction;
use http::Method;
use serde_json::{Value, json};

/// Units: subscriptions to mail and events of one mailbox, over all applications. Source: the
/// documents.
const MAILBOX_MAX: i64 = 1_000;

/// Units: subscriptions in a page.
const PAGE: u64 = 100;

/// Units: milliseconds before the end at which its maker is told; earlier than the last quarter
/// of its life never.
const WARNED_BEFORE_MS: i64 = 60 * 60 * 1000;

/// A request below `/subscriptions`.
pub(crate) async fn answer(sandbox: &Sandbox, request: Request) -> Result<Reply, Refusal> {
    let route: Vec<String> = request.lower[1..].to_vec();
    let route: Vec<&str> = route.iter().map(String::as_str).collect();
    match (request.method.clone(), route.as_slice()) {
        (Method::POST, []) => create(sandbox, request).await,
        (Method::GET, []) => sandbox.database().read(move |tx| list(tx, &request)).await,
        (Method::GET, [_]) => {
            let read = move |tx: &Transaction<'_>| Ok(one(&request, 200, &find(tx, &request)?));
            sandbox.database().read(read).await
        }
        (Method::PATCH, [_]) => sandbox.database().write(move |tx| renew(tx, &request)).await,
        (Method::DELETE, [_]) => {
            let delete = move |tx: &Transaction<'_>| {
                subscription::delete(tx, find(tx, &request)?.row)?;
                Ok(Reply::empty(204))
            };
            sandbox.database().write(delete).await
        }
        (Method::POST, [_, "reauthorize"]) => {
            let reauthorize = move |tx: &Transaction<'_>| {
                notice::unsay_reauthorization(tx, find(tx, &request)?.row)?;
                Ok(Reply::empty(204))
            };
            sandbox.database().write(reauthorize).await
        }
        (_, [] | [_] | [_, "reauthorize"]) => Err(Refusal::method_not_allowed()),
        (_, [_, other, ..]) => Err(Refusal::no_segment(other)),
    }
}

async fn create(sandbox: &Sandbox, request: Request) -> Result<Reply, Refusal> {
    let Some(transport) = sandbox.settings().push.clone() else {
        return Err(Refusal::new(
            501,
            "NotImplemented",
            "Change notifications are not offered by this server.",
        ));
    };
    let asked = subscription_body::read(&request, sandbox.settings().loopback_push)?;
    let (asked, request) = sandbox
        .database()
        .read(move |tx| {
            admitted(tx, &request, &asked)?;
            Ok::<_, Refusal>((asked, request))
        })
        .await?;
    for url in [Some(&asked.url), asked.lifecycle_url.as_ref()].into_iter().flatten() {
        shake_hands(&*transport, url, &sandbox.next_request_id()).await?;
    }
    sandbox
        .database()
        .write(move |tx| {
            let subscription = admitted(tx, &request, &asked)?;
            let guid = setting::next_guid(tx, request.seed)?;
            let subscription = Subscription { guid, ..subscription };
            subscription::insert(tx, &subscription)?;
            Ok(one(&request, 201, &subscription))
        })
        .await
}

/// What would be kept, without an id.
///
/// Errors: no such resource, no right to it, or too many subscriptions already.
fn admitted(
    tx: &Transaction<'_>,
    request: &Request,
    asked: &Asked,
) -> Result<Subscription, Refusal> {
    let place = subscription_body::place(tx, request, &asked.resource)?;
    match (place.kind, place.container) {
        (Kind::Task, Some(list)) => {
            if subscription::is_on_list(tx, place.user, list, request.now_ms)? {
                return Err(over_quota("The task list has a subscription already."));
            }
        }
        _ => {
            let count = subscription::count_of_mailbox(tx, place.user, request.now_ms)?;
            if count >= MAILBOX_MAX {
                return Err(over_quota(&format!(
                    "The mailbox has reached its limit of {MAILBOX_MAX} subscriptions."
                )));
            }
        }
    }
    let lifecycle_url = asked.lifecycle_url.clone();
    Ok(Subscription {
        row: 0,
        guid: uuid::Uuid::nil(),
        user: place.user,
        application: request.caller.client().unwrap_or("admin").to_owned(),
        creator: request.caller.object().to_string(),
        resource: asked.resource.clone(),
        kind: place.kind,
        container: place.container,
        change_type: asked.change_type.clone(),
        wanted: asked.wanted,
        immutable: request.immutable(),
        url: asked.url.clone(),
        warn_ms: warn_ms(lifecycle_url.is_some(), request.now_ms, asked.expires_ms),
        lifecycle_url,
        client_state: asked.client_state.clone(),
        tls: asked.tls.clone(),
        expires_ms: asked.expires_ms,
    })
}

fn over_quota(why: &str) -> Refusal {
    Refusal::new(403, "ExtensionError", format!("Subscription quota exceeded. {why}"))
}

fn warn_ms(can_be_told: bool, now_ms: i64, expires_ms: i64) -> Option<i64> {
    let life_ms = expires_ms - now_ms;
    can_be_told.then_some(expires_ms - WARNED_BEFORE_MS.min(life_ms / 4))
}

fn list(tx: &Transaction<'_>, request: &Request) -> Result<Reply, Refusal> {
    let mut all = subscription::list(tx, request.now_ms)?;
    all.retain(|one| is_seen(request, one));
    let top = request.query.top.unwrap_or(PAGE).clamp(1, PAGE);
    let skip = request.query.skip.unwrap_or(0);
    let (from, size) = (usize::try_from(skip).unwrap_or(usize::MAX), usize::try_from(top));
    let page: Vec<Value> =
        all.iter().skip(from).take(size.unwrap_or(usize::MAX)).map(shown).collect();
    let next = skip.saturating_add(top);
    let mut body = json!({
        "@odata.context": request.context("subscriptions"),
        "value": page,
    });
    if u64::try_from(all.len()).is_ok_and(|count| count > next) {
        body["@odata.nextLink"] = json!(request.link(&[("$skip", &next.to_string())]));
    }
    Ok(Reply::json(200, body))
}

fn renew(tx: &Transaction<'_>, request: &Request) -> Result<Reply, Refusal> {
    let known = find(tx, request)?;
    let body = request.object(false)?;
    let expires_ms = subscription_body::renewal(request, &body)?;
    let warn_ms = warn_ms(known.lifecycle_url.is_some(), request.now_ms, expires_ms);
    subscription::renew(tx, known.row, expires_ms, warn_ms)?;
    notice::unsay_reauthorization(tx, known.row)?;
    Ok(one(request, 200, &Subscription { expires_ms, warn_ms, ..known }))
}

/// The subscription that the path names, if the caller may see it.
fn find(tx: &Transaction<'_>, request: &Request) -> Result<Subscription, Refusal> {
    subscription::find(tx, &request.words[1], request.now_ms)?
        .filter(|found| is_seen(request, found))
        .ok_or_else(|| Refusal::new(404, "ResourceNotFound", "The object was not found."))
}

/// An application sees what it made; for a user, what it made for the user.
fn is_seen(request: &Request, subscription: &Subscription) -> bool {
    let Some(client) = request.caller.client() else { return true };
    let is_own = client.eq_ignore_ascii_case(&subscription.application);
    let is_by_itself = request.caller.application().is_some();
    is_own && (is_by_itself || subscription.creator == request.caller.object().to_string())
}

fn one(request: &Request, status: u16, subscription: &Subscription) -> Reply {
    let mut body = shown(subscription);
    body["@odata.context"] = json!(request.context("subscriptions/$entity"));
    Reply::json(status, body)
}

/// A subscription as the wire has it.
pub(crate) fn shown(subscription: &Subscription) -> Value {
    json!({
        "id": subscription.guid,
        "resource": subscription.resource,
        "applicationId": subscription.application,
        "changeType": subscription.change_type,
        "clientState": subscription.client_state,
        "notificationUrl": subscription.url,
        "notificationQueryOptions": null,
        "lifecycleNotificationUrl": subscription.lifecycle_url,
        "expirationDateTime": Instant::from_millis(subscription.expires_ms).to_string(),
        "creatorId": subscription.creator,
        "includeResourceData": null,
        "latestSupportedTlsVersion": subscription.tls,
        "encryptionCertificate": null,
        "encryptionCertificateId": null,
        "notificationUrlAppId": null,
    })
}
