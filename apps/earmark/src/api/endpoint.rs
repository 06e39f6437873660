//! A route as data: the router and the OpenAPI document are both made from it.

use crate::service::state::Service;
use axum::routing::MethodRouter;
use std::sync::Arc;

/// A parameter of the query.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Its JSON type: `string` or `boolean`.
    pub kind: &'static str,
    /// What it does.
    pub description: &'static str,
}

/// One operation.
pub struct Endpoint {
    /// The method, lower case.
    pub method: &'static str,
    /// The path, with `{name}` for a segment.
    pub path: &'static str,
    /// The name of the operation for generated clients.
    pub operation: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// Parameters of the query.
    pub query: &'static [Parameter],
    /// The schema of the body, where it takes one.
    pub body: Option<&'static str>,
    /// The schema of the answer.
    pub answer: &'static str,
    /// What carries it out.
    pub handler: MethodRouter<Arc<Service>>,
}
