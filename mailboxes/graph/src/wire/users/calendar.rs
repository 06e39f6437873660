//! `/users/{id}/calendar`

pub(crate) mod calendar_permissions;
pub(crate) mod get;

use super::EmailAddress;
use serde::Deserialize;

/// The main calendar, as far as it says whose it is. Source: the resource `calendar`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Calendar {
    pub(crate) owner: Option<EmailAddress>,
}
