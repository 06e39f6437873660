//! The organization row: the text of its settings.

use crate::{
    error::{CrmError, code},
    settings,
    value::{Row, Value},
};

/// A second organization is refused.
pub(super) fn only_one() -> CrmError {
    CrmError::new(code::INVALID_OPERATION, "there is exactly one organization")
}

/// Merges a fragment of settings into the text that is there.
pub(super) fn before_update(current: &Row, changes: &mut Row) -> Result<(), CrmError> {
    let Some(given) = changes.get("orgdborgsettings") else { return Ok(()) };
    let fragment = given.as_text().unwrap_or_default().to_owned();
    let before = current.get("orgdborgsettings").and_then(Value::as_text).unwrap_or_default();
    let merged = settings::merge(before, &fragment)?;
    let value = if merged.is_empty() { Value::Null } else { Value::Text(merged) };
    changes.insert("orgdborgsettings".to_owned(), value);
    Ok(())
}
