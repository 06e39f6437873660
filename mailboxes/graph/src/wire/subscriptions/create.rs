//! `POST /subscriptions`

use crate::wire::call::Call;
use earmark_model::{Failure, Instant};
use http::Method;
use serde_json::json;

/// Asks for notifications of every change, and for those about the subscription itself at the
/// same address. The server asks that address for an answer before it answers a
/// [`super::Subscription`]. Each call makes one more.
pub(crate) fn request(
    resource: &str,
    url: &str,
    client_state: &str,
    expires: Instant,
) -> Result<Call, Failure> {
    Call::new(Method::POST, super::PATH.to_owned()).with_json(&json!({
        "changeType": "created,updated,deleted",
        "resource": resource,
        "notificationUrl": url,
        "lifecycleNotificationUrl": url,
        "clientState": client_state,
        "expirationDateTime": expires.to_string(),
    }))
}
