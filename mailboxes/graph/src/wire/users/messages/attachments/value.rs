//! `GET /users/{id}/messages/{id}/attachments/{id}/$value`. Answers the raw content.

use crate::wire::call::{Call, segment};

/// The MIME form of an attached item; `body_max` in bytes of the answer.
pub(crate) fn request(address: &str, message: &str, id: &str, body_max: u64) -> Call {
    let path = super::path(address, message);
    Call::get(format!("{path}/{}/$value", segment(id))).with_body_max(body_max)
}
