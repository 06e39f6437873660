//! `GET /api/v1/items/{id}/explain`: why, and on what it was decided.

use super::{input::Chosen, input::Named, items, items::View, problem::Problem};
use crate::service::state::Organization;
use axum::Json;
use earmark_ledger::{MailboxMemory, Unit};
use earmark_model::{Baseline, CrmSide, Instant, ItemState, Link, UndeliverableMark};
use earmark_tracking::Reason;
use serde_json::{Value, json};

/// Explains one item.
pub async fn explain(organization: Chosen, Named(id): Named) -> Result<Json<Value>, Problem> {
    let (id, link) = items::find(&organization, &id).await?;
    explanation(&organization, id, &link).await.map(Json)
}

/// The explanation of a link.
pub async fn explanation(
    organization: &Organization,
    id: i64,
    link: &Link,
) -> Result<Value, Problem> {
    let memory = organization.store.mailbox(organization.id, link.key.mailbox).await?;
    let units = organization.store.units(organization.id).await?;
    let due = units
        .iter()
        .find(|status| status.unit == Unit::Mailbox(link.key.mailbox))
        .and_then(|status| status.due);
    let view = View::load(organization, [link]).await?;
    let explanation = Reason::from_code(&link.reason).map(Reason::explanation);
    Ok(json!({
        "schema": "earmark.item.explain/1",
        "id": id.to_string(),
        "mailbox": view.address(link.key.mailbox),
        "graphId": link.key.handle.as_str(),
        "state": link.state.as_str(),
        "reason": link.reason,
        "explanation": explanation.unwrap_or("This version does not know the reason's code."),
        "nextAttempt": next_attempt(link, due).map(|at| at.to_string()),
        "facts": facts(link, &memory),
    }))
}

/// When the item is tried next, where something is still to be done about it.
fn next_attempt(link: &Link, due: Option<Instant>) -> Option<Instant> {
    match link.state {
        ItemState::Pending | ItemState::Retrying | ItemState::Held => due.max(link.not_before),
        ItemState::NotTracked
        | ItemState::Tracked
        | ItemState::Undeliverable
        | ItemState::UntrackedByUser
        | ItemState::Ignored
        | ItemState::Dormant
        | ItemState::SourceGone
        | ItemState::RecordDeleted
        | ItemState::Unsupported => None,
    }
}

fn facts(link: &Link, memory: &MailboxMemory) -> Value {
    let baseline = match link.baseline {
        Baseline::Untracked => 0,
        Baseline::Tracked => 1,
    };
    let crm = match link.crm {
        CrmSide::NotLinked => "not_linked",
        CrmSide::Linked => "linked",
        CrmSide::RecordDeleted => "record_deleted",
    };
    let mark = match link.undeliverable {
        UndeliverableMark::None => "none",
        UndeliverableMark::Intended => "intended",
        UndeliverableMark::Marked => "marked",
    };
    json!({
        "baseline": baseline,
        "crmSide": crm,
        "activityId": link.activity.map(|activity| activity.to_string()),
        "direction": link.direction.map(|direction| direction.as_str()),
        "request": items::wish(link),
        "owesCategory": link.owes_category,
        "ignored": link.ignored,
        "uncategorized": link.uncategorized,
        "undeliverableMark": mark,
        "attempts": link.attempts,
        "notBefore": link.not_before.map(|at| at.to_string()),
        "lastFailure": link.failure.as_ref().map(|failure| json!({
            "class": failure.class, "code": failure.code, "detail": failure.detail,
        })),
        "confirmedName": link.confirmed_name.as_ref().map(|name| name.as_str()),
        "categoryName": memory.tracked.as_ref().map(|tracked| tracked.name.as_str()),
        "linkedAt": link.linked_at.map(|at| at.to_string()),
        "changedAt": link.changed_at.to_string(),
        "mailboxLastSweptAt": memory.swept_at.map(|at| at.to_string()),
        "mailboxLastSuccess": memory.last_success.map(|at| at.to_string()),
        "mailboxLastFailure": memory.last_failure.as_ref().map(|failure| json!({
            "class": failure.class, "code": failure.code, "detail": failure.detail,
        })),
        "mailboxUnsettledUntil": memory.unsettled_until.map(|at| at.to_string()),
    })
}
