//! The plain page at `/` of the service. Outlook may frame it: it asks for the root of an add-in's
//! origin as well.

use super::policy;
use crate::api::problem::Problem;
use askama::Template;
use axum::{
    Router,
    http::StatusCode,
    response::{Html, IntoResponse, Response},
    routing::get,
};
use std::sync::Arc;

#[derive(Template)]
#[template(path = "landing.html")]
struct LandingPage<'a> {
    version: &'a str,
}

/// The page; `framed_by` are more hosts that may frame it.
pub fn router(framed_by: Vec<String>) -> Router {
    let framed_by = Arc::new(framed_by);
    Router::new().route("/", get(async move || page(&framed_by)))
}

fn page(framed_by: &[String]) -> Response {
    match (LandingPage { version: env!("CARGO_PKG_VERSION") }).render() {
        Ok(page) => policy::landing(Html(page).into_response(), framed_by),
        Err(_) => {
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "page", "the page cannot be shown")
                .into_response()
        }
    }
}
