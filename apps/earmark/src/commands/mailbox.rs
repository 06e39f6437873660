//! `earmark mailbox …`.

use crate::{
    failure::{CommandError, Exit},
    output::{Output, cell, printable},
    remote::Remote,
};
use clap::{Args, Subcommand, ValueEnum};
use reqwest::Method;
use serde_json::{Value, json};
use std::fmt::Write;

/// What can be done with mailboxes.
#[derive(Debug, Subcommand)]
pub enum MailboxCommand {
    /// List mailboxes and how they stand
    List,
    /// List email server profiles and how their mailboxes stand
    Profiles,
    /// Show one mailbox
    Show(MailboxArgument),
    /// Make a mailbox known to the CRM, then approve, test and serve it
    Add(AddArguments),
    /// Approve the address
    Approve(MailboxArgument),
    /// Reject the address: the mailbox is not served any more
    Reject(MailboxArgument),
    /// Test incoming mail, and appointments, contacts and tasks; enable what goes well
    Test(TestArguments),
    /// Approve, test and serve it
    Enable(MailboxArgument),
    /// Stop serving it; what is tracked stays
    Disable(MailboxArgument),
    /// Take it out of the schedule for now
    Pause(MailboxArgument),
    /// Put it back into the schedule
    Resume(MailboxArgument),
    /// Look at it now instead of at its next cycle
    Sync(SyncArguments),
    /// See its tracking category, or have it made again
    #[command(subcommand)]
    Category(CategoryCommand),
    /// Choose which new mail is accepted automatically
    Filter(FilterArguments),
}

/// What can be done with a mailbox's tracking category.
#[derive(Debug, Subcommand)]
pub enum CategoryCommand {
    /// Show the entry in the mailbox's list: id, name, colour, previous names
    Show(MailboxArgument),
    /// Look at the list now, and make the entry again where it is missing
    Recreate(MailboxArgument),
}

/// A mailbox, by address.
#[derive(Debug, Args)]
pub struct MailboxArgument {
    /// The address of the mailbox
    pub mailbox: String,
}

/// What `mailbox add` takes.
#[derive(Debug, Args)]
pub struct AddArguments {
    /// The address of the mailbox
    pub mailbox: String,
    /// The name of the person or queue (default: the address)
    #[arg(long)]
    pub name: Option<String>,
    /// Whose mailbox it is
    #[arg(long, value_enum, default_value = "user")]
    pub kind: Kind,
}

/// Whose mailbox it is.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Kind {
    /// A person's.
    User,
    /// A queue's.
    Queue,
}

/// What `mailbox test` takes.
#[derive(Debug, Args)]
pub struct TestArguments {
    /// The address of the mailbox
    pub mailbox: String,
    /// Wait for the test to end and report each channel
    #[arg(long)]
    pub wait: bool,
    /// Take the mailbox away from the organization that it belongs to, which then stops
    #[arg(long)]
    pub take_over: bool,
}

/// What `mailbox sync` takes.
#[derive(Debug, Args)]
pub struct SyncArguments {
    /// The address of the mailbox
    pub mailbox: String,
    /// Wait for the cycle to end and report what it did
    #[arg(long)]
    pub wait: bool,
}

/// What `mailbox filter` takes.
#[derive(Debug, Args)]
pub struct FilterArguments {
    /// The address of the mailbox
    pub mailbox: String,
    /// 0 accepts all new mail of the Inbox, private mail too; 4 accepts none
    #[arg(long)]
    pub method: u8,
}

/// Carries one of them out.
pub async fn run(
    command: MailboxCommand,
    remote: &Remote,
    output: Output,
) -> Result<(), CommandError> {
    match command {
        MailboxCommand::List => list(remote, output).await,
        MailboxCommand::Profiles => profiles(remote, output).await,
        MailboxCommand::Show(one) => show(&remote.get(&path(&one.mailbox, ""), &[]).await?, output),
        MailboxCommand::Add(arguments) => {
            let kind = match arguments.kind {
                Kind::User => "user",
                Kind::Queue => "queue",
            };
            let body = json!({
                "address": arguments.mailbox, "displayName": arguments.name, "kind": kind,
            });
            show(&remote.post("/api/v1/mailboxes", &body).await?, output)
        }
        MailboxCommand::Approve(one) => act(remote, output, &one.mailbox, "approve").await,
        MailboxCommand::Reject(one) => act(remote, output, &one.mailbox, "reject").await,
        MailboxCommand::Test(arguments) => test(arguments, remote, output).await,
        MailboxCommand::Enable(one) => act(remote, output, &one.mailbox, "enable").await,
        MailboxCommand::Disable(one) => act(remote, output, &one.mailbox, "disable").await,
        MailboxCommand::Pause(one) => act(remote, output, &one.mailbox, "pause").await,
        MailboxCommand::Resume(one) => act(remote, output, &one.mailbox, "resume").await,
        MailboxCommand::Sync(arguments) => sync(arguments, remote, output).await,
        MailboxCommand::Category(CategoryCommand::Show(one)) => {
            show(&remote.get(&path(&one.mailbox, "category"), &[]).await?, output)
        }
        MailboxCommand::Category(CategoryCommand::Recreate(one)) => {
            act(remote, output, &one.mailbox, "category/recreate").await
        }
        MailboxCommand::Filter(arguments) => {
            let body = json!({"filteringMethod": arguments.method});
            let path = path(&arguments.mailbox, "");
            show(&remote.call(Method::PATCH, &path, &[], Some(&body)).await?, output)
        }
    }
}

async fn list(remote: &Remote, output: Output) -> Result<(), CommandError> {
    let mut answer = remote.get("/api/v1/mailboxes", &[]).await?;
    // The pages of the server are no matter of whoever asks for the list.
    while let Some(next) = answer["next"].as_str().map(str::to_owned) {
        let page = remote.get("/api/v1/mailboxes", &[("cursor", next)]).await?;
        let more = page["items"].as_array().cloned().unwrap_or_default();
        if let Some(items) = answer["items"].as_array_mut() {
            items.extend(more);
        }
        answer["next"] = page["next"].clone();
    }
    let heading = ["address", "kind", "enabled", "paused", "lastSuccess", "nextCycle", "problem"];
    let rows: Vec<Vec<String>> = answer["items"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|row| heading.map(|key| cell(&row[key])).to_vec())
        .collect();
    output.table(&answer, &heading, &rows);
    Ok(())
}

async fn profiles(remote: &Remote, output: Output) -> Result<(), CommandError> {
    let answer = remote.get("/api/v1/overview", &[]).await?;
    let standings = ["ok", "failing", "paused", "not_enabled"];
    let heading = ["profile", "active", "polling", "ok", "failing", "paused", "not_enabled"];
    let row = |profile: &Value| {
        let minutes = cell(&profile["pollingIntervalMinutes"]);
        let mut row =
            vec![cell(&profile["name"]), cell(&profile["active"]), format!("{minutes} min")];
        row.extend(standings.map(|standing| cell(&profile["mailboxes"][standing])));
        row
    };
    let profiles = answer["profiles"].clone();
    let rows: Vec<Vec<String>> = profiles.as_array().into_iter().flatten().map(row).collect();
    output.table(&json!({"schema": answer["schema"], "profiles": profiles}), &heading, &rows);
    Ok(())
}

async fn act(
    remote: &Remote,
    output: Output,
    mailbox: &str,
    verb: &str,
) -> Result<(), CommandError> {
    show(&remote.post(&path(mailbox, verb), &json!({})).await?, output)
}

async fn test(
    arguments: TestArguments,
    remote: &Remote,
    output: Output,
) -> Result<(), CommandError> {
    let body = json!({"wait": arguments.wait, "takeOver": arguments.take_over});
    let answer = remote.post(&path(&arguments.mailbox, "test"), &body).await?;
    let test = &answer["test"];
    output.value(&answer, || tested(test));
    if !arguments.wait {
        return Ok(());
    }
    if test["scheduled"] == true {
        let text = "the test did not end yet and is repeated by itself";
        return Err(CommandError::new(Exit::Temporary, "test_unfinished", text)
            .hint("`earmark mailbox show` shows how it ended"));
    }
    let failed = ["incoming", "act"].into_iter().find(|one| test[one]["status"] == "failure");
    let Some(failed) = failed.map(|one| &test[one]) else { return Ok(()) };
    let word = |name: &str| failed[name].as_str().unwrap_or_default().to_owned();
    let cause = failed["cause"].as_str().unwrap_or("test_failed").to_owned();
    Err(CommandError::new(Exit::Failure, &cause, word("explanation")).hint(word("remedy")))
}

/// A line for each channel.
fn tested(test: &Value) -> String {
    if test["scheduled"] == true {
        return "  asked for\n".to_owned();
    }
    let mut text = String::new();
    for channel in ["incoming", "outgoing", "act"] {
        let (status, cause) = (cell(&test[channel]["status"]), &test[channel]["explanation"]);
        let why = if cause.is_null() { String::new() } else { format!("  {}", cell(cause)) };
        let _ = writeln!(text, "  {channel}: {}{}", printable(&status), printable(&why));
    }
    text
}

async fn sync(
    arguments: SyncArguments,
    remote: &Remote,
    output: Output,
) -> Result<(), CommandError> {
    let body = json!({"wait": arguments.wait});
    let answer = remote.post(&path(&arguments.mailbox, "sync"), &body).await?;
    show(&answer, output)?;
    match answer["failure"].as_str() {
        Some(failure) => Err(CommandError::new(
            Exit::Temporary,
            "cycle_incomplete",
            format!("the cycle could not be completed: {failure}"),
        )
        .hint("Run `earmark doctor`")),
        None => Ok(()),
    }
}

fn show(answer: &Value, output: Output) -> Result<(), CommandError> {
    output.value(answer, || {
        let mut text = String::new();
        for (name, value) in answer.as_object().into_iter().flatten() {
            if name == "test" {
                let _ = write!(text, "test:\n{}", tested(value));
            } else if name != "schema" && !value.is_null() {
                let _ = writeln!(text, "{name}: {}", printable(&cell(value)));
            }
        }
        text
    });
    Ok(())
}

fn path(mailbox: &str, verb: &str) -> String {
    let mailbox = encoded(mailbox);
    if verb.is_empty() {
        return format!("/api/v1/mailboxes/{mailbox}");
    }
    format!("/api/v1/mailboxes/{mailbox}/{verb}")
}

/// A value as one segment of a path.
pub fn encoded(segment: &str) -> String {
    percent_encoding::utf8_percent_encode(segment, percent_encoding::NON_ALPHANUMERIC).to_string()
}
