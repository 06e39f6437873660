//! `GET /api/v1/doctor`: what works, what does not, and what to do.

use super::endpoint::Endpoint;
use crate::service::state::{Organization, Service};
use axum::{Json, extract::State, routing::get};
use earmark_crm_port::organization::MailboxRow;
use earmark_ledger::ItemQuery;
use earmark_model::{Failure, FailureClass};
use serde_json::{Value, json};
use std::{path::Path, sync::Arc};

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint {
        method: "get",
        path: "/api/v1/doctor",
        operation: "doctor",
        summary: "Checks configuration, permissions and reachability, with a remedy for each.",
        query: &[],
        body: None,
        answer: "DoctorReport",
        handler: get(doctor),
    }]
}

/// Cycles that a mailbox may miss before somebody should look.
const MISSED_CYCLES_MAX: u32 = 3;

/// What to do about a ledger that cannot be read.
const LEDGER_REMEDY: &str = "Check the disk; if the file is damaged, stop the service, move the \
ledger with its -wal and -shm away and start again: links are found again";

struct Check {
    name: String,
    result: &'static str,
    detail: String,
    remedy: Option<String>,
}

impl Check {
    fn ok(name: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { name: name.into(), result: "ok", detail: detail.into(), remedy: None }
    }

    fn warn(name: impl Into<String>, detail: impl Into<String>, remedy: &str) -> Self {
        let remedy = Some(remedy.to_owned());
        Self { name: name.into(), result: "warn", detail: detail.into(), remedy }
    }

    fn fail(name: impl Into<String>, detail: impl Into<String>, remedy: &str) -> Self {
        Self { result: "fail", ..Self::warn(name, detail, remedy) }
    }
}

async fn doctor(State(service): State<Arc<Service>>) -> Json<Value> {
    let mut checks = vec![data_folder(&service.data_dir)];
    for organization in &service.organizations {
        check_organization(&service, organization, &mut checks).await;
    }
    let worst = |result| checks.iter().any(|check| check.result == result);
    let result = if worst("fail") {
        "fail"
    } else if worst("warn") {
        "warn"
    } else {
        "ok"
    };
    let items: Vec<Value> = checks
        .iter()
        .map(|check| {
            json!({
                "name": check.name, "result": check.result,
                "detail": check.detail, "remedy": check.remedy,
            })
        })
        .collect();
    Json(json!({"schema": "earmark.doctor/1", "result": result, "items": items, "next": null}))
}

fn data_folder(path: &Path) -> Check {
    let shown = path.display();
    let Ok(metadata) = std::fs::metadata(path) else {
        return Check::fail("data folder", format!("{shown} cannot be read"), "Check its owner");
    };
    if let Some(mode) = open_to_others(&metadata) {
        let detail = format!("{shown} can be entered by other users (mode {mode:03o})");
        return Check::warn("data folder", detail, "Run chmod 700 on it");
    }
    Check::ok("data folder", format!("{shown} is there and private"))
}

#[cfg(unix)]
fn open_to_others(metadata: &std::fs::Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    let mode = metadata.permissions().mode() & 0o777;
    (mode & 0o007 != 0).then_some(mode)
}

#[cfg(not(unix))]
fn open_to_others(_: &std::fs::Metadata) -> Option<u32> {
    None
}

async fn check_organization(
    service: &Service,
    organization: &Organization,
    checks: &mut Vec<Check>,
) {
    let slug = &organization.slug;
    checks.push(match organization.store.organization(organization.id).await {
        Ok(memory) => match memory.last_failure {
            None => Check::ok(format!("{slug}: ledger"), "readable"),
            Some(failure) => Check::warn(
                format!("{slug}: CRM changes"),
                format!("the last read failed: {} ({})", failure.detail, failure.code),
                "It is repeated by itself; if it stays, look at the CRM",
            ),
        },
        Err(error) => Check::fail(format!("{slug}: ledger"), error.to_string(), LEDGER_REMEDY),
    });
    let snapshot = match organization.snapshot().await {
        Ok(snapshot) => snapshot,
        Err(failure) => {
            let remedy = "Check that the CRM is up and its credential is valid";
            checks.push(Check::fail(format!("{slug}: CRM"), failure.to_string(), remedy));
            return;
        }
    };
    checks.push(Check::ok(format!("{slug}: CRM"), "answers"));
    checks.push(if snapshot.settings.track_categorized_items {
        Check::ok(format!("{slug}: TrackCategorizedItems"), "on")
    } else {
        Check::warn(
            format!("{slug}: TrackCategorizedItems"),
            "off: nothing is tracked by category",
            "Run `earmark setting set TrackCategorizedItems=true`",
        )
    });
    checks.push(Check::ok(
        format!("{slug}: notifications"),
        if organization.engine.has_push() {
            "asked for from the mailbox server"
        } else {
            "not asked for: changes are seen in the regular cycle"
        },
    ));
    for row in &snapshot.mailboxes {
        checks.push(check_mailbox(service, organization, row).await);
    }
}

async fn check_mailbox(service: &Service, organization: &Organization, row: &MailboxRow) -> Check {
    let name = format!("{}: {}", organization.slug, row.address);
    if !row.is_enabled {
        return check_disabled(organization, row, name).await;
    }
    let mailbox = organization.mailboxes.open(&row.address);
    if let Err(failure) = mailbox.master_categories().await {
        return Check::fail(name, failure.to_string(), unreadable(&failure));
    }
    let Ok(memory) = organization.store.mailbox(organization.id, row.id).await else {
        return Check::fail(name, "the ledger cannot be read", LEDGER_REMEDY);
    };
    if memory.circuit_opened.is_some() {
        let remedy = "It closes by itself once a probe succeeds; look at the failure's code";
        return Check::warn(name, "paused after failures in a row", remedy);
    }
    if has_lost_its_ledger(organization, row).await {
        let remedy = "Run `earmark reconcile`; what is linked is found again, and the concepts \
page lists what is not";
        return Check::warn(name, "has records in the CRM but no ledger", remedy);
    }
    if let Some(check) = check_push(organization, row, &name).await {
        return check;
    }
    let late = service.cycle * MISSED_CYCLES_MAX;
    match memory.last_success {
        Some(at) if service.clock.now().since(at) > late => {
            Check::warn(name, format!("last complete cycle at {at}"), "Run `earmark mailbox sync`")
        }
        Some(at) => Check::ok(name, format!("last complete cycle at {at}")),
        None => Check::ok(name, "reachable; its first cycle is still to come"),
    }
}

/// Notifications that were asked for and refused. Without them changes are seen a cycle later.
async fn check_push(organization: &Organization, row: &MailboxRow, name: &str) -> Option<Check> {
    let push = organization.engine.push_state(organization.id, row.id).await.ok()?;
    let failure = push.failure.filter(|_| push.is_on)?;
    let detail =
        format!("notifications cannot be asked for: {} ({})", failure.detail, failure.code);
    let remedy = "Check that the mailbox server reaches `push.notification_url` over https and gets \
its validation token back; until then changes are seen in the regular cycle";
    Some(Check::warn(name, detail, remedy))
}

/// Links in the CRM of which the ledger has none: it was deleted or replaced.
async fn has_lost_its_ledger(organization: &Organization, row: &MailboxRow) -> bool {
    let any = ItemQuery { mailbox: Some(row.id), limit: 1, ..ItemQuery::default() };
    let known = organization.store.items(organization.id, any).await;
    let forgotten = known.is_ok_and(|page| page.items.is_empty());
    forgotten && organization.port.links(row.id).await.is_ok_and(|links| !links.is_empty())
}

/// A mailbox that is not served: in order if somebody wants it so, unless the credential is refused,
/// since that would stop every mailbox.
async fn check_disabled(organization: &Organization, row: &MailboxRow, name: String) -> Check {
    let why = row.disabled_because.clone().unwrap_or_else(|| "not enabled".to_owned());
    match organization.mailboxes.open(&row.address).master_categories().await {
        Err(failure) if matches!(failure.class, FailureClass::Unauthenticated) => {
            Check::fail(name, failure.to_string(), unreadable(&failure))
        }
        Err(failure) => Check::warn(name, format!("{why}; {failure}"), unreadable(&failure)),
        Ok(_) => Check::warn(name, why, "Run `earmark mailbox enable` for it, or leave it"),
    }
}

fn unreadable(failure: &Failure) -> &'static str {
    match failure.class {
        FailureClass::Unauthenticated => {
            "Renew the client secret, check tenant and client id, then restart the service"
        }
        FailureClass::Unavailable | FailureClass::Timeout => {
            "Check the address of the mailbox server, DNS, proxy and certificate"
        }
        FailureClass::Throttled { .. } => "Wait; it passes by itself",
        _ => "Check that the mailbox exists and that the application may read and write it",
    }
}
