//! `when …` about the copies of one message in several mailboxes.

use super::{stage::Stage, words::Words};
use crate::world::Mail;
use anyhow::{Context, Result};
use serde_json::json;

/// Carries out a line about copies. Answers whether it was one.
pub(super) async fn step(stage: &Stage, words: &Words<'_>) -> Result<bool> {
    if words.has("the late copy of") {
        let subject = words.word()?;
        words.expect("lands in")?;
        lands(stage, subject, &stage.user(words.word()?)?).await?;
    } else if words.has("graph throttles") {
        let path = format!("users/{}/**", stage.user(words.word()?)?);
        let fault = json!({"status": 429, "retryAfter": 60});
        stage.world.add_fault(json!({"target": "graph", "path": path, "fault": fault})).await?;
    } else if words.has("an administrator disables the mailbox of") {
        let user = stage.user(words.word()?)?;
        stage.world.serve_mailbox(&user, false).await?;
    } else if words.has("an administrator enables the mailbox of") {
        let user = stage.user(words.word()?)?;
        stage.world.serve_mailbox(&user, true).await?;
    } else {
        return Ok(false);
    }
    Ok(true)
}

/// Delivers a message to all but those whose copies come later, and keeps it for them.
pub(super) async fn deliver(stage: &Stage, mail: &Mail, delayed: &[String]) -> Result<()> {
    if delayed.is_empty() {
        return stage.world.deliver(mail).await;
    }
    let text = stage.world.deliver_but(mail, delayed).await?;
    stage.delayed.borrow_mut().insert(mail.subject.clone(), text);
    Ok(())
}

async fn lands(stage: &Stage, subject: &str, user: &str) -> Result<()> {
    let text = stage.delayed.borrow().get(subject).cloned();
    let text = text.with_context(|| format!("no copy of {subject} is delayed"))?;
    stage.world.import(user, text).await.map(drop)
}
