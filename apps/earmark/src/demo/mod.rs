//! The demo: everything in one process, without configuration.
//!
//! Read [`start`] for the wiring, [`provisioning`] for what ties the sandbox to CRM
//! and engine, [`page`] and [`live`] and [`timeline`] for what people see, [`entries`] and
//! [`mail_access`] for how the page reads mailboxes, [`sample`] for the organization that it begins
//! with, [`sixty_seconds`], [`plug_in`] and [`scenarios`] for what can be tried, [`outlook`] for the
//! pages that look like Outlook.

pub mod entries;
pub mod live;
pub mod mail_access;
pub mod outlook;
pub mod page;
pub mod plug_in;
pub mod provisioning;
pub mod sample;
pub mod scenarios;
pub mod sixty_seconds;
pub mod start;
pub mod timeline;
