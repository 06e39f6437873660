//! `given …`: what is there before anything happens.

use super::{
    automatic, people, plug_ins, rules,
    stage::Stage,
    words::{Line, Section, Words},
};
use anyhow::{Context, Result, bail};
use std::time::Duration;

/// The seed of the world: `given seed 7`, else 1.
pub(super) fn seed(lines: &[Line]) -> Result<u64> {
    let seed = lines.iter().find(|line| {
        line.section == Section::Given && line.words.first().is_some_and(|word| word == "seed")
    });
    let Some(line) = seed else { return Ok(1) };
    let number = line.words.get(1).and_then(|word| word.parse().ok());
    number.with_context(|| format!("line {}: the seed is not a number", line.number))
}

pub(super) async fn step(stage: &Stage, words: &Words<'_>) -> Result<()> {
    let world = &stage.world;
    if stage.is_user(words.peek()) {
        let user = stage.user(words.word()?)?;
        return if words.has("has the rule") {
            rules::given(stage, &user, words).await
        } else if words.has("is a") || words.has("is an") {
            let role = words.word()?;
            words.expect("of")?;
            let owner = stage.user(words.word()?)?;
            world.share(&owner, &user, role).await
        } else {
            automatic::filter(stage, &user, words).await
        };
    }
    match words.word()? {
        "seed" => words.word().map(drop),
        "user" => person(stage, words, false).await,
        "queue" => person(stage, words, true).await,
        table @ ("contact" | "account" | "lead") => {
            let name = words.word()?;
            let address = words.word()?;
            let owner = if words.has("owned by") { Some(stage.user(words.word()?)?) } else { None };
            world.add_party(table, name, address, owner.as_deref()).await
        }
        "setting" => {
            let (name, value) = pair(words)?;
            world.set_setting(name, value).await
        }
        "column" => {
            let (name, value) = pair(words)?;
            world.set_column(name, value).await
        }
        "team" => people::team(stage, words).await,
        "every" => {
            words.expect("answer takes")?;
            let seconds = words.number()?;
            words.expect("seconds")?;
            world.answers_take(Duration::from_secs(seconds));
            Ok(())
        }
        "push" => world.offer_push().await,
        "a" => plug_ins::given(stage, words).await,
        "quirk" => {
            let (name, value) = pair(words)?;
            world.set_quirk(name, value == "true").await
        }
        "category" => {
            let name = words.word()?;
            words.expect("of")?;
            world.create_category(&stage.user(words.word()?)?, name).await
        }
        "folder" => {
            let name = words.word()?;
            words.expect("of")?;
            let user = stage.user(words.word()?)?;
            match words.has("below") {
                true => world.add_folder_below(&user, words.word()?, name).await,
                false => world.add_folder(&user, name).await,
            }
        }
        "list" => {
            let name = words.word()?;
            words.expect("of")?;
            world.add_list(&stage.user(words.word()?)?, name).await
        }
        number if number.parse::<usize>().is_ok() => {
            people::many(stage, number.parse()?, words).await
        }
        other => bail!("nothing of the kind `{other}` can be given"),
    }
}

/// Makes a person or a queue: `ADDRESS [named "Anna Berg"]`.
pub(super) async fn person(stage: &Stage, words: &Words<'_>, shared: bool) -> Result<()> {
    let address = words.word()?;
    let name = if words.has("named") { words.word()? } else { address };
    stage.world.add_user(address, name, shared).await?;
    stage.know_user(address);
    if shared { people::owned(stage, address, words).await } else { Ok(()) }
}

/// `NAME=VALUE`.
pub(super) fn pair<'a>(words: &Words<'a>) -> Result<(&'a str, &'a str)> {
    let word = words.word()?;
    word.split_once('=').with_context(|| format!("`{word}` is not NAME=VALUE"))
}
