//! `GET /users/{id}/todo/lists/{id}/tasks`. Answers pages of [`super::TodoTask`].
//!
//! `$select` is not documented for tasks, so that they come whole.

use crate::wire::call::{self, Call};

/// Units: tasks on a page of a sweep.
const PAGE_SIZE: u32 = 100;

/// Every task of a list that carries the category `name`.
pub(crate) fn bearing(address: &str, list: &str, name: &str) -> Call {
    let filter = call::bearing(name);
    Call::get(format!("{}?{filter}&$top={PAGE_SIZE}", super::path(address, list)))
}

/// Every task of a list, without any option that a server could refuse.
pub(crate) fn all(address: &str, list: &str) -> Call {
    Call::get(super::path(address, list))
}
