//! The command line as data: every noun, verb and flag.

use crate::commands::{
    addin::AddinCommand, alert::AlertCommand, backup::BackupArguments,
    completion::CompletionArguments, crm::CrmCommand, demo::DemoArguments, held::HeldCommand,
    help::HelpArguments, import::ImportArguments, item::ItemCommand, mailbox::MailboxCommand,
    man::ManArguments, reconcile::ReconcileArguments, restore::RestoreArguments,
    sandbox::SandboxCommand, serve::ServeArguments, setting::SettingCommand,
};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Server-side synchronization with category-based tracking.
#[derive(Debug, Parser)]
#[command(name = "earmark", version, propagate_version = true, arg_required_else_help = true)]
#[command(disable_help_subcommand = true)]
#[command(after_help = "Start with `earmark demo`. Exit codes: 0 ok, 1 failure, 2 usage, \
3 not found, 4 not signed in, 5 temporary, 6 refused or needs confirmation, 7 partial, \
8 still pending, 9 unhealthy, 130 interrupted.")]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Flags of every command.
    #[command(flatten)]
    pub global: GlobalArguments,
}

/// Flags of every command.
#[derive(Debug, Clone, Args)]
pub struct GlobalArguments {
    /// The running server to talk to
    #[arg(long, global = true, env = "EARMARK_URL", default_value = "http://127.0.0.1:8080")]
    pub url: String,
    /// A file that holds the administrator's token (else EARMARK_TOKEN)
    #[arg(long, global = true, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// Print JSON
    #[arg(long, global = true, conflicts_with = "plain")]
    pub json: bool,
    /// Print one record per line, separated by tabs, without a heading
    #[arg(long, global = true)]
    pub plain: bool,
    /// Never use colour
    #[arg(long, global = true)]
    pub no_color: bool,
    /// Print nothing but results and errors
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Never ask
    #[arg(long, global = true)]
    pub no_input: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Try everything in one process, without configuration
    Demo(DemoArguments),
    /// Run the service
    Serve(ServeArguments),
    /// Run only the pretend Exchange with its Graph face
    #[command(subcommand)]
    Sandbox(SandboxCommand),
    /// Run only the embedded CRM with its OData face
    #[command(subcommand)]
    Crm(CrmCommand),
    /// Put .eml, mbox and .ics files and Maildir folders into a sandbox mailbox
    Import(ImportArguments),
    /// See and change mailboxes
    #[command(subcommand)]
    Mailbox(MailboxCommand),
    /// See items, why they are or are not tracked, and change that
    #[command(subcommand)]
    Item(ItemCommand),
    /// See alerts, and say that they are known or dealt with
    #[command(subcommand)]
    Alert(AlertCommand),
    /// See decisions that end tracking and wait; release or discard them
    #[command(subcommand)]
    Held(HeldCommand),
    /// See and change organization settings
    #[command(subcommand)]
    Setting(SettingCommand),
    /// Compare mailboxes, ledger and CRM completely; changes nothing without --apply
    Reconcile(ReconcileArguments),
    /// Copy the files of a data folder into a new folder, also while a service runs
    Backup(BackupArguments),
    /// Put a backup back in place; no service may be running
    Restore(RestoreArguments),
    /// Get the Outlook add-in's manifest, and check that Outlook could load it
    #[command(subcommand)]
    Addin(AddinCommand),
    /// Check configuration, permissions and reachability
    Doctor,
    /// Explain a command, or a code that an item, alert or mailbox shows
    Help(HelpArguments),
    /// Print the version
    Version,
    /// Print a completion script for a shell
    Completion(CompletionArguments),
    /// Write a manual page for each command
    Man(ManArguments),
    /// Print the description of the HTTP API
    Openapi,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn parse(line: &str) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from(line.split_whitespace())
    }

    #[test]
    fn the_definition_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_documented_line_parses() {
        for line in [
            "earmark demo",
            "earmark demo --listen 127.0.0.1:0 --data-dir d --reset --cycle 1s --no-push --empty \
             --no-open --tls-listen 127.0.0.1:0 --admin-token t --json",
            "earmark serve --config earmark.toml",
            "earmark sandbox serve",
            "earmark crm serve",
            "earmark import a.eml b --mailbox anna@contoso.example",
            "earmark mailbox list --json",
            "earmark mailbox sync anna@contoso.example --wait",
            "earmark item list --mailbox a@b.example --state tracked",
            "earmark item explain 12 --json",
            "earmark item track --mailbox a@b.example AAMk --regarding account:6f0f3a6e-95a0-4f0a-9d5c-2b3d2a1c0e11",
            "earmark item history 12",
            "earmark item track --mailbox a@b.example AAMk --regarding none",
            "earmark alert list --level error --state open --mailbox a@b.example --plain",
            "earmark alert show 6f0f3a6e-95a0-4f0a-9d5c-2b3d2a1c0e11",
            "earmark alert ack 6f0f3a6e-95a0-4f0a-9d5c-2b3d2a1c0e11 --json",
            "earmark alert resolve 6f0f3a6e-95a0-4f0a-9d5c-2b3d2a1c0e11",
            "earmark mailbox category show a@b.example",
            "earmark mailbox category recreate a@b.example",
            "earmark held list --mailbox a@b.example",
            "earmark held release a@b.example",
            "earmark held discard a@b.example",
            "earmark setting get TrackCategorizedItems --json",
            "earmark setting set TrackCategorizedItems=false --dry-run",
            "earmark reconcile --apply",
            "earmark reconcile --mailbox a@b.example --json",
            "earmark backup /backups/monday --data-dir d",
            "earmark backup --verify /backups/monday --json",
            "earmark restore /backups/monday --config earmark.toml",
            "earmark doctor --no-input",
            "earmark version --json",
            "earmark completion bash",
            "earmark addin manifest --kind zip -o earmark.zip",
            "earmark addin check --json",
            "earmark help undeliverable_before",
            "earmark help mailbox add",
            "earmark man pages",
            "earmark openapi",
        ] {
            assert!(parse(line).is_ok(), "{line}: {:?}", parse(line).err());
        }
    }

    #[test]
    fn a_misspelling_is_a_usage_error_with_a_suggestion() {
        let error = parse("earmark mailbox lst").expect_err("refused");
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().contains("list"), "{error}");
    }

    #[test]
    fn a_cycle_below_one_second_is_refused() {
        assert!(parse("earmark demo --cycle 1s").is_ok());
        let error = parse("earmark demo --cycle 200ms").expect_err("refused").to_string();
        assert!(error.contains("1s"), "{error}");
    }
}
