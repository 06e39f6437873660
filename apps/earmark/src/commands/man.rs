//! `earmark man DIR`: a manual page for each command.

use crate::{
    arguments::Arguments,
    failure::{CommandError, Exit},
    output::Output,
};
use clap::{Args, CommandFactory};
use std::path::PathBuf;

/// What `man` takes.
#[derive(Debug, Args)]
pub struct ManArguments {
    /// The folder for the pages, such as /usr/local/share/man/man1
    pub folder: PathBuf,
}

/// Writes the pages.
pub fn run(arguments: &ManArguments, output: Output) -> Result<(), CommandError> {
    let folder = &arguments.folder;
    let failed = |error: std::io::Error| {
        let message = format!("{}: cannot be written ({error})", folder.display());
        CommandError::new(Exit::Failure, "folder", message).hint("Choose another folder")
    };
    std::fs::create_dir_all(folder).map_err(failed)?;
    clap_mangen::generate_to(Arguments::command(), folder).map_err(failed)?;
    output.note(&format!("written to {}", folder.display()));
    Ok(())
}
