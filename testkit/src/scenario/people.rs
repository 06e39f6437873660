//! Lines about teams, roles, owners and queues.

use super::{prepare::pair, stage::Stage, testing, words::Words};
use crate::world::RecordParty;
use anyhow::{Result, bail};

/// `given team "Field" [with the role "…"]`.
pub(super) async fn team(stage: &Stage, words: &Words<'_>) -> Result<()> {
    let name = words.word()?;
    let role = if words.has("with the role") { Some(words.word()?) } else { None };
    stage.world.add_team(name, role).await
}

/// `given 101 contacts with ADDRESS`.
pub(super) async fn many(stage: &Stage, number: usize, words: &Words<'_>) -> Result<()> {
    words.expect("contacts with")?;
    let address = words.word()?;
    for place in 1..=number {
        stage.world.add_party("contact", &format!("Namesake {place}"), address, None).await?;
    }
    Ok(())
}

/// `… owned by USER|team "Field"` after a queue.
pub(super) async fn owned(stage: &Stage, queue: &str, words: &Words<'_>) -> Result<()> {
    if !words.has("owned by") {
        return Ok(());
    }
    let (kind, owner) = owner(stage, words)?;
    stage.world.give_queue(queue, kind, &owner).await
}

/// `an administrator gives the queue ADDRESS to USER|team "Field"`.
pub(super) async fn gives_queue(stage: &Stage, words: &Words<'_>) -> Result<()> {
    words.expect("the queue")?;
    let queue = stage.user(words.word()?)?;
    words.expect("to")?;
    let (kind, owner) = owner(stage, words)?;
    stage.world.give_queue(&queue, kind, &owner).await
}

/// `USER gets|loses the role "…"`, `team "Field" gets|loses the role "…"`.
pub(super) async fn role(
    stage: &Stage,
    kind: &str,
    who: &str,
    verb: &str,
    words: &Words<'_>,
) -> Result<()> {
    let has_it = match verb {
        "gets" => true,
        "loses" => false,
        other => bail!("nobody `{other}` a role"),
    };
    words.expect("the role")?;
    stage.world.set_role(kind, who, words.word()?, has_it).await
}

/// `an administrator changes TABLE WHO COLUMN=VALUE …`.
pub(super) async fn changes(stage: &Stage, words: &Words<'_>) -> Result<()> {
    let table = words.word()?;
    let who = words.word()?;
    let who = match table {
        "user" | "queue" | "mailbox" => stage.user(who)?,
        _ => who.to_owned(),
    };
    let mut columns = Vec::new();
    while words.peek().contains('=') {
        columns.push(pair(words)?);
    }
    stage.world.change_row(table, &who, &columns).await
}

/// `an administrator chooses the profile "Branch" for USER[,USER]|new mailboxes`.
pub(super) async fn chooses_profile(stage: &Stage, words: &Words<'_>) -> Result<()> {
    words.expect("the profile")?;
    let name = words.word()?;
    words.expect("for")?;
    if words.has("new mailboxes") {
        return stage.world.default_profile(name).await;
    }
    for user in words.word()?.split(',') {
        stage.world.choose_profile(&stage.user(user)?, name).await?;
    }
    Ok(())
}

/// `… has 3 parties`.
pub(super) fn counted(parties: &[RecordParty], words: &Words<'_>) -> Result<()> {
    let wanted: usize = words.number()?;
    words.expect("parties")?;
    if parties.len() != wanted {
        bail!("expected {wanted} parties, found {parties:#?}");
    }
    Ok(())
}

/// The id of the owner in `… owned by USER|team "Field"`.
pub(super) async fn owner_id(stage: &Stage, words: &Words<'_>) -> Result<String> {
    let (kind, owner) = owner(stage, words)?;
    stage.world.principal(kind, &owner).await
}

/// `… in the queue QUEUE`: once there; `… in no queue`, `… in 2 queues`.
pub(super) async fn waits(stage: &Stage, record: &str, words: &Words<'_>) -> Result<()> {
    let found = stage.world.queues_of(record).await?;
    if words.has("the queue") {
        let queue = stage.user(words.word()?)?;
        let id = stage.world.party("queue", &queue).await?;
        let places = found.iter().filter(|one| **one == id).count();
        if places != 1 {
            bail!("expected one place in the queue {queue}, found {places} in {found:?}");
        }
        return Ok(());
    }
    let wanted: usize = if words.has("no queue") {
        0
    } else {
        let number = words.number()?;
        words.expect("queues")?;
        number
    };
    if found.len() != wanted {
        bail!("expected {wanted} places in queues, found {found:?}");
    }
    Ok(())
}

/// `the mailbox of USER is refused because "…"` (a part of the reason), `… is accepted`.
pub(super) async fn refused(stage: &Stage, words: &Words<'_>) -> Result<()> {
    let user = stage.user(words.word()?)?;
    if testing::mailbox(stage, &user, words).await? {
        return Ok(());
    }
    let found = stage.world.refusal_of(&user).await?;
    if words.has("is accepted") {
        return match found {
            None => Ok(()),
            Some(why) => bail!("expected the mailbox to be accepted; it is refused: {why}"),
        };
    }
    words.expect("is refused because")?;
    let part = words.word()?;
    match found {
        Some(why) if why.contains(part) => Ok(()),
        found => bail!("expected a refusal that names {part:?}, found {found:?}"),
    }
}

fn owner(stage: &Stage, words: &Words<'_>) -> Result<(&'static str, String)> {
    if words.has("team") {
        return Ok(("team", words.word()?.to_owned()));
    }
    Ok(("user", stage.user(words.word()?)?))
}
