//! `/subscriptions`

pub(crate) mod create;

pub(crate) mod delete;

pub(crate) mod list;

pub(crate) mod update;

use crate::wire::call::segment;
use serde::Deserialize;

/// A subscription. Without its id it is none.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Subscription {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) resource: Option<String>,
    #[serde(default)]
    pub(crate) notification_url: Option<String>,
    #[serde(default)]
    pub(crate) expiration_date_time: Option<String>,
}

const PATH: &str = "/subscriptions";

fn path_of(id: &str) -> String {
    format!("{PATH}/{}", segment(id))
}
