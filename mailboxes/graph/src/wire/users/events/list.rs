//! `GET /users/{id}/events`: single events and masters. Answers pages of [`super::Event`].

use super::SUMMARY;
use crate::wire::call::{self, Call};

/// Units: events on a page of a sweep.
pub(in crate::wire::users) const PAGE_SIZE: u32 = 500;

/// Every single event and every master that carries the category `name`.
pub(crate) fn bearing(address: &str, name: &str) -> Call {
    let filter = call::bearing(name);
    Call::get(format!("{}?{filter}&$select={SUMMARY}&$top={PAGE_SIZE}", super::path(address)))
}
