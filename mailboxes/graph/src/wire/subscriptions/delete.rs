//! `DELETE /subscriptions/{id}`

use crate::wire::call::Call;
use http::Method;

/// Ends it.
pub(crate) fn request(id: &str) -> Call {
    Call::new(Method::DELETE, super::path_of(id))
}
