//! A pretend Exchange with its Microsoft Graph face, grown from the documents.
//!
//! A request comes in through `graph` (clients), `control` (tests and people) or
//! [`identity`] (tokens); it is understood, checked, and carried out as one transaction over
//! [`store`]; [`delivery`] is how a message reaches mailboxes, [`mime`] how it becomes bytes and
//! back. [`quirks`] are the behaviours of the original that nobody could verify.
//! What changes in a mailbox leaves notices by triggers; `notifier` sends them to those who
//! subscribed. `throttle` and `concurrency` hold the documented limits.
//!
//! Invariants: time comes from the clock and ids from the seed that were given at construction,
//! so that equal requests give equal answers; the crate knows no client of its own; nothing that
//! a request says can make it panic; no subject, address or token is logged.

pub mod sandbox;
pub mod settings;

pub mod operate;

pub mod diary;
pub mod outlook;
pub mod person;
pub mod planner;
pub mod to_do;

mod graph;

mod control;

mod directory;
pub mod identity;

mod appointment;
mod calendar;
mod meeting;

mod ical;

pub mod delivery;
pub mod mime;
mod preview;
mod rules;

pub mod store;

mod concurrency;
mod throttle;

mod notifier;

pub mod quirks;

pub mod error;

pub use delivery::Delivered;
pub use diary::{EventSummary, ImportError, NewAppointment};
pub use error::{Refusal, envelope};
pub use operate::UserChange;
pub use outlook::Mark;
pub use person::MessageSummary;
pub use planner::EventChanges;
pub use quirks::{Profile, Quirks};
pub use rules::RulesRun;
pub use sandbox::{OpenError, Sandbox};
pub use settings::{AdminCheck, Provision, ProvisionCrm, SandboxSettings};
pub use store::{
    linked::NewLink,
    message::{Address, Body, BodyType, Importance, NewAttachment, NewMessage},
    task::{NewTask, TaskStatus},
    task_change::TaskChanges,
    user::{Access, User, UserKind},
};
pub use to_do::{TaskHandle, TaskSummary};
