//! `GET /api/v1/overview`: how many mailboxes and items stand how.

use super::{
    endpoint::Endpoint,
    input::Chosen,
    mailbox_view::{self, Standing, Units},
    mailboxes::ORGANIZATION,
    problem::Problem,
};
use axum::{Json, routing::get};
use earmark_crm_port::organization::{MailboxRow, ServerProfile};
use earmark_ledger::Trouble;
use earmark_model::ItemState;
use earmark_tracking::Reason;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The member that counts items which the CRM refused for good: they are not tracked, as if nobody
/// had ever wanted it.
const REFUSED: &str = "refused";

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint {
        method: "get",
        path: "/api/v1/overview",
        operation: "getOverview",
        summary: "How many mailboxes and items stand how, and why items wait or have failed.",
        query: &[ORGANIZATION],
        body: None,
        answer: "Overview",
        handler: get(overview),
    }]
}

async fn overview(organization: Chosen) -> Result<Json<Value>, Problem> {
    let units = mailbox_view::units(&organization).await?;
    let rows = organization.snapshot().await?.mailboxes;
    let standings = rows.iter().map(|row| Standing::of(row, &units));
    let mailboxes = counted(standings);
    let profiles = profiles(&rows, &units);
    let troubles = organization.store.troubles(organization.id).await?;
    let mut items: Map<String, Value> =
        Trouble::STATES.iter().map(|state| (state.as_str().to_owned(), json!(0))).collect();
    items.insert(REFUSED.to_owned(), json!(0));
    for trouble in &troubles {
        let is_refused = trouble.state == ItemState::NotTracked;
        let word = if is_refused { REFUSED } else { trouble.state.as_str() };
        increase(&mut items, word, trouble.items);
    }
    let tracked = organization.store.tracked_count(organization.id).await?;
    items.insert(ItemState::Tracked.as_str().to_owned(), json!(tracked));
    let is_failure = |state| {
        matches!(state, ItemState::Retrying | ItemState::Undeliverable | ItemState::NotTracked)
    };
    let failures: Vec<Value> =
        troubles.iter().filter(|trouble| is_failure(trouble.state)).map(failure).collect();
    Ok(Json(json!({
        "schema": "earmark.overview/1",
        "mailboxes": mailboxes,
        "items": items,
        "failures": failures,
        "profiles": profiles,
    })))
}

fn counted(standings: impl Iterator<Item = Standing>) -> Map<String, Value> {
    let mut counts: Map<String, Value> =
        Standing::ALL.iter().map(|one| (one.as_str().to_owned(), json!(0))).collect();
    for standing in standings {
        increase(&mut counts, standing.as_str(), 1);
    }
    counts
}

/// Each email server profile that mailboxes name, with how these stand, in the order of names.
fn profiles(rows: &[MailboxRow], units: &Units) -> Vec<Value> {
    let named = rows.iter().filter_map(|row| row.profile.as_ref());
    let profiles: BTreeMap<_, _> =
        named.map(|profile| ((&profile.name, profile.id), profile)).collect();
    let shown = |profile: &ServerProfile| {
        let of = |row: &&MailboxRow| row.profile.as_ref().is_some_and(|its| its.id == profile.id);
        json!({
            "id": profile.id.to_string(),
            "name": profile.name,
            "active": profile.is_active,
            "pollingIntervalMinutes": profile.polling_interval.as_secs() / 60,
            "connections": profile.connections,
            "mailboxes": counted(rows.iter().filter(of).map(|row| Standing::of(row, units))),
        })
    };
    profiles.into_values().map(shown).collect()
}

fn increase(counts: &mut Map<String, Value>, word: &str, by: u64) {
    let before = counts.get(word).and_then(Value::as_u64).unwrap_or(0);
    counts.insert(word.to_owned(), json!(before + by));
}

fn failure(trouble: &Trouble) -> Value {
    json!({
        "state": trouble.state.as_str(),
        "reason": trouble.reason,
        "explanation": Reason::from_code(&trouble.reason).map(Reason::explanation),
        "items": trouble.items,
        "mailboxes": trouble.mailboxes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_ledger_counts_as_refused_is_the_reason_of_the_rules() {
        assert_eq!(Trouble::REFUSED, Reason::RefusedForGood.code());
    }
}
