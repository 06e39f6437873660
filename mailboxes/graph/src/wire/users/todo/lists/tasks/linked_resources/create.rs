//! `POST /users/{id}/todo/lists/{id}/tasks/{id}/linkedResources`

use crate::wire::call::Call;
use earmark_model::Failure;
use http::Method;
use serde_json::json;

/// Leaves `external_id` on the task. A repetition would make a second one.
pub(crate) fn request(
    address: &str,
    list: &str,
    task: &str,
    application: &str,
    external_id: &str,
) -> Result<Call, Failure> {
    Call::new(Method::POST, super::path(address, list, task)).with_json(&json!({
        "applicationName": application,
        "displayName": "Tracked record",
        "externalId": external_id,
    }))
}
