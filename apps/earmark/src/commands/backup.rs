//! `earmark backup`.

use crate::{
    backup::{check, manifest::Manifest, take},
    config::{ConfigurationError, load},
    failure::{CommandError, Exit},
    output::Output,
};
use clap::Args;
use serde_json::{Value, json};
use std::{
    fmt::Write,
    path::{Path, PathBuf},
};

/// The configuration that is looked for where none is named.
const CONFIGURATION: &str = "earmark.toml";

/// Which data folder a command is about.
#[derive(Debug, Args)]
pub struct DataFolder {
    /// The data folder (default: that of the configuration)
    #[arg(long, value_name = "DIR", env = "EARMARK_DATA_DIR")]
    pub data_dir: Option<PathBuf>,
    /// The configuration that names the data folder (default: earmark.toml)
    #[arg(long, value_name = "FILE", env = "EARMARK_CONFIG")]
    pub config: Option<PathBuf>,
}

impl DataFolder {
    /// The folder. Errors: neither is named and there is no `earmark.toml`; the file is wrong.
    pub fn path(&self) -> Result<PathBuf, CommandError> {
        if let Some(folder) = &self.data_dir {
            return Ok(folder.clone());
        }
        let config = match &self.config {
            Some(config) => config.clone(),
            None if Path::new(CONFIGURATION).is_file() => PathBuf::from(CONFIGURATION),
            None => {
                let message = "which data folder is meant is not known";
                return Err(CommandError::new(Exit::Usage, "data_dir", message)
                    .hint("Name it with --data-dir, or the configuration with --config"));
            }
        };
        Ok(data_dir(&config)?)
    }
}

/// The data folder that a configuration names; its secrets are not needed for that.
fn data_dir(config: &Path) -> Result<PathBuf, ConfigurationError> {
    let shown = config.display().to_string();
    let text = std::fs::read_to_string(config).map_err(|error| ConfigurationError {
        file: shown.clone(),
        key: "(file)".to_owned(),
        problem: format!("cannot be read ({error})"),
        remedy: "name another with --config, or the folder with --data-dir".to_owned(),
    })?;
    Ok(load::parse(&shown, &text)?.data_dir)
}

/// What `backup` takes.
#[derive(Debug, Args)]
pub struct BackupArguments {
    /// The folder of the backup; it may not be there yet
    pub folder: PathBuf,
    /// Change nothing: read a backup that is there, and say whether it is sound
    #[arg(long)]
    pub verify: bool,
    /// Which data folder.
    #[command(flatten)]
    pub of: DataFolder,
}

/// Makes or verifies a backup.
pub fn run(arguments: &BackupArguments, output: Output) -> Result<(), CommandError> {
    let folder = &arguments.folder;
    let manifest = if arguments.verify {
        check::check(folder)?
    } else {
        take::take(&arguments.of.path()?, folder)?
    };
    let done = if arguments.verify { "sound" } else { "written" };
    let value = shown(folder, &manifest);
    output.value(&value, || text(folder, &manifest, done));
    Ok(())
}

/// A backup as JSON.
pub fn shown(folder: &Path, manifest: &Manifest) -> Value {
    json!({
        "schema": "earmark.backup-report/1",
        "folder": folder.display().to_string(),
        "madeAt": manifest.made_at,
        "productVersion": manifest.product_version,
        "files": manifest.files,
    })
}

fn text(folder: &Path, manifest: &Manifest, done: &str) -> String {
    let mut text = String::new();
    for file in &manifest.files {
        let _ = writeln!(
            text,
            "{}: {} bytes, schema {}, copied {}",
            file.name, file.bytes, file.schema_version, file.copied_at
        );
    }
    let _ = writeln!(text, "{} is {done}", folder.display());
    text
}
