//! `GET /users/{id}/calendar`

use crate::wire::call::{Call, user};

/// Reads whose the main calendar is. Answers a [`super::Calendar`].
pub(crate) fn owner(address: &str) -> Call {
    Call::get(format!("{}/calendar?$select=owner", user(address)))
}
