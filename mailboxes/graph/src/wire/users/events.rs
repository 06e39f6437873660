//! `/users/{id}/events`, the main calendar without occurrences.

pub(crate) mod get;

pub(crate) mod list;

pub(crate) mod update;

use super::{Categories, DateTimeTimeZone, ItemBody, Recipient};
use crate::wire::call::{segment, user};
use serde::Deserialize;

/// The properties of a summary.
pub(super) const SUMMARY: &str = "id,categories,changeKey,createdDateTime,lastModifiedDateTime,\
    type,iCalUId,seriesMasterId,originalStart,originalStartTimeZone,isAllDay,isOrganizer";

/// An event, of which any answer may leave out or null anything.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Event {
    #[serde(rename = "@odata.etag")]
    pub(crate) etag: Option<String>,
    pub(crate) id: Option<String>,
    pub(crate) change_key: Option<String>,
    #[serde(deserialize_with = "super::present")]
    pub(crate) categories: Categories,
    pub(crate) created_date_time: Option<String>,
    pub(crate) last_modified_date_time: Option<String>,
    #[serde(rename = "type")]
    pub(crate) event_type: Option<String>,
    #[serde(rename = "iCalUId")]
    pub(crate) ical_uid: Option<String>,
    pub(crate) series_master_id: Option<String>,
    pub(crate) original_start: Option<String>,
    pub(crate) original_start_time_zone: Option<String>,
    pub(crate) is_all_day: Option<bool>,
    pub(crate) is_organizer: Option<bool>,
    pub(crate) subject: Option<String>,
    pub(crate) body: Option<ItemBody>,
    pub(crate) start: Option<DateTimeTimeZone>,
    pub(crate) end: Option<DateTimeTimeZone>,
    pub(crate) location: Option<Location>,
    #[serde(deserialize_with = "crate::wire::page::parts")]
    pub(crate) locations: Option<Vec<Location>>,
    pub(crate) show_as: Option<String>,
    pub(crate) sensitivity: Option<String>,
    pub(crate) importance: Option<String>,
    pub(crate) organizer: Option<Recipient>,
    #[serde(deserialize_with = "crate::wire::page::parts")]
    pub(crate) attendees: Option<Vec<Attendee>>,
    pub(crate) online_meeting: Option<OnlineMeeting>,
    pub(crate) online_meeting_url: Option<String>,
    pub(crate) recurrence: Option<PatternedRecurrence>,
    /// `OID.{id of the master}.{day}`.
    #[serde(deserialize_with = "crate::wire::page::parts")]
    pub(crate) cancelled_occurrences: Option<Vec<String>>,
    #[serde(deserialize_with = "crate::wire::page::parts")]
    pub(crate) exception_occurrences: Option<Vec<Event>>,
    #[serde(rename = "exceptionOccurrences@odata.nextLink")]
    pub(crate) exception_occurrences_next_link: Option<String>,
}

/// A place.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Location {
    pub(crate) display_name: Option<String>,
}

/// Somebody or something invited.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Attendee {
    #[serde(rename = "type")]
    pub(crate) attendee_type: Option<String>,
    pub(crate) email_address: Option<super::EmailAddress>,
}

/// How an online meeting is joined.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct OnlineMeeting {
    pub(crate) join_url: Option<String>,
}

/// How a series repeats, and how long.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct PatternedRecurrence {
    pub(crate) pattern: Option<RecurrencePattern>,
    pub(crate) range: Option<RecurrenceRange>,
}

/// How a series repeats. Numbers that do not belong to its type are zero.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct RecurrencePattern {
    #[serde(rename = "type")]
    pub(crate) pattern_type: Option<String>,
    pub(crate) interval: Option<i64>,
    pub(crate) month: Option<i64>,
    pub(crate) day_of_month: Option<i64>,
    #[serde(deserialize_with = "crate::wire::page::parts")]
    pub(crate) days_of_week: Option<Vec<String>>,
    pub(crate) first_day_of_week: Option<String>,
    pub(crate) index: Option<String>,
}

/// How long a series goes on.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct RecurrenceRange {
    #[serde(rename = "type")]
    pub(crate) range_type: Option<String>,
    pub(crate) start_date: Option<String>,
    pub(crate) end_date: Option<String>,
    pub(crate) recurrence_time_zone: Option<String>,
    pub(crate) number_of_occurrences: Option<i64>,
}

fn path(address: &str) -> String {
    format!("{}/events", user(address))
}

fn path_of(address: &str, id: &str) -> String {
    format!("{}/{}", path(address), segment(id))
}
