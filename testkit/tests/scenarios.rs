//! Runs every scenario file under each profile of the mailbox server, as a test of its own named
//! after its path below `scenarios/`.

use anyhow::Context;
use libtest_mimic::{Arguments, Failed, Trial};
use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// How the mailbox server may behave; the promises are the same.
const PROFILES: [&str; 3] = ["documented", "kind", "hostile"];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
    let mut files = Vec::new();
    if let Err(error) = find(&root, &mut files) {
        eprintln!("{error:#}");
        return ExitCode::FAILURE;
    }
    files.sort();
    if files.is_empty() {
        eprintln!("no scenario was found");
        return ExitCode::FAILURE;
    }
    let mut trials = Vec::new();
    for path in files {
        let name = path.strip_prefix(&root).unwrap_or(&path).with_extension("");
        for profile in PROFILES {
            let path = path.clone();
            let name = format!("{} ({profile})", name.display());
            trials.push(Trial::test(name, move || run(&path, profile)));
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn find(folder: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("read {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            find(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "scenario") {
            files.push(path);
        }
    }
    Ok(())
}

fn run(path: &Path, profile: &str) -> Result<(), Failed> {
    let text = fs::read_to_string(path)?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
    runtime
        .block_on(earmark_testkit::scenario::run_under(&text, profile))
        .map_err(|error| format!("{error:#}").into())
}
