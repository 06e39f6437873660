//! `earmark item …`.

use super::mailbox::encoded;
use crate::{
    failure::{CommandError, Exit},
    output::{Output, cell, printable},
    remote::Remote,
};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::fmt::Write;

/// What can be done with items.
#[derive(Debug, Subcommand)]
pub enum ItemCommand {
    /// List items that Earmark remembers
    List(ListArguments),
    /// Show one item
    Show(ItemArgument),
    /// Say why it is, or is not, tracked
    Explain(ItemArgument),
    /// List what happened to it
    History(ItemArgument),
    /// Track items, as a person's wish
    Track(TrackArguments),
    /// Untrack items, as a person's wish; their records stay
    Untrack(WishArguments),
    /// Try items again now
    Retry(WishArguments),
    /// Say whether a meeting that was changed in the CRM is changed in the mailbox, and its
    /// attendees told
    Answer(AnswerArguments),
}

/// What `item list` takes.
#[derive(Debug, Args)]
pub struct ListArguments {
    /// Only items of this mailbox
    #[arg(long, value_name = "ADDR")]
    pub mailbox: Option<String>,
    /// Only items with this Message-ID
    #[arg(long)]
    pub message_id: Option<String>,
    /// Only items in this state
    #[arg(long)]
    pub state: Option<String>,
    /// Go on where the page before ended (its `next`)
    #[arg(long)]
    pub cursor: Option<String>,
}

/// An item, by the id that `item list` shows.
#[derive(Debug, Args)]
pub struct ItemArgument {
    /// The item's id, as `item list` shows it
    pub id: String,
}

/// Items, by their ids in the mailbox.
#[derive(Debug, Args)]
pub struct WishArguments {
    /// The mailbox that holds the items
    #[arg(long, value_name = "ADDR")]
    pub mailbox: String,
    /// The items' immutable ids in the mailbox (`graphId`)
    #[arg(required = true, value_name = "ITEM_ID")]
    pub items: Vec<String>,
}

/// What `item track` takes.
#[derive(Debug, Args)]
pub struct TrackArguments {
    /// Which items.
    #[command(flatten)]
    pub wish: WishArguments,
    /// Set the record they are about, as TABLE:ID; `none` takes it off
    #[arg(long, value_name = "TABLE:ID")]
    pub regarding: Option<String>,
}

/// What `item answer` takes.
#[derive(Debug, Args)]
#[group(id = "answer", required = true, multiple = false, args = ["yes", "no"])]
pub struct AnswerArguments {
    /// Which items.
    #[command(flatten)]
    pub wish: WishArguments,
    /// Write the change to the meeting; its attendees get an update
    #[arg(long)]
    pub yes: bool,
    /// Leave the meeting as it is; each side keeps its own
    #[arg(long)]
    pub no: bool,
}

/// Carries one of them out.
pub async fn run(
    command: ItemCommand,
    remote: &Remote,
    output: Output,
) -> Result<(), CommandError> {
    match command {
        ItemCommand::List(arguments) => list(arguments, remote, output).await,
        ItemCommand::Show(item) => {
            let answer = remote.get(&path(&item, ""), &[]).await?;
            output.value(&answer, || facts(&answer));
            Ok(())
        }
        ItemCommand::Explain(item) => {
            let answer = remote.get(&path(&item, "/explain"), &[]).await?;
            output.value(&answer, || explanation(&answer));
            Ok(())
        }
        ItemCommand::History(item) => history(&item, remote, output).await,
        ItemCommand::Track(arguments) => {
            let mut body = wish(&arguments.wish);
            if let Some(regarding) = &arguments.regarding {
                body["regarding"] = parse_regarding(regarding)?;
            }
            send("track", &body, remote, output).await
        }
        ItemCommand::Untrack(arguments) => send("untrack", &wish(&arguments), remote, output).await,
        ItemCommand::Answer(arguments) => {
            let mut body = wish(&arguments.wish);
            body["yes"] = json!(arguments.yes);
            send("answer", &body, remote, output).await
        }
        ItemCommand::Retry(arguments) => send("retry", &wish(&arguments), remote, output).await,
    }
}

async fn list(
    arguments: ListArguments,
    remote: &Remote,
    output: Output,
) -> Result<(), CommandError> {
    let query: Vec<(&str, String)> = [
        ("mailbox", arguments.mailbox),
        ("messageId", arguments.message_id),
        ("state", arguments.state),
        ("cursor", arguments.cursor),
    ]
    .into_iter()
    .filter_map(|(name, value)| value.map(|value| (name, value)))
    .collect();
    let answer = remote.get("/api/v1/items", &query).await?;
    let heading = ["id", "mailbox", "kind", "state", "reason", "attempts", "changedAt"];
    output.table(&answer, &heading, &rows(&answer, &heading));
    if let Some(next) = answer["next"].as_str() {
        output.note(&format!("more: repeat with --cursor {next}"));
    }
    Ok(())
}

async fn history(item: &ItemArgument, remote: &Remote, output: Output) -> Result<(), CommandError> {
    let answer = remote.get(&path(item, "/history"), &[]).await?;
    let heading = ["at", "event", "reason", "actor", "trigger", "detail"];
    output.table(&answer, &heading, &rows(&answer, &heading));
    Ok(())
}

async fn send(
    verb: &str,
    body: &Value,
    remote: &Remote,
    output: Output,
) -> Result<(), CommandError> {
    let answer = remote.post(&format!("/api/v1/items/{verb}"), body).await?;
    let heading = ["itemId", "state", "reason", "error"];
    output.table(&answer, &heading, &rows(&answer, &heading));
    let items = answer["items"].as_array().cloned().unwrap_or_default();
    if items.iter().any(|item| !item["error"].is_null()) {
        let message = "some items could not be served";
        return Err(CommandError::new(Exit::Partial, "partial", message)
            .hint("Look at the error of each item"));
    }
    if items.iter().any(|item| item["state"] == "pending") {
        let message = "stored, but not served yet; it will be in the next cycle";
        return Err(CommandError::new(Exit::Pending, "pending", message)
            .hint("Look again with `earmark item list`"));
    }
    Ok(())
}

fn rows(answer: &Value, heading: &[&str]) -> Vec<Vec<String>> {
    let items = answer["items"].as_array().into_iter().flatten();
    items.map(|item| heading.iter().map(|key| cell(&item[*key])).collect()).collect()
}

fn wish(arguments: &WishArguments) -> Value {
    let item = |id: &String| json!({"itemId": id, "idFormat": "restImmutableEntryId"});
    let items: Vec<Value> = arguments.items.iter().map(item).collect();
    json!({"mailbox": arguments.mailbox, "items": items})
}

fn parse_regarding(text: &str) -> Result<Value, CommandError> {
    if text == "none" {
        return Ok(Value::Null);
    }
    text.split_once(':')
        .filter(|(_, id)| uuid::Uuid::parse_str(id).is_ok())
        .map(|(table, id)| json!({"table": table, "id": id}))
        .ok_or_else(|| {
            let message = format!("--regarding: `{text}` is not TABLE:ID");
            CommandError::new(Exit::Usage, "regarding", message)
                .hint("Write for example account:6f0f3a6e-95a0-4f0a-9d5c-2b3d2a1c0e11, or none")
        })
}

fn path(item: &ItemArgument, below: &str) -> String {
    format!("/api/v1/items/{}{below}", encoded(&item.id))
}

fn facts(answer: &Value) -> String {
    let mut text = String::new();
    for (name, value) in answer.as_object().into_iter().flatten() {
        if name != "schema" && !value.is_null() {
            let _ = writeln!(text, "{name}: {}", printable(&cell(value)));
        }
    }
    text
}

/// The explanation as people read it: the answer first, then what it was decided on.
fn explanation(answer: &Value) -> String {
    let mut text = String::new();
    let line = |key: &str| printable(&cell(&answer[key]));
    let _ = writeln!(text, "{} ({})", line("state"), line("reason"));
    let _ = writeln!(text, "{}", line("explanation"));
    if !answer["nextAttempt"].is_null() {
        let _ = writeln!(text, "next attempt: {}", line("nextAttempt"));
    }
    let _ = writeln!(text, "\ndecided on:");
    for (name, value) in answer["facts"].as_object().into_iter().flatten() {
        let shown = if value.is_null() { "none".to_owned() } else { cell(value) };
        let _ = writeln!(text, "  {name}: {}", printable(&shown));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_explanation_starts_with_the_answer() {
        let answer = json!({
            "state": "tracked", "reason": "both_sides", "explanation": "Both sides agree.",
            "nextAttempt": null, "facts": {"baseline": 1, "request": null},
        });
        let text = explanation(&answer);
        assert!(text.starts_with("tracked (both_sides)\nBoth sides agree.\n"), "{text}");
        assert!(text.contains("  request: none"), "{text}");
    }

    #[test]
    fn a_regarding_is_a_table_and_an_id() {
        assert!(parse_regarding("account:6f0f3a6e-95a0-4f0a-9d5c-2b3d2a1c0e11").is_ok());
        assert_eq!(parse_regarding("none").expect("valid"), Value::Null);
        assert_eq!(parse_regarding("account").expect_err("refused").exit, Exit::Usage);
    }
}
