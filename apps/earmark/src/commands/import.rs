//! `earmark import`: messages, events and tasks from files into a sandbox mailbox.

use super::mailbox::encoded;
use super::message_files::{Candidate, Holding, candidates, split_mbox};
use crate::{
    failure::{CommandError, Exit},
    output::Output,
    remote::Remote,
};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use std::{io::IsTerminal, path::PathBuf};

/// What `import` takes.
#[derive(Debug, Args)]
pub struct ImportArguments {
    /// .eml, mbox and .ics files, Maildir folders, or folders of them. A calendar file is imported
    /// whole or not at all; nobody is invited by it
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// The sandbox mailbox that receives the messages, events and tasks
    #[arg(long, value_name = "ADDR")]
    pub mailbox: String,
}

/// The media type of a message.
const MESSAGE: &str = "message/rfc822";

/// The media type of events and tasks.
const CALENDAR: &str = "text/calendar";

/// What an import did.
#[derive(Debug, Default)]
struct Report {
    messages: u64,
    /// Units: events and tasks.
    entries: u64,
    refused: Vec<(String, String)>,
}

/// Imports. Errors: exit 7 when some files were refused, 1 when all were.
pub async fn run(
    arguments: ImportArguments,
    remote: &Remote,
    output: Output,
) -> Result<(), CommandError> {
    let found: Vec<Candidate> = arguments.paths.iter().flat_map(|path| candidates(path)).collect();
    let bar = progress(found.len(), output);
    let mut report = Report::default();
    for candidate in found {
        import_one(candidate, &arguments.mailbox, remote, &mut report).await?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    finish(report, output)
}

async fn import_one(
    candidate: Candidate,
    mailbox: &str,
    remote: &Remote,
    report: &mut Report,
) -> Result<(), CommandError> {
    let shown = candidate.path.display().to_string();
    let holding = match candidate.holding {
        Ok(holding) => holding,
        Err(why) => {
            report.refused.push((shown, why));
            return Ok(());
        }
    };
    let bytes = match tokio::fs::read(&candidate.path).await {
        Ok(bytes) => bytes,
        Err(error) => {
            report.refused.push((shown, format!("cannot be read ({error})")));
            return Ok(());
        }
    };
    let messages = match holding {
        Holding::Calendar => {
            let sent = send(shown, bytes, CALENDAR, mailbox, remote, report).await?;
            report.entries += sent;
            return Ok(());
        }
        Holding::Message => vec![bytes],
        Holding::Mbox => split_mbox(&bytes),
    };
    let several = messages.len() > 1;
    for (index, message) in messages.into_iter().enumerate() {
        let name = if several { format!("{shown} message {}", index + 1) } else { shown.clone() };
        let sent = send(name, message, MESSAGE, mailbox, remote, report).await?;
        report.messages += sent;
    }
    Ok(())
}

/// Answers how much was imported.
async fn send(
    name: String,
    content: Vec<u8>,
    media_type: &str,
    mailbox: &str,
    remote: &Remote,
    report: &mut Report,
) -> Result<u64, CommandError> {
    let path = format!("/sandbox/v1/users/{}/import", encoded(mailbox));
    match remote.upload(&path, media_type, content).await {
        Ok(answer) => Ok(answer["imported"].as_u64().or(answer["count"].as_u64()).unwrap_or(1)),
        // Only a refusal of the content is about this file; everything else ends the import.
        Err(error) if error.exit == Exit::Usage => {
            let lines = error.message.lines().map(|line| (name.clone(), line.to_owned()));
            report.refused.extend(lines);
            Ok(0)
        }
        // The own API's word for an address that is not there: a server without a sandbox.
        Err(error) if error.code == "path" => Err(CommandError::new(
            Exit::NotFound,
            "no_sandbox",
            "this server has no sandbox mailboxes",
        )
        .hint("Import into `earmark demo` or `earmark sandbox serve`; name it with --url")),
        Err(error) => Err(error),
    }
}

fn finish(report: Report, output: Output) -> Result<(), CommandError> {
    for (file, why) in &report.refused {
        output.note(&format!("refused: {file}: {why}"));
    }
    let imported = report.messages + report.entries;
    let refused: Vec<Value> =
        report.refused.iter().map(|(file, why)| json!({"file": file, "why": why})).collect();
    let value = json!({
        "schema": "earmark.import/1", "imported": imported, "messages": report.messages,
        "calendarEntries": report.entries, "refused": refused,
    });
    output.value(&value, || match (report.messages, report.entries) {
        (messages, 0) => format!("imported: {messages}"),
        (0, entries) => format!("imported: {entries} (events and tasks)"),
        (messages, entries) => {
            format!("imported: {imported} ({messages} messages, {entries} events and tasks)")
        }
    });
    match (report.refused.len(), imported) {
        (0, _) => Ok(()),
        (count, 0) => Err(CommandError::new(
            Exit::Failure,
            "nothing_imported",
            format!("nothing was imported; {count} refused"),
        )
        .hint("Each refusal is listed above with its reason")),
        (count, _) => Err(CommandError::new(Exit::Partial, "partial", format!("refused: {count}"))
            .hint("Each refusal is listed above with its reason")),
    }
}

/// A bar on stderr where somebody can see it.
fn progress(length: usize, output: Output) -> ProgressBar {
    if output.quiet || output.is_json() || length < 2 || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(u64::try_from(length).unwrap_or(u64::MAX));
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} files, {eta} left") {
        bar.set_style(style);
    }
    bar
}
