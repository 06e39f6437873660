//! What the demo's page can do besides looking: live events, *make it fail*, retries at once,
//! files that are dropped on it, and the scenarios.

use super::{mail_access::MailAccess, page, page::PageToken, plug_in::PlugIn, scenarios};
use crate::{
    api::{
        input::{Body, Parameters},
        mailboxes,
        problem::Problem,
    },
    commands::mailbox::encoded,
    service::{
        machine::DemoClock,
        state::{Organization, Service},
    },
};
use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    http::{HeaderMap, Method, StatusCode, header},
    middleware,
    routing::{get, post},
};
use earmark_ledger::{ItemQuery, NumberedEntry};
use earmark_model::{Clock, ItemState, Link};
use earmark_tracking::Reason;
use serde::Deserialize;
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

/// Units: events in one answer.
const EVENTS_MAX: usize = 100;

/// Units: attempts that are watched at once, more than there ever are.
const ATTEMPTS_MAX: u32 = 8;

/// Units: bytes of one file.
const FILE_MAX: usize = 256 * 1024 * 1024;

/// What the endpoints need.
#[derive(Clone)]
struct Tour {
    service: Arc<Service>,
    mail: MailAccess,
    clock: Arc<DemoClock>,
    plug_in: PlugIn,
}

/// The endpoints under `/demo/api`.
pub fn router(
    service: Arc<Service>,
    mail: MailAccess,
    clock: Arc<DemoClock>,
    plug_in: PlugIn,
    token: PageToken,
) -> Router {
    Router::new()
        .route("/demo/api/events", get(events))
        .route("/demo/api/fail", get(is_failing).post(fail))
        .route("/demo/api/hurry", post(hurry))
        .route("/demo/api/import", post(import).layer(DefaultBodyLimit::max(FILE_MAX)))
        .route("/demo/api/scenarios", get(async || Json(scenarios::list())))
        .route("/demo/api/scenarios/{id}", post(scenario))
        .with_state(Tour { service, mail, clock, plug_in })
        .layer(middleware::from_fn_with_state(token, page::own_page))
        .layer(middleware::from_fn(page::local_host))
}

impl Tour {
    fn organization(&self) -> Result<&Organization, Problem> {
        let none = || Problem::missing("organization", "no organization is served");
        self.service.organization(None).ok_or_else(none)
    }
}

#[derive(Deserialize)]
struct After {
    #[serde(default)]
    after: i64,
}

/// What happened to items after the event with that number.
async fn events(
    State(tour): State<Tour>,
    Parameters(wanted): Parameters<After>,
) -> Result<Json<Value>, Problem> {
    let organization = tour.organization()?;
    let after = Some(wanted.after).filter(|after| *after > 0);
    let found = organization.store.happenings(organization.id, after, EVENTS_MAX).await?;
    let next = found.last().map_or(wanted.after, |last| last.number);
    let mailboxes = organization.snapshot().await?.mailboxes;
    let event = |happening: &NumberedEntry| {
        let entry = &happening.entry;
        let mailbox = mailboxes.iter().find(|row| row.id == entry.key.mailbox);
        json!({
            "number": happening.number,
            "at": entry.at.to_string(),
            "mailbox": mailbox.map(|row| row.address.as_str()),
            "itemId": entry.key.handle.as_str(),
            "event": entry.event,
            "reason": entry.reason,
            "explanation": Reason::from_code(&entry.reason).map(Reason::explanation),
        })
    };
    let events: Vec<Value> = found.iter().map(event).collect();
    Ok(Json(json!({"next": next, "events": events})))
}

async fn is_failing(State(tour): State<Tour>) -> Result<Json<Value>, Problem> {
    Ok(Json(json!({"on": tour.plug_in.is_on(&tour.mail).await?})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Switch {
    on: bool,
}

async fn fail(
    State(tour): State<Tour>,
    Body(wanted): Body<Switch>,
) -> Result<Json<Value>, Problem> {
    tour.plug_in.switch(&tour.mail, wanted.on).await?;
    Ok(Json(json!({"on": wanted.on})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Hurried {
    mailbox: String,
    item: String,
}

/// Moves the demo's time on to each next attempt of the item, and runs it, until there is none.
async fn hurry(
    State(tour): State<Tour>,
    Body(wanted): Body<Hurried>,
) -> Result<Json<Value>, Problem> {
    let organization = tour.organization()?;
    let row = mailboxes::find(organization, &wanted.mailbox).await?;
    let query = ItemQuery {
        mailbox: Some(row.id),
        handle: Some(wanted.item),
        limit: 1,
        ..ItemQuery::default()
    };
    let look = async || -> Result<Link, Problem> {
        let page = organization.store.items(organization.id, query.clone()).await?;
        let found = page.items.into_iter().next().map(|(_, link)| link);
        found.ok_or_else(|| {
            Problem::missing("item", "nothing is known of the item yet")
                .hint("Assign the category first")
        })
    };
    let mut link = look().await?;
    for _ in 0..ATTEMPTS_MAX {
        if !matches!(link.state, ItemState::Retrying | ItemState::Pending) {
            break;
        }
        let now = tour.clock.now();
        let next = link.not_before.unwrap_or(now).max(now);
        tour.clock.move_on(next.since(now) + Duration::from_secs(1));
        organization.cycle_now(row.id).await?;
        link = look().await?;
    }
    Ok(Json(json!({
        "attempts": link.attempts,
        "state": link.state.as_str(),
        "aheadSeconds": tour.clock.ahead().as_secs(),
    })))
}

#[derive(Deserialize)]
struct Into {
    mailbox: String,
}

/// Puts one file into a mailbox of the sandbox.
async fn import(
    State(tour): State<Tour>,
    Parameters(into): Parameters<Into>,
    headers: HeaderMap,
    file: Bytes,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or_default().to_owned();
    if !["message/rfc822", "application/mbox", "text/calendar"].contains(&kind.as_str()) {
        return Err(Problem::unusable("kind", "this kind of file cannot be imported")
            .hint("Drop .eml, .mbox or .ics files"));
    }
    let path = format!("/sandbox/v1/users/{}/import", encoded(&into.mailbox));
    let mut answer = tour.mail.call(Method::POST, &path, &kind, file.to_vec()).await?;
    let count = answer["imported"].take();
    let organization = tour.organization()?;
    if let Some(row) = organization.mailbox(&into.mailbox).await? {
        organization.engine.wake(organization.id, row.id).await;
    }
    Ok((StatusCode::CREATED, Json(json!({"imported": count, "skipped": []}))))
}

async fn scenario(
    State(tour): State<Tour>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    scenarios::run(tour.organization()?, &tour.mail, &id).await.map(Json)
}
