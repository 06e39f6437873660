//! `POST /api/v1/reconcile`: a full comparison of mailboxes, ledger and CRM, and its repair.

use super::{
    endpoint::Endpoint,
    input::{Body, Chosen},
    problem::Problem,
};
use axum::{Json, routing::post};
use earmark_crm_port::MailboxRow;
use earmark_engine::{Difference, ReconcileReport, Unreadable, Waiting};
use earmark_ledger::HeldDecision;
use earmark_model::MailboxId;
use earmark_tracking::Reason;
use serde::Deserialize;
use serde_json::{Value, json};

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint {
        method: "post",
        path: "/api/v1/reconcile",
        operation: "reconcile",
        summary: "Compares mailboxes, ledger and CRM completely; changes nothing unless told to.",
        query: &[],
        body: Some("Reconcile"),
        answer: "ReconcileReport",
        handler: post(reconcile),
    }]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    #[serde(default)]
    apply: bool,
    #[serde(default)]
    mailbox: Option<String>,
}

async fn reconcile(
    organization: Chosen,
    Body(wanted): Body<Wanted>,
) -> Result<Json<Value>, Problem> {
    let only = match &wanted.mailbox {
        None => None,
        Some(address) => {
            let row = organization.mailbox(address).await?.ok_or_else(|| {
                Problem::missing("mailbox", "no such mailbox in this organization")
                    .hint("`earmark mailbox list` shows the mailboxes")
            })?;
            Some(row.id)
        }
    };
    let report = organization.engine.reconcile(organization.id, only, wanted.apply).await?;
    let mailboxes = organization.snapshot().await?.mailboxes;
    Ok(Json(json!({
        "schema": "earmark.reconcile/1",
        "applied": report.applied,
        "report": shown(&report, &mailboxes),
    })))
}

/// The report with addresses in place of mailbox ids.
fn shown(report: &ReconcileReport, mailboxes: &[MailboxRow]) -> Value {
    let address = |id: MailboxId| {
        mailboxes.iter().find(|row| row.id == id).map(|row| row.address.as_str().to_owned())
    };
    let different = |all: &[Difference]| -> Vec<Value> {
        all.iter().map(|one| difference(one, address(one.mailbox))).collect()
    };
    let waiting = report.waiting.iter().map(|one| wait(one, address(one.mailbox)));
    let unreadable = report.unreadable.iter().map(|one| unread(one, address(one.mailbox)));
    json!({
        "mailboxes": report.mailboxes,
        "bearers": report.bearers,
        "links": report.links,
        "differences": different(&report.differences),
        "repaired": different(&report.repaired),
        "waiting": waiting.collect::<Vec<_>>(),
        "unreadable": unreadable.collect::<Vec<_>>(),
        "unfinished": report.unfinished.iter().map(|id| address(*id)).collect::<Vec<_>>(),
    })
}

fn difference(one: &Difference, mailbox: Option<String>) -> Value {
    json!({
        "mailbox": mailbox,
        "graphId": one.item.as_ref().map(|item| item.as_str()),
        "activityId": one.activity.map(|activity| activity.to_string()),
        "difference": one.kind.as_str(),
        "reason": one.reason,
        "explanation": one.reason.as_deref().and_then(explanation),
        "detail": one.detail,
        "repair": one.repair.as_str(),
        "remedy": one.kind.remedy(),
    })
}

fn wait(one: &Waiting, mailbox: Option<String>) -> Value {
    let remedy = if one.needs_person && one.reason == HeldDecision::MISSING_IN_CRM {
        Some("`earmark held discard` tracks it again, `earmark held release` untracks it.")
    } else {
        None
    };
    json!({
        "mailbox": mailbox,
        "graphId": one.item.as_str(),
        "activityId": one.activity.map(|activity| activity.to_string()),
        "state": one.state.as_str(),
        "reason": one.reason,
        "explanation": explanation(&one.reason),
        "until": one.until.map(|until| until.to_string()),
        "needsPerson": one.needs_person,
        "remedy": remedy,
    })
}

fn unread(one: &Unreadable, mailbox: Option<String>) -> Value {
    json!({"mailbox": mailbox, "part": one.part, "code": one.code, "detail": one.detail})
}

fn explanation(code: &str) -> Option<&'static str> {
    Reason::from_code(code).map(Reason::explanation)
}
