//! `/api/v1/mailboxes`.

use super::{
    endpoint::{Endpoint, Parameter},
    input::{Body, Chosen, Named, Parameters},
    mailbox_view::{self, Standing},
    problem::Problem,
};
use crate::{
    provision::{self, NewMailbox},
    service::state::Organization,
};
use axum::{
    Json,
    http::StatusCode,
    routing::{get, patch, post},
};
use earmark_crm_port::organization::MailboxRow;
use earmark_ledger::Unit;
use serde::Deserialize;
use serde_json::{Value, json};

/// The parameter that names an organization.
pub const ORGANIZATION: Parameter = Parameter {
    name: "organization",
    kind: "string",
    description: "The organization's slug; the first organization without it.",
};

/// `incomingemailfilteringmethod`: all email messages.
const ALL_MESSAGES: i64 = 0;

/// What that means for the people whose mail it is.
const ACCEPTS_ALL: &str = "From now on every message that arrives in the Inbox becomes a record, \
    private and confidential ones too, for everybody who may read the owner's records. Mail that \
    is there already is left alone.";

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    let endpoint = |method, path, operation, summary, body, handler| Endpoint {
        method,
        path,
        operation,
        summary,
        query: &[ORGANIZATION],
        body,
        answer: "Mailbox",
        handler,
    };
    let act = |path, operation, summary, handler| {
        endpoint("post", path, operation, summary, None, handler)
    };
    const ONE: &str = "/api/v1/mailboxes/{mailbox}";
    vec![
        Endpoint {
            answer: "MailboxList",
            query: &[
                ORGANIZATION,
                Parameter {
                    name: "q",
                    kind: "string",
                    description: "A part of the address, in any case.",
                },
                Parameter {
                    name: "state",
                    kind: "string",
                    description: "ok, failing, paused or not_enabled.",
                },
                Parameter { name: "kind", kind: "string", description: "user or queue." },
                Parameter {
                    name: "cursor",
                    kind: "string",
                    description: "`next` of the page before.",
                },
            ],
            ..endpoint(
                "get",
                "/api/v1/mailboxes",
                "listMailboxes",
                "Mailboxes in the order of their addresses, 100 in a page.",
                None,
                get(list),
            )
        },
        endpoint(
            "post",
            "/api/v1/mailboxes",
            "addMailbox",
            "Makes a user or queue with a mailbox row, approved, tested and enabled.",
            Some("NewMailbox"),
            post(add),
        ),
        endpoint("get", ONE, "getMailbox", "One mailbox, by address.", None, get(show)),
        endpoint(
            "patch",
            ONE,
            "changeMailbox",
            "Chooses which new mail is accepted automatically: 0 (all) or 4 (none).",
            Some("MailboxChange"),
            patch(filter),
        ),
        act(
            "/api/v1/mailboxes/{mailbox}/approve",
            "approveMailbox",
            "Approves the address.",
            post(approve),
        ),
        act(
            "/api/v1/mailboxes/{mailbox}/reject",
            "rejectMailbox",
            "Rejects the address: the mailbox is not served any more.",
            post(reject),
        ),
        endpoint(
            "post",
            "/api/v1/mailboxes/{mailbox}/test",
            "testMailbox",
            "Tests each channel and enables what goes well; with `wait` answers how that ended.",
            Some("TestRequest"),
            post(test),
        ),
        act(
            "/api/v1/mailboxes/{mailbox}/enable",
            "enableMailbox",
            "Approves, tests and serves the mailbox.",
            post(enable),
        ),
        act(
            "/api/v1/mailboxes/{mailbox}/disable",
            "disableMailbox",
            "Stops serving the mailbox; what is tracked stays.",
            post(disable),
        ),
        act(
            "/api/v1/mailboxes/{mailbox}/pause",
            "pauseMailbox",
            "Takes the mailbox out of the schedule.",
            post(pause),
        ),
        act(
            "/api/v1/mailboxes/{mailbox}/resume",
            "resumeMailbox",
            "Puts the mailbox back into the schedule, due at once.",
            post(resume),
        ),
        Endpoint {
            answer: "Sync",
            ..endpoint(
                "post",
                "/api/v1/mailboxes/{mailbox}/sync",
                "syncMailbox",
                "Looks at the mailbox now; with `wait` answers what the cycle did.",
                Some("SyncRequest"),
                post(sync),
            )
        },
    ]
}

/// Units: mailboxes in one page.
const PAGE: usize = 100;

#[derive(Deserialize)]
struct Filters {
    #[serde(default)]
    q: String,
    state: Option<String>,
    kind: Option<String>,
    cursor: Option<String>,
}

/// In the order of their addresses; the cursor is the last address of the page before.
async fn list(
    organization: Chosen,
    Parameters(filters): Parameters<Filters>,
) -> Result<Json<Value>, Problem> {
    let wanted = filters.state.as_deref().filter(|state| !state.is_empty());
    let standing = wanted.map(standing).transpose()?;
    let kind = filters.kind.as_deref().filter(|kind| !kind.is_empty());
    if kind.is_some_and(|kind| !["user", "queue"].contains(&kind)) {
        return Err(Problem::unusable("kind", "no such kind").hint("Use user or queue"));
    }
    let q = filters.q.trim().to_lowercase();
    let units = mailbox_view::units(&organization).await?;
    let rows = organization.snapshot().await?.mailboxes;
    let matching: Vec<&MailboxRow> = rows
        .iter()
        .filter(|row| q.is_empty() || row.address.as_str().to_lowercase().contains(&q))
        .filter(|row| standing.is_none_or(|wanted| Standing::of(row, &units) == wanted))
        .filter(|row| kind.is_none_or(|kind| (kind == "queue") == row.owner.queue().is_some()))
        .collect();
    let after = filters.cursor.as_deref();
    let from = match after {
        Some(after) => matching.partition_point(|row| row.address.as_str() <= after),
        None => 0,
    };
    let page = &matching[from..matching.len().min(from + PAGE)];
    let mut items = Vec::new();
    for row in page {
        items.push(mailbox_view::mailbox(&organization, row, &units).await?);
    }
    let next = (from + PAGE < matching.len()).then(|| page.last()).flatten();
    Ok(Json(json!({
        "schema": "earmark.mailbox.list/1", "items": items, "total": matching.len(),
        "next": next.map(|row| row.address.as_str()),
    })))
}

fn standing(word: &str) -> Result<Standing, Problem> {
    Standing::ALL.into_iter().find(|one| one.as_str() == word).ok_or_else(|| {
        let known = Standing::ALL.map(Standing::as_str).join(", ");
        Problem::unusable("state", "no such state").hint(format!("Use one of {known}"))
    })
}

async fn show(organization: Chosen, Named(address): Named) -> Result<Json<Value>, Problem> {
    let row = find(&organization, &address).await?;
    view(&organization, &row).await
}

async fn add(
    organization: Chosen,
    Body(wanted): Body<NewMailbox>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    if organization.mailbox(&wanted.address).await?.is_some() {
        return Err(Problem::new(StatusCode::CONFLICT, "mailbox", "the mailbox is there already")
            .hint("`earmark mailbox enable` serves it"));
    }
    provision::add(&organization, &wanted).await?;
    let row = find(&organization, &wanted.address).await?;
    provision::enable(&organization, &row).await.map_err(|problem| {
        problem.hint("It is known now, and not served; correct this, then `earmark mailbox enable`")
    })?;
    refreshed(&organization).await?;
    let row = find(&organization, &wanted.address).await?;
    Ok((StatusCode::CREATED, view(&organization, &row).await?))
}

async fn approve(organization: Chosen, Named(address): Named) -> Result<Json<Value>, Problem> {
    let row = find(&organization, &address).await?;
    provision::approve(&organization, &row).await?;
    changed(&organization, &address).await
}

async fn reject(organization: Chosen, Named(address): Named) -> Result<Json<Value>, Problem> {
    let row = find(&organization, &address).await?;
    provision::reject(&organization, &row).await?;
    changed(&organization, &address).await
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TestRequest {
    #[serde(default)]
    wait: bool,
    #[serde(default)]
    take_over: bool,
}

async fn test(
    organization: Chosen,
    Named(address): Named,
    Body(wanted): Body<TestRequest>,
) -> Result<Json<Value>, Problem> {
    let row = find(&organization, &address).await?;
    refuse_paused(&organization, &row).await?;
    provision::ask_for_test(&organization, &row, wanted.take_over).await?;
    if wanted.wait {
        organization.test_now(row.id).await?;
    }
    changed(&organization, &address).await
}

async fn enable(organization: Chosen, Named(address): Named) -> Result<Json<Value>, Problem> {
    let row = find(&organization, &address).await?;
    refuse_paused(&organization, &row).await?;
    provision::enable(&organization, &row).await?;
    changed(&organization, &address).await
}

async fn disable(organization: Chosen, Named(address): Named) -> Result<Json<Value>, Problem> {
    let row = find(&organization, &address).await?;
    provision::disable(&organization, &row).await?;
    changed(&organization, &address).await
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct MailboxChange {
    filtering_method: i64,
}

async fn filter(
    organization: Chosen,
    Named(address): Named,
    Body(wanted): Body<MailboxChange>,
) -> Result<Json<Value>, Problem> {
    let row = find(&organization, &address).await?;
    provision::filter(&organization, &row, wanted.filtering_method).await?;
    let mut answer = changed(&organization, &address).await?;
    if wanted.filtering_method == ALL_MESSAGES {
        answer["warning"] = json!(ACCEPTS_ALL);
    }
    Ok(answer)
}

async fn pause(organization: Chosen, Named(address): Named) -> Result<Json<Value>, Problem> {
    let row = find(&organization, &address).await?;
    organization.store.pause(organization.id, Unit::Mailbox(row.id)).await?;
    view(&organization, &row).await
}

async fn resume(organization: Chosen, Named(address): Named) -> Result<Json<Value>, Problem> {
    let row = find(&organization, &address).await?;
    organization.store.resume(organization.id, Unit::Mailbox(row.id)).await?;
    organization.engine.wake(organization.id, row.id).await;
    view(&organization, &row).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SyncRequest {
    #[serde(default)]
    wait: bool,
}

async fn sync(
    organization: Chosen,
    Named(address): Named,
    Body(wanted): Body<SyncRequest>,
) -> Result<Json<Value>, Problem> {
    let row = find(&organization, &address).await?;
    refuse_paused(&organization, &row).await?;
    let mut answer = json!({"schema": "earmark.mailbox.sync/1", "mailbox": row.address.as_str()});
    if wanted.wait {
        let report = organization.cycle_now(row.id).await?;
        if let (Value::Object(answer), Value::Object(report)) =
            (&mut answer, mailbox_view::cycle_report(&report))
        {
            answer.extend(report);
        }
    } else {
        organization.engine.wake(organization.id, row.id).await;
    }
    Ok(Json(answer))
}

/// Nobody would ever look at a mailbox that is paused, so nobody should wait for it.
async fn refuse_paused(organization: &Organization, row: &MailboxRow) -> Result<(), Problem> {
    let units = mailbox_view::units(organization).await?;
    if row.is_enabled && mailbox_view::is_paused(row, &units) {
        return Err(Problem::new(StatusCode::CONFLICT, "paused", "the mailbox is paused")
            .hint("`earmark mailbox resume` puts it back into the schedule"));
    }
    Ok(())
}

/// The mailbox with this address, or a problem that says how to make it known.
pub async fn find(organization: &Organization, address: &str) -> Result<MailboxRow, Problem> {
    organization.mailbox(address).await?.ok_or_else(|| {
        Problem::missing("mailbox", "no such mailbox")
            .hint("`earmark mailbox list` shows the mailboxes; `earmark mailbox add` adds one")
    })
}

async fn refreshed(organization: &Organization) -> Result<(), Problem> {
    organization.refresh().await?;
    Ok(())
}

async fn changed(organization: &Organization, address: &str) -> Result<Json<Value>, Problem> {
    refreshed(organization).await?;
    let row = find(organization, address).await?;
    view(organization, &row).await
}

async fn view(organization: &Organization, row: &MailboxRow) -> Result<Json<Value>, Problem> {
    let units = mailbox_view::units(organization).await?;
    let mut value = mailbox_view::mailbox(organization, row, &units).await?;
    value["schema"] = json!("earmark.mailbox/1");
    Ok(Json(value))
}
