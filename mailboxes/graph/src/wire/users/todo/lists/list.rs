//! `GET /users/{id}/todo/lists`. Answers pages of [`super::TodoTaskList`].

use crate::wire::call::Call;

/// All lists, those that only mirror other items included.
pub(crate) fn request(address: &str) -> Call {
    Call::get(super::path(address))
}
