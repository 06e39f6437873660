//! Wishes about items: status, track, untrack, retry.
//!
//! A wish is stored before anything is done about it; then the mailbox's cycle runs early and
//! the answer waits for it, but never longer than two seconds.

use super::{
    endpoint::Endpoint,
    input::{Body, Chosen},
    items::View,
    mailboxes,
    mailboxes::ORGANIZATION,
    problem::Problem,
};
use crate::service::state::{Organization, Service};
use axum::{Json, extract::State, routing::post};
use earmark_crm_port::organization::MailboxRow;
use earmark_ledger::ItemQuery;
use earmark_mailbox_port::{Detail, ItemRead};
use earmark_model::{
    FailureClass, ItemHandle, ItemKind, Link, LinkKey, Regarding, Request, RequestOrigin,
    RequestWish,
};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use tokio::time::Instant;
use uuid::Uuid;

/// Units: items in one request.
const ITEMS_MAX: usize = 100;
/// How long an answer waits for the work.
const WAIT_MAX: Duration = Duration::from_secs(2);
/// The only form of item id that is taken as it is.
const IMMUTABLE: &str = "restImmutableEntryId";

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    let act = |path, operation, summary, body, handler| Endpoint {
        method: "post",
        path,
        operation,
        summary,
        query: &[ORGANIZATION],
        body: Some(body),
        answer: "ItemStates",
        handler,
    };
    vec![
        act(
            "/api/v1/items/status",
            "getItemStatus",
            "State and version of up to 100 items of one mailbox.",
            "ItemSelection",
            post(status),
        ),
        act(
            "/api/v1/items/track",
            "trackItems",
            "Stores a person's wish to track; sets or takes off the regarding where given.",
            "TrackRequest",
            post(track),
        ),
        act(
            "/api/v1/items/untrack",
            "untrackItems",
            "Stores a person's wish to untrack; the records stay.",
            "ItemSelection",
            post(untrack),
        ),
        act(
            "/api/v1/items/retry",
            "retryItems",
            "Tries the items again now, as a person's wish.",
            "ItemSelection",
            post(retry),
        ),
    ]
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Selection {
    mailbox: String,
    items: Vec<Selected>,
    /// Absent, null and a record are three different things.
    #[serde(default, deserialize_with = "present")]
    regarding: Option<Option<Record>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Selected {
    item_id: String,
    #[serde(default)]
    id_format: Option<String>,
    #[serde(default)]
    internet_message_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    table: String,
    id: Uuid,
}

fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Record>>, D::Error> {
    Option::<Record>::deserialize(deserializer).map(Some)
}

async fn status(
    organization: Chosen,
    Body(selection): Body<Selection>,
) -> Result<Json<Value>, Problem> {
    let (mailbox, _) = check(&organization, &selection, false).await?;
    let mut answers = Vec::new();
    for selected in &selection.items {
        answers.push(Answer::found(selected, known(&organization, &mailbox, selected).await?));
    }
    print(&organization, answers).await
}

async fn track(
    State(service): State<Arc<Service>>,
    organization: Chosen,
    Body(selection): Body<Selection>,
) -> Result<Json<Value>, Problem> {
    let (mailbox, regarding) = check(&organization, &selection, true).await?;
    let wish = RequestWish::Track { regarding };
    serve(&service, &organization, &mailbox, &selection.items, &wish).await
}

async fn untrack(
    State(service): State<Arc<Service>>,
    organization: Chosen,
    Body(selection): Body<Selection>,
) -> Result<Json<Value>, Problem> {
    let (mailbox, _) = check(&organization, &selection, false).await?;
    serve(&service, &organization, &mailbox, &selection.items, &RequestWish::Untrack).await
}

async fn retry(
    State(service): State<Arc<Service>>,
    organization: Chosen,
    Body(selection): Body<Selection>,
) -> Result<Json<Value>, Problem> {
    let (mailbox, _) = check(&organization, &selection, false).await?;
    let wish = RequestWish::Track { regarding: None };
    serve(&service, &organization, &mailbox, &selection.items, &wish).await
}

/// Refuses what cannot be served before anything is stored.
async fn check(
    organization: &Organization,
    selection: &Selection,
    takes_regarding: bool,
) -> Result<(MailboxRow, Option<Option<Regarding>>), Problem> {
    if selection.items.is_empty() || selection.items.len() > ITEMS_MAX {
        return Err(Problem::unusable("items", "`items` must name 1 to 100 items")
            .hint("Split the request"));
    }
    for selected in &selection.items {
        if selected.id_format.as_deref().is_some_and(|format| format != IMMUTABLE) {
            return Err(Problem::unusable(
                "idFormat",
                format!("`idFormat` must be `{IMMUTABLE}`; other forms are not translated yet"),
            )
            .hint("Translate the ids with the mailbox server's translateExchangeIds first"));
        }
        if selected.item_id.is_empty() || selected.item_id.len() > 1024 {
            return Err(Problem::unusable("itemId", "`itemId` is empty or longer than 1024"));
        }
    }
    if selection.regarding.is_some() && !takes_regarding {
        return Err(Problem::unusable("regarding", "`regarding` is taken by track only"));
    }
    let regarding = match &selection.regarding {
        Some(Some(record)) => Some(Some(existing(organization, record).await?)),
        Some(None) => Some(None),
        None => None,
    };
    Ok((mailboxes::find(organization, &selection.mailbox).await?, regarding))
}

async fn existing(organization: &Organization, record: &Record) -> Result<Regarding, Problem> {
    if !crate::records::exists(&organization.crm, &record.table, record.id).await? {
        return Err(Problem::unusable("regarding", "`regarding` names no record of the CRM")
            .hint("Give the table's logical name and the record's id"));
    }
    Ok(Regarding { table: record.table.clone(), id: record.id })
}

/// Stores the wish for each item, runs the mailbox's cycle, and answers the new states.
async fn serve(
    service: &Service,
    organization: &Organization,
    mailbox: &MailboxRow,
    selected: &[Selected],
    wish: &RequestWish,
) -> Result<Json<Value>, Problem> {
    let mut stored = Vec::new();
    for one in selected {
        let outcome = store(service, organization, mailbox, one, wish).await?;
        stored.push((one, outcome));
    }
    let waiting: Vec<&LinkKey> =
        stored.iter().filter_map(|(_, stored)| stored.as_ref().ok()).collect();
    if mailbox.is_enabled && !waiting.is_empty() {
        work(organization, mailbox, &waiting).await;
    }
    let mut answers = Vec::new();
    for (one, outcome) in stored {
        answers.push(match outcome {
            Ok(_) => Answer::found(one, known(organization, mailbox, one).await?),
            Err(error) => Answer { selected: one, link: None, error: Some(error) },
        });
    }
    print(organization, answers).await
}

/// Stores the wish. The inner error is about this one item.
async fn store(
    service: &Service,
    organization: &Organization,
    mailbox: &MailboxRow,
    selected: &Selected,
    wish: &RequestWish,
) -> Result<Result<LinkKey, String>, Problem> {
    let (key, kind) = match known(organization, mailbox, selected).await? {
        Some((_, link)) => (link.key, link.kind),
        None => match probe(organization, mailbox, &selected.item_id).await {
            Ok(kind) => {
                let handle = ItemHandle(selected.item_id.clone());
                let organization = organization.id;
                (LinkKey { organization, mailbox: mailbox.id, handle }, kind)
            }
            Err(error) => return Ok(Err(error)),
        },
    };
    let at = service.clock.now();
    let request = Request { wish: wish.clone(), origin: RequestOrigin::Person, at };
    organization.store.put_request(key.clone(), kind, request).await?;
    Ok(Ok(key))
}

/// The kind of an item that the ledger does not know. Where the mailbox cannot be read for the
/// moment the wish is stored all the same, and the next cycle finds out; an id that the server
/// does not understand as any kind is refused.
async fn probe(
    organization: &Organization,
    mailbox: &MailboxRow,
    item: &str,
) -> Result<ItemKind, String> {
    let opened = organization.mailboxes.open(&mailbox.address);
    let handle = ItemHandle(item.to_owned());
    let tasks = organization.mailboxes.capabilities().tasks.then_some(ItemKind::Task);
    let mut refusal = None;
    for kind in [ItemKind::Email, ItemKind::Appointment].into_iter().chain(tasks) {
        match opened.item(kind, &handle, Detail::Summary).await {
            Ok(ItemRead::Found { item, .. }) => return Ok(item.kind),
            Ok(ItemRead::Gone) => {}
            Err(failure) => match failure.class {
                FailureClass::Throttled { .. }
                | FailureClass::Timeout
                | FailureClass::Unavailable
                | FailureClass::Unauthenticated => return Ok(kind),
                FailureClass::CheckpointExpired
                | FailureClass::Conflict
                | FailureClass::ItemGone
                | FailureClass::ScopeUnreadable
                | FailureClass::RecordGone
                | FailureClass::Refused { .. }
                | FailureClass::Unacceptable { .. }
                | FailureClass::Bug => refusal = refusal.or(Some(failure.to_string())),
            },
        }
    }
    Err(refusal.unwrap_or_else(|| "the mailbox holds no such item".to_owned()))
}

/// Runs cycles of the mailbox until no wish waits any more, for at most two seconds.
async fn work(organization: &Organization, mailbox: &MailboxRow, waiting: &[&LinkKey]) {
    let deadline = Instant::now() + WAIT_MAX;
    while Instant::now() < deadline {
        let (engine, id) = (organization.engine.clone(), organization.id);
        let mailbox_id = mailbox.id;
        // Spawned, so that a cycle outlives the answer that stopped waiting for it.
        let cycle = tokio::spawn(async move { engine.cycle_now(id, mailbox_id).await.is_ok() });
        let ended = tokio::time::timeout_at(deadline, cycle).await;
        if matches!(ended, Ok(Ok(true))) || is_served(organization, waiting).await {
            return;
        }
        // The service itself has the mailbox now; its cycle serves the wish.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn is_served(organization: &Organization, waiting: &[&LinkKey]) -> bool {
    for key in waiting {
        match by_handle(organization, key).await {
            Ok(Some((_, link))) if link.request.is_none() => {}
            _ => return false,
        }
    }
    true
}

async fn by_handle(
    organization: &Organization,
    key: &LinkKey,
) -> Result<Option<(i64, Link)>, Problem> {
    let query = ItemQuery {
        mailbox: Some(key.mailbox),
        handle: Some(key.handle.as_str().to_owned()),
        limit: 1,
        ..ItemQuery::default()
    };
    Ok(organization.store.items(key.organization, query).await?.items.into_iter().next())
}

/// What the ledger knows of an item: by its id, else by its Message-ID where one is given.
async fn known(
    organization: &Organization,
    mailbox: &MailboxRow,
    selected: &Selected,
) -> Result<Option<(i64, Link)>, Problem> {
    let key = LinkKey {
        organization: organization.id,
        mailbox: mailbox.id,
        handle: ItemHandle(selected.item_id.clone()),
    };
    if let Some(found) = by_handle(organization, &key).await? {
        return Ok(Some(found));
    }
    let Some(message_id) = &selected.internet_message_id else { return Ok(None) };
    let query = ItemQuery {
        mailbox: Some(mailbox.id),
        message_id: Some(message_id.clone()),
        limit: 2,
        ..ItemQuery::default()
    };
    let found = organization.store.items(organization.id, query).await?.items;
    // Two copies in one mailbox are two items; the Message-ID alone does not tell them apart.
    Ok(if found.len() == 1 { found.into_iter().next() } else { None })
}

struct Answer<'a> {
    selected: &'a Selected,
    link: Option<(i64, Link)>,
    error: Option<String>,
}

impl<'a> Answer<'a> {
    fn found(selected: &'a Selected, link: Option<(i64, Link)>) -> Self {
        Self { selected, link, error: None }
    }
}

async fn print(
    organization: &Organization,
    answers: Vec<Answer<'_>>,
) -> Result<Json<Value>, Problem> {
    let links = answers.iter().filter_map(|answer| answer.link.as_ref().map(|(_, link)| link));
    let view = View::load(organization, links).await?;
    let items: Vec<Value> = answers
        .iter()
        .map(|answer| {
            let mut value = match &answer.link {
                Some((id, link)) => view.item(*id, link),
                None => json!({"state": "not_tracked", "reason": "no_category"}),
            };
            value["itemId"] = json!(answer.selected.item_id);
            value["idFormat"] = json!(IMMUTABLE);
            // Grows with every change of state or reason, so that a page sees what is newer.
            let version = answer.link.as_ref().map(|(_, link)| link.changed_at.as_millis());
            value["version"] = json!(version.unwrap_or(0));
            value["error"] = json!(answer.error);
            value
        })
        .collect();
    Ok(Json(json!({"schema": "earmark.item.states/1", "items": items, "next": null})))
}
