//! Runs every scenario file as a test of its own, named after its path below `scenarios/`.

use anyhow::Context;
use libtest_mimic::{Arguments, Failed, Trial};
use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

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
    let trials = files.into_iter().map(|path| {
        let name = path.strip_prefix(&root).unwrap_or(&path).with_extension("");
        Trial::test(name.display().to_string(), move || run(&path))
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
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

fn run(path: &Path) -> Result<(), Failed> {
    let text = fs::read_to_string(path)?;
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
    runtime
        .block_on(earmark_testkit::scenario::run(&text))
        .map_err(|error| format!("{error:#}").into())
}
