//! Rules for incoming mail: which messages one means, and what it does to them.
//!
//! A rule names categories by their names, as items do; it knows nothing of ids, so that a renamed
//! category leaves its rules behind. Invariant: nothing is sent; what a rule would forward or
//! redirect is written into the list of what was sent.

mod action;
mod predicate;
mod run;

pub(crate) use action::{Outcome, has_error, outcome};
pub use run::RulesRun;
pub(crate) use run::carry_out;
