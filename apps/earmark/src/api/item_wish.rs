//! Wishes about items: status, track, untrack, retry, and the answer about a meeting's update.
//!
//! A wish is stored before anything is done about it; then the mailbox's cycle runs early and
//! the answer waits for it, but never longer than two seconds.

use super::{
    asking::Asking,
    endpoint::Endpoint,
    input::{Body, Chosen},
    item_look::{self, Shown},
    items::View,
    mailboxes::ORGANIZATION,
    problem::Problem,
};
use crate::{access::user::Reach, service::state::Organization};
use axum::{Json, routing::post};
use earmark_crm_port::organization::MailboxRow;
use earmark_ledger::ItemQuery;
use earmark_mailbox_port::{Detail, IdForm, ItemRead};
use earmark_model::{
    Actor, FailureClass, ItemHandle, ItemKind, ItemState, Link, LinkKey, Regarding, Request,
    RequestOrigin, RequestWish,
};
use earmark_tracking::Reason;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use tokio::time::Instant;
use uuid::Uuid;

/// Units: items in one request.
const ITEMS_MAX: usize = 100;
/// How long an answer waits for the work.
const WAIT_MAX: Duration = Duration::from_secs(2);

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
        act(
            "/api/v1/items/answer",
            "answerItems",
            "Says whether what was changed in the CRM may be written to meetings whose attendees get an update by that.",
            "AnswerRequest",
            post(answer),
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
    #[serde(default)]
    yes: Option<bool>,
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

impl Selected {
    /// The form in which the id is given. Checked before.
    fn form(&self) -> IdForm {
        self.id_format.as_deref().and_then(IdForm::parse).unwrap_or(IdForm::RestImmutable)
    }
}

/// A selected item with its handle; `None` where the id means nothing in the mailbox.
struct Target<'a> {
    selected: &'a Selected,
    handle: Option<ItemHandle>,
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
    asking: Asking,
    organization: Chosen,
    Body(selection): Body<Selection>,
) -> Result<Json<Value>, Problem> {
    let wanted = check(&asking, &organization, &selection, false).await?;
    let mailbox = &wanted.mailbox;
    let mut answers = Vec::new();
    for target in targets(&organization, mailbox, &selection.items).await? {
        let link = known(&organization, mailbox, &target).await?;
        let is_within = link.as_ref().is_none_or(|(_, link)| wanted.reach.includes(link.kind));
        answers.push(match is_within {
            true => Answer::of(target, link),
            false => Answer { target, link: None, error: Some(OUT_OF_REACH.to_owned()) },
        });
    }
    let older = answers.iter().filter_map(|answer| {
        let link = answer.link.as_ref().map(|(_, link)| link);
        let handle = link.map(|link| &link.key.handle).or(answer.target.handle.as_ref())?;
        item_look::may_be_older(link).then(|| (handle.clone(), link.cloned()))
    });
    let (mut shown, named) = item_look::look(&organization, mailbox, older.collect()).await;
    // Ids of another form than they were said to have: what is known stands under the handle.
    for answer in answers.iter_mut().filter(|answer| answer.link.is_none()) {
        let Some(handle) = answer.target.handle.clone() else { continue };
        let Some(real) = named.get(&handle) else { continue };
        let target = Target { selected: answer.target.selected, handle: Some(real.clone()) };
        let link = known(&organization, mailbox, &target).await?;
        answer.link = link.filter(|(_, link)| wanted.reach.includes(link.kind));
        if answer.link.is_some() {
            shown.remove(&handle);
        }
    }
    print(&organization, mailbox, answers, &shown).await
}

async fn track(
    asking: Asking,
    organization: Chosen,
    Body(selection): Body<Selection>,
) -> Result<Json<Value>, Problem> {
    let mut wanted = check(&asking, &organization, &selection, true).await?;
    let wish = RequestWish::Track { regarding: wanted.regarding.take() };
    serve(&asking, &organization, &wanted, &selection.items, &wish).await
}

async fn untrack(
    asking: Asking,
    organization: Chosen,
    Body(selection): Body<Selection>,
) -> Result<Json<Value>, Problem> {
    let wanted = check(&asking, &organization, &selection, false).await?;
    serve(&asking, &organization, &wanted, &selection.items, &RequestWish::Untrack).await
}

async fn retry(
    asking: Asking,
    organization: Chosen,
    Body(selection): Body<Selection>,
) -> Result<Json<Value>, Problem> {
    let wanted = check(&asking, &organization, &selection, false).await?;
    let wish = RequestWish::Track { regarding: None };
    serve(&asking, &organization, &wanted, &selection.items, &wish).await
}

async fn answer(
    asking: Asking,
    organization: Chosen,
    Body(mut selection): Body<Selection>,
) -> Result<Json<Value>, Problem> {
    let Some(yes) = selection.yes.take() else {
        return Err(Problem::unusable("yes", "`yes` is missing").hint(
            "Say true to write the change and tell the attendees, false to leave the meeting",
        ));
    };
    let mailbox = check(&asking, &organization, &selection, false).await?.mailbox;
    let mut answered = Vec::new();
    for target in targets(&organization, &mailbox, &selection.items).await? {
        let key = known(&organization, &mailbox, &target).await?.map(|(_, link)| link.key);
        let is_asked = match &key {
            Some(key) => organization.engine.answer_edit(key.clone(), yes).await?,
            None => false,
        };
        answered.push((target, key.filter(|_| is_asked)));
    }
    let waiting: Vec<&LinkKey> = answered.iter().filter_map(|(_, key)| key.as_ref()).collect();
    if mailbox.is_enabled && !waiting.is_empty() {
        work(&organization, &mailbox, &waiting).await;
    }
    let mut answers = Vec::new();
    for (target, key) in answered {
        let link = known(&organization, &mailbox, &target).await?;
        let error = key.is_none().then(|| "nothing of the item waits for an answer".to_owned());
        answers.push(Answer { target, link, error });
    }
    print(&organization, &mailbox, answers, &BTreeMap::new()).await
}

/// What is said about an item that the caller may not act for.
const OUT_OF_REACH: &str = "you may act for this mailbox's calendar only";
/// What is said about an id that means nothing in the mailbox.
const NOTHING: &str =
    "the id names no message, calendar item or task of the mailbox; nothing else is tracked";

/// What is asked for, once it is allowed.
struct Wanted {
    mailbox: MailboxRow,
    reach: Reach,
    /// Who the caller is in the history.
    actor: Actor,
    /// Absent, none and a record are three different things.
    regarding: Option<Option<Regarding>>,
}

/// Refuses what cannot be served before anything is stored.
async fn check(
    asking: &Asking,
    organization: &Organization,
    selection: &Selection,
    takes_regarding: bool,
) -> Result<Wanted, Problem> {
    if selection.items.is_empty() || selection.items.len() > ITEMS_MAX {
        return Err(Problem::unusable("items", "`items` must name 1 to 100 items")
            .hint("Split the request"));
    }
    for selected in &selection.items {
        if selected.id_format.as_deref().is_some_and(|format| IdForm::parse(format).is_none()) {
            return Err(Problem::unusable("idFormat", "no such form of id")
                .hint("Use one of restImmutableEntryId (the default), restId, ewsId, entryId"));
        }
        if selected.item_id.is_empty() || selected.item_id.len() > 1024 {
            return Err(Problem::unusable("itemId", "`itemId` is empty or longer than 1024"));
        }
    }
    if selection.regarding.is_some() && !takes_regarding {
        return Err(Problem::unusable("regarding", "`regarding` is taken by track only"));
    }
    if selection.yes.is_some() {
        return Err(Problem::unusable("yes", "`yes` is taken by answer only"));
    }
    let (mailbox, reach, actor) = asking.reach(organization, &selection.mailbox).await?;
    let regarding = match &selection.regarding {
        Some(Some(record)) => Some(Some(existing(asking, organization, record).await?)),
        Some(None) => Some(None),
        None => None,
    };
    Ok(Wanted { mailbox, reach, actor, regarding })
}

async fn existing(
    asking: &Asking,
    organization: &Organization,
    record: &Record,
) -> Result<Regarding, Problem> {
    let caller = asking.in_crm(organization).await?;
    if !crate::records::exists(&organization.crm, &record.table, record.id, &caller).await? {
        return Err(Problem::unusable("regarding", "`regarding` names no record of the CRM")
            .hint("Give the table's logical name and the record's id"));
    }
    Ok(Regarding { table: record.table.clone(), id: record.id })
}

/// The handles of what was selected; ids of another form are translated by the mailbox server, all of
/// one form in one request.
///
/// Errors: the server could not be asked.
async fn targets<'a>(
    organization: &Organization,
    mailbox: &MailboxRow,
    selected: &'a [Selected],
) -> Result<Vec<Target<'a>>, Problem> {
    let opened = organization.mailboxes.open(&mailbox.address);
    let mut translated: BTreeMap<(&str, &str), Option<ItemHandle>> = BTreeMap::new();
    for form in [IdForm::Rest, IdForm::Ews, IdForm::Entry] {
        let ids: BTreeSet<&str> = selected
            .iter()
            .filter(|one| one.form() == form)
            .map(|one| one.item_id.as_str())
            .collect();
        if ids.is_empty() {
            continue;
        }
        let asked: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
        let handles = opened.translate(form, &asked).await?;
        translated.extend(ids.into_iter().map(|id| (form.as_str(), id)).zip(handles));
    }
    let target = |one: &'a Selected| Target {
        selected: one,
        handle: match one.form() {
            IdForm::RestImmutable => Some(ItemHandle(one.item_id.clone())),
            form => translated.get(&(form.as_str(), one.item_id.as_str())).cloned().flatten(),
        },
    };
    Ok(selected.iter().map(target).collect())
}

/// Stores the wish for each item, runs the mailbox's cycle, and answers the new states.
async fn serve(
    asking: &Asking,
    organization: &Organization,
    wanted: &Wanted,
    selected: &[Selected],
    wish: &RequestWish,
) -> Result<Json<Value>, Problem> {
    let mailbox = &wanted.mailbox;
    let mut stored = Vec::new();
    for mut target in targets(organization, mailbox, selected).await? {
        let outcome = store(asking, organization, wanted, &mut target, wish).await?;
        stored.push((target, outcome));
    }
    let waiting: Vec<&LinkKey> =
        stored.iter().filter_map(|(_, stored)| stored.as_ref().ok()).collect();
    if mailbox.is_enabled && !waiting.is_empty() {
        work(organization, mailbox, &waiting).await;
    }
    let mut answers = Vec::new();
    for (target, outcome) in stored {
        answers.push(match outcome {
            Ok(_) => {
                let link = known(organization, mailbox, &target).await?;
                Answer::of(target, link)
            }
            Err(error) => Answer { target, link: None, error: Some(error) },
        });
    }
    print(organization, mailbox, answers, &BTreeMap::new()).await
}

/// Stores the wish. The inner error is about this one item.
async fn store(
    asking: &Asking,
    organization: &Organization,
    wanted: &Wanted,
    target: &mut Target<'_>,
    wish: &RequestWish,
) -> Result<Result<LinkKey, String>, Problem> {
    let mailbox = &wanted.mailbox;
    let mut found = known(organization, mailbox, target).await?;
    let mut probed = None;
    if found.is_none() {
        let Some(handle) = target.handle.clone() else { return Ok(Err(NOTHING.to_owned())) };
        let (kind, named) = match probe(organization, mailbox, &handle).await {
            Ok(answer) => answer,
            Err(error) => return Ok(Err(error)),
        };
        // A server answers to ids of other forms, too; the ledger knows an item by its handle alone.
        if named != handle {
            target.handle = Some(named.clone());
            found = known(organization, mailbox, target).await?;
        }
        let organization = organization.id;
        probed = Some((LinkKey { organization, mailbox: mailbox.id, handle: named }, kind));
    }
    let found = found.map(|(_, link)| (link.key, link.kind));
    let Some((key, kind)) = found.or(probed) else { return Ok(Err(NOTHING.to_owned())) };
    if !wanted.reach.includes(kind) {
        return Ok(Err(OUT_OF_REACH.to_owned()));
    }
    let at = asking.service.clock.now();
    let request = Request { wish: wish.clone(), origin: RequestOrigin::Person, at };
    organization.store.put_request(key.clone(), kind, request, wanted.actor).await?;
    Ok(Ok(key))
}

/// The kind and the handle of an item that the ledger does not know. Where the mailbox cannot be read for the
/// moment the wish is stored all the same, and the next cycle finds out; an id that the server
/// does not understand as any kind is refused.
async fn probe(
    organization: &Organization,
    mailbox: &MailboxRow,
    handle: &ItemHandle,
) -> Result<(ItemKind, ItemHandle), String> {
    let opened = organization.mailboxes.open(&mailbox.address);
    let tasks = organization.mailboxes.capabilities().tasks.then_some(ItemKind::Task);
    let mut refusal = None;
    for kind in [ItemKind::Email, ItemKind::Appointment].into_iter().chain(tasks) {
        match opened.item(kind, handle, Detail::Summary).await {
            Ok(ItemRead::Found { item, .. }) => return Ok((item.kind, item.handle)),
            Ok(ItemRead::Gone) => {}
            Err(failure) => match failure.class {
                FailureClass::Throttled { .. }
                | FailureClass::Timeout
                | FailureClass::Unavailable
                | FailureClass::Unauthenticated => return Ok((kind, handle.clone())),
                FailureClass::CheckpointExpired
                | FailureClass::Conflict
                | FailureClass::ItemGone
                | FailureClass::ScopeUnreadable
                | FailureClass::RecordGone
                | FailureClass::Refused
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
            Ok(Some((_, link))) if link.request.is_none() && !link.edits.is_open() => {}
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
    target: &Target<'_>,
) -> Result<Option<(i64, Link)>, Problem> {
    if let Some(handle) = &target.handle {
        let (organization_id, handle) = (organization.id, handle.clone());
        let key = LinkKey { organization: organization_id, mailbox: mailbox.id, handle };
        if let Some(found) = by_handle(organization, &key).await? {
            return Ok(Some(found));
        }
    }
    let Some(message_id) = &target.selected.internet_message_id else { return Ok(None) };
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
    target: Target<'a>,
    link: Option<(i64, Link)>,
    error: Option<String>,
}

impl<'a> Answer<'a> {
    fn of(target: Target<'a>, link: Option<(i64, Link)>) -> Self {
        let is_unknown = link.is_none() && target.handle.is_none();
        let error = is_unknown.then(|| NOTHING.to_owned());
        Self { target, link, error }
    }
}

/// The answers, with what items show in place of what the ledger says.
async fn print(
    organization: &Organization,
    mailbox: &MailboxRow,
    answers: Vec<Answer<'_>>,
    shown: &BTreeMap<ItemHandle, Shown>,
) -> Result<Json<Value>, Problem> {
    let links = answers.iter().filter_map(|answer| answer.link.as_ref().map(|(_, link)| link));
    let view = View::load(organization, links).await?;
    let memory = organization.store.mailbox(organization.id, mailbox.id).await?;
    let now = organization.engine.now();
    let waits_until = memory.not_before.filter(|until| *until > now);
    let mut items = Vec::new();
    for answer in &answers {
        let link = answer.link.as_ref().map(|(_, link)| link);
        let mut value = match &answer.link {
            Some((id, link)) => view.item(*id, link),
            None => json!({"state": "not_tracked", "reason": Reason::NoCategory.code()}),
        };
        // Grows with every change of state or reason, so that a page sees what is newer.
        let mut version = link.map_or(0, |link| link.changed_at.as_millis());
        let handle = link.map(|link| &link.key.handle).or(answer.target.handle.as_ref());
        if let Some(shown) = handle.and_then(|handle| shown.get(handle)) {
            value["state"] = json!(shown.state.as_str());
            value["reason"] = json!(shown.reason);
            version = version.max(now.as_millis());
        }
        if let Some(request) = link.and_then(|link| link.request.as_ref()) {
            let reason = match (&request.wish, waits_until) {
                (_, Some(_)) => Reason::MailboxUnreadable,
                (RequestWish::Track { .. }, None) => Reason::RequestedByPerson,
                (RequestWish::Untrack, None) => Reason::UntrackRequestedByPerson,
            };
            if link.is_some_and(|link| link.state == ItemState::Pending) {
                value["reason"] = json!(reason.code());
            }
        }
        if value["state"] == json!(ItemState::Pending.as_str()) && waits_until.is_some() {
            value["notBefore"] = json!(waits_until.map(|until| until.to_string()));
        }
        value["itemId"] = json!(answer.target.selected.item_id);
        value["idFormat"] = json!(answer.target.selected.form().as_str());
        value["version"] = json!(version);
        value["error"] = json!(answer.error);
        items.push(value);
    }
    Ok(Json(json!({"schema": "earmark.item.states/1", "items": items, "next": null})))
}
