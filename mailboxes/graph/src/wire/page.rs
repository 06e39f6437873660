//! One page of a list.

use serde::Deserialize;

/// A page without `value` is no list: reading it as empty would make items disappear.
#[derive(Debug, Deserialize)]
pub(crate) struct Page<T> {
    pub(crate) value: Vec<T>,
    #[serde(default, rename = "@odata.nextLink")]
    pub(crate) next_link: Option<String>,
}
