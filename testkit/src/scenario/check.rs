//! `then …`: what must be true.

use super::{
    alerts, check_activity, check_record, people, plug_ins,
    stage::{Item, Stage},
    words::Words,
};
use crate::world::{Activity, Seen};
use anyhow::{Context, Result, bail};
use serde_json::Value;

pub(super) async fn step(stage: &Stage, words: &Words<'_>) -> Result<()> {
    if words.has("there is") || words.has("there are") {
        if alerts::count(stage, words).await? {
            return Ok(());
        }
        return check_record::count(stage, words).await;
    }
    if words.has("the plug-in") {
        return plug_ins::then(stage, words);
    }
    if words.has("the") {
        return match words.peek() {
            "history" => history(stage, words).await,
            "mailbox" => {
                words.expect("mailbox of")?;
                people::refused(stage, words).await
            }
            "alert" => alerts::one(stage, words).await,
            word if Activity::parse(word).is_some_and(|one| one != Activity::Email) => {
                check_activity::activity(stage, words).await
            }
            _ => check_record::record(stage, words).await,
        };
    }
    if words.has("nothing was sent") {
        return some_were_sent(stage, 0).await;
    }
    if words.has("nothing more happens") {
        return nothing_more_happens(stage).await;
    }
    if words.peek().ends_with("'s") && stage.is_user(words.peek()) {
        return list(stage, words).await;
    }
    if stage.is_user(words.peek()) {
        let user = stage.user(words.word()?)?;
        if words.has("may not assign") {
            return refused_to_assign(stage, &user, words).await;
        }
        words.expect("has")?;
        if words.has("no task") {
            let found = stage.world.tasks(&user, words.word()?).await?;
            return if found.is_empty() { Ok(()) } else { bail!("found {found:#?}") };
        }
        let wanted: usize = words.number()?;
        words.expect("subscriptions")?;
        let found = stage.world.subscriptions(&user).await?;
        if found.len() != wanted {
            bail!("expected {wanted} subscriptions, found {found:#?}");
        }
        return Ok(());
    }
    if matches!(words.peek(), "graph" | "crm" | "push") {
        return requests(stage, words).await;
    }
    if let Ok(wanted) = words.peek().parse::<usize>() {
        words.word()?;
        if words.has("messages were sent") {
            return some_were_sent(stage, wanted).await;
        }
        return some_items(stage, wanted, words).await;
    }
    item(stage, words).await
}

/// `anna's list has "…" [in the colour preset4]`, `anna's list lacks "…"`.
async fn list(stage: &Stage, words: &Words<'_>) -> Result<()> {
    let user = stage.user(words.word()?)?;
    words.expect("list")?;
    let wants = match words.word()? {
        "has" => true,
        "lacks" => false,
        other => bail!("a list does not `{other}`"),
    };
    let name = words.word()?;
    let names = stage.world.category_list(&user).await?;
    if names.iter().any(|one| one == name) != wants {
        bail!(
            "expected the list to {} {name:?}, found {names:?}",
            if wants { "have" } else { "lack" }
        );
    }
    if words.has("in the colour") {
        let wanted = words.word()?;
        let found = stage.world.category_color(&user, name).await?;
        if found.as_deref() != Some(wanted) {
            bail!("expected {name:?} in the colour {wanted}, found {found:?}");
        }
    }
    Ok(())
}

/// A member of an item as a line says it: a place by its name, a body as its text, a time without
/// what stands for nothing; `a.b` is a member of a member.
fn member(shown: &Value, name: &str) -> String {
    let value = name.split('.').fold(shown, |value, part| &value[part]);
    let text = match name {
        "location" => &value["displayName"],
        "body" => &value["content"],
        _ if value["dateTime"].is_string() => &value["dateTime"],
        _ => value,
    };
    match text {
        Value::Null => String::new(),
        Value::String(text) => text.trim().trim_end_matches(":00.0000000").to_owned(),
        other => other.to_string(),
    }
}

/// `"Offer" [in folder] of anna …`; a subject that ends in `*` speaks of every such item.
async fn item(stage: &Stage, words: &Words<'_>) -> Result<()> {
    let item = Item::read(words)?;
    words.expect("of")?;
    let user = stage.user(words.word()?)?;
    let found = if item.subject.ends_with('*') {
        stage.items(&user, &item).await?
    } else {
        vec![stage.item(&user, &item).await?]
    };
    if words.has("is") {
        let state = words.word()?;
        let reason = if words.has("because") { Some(words.word()?) } else { None };
        for one in &found {
            let known = stage.world.item_state(&user, &one.id).await?;
            let (known_state, known_reason) =
                known.unwrap_or_else(|| ("not_remembered".to_owned(), String::new()));
            if known_state != state || reason.is_some_and(|reason| reason != known_reason) {
                bail!(
                    "expected {:?} to be {state} because {}, found {known_state} because \
                     {known_reason}",
                    one.subject,
                    reason.unwrap_or("of anything"),
                );
            }
        }
        return Ok(());
    }
    if words.has("was tracked before") {
        return before(stage, (&user, &found), words).await;
    }
    let wanted = words.word()?;
    if wanted == "has" && words.has("the categories") {
        let names = words.rest();
        for one in &found {
            if one.categories != names {
                bail!("expected the categories {names:?}, found {:?}", one.categories);
            }
        }
        return Ok(());
    }
    if wanted == "has" && words.peek().contains('=') {
        let one = found.first().context("no such item")?;
        let shown = stage.world.members(&user, one).await?;
        while words.peek().contains('=') {
            let (name, value) = super::prepare::pair(words)?;
            let found = member(&shown, name);
            if found != value {
                bail!("expected {name} to be {value:?}, found {found:?}");
            }
        }
        return Ok(());
    }
    if wanted == "has" && words.has("no categories") {
        return match found.iter().find(|one| !one.categories.is_empty()) {
            Some(one) => bail!("expected no categories, found {:?}", one.categories),
            None => Ok(()),
        };
    }
    words.expect("the category")?;
    let name = words.word()?;
    for one in &found {
        if one.categories.iter().any(|category| category == name) != (wanted == "has") {
            bail!("{:?} has the categories {:?}", one.subject, one.categories);
        }
    }
    Ok(())
}

/// `"Offer" of ben was tracked before "Note *" of anna`: all of them before the last of these.
async fn before(stage: &Stage, first: (&str, &[Seen]), words: &Words<'_>) -> Result<()> {
    let item = Item::read(words)?;
    words.expect("of")?;
    let user = stage.user(words.word()?)?;
    let last = stage.items(&user, &item).await?;
    let first = stage.world.last_tracked(first.0, first.1).await?;
    let last = stage.world.last_tracked(&user, &last).await?;
    if first >= last {
        bail!("expected it before {last}, found {first}");
    }
    Ok(())
}

/// `15 items "Note *" of anna are held`.
async fn some_items(stage: &Stage, wanted: usize, words: &Words<'_>) -> Result<()> {
    words.expect("items")?;
    let item = Item::read(words)?;
    words.expect("of")?;
    let user = stage.user(words.word()?)?;
    words.expect("are")?;
    let state = words.word()?;
    let mut states = Vec::new();
    for one in stage.items(&user, &item).await? {
        let known = stage.world.item_state(&user, &one.id).await?;
        states.extend(known.map(|(state, _)| state));
    }
    let found = states.iter().filter(|one| *one == state).count();
    if found != wanted {
        bail!("expected {wanted} items to be {state}, found {found} in {states:?}");
    }
    Ok(())
}

/// `the history of "Offer" of anna names REASON N times`, or `… names REASON by ACTOR`.
async fn history(stage: &Stage, words: &Words<'_>) -> Result<()> {
    words.expect("history of")?;
    let item = Item::read(words)?;
    words.expect("of")?;
    let user = stage.user(words.word()?)?;
    let one = stage.item(&user, &item).await?;
    words.expect("names")?;
    let reason = words.word()?;
    if words.has("by") {
        return alerts::actor(stage, words, (&user, &item), reason).await;
    }
    let wanted: usize = words.number()?;
    if !words.has("time") {
        words.expect("times")?;
    }
    let history = stage.world.history(&user, &one.id).await?;
    let found = history.iter().filter(|entry| *entry == reason).count();
    if found != wanted {
        bail!("expected {reason} {wanted} times, found {found} in {history:?}");
    }
    Ok(())
}

async fn some_were_sent(stage: &Stage, wanted: usize) -> Result<()> {
    let sent = stage.world.sent().await?;
    if sent.len() != wanted {
        bail!("expected that {wanted} messages were sent, found {}: {sent:#?}", sent.len());
    }
    Ok(())
}

/// One more cycle writes nothing, neither to a mailbox nor to the CRM.
async fn nothing_more_happens(stage: &Stage) -> Result<()> {
    let world = &stage.world;
    let before = world.all_records().await?;
    world.clear_counts().await?;
    world.cycle().await;
    for (target, method, route, count) in world.counts().await? {
        let reads = method == "GET" || route.ends_with("$batch") || route.ends_with("/token");
        if !reads {
            bail!("expected no more writes, found {count} × {target} {method} {route}");
        }
    }
    let after = world.all_records().await?;
    if before != after {
        bail!("expected the CRM to stay\n{before}but it became\n{after}");
    }
    Ok(())
}

/// `graph received [at most] N requests [of METHOD ROUTE]`.
async fn requests(stage: &Stage, words: &Words<'_>) -> Result<()> {
    let target = words.word()?;
    words.expect("received")?;
    let at_most = words.has("at most");
    let wanted: u64 = if words.has("no") { 0 } else { words.number()? };
    if !words.has("request") {
        words.expect("requests")?;
    }
    let only = if words.has("of") { Some((words.word()?, words.word()?)) } else { None };
    let counts = stage.world.counts().await?;
    // A batch stands for the requests in it, which are counted one by one.
    let of_interest = counts.iter().filter(|(side, method, route, _)| match only {
        Some((m, r)) => side == target && m == method && r == route,
        None => side == target && !route.ends_with("/$batch"),
    });
    let found: u64 = of_interest.map(|(.., count)| count).sum();
    if found > wanted || (!at_most && found < wanted) {
        bail!("expected {wanted} requests, found {found}: {counts:#?}");
    }
    Ok(())
}

/// `ben may not assign "…" to "Offer" of anna`.
async fn refused_to_assign(stage: &Stage, user: &str, words: &Words<'_>) -> Result<()> {
    let category = words.word()?;
    words.expect("to")?;
    let item = Item::read(words)?;
    words.expect("of")?;
    let owner = stage.user(words.word()?)?;
    let one = stage.item(&owner, &item).await?;
    if stage.world.categorize_for(user, &owner, &one, category, true).await? {
        bail!("{user} could");
    }
    Ok(())
}
