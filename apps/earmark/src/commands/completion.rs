//! `earmark completion SHELL`.

use crate::arguments::Arguments;
use clap::{Args, CommandFactory};
use clap_complete::Shell;

/// What `completion` takes.
#[derive(Debug, Args)]
pub struct CompletionArguments {
    /// The shell
    pub shell: Shell,
}

/// Prints the script.
pub fn run(arguments: CompletionArguments) {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "earmark", &mut script);
    crate::output::print_line(String::from_utf8_lossy(&script).trim_end());
}
