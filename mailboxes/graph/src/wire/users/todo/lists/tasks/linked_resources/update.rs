//! `PATCH /users/{id}/todo/lists/{id}/tasks/{id}/linkedResources/{id}`

use crate::wire::call::{Call, segment};
use earmark_model::Failure;
use http::Method;
use serde_json::json;

/// Replaces the id that was left on the task.
pub(crate) fn request(
    address: &str,
    list: &str,
    task: &str,
    id: &str,
    external_id: &str,
) -> Result<Call, Failure> {
    let path = format!("{}/{}", super::path(address, list, task), segment(id));
    Call::new(Method::PATCH, path).with_json(&json!({ "externalId": external_id }))
}
