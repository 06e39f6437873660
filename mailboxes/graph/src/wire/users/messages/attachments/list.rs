//! `GET /users/{id}/messages/{id}/attachments`. Answers pages of [`super::Attachment`].

use crate::wire::call::Call;

/// All of them with their content; `body_max` in bytes of the answer.
pub(crate) fn whole(address: &str, message: &str, body_max: u64) -> Call {
    Call::get(super::path(address, message)).with_body_max(body_max)
}

/// All of them without content.
pub(crate) fn outline(address: &str, message: &str) -> Call {
    let path = super::path(address, message);
    Call::get(format!("{path}?$select=id,name,size,contentType,isInline"))
}
