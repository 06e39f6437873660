//! `/users/{id}/todo/lists/{id}/tasks`

pub(crate) mod get;

pub(crate) mod linked_resources;

pub(crate) mod list;

pub(crate) mod update;

use crate::wire::call::segment;
use crate::wire::users::{Categories, DateTimeTimeZone, ItemBody};
use linked_resources::LinkedResource;
use serde::Deserialize;

/// A task, of which any answer may leave out or null anything.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct TodoTask {
    #[serde(rename = "@odata.etag")]
    pub(crate) etag: Option<String>,
    pub(crate) id: Option<String>,
    #[serde(deserialize_with = "crate::wire::users::present")]
    pub(crate) categories: Categories,
    pub(crate) created_date_time: Option<String>,
    pub(crate) last_modified_date_time: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) body: Option<ItemBody>,
    pub(crate) status: Option<String>,
    pub(crate) importance: Option<String>,
    pub(crate) start_date_time: Option<DateTimeTimeZone>,
    pub(crate) due_date_time: Option<DateTimeTimeZone>,
    pub(crate) completed_date_time: Option<DateTimeTimeZone>,
    #[serde(deserialize_with = "crate::wire::page::parts")]
    pub(crate) linked_resources: Option<Vec<LinkedResource>>,
}

fn path(address: &str, list: &str) -> String {
    format!("{}/tasks", super::path_of(address, list))
}

fn path_of(address: &str, list: &str, id: &str) -> String {
    format!("{}/{}", path(address, list), segment(id))
}
