//! The checks that need a program of somebody else. Each installs what it needs below the target
//! directory, in a folder named after the file that pins the versions.

use crate::report::{Checked, Counts, Report, Verdict};
use crate::workspace::Workspace;
use crate::{browser, clients, run};
use anyhow::Context;
use serde::Deserialize;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the advisory database comes from; [`ADVISORY_DB`] replaces it.
const ADVISORY_URL: &str = "https://github.com/rustsec/advisory-db";

/// Names a local clone of the advisory database, for machines that cannot reach it.
const ADVISORY_DB: &str = "EARMARK_ADVISORY_DB";

/// `xtask/foreign.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Pinned {
    cargo_deny: Program,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Program {
    version: String,
}

/// Runs them in order.
pub fn run(workspace: &Workspace, report: &mut Report) {
    let mut installed = Err(String::from("cargo-deny is not installed"));
    report.check("cargo-deny", |_| match cargo_deny(workspace) {
        Err(error) => (Verdict::NotRun(format!("{error:#}")), Counts::default()),
        Ok(program) => {
            let checked = rules(workspace, &program);
            installed = Ok(program);
            checked
        }
    });
    report.check("advisories", |_| match &installed {
        Err(why) => (Verdict::NotRun(why.clone()), Counts::default()),
        Ok(program) => (advisories(workspace, program), Counts::default()),
    });
    clients::run(workspace, report);
    browser::run(workspace, report);
}

/// The program, installed by this call where it is not there yet.
///
/// Errors: the registry cannot be reached, or it does not compile.
fn cargo_deny(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    let pins = std::fs::read_to_string(workspace.root.join("xtask/foreign.toml"))
        .context("read xtask/foreign.toml")?;
    let pinned: Pinned = toml::from_str(&pins).context("parse xtask/foreign.toml")?;
    let mut hash = DefaultHasher::new();
    pins.hash(&mut hash);
    let foreign = workspace.target.join("foreign");
    let folder = foreign.join(format!("{:016x}", hash.finish()));
    let name = format!("cargo-deny{}", std::env::consts::EXE_SUFFIX);
    let program = folder.join("bin").join(name);
    if program.is_file() {
        return Ok(program);
    }
    let build = foreign.join("build");
    // Without optimization: it runs for seconds, and would compile for minutes.
    let status = run::shown(
        run::cargo(&workspace.root)
            .args(["install", "cargo-deny", "--locked", "--debug", "--version"])
            .arg(format!("={}", pinned.cargo_deny.version))
            .arg("--root")
            .arg(&folder)
            .arg("--target-dir")
            .arg(&build),
    )
    .context("start cargo install")?;
    anyhow::ensure!(status.success(), "cargo install cargo-deny ended with {status}");
    // Only the program is used again. What cannot be removed only takes room.
    let _ = std::fs::remove_dir_all(&build);
    Ok(program)
}

fn rules(workspace: &Workspace, program: &Path) -> Checked {
    let mut command = Command::new(program);
    command.current_dir(&workspace.root).args(["--locked", "check", "licenses", "bans", "sources"]);
    crate::core_part::finished(&mut command)
}

fn advisories(workspace: &Workspace, program: &Path) -> Verdict {
    let mut command = Command::new(program);
    command.current_dir(&workspace.root).args(["--locked", "check", "advisories"]);
    command.env("GIT_TERMINAL_PROMPT", "0");
    if let Some(clone) = std::env::var_os(ADVISORY_DB) {
        let clone = workspace.root.join(clone);
        command
            .env("GIT_CONFIG_COUNT", "1")
            .env("GIT_CONFIG_KEY_0", format!("url.{}.insteadOf", clone.display()))
            .env("GIT_CONFIG_VALUE_0", ADVISORY_URL);
    }
    match run::captured(&mut command) {
        Err(error) => Verdict::NotRun(format!("does not start: {error}")),
        Ok(Ok(_)) => Verdict::Passed,
        Ok(Err(said)) if said.contains("failed to fetch advisory database") => {
            Verdict::NotRun(String::from("the advisory database cannot be fetched"))
        }
        Ok(Err(said)) => {
            println!("{said}");
            Verdict::Failed(String::from("see above"))
        }
    }
}
