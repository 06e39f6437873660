//! `/users/{id}/outlook/masterCategories`

pub(crate) mod create;

pub(crate) mod delete;

pub(crate) mod list;

use crate::wire::call::user;
use serde::Deserialize;

/// An entry of the master list. Its id and name are what it is for, so an entry without them
/// is no entry.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OutlookCategory {
    pub(crate) id: String,
    pub(crate) display_name: String,
    #[serde(default)]
    pub(crate) color: Option<String>,
}

fn path(address: &str) -> String {
    format!("{}/outlook/masterCategories", user(address))
}
