//! Earmark's own API: `/api/v1`, health and metrics.
//!
//! Read [`endpoint`] for how a route is declared once and reaches both the router and the OpenAPI
//! document, then one file per resource. Errors are [`problem`] documents (RFC 9457); whoever
//! calls is checked in [`authorize`].
//!
//! Invariants: nothing but health and [`notifications`] is open; a read changes nothing; no answer outside `items`
//! holds an id of a mailbox item, and none holds a subject or body.

pub mod alerts;
pub mod asking;
pub mod authorize;
pub mod category;
pub mod doctor;
pub mod endpoint;
pub mod health;
pub mod held;
pub mod input;
pub mod item_explain;
pub mod item_look;
pub mod item_wish;
pub mod items;
pub mod mailbox_view;
pub mod mailboxes;
pub mod metrics;
pub mod notifications;
pub mod openapi;
pub mod overview;
pub mod problem;
pub mod reconcile;
pub mod regarding;
pub mod schemas;
pub mod setting_docs;
pub mod settings;
pub mod version;

use crate::service::state::Service;
use axum::{Router, extract::DefaultBodyLimit, middleware};
use endpoint::Endpoint;
use std::sync::Arc;

/// Units: bytes of a request's body.
const BODY_MAX: usize = 1024 * 1024;

/// Every route that needs the administrator's token, in the order of the document.
pub fn endpoints() -> Vec<Endpoint> {
    [
        overview::endpoints(),
        mailboxes::endpoints(),
        category::endpoints(),
        items::endpoints(),
        item_wish::endpoints(),
        regarding::endpoints(),
        alerts::endpoints(),
        held::endpoints(),
        settings::endpoints(),
        reconcile::endpoints(),
        doctor::endpoints(),
        version::endpoints(),
        metrics::endpoints(),
        openapi::endpoints(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The whole own API.
pub fn router(service: Arc<Service>) -> Router {
    let mut guarded: Router<Arc<Service>> = Router::new();
    for endpoint in endpoints() {
        guarded = guarded.route(endpoint.path, endpoint.handler);
    }
    let guarded = guarded
        .route("/api/v1/{*rest}", axum::routing::any(problem::not_found))
        .method_not_allowed_fallback(problem::method_not_allowed)
        .layer(middleware::from_fn_with_state(service.clone(), authorize::guard))
        .layer(DefaultBodyLimit::max(BODY_MAX));
    guarded.merge(health::router()).merge(notifications::router()).with_state(service)
}
