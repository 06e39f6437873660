//! Who asks: the administrator by token or session, or a user of the add-in by a directory's token.
//!
//! Read [`caller`] (the kinds of callers and what each may reach), [`token`] (what a user's token
//! must say, pure), [`keys`] (the directory's keys, fetched and kept), [`user`] (from a directory
//! id to the mailboxes somebody may act for), [`addin`] (these together), [`session`] (the
//! console's sign-in), [`rate`].
//!
//! Invariants: no token, cookie or address is ever logged; a user is known by tenant and object id,
//! never by an address; what is unclear is refused.

pub mod addin;
pub mod caller;
pub mod keys;
pub mod rate;
pub mod session;
pub mod token;
pub mod user;

pub use addin::Addin;
pub use caller::Caller;
