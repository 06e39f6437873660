//! What the sandbox keeps: users, categories, folders, messages, what was sent.
//!
//! Every function takes the transaction it works in, so that a handler can combine several into
//! one. Invariants: each change of an item takes a new value of its user's `sequence`; an item
//! that leaves a folder leaves a row behind in `message_gone`.

mod schema;
mod schema_calendar;
mod schema_notices;
mod schema_rules;
mod schema_sharing;
mod schema_tasks;

pub mod handle;
pub mod handle_tasks;
pub mod user;

pub mod category;
pub mod folder;

pub mod message;

pub mod item;

pub(crate) mod before;
pub mod change;

pub mod insert;

pub mod export;

pub mod attachment;

pub mod extended;

pub mod extension;

pub mod filter;
mod operand;

pub mod list;

pub mod delta;

pub mod calendar;
pub mod event;
pub mod event_delta;
pub mod event_extra;
pub mod event_list;
pub mod event_write;
pub mod occurrence;
pub mod sharing;

pub mod outbox;

pub mod checklist;
pub mod linked;
pub mod moment;
pub mod task;
pub mod task_change;
pub mod task_delta;
pub mod task_extension;
pub mod task_list;

pub mod contact;

pub mod rule;

pub(crate) mod notice;
pub(crate) mod subscription;

pub mod setting;

pub(crate) use schema::SCHEMA;

/// Lower case in the way that names and addresses are compared.
pub(crate) fn fold(text: &str) -> String {
    text.trim().to_lowercase()
}

/// Units: milliseconds since the epoch: the first instant of the year 1.
const FIRST_MS: i64 = -62_135_596_800_000;

/// Units: milliseconds since the epoch: the last second of the year 9999.
const LAST_MS: i64 = 253_402_300_799_000;

/// Times of items are held to whole seconds, as they are shown, and to years of four digits.
pub(crate) fn whole_seconds(ms: i64) -> i64 {
    let ms = ms.clamp(FIRST_MS, LAST_MS);
    ms - ms.rem_euclid(1000)
}
