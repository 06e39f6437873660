//! `POST /users/{id}/translateExchangeIds`

use crate::wire::call::{Call, user};
use earmark_model::Failure;
use http::Method;
use serde::Deserialize;
use serde_json::json;

/// Units: ids in one request. Source: the documents.
pub(crate) const IDS_MAX: usize = 1_000;

/// One id in both forms.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Translated {
    pub(crate) source_id: Option<String>,
    /// Missing where the id means nothing.
    pub(crate) target_id: Option<String>,
}

/// The immutable ids of what `ids` name in the form `from`. Answers a list of [`Translated`].
pub(crate) fn request(address: &str, from: &str, ids: &[String]) -> Result<Call, Failure> {
    Call::new(Method::POST, format!("{}/translateExchangeIds", user(address))).with_json(&json!({
        "inputIds": ids,
        "sourceIdType": from,
        "targetIdType": "restImmutableEntryId",
    }))
}
