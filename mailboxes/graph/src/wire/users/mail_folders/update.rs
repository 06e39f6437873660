//! `PATCH /users/{id}/mailFolders/{well-known name}`

use super::STAMP;
use crate::wire::call::{Call, user};
use earmark_model::Failure;
use http::Method;
use serde_json::json;

/// Stamps the Inbox, and changes nothing else of it. Answers the whole [`super::MailFolder`].
pub(crate) fn stamp(address: &str, stamp: &str) -> Result<Call, Failure> {
    let path = format!("{}/mailFolders/inbox", user(address));
    let property = json!({ "id": STAMP, "value": stamp });
    Call::new(Method::PATCH, path)
        .with_json(&json!({ "singleValueExtendedProperties": [property] }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_the_only_member() {
        let call = stamp("anna@contoso.example", "ours").expect("a call");
        let body = call.body.expect("a body");
        let wanted = r#"{"singleValueExtendedProperties":[{"id":"String {7d0b4f0e-51c6-4c0b-9f5b-3e0a5d8c2b61} Name EarmarkOrganization","value":"ours"}]}"#;
        assert_eq!(body, wanted.as_bytes());
        assert_eq!(call.headers, Vec::new());
    }
}
