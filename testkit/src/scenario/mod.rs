//! Scenario files: what a user or an administrator could do, line by line, and what must be
//! true afterwards.
//!
//! A line is `given …`, `when …` or `then …`, or `and …` for more of the same; `#` begins a
//! comment; words with spaces stand in double quotes. [`words`] splits lines, [`stage`] resolves
//! names, [`prepare`] sets up, [`act`] carries out what people do, [`fault`] and [`plug_ins`] what
//! goes wrong, [`check`] compares, [`alerts`] what people are told. [`automatic`] is
//! about filters, [`rules`] are those of Outlook. The vocabulary stands in `scenarios/README.md`.

mod act;
mod alerts;
mod automatic;
mod check;
mod check_activity;
mod check_record;
mod copies;
mod fault;
mod people;
mod plans;
mod plug_ins;
mod prepare;
mod push;
mod rules;
mod stage;
mod testing;
mod words;

use crate::World;
use anyhow::{Context, Result};
use earmark_tracking::Rules;
use stage::Stage;
use words::{Line, Section, Words};

/// Runs one scenario from its text in a fresh world.
///
/// Errors: the first line that fails, with its number and what was found instead.
pub async fn run(text: &str) -> Result<()> {
    run_with(text, Rules::all()).await
}

/// Runs one scenario against a mailbox server that behaves as a profile says: `documented`,
/// `kind` or `hostile`.
///
/// Errors: as [`run`].
pub async fn run_under(text: &str, profile: &str) -> Result<()> {
    play(text, Rules::all(), Some(profile)).await
}

/// Runs one scenario in a world in which only some rules hold, to see which promise breaks.
///
/// Errors: as [`run`].
pub async fn run_with(text: &str, rules: Rules) -> Result<()> {
    play(text, rules, None).await
}

async fn play(text: &str, rules: Rules, profile: Option<&str>) -> Result<()> {
    let lines = words::lines(text)?;
    let seed = prepare::seed(&lines)?;
    let stage = Stage::new(World::with_rules(seed, rules).await?);
    if let Some(profile) = profile {
        stage.world.behave(profile).await?;
    }
    for line in &lines {
        step(&stage, line).await.with_context(|| format!("line {}: {}", line.number, line.text))?;
    }
    Ok(())
}

async fn step(stage: &Stage, line: &Line) -> Result<()> {
    let words = Words::new(&line.words);
    match line.section {
        Section::Given => prepare::step(stage, &words).await?,
        Section::When => act::step(stage, &words).await?,
        Section::Then => check::step(stage, &words).await?,
    }
    words.end()
}
