//! `/users/{id}/todo/lists`

pub(crate) mod list;

pub(crate) mod tasks;

use crate::wire::call::{segment, user};
use serde::Deserialize;

/// A list of tasks.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct TodoTaskList {
    pub(crate) id: Option<String>,
    pub(crate) wellknown_list_name: Option<String>,
}

fn path(address: &str) -> String {
    format!("{}/todo/lists", user(address))
}

fn path_of(address: &str, list: &str) -> String {
    format!("{}/{}", path(address), segment(list))
}
