//! `POST /users/{id}/outlook/masterCategories`

use crate::wire::call::Call;
use earmark_model::Failure;
use http::Method;
use serde_json::json;

/// Adds an entry; a name that exists is refused with 409 or 400. Answers a
/// [`super::OutlookCategory`].
pub(crate) fn request(address: &str, name: &str, color: &str) -> Result<Call, Failure> {
    Call::new(Method::POST, super::path(address))
        .with_json(&json!({ "displayName": name, "color": color }))
}
