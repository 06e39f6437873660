//! `/users/{id}/calendar/calendarPermissions`

pub(crate) mod list;

use crate::wire::users::EmailAddress;
use serde::Deserialize;

/// What somebody may do with the main calendar. Source: the resource `calendarPermission`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct CalendarPermission {
    pub(crate) role: Option<String>,
    pub(crate) is_inside_organization: Option<bool>,
    /// Who it is; everybody in the organization has no address.
    pub(crate) email_address: Option<EmailAddress>,
}

/// Roles that may change events, as an editor does.
const EDITORS: [&str; 3] =
    ["write", "delegateWithoutPrivateEventAccess", "delegateWithPrivateEventAccess"];

impl CalendarPermission {
    /// The address of somebody of the organization who may change events.
    pub(crate) fn editor(&self) -> Option<&str> {
        let edits = self.role.as_deref().is_some_and(|role| EDITORS.contains(&role));
        let address = self.email_address.as_ref()?.address.as_deref()?;
        let is_inside = self.is_inside_organization != Some(false);
        (edits && is_inside && !address.is_empty()).then_some(address)
    }
}
