//! What the demo's page asks: everything it shows in one answer, and the two buttons.

use super::{
    entries::{self, Entry, Kind, Reading},
    mail_access::MailAccess,
    page,
    page::PageToken,
    timeline::timeline,
};
use crate::{
    api::{
        input::{Body, Parameters},
        problem::Problem,
    },
    service::state::{Organization, Service},
};
use axum::{
    Json, Router,
    extract::State,
    middleware,
    routing::{get, post},
};
use earmark_crm_port::{
    OrganizationSnapshot, organization::MailboxOwner, organization::MailboxRow,
};
use earmark_ledger::ItemQuery;
use earmark_model::{CategoryName, ItemHandle, Link};
use earmark_tracking::Reason;
use serde::Deserialize;
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc};

/// Units: remembered items of one mailbox that are looked at.
const ITEMS_MAX: usize = 1_000;

/// What the endpoints need.
#[derive(Clone)]
pub struct Live {
    service: Arc<Service>,
    mail: MailAccess,
}

/// The endpoints under `/demo/api`.
pub fn router(service: Arc<Service>, mail: MailAccess, token: PageToken) -> Router {
    Router::new()
        .route("/demo/api/state", get(state))
        .route("/demo/api/category", post(category))
        .with_state(Live { service, mail })
        .layer(middleware::from_fn_with_state(token, page::own_page))
        .layer(middleware::from_fn(page::local_host))
}

impl Live {
    fn organization(&self) -> Result<&Organization, Problem> {
        let none = || Problem::missing("organization", "no organization is served");
        self.service.organization(None).ok_or_else(none)
    }
}

#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    mailbox: String,
    #[serde(default)]
    item: String,
    #[serde(default)]
    kind: Kind,
}

async fn state(
    State(live): State<Live>,
    Parameters(wanted): Parameters<Wanted>,
) -> Result<Json<Value>, Problem> {
    let organization = live.organization()?;
    let snapshot = organization.snapshot().await?;
    let mailboxes: Vec<Value> = snapshot.mailboxes.iter().map(mailbox_choice).collect();
    let Some(row) = chosen(&snapshot, &wanted.mailbox) else {
        return Ok(Json(json!({
            "mailbox": null, "mailboxes": mailboxes, "entries": [], "selected": null,
            "timeline": timeline(organization, None).await?, "trackedName": "",
        })));
    };
    let links = links(organization, row).await?;
    let tracked_name = tracked_name(organization, row).await?;
    let address = row.address.as_str();
    let entries = entries::list(&live.mail, address).await?;
    let listed: Vec<Value> = entries.iter().map(|entry| list_entry(entry, &links)).collect();
    let selected = if wanted.item.is_empty() {
        Value::Null
    } else {
        match entries::read(&live.mail, address, wanted.kind, &wanted.item).await {
            Ok(found) => reading(&found, links.get(&wanted.item), &tracked_name),
            // It was moved or deleted while it was shown.
            Err(_) => Value::Null,
        }
    };
    let activity = links.get(&wanted.item).and_then(|link| link.activity);
    Ok(Json(json!({
        "mailbox": address,
        "mailboxes": mailboxes,
        "entries": listed,
        "selected": selected,
        "timeline": timeline(organization, activity.map(|activity| activity.0)).await?,
        "trackedName": tracked_name.as_str(),
    })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Press {
    mailbox: String,
    item: String,
    kind: Kind,
    assigned: bool,
}

/// Assigns or removes the category as the mailbox's owner would, then has the item looked at the
/// way a notification would, so that the page is quick with `--no-push` as well.
async fn category(
    State(live): State<Live>,
    Body(press): Body<Press>,
) -> Result<Json<Value>, Problem> {
    let organization = live.organization()?;
    let snapshot = organization.snapshot().await?;
    // Never another mailbox than the one that was shown.
    let row = named(&snapshot, &press.mailbox)
        .ok_or_else(|| Problem::missing("mailbox", "no such mailbox").hint("Reload the page"))?;
    let name = tracked_name(organization, row).await?;
    let address = row.address.as_str();
    let entry = (press.kind, press.item.as_str());
    entries::set_category(&live.mail, address, entry, name.as_str(), press.assigned).await?;
    let at = live.service.clock.now();
    let item = ItemHandle(press.item);
    organization.engine.touch(organization.id, row.id, press.kind.item(), item).await;
    Ok(Json(json!({"done": true, "at": at.to_string()})))
}

fn chosen<'a>(snapshot: &'a OrganizationSnapshot, wanted: &str) -> Option<&'a MailboxRow> {
    named(snapshot, wanted).or_else(|| snapshot.mailboxes.iter().find(|row| row.is_enabled))
}

fn named<'a>(snapshot: &'a OrganizationSnapshot, wanted: &str) -> Option<&'a MailboxRow> {
    let wanted = earmark_model::MailboxAddress::new(wanted);
    snapshot.mailboxes.iter().find(|row| row.address == wanted)
}

fn mailbox_choice(row: &MailboxRow) -> Value {
    let kind = match row.owner {
        MailboxOwner::User(_) => "user",
        MailboxOwner::Queue { .. } => "queue",
    };
    json!({"address": row.address.as_str(), "kind": kind, "enabled": row.is_enabled})
}

async fn links(
    organization: &Organization,
    row: &MailboxRow,
) -> Result<BTreeMap<String, Link>, Problem> {
    let query = ItemQuery { mailbox: Some(row.id), limit: ITEMS_MAX, ..ItemQuery::default() };
    let page = organization.store.items(organization.id, query).await?;
    let pair = |(_, link): (i64, Link)| (link.key.handle.as_str().to_owned(), link);
    Ok(page.items.into_iter().map(pair).collect())
}

async fn tracked_name(
    organization: &Organization,
    row: &MailboxRow,
) -> Result<CategoryName, Problem> {
    let memory = organization.store.mailbox(organization.id, row.id).await?;
    let default = || earmark_engine::Settings::default().tracked_name;
    Ok(memory.tracked.map_or_else(default, |tracked| tracked.name))
}

fn list_entry(entry: &Entry, links: &BTreeMap<String, Link>) -> Value {
    let mut shown = json!(entry);
    shown["state"] = json!(links.get(&entry.id).map(|link| link.state.as_str()));
    shown
}

fn reading(found: &Reading, link: Option<&Link>, tracked_name: &CategoryName) -> Value {
    let names = found.categories.iter().filter_map(Value::as_str);
    let reason =
        link.and_then(|link| Reason::from_code(&link.reason)).unwrap_or(Reason::NoCategory);
    let mut shown = json!(found);
    shown["isAssigned"] = json!(names.into_iter().any(|name| tracked_name.is_same(name)));
    shown["state"] = json!(link.map_or("not_tracked", |link| link.state.as_str()));
    shown["reason"] = json!(reason.code());
    shown["explanation"] = json!(reason.explanation());
    shown
}
