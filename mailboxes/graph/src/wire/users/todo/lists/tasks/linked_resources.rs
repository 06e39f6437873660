//! `/users/{id}/todo/lists/{id}/tasks/{id}/linkedResources`

pub(crate) mod create;

pub(crate) mod update;

use serde::Deserialize;

/// What another application left on a task.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct LinkedResource {
    pub(crate) id: Option<String>,
    pub(crate) application_name: Option<String>,
    pub(crate) external_id: Option<String>,
}

fn path(address: &str, list: &str, task: &str) -> String {
    format!("{}/linkedResources", super::path_of(address, list, task))
}
