//! The seam to the CRM: what the engine asks of it, and the suite that every connector must pass.
//!
//! A [`Crm`] is one organization. Invariants: nothing here knows how tracking is decided; there
//! is no operation that deletes a record; every method may be repeated after an unknown outcome,
//! and says what a repetition does.

pub mod conformance;
pub mod crm;
pub mod organization;

pub use crm::{
    Crm, CrmChange, CrmChangePage, CrmCheckpoint, CrmLink, FoundRecord, Lookup, LookupRequest,
    NaturalKey, PartyCandidate, Promoted, RecordFields, Updated,
};
pub use organization::{
    DeliveryMethod, FilteringMethod, Health, MailboxOwner, MailboxRow, OrganizationSettings,
    OrganizationSnapshot, ServerProfile, SyncError, TestOutcome, TestRequest, Tested,
};
