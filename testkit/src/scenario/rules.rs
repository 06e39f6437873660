//! Rules in Outlook, and what people do to whole conversations.

use super::{
    stage::{Item, Stage},
    words::Words,
};
use crate::world::RuleAction;
use anyhow::{Result, bail};

/// `anna has the rule "R" assigning "C" to mail from kim@…`, `… moving mail from kim@… to Projects`.
pub(super) async fn given(stage: &Stage, user: &str, words: &Words<'_>) -> Result<()> {
    let name = words.word()?;
    let (from, action) = match words.word()? {
        "assigning" => {
            let category = words.word()?.to_owned();
            words.expect("to mail from")?;
            (words.word()?, RuleAction::Assign(category))
        }
        "moving" => {
            words.expect("mail from")?;
            let from = words.word()?;
            words.expect("to")?;
            (from, RuleAction::Move(words.word()?.to_owned()))
        }
        other => bail!("no rule of the vocabulary is `{other}`"),
    };
    stage.world.add_rule(user, name, &stage.user(from)?, &action).await
}

/// `runs the rule "R" [in FOLDER]`, `runs a rule removing "C" [in FOLDER]`.
pub(super) async fn run(stage: &Stage, user: &str, words: &Words<'_>) -> Result<()> {
    let removes = words.has("a rule removing");
    if !removes {
        words.expect("the rule")?;
    }
    let named = words.word()?;
    let folder = if words.has("in") { words.word()? } else { "inbox" };
    if removes {
        stage.world.run_removing_rule(user, named, folder).await
    } else {
        stage.world.run_rule(user, named, folder).await
    }
}

/// A category on, or off, every message of a conversation that does not, or does, bear it.
pub(super) async fn categorize_conversation(
    stage: &Stage,
    user: &str,
    words: &Words<'_>,
    category: &str,
    assigns: bool,
) -> Result<()> {
    let item = stage.item(user, &Item::read(words)?).await?;
    for one in stage.world.conversation(user, &item).await? {
        let bears = one.categories.iter().any(|name| name.eq_ignore_ascii_case(category));
        match (assigns, bears) {
            (true, false) => stage.world.assign(user, &one, category).await?,
            (false, true) => stage.world.unassign(user, &one, category).await?,
            (true, true) | (false, false) => {}
        }
    }
    Ok(())
}
