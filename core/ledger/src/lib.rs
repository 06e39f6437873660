//! What Earmark remembers between cycles: links, requests, attempts, checkpoints, tombstones,
//! epochs, leases, history. The ledger is disposable: design section 2 lists what its loss costs.
//!
//! Read [`store`] for the contract, [`memory`] and [`alerts`] for the nouns, [`sqlite`] for the
//! embedded back end.
//!
//! Invariants: the organization is part of every key; every commit checks the fence of the lease
//! it is made under; instants are integer milliseconds; no subject, address or body is kept.

pub mod alerts;
pub mod memory;
pub mod sqlite;
pub mod store;

pub use alerts::{AlertEnd, AlertPage, AlertQuery, KeptAlert};
pub use memory::{
    AcceptanceMemory, CategoryMemory, Comparison, ComparisonMemory, CopyOutcome, CrmPause,
    DelegatesMemory, EpochKey, EpochRow, ExpectedCopy, Glimpse, HeldDecision, HistoryEntry, Intent,
    ItemPage, ItemQuery, Lease, MailboxMemory, NumberedEntry, OrganizationMemory, Record,
    StampMemory, SubscriptionRow, SweptLink, TestMemory, Tombstone, Trouble, Unit, UnitStatus,
};
pub use sqlite::SqliteStore;
pub use store::{Store, StoreError};
