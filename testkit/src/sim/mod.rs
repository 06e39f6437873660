//! The fault simulator: whole days of two organizations, decided by one seed.
//!
//! The real engine, Graph connector, sandbox Exchange and embedded CRM run in one process on
//! virtual time. [`plan`] is the list of what happens from outside, made from a seed; [`mod@run`]
//! lets it happen; [`world`] is what it happens to, with [`workers`], [`push`] and [`files`].
//! [`wire`], [`crm`] and [`store`] stand between the workers and everything else: there things take
//! time, go wrong as [`faults`] decides, and are told to the [`log`]; [`life`] is what makes them one
//! worker. [`item`] is what mailboxes hold. [`luck`] is what happens to whole components, [`bug`] a
//! mistake put in on purpose.
//! [`oracle`] reads the log and knows what must hold. [`report`] runs many seeds; [`minimise`]
//! shortens a plan that breaks something, [`timeline`] tells its story.
//!
//! Invariants: the plan knows nothing of the world, so that a part of a plan is a plan; checkers
//! read the log and the world at rest, and nothing of the service's own memory unless they are
//! about that memory; equal plans give equal logs.

pub mod bug;
mod crm;
pub mod faults;
mod files;
pub mod item;
mod life;
pub mod log;
mod luck;
pub mod minimise;
pub mod options;
pub mod oracle;
mod people;
pub mod plan;
pub mod plan_luck;
mod push;
pub mod report;
pub mod run;
mod skew;
mod store;
pub mod timeline;
mod wire;
mod workers;
pub mod world;

pub use bug::Bug;
pub use options::Options;
pub use plan::Plan;
pub use run::{Outcome, run, run_told};
