//! Calendars, their permissions, and the way to their events.

use super::{
    event_delta, events,
    request::{Reply, Request, member, optional_text, text_member},
    write,
};
use crate::{
    error::Refusal,
    store::{
        calendar::{self, Calendar, Permission},
        handle::{calendar_id, change_key, parse_calendar_id},
        user::{self, User},
    },
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use earmark_sqlite::rusqlite::Transaction;
use http::Method;
use serde_json::{Value, json};

const COLORS: &[&str] = &[
    "auto",
    "lightBlue",
    "lightGreen",
    "lightOrange",
    "lightGray",
    "lightYellow",
    "lightTeal",
    "lightPink",
    "lightBrown",
    "lightRed",
    "maxColor",
];

const ROLES: &[&str] = &[
    "none",
    "freeBusyRead",
    "limitedRead",
    "read",
    "write",
    "delegateWithoutPrivateEventAccess",
    "delegateWithPrivateEventAccess",
];

/// A request below a mailbox that is about calendars; `None` when it is not.
pub(crate) fn answer(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    below: &[&str],
    words: &[&str],
) -> Option<Result<Reply, Refusal>> {
    match below {
        ["events" | "calendar" | "calendars" | "calendarview", ..] => {
            Some(routed(tx, request, user, below, words))
        }
        _ => None,
    }
}

fn routed(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    below: &[&str],
    words: &[&str],
) -> Result<Reply, Refusal> {
    let default = || calendar::default(tx, user.row);
    match below {
        ["events", rest @ ..] => {
            events::answer(tx, request, user, (None, &default()?), rest, &words[1..])
        }
        ["calendarview", rest @ ..] => viewed(tx, request, user, &default()?, rest),
        ["calendar", rest @ ..] => in_calendar(tx, request, user, &default()?, rest, &words[1..]),
        ["calendars"] => match request.method {
            Method::GET => {
                let all = calendar::list(tx, user.row)?;
                let values: Vec<Value> = all.iter().map(|one| shown(user, one)).collect();
                let context = request.context(&format!("users('{}')/calendars", user.guid));
                Ok(Reply::json(200, json!({ "@odata.context": context, "value": values })))
            }
            Method::POST => {
                let body = request.object(false)?;
                let name = text_member(&body, "name")?;
                let color = color(&body)?.unwrap_or_else(|| "auto".to_owned());
                let made = calendar::create(tx, user.row, &name, &color)?;
                Ok(Reply::json(201, entity(request, user, &made)))
            }
            _ => Err(Refusal::method_not_allowed()),
        },
        ["calendars", _, rest @ ..] => {
            let row = parse_calendar_id(user.guid, words[1])?;
            let one = calendar::get(tx, user.row, row)?;
            in_calendar(tx, request, user, &one, rest, &words[2..])
        }
        [other, ..] => Err(Refusal::no_segment(other)),
        [] => Err(Refusal::no_segment("")),
    }
}

fn in_calendar(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    one: &Calendar,
    rest: &[&str],
    words: &[&str],
) -> Result<Reply, Refusal> {
    match (&request.method, rest) {
        (&Method::GET, []) => Ok(Reply::json(200, entity(request, user, one))),
        (&Method::PATCH, []) => {
            let body = request.object(false)?;
            let (name, color) = (optional_text(&body, "name")?, color(&body)?);
            let changed = calendar::update(tx, user.row, one, name.as_deref(), color.as_deref())?;
            Ok(Reply::json(200, entity(request, user, &changed)))
        }
        (&Method::DELETE, []) => {
            calendar::delete(tx, one)?;
            Ok(Reply::empty(204))
        }
        (_, ["events", rest @ ..]) => {
            events::answer(tx, request, user, (Some(one), one), rest, &words[1..])
        }
        (_, ["calendarview", rest @ ..]) => viewed(tx, request, user, one, rest),
        (_, ["calendarpermissions", rest @ ..]) => {
            permissions(tx, request, user, one, rest, &words[1..])
        }
        (_, []) => Err(Refusal::method_not_allowed()),
        (_, [other, ..]) => Err(Refusal::no_segment(other)),
    }
}

fn viewed(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    one: &Calendar,
    rest: &[&str],
) -> Result<Reply, Refusal> {
    match (&request.method, rest) {
        (&Method::GET, []) => events::view(tx, request, user, one),
        (&Method::GET, ["delta"]) => event_delta::events(tx, request, user, one),
        (_, [] | ["delta"]) => Err(Refusal::method_not_allowed()),
        (_, [other, ..]) => Err(Refusal::no_segment(other)),
    }
}

fn permissions(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    one: &Calendar,
    rest: &[&str],
    words: &[&str],
) -> Result<Reply, Refusal> {
    let all = calendar::permissions(tx, one.row)?;
    let context = |end: &str| {
        let id = calendar_id(user.guid, one.row);
        request
            .context(&format!("users('{}')/calendars('{id}')/calendarPermissions{end}", user.guid))
    };
    let entity = |one: &Permission| {
        let mut value = permission(one);
        value["@odata.context"] = json!(context("/$entity"));
        value
    };
    match (&request.method, rest) {
        (&Method::GET, []) => {
            let values: Vec<Value> = all.iter().map(permission).collect();
            Ok(Reply::json(200, json!({ "@odata.context": context(""), "value": values })))
        }
        (&Method::POST, []) => {
            let body = request.object(false)?;
            let address = write::recipient("emailAddress", &body)?;
            let known = user::find(tx, &address.address)?;
            let mut new = Permission {
                row: 0,
                name: if address.name.is_empty() { address.address.clone() } else { address.name },
                address: Some(address.address),
                role: role(&body)?,
                inside: known.is_some(),
                removable: true,
            };
            if all.iter().any(|other| other.address == new.address) {
                return Err(Refusal::new(
                    409,
                    "ErrorDuplicateUserIdsSpecified",
                    "The calendar is shared with this person already.",
                )
                .about("emailAddress"));
            }
            new.row = calendar::put_permission(tx, one.row, &new)?;
            Ok(Reply::json(201, entity(&new)))
        }
        (method, [_]) => {
            let found = all.into_iter().find(|one| permission_id(one) == words[0]);
            let mut found = found.ok_or_else(Refusal::item_not_found)?;
            match *method {
                Method::GET => Ok(Reply::json(200, entity(&found))),
                Method::PATCH => {
                    found.role = role(&request.object(false)?)?;
                    found.row = calendar::put_permission(tx, one.row, &found)?;
                    Ok(Reply::json(200, entity(&found)))
                }
                Method::DELETE if found.removable => {
                    calendar::delete_permission(tx, one.row, found.row)?;
                    Ok(Reply::empty(204))
                }
                Method::DELETE => Err(Refusal::bad_request("This permission cannot be removed.")),
                _ => Err(Refusal::method_not_allowed()),
            }
        }
        (_, []) => Err(Refusal::method_not_allowed()),
        (_, [_, other, ..]) => Err(Refusal::no_segment(other)),
    }
}

fn permission(one: &Permission) -> Value {
    let allowed = if one.address.is_some() { &ROLES[1..] } else { &ROLES[..5] };
    let mut address = json!({ "name": one.name });
    if let Some(known) = &one.address {
        address["address"] = json!(known);
    }
    json!({
        "id": permission_id(one),
        "isRemovable": one.removable,
        "isInsideOrganization": one.inside,
        "role": one.role,
        "allowedRoles": allowed,
        "emailAddress": address,
    })
}

/// The id that the original gives: the address in base64, `Default` for everybody.
fn permission_id(one: &Permission) -> String {
    STANDARD.encode(one.address.as_deref().unwrap_or("Default"))
}

fn role(body: &Value) -> Result<String, Refusal> {
    write::one_of("role", &text_member(body, "role")?, ROLES)
}

fn color(body: &Value) -> Result<Option<String>, Refusal> {
    member(body, "color")
        .map(|_| write::one_of("color", &text_member(body, "color")?, COLORS))
        .transpose()
}

fn entity(request: &Request, user: &User, one: &Calendar) -> Value {
    let mut value = shown(user, one);
    value["@odata.context"] =
        json!(request.context(&format!("users('{}')/calendars/$entity", user.guid)));
    value
}

fn shown(user: &User, one: &Calendar) -> Value {
    json!({
        "id": calendar_id(user.guid, one.row),
        "name": one.name,
        "color": one.color,
        "hexColor": "",
        "isDefaultCalendar": one.is_default,
        "changeKey": change_key(user.guid, one.version),
        "canShare": true,
        "canViewPrivateItems": true,
        "canEdit": true,
        "allowedOnlineMeetingProviders": ["teamsForBusiness"],
        "defaultOnlineMeetingProvider": "teamsForBusiness",
        "isTallyingResponses": one.is_default,
        "isRemovable": !one.is_default,
        "owner": { "name": user.display_name, "address": user.mail },
    })
}
