//! What people are told, and to whom something is put down.

use super::{
    stage::{Item, Stage},
    words::Words,
};
use anyhow::{Context, Result, bail};
use earmark_model::{Actor, AlertLevel, AlertState};

/// `there is no alert CODE for anna`, `there are 2 open error alerts CODE for anna`, … `for the
/// organization`. Answers whether the line is about alerts; what is counted is kept in the ledger
/// and, where it is not about states, shown in the CRM as often.
pub(super) async fn count(stage: &Stage, words: &Words<'_>) -> Result<bool> {
    if !words.mentions("alert") && !words.mentions("alerts") {
        return Ok(false);
    }
    let wanted: usize = if words.has("no") { 0 } else { words.number()? };
    let state = AlertState::parse(words.peek());
    if state.is_some() {
        words.word()?;
    }
    let level = AlertLevel::parse(words.peek());
    if level.is_some() {
        words.word()?;
    }
    if !words.has("alert") {
        words.expect("alerts")?;
    }
    let code = words.word()?;
    words.expect("for")?;
    let user = if words.has("the organization") { None } else { Some(stage.user(words.word()?)?) };
    let kept = stage.world.alerts(user.as_deref(), code).await?;
    let fits: Vec<_> = kept
        .iter()
        .filter(|one| state.is_none_or(|state| one.state == state))
        .filter(|one| level.is_none_or(|level| one.alert.level == level))
        .collect();
    if fits.len() != wanted {
        bail!("expected {wanted} alerts {code}, found {kept:#?}");
    }
    if state.is_none() {
        let shown = stage.world.shown_alerts(user.as_deref(), code).await?;
        if shown.len() != wanted {
            bail!("expected that the CRM shows {wanted} alerts {code}, found {shown:#?}");
        }
    }
    Ok(true)
}

/// `the alert CODE for anna says "…"`: the text contains it, in the ledger and in the CRM; or
/// `… names OUTCOME`: the outcome of the item.
pub(super) async fn one(stage: &Stage, words: &Words<'_>) -> Result<()> {
    words.expect("alert")?;
    let code = words.word()?;
    words.expect("for")?;
    let user = if words.has("the organization") { None } else { Some(stage.user(words.word()?)?) };
    let kept = stage.world.alerts(user.as_deref(), code).await?;
    let newest = kept.first().with_context(|| format!("there is no alert {code}"))?;
    let shown = stage.world.shown_alerts(user.as_deref(), code).await?;
    let is_outcome = match words.word()? {
        "says" => false,
        "names" => true,
        other => bail!("an alert does not `{other}`"),
    };
    let wanted = words.word()?;
    let found = if is_outcome { &newest.alert.outcome } else { &newest.alert.text };
    let is_shown = shown
        .iter()
        .any(|(text, outcome)| if is_outcome { outcome == wanted } else { text.contains(wanted) });
    let fits = if is_outcome { found == wanted } else { found.contains(wanted) };
    if !fits || !is_shown {
        bail!("expected {wanted:?}, found {found:?}, in the CRM {shown:?}");
    }
    Ok(())
}

/// `… names REASON by ACTOR`, where ACTOR is `a person`, `the administrator`, `the mailbox`, `the
/// service`, `a CRM user`, `a copy` or `the filter`.
pub(super) async fn actor(
    stage: &Stage,
    words: &Words<'_>,
    (user, item): (&str, &Item),
    reason: &str,
) -> Result<()> {
    let one = stage.item(user, item).await?;
    let actors = stage.world.actors(user, &one.id, reason).await?;
    let wanted = words.rest().join(" ");
    let fits = |actor: &Option<Actor>| {
        matches!(
            (wanted.as_str(), actor),
            ("a person", Some(Actor::Person | Actor::User(_)))
                | ("the administrator", Some(Actor::Administrator))
                | ("the mailbox", Some(Actor::Mailbox))
                | ("the service", Some(Actor::Service))
                | ("a CRM user", Some(Actor::Crm(_)))
                | ("a copy", Some(Actor::Copy))
                | ("the filter", Some(Actor::Automatic(_)))
        )
    };
    if !actors.iter().any(fits) {
        bail!("expected {reason} by {wanted}, found {actors:?}");
    }
    Ok(())
}
