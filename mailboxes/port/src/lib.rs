//! The seam to mailbox servers: what the engine asks of a mailbox, and the suite that every
//! connector must pass.
//!
//! Truth is the *level*: which items bear a category now ([`Mailbox::bearing`]), compared with
//! the links, plus a read by id of what is missing. [`Mailbox::changes`] only makes it quicker.
//!
//! Invariants: nothing here knows about tracking or about any vendor; every method says what a
//! repetition after an unknown outcome does, and all but [`Mailbox::subscribe`] may be repeated.

pub mod conformance;
pub mod mailbox;
pub mod push;

pub use mailbox::{
    Bounds, CategoryWrite, ChangePage, Checkpoint, Detail, IdForm, ItemRead, Mailbox,
    MailboxServer, Scope,
};
pub use push::{Happened, Notification, PushTarget, Renewal, Subscription};
