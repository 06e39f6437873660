//! `earmark restore`.

use super::backup::{DataFolder, shown};
use crate::{backup::restore, failure::CommandError, output::Output};
use clap::Args;
use serde_json::json;
use std::{fmt::Write, path::PathBuf};

/// What `restore` takes.
#[derive(Debug, Args)]
pub struct RestoreArguments {
    /// The folder of the backup
    pub folder: PathBuf,
    /// Which data folder.
    #[command(flatten)]
    pub of: DataFolder,
}

/// Puts a backup in place.
pub fn run(arguments: &RestoreArguments, output: Output) -> Result<(), CommandError> {
    let data_dir = arguments.of.path()?;
    let restored = restore::restore(&arguments.folder, &data_dir)?;
    let kept: Vec<String> = restored.kept.iter().map(|path| path.display().to_string()).collect();
    let mut value = shown(&arguments.folder, &restored.manifest);
    value["dataDir"] = json!(data_dir.display().to_string());
    value["kept"] = json!(kept);
    output.value(&value, || {
        let mut text = String::new();
        for file in &restored.manifest.files {
            let _ = writeln!(text, "{}: as of {}", file.name, file.copied_at);
        }
        for path in &kept {
            let _ = writeln!(text, "the former file is kept as {path}");
        }
        text.push_str("start the service, then run `earmark reconcile`\n");
        text
    });
    Ok(())
}
