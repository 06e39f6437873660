//! `/users/{id}`

pub(crate) mod mail_folders;

pub(crate) mod messages;

pub(crate) mod events;

pub(crate) mod calendar;

pub(crate) mod calendar_view;

pub(crate) mod todo;

pub(crate) mod outlook;

pub(crate) mod translate_exchange_ids;

use serde::{Deserialize, Deserializer};

/// What any item shows of its state, as an answer to a write.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct State {
    #[serde(rename = "@odata.etag")]
    pub(crate) etag: Option<String>,
    pub(crate) change_key: Option<String>,
    pub(crate) last_modified_date_time: Option<String>,
    #[serde(deserialize_with = "present")]
    pub(crate) categories: Categories,
}

/// Category names. Outer `None`: not in the answer, which says nothing. Inner `None`: null.
pub(crate) type Categories = Option<Option<Vec<Option<String>>>>;

/// A name and an address, wrapped twice as Graph has it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Recipient {
    pub(crate) email_address: Option<EmailAddress>,
}

/// A name and an address.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct EmailAddress {
    pub(crate) name: Option<String>,
    pub(crate) address: Option<String>,
}

/// A body.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ItemBody {
    pub(crate) content_type: Option<String>,
    pub(crate) content: Option<String>,
}

/// A point in local time with the name of its zone.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct DateTimeTimeZone {
    pub(crate) date_time: Option<String>,
    pub(crate) time_zone: Option<String>,
}

/// Tells a member that is null from one that is missing.
fn present<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::<T>::deserialize(deserializer).map(Some)
}
