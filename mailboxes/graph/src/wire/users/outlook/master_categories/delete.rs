//! `DELETE /users/{id}/outlook/masterCategories/{id}`

use crate::wire::call::{Call, segment};
use http::Method;

/// Takes an entry out of the list; items keep the name.
pub(crate) fn request(address: &str, id: &str) -> Call {
    Call::new(Method::DELETE, format!("{}/{}", super::path(address), segment(id)))
}
