//! Copies of the embedded files of a data folder.
//!
//! Read [`manifest`] for what lies beside the copies, [`mod@file`] for what is known about one embedded
//! file, [`take`] for making a backup, [`check`] for reading one, [`restore`] for putting it back.
//!
//! Invariants: the ledger is copied before the CRM and both before the sandbox (decision 0021); each
//! copy is one consistent view; a backup appears under its name only when it is complete, and is
//! never written to again; nothing is touched before everything was checked.

pub mod check;
pub mod file;
pub mod manifest;
pub mod restore;
pub mod take;

use crate::failure::{CommandError, Exit};
use std::path::Path;

/// A file that could not be read or written.
fn unusable(path: &Path, what: &str, error: &dyn std::fmt::Display) -> CommandError {
    CommandError::new(Exit::Failure, "file", format!("{}: {what} ({error})", path.display()))
        .hint("Check permissions and free space")
}

/// A backup that may not be used.
fn unfit(path: &Path, problem: &str) -> CommandError {
    CommandError::new(Exit::Refused, "backup", format!("{}: {problem}", path.display()))
}
