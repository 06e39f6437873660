//! The Microsoft Graph connector: mail, calendar and tasks in Exchange Online, or anything else
//! that speaks Graph.
//!
//! The flow of every request: `mailbox` (the port) picks an operation of `wire`, `connection`
//! waits for the mailbox's `budget`, adds a token from `auth` and sends it, `classify` turns an
//! error answer into a failure, `map` turns a good answer into nouns of the model, `folders`
//! says what an item's folder is for. `reading`, `calendar` and `tasks` read one kind each,
//! `writing` writes to all, `push` subscribes and `notifications` reads what is delivered.
//!
//! Invariants: ids are immutable ids; no request leaves for another place than the Graph root
//! and the authority; at most four requests are in flight for one mailbox; nothing sleeps here,
//! a server that asks for patience is answered with `Throttled`; an item is `Gone` only where
//! Graph says that the *item* was not found; nothing here reads the clock of the machine, knows
//! about tracking, or writes anything but category names, master categories, the id of a record
//! on its task, and subscriptions.

pub mod settings;

pub mod server;

mod mailbox;

mod reading;

mod translating;

mod content;

mod calendar;

mod series;

mod tasks;

mod task_lists;

mod refused;

mod writing;

mod push;

mod notifications;

mod folders;

mod known;

mod checkpoint;

mod connection;

mod budget;

mod auth;

mod classify;

mod map;

mod wire;

pub use notifications::validation_answer;
pub use server::GraphServer;
pub use settings::GraphSettings;
