//! `when …` about notifications.

use super::{
    stage::{Item, Stage},
    words::Words,
};
use anyhow::Result;
use serde_json::json;

/// Carries out a line about notifications. Answers whether it was one.
pub(super) async fn step(stage: &Stage, words: &Words<'_>) -> Result<bool> {
    let world = &stage.world;
    let fault = |fault| json!({"target": "push", "fault": fault});
    if words.has("a moment passes") {
        world.settle().await;
    } else if words.has("every notification is lost") {
        world.add_fault(fault(json!({"status": 202}))).await?;
    } else if words.has("every notification comes twice") {
        world.add_fault(fault(json!({"duplicate": true}))).await?;
    } else if words.has("what was told last is told again") {
        world.tell_again().await?;
        world.settle().await;
    } else if words.has("notifications are reordered") {
        world.set_quirk("noticesReordered", true).await?;
    } else if words.has("a notification is forged for") {
        let item = Item::read(words)?;
        words.expect("of")?;
        let user = stage.user(words.word()?)?;
        let one = stage.item(&user, &item).await?;
        world.forge(&user, &one.id).await?;
    } else if words.has("the server announces") {
        let event = words.word()?;
        words.expect("to")?;
        world.announce(&stage.user(words.word()?)?, event).await?;
    } else if words.has("the server forgets the subscriptions of") {
        world.forget_subscriptions(&stage.user(words.word()?)?).await?;
    } else {
        return Ok(false);
    }
    Ok(true)
}
