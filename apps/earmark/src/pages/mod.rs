//! The pages: files that are compiled in, and the few answers that are made for them.
//!
//! Read [`files`] (what is served where), [`bar`] (what stands at the top of each), [`policy`] (the headers of those that are framed),
//! [`console`] (sign-in), [`addin`] and [`manifest`] (the pane and how Outlook finds it), [`help`]
//! (the documents). The demo's own page is in `demo`.
//!
//! Invariants: a page is a client of the same addresses as every other client; nothing is inlined
//! into a page but this program's own values; no page needs another host, except that the pane in a
//! real Outlook needs the vendor's script.

pub mod addin;
pub mod bar;
pub mod console;
pub mod files;
pub mod help;
pub mod landing;
pub mod manifest;
pub mod policy;

use crate::service::state::Service;
use addin::AddinPages;
use axum::Router;
use std::sync::Arc;
use tower_http::compression::CompressionLayer;

/// The pages of every kind of service: console, add-in, documents, shared files.
pub fn router(service: Arc<Service>, environment: &'static str, addin: AddinPages) -> Router {
    let is_demo = addin.sandbox;
    files::shared()
        .merge(console::router(service.clone(), environment))
        .merge(addin::router(service, addin))
        .merge(help::router(is_demo))
        .layer(CompressionLayer::new())
}
