//! `GET /users/{id}/messages/{id}/attachments/{id}`. Answers a [`super::Attachment`].

use crate::wire::call::{Call, segment};

/// One with its content; `body_max` in bytes of the answer.
pub(crate) fn request(address: &str, message: &str, id: &str, body_max: u64) -> Call {
    Call::get(format!("{}/{}", super::path(address, message), segment(id))).with_body_max(body_max)
}
