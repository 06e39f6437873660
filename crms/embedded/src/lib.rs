//! The default CRM, in one SQLite file: tables, parties, queues, roles, plug-in steps.
//!
//! Read in this order: [`value`] and [`schema`] (what a row is), [`request`] (what can be asked),
//! [`crm`] (the one entrance, [`EmbeddedCrm::execute`]), `session` (one transaction), [`step`]
//! and [`plug_ins`] (plug-in steps), [`settings`] (organization settings), `recurrence` and `expansion` (series),
//! [`provision`] (users and queues with their mailboxes), [`port`] (the engine's view) and
//! [`classify`] (codes to failure classes).
//!
//! Invariants: every read and every change, from outside or by the engine, passes through a
//! session, which checks privileges, keeps the rules of the tables and writes the change log; no
//! step runs inside a transaction; every changed row has a new version from one counter.

pub mod caller;
pub mod classify;
pub mod crm;
pub mod error;
mod expansion;
mod first_open;
pub mod plug_ins;
pub mod port;
pub mod provision;
mod recurrence;
pub mod request;
mod roles;
pub mod schema;
mod session;
pub mod settings;
pub mod step;
pub mod value;

pub use caller::Caller;
pub use crm::{BatchError, EmbeddedCrm, NewOrganization, OpenError};
pub use error::CrmError;
pub use plug_ins::{Circumstances, Webhooks};

pub use port::EmbeddedCrmPort;
pub use request::{Filter, IfMatch, Key, Query, Request, Response};
pub use value::{Row, Value};
