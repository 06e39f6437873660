//! Refusals and how they are printed.

use axum::response::{IntoResponse, Response};
use earmark_embedded::error::CrmError;
use earmark_odata::ParseError;
use serde_json::json;

use crate::reply::Reply;

/// A malformed query, path or preference.
pub(crate) const BAD_REQUEST: u32 = 0x8006_0888;
/// A resource that is not there, or not with that method.
pub(crate) const HTTP_ERROR: u32 = 0x8006_088a;
/// A payload that does not fit its table.
pub(crate) const BAD_PAYLOAD: u32 = 0x8004_8d19;
/// A column whose value the CRM keeps itself.
const CHANGE_TRACKING_OFF: u32 = 0x8007_2491;
const LENGTH_TOO_LARGE: u32 = 0x8004_418a;
const NOT_AUTHENTICATED: u32 = 0x8004_4302;
const NOT_A_MEMBER: u32 = 0x8007_2560;
const NOT_SUPPORTED: u32 = 0x8004_0315;
const PRIVILEGE_DENIED: u32 = 0x8004_0220;

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
}

impl Fault {
    pub(crate) fn new(status: u16, code: u32, message: impl Into<String>) -> Self {
        Self { status, code: format!("0x{code:08x}"), message: message.into() }
    }

    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self::new(400, BAD_REQUEST, message)
    }

    pub(crate) fn payload(message: impl AsRef<str>) -> Self {
        let message =
            format!("An error occurred while validating input parameters: {}", message.as_ref());
        Self::new(400, BAD_PAYLOAD, message)
    }

    pub(crate) fn no_property(name: &str, table: &str) -> Self {
        Self::bad(format!(
            "Could not find a property named '{name}' on type 'Microsoft.Dynamics.CRM.{table}'."
        ))
    }

    pub(crate) fn invalid_property(name: &str, table: &str) -> Self {
        Self::payload(format!(
            "Invalid property '{name}' was found in entity 'Microsoft.Dynamics.CRM.{table}'."
        ))
    }

    pub(crate) fn undeclared(name: &str) -> Self {
        Self::payload(format!(
            "An undeclared property '{name}' which only has property annotations in the payload \
             but no property value was found in the payload. In OData, only declared navigation \
             properties and declared named streams can be represented as properties without values."
        ))
    }

    pub(crate) fn no_segment(name: &str) -> Self {
        Self::new(404, HTTP_ERROR, format!("Resource not found for the segment '{name}'."))
    }

    pub(crate) fn method(method: &str) -> Self {
        Self::new(
            405,
            HTTP_ERROR,
            format!("The requested resource does not support http method '{method}'."),
        )
    }

    pub(crate) fn not_supported(what: &str) -> Self {
        Self::new(501, NOT_SUPPORTED, format!("{what} is not supported."))
    }

    pub(crate) fn no_tracking(table: &str) -> Self {
        Self::new(
            400,
            CHANGE_TRACKING_OFF,
            format!("Entity: {table} does not have change tracking enabled."),
        )
    }

    pub(crate) fn too_large(limit: usize) -> Self {
        Self::new(
            413,
            LENGTH_TOO_LARGE,
            format!("The request body is larger than the limit of {limit} bytes."),
        )
    }

    pub(crate) fn unauthenticated() -> Self {
        Self::new(401, NOT_AUTHENTICATED, "The request is not authenticated.")
    }

    pub(crate) fn not_a_member() -> Self {
        Self::new(403, NOT_A_MEMBER, "The user is not a member of the organization.")
    }

    pub(crate) fn may_not_impersonate(user: uuid::Uuid) -> Self {
        Self::new(
            403,
            PRIVILEGE_DENIED,
            format!(
                "Principal user (Id={user}, type=8) is missing \
                 prvActOnBehalfOfAnotherUser privilege"
            ),
        )
    }

    /// The refusal as an answer.
    pub(crate) fn reply(&self) -> Reply {
        let body = json!({"error": {"code": self.code, "message": self.message}});
        Reply::json(self.status, &body)
    }
}

impl From<CrmError> for Fault {
    fn from(error: CrmError) -> Self {
        Self::new(error.status, error.code, error.message)
    }
}

impl From<ParseError> for Fault {
    fn from(error: ParseError) -> Self {
        Self::bad(error.to_string())
    }
}

/// An injected fault in the face's own envelope. An empty code takes the usual one of the status.
pub fn envelope(status: u16, code: &str) -> Response {
    let usual = match status {
        401 => NOT_AUTHENTICATED,
        403 => PRIVILEGE_DENIED,
        404 => 0x8004_0217,
        405 => HTTP_ERROR,
        408 => 0x8004_4151,
        412 => 0x8006_0882,
        413 => LENGTH_TOO_LARGE,
        429 => 0x8007_2322,
        501 => NOT_SUPPORTED,
        400..=499 => 0x8004_0203,
        _ => 0x8004_0216,
    };
    let code = match code.trim() {
        "" => format!("0x{usual:08x}"),
        given => given.to_owned(),
    };
    let fault = Fault { status, message: format!("The request was refused with {code}."), code };
    fault.reply().into_response()
}
