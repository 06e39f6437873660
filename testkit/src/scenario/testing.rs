//! Lines about tests of mailboxes, and about whose they are.

use super::{prepare::pair, stage::Stage, words::Words};
use crate::world::Stamped;
use anyhow::{Result, bail};
use serde_json::Value;

/// `an administrator tests the mailbox of USER [taking it over]`.
pub(super) async fn tests(stage: &Stage, words: &Words<'_>) -> Result<()> {
    words.expect("the mailbox of")?;
    let user = stage.user(words.word()?)?;
    stage.world.ask_for_test(&user, words.has("taking it over")).await
}

/// The category that another installation knows.
const CATEGORY: &str = "Tracked to Dynamics 365";

/// `another organization takes the mailbox of USER [leaving its list alone]`.
pub(super) async fn taken(stage: &Stage, words: &Words<'_>) -> Result<()> {
    words.expect("takes the mailbox of")?;
    let user = stage.user(words.word()?)?;
    if words.has("leaving its list alone") {
        return stage.world.stamp_for_another(&user, true).await;
    }
    stage.world.take_for_another(&user, CATEGORY).await
}

/// `the mailbox of USER …`, where that is about its row or its stamp. Answers whether it was.
pub(super) async fn mailbox(stage: &Stage, user: &str, words: &Words<'_>) -> Result<bool> {
    for (said, wanted) in [
        ("bears no stamp", Stamped::Nobodys),
        ("bears our stamp", Stamped::Ours),
        ("bears the stamp of another organization", Stamped::Anothers),
    ] {
        if words.has(said) {
            let found = stage.world.stamped(user).await?;
            if found != wanted {
                bail!("expected that the mailbox {said}, found {found:?}");
            }
            return Ok(true);
        }
    }
    if !words.has("has") {
        return Ok(false);
    }
    let row = stage.world.mailbox_row(user).await?;
    while words.peek().contains('=') {
        let (column, wanted) = pair(words)?;
        let found = match &row[column] {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        if found != wanted {
            bail!("expected {column} to be {wanted:?}, found {found:?} in {row:#}");
        }
    }
    Ok(true)
}
