//! `GET /users/{id}/calendar/calendarPermissions`

use crate::wire::call::{Call, user};

/// Reads all of them. Answers pages of [`super::CalendarPermission`].
pub(crate) fn request(address: &str) -> Call {
    Call::get(format!("{}/calendar/calendarPermissions", user(address)))
}
