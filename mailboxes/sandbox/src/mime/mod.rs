//! Messages as bytes: read from RFC 5322 and MIME, written as that, cut out of an mbox file.
//!
//! Read [`fn@parse`] (bytes to message), then `header`, `body`, `shield` and `meeting` for its
//! parts; [`fn@write`] (message to bytes); [`conversation`] (which thread a message belongs to);
//! [`mbox`].
//!
//! Invariants: whatever the bytes are, the answer is a message or one line that says what is
//! wrong; work and memory grow with the size of the input and nothing else; nothing here reads a
//! clock or draws a random number, so equal input gives equal output.

mod body;
pub mod conversation;
mod header;
mod keywords;
pub mod mbox;
mod meeting;
pub mod parse;
mod shield;
pub mod write;

pub use conversation::{conversation_index, conversation_topic, reply_index, thread_key};
pub use parse::{Refusal, parse};
pub use write::write;
