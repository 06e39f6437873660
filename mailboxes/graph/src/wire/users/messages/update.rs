//! `PATCH /users/{id}/messages/{id}`

use crate::wire::call::Call;
use earmark_model::{Failure, Version};
use http::Method;
use serde_json::json;

/// Replaces the category names, if the message still has version `base`. Answers the whole
/// [`super::Message`].
pub(crate) fn categories(
    address: &str,
    id: &str,
    names: &[String],
    base: &Version,
) -> Result<Call, Failure> {
    let call = Call::new(Method::PATCH, super::path_of(address, id));
    call.on_version(base).with_json(&json!({ "categories": names }))
}
