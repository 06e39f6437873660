//! `GET /users/{id}/todo/lists/{id}/tasks/{id}`. Answers a [`super::TodoTask`].

use crate::wire::call::Call;

/// What a list would show.
pub(crate) fn summary(address: &str, list: &str, id: &str) -> Call {
    Call::get(super::path_of(address, list, id))
}

/// With its links to other applications.
pub(crate) fn content(address: &str, list: &str, id: &str) -> Call {
    Call::get(format!("{}?$expand=linkedResources", super::path_of(address, list, id)))
}
