//! `when …` about calendars and tasks.

use super::{
    people,
    stage::{Item, Stage},
    words::Words,
};
use crate::world::{Activity, Seen};
use anyhow::{Context, Result, bail};
use jiff::{ToSpan, civil::DateTime};
use serde_json::{Map, Value, json};

/// The zone in which people plan unless a line names another.
const ZONE: &str = "W. Europe Standard Time";

pub(super) async fn by_user(
    stage: &Stage,
    user: &str,
    verb: &str,
    words: &Words<'_>,
) -> Result<()> {
    let world = &stage.world;
    match verb {
        "plans" => world.plan(user, event(stage, words)?).await,
        "adds" if words.has("the contact") => world.add_contact_card(user, words.word()?).await,
        "adds" => {
            words.expect("the task")?;
            let (list, task) = task(words)?;
            world.add_task(user, list.as_deref(), task).await
        }
        "reschedules" => {
            let one = stage.item(user, &Item::read(words)?).await?;
            words.expect("to")?;
            let start = words.word()?;
            let times = times(start, minutes(words)?, &zone(words)?)?;
            world.edit(user, &one, Value::Object(times)).await
        }
        "sets" => {
            let name = words.word()?;
            words.expect("of")?;
            let item = Item::read(words)?;
            words.expect("to")?;
            let value = words.word()?;
            for one in stage.items(user, &item).await? {
                world.edit(user, &one, member(name, value)).await?;
            }
            Ok(())
        }
        "invites" => {
            let people = invited(stage, words.word()?, "required")?;
            words.expect("to")?;
            let one = stage.item(user, &Item::read(words)?).await?;
            world.edit(user, &one, json!({ "attendees": people })).await
        }
        "completes" => {
            let one = stage.item(user, &Item::read(words)?).await?;
            world.edit(user, &one, json!({"status": "completed"})).await
        }
        "cancels" => answers(stage, user, words, "cancel").await,
        "accepts" => answers(stage, user, words, "accept").await,
        "declines" => answers(stage, user, words, "decline").await,
        other => bail!("a user does not know how to `{other}`"),
    }
}

async fn answers(stage: &Stage, user: &str, words: &Words<'_>, action: &str) -> Result<()> {
    let one: Seen = stage.item(user, &Item::read(words)?).await?;
    stage.world.answer(user, &one, action).await
}

/// `deletes|unlinks|completes|cancels the appointment of "Review"`, `changes it COLUMN=VALUE …`.
pub(super) async fn by_crm_user(
    stage: &Stage,
    verb: &str,
    activity: Activity,
    words: &Words<'_>,
) -> Result<()> {
    let world = &stage.world;
    let record = stage.activity(activity, words).await?;
    let closed = |state: i64, task: i64, other: i64| {
        let status = if activity == Activity::Task { task } else { other };
        json!({"statecode": state, "statuscode": status})
    };
    match verb {
        "deletes" => world.delete_activity(&record).await,
        "completes" => world.edit_activity(&record, closed(1, 5, 3)).await,
        "cancels" => world.edit_activity(&record, closed(2, 6, 4)).await,
        "changes" => {
            let mut changes = Map::new();
            while words.peek().contains('=') {
                let (name, value) = super::prepare::pair(words)?;
                let number = value.parse::<i64>();
                changes
                    .insert(name.to_owned(), number.map_or_else(|_| json!(value), |it| json!(it)));
            }
            world.edit_activity(&record, Value::Object(changes)).await
        }
        "gives" if words.has("the attendees") => {
            let required: Vec<&str> = words.word()?.split(',').collect();
            let optional = if words.has("optional") { words.word()? } else { "" };
            let optional: Vec<&str> = optional.split(',').filter(|one| !one.is_empty()).collect();
            world.give_attendees(&record, &required, &optional).await
        }
        "gives" => {
            words.expect("to")?;
            let owner = people::owner_id(stage, words).await?;
            let owner = json!({"ownerid@odata.bind": format!("/systemusers({owner})")});
            world.edit_activity(&record, owner).await
        }
        "unlinks" => {
            let links = world.links_of(&record.id).await?;
            if links.is_empty() {
                bail!("the record is linked to nothing");
            }
            for link in links {
                world.unlink(&link).await?;
            }
            Ok(())
        }
        other => bail!("a CRM user does not know how to `{other}`"),
    }
}

/// `"Review" at 2026-03-04T09:00 [for 60 minutes] [in ZONE] [with A,B] [optional C] [location "…"]
/// [body "…"] [every week|weekday|day|month|year] [5 times|until DATE] [all day] [MEMBER=VALUE …]`.
fn event(stage: &Stage, words: &Words<'_>) -> Result<Value> {
    let mut event = Map::new();
    event.insert("subject".to_owned(), json!(words.word()?));
    words.expect("at")?;
    let start = words.word()?;
    let minutes = minutes(words)?;
    let zone = zone(words)?;
    event.extend(times(start, minutes, &zone)?);
    let mut attendees = Vec::new();
    while !words.peek().is_empty() {
        if words.has("with") {
            attendees.extend(invited(stage, words.word()?, "required")?);
        } else if words.has("optional") {
            attendees.extend(invited(stage, words.word()?, "optional")?);
        } else if words.has("location") {
            event.insert("location".to_owned(), json!({"displayName": words.word()?}));
        } else if words.has("body") {
            event.insert("body".to_owned(), text(words.word()?));
        } else if words.has("every") {
            event.insert("recurrence".to_owned(), recurrence(start, words)?);
        } else if words.has("all day") {
            event.insert("isAllDay".to_owned(), json!(true));
        } else {
            let (name, value) = super::prepare::pair(words)?;
            event.insert(name.to_owned(), json!(value));
        }
    }
    event.insert("attendees".to_owned(), json!(attendees));
    Ok(Value::Object(event))
}

/// `"Call" [to LIST] [due DATE] [start DATE] [body "…"] [MEMBER=VALUE …]`.
fn task(words: &Words<'_>) -> Result<(Option<String>, Value)> {
    let mut task = Map::new();
    task.insert("title".to_owned(), json!(words.word()?));
    let mut list = None;
    while !words.peek().is_empty() {
        if words.has("to") {
            list = Some(words.word()?.to_owned());
        } else if words.has("due") {
            task.insert("dueDateTime".to_owned(), day(words.word()?));
        } else if words.has("start") {
            task.insert("startDateTime".to_owned(), day(words.word()?));
        } else if words.has("body") {
            task.insert("body".to_owned(), text(words.word()?));
        } else {
            let (name, value) = super::prepare::pair(words)?;
            task.insert(name.to_owned(), json!(value));
        }
    }
    Ok((list, Value::Object(task)))
}

/// A body; what begins with a tag is HTML.
fn text(content: &str) -> Value {
    let kind = if content.starts_with('<') { "html" } else { "text" };
    json!({"contentType": kind, "content": content})
}

fn day(day: &str) -> Value {
    json!({"dateTime": format!("{day}T00:00:00"), "timeZone": "UTC"})
}

fn invited(stage: &Stage, list: &str, kind: &str) -> Result<Vec<Value>> {
    let one = |name: &str| {
        let address = stage.user(name)?;
        Ok(json!({"type": kind, "emailAddress": {"address": address}}))
    };
    list.split(',').map(one).collect()
}

fn minutes(words: &Words<'_>) -> Result<i64> {
    if !words.has("for") {
        return Ok(60);
    }
    let minutes = words.number()?;
    words.expect("minutes")?;
    Ok(minutes)
}

fn zone(words: &Words<'_>) -> Result<String> {
    Ok(if words.has("in") { words.word()?.to_owned() } else { ZONE.to_owned() })
}

fn times(start: &str, minutes: i64, zone: &str) -> Result<Map<String, Value>> {
    let start: DateTime = start.parse().with_context(|| format!("`{start}` is not a time"))?;
    let end = start.checked_add(minutes.minutes())?;
    let at = |time: DateTime| json!({"dateTime": time.to_string(), "timeZone": zone});
    Ok(Map::from_iter([("start".to_owned(), at(start)), ("end".to_owned(), at(end))]))
}

/// `week 5 times`, `weekday until 2026-04-01`, `month`.
fn recurrence(start: &str, words: &Words<'_>) -> Result<Value> {
    let start: DateTime = start.parse().with_context(|| format!("`{start}` is not a time"))?;
    let date = start.date();
    let weekday = format!("{:?}", date.weekday()).to_lowercase();
    let pattern = match words.word()? {
        "day" => json!({"type": "daily", "interval": 1}),
        "week" => json!({"type": "weekly", "interval": 1, "daysOfWeek": [weekday]}),
        "weekday" => json!({
            "type": "weekly", "interval": 1,
            "daysOfWeek": ["monday", "tuesday", "wednesday", "thursday", "friday"],
        }),
        "month" => json!({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": date.day()}),
        "year" => json!({
            "type": "absoluteYearly", "interval": 1,
            "dayOfMonth": date.day(), "month": date.month(),
        }),
        other => bail!("nothing repeats every `{other}`"),
    };
    let range = if words.has("until") {
        json!({"type": "endDate", "startDate": date.to_string(), "endDate": words.word()?})
    } else if let Ok(times) = words.peek().parse::<u32>() {
        words.word()?;
        words.expect("times")?;
        json!({"type": "numbered", "startDate": date.to_string(), "numberOfOccurrences": times})
    } else {
        json!({"type": "noEnd", "startDate": date.to_string()})
    };
    Ok(json!({"pattern": pattern, "range": range}))
}

/// A member of an event or task as JSON: `location` and `body` are objects there.
fn member(name: &str, value: &str) -> Value {
    match name {
        "location" => json!({"location": {"displayName": value}}),
        "body" => json!({"body": text(value)}),
        "due" => json!({"dueDateTime": day(value)}),
        "start" => json!({"startDateTime": day(value)}),
        name => json!({name: value}),
    }
}
