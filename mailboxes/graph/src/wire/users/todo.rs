//! `/users/{id}/todo`

pub(crate) mod lists;
