//! `cargo xtask rules`, `scale`, `fuzz` and `sim`: what takes minutes even with optimisation.

use crate::{run, workspace::Workspace};
use anyhow::Context;

/// Which proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// Every scenario without each rule, and the table of promises.
    Rules,
    /// Many items and many mailboxes.
    Scale,
    /// Hostile input.
    Fuzz,
    /// Seeds of the fault simulator.
    Sim,
}

/// Builds it as a published program is built and runs it; whether it holds.
///
/// Errors: cargo does not start.
pub fn run(workspace: &Workspace, proof: Proof, arguments: &[&str]) -> anyhow::Result<bool> {
    let mut command = run::cargo(&workspace.root);
    match proof {
        Proof::Rules => {
            // The page is written without a long build.
            let profile = if arguments == ["--page"] { "dev" } else { "release" };
            command.args(["run", "--quiet", "--package", "earmark-testkit", "--example", "rules"]);
            command.args(["--profile", profile, "--"]).args(arguments);
        }
        Proof::Scale => {
            command.args(["test", "--release", "--package", "earmark-testkit", "--test", "scale"]);
            command.args(["--", "--nocapture", "--test-threads=2"]).args(arguments);
        }
        Proof::Fuzz => {
            command.args(["run", "--quiet", "--release", "--package", "earmark-fuzz", "--"]);
            command.args(arguments);
        }
        Proof::Sim => {
            command.args(["run", "--quiet", "--release", "--package", "earmark-testkit"]);
            command.args(["--example", "sim", "--"]).args(arguments);
        }
    }
    let status = run::shown(&mut command).context("start cargo")?;
    Ok(status.success())
}
