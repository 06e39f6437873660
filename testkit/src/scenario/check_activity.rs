//! `then …` about appointments, series and tasks in the CRM.

use super::{check_record, people, stage::Stage, words::Words};
use crate::world::{Activity, ActivityRecord};
use anyhow::{Context, Result, bail};
use serde_json::Value;

/// `the appointment|series|task of "Review" …`, `the instance|exception of "Stand-up" on DATE …`.
pub(super) async fn activity(stage: &Stage, words: &Words<'_>) -> Result<()> {
    let activity = Activity::parse(words.word()?).context("no kind of activity")?;
    let record = stage.activity(activity, words).await?;
    while !words.peek().is_empty() {
        clause(stage, &record, words).await?;
    }
    Ok(())
}

async fn clause(stage: &Stage, record: &ActivityRecord, words: &Words<'_>) -> Result<()> {
    let word = words.word()?;
    match word {
        "is" | "and" => Ok(()),
        "the" => {
            words.expect("noted one")?;
            match stage.is_noted(record)? {
                true => Ok(()),
                false => bail!("it is another one than the noted"),
            }
        }
        "linked" => {
            let wanted = if words.has("to") {
                let number = words.number()?;
                words.expect("items")?;
                Some(number)
            } else {
                None
            };
            check_record::linked(stage, &record.id, wanted).await
        }
        "not" => {
            words.expect("linked")?;
            check_record::linked(stage, &record.id, Some(0)).await
        }
        "organizer" | "required" | "optional" => {
            check_record::party(stage, &record.parties, word, words).await
        }
        "regarding" => {
            let table = words.word()?;
            let id = stage.world.party(table, words.word()?).await?;
            equal(record, "_regardingobjectid_value", &id)
        }
        "owned" => {
            words.expect("by")?;
            equal(record, "_ownerid_value", &people::owner_id(stage, words).await?)
        }
        "has" if words.peek().parse::<usize>().is_ok() => people::counted(&record.parties, words),
        "has" => columns(record, words),
        other => bail!("nothing about an activity reads `{other}`"),
    }
}

/// `has COLUMN=VALUE COLUMN=VALUE …`; an empty value stands for none.
fn columns(record: &ActivityRecord, words: &Words<'_>) -> Result<()> {
    while words.peek().contains('=') {
        let (name, value) = super::prepare::pair(words)?;
        equal(record, name, value)?;
    }
    Ok(())
}

fn equal(record: &ActivityRecord, column: &str, wanted: &str) -> Result<()> {
    let Some(value) = record.row.get(column) else {
        bail!("there is no column {column} in {:#}", record.row);
    };
    let found = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if found != wanted {
        bail!("expected {column} to be {wanted:?}, found {found:?}");
    }
    Ok(())
}
