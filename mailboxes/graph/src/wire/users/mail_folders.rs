//! `/users/{id}/mailFolders`

pub(crate) mod get;
pub(crate) mod update;

use serde::Deserialize;

/// The property of the Inbox that says whose the mailbox is. Source: extended properties, of an own
/// set, because nothing else in a mailbox is ours to write to.
pub(crate) const STAMP: &str =
    "String {7d0b4f0e-51c6-4c0b-9f5b-3e0a5d8c2b61} Name EarmarkOrganization";

/// A mail folder, as far as its place in the tree goes.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct MailFolder {
    pub(crate) id: Option<String>,
    pub(crate) parent_folder_id: Option<String>,
    pub(crate) single_value_extended_properties: Option<Vec<ExtendedProperty>>,
}

/// An extended property with one value.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ExtendedProperty {
    pub(crate) id: Option<String>,
    pub(crate) value: Option<String>,
}

impl MailFolder {
    /// The stamp, where the folder bears one. The id comes back in a spelling of the server's own.
    pub(crate) fn stamp(self) -> Option<String> {
        let is_it = |one: &ExtendedProperty| {
            one.id.as_ref().is_some_and(|id| id.eq_ignore_ascii_case(STAMP))
        };
        let found = self.single_value_extended_properties.into_iter().flatten().find(is_it);
        found.and_then(|one| one.value).filter(|value| !value.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(properties: &str) -> Option<String> {
        let text = format!(r#"{{"id": "a", "singleValueExtendedProperties": {properties}}}"#);
        serde_json::from_str::<MailFolder>(&text).expect("a folder").stamp()
    }

    #[test]
    fn the_stamp_is_known_by_its_id_in_any_spelling_of_the_set() {
        let upper = STAMP.replace("7d0b4f0e", "7D0B4F0E");
        let property = format!(r#"[{{"id": "{upper}", "value": "ours"}}]"#);
        assert_eq!(stamp(&property).as_deref(), Some("ours"));
        assert_eq!(stamp("null"), None);
        assert_eq!(stamp("[]"), None);
        assert_eq!(
            stamp(r#"[{"id": null, "value": "ours"}, {"id": "String 0x1035", "value": "x"}]"#),
            None
        );
        assert_eq!(stamp(&property.replace("ours", "")), None);
    }
}
