//! iCalendar files as they are imported: from bytes to events and tasks.
//!
//! `read` goes through the components of a file, `fields` says what one of them says, `rule`
//! makes a recurrence of its rule, `when` makes instants of its times, `import` puts all into a
//! mailbox.
//!
//! Invariants: nothing in a file can make it panic; work is bounded by named constants; what
//! cannot be kept as it was written is refused, with one line for the component.

mod fields;
mod import;
mod read;
mod rule;
mod when;

pub(crate) use import::import;
pub(crate) use read::read;
