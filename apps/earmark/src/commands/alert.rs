//! `earmark alert …`.

use super::mailbox::encoded;
use crate::{
    failure::CommandError,
    output::{Output, cell, printable},
    remote::Remote,
};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::fmt::Write;

/// What can be done with alerts.
#[derive(Debug, Subcommand)]
pub enum AlertCommand {
    /// List alerts, newest first
    List(ListArguments),
    /// Show one alert
    Show(AlertArgument),
    /// Say that somebody knows of it
    Ack(AlertArgument),
    /// Say that it is dealt with
    Resolve(AlertArgument),
}

/// What `alert list` takes.
#[derive(Debug, Args)]
pub struct ListArguments {
    /// Only this level: error, warning or information
    #[arg(long)]
    pub level: Option<String>,
    /// Only this state: open, acknowledged or resolved
    #[arg(long)]
    pub state: Option<String>,
    /// Only alerts about this mailbox
    #[arg(long, value_name = "ADDR")]
    pub mailbox: Option<String>,
    /// Only this code
    #[arg(long)]
    pub code: Option<String>,
    /// Go on where the page before ended (its `next`)
    #[arg(long)]
    pub cursor: Option<String>,
}

/// An alert, by the id that `alert list` shows.
#[derive(Debug, Args)]
pub struct AlertArgument {
    /// The alert's id, as `alert list` shows it
    pub id: String,
}

/// Carries one of them out.
pub async fn run(
    command: AlertCommand,
    remote: &Remote,
    output: Output,
) -> Result<(), CommandError> {
    let answer = match command {
        AlertCommand::List(arguments) => return list(arguments, remote, output).await,
        AlertCommand::Show(one) => remote.get(&path(&one, ""), &[]).await?,
        AlertCommand::Ack(one) => remote.post(&path(&one, "/ack"), &json!({})).await?,
        AlertCommand::Resolve(one) => remote.post(&path(&one, "/resolve"), &json!({})).await?,
    };
    output.value(&answer, || facts(&answer));
    Ok(())
}

async fn list(
    arguments: ListArguments,
    remote: &Remote,
    output: Output,
) -> Result<(), CommandError> {
    let query: Vec<(&str, String)> = [
        ("level", arguments.level),
        ("state", arguments.state),
        ("mailbox", arguments.mailbox),
        ("code", arguments.code),
        ("cursor", arguments.cursor),
    ]
    .into_iter()
    .filter_map(|(name, value)| value.map(|value| (name, value)))
    .collect();
    let answer = remote.get("/api/v1/alerts", &query).await?;
    let heading = ["id", "level", "state", "code", "mailbox", "outcome", "count", "lastAt"];
    let items = answer["items"].as_array().into_iter().flatten();
    let rows: Vec<Vec<String>> =
        items.map(|item| heading.map(|key| cell(&item[key])).to_vec()).collect();
    output.table(&answer, &heading, &rows);
    if let Some(next) = answer["next"].as_str() {
        output.note(&format!("more: repeat with --cursor {next}"));
    }
    Ok(())
}

fn path(alert: &AlertArgument, below: &str) -> String {
    format!("/api/v1/alerts/{}{below}", encoded(&alert.id))
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
