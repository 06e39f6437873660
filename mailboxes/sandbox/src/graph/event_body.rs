//! What bodies say about events.

use super::{
    extensions,
    request::{Request, member, optional_bool, optional_text, text_member},
    write,
};
use crate::{
    appointment::{NewEvent, Wanted},
    calendar::{recurrence, zone},
    delivery,
    error::Refusal,
    preview,
    store::{
        event::{Attendee, Content, Event, Online},
        extension::Extension,
        fold,
        message::{Address, Body, BodyType, NewAttachment},
        setting,
        user::User,
    },
};
use earmark_model::{Recurrence, RecurrenceEnd};
use earmark_sqlite::rusqlite::Transaction;
use jiff::{Timestamp, civil::DateTime};
use serde_json::{Value, json};

/// Members that only the server sets; they count for nothing.
const READ_ONLY: &[&str] = &[
    "id",
    "createdDateTime",
    "lastModifiedDateTime",
    "changeKey",
    "originalStartTimeZone",
    "originalEndTimeZone",
    "originalStart",
    "iCalUId",
    "uid",
    "occurrenceId",
    "hasAttachments",
    "bodyPreview",
    "isCancelled",
    "isOrganizer",
    "isDraft",
    "seriesMasterId",
    "type",
    "webLink",
    "onlineMeetingUrl",
    "onlineMeeting",
    "organizer",
    "responseStatus",
    "cancelledOccurrences",
    "calendar",
];

/// Members that can be written.
const WRITABLE: &[&str] = &[
    "subject",
    "body",
    "start",
    "end",
    "location",
    "locations",
    "attendees",
    "categories",
    "importance",
    "sensitivity",
    "showAs",
    "isAllDay",
    "isReminderOn",
    "reminderMinutesBeforeStart",
    "recurrence",
    "responseRequested",
    "allowNewTimeProposals",
    "hideAttendees",
    "isOnlineMeeting",
    "onlineMeetingProvider",
    "singleValueExtendedProperties",
    "multiValueExtendedProperties",
];

/// Members that only a new event can have.
const AT_CREATION: &[&str] = &["transactionId", "extensions", "attachments"];

/// What is set once an event has its row.
#[derive(Debug, Default)]
pub(crate) struct Extras {
    pub(crate) extended: Vec<(String, String)>,
    pub(crate) extensions: Vec<Extension>,
    pub(crate) attachments: Vec<NewAttachment>,
}

/// A new event from a body.
pub(crate) fn new_event(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
) -> Result<(NewEvent, Extras), Refusal> {
    let body = request.object(false)?;
    check_members(&body, &[READ_ONLY, WRITABLE, AT_CREATION])?;
    for name in ["start", "end"] {
        if member(&body, name).is_none() {
            return Err(Refusal::new(
                400,
                "ErrorPropertyValidationFailure",
                format!("At least one property failed validation: '{name}' is required."),
            )
            .about(name));
        }
    }
    let mut content = first_event(user);
    merge(tx, request, user, &body, &mut content)?;
    let recurrence = match member(&body, "recurrence") {
        Some(value) => Some(recurrence_of(value, &content)?),
        None => None,
    };
    if content.attendees.is_empty() {
        content.response_requested = true;
    }
    let new = NewEvent {
        content,
        recurrence,
        categories: write::texts(&body, "categories")?.unwrap_or_default(),
        transaction_id: optional_text(&body, "transactionId")?,
        uid: None,
    };
    let attachments = member(&body, "attachments").and_then(Value::as_array);
    let extras = Extras {
        extended: write::extended_of(&body)?,
        extensions: extensions::of_message(&body)?,
        attachments: attachments
            .into_iter()
            .flatten()
            .map(write::attachment)
            .collect::<Result<_, _>>()?,
    };
    Ok((new, extras))
}

/// What a PATCH makes of an event.
pub(crate) fn changes(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    event: &Event,
) -> Result<(Wanted, Extras), Refusal> {
    let body = request.object(false)?;
    check_members(&body, &[READ_ONLY, WRITABLE, AT_CREATION])?;
    let mut content = event.content.clone();
    merge(tx, request, user, &body, &mut content)?;
    let named = |name: &str| {
        body.as_object().into_iter().flatten().find(|(key, _)| key.eq_ignore_ascii_case(name))
    };
    let recurrence = match named("recurrence").map(|(_, value)| value) {
        None => None,
        Some(Value::Null) if event.recurrence.is_none() => None,
        Some(Value::Null) => Some(None),
        Some(value) => Some(Some(recurrence_of(value, &content)?)),
    };
    let wanted = Wanted { content, recurrence, categories: write::texts(&body, "categories")? };
    let extended = write::extended_of(&body)?;
    Ok((wanted, Extras { extended, ..Extras::default() }))
}

/// Whether a body writes anything but extended properties.
pub(crate) fn writes(request: &Request) -> Result<bool, Refusal> {
    let body = request.object(false)?;
    Ok(body.as_object().into_iter().flatten().any(|(name, _)| {
        WRITABLE.iter().any(|known| known.eq_ignore_ascii_case(name))
            && !name.to_ascii_lowercase().ends_with("extendedproperties")
    }))
}

/// An event as it is before anything was written.
pub(crate) fn first_event(user: &User) -> Content {
    Content {
        body_type: BodyType::Html.as_str().to_owned(),
        organizer: Some(delivery::address_of(user)),
        is_organizer: true,
        importance: "normal".to_owned(),
        sensitivity: "normal".to_owned(),
        show_as: "busy".to_owned(),
        reminder_minutes: 15,
        reminder: true,
        response: "organizer".to_owned(),
        response_requested: true,
        new_times: true,
        ..Content::default()
    }
}

fn merge(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    body: &Value,
    content: &mut Content,
) -> Result<(), Refusal> {
    if let Some(subject) = optional_text(body, "subject")? {
        content.subject = subject;
    }
    if let Some(value) = member(body, "body") {
        set_body(content, write::body_of(value)?);
    }
    if let Some(value) = member(body, "start") {
        (content.start_ms, content.start_zone) = time(request, value, "start")?;
    }
    if let Some(value) = member(body, "end") {
        (content.end_ms, content.end_zone) = time(request, value, "end")?;
    }
    if let Some(value) = member(body, "location") {
        content.locations = location(value)?.into_iter().collect();
    }
    if let Some(list) = member(body, "locations") {
        let list = list
            .as_array()
            .ok_or_else(|| Refusal::invalid_member("locations", "'locations' must be a list."))?;
        let found = list.iter().map(location).collect::<Result<Vec<_>, _>>()?;
        content.locations = found.into_iter().flatten().collect();
    }
    if let Some(list) = member(body, "attendees") {
        content.attendees = attendees(tx, user, list, content)?;
    }
    if let Some(word) = optional_text(body, "importance")? {
        content.importance = write::one_of("importance", &word, &["low", "normal", "high"])?;
    }
    if let Some(word) = optional_text(body, "sensitivity")? {
        let known = ["normal", "personal", "private", "confidential"];
        content.sensitivity = write::one_of("sensitivity", &word, &known)?;
    }
    if let Some(word) = optional_text(body, "showAs")? {
        let known = ["unknown", "free", "tentative", "busy", "oof", "workingElsewhere"];
        content.show_as = write::one_of("showAs", &word, &known)?;
    }
    if let Some(minutes) = member(body, "reminderMinutesBeforeStart") {
        content.reminder_minutes = minutes.as_i64().ok_or_else(|| {
            Refusal::invalid_member(
                "reminderMinutesBeforeStart",
                "'reminderMinutesBeforeStart' must be a number.",
            )
        })?;
    }
    for (name, flag) in [
        ("isAllDay", &mut content.all_day),
        ("isReminderOn", &mut content.reminder),
        ("responseRequested", &mut content.response_requested),
        ("allowNewTimeProposals", &mut content.new_times),
        ("hideAttendees", &mut content.hide_attendees),
    ] {
        if let Some(value) = optional_bool(body, name)? {
            *flag = value;
        }
    }
    online(tx, body, content)
}

/// Sets the body with what is shown of it.
pub(crate) fn set_body(content: &mut Content, body: Body) {
    content.preview = preview::of_body(&body);
    body.content_type.as_str().clone_into(&mut content.body_type);
    content.body = body.content;
}

fn online(tx: &Transaction<'_>, body: &Value, content: &mut Content) -> Result<(), Refusal> {
    let known = ["unknown", "teamsForBusiness", "skypeForBusiness", "skypeForConsumer"];
    let provider = optional_text(body, "onlineMeetingProvider")?
        .map(|word| write::one_of("onlineMeetingProvider", &word, &known))
        .transpose()?
        .filter(|word| word != "unknown");
    match (optional_bool(body, "isOnlineMeeting")?, &mut content.online) {
        (Some(true), none @ None) => {
            let id = setting::next_guid(tx, setting::own_seed(tx)?)?.simple();
            *none = Some(Online {
                provider: provider.unwrap_or_else(|| "teamsForBusiness".to_owned()),
                join_url: format!(
                    "https://teams.earmark.invalid/l/meetup-join/19%3ameeting_{id}%40thread.v2/0"
                ),
            });
        }
        (Some(false), some) => *some = None,
        _ => {}
    }
    Ok(())
}

/// The instant and the zone of a `dateTimeTimeZone`. Units: milliseconds since the epoch.
pub(crate) fn time(request: &Request, value: &Value, name: &str) -> Result<(i64, String), Refusal> {
    let text = text_member(value, "dateTime")?;
    let zone_name = optional_text(value, "timeZone")?
        .or_else(|| request.prefer.time_zone.clone())
        .unwrap_or_else(|| "UTC".to_owned());
    let zone = zone::get(&zone_name)?;
    let ms = match text.trim().parse::<Timestamp>() {
        Ok(instant) => Some(instant.as_millisecond()),
        Err(_) => {
            text.trim().parse::<DateTime>().ok().and_then(|clock| zone::instant(&zone, clock))
        }
    };
    let ms = ms.ok_or_else(|| {
        Refusal::new(
            400,
            "ErrorPropertyValidationFailure",
            format!("'{name}' must have a 'dateTime' such as 2026-11-23T09:00:00."),
        )
        .about(name)
    })?;
    Ok((ms, zone_name))
}

/// `startDate` must be the day of the start, in the zone of the series or of the start.
fn recurrence_of(value: &Value, content: &Content) -> Result<Recurrence, Refusal> {
    let mut read = recurrence::parse(value, &content.start_zone)?;
    let day = |name: &str| zone::find(name).map(|zone| zone::clock(&zone, content.start_ms).date());
    let here = day(&read.time_zone);
    if here != Some(read.start) && day(&content.start_zone) != Some(read.start) {
        return Err(Refusal::new(
            400,
            "ErrorPropertyValidationFailure",
            "'startDate' of the recurrence must be the day of 'start'.",
        )
        .about("startDate"));
    }
    if let Some(here) = here
        && !content.all_day
    {
        // One day, whichever zone it was written in.
        read.start = here;
        if let RecurrenceEnd::On(last) = &mut read.end {
            *last = (*last).max(here);
        }
    }
    Ok(read)
}

fn location(value: &Value) -> Result<Option<Value>, Refusal> {
    if !value.is_object() {
        return Err(Refusal::invalid_member("location", "'location' must be an object."));
    }
    let name = optional_text(value, "displayName")?.unwrap_or_default();
    let kind = optional_text(value, "locationType")?.unwrap_or_else(|| "default".to_owned());
    let kinds = [
        "default",
        "conferenceRoom",
        "homeAddress",
        "businessAddress",
        "geoCoordinates",
        "streetAddress",
        "hotel",
        "restaurant",
        "localBusiness",
        "postalAddress",
    ];
    let mut shown = json!({
        "displayName": name,
        "locationType": write::one_of("locationType", &kind, &kinds)?,
    });
    for (name, fits) in [
        ("locationUri", Value::is_string as fn(&Value) -> bool),
        ("locationEmailAddress", Value::is_string),
        ("uniqueId", Value::is_string),
        ("address", Value::is_object),
        ("coordinates", Value::is_object),
    ] {
        if let Some(value) = member(value, name).filter(|value| fits(value)) {
            shown[name] = value.clone();
        }
    }
    let is_private = shown.get("uniqueId").is_none() && !name.is_empty();
    if is_private {
        shown["uniqueId"] = json!(name);
    }
    shown["uniqueIdType"] = json!(if name.is_empty() { "unknown" } else { "private" });
    let is_empty = name.is_empty() && shown.get("address").is_none();
    Ok((!is_empty).then_some(shown))
}

/// The attendees of a list; those who are there already keep what they answered.
fn attendees(
    tx: &Transaction<'_>,
    user: &User,
    list: &Value,
    content: &Content,
) -> Result<Vec<Attendee>, Refusal> {
    let list = list
        .as_array()
        .ok_or_else(|| Refusal::invalid_member("attendees", "'attendees' must be a list."))?;
    let mut found: Vec<Attendee> = Vec::new();
    for one in list {
        let address: Address = write::recipient("attendees", one)?;
        let address = delivery::resolved(tx, &address)?;
        let folded = fold(&address.address);
        let is_organizer = content.is_organizer && folded == fold(&user.mail);
        if is_organizer || found.iter().any(|other| fold(&other.address.address) == folded) {
            continue;
        }
        let kind = optional_text(one, "type")?.unwrap_or_else(|| "required".to_owned());
        let kind = write::one_of("type", &kind, &["required", "optional", "resource"])?;
        let before = content.attendees.iter().find(|other| fold(&other.address.address) == folded);
        found.push(Attendee {
            address,
            kind,
            response: before.map_or_else(|| "none".to_owned(), |one| one.response.clone()),
            answered_ms: before.and_then(|one| one.answered_ms),
        });
    }
    Ok(found)
}

fn check_members(body: &Value, known: &[&[&str]]) -> Result<(), Refusal> {
    for name in body.as_object().into_iter().flatten().map(|(name, _)| name) {
        let is_known = name.contains('@')
            || known.iter().any(|list| list.iter().any(|one| one.eq_ignore_ascii_case(name)));
        if !is_known {
            return Err(Refusal::new(
                400,
                "RequestBodyRead",
                format!("The property '{name}' does not exist on type 'Microsoft.OutlookServices.Event'. Make sure to only use property names that are defined by the type."),
            )
            .about(name));
        }
    }
    Ok(())
}
