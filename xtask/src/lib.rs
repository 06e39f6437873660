//! One local command for everything that continuous integration checks.
//!
//! `cargo xtask test core` runs format, clippy, docs, layers, sources, licences and tests;
//! `cargo xtask test foreign` runs what needs a program of somebody else. Read in this order:
//! [`core_part`], [`foreign_part`] (the checks of each), [`clients`], [`python`], [`demo`] (other
//! people's clients, their packages, and the server that they talk to), [`browser`] (the pages as a
//! browser shows them), [`layers`], [`sources`], [`licences`] (our own checks, pure but for reading
//! files), [`test_output`], [`client_output`] (what `cargo test` and a client program said),
//! [`mod@bench`] (builds and runs the benchmarks),
//! [`proofs`] (what is proved with optimisation: rules and scale),
//! [`chaos`] (two workers, killed for minutes),
//! [`run`] (child processes), [`expected`] (what may be left out), [`report`] (the table and the
//! last line), [`workspace`] (what `cargo metadata` says).
//!
//! Invariants: a check that could not run is *not run*, never passed; nothing is installed
//! outside the target directory; this crate depends on no other crate of the workspace.

pub mod bench;
pub mod browser;
pub mod chaos;
pub mod client_output;
pub mod clients;
pub mod core_part;
pub mod demo;
pub mod expected;
pub mod foreign_part;
pub mod layers;
pub mod licences;
pub mod proofs;
pub mod python;
pub mod report;
pub mod run;
pub mod sources;
pub mod test_output;
pub mod workspace;
