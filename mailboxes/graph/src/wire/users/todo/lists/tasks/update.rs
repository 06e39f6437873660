//! `PATCH /users/{id}/todo/lists/{id}/tasks/{id}`

use crate::wire::call::Call;
use earmark_model::{Failure, Version};
use http::Method;
use serde_json::{Value, json};

/// Replaces the category names, if the task still has version `base`. Answers the whole
/// [`super::TodoTask`].
pub(crate) fn categories(
    address: &str,
    list: &str,
    id: &str,
    names: &[String],
    base: &Version,
) -> Result<Call, Failure> {
    let call = Call::new(Method::PATCH, super::path_of(address, list, id));
    call.on_version(base).with_json(&json!({ "categories": names }))
}

/// Gives members new values, if the task still has version `base`. Answers the whole
/// [`super::TodoTask`].
pub(crate) fn members(
    address: &str,
    list: &str,
    id: &str,
    members: &Value,
    base: &Version,
) -> Result<Call, Failure> {
    Call::new(Method::PATCH, super::path_of(address, list, id)).on_version(base).with_json(members)
}
