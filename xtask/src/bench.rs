//! `cargo xtask bench`: builds the program and the benchmarks, each by itself, and runs them.

use crate::{run, workspace::Workspace};
use anyhow::{Context, bail};
use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

/// The profile of a published program.
const PROFILE: &str = "dist";

const USAGE: &str = "usage: cargo xtask bench [--only P2,P3,P5,lists,peers] [--profile release]";

/// What is wanted.
#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    profile: String,
    only: Option<String>,
}

/// Runs `cargo xtask bench` with these arguments; whether every target was met.
///
/// Errors: an argument is unknown, something does not build, or a benchmark could not run.
pub fn run(workspace: &Workspace, arguments: &[&str]) -> anyhow::Result<bool> {
    let wanted = wanted(arguments)?;
    let program = build(workspace, "earmark", &wanted.profile)?;
    // Not together with the program, which would be built with features of the test kit, and as
    // tests are built: what is measured is the program.
    let bench = build(workspace, "earmark-bench", "dev")?;
    let mut command = Command::new(bench);
    command.arg("--binary").arg(program).args(["--profile", &wanted.profile]);
    command.arg("--out").arg(workspace.target.join("bench").join("report.json"));
    if let Some(only) = &wanted.only {
        command.args(["--only", only]);
    }
    let status = command.stdin(Stdio::null()).status().context("start the benchmarks")?;
    match status.code() {
        Some(0) => Ok(true),
        Some(1) => Ok(false),
        _ => bail!("the benchmarks did not run to their end"),
    }
}

fn wanted(arguments: &[&str]) -> anyhow::Result<Wanted> {
    let mut wanted = Wanted { profile: PROFILE.to_owned(), only: None };
    let mut rest = arguments.iter();
    while let Some(name) = rest.next() {
        let value = (*rest.next().context(USAGE)?).to_owned();
        match *name {
            "--only" => wanted.only = Some(value),
            "--profile" => wanted.profile = value,
            _ => bail!(USAGE),
        }
    }
    Ok(wanted)
}

/// Builds one package and answers where its program is.
fn build(workspace: &Workspace, package: &str, profile: &str) -> anyhow::Result<PathBuf> {
    let mut command = run::cargo(&workspace.root);
    command.args(["build", "--package", package, "--profile", profile]);
    let status = run::shown(&mut command).with_context(|| format!("build {package}"))?;
    anyhow::ensure!(status.success(), "{package} does not build");
    let name = format!("{package}{}", std::env::consts::EXE_SUFFIX);
    // The one profile whose folder has another name.
    let folder = if profile == "dev" { "debug" } else { profile };
    Ok(workspace.target.join(folder).join(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_benchmarks_run_with_the_published_profile_unless_told_otherwise() {
        let all = wanted(&[]).expect("nothing is needed");
        assert_eq!(all, Wanted { profile: "dist".to_owned(), only: None });
        let some = wanted(&["--only", "P3", "--profile", "release"]).expect("both are known");
        assert_eq!((some.profile.as_str(), some.only.as_deref()), ("release", Some("P3")));
        assert!(wanted(&["--only"]).is_err() && wanted(&["--fast", "yes"]).is_err());
    }
}
