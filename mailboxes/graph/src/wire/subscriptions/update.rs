//! `PATCH /subscriptions/{id}`

use crate::wire::call::Call;
use earmark_model::{Failure, Instant};
use http::Method;
use serde_json::json;

/// Prolongs it. Answers a [`super::Subscription`].
pub(crate) fn request(id: &str, expires: Instant) -> Result<Call, Failure> {
    Call::new(Method::PATCH, super::path_of(id))
        .with_json(&json!({ "expirationDateTime": expires.to_string() }))
}
