//! The demo: everything in one process, without configuration.
//!
//! Read [`start`] for the wiring, [`provisioning`] for what ties the sandbox to CRM
//! and engine, [`page`] and [`live`] and [`timeline`] for what people see, [`entries`] and
//! [`mail_access`] for how the page reads mailboxes, [`sample`] for the organization that it begins
//! with.

pub mod entries;
pub mod live;
pub mod mail_access;
pub mod page;
pub mod provisioning;
pub mod sample;
pub mod start;
pub mod timeline;
