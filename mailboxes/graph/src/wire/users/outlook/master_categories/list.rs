//! `GET /users/{id}/outlook/masterCategories`

use crate::wire::call::Call;

/// Reads the whole list; the server ignores filters. Answers pages of
/// [`super::OutlookCategory`].
pub(crate) fn request(address: &str) -> Call {
    Call::get(super::path(address))
}
