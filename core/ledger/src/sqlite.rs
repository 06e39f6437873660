//! The embedded back end.

/// The ledger in one SQLite file.
pub struct SqliteStore;
