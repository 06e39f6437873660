//! `/users/{id}/messages`

pub(crate) mod attachments;

pub(crate) mod get;

pub(crate) mod list;

pub(crate) mod update;

use super::{Categories, ItemBody, Recipient};
use crate::wire::call::{segment, user};
use serde::Deserialize;

/// The properties of a summary.
const SUMMARY: &str = "id,categories,changeKey,createdDateTime,lastModifiedDateTime,\
    receivedDateTime,parentFolderId,internetMessageId,from,isDraft";

/// A message, of which any answer may leave out or null anything.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Message {
    #[serde(rename = "@odata.type")]
    pub(crate) odata_type: Option<String>,
    #[serde(rename = "@odata.etag")]
    pub(crate) etag: Option<String>,
    pub(crate) id: Option<String>,
    pub(crate) change_key: Option<String>,
    #[serde(deserialize_with = "super::present")]
    pub(crate) categories: Categories,
    pub(crate) created_date_time: Option<String>,
    pub(crate) last_modified_date_time: Option<String>,
    pub(crate) received_date_time: Option<String>,
    pub(crate) sent_date_time: Option<String>,
    pub(crate) parent_folder_id: Option<String>,
    pub(crate) internet_message_id: Option<String>,
    pub(crate) is_draft: Option<bool>,
    pub(crate) from: Option<Recipient>,
    pub(crate) sender: Option<Recipient>,
    #[serde(deserialize_with = "crate::wire::page::parts")]
    pub(crate) to_recipients: Option<Vec<Recipient>>,
    #[serde(deserialize_with = "crate::wire::page::parts")]
    pub(crate) cc_recipients: Option<Vec<Recipient>>,
    #[serde(deserialize_with = "crate::wire::page::parts")]
    pub(crate) bcc_recipients: Option<Vec<Recipient>>,
    pub(crate) subject: Option<String>,
    pub(crate) body: Option<ItemBody>,
    pub(crate) importance: Option<String>,
    pub(crate) has_attachments: Option<bool>,
    pub(crate) conversation_index: Option<String>,
    pub(crate) is_read_receipt_requested: Option<bool>,
    pub(crate) is_delivery_receipt_requested: Option<bool>,
    #[serde(deserialize_with = "crate::wire::page::parts")]
    pub(crate) internet_message_headers: Option<Vec<Header>>,
    #[serde(deserialize_with = "crate::wire::page::parts")]
    pub(crate) single_value_extended_properties: Option<Vec<ExtendedProperty>>,
}

/// One header of the message as it travelled.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Header {
    pub(crate) name: Option<String>,
    pub(crate) value: Option<String>,
}

/// A property of the store beside Graph's own.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ExtendedProperty {
    pub(crate) id: Option<String>,
    pub(crate) value: Option<String>,
}

fn path(address: &str) -> String {
    format!("{}/messages", user(address))
}

fn path_of(address: &str, id: &str) -> String {
    format!("{}/{}", path(address), segment(id))
}
