//! Lines about plug-in steps of the CRM: `given a plug-in step …`, `when the plug-in …`,
//! `then the plug-in …`.

use super::{stage::Stage, words::Words};
use crate::world::{Answer, NewStep};
use anyhow::{Result, bail};

/// `a plug-in step on MESSAGE of TABLE [at stage 20] [filtering "a,b"] [disabled]`, after `a`.
pub(super) async fn given(stage: &Stage, words: &Words<'_>) -> Result<()> {
    words.expect("plug-in step on")?;
    let message = words.word()?.to_owned();
    words.expect("of")?;
    let table = words.word()?.to_owned();
    let place = if words.has("at stage") { words.number()? } else { 20 };
    let columns = if words.has("filtering") { Some(words.word()?.to_owned()) } else { None };
    let enabled = !words.has("disabled");
    let step = NewStep { message, table, stage: place, columns, enabled };
    stage.world.register_step(&step).await
}

/// Carries out a line about plug-ins. Answers whether it was one.
pub(super) async fn when(stage: &Stage, words: &Words<'_>) -> Result<bool> {
    let world = &stage.world;
    if words.has("every plug-in step is") {
        let enabled = match words.word()? {
            "enabled" => true,
            "disabled" => false,
            other => bail!("a step is not `{other}`"),
        };
        world.enable_steps(enabled).await?;
        return Ok(true);
    }
    if !words.has("the plug-in") {
        return Ok(false);
    }
    world.answer_steps(if words.has("accepts again") {
        Answer::Accept
    } else if words.has("refuses") {
        let text = words.word()?.to_owned();
        let subject = if words.has("for") { Some(words.word()?.to_owned()) } else { None };
        Answer::Refuse { text, subject }
    } else if words.has("answers late") {
        Answer::Late
    } else if words.has("does not answer") {
        Answer::Silence
    } else {
        words.expect("answers")?;
        Answer::Status(words.number()?)
    });
    Ok(true)
}

/// `was never called`, `was called 6 times [at least one cycle apart]`,
/// `saw A,B as to`, after `the plug-in`.
pub(super) fn then(stage: &Stage, words: &Words<'_>) -> Result<()> {
    if words.has("saw") {
        return saw(stage, words);
    }
    let calls = stage.world.calls();
    let wanted: usize = if words.has("was never called") {
        0
    } else {
        words.expect("was called")?;
        let wanted = words.number()?;
        if !words.has("times") {
            words.expect("time")?;
        }
        wanted
    };
    if calls.len() != wanted {
        bail!("expected {wanted} calls, found {}", calls.len());
    }
    if words.has("at least one cycle apart") {
        let cycle = stage.world.cycle_length();
        let near = calls.windows(2).find(|pair| pair[1].since(pair[0]) < cycle);
        if let Some(pair) = near {
            bail!("two calls were only {:?} apart", pair[1].since(pair[0]));
        }
    }
    Ok(())
}

fn saw(stage: &Stage, words: &Words<'_>) -> Result<()> {
    let mut wanted: Vec<String> = match words.word()? {
        "nobody" => Vec::new(),
        list => list.split(',').map(|name| stage.user(name)).collect::<Result<_>>()?,
    };
    wanted.sort();
    words.expect("as")?;
    let attribute = words.word()?;
    let found = stage.world.seen_parties(attribute)?;
    if found != wanted {
        bail!("expected {wanted:?} as {attribute}, found {found:?}");
    }
    Ok(())
}
