//! Mailboxes and reports as JSON.

use super::problem::Problem;
use crate::service::state::Organization;
use earmark_crm_port::organization::{DeliveryMethod, FilteringMethod, MailboxOwner, MailboxRow};
use earmark_engine::{CycleReport, PushState};
use earmark_ledger::{TestMemory, Unit, UnitStatus};
use earmark_model::{ChannelStatus, MailboxId, Obstacle};
use earmark_tracking::enabling::TestCause;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Where mailboxes stand in the schedule.
pub type Units = BTreeMap<MailboxId, UnitStatus>;

/// The schedule of an organization's mailboxes.
pub async fn units(organization: &Organization) -> Result<Units, Problem> {
    let all = organization.store.units(organization.id).await?;
    let of_mailbox = |status: UnitStatus| match status.unit {
        Unit::Mailbox(mailbox) => Some((mailbox, status)),
        Unit::Organization => None,
    };
    Ok(all.into_iter().filter_map(of_mailbox).collect())
}

/// How a mailbox stands, in one word; lists can be narrowed to one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Served, and its last cycle went well.
    Ok,
    /// Served, and its last cycle did not.
    Failing,
    /// Taken out of the schedule.
    Paused,
    /// Not served.
    NotEnabled,
}

impl Standing {
    /// Every standing.
    pub const ALL: [Self; 4] = [Self::Ok, Self::Failing, Self::Paused, Self::NotEnabled];

    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failing => "failing",
            Self::Paused => "paused",
            Self::NotEnabled => "not_enabled",
        }
    }

    /// How `row` stands.
    pub fn of(row: &MailboxRow, units: &Units) -> Self {
        match units.get(&row.id) {
            _ if !row.is_enabled => Self::NotEnabled,
            _ if is_paused(row, units) => Self::Paused,
            Some(unit) if unit.is_failing => Self::Failing,
            _ => Self::Ok,
        }
    }
}

/// A mailbox with how it stands in the schedule.
pub async fn mailbox(
    organization: &Organization,
    row: &MailboxRow,
    units: &Units,
) -> Result<Value, Problem> {
    let memory = organization.store.mailbox(organization.id, row.id).await?;
    let unit = units.get(&row.id);
    let problem = row
        .disabled_because
        .clone()
        .or_else(|| memory.last_failure.as_ref().map(|failure| failure.detail.clone()));
    let push = organization.engine.push_state(organization.id, row.id).await?;
    let first_end = push.subscriptions.iter().map(|(_, end)| *end).min();
    let test = test(row, &memory.test);
    Ok(json!({
        "id": row.id.to_string(),
        "address": row.address.as_str(),
        "kind": match row.owner {
            MailboxOwner::User(_) => "user",
            MailboxOwner::Queue { .. } => "queue",
        },
        "standing": Standing::of(row, units).as_str(),
        "approval": match row.obstacle {
            None => Some("approved"),
            Some(Obstacle::NotApproved) => Some("not_approved"),
            // These are looked at after the approval.
            Some(
                Obstacle::NoProfile | Obstacle::ProfileInactive | Obstacle::ProfileOtherServer,
            ) => Some("approved"),
            // What is in the way is looked at first.
            Some(Obstacle::NoAddress | Obstacle::Inactive | Obstacle::OwnerInactive) => None,
        },
        "enabled": row.is_enabled,
        "paused": is_paused(row, units),
        "problem": problem,
        "incoming": match row.incoming {
            DeliveryMethod::None => "none",
            DeliveryMethod::ServerSideSynchronization => "server_side_synchronization",
            DeliveryMethod::Other => "other",
        },
        "filtering": filtering(row.filtering),
        "profile": row.profile.as_ref().map(|profile| profile.name.clone()),
        "test": test,
        "nextCycle": unit.and_then(|unit| unit.due).map(|due| due.to_string()),
        "lastSuccess": memory.last_success.map(|at| at.to_string()),
        "sweptAt": memory.swept_at.map(|at| at.to_string()),
        "cycles": unit.map_or(0, |unit| unit.cycles),
        "bearers": memory.bearers,
        "circuitOpen": memory.circuit_opened.is_some(),
        "failureCode": memory.last_failure.map(|failure| failure.code),
        "push": push_word(&push),
        "subscriptions": push.subscriptions.len(),
        "subscribedUntil": first_end.map(|end| end.to_string()),
        "pushFailureCode": push.failure.map(|failure| failure.code),
    }))
}

/// How the last test of each channel ended, and whether one is asked for.
fn test(row: &MailboxRow, memory: &TestMemory) -> Value {
    let never = TestCause::NeverSent.code();
    json!({
        "scheduled": row.test.is_some(),
        "repeated": row.test.map_or(0, |test| test.repeated),
        "endedAt": memory.at.map(|at| at.to_string()),
        "incoming": channel(row.tested.incoming, &memory.incoming),
        "outgoing": channel(row.tested.outgoing, never),
        "act": channel(row.tested.act, &memory.act),
    })
}

fn channel(status: ChannelStatus, code: &str) -> Value {
    let cause = TestCause::from_code(code).filter(|_| status != ChannelStatus::Success);
    json!({
        "status": status.as_str(),
        "cause": cause.map(TestCause::code),
        "explanation": cause.map(TestCause::text),
        "remedy": cause.map(TestCause::remedy),
    })
}

/// How notifications stand: `off` without an address for them, `waiting` before the first
/// subscription, `on`, or `failing`.
const fn push_word(push: &PushState) -> &'static str {
    if !push.is_on {
        "off"
    } else if push.failure.is_some() {
        "failing"
    } else if push.subscriptions.is_empty() {
        "waiting"
    } else {
        "on"
    }
}

/// Whether somebody took the mailbox out of the schedule.
pub fn is_paused(row: &MailboxRow, units: &Units) -> bool {
    units.get(&row.id).is_some_and(|unit| unit.due.is_none() && unit.held_by.is_none())
}

/// What a cycle did.
pub fn cycle_report(report: &CycleReport) -> Value {
    json!({
        "tracked": report.tracked,
        "untracked": report.untracked,
        "failed": report.failed,
        "held": report.held,
        "lookedAt": report.looked_at,
        "unreadable": report.unreadable.iter()
            .map(|(scope, failure)| format!("{}: {failure}", scope.as_str()))
            .collect::<Vec<_>>(),
        "failure": report.failure.as_ref().map(ToString::to_string),
    })
}

fn filtering(method: FilteringMethod) -> &'static str {
    match method {
        FilteringMethod::AllMessages => "all_messages",
        FilteringMethod::InResponse => "in_response",
        FilteringMethod::FromLeadsContactsAccounts => "from_leads_contacts_accounts",
        FilteringMethod::FromEmailEnabledRecords => "from_email_enabled_records",
        FilteringMethod::NoMessages => "no_messages",
    }
}
