//! The organization settings (OrgDBOrgSettings): which there are, and the text that holds them.
//!
//! The text is XML with one element for each setting that somebody set; what is absent has its
//! default. A change sends a fragment with the settings it is about, which is merged into the
//! text; an empty text clears all.

mod fragment;
mod registry;
mod setting;

pub use fragment::Stored;
pub use setting::{Setting, SettingKind};

use crate::error::CrmError;

/// All settings, by name.
pub fn registry() -> &'static [Setting] {
    registry::REGISTRY
}

/// The setting of that name, in any case.
pub fn find(name: &str) -> Option<&'static Setting> {
    let name = name.to_ascii_lowercase();
    registry::REGISTRY
        .binary_search_by(|setting| setting.name.to_ascii_lowercase().cmp(&name))
        .ok()
        .map(|position| &registry::REGISTRY[position])
}

/// The text after `fragment` was sent to an organization that has `before`.
///
/// Errors: `InvalidOrgDBOrgSetting`, which names the setting.
pub fn merge(before: &str, fragment: &str) -> Result<String, CrmError> {
    if fragment.trim().is_empty() {
        return Ok(String::new());
    }
    let mut stored = Stored::parse(before);
    for (name, value) in fragment::elements(fragment)? {
        stored.set(&name, &value)?;
    }
    Ok(stored.to_text())
}
