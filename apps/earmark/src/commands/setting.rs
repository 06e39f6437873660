//! `earmark setting …`: the organization settings.

use super::mailbox::encoded;
use crate::{
    failure::{CommandError, Exit},
    output::{Output, cell, printable},
    remote::Remote,
};
use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Map, Value, json};
use std::{fmt::Write, path::PathBuf};

/// What can be done with settings.
#[derive(Debug, Subcommand)]
pub enum SettingCommand {
    /// List every setting with its effective value
    List,
    /// Show one setting
    Get(NameArgument),
    /// Give a setting a value
    Set(SetArguments),
    /// Take the value away, so that the default holds
    Unset(UnsetArguments),
    /// List the settings that have a value of their own
    Diff,
    /// Print the values that were set, for `setting import`
    Export,
    /// Set what an exported file says
    Import(ImportArguments),
    /// Explain settings: type, range, default
    Docs(DocsArguments),
}

/// A setting, by name.
#[derive(Debug, Args)]
pub struct NameArgument {
    /// The name, for example TrackCategorizedItems
    pub name: String,
}

/// What `setting set` takes.
#[derive(Debug, Args)]
pub struct SetArguments {
    /// NAME=VALUE
    #[arg(value_name = "NAME=VALUE")]
    pub assignment: String,
    /// The value, when the first word is only the name
    pub value: Option<String>,
    /// Only say what would change
    #[arg(long)]
    pub dry_run: bool,
}

/// What `setting unset` takes.
#[derive(Debug, Args)]
pub struct UnsetArguments {
    /// The name
    pub name: String,
    /// Only say what would change
    #[arg(long)]
    pub dry_run: bool,
}

/// What `setting import` takes.
#[derive(Debug, Args)]
pub struct ImportArguments {
    /// The file that `setting export` printed; `-` reads standard input
    pub file: PathBuf,
    /// Only say what would change
    #[arg(long)]
    pub dry_run: bool,
}

/// What `setting docs` takes.
#[derive(Debug, Args)]
pub struct DocsArguments {
    /// Only this one
    pub name: Option<String>,
}

const HEADING: [&str; 5] = ["name", "effective", "value", "default", "source"];

/// Carries one of them out.
pub async fn run(
    command: SettingCommand,
    remote: &Remote,
    output: Output,
) -> Result<(), CommandError> {
    match command {
        SettingCommand::List => {
            let answer = remote.get("/api/v1/settings", &[]).await?;
            output.table(&answer, &HEADING, &rows(&answer));
            Ok(())
        }
        SettingCommand::Diff => {
            let mut answer = remote.get("/api/v1/settings", &[]).await?;
            if let Some(items) = answer["items"].as_array_mut() {
                items.retain(is_set);
            }
            answer["schema"] = json!("earmark.setting.diff/1");
            output.table(&answer, &HEADING, &rows(&answer));
            Ok(())
        }
        SettingCommand::Get(one) => {
            let answer = remote.get(&path(&one.name), &[]).await?;
            output.value(&answer, || cell(&answer["effective"]));
            Ok(())
        }
        SettingCommand::Set(arguments) => {
            let (name, value) = assignment(arguments.assignment, arguments.value)?;
            set(remote, output, &name, &value, arguments.dry_run).await
        }
        SettingCommand::Unset(arguments) => {
            let query = dry_run(arguments.dry_run);
            let answer = remote.call(Method::DELETE, &path(&arguments.name), &query, None).await?;
            changed(&answer, output);
            Ok(())
        }
        SettingCommand::Export => export(remote).await,
        SettingCommand::Import(arguments) => import(arguments, remote, output).await,
        SettingCommand::Docs(arguments) => docs(arguments, remote, output).await,
    }
}

async fn set(
    remote: &Remote,
    output: Output,
    name: &str,
    value: &str,
    only_preview: bool,
) -> Result<(), CommandError> {
    let body = json!({"value": value});
    let answer = remote.call(Method::PUT, &path(name), &dry_run(only_preview), Some(&body)).await?;
    changed(&answer, output);
    Ok(())
}

async fn export(remote: &Remote) -> Result<(), CommandError> {
    let answer = remote.get("/api/v1/settings", &[]).await?;
    let mut values = Map::new();
    for item in answer["items"].as_array().into_iter().flatten().filter(|item| is_set(item)) {
        values.insert(cell(&item["name"]), item["value"].clone());
    }
    let exported = json!({"schema": "earmark.setting.export/1", "settings": values});
    crate::output::print_line(&format!("{exported:#}"));
    Ok(())
}

async fn import(
    arguments: ImportArguments,
    remote: &Remote,
    output: Output,
) -> Result<(), CommandError> {
    let shown = arguments.file.display().to_string();
    let wrong = |problem: String| {
        CommandError::new(Exit::Usage, "file", format!("{shown}: {problem}"))
            .hint("Give a file that `earmark setting export` printed")
    };
    let text = if shown == "-" {
        std::io::read_to_string(std::io::stdin())
    } else {
        std::fs::read_to_string(&arguments.file)
    }
    .map_err(|error| wrong(error.to_string()))?;
    let file: Value = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    let settings = file["settings"].as_object().ok_or_else(|| wrong("no `settings`".into()))?;
    for dry in [true, false] {
        // Everything is checked before anything is changed.
        for (name, value) in settings.iter().filter(|_| dry || !arguments.dry_run) {
            let body = json!({"value": cell(value)});
            let answer = remote.call(Method::PUT, &path(name), &dry_run(dry), Some(&body)).await?;
            if !dry || arguments.dry_run {
                changed(&answer, output);
            }
        }
    }
    Ok(())
}

async fn docs(
    arguments: DocsArguments,
    remote: &Remote,
    output: Output,
) -> Result<(), CommandError> {
    let answer = match &arguments.name {
        Some(name) => {
            let one = remote.get(&path(name), &[]).await?;
            json!({"schema": "earmark.setting.list/1", "items": [one], "next": null})
        }
        None => remote.get("/api/v1/settings", &[]).await?,
    };
    let heading = ["name", "type", "min", "max", "default", "hasEffect", "description"];
    let rows: Vec<Vec<String>> = answer["items"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|item| heading.map(|key| cell(&item[key])).to_vec())
        .collect();
    output.table(&answer, &heading, &rows);
    Ok(())
}

fn changed(answer: &Value, output: Output) {
    output.value(answer, || {
        let mut text = String::new();
        let verb = if answer["dryRun"] == true { "would become" } else { "is now" };
        let effective = printable(&cell(&answer["effective"]));
        let _ = writeln!(text, "{} {verb} {effective}", printable(&cell(&answer["name"])));
        for line in answer["preview"].as_array().into_iter().flatten() {
            let _ = writeln!(text, "  {}", printable(&cell(line)));
        }
        text
    });
}

fn assignment(first: String, second: Option<String>) -> Result<(String, String), CommandError> {
    match (first.split_once('='), second) {
        (Some((name, value)), None) => Ok((name.to_owned(), value.to_owned())),
        (None, Some(value)) => Ok((first, value)),
        _ => Err(CommandError::new(Exit::Usage, "assignment", format!("`{first}` sets nothing"))
            .hint("Write for example `earmark setting set TrackCategorizedItems=false`")),
    }
}

fn is_set(item: &Value) -> bool {
    !item["value"].is_null()
}

fn rows(answer: &Value) -> Vec<Vec<String>> {
    let items = answer["items"].as_array().into_iter().flatten();
    items.map(|item| HEADING.map(|key| cell(&item[key])).to_vec()).collect()
}

fn dry_run(wanted: bool) -> Vec<(&'static str, String)> {
    if wanted { vec![("dryRun", "true".to_owned())] } else { Vec::new() }
}

fn path(name: &str) -> String {
    format!("/api/v1/settings/{}", encoded(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_assignment_is_one_word_or_two() {
        let two = ("A".to_owned(), "1".to_owned());
        assert_eq!(assignment("A=1".into(), None).expect("valid"), two);
        assert_eq!(assignment("A".into(), Some("1".into())).expect("valid"), two);
        assert_eq!(assignment("A".into(), None).expect_err("refused").exit, Exit::Usage);
    }
}
