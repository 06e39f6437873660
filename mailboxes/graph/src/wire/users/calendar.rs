//! `/users/{id}/calendar`

pub(crate) mod calendar_permissions;
