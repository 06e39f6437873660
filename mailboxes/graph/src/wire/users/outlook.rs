//! `/users/{id}/outlook`

pub(crate) mod master_categories;
