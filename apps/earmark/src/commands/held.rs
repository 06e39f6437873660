//! `earmark held …`: decisions that end tracking and wait.

use super::mailbox::{MailboxArgument, encoded};
use crate::{
    failure::CommandError,
    output::{Output, cell},
    remote::Remote,
};
use clap::{Args, Subcommand};
use serde_json::json;

/// What can be done with decisions that are held.
#[derive(Debug, Subcommand)]
pub enum HeldCommand {
    /// List what is held
    List(ListArguments),
    /// Carry out what is held in a mailbox, as far as it still holds
    Release(MailboxArgument),
    /// Leave tracked what is held in a mailbox
    Discard(MailboxArgument),
}

/// What `held list` takes.
#[derive(Debug, Args)]
pub struct ListArguments {
    /// Only in this mailbox
    #[arg(long, value_name = "ADDR")]
    pub mailbox: Option<String>,
}

/// Carries one of them out.
pub async fn run(
    command: HeldCommand,
    remote: &Remote,
    output: Output,
) -> Result<(), CommandError> {
    match command {
        HeldCommand::List(arguments) => {
            let query: Vec<(&str, String)> =
                arguments.mailbox.into_iter().map(|mailbox| ("mailbox", mailbox)).collect();
            let answer = remote.get("/api/v1/held", &query).await?;
            let heading = ["mailbox", "graphId", "reason", "heldSince"];
            let items = answer["items"].as_array().into_iter().flatten();
            let rows: Vec<Vec<String>> =
                items.map(|item| heading.map(|key| cell(&item[key])).to_vec()).collect();
            output.table(&answer, &heading, &rows);
            Ok(())
        }
        HeldCommand::Release(one) => order(remote, output, &one.mailbox, "release").await,
        HeldCommand::Discard(one) => order(remote, output, &one.mailbox, "discard").await,
    }
}

async fn order(
    remote: &Remote,
    output: Output,
    mailbox: &str,
    verb: &str,
) -> Result<(), CommandError> {
    let path = format!("/api/v1/held/{}/{verb}", encoded(mailbox));
    let answer = remote.post(&path, &json!({})).await?;
    output.value(&answer, || format!("{verb}: {} decisions\n", cell(&answer["count"])));
    Ok(())
}
