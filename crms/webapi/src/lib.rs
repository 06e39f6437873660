//! The Dataverse-compatible OData face over the embedded CRM, to be nested under
//! `/api/data`, serving `/v9.0`, `/v9.1` and `/v9.2`.
//!
//! A request becomes a [`call`](crate) with its caller and preferences; its path becomes a
//! *resource*; reads become one query and its expansions; writes become a *plan* of requests that
//! the CRM carries out all or nothing; the answer is encoded. A change set of a batch is several
//! plans in one.
//!
//! Reading order: `settings`, `authenticate`, `serve` (HTTP in and out), `call`, `resource`
//! (paths), `property` and `literal` (names and values), `filter` and `filter_function`,
//! `decode` and `plan` (writes), `read`, `page`, `fetch`, `condition`, `sql`, `expand`, `encode` and `format` (reads), `operation`
//! (functions and actions), `batch`, `csdl`, `definitions`, `attribute`, `service_document` (metadata),
//! `fault`, `reply`, `prefer`.
//!
//! Invariants: tables and columns are known only through the CRM's schema; nothing reaches a row
//! but through the CRM's one entrance, as the caller; a caller from outside is never the
//! synchronization service; no secret, address, subject or body is logged.

mod attribute;
mod authenticate;
mod batch;
mod call;
mod circumstances;
mod condition;
mod csdl;
mod decode;
mod definitions;
mod encode;
mod expand;
mod fault;
mod fetch;
mod filter;
mod filter_function;
mod format;
mod impersonate;
mod literal;
mod operation;
mod page;
mod plan;
mod prefer;
mod property;
mod read;
mod reply;
mod resource;
mod serve;
mod service_document;
mod settings;
mod sql;

pub use authenticate::{Authenticate, Principal};
pub use fault::envelope;
pub use serve::{Scheme, router};
pub use settings::FaceSettings;
