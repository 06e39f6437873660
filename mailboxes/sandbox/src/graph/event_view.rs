//! Events as the wire has them.

use super::{
    event_more, extensions,
    render::{instant, property_ids, recipient},
    request::Request,
};
use crate::{
    calendar::{recurrence, uid, zone},
    error::Refusal,
    preview,
    store::{
        event::{self, Attendee, Event, Kind},
        event_extra, extended,
        handle::{change_key, event_id},
        message::BodyType,
        user::User,
    },
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use earmark_odata::{Expand, Expr};
use earmark_sqlite::rusqlite::Transaction;
use jiff::{civil::Date, tz::TimeZone};
use serde_json::{Map, Value, json};

/// What `$select` can name. Source: the event resource.
pub(crate) const PROPERTIES: &[&str] = &[
    "id",
    "createdDateTime",
    "lastModifiedDateTime",
    "changeKey",
    "categories",
    "transactionId",
    "originalStartTimeZone",
    "originalEndTimeZone",
    "iCalUId",
    "uid",
    "reminderMinutesBeforeStart",
    "isReminderOn",
    "hasAttachments",
    "subject",
    "bodyPreview",
    "importance",
    "sensitivity",
    "originalStart",
    "isAllDay",
    "isCancelled",
    "isOrganizer",
    "responseRequested",
    "seriesMasterId",
    "showAs",
    "type",
    "webLink",
    "onlineMeetingUrl",
    "isOnlineMeeting",
    "onlineMeetingProvider",
    "allowNewTimeProposals",
    "occurrenceId",
    "isDraft",
    "hideAttendees",
    "responseStatus",
    "body",
    "start",
    "end",
    "location",
    "locations",
    "recurrence",
    "attendees",
    "organizer",
    "onlineMeeting",
    "cancelledOccurrences",
];

/// Left out unless `$select` names them.
const ON_REQUEST: &[&str] = &["cancelledOccurrences"];

/// Known to `beta` alone.
const BETA: &[&str] = &["uid", "occurrenceId"];

/// What `$expand` can name.
const EXPANSIONS: &[&str] = &[
    "attachments",
    "exceptionOccurrences",
    "extensions",
    "singleValueExtendedProperties",
    "multiValueExtendedProperties",
];

/// What answers when nobody answered yet.
const NEVER: &str = "0001-01-01T00:00:00Z";

/// The global object ids, with and without the day of an occurrence.
const GLOBAL_OBJECT_ID: &str = "Binary {6ed8da90-450b-101b-98da-00aa003f1305} Id 0x0003";
const CLEAN_GLOBAL_OBJECT_ID: &str = "Binary {6ed8da90-450b-101b-98da-00aa003f1305} Id 0x0023";

/// What an answer shows of an event, and in which form.
pub(crate) struct View<'a> {
    request: &'a Request,
    user: &'a User,
    select: Vec<String>,
    expand: &'a [Expand],
    zone: TimeZone,
    zone_name: &'a str,
}

impl<'a> View<'a> {
    /// The view that a request asks for.
    ///
    /// Errors: 400 when `$select` or `$expand` names something that events do not have, or the
    /// preferred time zone is not known.
    pub(crate) fn new(request: &'a Request, user: &'a User) -> Result<Self, Refusal> {
        Self::selecting(request, user, &request.query.select, &request.query.expand)
    }

    /// The view with another `$select` and `$expand`.
    pub(crate) fn selecting(
        request: &'a Request,
        user: &'a User,
        select: &[String],
        expand: &'a [Expand],
    ) -> Result<Self, Refusal> {
        let mut names = Vec::new();
        for name in select {
            let first = name.split('/').next().unwrap_or(name);
            names.push(if first == "*" { "*" } else { property_name(request, first)? }.to_owned());
        }
        if names.iter().any(|name| name == "*") {
            names.clear();
        }
        for one in expand {
            if !EXPANSIONS.iter().any(|name| name.eq_ignore_ascii_case(&one.path)) {
                return Err(Refusal::bad_query(format!(
                    "Parsing OData Select and Expand failed: '{}' cannot be expanded here.",
                    one.path
                )));
            }
        }
        let zone_name = request.prefer.time_zone.as_deref().unwrap_or("UTC");
        let zone = zone::get(zone_name)?;
        Ok(Self { request, user, select: names, expand, zone, zone_name })
    }

    /// The part of the context that names the selected properties: `(id,subject)`, or nothing.
    pub(crate) fn context_suffix(&self) -> String {
        if self.select.is_empty() { String::new() } else { format!("({})", self.select.join(",")) }
    }

    fn shows(&self, name: &str) -> bool {
        if self.select.is_empty() {
            !ON_REQUEST.contains(&name)
        } else {
            self.select.iter().any(|selected| selected == name)
        }
    }

    /// An event as the view shows it.
    pub(crate) fn event(&self, tx: &Transaction<'_>, event: &Event) -> Result<Value, Refusal> {
        let mut map = self.frame(event);
        for name in PROPERTIES {
            if *name == "id" || !self.shows(name) || !is_known(self.request, name) {
                continue;
            }
            if *name == "hasAttachments" {
                map.insert((*name).to_owned(), json!(has_attachments(tx, event)?));
            } else if let Some(value) = self.property(name, event) {
                map.insert((*name).to_owned(), value);
            }
        }
        self.expanded(tx, event, &mut map)?;
        Ok(Value::Object(map))
    }

    /// All that a filter or an order can name. Times are in UTC.
    pub(crate) fn comparable(&self, tx: &Transaction<'_>, event: &Event) -> Result<Value, Refusal> {
        let utc = View {
            select: Vec::new(),
            expand: &[],
            zone: TimeZone::UTC,
            zone_name: "UTC",
            request: self.request,
            user: self.user,
        };
        let mut map = utc.frame(event);
        for name in PROPERTIES {
            if *name != "id"
                && let Some(value) = utc.property(name, event)
            {
                map.insert((*name).to_owned(), value);
            }
        }
        map.insert("hasAttachments".to_owned(), json!(has_attachments(tx, event)?));
        Ok(Value::Object(map))
    }

    /// An occurrence as a delta tells it: what differs from its series.
    pub(crate) fn stub(&self, event: &Event) -> Value {
        let mut map = self.frame(event);
        for name in ["seriesMasterId", "type", "start", "end"] {
            if let Some(value) = self.property(name, event) {
                map.insert(name.to_owned(), value);
            }
        }
        Value::Object(map)
    }

    fn frame(&self, event: &Event) -> Map<String, Value> {
        let mut map = Map::new();
        map.insert("@odata.etag".to_owned(), json!(etag(self.user, event)));
        map.insert("id".to_owned(), json!(self.id(event.key())));
        map
    }

    fn id(&self, (row, day): (i64, Option<Date>)) -> String {
        event_id(self.request.prefer.ids, self.user.guid, row, day)
    }

    fn occurrence_id(&self, master: i64, day: Date) -> String {
        format!("OID.{}.{day}", self.id((master, None)))
    }

    fn property(&self, name: &str, event: &Event) -> Option<Value> {
        let content = &event.content;
        Some(match name {
            "createdDateTime" => json!(instant(event.created_ms)),
            "lastModifiedDateTime" => json!(instant(event.modified_ms)),
            "changeKey" => json!(change_key(self.user.guid, event.version)),
            "categories" => json!(event.categories),
            "transactionId" => json!(event.transaction_id),
            "originalStartTimeZone" => json!(content.start_zone),
            "originalEndTimeZone" => json!(content.end_zone),
            "iCalUId" => json!(ical_uid(event)),
            "uid" => json!(event.uid),
            "reminderMinutesBeforeStart" => json!(content.reminder_minutes),
            "isReminderOn" => json!(content.reminder),
            "subject" => json!(content.subject),
            "bodyPreview" => json!(content.preview),
            "importance" => json!(content.importance),
            "sensitivity" => json!(content.sensitivity),
            "originalStart" => json!(instant(event.original_ms?)),
            "isAllDay" => json!(content.all_day),
            "isCancelled" => json!(content.cancelled),
            "isOrganizer" => json!(content.is_organizer),
            "responseRequested" => json!(content.response_requested),
            "seriesMasterId" => json!(event.master.map(|master| self.id((master, None)))),
            "showAs" => json!(content.show_as),
            "type" => json!(event.kind.as_str()),
            "webLink" => json!(self.web_link(event)),
            "onlineMeetingUrl" => Value::Null,
            "isOnlineMeeting" => json!(content.online.is_some()),
            "onlineMeetingProvider" => {
                json!(content.online.as_ref().map_or("unknown", |online| &online.provider))
            }
            "onlineMeeting" => json!(
                content.online.as_ref().map(|online| json!({ "joinUrl": online.join_url }))
            ),
            "allowNewTimeProposals" => json!(content.new_times),
            "occurrenceId" => json!(self.occurrence_id(event.master?, event.day?)),
            "isDraft" => json!(content.draft),
            "hideAttendees" => json!(content.hide_attendees),
            "responseStatus" => response(&content.response, content.answered_ms),
            "body" => self.body(event),
            "start" => self.time(event, content.start_ms, &content.start_zone),
            "end" => self.time(event, content.end_ms, &content.end_zone),
            "location" => content.locations.first().cloned().unwrap_or_else(
                || json!({ "displayName": "", "locationType": "default", "uniqueIdType": "unknown" }),
            ),
            "locations" => json!(content.locations),
            "recurrence" => json!(event.recurrence.as_ref().map(recurrence::shown)),
            "attendees" => content.attendees.iter().map(attendee).collect(),
            "organizer" => recipient(content.organizer.as_ref()),
            "cancelledOccurrences" if event.kind == Kind::Master => event
                .cancelled
                .iter()
                .map(|day| json!(self.occurrence_id(event.row, *day)))
                .collect(),
            _ => return None,
        })
    }

    /// Days are days in every zone: those of an all-day event do not move.
    fn time(&self, event: &Event, ms: i64, written_in: &str) -> Value {
        let clock = if event.content.all_day {
            zone::clock(&zone::find(written_in).unwrap_or(TimeZone::UTC), ms)
        } else {
            zone::clock(&self.zone, ms)
        };
        json!({ "dateTime": format!("{clock:.7}"), "timeZone": self.zone_name })
    }

    fn body(&self, event: &Event) -> Value {
        let wanted = self.request.prefer.body.unwrap_or(BodyType::Html);
        let body = preview::converted(&event.content.text(), wanted);
        json!({ "contentType": body.content_type.as_str(), "content": body.content })
    }

    fn web_link(&self, event: &Event) -> String {
        let origin = self.request.root.strip_suffix("/graph").unwrap_or(&self.request.root);
        let id = self.id(event.key());
        format!("{origin}/outlook/?itemid={id}&exvsurl=1&path=/calendar/item")
    }

    fn expanded(
        &self,
        tx: &Transaction<'_>,
        event: &Event,
        map: &mut Map<String, Value>,
    ) -> Result<(), Refusal> {
        for expand in self.expand {
            let filter = expand.query.filter.as_ref();
            match expand.path.to_ascii_lowercase().as_str() {
                "attachments" => {
                    let list = event_more::attachments(tx, self.request, self.user, event)?;
                    map.insert("attachments".to_owned(), Value::Array(list));
                }
                "exceptionoccurrences" => {
                    if event.kind != Kind::Master {
                        continue;
                    }
                    let inner = Self::selecting(
                        self.request,
                        self.user,
                        &expand.query.select,
                        &expand.query.expand,
                    )?;
                    let mut list = Vec::new();
                    for one in event::exceptions(tx, &self.request.quirks, event)? {
                        list.push(inner.event(tx, &one)?);
                    }
                    map.insert("exceptionOccurrences".to_owned(), Value::Array(list));
                }
                "extensions" => {
                    let mut wanted = Vec::new();
                    property_ids(filter, &mut wanted);
                    let fits = |name: &str| {
                        wanted.is_empty()
                            || wanted
                                .iter()
                                .any(|id| extensions::bare(id).eq_ignore_ascii_case(name))
                    };
                    let all = event_extra::extensions(tx, event.row)?;
                    let list: Vec<Value> =
                        all.iter().filter(|one| fits(&one.name)).map(extensions::shown).collect();
                    map.insert("extensions".to_owned(), Value::Array(list));
                }
                name => {
                    let several = name.starts_with("multi");
                    let list = properties(tx, event, filter, several)?;
                    if !list.is_empty() {
                        let start = if several { "multi" } else { "single" };
                        map.insert(format!("{start}ValueExtendedProperties"), Value::Array(list));
                    }
                }
            }
        }
        Ok(())
    }
}

fn has_attachments(tx: &Transaction<'_>, event: &Event) -> Result<bool, Refusal> {
    Ok(event_extra::attachments(tx, event.row)?.iter().any(|one| !one.is_inline))
}

/// The extended properties that a filter names, as far as the event has them.
fn properties(
    tx: &Transaction<'_>,
    event: &Event,
    filter: Option<&Expr>,
    several: bool,
) -> Result<Vec<Value>, Refusal> {
    let mut wanted = Vec::new();
    property_ids(filter, &mut wanted);
    let mut list = Vec::new();
    for id in wanted {
        let id = extended::normal(&id)?;
        if extended::is_several(&id) != several {
            continue;
        }
        let own = match id.as_str() {
            GLOBAL_OBJECT_ID => Some(match event.day {
                Some(day) => uid::of_occurrence(&event.uid, day),
                None => uid::global_object_id(&event.uid),
            }),
            CLEAN_GLOBAL_OBJECT_ID => Some(uid::global_object_id(&event.uid)),
            _ => None,
        };
        let value = match own {
            Some(hex) => Some(STANDARD.encode(uid::bytes(&hex))),
            None => event_extra::property(tx, event.row, &id)?,
        };
        if let Some(value) = value {
            let value = if several {
                serde_json::from_str(&value).unwrap_or_default()
            } else {
                Value::String(value)
            };
            list.push(json!({ "id": id, "value": value }));
        }
    }
    Ok(list)
}

/// The name of a property in its own spelling.
///
/// Errors: 400 when events have none of this name in the version that is asked.
pub(crate) fn property_name(request: &Request, name: &str) -> Result<&'static str, Refusal> {
    PROPERTIES
        .iter()
        .find(|known| known.eq_ignore_ascii_case(name) && is_known(request, known))
        .copied()
        .ok_or_else(|| {
            Refusal::bad_query(format!(
                "Could not find a property named '{name}' on type 'Microsoft.OutlookServices.Event'."
            ))
        })
}

fn is_known(request: &Request, name: &str) -> bool {
    request.version == "beta" || !BETA.contains(&name)
}

/// The etag of an event: weak, with the change key inside.
pub(crate) fn etag(user: &User, event: &Event) -> String {
    format!("W/\"{}\"", change_key(user.guid, event.version))
}

/// Every time of a series has an iCalendar id of its own.
fn ical_uid(event: &Event) -> String {
    match event.day {
        Some(day) => uid::of_occurrence(&event.uid, day),
        None => event.uid.clone(),
    }
}

fn attendee(one: &Attendee) -> Value {
    json!({
        "type": one.kind,
        "status": response(&one.response, one.answered_ms),
        "emailAddress": { "name": one.address.name, "address": one.address.address },
    })
}

fn response(word: &str, answered_ms: Option<i64>) -> Value {
    json!({ "response": word, "time": answered_ms.map_or_else(|| NEVER.to_owned(), instant) })
}
