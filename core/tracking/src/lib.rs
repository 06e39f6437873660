//! The rules: what category tracking means, as pure functions over facts.
//!
//! [`fn@decide`] turns [`Facts`] into a [`Decision`]: effects for the CRM and the mailbox, what the
//! link becomes once they are confirmed, and a [`Reason`] — also when nothing is done.
//! [`record`] turns confirmed outcomes into what is remembered; [`retry`] does the same for
//! failures. The other modules answer one question each: [`category`] (which names count, what
//! to do about the master list), [`delegates`] (whose names differ), [`series`] (what an exception has from its series),
//! [`direction`], [`eligibility`], [`find`] (which record it is), [`parties`], [`owner`] (whose
//! the record is), [`queues`] (where it waits), [`fields`] (which link gives a record its fields), [`mod@merge`] (which side gives the other its value),
//! [`booking`] (appointments at the same time as others), [`brake`], [`copies`] (which other mailboxes a tracked message is expected in), [`alert`] (what
//! people are told), [`enabling`] (how the test of a mailbox ends, and whose it is), [`profile`] (what its email
//! server profile asks for), [`history`] (to whom a change is put down), [`acceptance`] (which new mail is
//! accepted automatically).
//!
//! Invariants: nothing here reads a clock, a socket, a database or a random source, is async,
//! or logs; no vendor is named; every row, guard, policy line and reading is a field of
//! [`Rules`], always compiled.

pub mod acceptance;
pub mod alert;
pub mod booking;
pub mod brake;
pub mod category;
pub mod copies;
pub mod decide;
pub mod decision;
pub mod delegates;
pub mod direction;
pub mod eligibility;
pub mod enabling;
pub mod facts;
pub mod fields;
pub mod find;
pub mod history;
pub mod merge;
pub mod owner;
pub mod parties;
pub mod profile;
pub mod queues;
pub mod reason;
pub mod record;
mod request;
pub mod retry;
mod rows;
pub mod rules;
pub mod series;
mod switch;

pub use alert::AlertKind;
pub use decide::decide;
pub use decision::{Decision, Effect, Settle, TombstoneChange};
pub use facts::{Facts, MasterView, Reading};
pub use reason::Reason;
pub use rules::Rules;
