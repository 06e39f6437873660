//! Reading items: `/api/v1/items`.

use super::{
    endpoint::{Endpoint, Parameter},
    input::{Chosen, Named, Parameters},
    item_explain, mailboxes,
    mailboxes::ORGANIZATION,
    problem::Problem,
};
use crate::{records, service::state::Organization};
use axum::{Json, routing::get};
use earmark_ledger::ItemQuery;
use earmark_model::{
    Actor, ItemState, Link, LinkKey, MailboxId, Regarding, RequestOrigin, RequestWish,
};
use earmark_tracking::Reason;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Units: items in one page.
const PAGE: usize = 100;

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    let read = |path, operation, summary, answer, handler| Endpoint {
        method: "get",
        path,
        operation,
        summary,
        query: &[ORGANIZATION],
        body: None,
        answer,
        handler,
    };
    const FILTERS: &[Parameter] = &[
        ORGANIZATION,
        Parameter { name: "mailbox", kind: "string", description: "Only this mailbox." },
        Parameter { name: "messageId", kind: "string", description: "Only this Message-ID." },
        Parameter { name: "state", kind: "string", description: "Only this state." },
        Parameter { name: "reason", kind: "string", description: "Only this reason, by its code." },
        Parameter { name: "cursor", kind: "string", description: "`next` of the page before." },
    ];
    vec![
        Endpoint {
            query: FILTERS,
            ..read(
                "/api/v1/items",
                "listItems",
                "Items that are remembered.",
                "ItemList",
                get(list),
            )
        },
        read("/api/v1/items/{id}", "getItem", "One item.", "Item", get(show)),
        read(
            "/api/v1/items/{id}/explain",
            "explainItem",
            "Why the item is, or is not, tracked, and what it was decided on.",
            "ItemExplanation",
            get(item_explain::explain),
        ),
        read(
            "/api/v1/items/{id}/history",
            "getItemHistory",
            "What happened to the item, oldest first.",
            "ItemHistory",
            get(history),
        ),
    ]
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Filters {
    mailbox: Option<String>,
    message_id: Option<String>,
    state: Option<String>,
    reason: Option<String>,
    cursor: Option<String>,
}

async fn list(
    organization: Chosen,
    Parameters(filters): Parameters<Filters>,
) -> Result<Json<Value>, Problem> {
    let query = query(&organization, filters).await?;
    let page = organization.store.items(organization.id, query).await?;
    let view = View::load(&organization, page.items.iter().map(|(_, link)| link)).await?;
    let items: Vec<Value> = page.items.iter().map(|(id, link)| view.item(*id, link)).collect();
    let next = page.next.map(|next| next.to_string());
    Ok(Json(json!({"schema": "earmark.item.list/1", "items": items, "next": next})))
}

async fn query(organization: &Organization, filters: Filters) -> Result<ItemQuery, Problem> {
    let mailbox = match &filters.mailbox {
        Some(address) => Some(mailboxes::find(organization, address).await?.id),
        None => None,
    };
    let state = match &filters.state {
        Some(state) => Some(ItemState::parse(state).ok_or_else(|| {
            let known: Vec<&str> = ItemState::ALL.iter().map(|state| state.as_str()).collect();
            Problem::unusable("state", "no such state")
                .hint(format!("Use one of {}", known.join(", ")))
        })?),
        None => None,
    };
    let cursor = match &filters.cursor {
        Some(cursor) => Some(cursor.parse().map_err(|_| {
            Problem::unusable("cursor", "the cursor is not one of ours")
                .hint("Pass the `next` of the page before, unchanged")
        })?),
        None => None,
    };
    let (message_id, reason) = (filters.message_id, filters.reason);
    Ok(ItemQuery { mailbox, message_id, state, reason, handle: None, cursor, limit: PAGE })
}

async fn show(organization: Chosen, Named(id): Named) -> Result<Json<Value>, Problem> {
    let (id, link) = find(&organization, &id).await?;
    let view = View::load(&organization, [&link]).await?;
    let mut value = view.item(id, &link);
    value["schema"] = json!("earmark.item/1");
    Ok(Json(value))
}

async fn history(organization: Chosen, Named(id): Named) -> Result<Json<Value>, Problem> {
    let (_, link) = find(&organization, &id).await?;
    let entries = organization.store.history(&link.key).await?;
    let items: Vec<Value> = entries
        .iter()
        .map(|entry| {
            json!({
                "at": entry.at.to_string(), "event": entry.event, "reason": entry.reason,
                "explanation": Reason::from_code(&entry.reason).map(Reason::explanation),
                "actor": entry.actor.map(Actor::to_words), "trigger": entry.trigger,
                "detail": entry.detail,
            })
        })
        .collect();
    Ok(Json(json!({"schema": "earmark.item.history/1", "items": items, "next": null})))
}

/// The item with this id, or a problem.
pub async fn find(organization: &Organization, id: &str) -> Result<(i64, Link), Problem> {
    let missing = || {
        Problem::missing("item", "no such item")
            .hint("`earmark item list` shows the items that are known")
    };
    let id: i64 = id.parse().map_err(|_| missing())?;
    Ok((id, organization.store.item(organization.id, id).await?))
}

/// What lists of items need from the CRM, read once for all of them.
pub struct View {
    addresses: BTreeMap<MailboxId, String>,
    /// Who wanted items that failed and are owed nothing any more.
    failed: BTreeMap<LinkKey, Actor>,
    regarding: BTreeMap<uuid::Uuid, Regarding>,
    names: BTreeMap<uuid::Uuid, String>,
}

impl View {
    /// Reads addresses and regarding records for `links`.
    pub async fn load(
        organization: &Organization,
        links: impl IntoIterator<Item = &Link>,
    ) -> Result<Self, Problem> {
        let links: Vec<&Link> = links.into_iter().collect();
        let mut failed = BTreeMap::new();
        for link in links.iter().filter(|link| has_failed(link)) {
            let history = organization.store.history(&link.key).await?;
            let actor = history.last().and_then(|entry| entry.actor);
            failed.extend(actor.map(|actor| (link.key.clone(), actor)));
        }
        let addresses = organization
            .snapshot()
            .await?
            .mailboxes
            .into_iter()
            .map(|row| (row.id, row.address.as_str().to_owned()))
            .collect();
        let activities = links.into_iter().filter_map(|link| link.activity).map(|id| id.0);
        let regarding = records::regarding(&organization.crm, activities.collect()).await?;
        let about = regarding.values().cloned().collect();
        let names = records::names(&organization.crm, about).await?;
        Ok(Self { addresses, failed, regarding, names })
    }

    /// The address of a mailbox.
    pub fn address(&self, mailbox: MailboxId) -> Option<&str> {
        self.addresses.get(&mailbox).map(String::as_str)
    }

    /// One item in the shape of the list.
    pub fn item(&self, id: i64, link: &Link) -> Value {
        let regarding = link.activity.and_then(|activity| self.regarding.get(&activity.0));
        json!({
            "id": id.to_string(),
            "mailbox": self.address(link.key.mailbox),
            "kind": link.kind.as_str(),
            "state": link.state.as_str(),
            "reason": link.reason,
            "messageId": link.message_id,
            "graphId": link.key.handle.as_str(),
            "activityId": link.activity.map(|activity| activity.to_string()),
            "regarding": regarding.map(|about| {
                let mut shown = record(about);
                shown["name"] = json!(self.names.get(&about.id));
                shown
            }),
            "attempts": link.attempts,
            "notBefore": link.not_before.map(|at| at.to_string()),
            "origin": self.origin(link),
            "changedAt": link.changed_at.to_string(),
        })
    }
}

impl View {
    /// Who wanted the item tracked. A failure that ends all attempts ends the wish, too: of such an
    /// item the history tells.
    fn origin(&self, link: &Link) -> &'static str {
        match self.failed.get(&link.key) {
            Some(Actor::Person | Actor::User(_) | Actor::Administrator) => "person",
            Some(Actor::Automatic(_)) => "automatic",
            Some(Actor::Copy) => "copy",
            Some(Actor::Mailbox | Actor::Crm(_) | Actor::Service) | None => origin(link),
        }
    }
}

/// Whether attempts ended without success, and nothing is wanted since.
fn has_failed(link: &Link) -> bool {
    link.request.is_none()
        && matches!(
            Reason::from_code(&link.reason),
            Some(Reason::RetriesExhausted | Reason::RefusedForGood)
        )
}

/// A record as JSON.
pub fn record(record: &Regarding) -> Value {
    json!({"table": record.table, "id": record.id.to_string()})
}

/// Who wanted the item tracked, as far as it is remembered: the stored request, else what the
/// last reason says, else the category.
fn origin(link: &Link) -> &'static str {
    match link.request.as_ref().map(|request| &request.origin) {
        Some(RequestOrigin::Person) => "person",
        Some(RequestOrigin::Automatic { .. }) => "automatic",
        Some(RequestOrigin::Copy) => "copy",
        None => match link.reason.as_str() {
            "requested_by_person" | "untrack_requested_by_person" => "person",
            "accepted_automatically" => "automatic",
            "copy_of_tracked_message" => "copy",
            _ => "category",
        },
    }
}

/// A stored wish as JSON.
pub fn wish(link: &Link) -> Value {
    let Some(request) = &link.request else { return Value::Null };
    let (wanted, regarding) = match &request.wish {
        RequestWish::Track { regarding } => ("track", regarding.as_ref()),
        RequestWish::Untrack => ("untrack", None),
    };
    json!({
        "wish": wanted,
        "by": origin(link),
        "at": request.at.to_string(),
        "regarding": regarding.map(|regarding| regarding.as_ref().map(record)),
    })
}
