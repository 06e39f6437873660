//! `/users/{id}/mailFolders`

pub(crate) mod get;

use serde::Deserialize;

/// A mail folder, as far as its place in the tree goes.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct MailFolder {
    pub(crate) id: Option<String>,
    pub(crate) parent_folder_id: Option<String>,
}
