//! The suite that every mailbox connector runs.
