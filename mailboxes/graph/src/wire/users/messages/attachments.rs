//! `/users/{id}/messages/{id}/attachments`

pub(crate) mod get;

pub(crate) mod list;

pub(crate) mod value;

use serde::Deserialize;

/// An attachment of any type.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Attachment {
    #[serde(rename = "@odata.type")]
    pub(crate) odata_type: Option<String>,
    pub(crate) id: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) content_type: Option<String>,
    /// Units: bytes, with what the store adds.
    pub(crate) size: Option<u64>,
    pub(crate) is_inline: Option<bool>,
    pub(crate) content_id: Option<String>,
    /// Base64, for files only.
    pub(crate) content_bytes: Option<String>,
}

impl Attachment {
    /// Whether it is another item, whose content is read as MIME.
    pub(crate) fn is_item(&self) -> bool {
        self.is_of("itemattachment")
    }

    /// Whether it is a link to a file elsewhere, which has no content here.
    pub(crate) fn is_reference(&self) -> bool {
        self.is_of("referenceattachment")
    }

    fn is_of(&self, name: &str) -> bool {
        let full = self.odata_type.as_deref().unwrap_or_default().to_ascii_lowercase();
        full.rsplit('.').next() == Some(name)
    }
}

fn path(address: &str, message: &str) -> String {
    format!("{}/attachments", super::path_of(address, message))
}
