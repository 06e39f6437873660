//! The program: configuration, wiring, command line, own API, pages.
//!
//! Read [`arguments`] (the command line as data), [`commands`] (one file per noun), [`config`]
//! (what `serve` is told), [`service`] (the process around the parts), [`api`] (Earmark's own
//! API), [`backup`] (copies of the embedded files), [`demo`] (everything in one process), [`provision`] and [`records`] (what the API does
//! in the CRM). Commands that talk to a running server do so through [`remote`], print through
//! [`output`] and end through [`failure`].
//!
//! Invariants: only this crate chooses concrete parts; it builds the rules with
//! `Rules::all()` and nothing else; no secret is taken from or shown in the arguments except the
//! demo's own token; every answer carries the security headers.

pub mod access;
pub mod api;
pub mod arguments;
pub mod backup;
pub mod commands;
pub mod config;
pub mod demo;
pub mod failure;
pub mod output;
pub mod pages;
pub mod provision;
pub mod records;
pub mod remote;
pub mod service;

use arguments::Arguments;
use clap::Parser;
use std::process::ExitCode;

/// Parses the arguments of the process, carries the command out, and answers its exit code.
pub fn main() -> ExitCode {
    let as_json = std::env::args_os().any(|argument| argument == "--json");
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) if as_json && error.use_stderr() => {
            let message = error.to_string();
            let first = message.lines().next().unwrap_or_default();
            let first = first.strip_prefix("error: ").unwrap_or(first);
            return failure::CommandError::new(failure::Exit::Usage, "usage", first)
                .hint("Run the command with --help")
                .report(true);
        }
        Err(error) => error.exit(),
    };
    service::logs::start();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let message = format!("cannot start ({error})");
            return failure::CommandError::new(failure::Exit::Failure, "runtime", message)
                .report(as_json);
        }
    };
    match runtime.block_on(commands::run(arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => error.report(as_json),
    }
}
