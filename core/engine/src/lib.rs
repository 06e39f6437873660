//! The shell around the rules: *observe, recall, decide, apply, record*.
//!
//! [`Engine`] claims units that are due: [`organization`] reads settings and what happened in the
//! CRM, [`mailbox`] is one cycle of one mailbox. [`Engine::run`] does so until it is stopped;
//! [`Engine::run_due`] does what is due now and returns, for tests on virtual time. What
//! [`push`] hears makes a mailbox due early, for a partial cycle about the items named; the regular
//! cycle comes at its time all the same.
//!
//! Invariants: wake-ups carry no facts, so the first run, a normal cycle, recovery after a crash
//! and a full comparison are one code path; only confirmed outcomes are recorded; the clock and
//! random numbers come in through [`Parts`]; no record is ever deleted.

mod alerts;
mod circuit;
mod cycle_now;
mod deadline;
mod dirty;
mod engine;
mod held;
mod latency;
pub mod mailbox;
mod organization;
mod parts;
mod peers;
pub mod push;
mod reconcile;
mod report;
mod test_now;

pub use dirty::Backlog;
pub use engine::{Engine, EngineError};
pub use latency::Stopwatch;
pub use parts::{Parts, Random, Settings};
pub use peers::Peers;
pub use push::{Heard, PushSettings, PushState};
pub use reconcile::{Difference, DifferenceKind, ReconcileReport, Repair, Unreadable, Waiting};
pub use report::CycleReport;
