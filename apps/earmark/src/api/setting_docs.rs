//! What settings do here, in words, and what a change of them would do.

use super::problem::Problem;
use crate::service::state::Organization;
use earmark_model::Baseline;
use serde_json::Value;

/// What a setting does in Earmark; `None` for one that is kept but has no effect here.
pub fn description(name: &str) -> Option<&'static str> {
    DESCRIPTIONS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, text)| *text)
}

const DESCRIPTIONS: &[(&str, &str)] = &[
    (
        "TrackCategorizedItems",
        "Whether assigning the tracking category tracks an item, and removing it untracks it.",
    ),
    (
        "IgnoreCopiedItemsInSSSForMailbox",
        "Whether a copy of a tracked item in the same mailbox is left alone.",
    ),
    (
        "CalendarPastWindowInDays",
        "How many days back changed occurrences of series are looked for that bear the category themselves. What was tracked stays tracked when it leaves the window.",
    ),
    (
        "CalendarFutureWindowInDays",
        "How many days ahead changed occurrences of series are looked for that bear the category themselves.",
    ),
    (
        "pastexpansionwindow",
        "How many months back the embedded CRM makes the instances of a series.",
    ),
    (
        "futureexpansionwindow",
        "How many months ahead the embedded CRM makes the instances of a series; what comes into the window is made once a day.",
    ),
    (
        "recurrenceexpansionsynchcreatemax",
        "How many instances of a series are made at once; the rest follows with the next daily expansion.",
    ),
    (
        "MeetingUpdatesFromCrm",
        "Whether a meeting that was changed in the CRM is changed in the mailbox although its attendees get an update by that: ask (a person answers for each) or send.",
    ),
    (
        "SchedulingConflicts",
        "What happens to an appointment that takes place at the same time as another one of the same people in the CRM: save (it is tracked), or ask (it is not saved before a person answers yes).",
    ),
    ("ResolveForInactiveEntities", "Whether addresses are also resolved to inactive records."),
    (
        "UnresolveSenderInCaseOfMultipleMatch",
        "Whether a sender that several records could stand for stays unresolved.",
    ),
    ("GenerateAlertsForErrors", "Whether alerts of level error are raised."),
    ("GenerateAlertsForWarnings", "Whether alerts of level warning are raised."),
    ("GenerateAlertsForInformation", "Whether alerts of level information are raised."),
    ("TraceLogPersistenceTimeInDays", "For how many days alerts are kept."),
];

/// What a change would do, one line each.
pub async fn preview(
    organization: &Organization,
    name: &str,
    before: &Value,
    after: &Value,
) -> Result<Vec<String>, Problem> {
    let (from, to) = (&before["effective"], &after["effective"]);
    if from == to {
        return Ok(vec!["nothing changes".to_owned()]);
    }
    let mut lines = vec![format!("effective value: {from} -> {to}")];
    if !name.eq_ignore_ascii_case("TrackCategorizedItems") {
        return Ok(lines);
    }
    let snapshot = organization.snapshot().await?;
    let enabled: Vec<_> = snapshot.mailboxes.iter().filter(|row| row.is_enabled).collect();
    let mailboxes = enabled.len();
    let tracked = organization.store.tracked_count(organization.id).await?;
    let is_off = to == &Value::Bool(false);
    if is_off {
        lines.push(format!("mailboxes whose list loses the category: {mailboxes}"));
        lines.push(format!(
            "links that become dormant: {tracked}; no record is deleted or unlinked"
        ));
        lines.push("items keep the category that they bear".to_owned());
    } else {
        lines.push(format!("mailboxes whose list gets the category: {mailboxes}"));
        lines.push(format!("dormant links that wake: {tracked}"));
        lines.push("items that bear the category already are not tracked by that".to_owned());
    }
    for row in enabled {
        let memory = organization.store.mailbox(organization.id, row.id).await?;
        let links = organization.store.links(organization.id, row.id).await?;
        let tracked = links.iter().filter(|link| link.baseline == Baseline::Tracked).count();
        let pending = links.iter().filter(|link| link.request.is_some()).count();
        let address = row.address.as_str();
        lines.push(if is_off {
            format!("{address}: tracked items {tracked}, wishes that go on {pending}")
        } else {
            let name =
                memory.tracked.as_ref().map_or("the configured name", |entry| entry.name.as_str());
            let bearers = memory.bearers.saturating_sub(u64::try_from(tracked).unwrap_or(u64::MAX));
            format!(
                "{address}: entry \"{name}\", tracked items that wake {tracked}, bearers seen last \
                 that are ignored {bearers}"
            )
        });
    }
    Ok(lines)
}
