//! Users, their mailbox settings, the organization.

use super::request::{Reply, Request, text_member};
use crate::{
    error::Refusal,
    identity,
    store::user::{self, User},
};
use earmark_odata::{Evaluate, compare_by, matches};
use earmark_sqlite::rusqlite::Transaction;
use http::Method;
use serde_json::{Map, Value, json};

/// Units: users in a page.
const PAGE: u64 = 100;
const PAGE_MAX: u64 = 999;

/// What is shown without `$select`. Source: the user resource.
const DEFAULTS: &[&str] = &[
    "id",
    "businessPhones",
    "displayName",
    "givenName",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
];

/// What `$select` can name beside those.
const ON_REQUEST: &[&str] = &[
    "accountEnabled",
    "assignedPlans",
    "createdDateTime",
    "department",
    "mailNickname",
    "onPremisesImmutableId",
    "otherMails",
    "proxyAddresses",
    "showInAddressList",
    "userType",
];

pub(crate) fn list(tx: &Transaction<'_>, request: &Request) -> Result<Reply, Refusal> {
    let query = &request.query;
    let mut found = Vec::new();
    for user in user::list(tx)? {
        let value = full(&user);
        let fits = match &query.filter {
            Some(filter) => {
                matches(filter, &value, &Evaluate { ignore_case: true }).map_err(|error| {
                    Refusal::new(400, "Request_UnsupportedQuery", error.to_string())
                })?
            }
            None => true,
        };
        if fits && searched(query.search.as_deref(), &value) {
            found.push(value);
        }
    }
    found.sort_by(|a, b| compare_by(&query.order_by, a, b));
    let total = found.len();
    let skip = query.skip_token.as_deref().and_then(|token| token.parse().ok()).unwrap_or(0_usize);
    let top = usize::try_from(query.top.unwrap_or(PAGE).clamp(1, PAGE_MAX)).unwrap_or(1);
    let mut page = Vec::new();
    for value in found.into_iter().skip(skip).take(top) {
        page.push(selected(request, value)?);
    }
    let mut body =
        json!({ "@odata.context": request.context(&format!("users{}", suffix(request))) });
    if query.count {
        body["@odata.count"] = json!(total);
    }
    if skip + top < total {
        let next = (skip + top).to_string();
        body["@odata.nextLink"] = json!(request.link(&[("$skiptoken", &next)]));
    }
    body["value"] = json!(page);
    Ok(Reply::json(200, body))
}

pub(crate) fn count(tx: &Transaction<'_>) -> Result<Reply, Refusal> {
    Ok(Reply::raw("text/plain", user::list(tx)?.len().to_string()))
}

pub(crate) fn get(request: &Request, user: &User) -> Result<Reply, Refusal> {
    let value = selected(request, full(user))?;
    let mut body = Map::new();
    let context = request.context(&format!("users{}/$entity", suffix(request)));
    body.insert("@odata.context".to_owned(), json!(context));
    if let Value::Object(members) = value {
        body.extend(members);
    }
    Ok(Reply::json(200, Value::Object(body)))
}

pub(crate) fn organization(request: &Request) -> Result<Reply, Refusal> {
    Ok(Reply::json(
        200,
        json!({
            "@odata.context": request.context("organization"),
            "value": [{
                "id": identity::TENANT.to_string(),
                "displayName": "Earmark sandbox",
                "countryLetterCode": null,
                "createdDateTime": "2020-01-01T00:00:00Z",
                "tenantType": "AAD",
                "verifiedDomains": [],
            }],
        }),
    ))
}

/// `mailboxSettings`, whole or one member; the settings are the same for every mailbox but for
/// what it is for.
pub(crate) fn settings(request: &Request, user: &User, rest: &[&str]) -> Result<Reply, Refusal> {
    let all = mailbox_settings(user);
    let context =
        |what: &str| request.context(&format!("users('{}')/mailboxSettings{what}", user.guid));
    match (&request.method, rest) {
        (&Method::GET, []) => {
            let mut body = json!({ "@odata.context": context("") });
            for (name, value) in all.as_object().into_iter().flatten() {
                let wanted = request.query.select.is_empty()
                    || request.query.select.iter().any(|one| one.eq_ignore_ascii_case(name));
                if wanted {
                    body[name] = value.clone();
                }
            }
            Ok(Reply::json(200, body))
        }
        (&Method::GET, [member]) => {
            let found = all
                .as_object()
                .and_then(|all| all.iter().find(|(name, _)| name.eq_ignore_ascii_case(member)))
                .ok_or_else(|| Refusal::no_segment(member))?;
            let mut body = json!({ "@odata.context": context(&format!("/{}", found.0)) });
            match found.1 {
                Value::Object(members) => {
                    for (name, value) in members {
                        body[name] = value.clone();
                    }
                }
                value => body["value"] = value.clone(),
            }
            Ok(Reply::json(200, body))
        }
        (&Method::PATCH, []) => {
            let body = request.object(false)?;
            let zone = text_member(&body, "timeZone")?;
            if zone.eq_ignore_ascii_case("UTC") {
                return Ok(Reply::json(
                    200,
                    json!({ "@odata.context": context(""), "timeZone": "UTC" }),
                ));
            }
            Err(Refusal::new(
                501,
                "NotImplemented",
                "The sandbox keeps the time zone of every mailbox at UTC.",
            ))
        }
        _ => Err(Refusal::method_not_allowed()),
    }
}

fn mailbox_settings(user: &User) -> Value {
    json!({
        "archiveFolder": null,
        "timeZone": "UTC",
        "delegateMeetingMessageDeliveryOptions": "sendToDelegateOnly",
        "dateFormat": "yyyy-MM-dd",
        "timeFormat": "HH:mm",
        "userPurpose": user.kind.as_str(),
        "automaticRepliesSetting": {
            "status": "disabled",
            "externalAudience": "all",
            "internalReplyMessage": "",
            "externalReplyMessage": "",
            "scheduledStartDateTime": { "dateTime": "2020-01-01T00:00:00.0000000", "timeZone": "UTC" },
            "scheduledEndDateTime": { "dateTime": "2020-01-02T00:00:00.0000000", "timeZone": "UTC" },
        },
        "language": { "locale": "en-US", "displayName": "English (United States)" },
        "workingHours": {
            "daysOfWeek": ["monday", "tuesday", "wednesday", "thursday", "friday"],
            "startTime": "08:00:00.0000000",
            "endTime": "17:00:00.0000000",
            "timeZone": { "name": "UTC" },
        },
    })
}

fn full(user: &User) -> Value {
    let (given, surname) = match user.display_name.rsplit_once(' ') {
        Some((given, surname)) => (json!(given), json!(surname)),
        None => (Value::Null, Value::Null),
    };
    let nickname = user.mail.split('@').next().unwrap_or_default();
    json!({
        "id": user.guid.to_string(),
        "businessPhones": [],
        "displayName": user.display_name,
        "givenName": given,
        "jobTitle": null,
        "mail": user.mail,
        "mobilePhone": null,
        "officeLocation": null,
        "preferredLanguage": null,
        "surname": surname,
        "userPrincipalName": user.principal.as_ref().unwrap_or(&user.mail),
        "accountEnabled": true,
        "assignedPlans": [],
        "createdDateTime": super::render::instant(user.created_ms - user.created_ms.rem_euclid(1000)),
        "department": null,
        "mailNickname": nickname,
        "onPremisesImmutableId": null,
        "otherMails": [],
        "proxyAddresses": [format!("SMTP:{}", user.mail)],
        "showInAddressList": true,
        "userType": "Member",
    })
}

fn selected(request: &Request, user: Value) -> Result<Value, Refusal> {
    let names: Vec<&str> = if request.query.select.is_empty() {
        DEFAULTS.to_vec()
    } else {
        request.query.select.iter().map(String::as_str).collect()
    };
    let mut map = Map::new();
    for name in names {
        let known =
            DEFAULTS.iter().chain(ON_REQUEST).find(|known| known.eq_ignore_ascii_case(name));
        let known = known.ok_or_else(|| {
            Refusal::bad_request(format!("Could not find a property named '{name}' on type 'Microsoft.DirectoryServices.User'."))
        })?;
        map.insert((*known).to_owned(), user[*known].clone());
    }
    Ok(Value::Object(map))
}

fn suffix(request: &Request) -> String {
    if request.query.select.is_empty() {
        String::new()
    } else {
        format!("({})", request.query.select.join(","))
    }
}

/// `$search="displayName:ana"`: words that begin a value.
fn searched(search: Option<&str>, user: &Value) -> bool {
    let Some(search) = search else { return true };
    let search = search.trim().trim_matches('"');
    let (name, term) = search.split_once(':').unwrap_or(("displayName", search));
    let term = term.to_lowercase();
    user[name].as_str().is_some_and(|value| {
        let value = value.to_lowercase();
        value.starts_with(&term) || value.split([' ', '@', '.']).any(|word| word.starts_with(&term))
    })
}
