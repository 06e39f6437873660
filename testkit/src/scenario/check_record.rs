//! `then …` about records in the CRM.

use super::{automatic, people, stage::Stage, words::Words};
use crate::world::{Activity, EmailRecord, RecordParty};
use anyhow::{Context, Result, bail};

/// `there is no record of …`, `there is 1 record of …`, `there are 3 records of …`.
pub(super) async fn count(stage: &Stage, words: &Words<'_>) -> Result<()> {
    let wanted: usize = if words.has("no") { 0 } else { words.number()? };
    let word = words.word()?;
    let activity = Activity::parse(word).with_context(|| format!("there are no `{word}`"))?;
    words.expect("of")?;
    let subject = words.word()?;
    if activity != Activity::Email {
        let on = if words.has("on") { Some(words.word()?) } else { None };
        let found = stage.world.activities(activity, subject, on).await?;
        if found.len() != wanted {
            bail!("expected {wanted} {word} of {subject:?}, found {}: {found:#?}", found.len());
        }
        return Ok(());
    }
    let records = stage.world.records(subject).await?;
    if records.len() != wanted {
        bail!("expected {wanted} records of {subject:?}, found {}: {records:#?}", records.len());
    }
    Ok(())
}

/// `the [incoming|outgoing] record of "Offer" …`.
pub(super) async fn record(stage: &Stage, words: &Words<'_>) -> Result<()> {
    let is_outgoing = match words.peek() {
        "outgoing" => Some(true),
        "incoming" => Some(false),
        _ => None,
    };
    if is_outgoing.is_some() {
        words.word()?;
    }
    words.expect("record of")?;
    let subject = words.word()?;
    if words.has("is the noted one") {
        let (noted, now) = stage.noted_and_now(subject).await?;
        if noted != now {
            bail!("expected {noted:?}, found {now:?}");
        }
        return Ok(());
    }
    if words.has("is not the noted one") {
        let (noted, now) = stage.noted_and_now(subject).await?;
        if !noted.is_disjoint(&now) || now.is_empty() {
            bail!("expected another record than {noted:?}, found {now:?}");
        }
        return Ok(());
    }
    let record = stage.record(subject, is_outgoing).await?;
    while !words.peek().is_empty() {
        clause(stage, &record, words).await?;
    }
    Ok(())
}

async fn clause(stage: &Stage, record: &EmailRecord, words: &Words<'_>) -> Result<()> {
    let word = words.word()?;
    match word {
        "is" | "and" => Ok(()),
        "incoming" | "outgoing" => {
            if record.is_outgoing != (word == "outgoing") {
                bail!("the record is not {word}");
            }
            Ok(())
        }
        "linked" => {
            let wanted = if words.has("to") {
                let number = words.number()?;
                words.expect("items")?;
                Some(number)
            } else {
                None
            };
            linked(stage, &record.id, wanted).await
        }
        "not" => {
            words.expect("linked")?;
            linked(stage, &record.id, Some(0)).await
        }
        "from" | "to" | "cc" | "bcc" => party(stage, &record.parties, word, words).await,
        "regarding" => {
            let table = words.word()?;
            let id = stage.world.party(table, words.word()?).await?;
            let wanted = Some((table.to_owned(), id));
            if record.regarding != wanted {
                bail!("expected regarding {wanted:?}, found {:?}", record.regarding);
            }
            Ok(())
        }
        "owned" => {
            words.expect("by")?;
            let id = people::owner_id(stage, words).await?;
            if record.owner != id {
                bail!("expected the owner {id}, found {}", record.owner);
            }
            Ok(())
        }
        "in" => people::waits(stage, &record.id, words).await,
        "accepted" => automatic::accepted(stage, record, words).await,
        "has" => attachments(stage, record, words).await,
        other => bail!("nothing about a record reads `{other}`"),
    }
}

pub(super) async fn linked(stage: &Stage, record: &str, wanted: Option<usize>) -> Result<()> {
    let links = stage.world.links_of(record).await?;
    match wanted {
        Some(wanted) if links.len() != wanted => {
            bail!("expected {wanted} links, found {}", links.len())
        }
        None if links.is_empty() => bail!("the record is linked to nothing"),
        _ => Ok(()),
    }
}

/// `from contact kim@…`, `from contact "Kim Lee"`, `to nobody x@…`.
pub(super) async fn party(
    stage: &Stage,
    parties: &[RecordParty],
    role: &str,
    words: &Words<'_>,
) -> Result<()> {
    let kind = words.word()?;
    let name = words.word()?;
    let address = stage.user(name).ok();
    let id = match (kind, &address) {
        ("nobody", _) => None,
        (table, Some(address)) => Some(stage.world.party(table, address).await?),
        (table, None) => Some(stage.world.party_named(table, name).await?),
    };
    let table = match kind {
        "nobody" => None,
        "user" => Some("systemuser"),
        table => Some(table),
    };
    let is_wanted = |party: &&RecordParty| {
        let same_address = |address: &String| party.address.eq_ignore_ascii_case(address);
        party.role == role
            && party.id == id
            && party.table.as_deref() == table
            && address.as_ref().is_none_or(same_address)
    };
    if !parties.iter().any(|party| is_wanted(&party)) {
        bail!("expected the {role} party {kind} {name}, found {parties:#?}");
    }
    Ok(())
}

/// `has the attachments "a", "b"`, `has no attachments`, `has 3 parties`.
async fn attachments(stage: &Stage, record: &EmailRecord, words: &Words<'_>) -> Result<()> {
    if words.peek().parse::<usize>().is_ok() {
        return people::counted(&record.parties, words);
    }
    let wanted = if words.has("no attachments") {
        Vec::new()
    } else {
        words.expect("the attachments")?;
        words.rest()
    };
    let found = stage.world.attachments_of(&record.id).await?;
    if found != wanted {
        bail!("expected the attachments {wanted:?}, found {found:?}");
    }
    Ok(())
}
