//! `when …`: what goes wrong on the way to mailboxes and CRM.

use super::{
    stage::{Item, Stage},
    words::Words,
};
use anyhow::{Result, bail};
use serde_json::{Value, json};

/// The line that needs a CRM in a file.
pub(super) const BACKED_UP: &str = "the CRM is backed up";

/// Carries out a line about faults. Answers whether it was one.
pub(super) async fn step(stage: &Stage, words: &Words<'_>) -> Result<bool> {
    if words.has("faults end") {
        stage.world.clear_faults().await?;
        return Ok(true);
    }
    if words.has(BACKED_UP) {
        stage.world.back_up_crm()?;
        return Ok(true);
    }
    if words.has("the CRM is restored") {
        stage.world.restore_crm()?;
        return Ok(true);
    }
    if words.has("every request to") {
        let target = words.word()?;
        words.expect("is carried out twice")?;
        let rule = json!({"target": target, "fault": {"duplicate": true}});
        stage.world.add_fault(rule).await?;
        return Ok(true);
    }
    if words.has("one in") {
        let many: u32 = words.number()?;
        words.expect("answers of")?;
        let target = words.word()?;
        words.expect("is lost")?;
        let probability = 1.0 / f64::from(many.max(1));
        let mut rule = json!({
            "target": target, "probability": probability, "fault": {"dropResponse": true},
        });
        narrowed(&mut rule, words)?;
        stage.world.add_fault(rule).await?;
        return Ok(true);
    }
    if words.has("graph shows no more of") {
        let item = Item::read(words)?;
        words.expect("of")?;
        let one = stage.item(&stage.user(words.word()?)?, &item).await?;
        let path = format!("**/{}", one.id);
        let fault = json!({"status": 404, "code": "ErrorItemNotFound"});
        let rule = json!({"target": "graph", "method": "GET", "path": path, "fault": fault});
        stage.world.add_fault(rule).await?;
        return Ok(true);
    }
    let target = match words.peek() {
        target @ ("graph" | "crm") => target,
        _ => return Ok(false),
    };
    words.word()?;
    if words.has("is down") {
        let rule = json!({"target": target, "fault": {"status": 503}});
        stage.world.add_fault(rule).await?;
        return Ok(true);
    }
    if target == "graph" && words.has("refuses connections") {
        let only = if words.has("for") { Some((words.word()?, words.word()?)) } else { None };
        stage.world.refuse_connections(only);
        return Ok(true);
    }
    let rule = if words.has("does not answer") {
        does_not_answer(target, words)?
    } else {
        words.expect("answers")?;
        answers(target, words)?
    };
    stage.world.add_fault(rule).await?;
    Ok(true)
}

/// `[for METHOD PATH] [N times]`: nothing is done, and no answer comes within any time-out.
fn does_not_answer(target: &str, words: &Words<'_>) -> Result<Value> {
    let mut rule = json!({"target": target, "fault": {"delayMs": 600_000, "status": 504}});
    narrowed(&mut rule, words)?;
    Ok(rule)
}

/// `STATUS|CODE [for METHOD PATH] [N times] [retry after S]`.
fn answers(target: &str, words: &Words<'_>) -> Result<Value> {
    let first = words.word()?;
    let mut fault = match first.parse::<u16>() {
        Ok(status) => json!({"status": status}),
        Err(_) if first.starts_with("0x") => json!({"status": 400, "code": first}),
        Err(_) => bail!("`{first}` is neither a status nor a code"),
    };
    let mut rule = json!({"target": target});
    if words.has("code") {
        fault["code"] = json!(words.word()?);
    }
    narrowed(&mut rule, words)?;
    if words.has("retry after") {
        fault["retryAfter"] = json!(words.number::<f64>()?);
    }
    rule["fault"] = fault;
    Ok(rule)
}

/// `[for METHOD PATH] [N times]`.
fn narrowed(rule: &mut Value, words: &Words<'_>) -> Result<()> {
    if words.has("for") {
        rule["method"] = json!(words.word()?);
        rule["path"] = json!(words.word()?);
    }
    if !words.peek().is_empty() && words.peek() != "retry" {
        rule["times"] = json!(words.number::<u32>()?);
        if !words.has("times") {
            words.expect("time")?;
        }
    }
    Ok(())
}
