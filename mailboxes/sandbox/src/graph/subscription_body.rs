//! What bodies say about subscriptions, and which place a resource names.

use super::{
    caller::{READ_BASIC, WRITE_TASKS},
    folders,
    request::{Request, lowered, member, optional_bool, optional_text, text_member, words},
    todo_lists,
};
use crate::{
    error::Refusal,
    store::{
        subscription::{Kind, Wanted},
        user,
    },
};
use earmark_model::Instant;
use earmark_sqlite::rusqlite::Transaction;
use serde_json::Value;
use url::{Host, Url};

/// Units: minutes that a subscription to mail, events or tasks lasts at most. Source: the
/// documents.
const LIFE_MAX_MINUTES: i64 = 4_230;

/// Units: minutes, where the server allows a week. Source: later reports.
const LIFE_MAX_MINUTES_WEEK: i64 = 10_080;

/// Units: characters of the client state. Source: the subscription resource.
const CLIENT_STATE_MAX: usize = 128;

/// Units: characters of an address or a resource.
const TEXT_MAX: usize = 2_048;

const READ_EVENTS: &[&str] = &["Calendars.Read", "Calendars.ReadWrite"];

/// Members that a subscription can be made with.
const KNOWN: &[&str] = &[
    "id",
    "applicationId",
    "creatorId",
    "changeType",
    "resource",
    "notificationUrl",
    "lifecycleNotificationUrl",
    "expirationDateTime",
    "clientState",
    "includeResourceData",
    "latestSupportedTlsVersion",
    "encryptionCertificate",
    "encryptionCertificateId",
    "notificationQueryOptions",
    "notificationUrlAppId",
];

/// Members that only notifications with content need.
const RICH: &[&str] = &["encryptionCertificate", "encryptionCertificateId"];

/// Members that stand for something that is not offered.
const NOT_OFFERED: &[&str] = &["notificationQueryOptions", "notificationUrlAppId"];

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) change_type: String,
    pub(super) wanted: Wanted,
    pub(super) resource: String,
    pub(super) url: String,
    pub(super) lifecycle_url: Option<String>,
    pub(super) client_state: Option<String>,
    pub(super) tls: String,
    /// Units: milliseconds since the epoch.
    pub(super) expires_ms: i64,
}

/// The place that a resource names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// The user's row.
    pub(super) user: i64,
    pub(super) kind: Kind,
    /// The folder's or list's row.
    pub(super) container: Option<i64>,
}

/// What the body of a new subscription asks for.
///
/// Errors: 400, naming the member.
pub(super) fn read(request: &Request, loopback: bool) -> Result<Asked, Refusal> {
    let body = request.object(false)?;
    for (name, _) in body.as_object().into_iter().flatten() {
        if !name.contains('@') && !KNOWN.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            return Err(unreadable(name));
        }
    }
    let is_rich = optional_bool(&body, "includeResourceData")?.unwrap_or(false);
    if let Some(name) = RICH.iter().find(|name| is_rich || is_named(&body, name)) {
        let name = if is_rich { "includeResourceData" } else { name };
        return Err(invalid(
            name,
            "Notifications with resource data are not offered by this server; leave includeResourceData and the encryption certificate out and read the item after each notification.",
        ));
    }
    if let Some(name) = NOT_OFFERED.iter().find(|name| is_named(&body, name)) {
        return Err(invalid(name, &format!("'{name}' is not offered by this server.")));
    }
    let change_type = required(&body, "changeType")?;
    let wanted = wanted(&change_type)?;
    let resource = required(&body, "resource")?;
    let url = address("notificationUrl", &required(&body, "notificationUrl")?, loopback)?;
    let lifecycle_url = optional_text(&body, "lifecycleNotificationUrl")?
        .map(|url| address("lifecycleNotificationUrl", &url, loopback))
        .transpose()?;
    let client_state = optional_text(&body, "clientState")?;
    if client_state.as_ref().is_some_and(|state| state.chars().count() > CLIENT_STATE_MAX) {
        return Err(invalid(
            "clientState",
            &format!("'clientState' must not have more than {CLIENT_STATE_MAX} characters."),
        ));
    }
    let tls = optional_text(&body, "latestSupportedTlsVersion")?;
    let tls = tls.unwrap_or_else(|| "v1_2".to_owned());
    if !matches!(tls.as_str(), "v1_0" | "v1_1" | "v1_2" | "v1_3") {
        return Err(invalid(
            "latestSupportedTlsVersion",
            "'latestSupportedTlsVersion' must be v1_0, v1_1, v1_2 or v1_3.",
        ));
    }
    let expires_ms = expiration(request, &body)?;
    Ok(Asked { change_type, wanted, resource, url, lifecycle_url, client_state, tls, expires_ms })
}

/// The new end of a subscription. Units: milliseconds since the epoch.
///
/// Errors: 400 when the body says anything else.
pub(super) fn renewal(request: &Request, body: &Value) -> Result<i64, Refusal> {
    for (name, value) in body.as_object().into_iter().flatten() {
        let is_end = name.eq_ignore_ascii_case("expirationDateTime");
        if !is_end && !name.contains('@') && !value.is_null() {
            return Err(invalid(
                name,
                &format!("'{name}' cannot be changed; only expirationDateTime can."),
            ));
        }
    }
    expiration(request, body)
}

/// The place that a resource names, if the caller may subscribe to it.
///
/// Errors: 400 when there is no such kind of resource, 403 without the right to it, 404 when the
/// user or folder is not there.
pub(super) fn place(
    tx: &Transaction<'_>,
    request: &Request,
    resource: &str,
) -> Result<Place, Refusal> {
    let unsupported = || {
        invalid(
            "resource",
            &format!("Resource '{resource}' is not supported for change notifications."),
        )
    };
    if resource.contains('?') {
        return Err(invalid(
            "resource",
            "Query options in 'resource' are not offered by this server; name the collection alone.",
        ));
    }
    let all = words(resource.trim_matches('/'))?;
    let lower: Vec<String> = all.iter().map(|word| lowered(word)).collect();
    let lower: Vec<&str> = lower.iter().map(String::as_str).collect();
    let (owner, from) = match (lower.as_slice(), &request.caller) {
        (["me", ..], super::caller::Caller::User { mail, .. }) => (mail.as_str(), 1),
        (["me", ..], _) => {
            return Err(Refusal::bad_request(
                "/me request is only valid with delegated authentication flow.",
            ));
        }
        (["users", _, ..], _) => (all[1].as_str(), 2),
        _ => return Err(unsupported()),
    };
    let owner = user::get(tx, owner)?;
    if !owner.enabled {
        return Err(Refusal::no_mailbox());
    }
    request.caller.may_open(&owner)?;
    let (kind, container) = match &lower[from..] {
        ["messages"] => (Kind::Message, None),
        ["mailfolders", _, "messages"] => {
            request.caller.needs(READ_BASIC)?;
            let folder = folders::find(tx, &owner, &all[from + 1])?;
            if folder.search.is_some() {
                return Err(unsupported());
            }
            (Kind::Message, Some(folder.row))
        }
        ["events"] => (Kind::Event, None),
        ["todo", "lists", _, "tasks"] => {
            (Kind::Task, Some(todo_lists::find(tx, &owner, &all[from + 2])?.row))
        }
        _ => return Err(unsupported()),
    };
    request.caller.needs(match kind {
        Kind::Message => READ_BASIC,
        Kind::Event => READ_EVENTS,
        Kind::Task => WRITE_TASKS,
    })?;
    let by_itself = request.caller.application().is_some();
    if kind == Kind::Task && by_itself && !request.quirks.todo_app_subscriptions {
        return Err(Refusal::access_denied());
    }
    Ok(Place { user: owner.row, kind, container })
}

fn wanted(change_type: &str) -> Result<Wanted, Refusal> {
    let mut wanted = Wanted::default();
    for word in change_type.split(',') {
        match word.trim().to_ascii_lowercase().as_str() {
            "created" => wanted.created = true,
            "updated" => wanted.updated = true,
            "deleted" => wanted.deleted = true,
            _ => {
                return Err(invalid(
                    "changeType",
                    "'changeType' must be a list of created, updated and deleted, separated by commas.",
                ));
            }
        }
    }
    Ok(wanted)
}

/// An https address, or an http one of this machine where that is allowed.
fn address(name: &str, text: &str, loopback: bool) -> Result<String, Refusal> {
    let refused = |why: &str| invalid(name, &format!("'{name}' {why}"));
    if text.len() > TEXT_MAX {
        return Err(refused("is too long."));
    }
    let url = Url::parse(text).map_err(|_| refused("must be an absolute https address."))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refused("must not hold a user name."));
    }
    let is_local = match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => return Err(refused("must name a host.")),
    };
    match url.scheme() {
        "https" => Ok(text.to_owned()),
        "http" if loopback && is_local => Ok(text.to_owned()),
        _ => Err(refused("must be an https address.")),
    }
}

fn expiration(request: &Request, body: &Value) -> Result<i64, Refusal> {
    let text = match member(body, "expirationDateTime") {
        None => {
            return Err(invalid(
                "expirationDateTime",
                "expirationDateTime is a required property for subscription creation.",
            ));
        }
        Some(Value::String(text)) => text,
        Some(_) => return Err(unreadable("expirationDateTime")),
    };
    let asked =
        Instant::parse_rfc3339(text).ok_or_else(|| unreadable("expirationDateTime"))?.as_millis();
    if asked <= request.now_ms {
        return Err(invalid(
            "expirationDateTime",
            "Subscription expiration must be in the future.",
        ));
    }
    let minutes =
        if request.quirks.subscription_week { LIFE_MAX_MINUTES_WEEK } else { LIFE_MAX_MINUTES };
    let latest = request.now_ms + minutes * 60 * 1000;
    if asked <= latest {
        return Ok(asked);
    }
    if request.quirks.subscription_clamps {
        return Ok(latest);
    }
    Err(Refusal::new(
        400,
        "ExtensionError",
        format!("Subscription expiration can only be {minutes} minutes in the future."),
    )
    .about("expirationDateTime"))
}

fn required(body: &Value, name: &str) -> Result<String, Refusal> {
    let text = match member(body, name) {
        None => String::new(),
        Some(_) => text_member(body, name)?,
    };
    if text.trim().is_empty() {
        let why = format!("{name} is a required property for subscription creation.");
        return Err(invalid(name, &why));
    }
    Ok(text)
}

fn is_named(body: &Value, name: &str) -> bool {
    member(body, name).is_some_and(|value| *value != Value::String(String::new()))
}

fn invalid(name: &str, why: &str) -> Refusal {
    Refusal::new(400, "InvalidRequest", why).about(name)
}

fn unreadable(name: &str) -> Refusal {
    invalid(
        name,
        "Could not process subscription creation payload. Are all property names spelled and camelCased properly?",
    )
}
