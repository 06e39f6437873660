//! `earmark addin …`: the manifests of the Outlook add-in, and whether Outlook could load it.

use crate::{
    failure::{CommandError, Exit},
    output::{Output, print_line},
    remote::{Fetched, Remote},
};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};
use std::path::PathBuf;

/// What can be done with the add-in.
#[derive(Debug, Subcommand)]
pub enum AddinCommand {
    /// Fetch the manifest that Outlook or an administrator installs
    Manifest(ManifestArguments),
    /// Check that Outlook could load the pane from the server
    Check,
}

/// What `addin manifest` takes.
#[derive(Debug, Args)]
pub struct ManifestArguments {
    /// Which manifest: XML for every Outlook, or the unified one as JSON or as a package
    #[arg(long, default_value = "xml")]
    pub kind: ManifestKind,
    /// Write it to this file instead of stdout
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// The kinds of manifests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ManifestKind {
    /// The add-in-only manifest
    Xml,
    /// The unified manifest for Microsoft 365
    Json,
    /// The unified manifest with its pictures
    Zip,
}

impl ManifestKind {
    const fn path(self) -> &'static str {
        match self {
            Self::Xml => "/addin/manifest.xml",
            Self::Json => "/addin/manifest.json",
            Self::Zip => "/addin/manifest.zip",
        }
    }
}

/// Carries the command out.
pub async fn run(
    command: AddinCommand,
    remote: &Remote,
    output: Output,
) -> Result<(), CommandError> {
    match command {
        AddinCommand::Manifest(arguments) => manifest(arguments, remote, output).await,
        AddinCommand::Check => check(remote, output).await,
    }
}

async fn manifest(
    arguments: ManifestArguments,
    remote: &Remote,
    output: Output,
) -> Result<(), CommandError> {
    let fetched = remote.fetch(arguments.kind.path()).await?;
    let Some(path) = arguments.output else {
        if arguments.kind == ManifestKind::Zip {
            return Err(CommandError::new(Exit::Usage, "output", "a package is no text")
                .hint("Name a file with --output"));
        }
        print_line(String::from_utf8_lossy(&fetched.body).trim_end());
        return Ok(());
    };
    std::fs::write(&path, &fetched.body).map_err(|error| {
        let message = format!("{}: cannot be written ({error})", path.display());
        CommandError::new(Exit::Failure, "output", message).hint("Choose another file")
    })?;
    output.note(&format!("written to {}", path.display()));
    Ok(())
}

/// One thing that Outlook needs: what, whether it is so, and what to do where not.
struct Finding {
    name: &'static str,
    is_ok: bool,
    remedy: &'static str,
}

async fn check(remote: &Remote, output: Output) -> Result<(), CommandError> {
    let pane = remote.fetch("/addin/taskpane.html").await?;
    let root = remote.fetch("/").await?;
    let manifest = remote.fetch("/addin/manifest.xml").await?;
    let settings = remote.fetch("/addin/settings.json").await?;
    let findings = findings(&pane, &root, &manifest, &settings);
    let rows: Vec<[String; 4]> = findings
        .iter()
        .map(|one| {
            let word = if one.is_ok { "ok" } else { "fail" };
            let remedy = if one.is_ok { "" } else { one.remedy };
            [word, one.name, "", remedy].map(str::to_owned)
        })
        .collect();
    let items: Vec<Value> = rows
        .iter()
        .map(|row| json!({"result": row[0], "check": row[1], "remedy": row[3]}))
        .collect();
    let answer = json!({"schema": "earmark.addin.check/1", "items": items, "next": null});
    output.checks(&answer, &rows);
    if findings.iter().all(|one| one.is_ok) {
        return Ok(());
    }
    Err(CommandError::new(Exit::Unhealthy, "addin", "Outlook could not load the add-in")
        .hint("Mend what failed, then check again"))
}

fn findings(
    pane: &Fetched,
    root: &Fetched,
    manifest: &Fetched,
    settings: &Fetched,
) -> Vec<Finding> {
    let manifest = String::from_utf8_lossy(&manifest.body).into_owned();
    let settings: Value = serde_json::from_slice(&settings.body).unwrap_or(Value::Null);
    let frames = |page: &Fetched| {
        page.header("x-frame-options").is_none()
            && page
                .header("content-security-policy")
                .is_some_and(|policy| policy.contains("https://outlook.office.com"))
    };
    vec![
        Finding {
            name: "the pane may be shown in a frame by Outlook",
            is_ok: frames(pane),
            remedy: "A proxy in front of the service adds X-Frame-Options or another \
                     Content-Security-Policy; take them out for /addin/",
        },
        Finding {
            name: "the root may be framed as well",
            is_ok: frames(root),
            remedy: "New Outlook asks for the root too; take X-Frame-Options out there (the demo \
                     keeps its own page closed)",
        },
        Finding {
            name: "the manifest names an https address",
            is_ok: manifest.contains("https://") && !manifest.contains("DefaultValue=\"http://"),
            remedy: "Set `addin.url` in the configuration; for the demo start it with --tls-listen",
        },
        Finding {
            name: "people can sign in",
            is_ok: settings["signIn"] == json!(true),
            remedy: "Add the section [addin] to the configuration",
        },
    ]
}
