//! The configuration of `serve`: the file, what the environment puts over it, and the check.
//!
//! Read [`mod@file`] for what can be set, [`mod@load`] for how it is read, [`mod@secret`] for what never
//! stands in it, [`cycle`] for durations, [`category`] for names and colours, [`addin`] for the Outlook
//! add-in.
//!
//! Invariants: a secret is never a value of the file, only the name of a file or of an
//! environment variable; every mistake is one line that names file, key and remedy.

pub mod addin;
pub mod category;
pub mod cycle;
pub mod file;
pub mod load;
pub mod secret;

pub use load::{Configuration, ConfigurationError, load};
