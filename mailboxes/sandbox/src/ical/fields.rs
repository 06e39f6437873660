//! What a component says, as an event or a task says it.

use super::{
    rule,
    when::{When, Zones},
};
use crate::{
    appointment::ATTENDEES_MAX,
    calendar::{expand, series::Series, zone},
    delivery,
    store::{
        event::{Attendee, Content, Online},
        fold,
        message::{Address, Body, BodyType, Importance},
        task::{NewTask, TaskStatus},
        user::User,
    },
};
use calcard::icalendar::{
    ICalendar, ICalendarComponent, ICalendarComponentType, ICalendarEntry, ICalendarParameterName,
    ICalendarProperty, ICalendarValue,
};
use earmark_model::Recurrence;
use jiff::{ToSpan, civil::Date};
use std::collections::BTreeSet;

/// One event of a file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Read {
    /// Which component of the file it is, from 1.
    pub(crate) number: usize,
    pub(crate) uid: Option<String>,
    pub(crate) content: Content,
    pub(crate) categories: Vec<String>,
    pub(crate) recurrence: Option<Recurrence>,
    pub(crate) cancelled: Vec<Date>,
    /// The time of its series that it replaces.
    pub(crate) replaces: Option<When>,
}

/// An event, or why it cannot be kept.
pub(crate) fn event(
    calendar: &ICalendar,
    component: &ICalendarComponent,
    zones: &Zones,
    owner: &User,
    number: usize,
) -> Result<Read, String> {
    let (start, end_ms) = times(component, zones)?;
    let mut content = Content {
        subject: text(component, &ICalendarProperty::Summary).unwrap_or_default(),
        start_ms: start.ms,
        end_ms,
        start_zone: start.zone.name.clone(),
        end_zone: start.zone.name.clone(),
        all_day: start.is_day,
        importance: importance(component).as_str().to_owned(),
        sensitivity: sensitivity(component).to_owned(),
        show_as: show_as(component).to_owned(),
        cancelled: is_status(component, "CANCELLED"),
        response_requested: true,
        new_times: true,
        online: online(component),
        ..Content::default()
    };
    crate::graph::set_body(&mut content, body(component));
    let place = text(component, &ICalendarProperty::Location).unwrap_or_default();
    if !place.trim().is_empty() {
        content.locations = vec![serde_json::json!({
            "displayName": place, "locationType": "default", "uniqueId": place, "uniqueIdType": "private",
        })];
    }
    people(component, owner, &mut content)?;
    remind(calendar, component, &mut content);
    let replaces = component.property(&ICalendarProperty::RecurrenceId);
    if let Some(entry) = replaces
        && entry.has_parameter(&ICalendarParameterName::Range)
    {
        return Err("RECURRENCE-ID with RANGE changes several times at once".to_owned());
    }
    let replaces = replaces.map(|entry| zones.read(entry)).transpose()?;
    let recurrence = repeats(component, zones, &start, &content)?;
    let cancelled = match &recurrence {
        Some(recurrence) => called_off(component, zones, recurrence, &start)?,
        None => Vec::new(),
    };
    let uid = text(component, &ICalendarProperty::Uid).filter(|uid| !uid.trim().is_empty());
    let categories = names(component);
    Ok(Read { number, uid, content, categories, recurrence, cancelled, replaces })
}

/// When it starts and ends. Units: milliseconds since the epoch.
fn times(component: &ICalendarComponent, zones: &Zones) -> Result<(When, i64), String> {
    let start = component
        .property(&ICalendarProperty::Dtstart)
        .ok_or_else(|| "DTSTART is missing".to_owned())?;
    let start = zones.read(start)?;
    let mut end_ms = start.ms;
    if let Some(entry) = component.property(&ICalendarProperty::Dtend) {
        let end = zones.read(entry)?;
        if end.is_day != start.is_day {
            return Err("DTSTART and DTEND are not both days or both times".to_owned());
        }
        end_ms = end.ms;
    } else if let Some(entry) = component.property(&ICalendarProperty::Duration) {
        let Some(ICalendarValue::Duration(length)) = entry.values.first() else {
            return Err("DURATION is no duration".to_owned());
        };
        end_ms = start.ms.saturating_add(length.as_seconds().saturating_mul(1000));
    }
    if end_ms < start.ms {
        return Err("it ends before it starts".to_owned());
    }
    if start.is_day {
        let last = zone::clock(&start.zone.zone, end_ms).date().max(start.clock.date());
        let end = if last == start.clock.date() { last.checked_add(1.day()) } else { Ok(last) };
        let end = end.ok().and_then(|end| zone::instant(&start.zone.zone, end.at(0, 0, 0, 0)));
        end_ms = end.ok_or_else(|| "DTEND is no date or time".to_owned())?;
    }
    Ok((start, end_ms))
}

fn repeats(
    component: &ICalendarComponent,
    zones: &Zones,
    start: &When,
    content: &Content,
) -> Result<Option<Recurrence>, String> {
    for (name, property) in
        [("RDATE", &ICalendarProperty::Rdate), ("EXRULE", &ICalendarProperty::Exrule)]
    {
        if component.has_property(property) {
            return Err(format!("{name} is something that a calendar of Exchange cannot express"));
        }
    }
    let mut rules = component.properties(&ICalendarProperty::Rrule);
    let Some(entry) = rules.next() else { return Ok(None) };
    if rules.next().is_some() {
        return Err("there are several RRULEs, a calendar of Exchange has one".to_owned());
    }
    let Some(ICalendarValue::RecurrenceRule(rule)) = entry.values.first() else {
        return Err("RRULE is no recurrence rule".to_owned());
    };
    let until = rule.until.as_ref().map(|until| {
        // Without a zone it is in that of the start.
        let mut dated = ICalendarEntry::new(ICalendarProperty::Dtstart);
        dated.values = vec![ICalendarValue::PartialDateTime(Box::new(until.clone()))];
        let mut until = zones.read(&dated).map_err(|_| "UNTIL is no date or time".to_owned())?;
        let is_floating = rule.until.as_ref().is_some_and(|until| until.tz_hour.is_none());
        if is_floating && !until.is_day {
            until.ms = zone::instant(&start.zone.zone, until.clock).unwrap_or(until.ms);
        }
        Ok::<_, String>(until)
    });
    let series = |recurrence: Recurrence| Series {
        recurrence,
        start_ms: content.start_ms,
        end_ms: content.end_ms,
        all_day: content.all_day,
        day_zone: content.start_zone.clone(),
    };
    rule::recurrence(rule, start, until.transpose()?.as_ref(), series).map(Some)
}

/// The days of the series on which it does not take place (`EXDATE`).
fn called_off(
    component: &ICalendarComponent,
    zones: &Zones,
    recurrence: &Recurrence,
    start: &When,
) -> Result<Vec<Date>, String> {
    let mut named = BTreeSet::new();
    for entry in component.properties(&ICalendarProperty::Exdate) {
        for when in zones.read_all(entry)? {
            named.insert(when.day_in(&start.zone.zone, start.is_day));
        }
    }
    let Some(last) = named.last().copied() else { return Ok(Vec::new()) };
    let days: BTreeSet<Date> =
        expand::days(recurrence, recurrence.start, last).into_iter().collect();
    Ok(named.intersection(&days).copied().collect())
}

/// A task, or why it cannot be kept.
pub(crate) fn task(component: &ICalendarComponent, zones: &Zones) -> Result<NewTask, String> {
    if component.is_recurrent_or_override() {
        return Err("a task that recurs comes through To Do".to_owned());
    }
    let time = |property: &ICalendarProperty| {
        component.property(property).map(|entry| zones.read(entry)).transpose()
    };
    let (start, due) = (time(&ICalendarProperty::Dtstart)?, time(&ICalendarProperty::Due)?);
    let completed = time(&ICalendarProperty::Completed)?;
    let status = if completed.is_some() || is_status(component, "COMPLETED") {
        TaskStatus::Completed
    } else if is_status(component, "IN-PROCESS") {
        TaskStatus::InProgress
    } else if is_status(component, "CANCELLED") {
        TaskStatus::Deferred
    } else {
        TaskStatus::NotStarted
    };
    let body = body(component);
    Ok(NewTask {
        title: text(component, &ICalendarProperty::Summary).unwrap_or_default(),
        body: (!body.content.is_empty()).then_some(body),
        status,
        importance: importance(component),
        start_ms: start.map(|when| when.ms),
        due_ms: due.map(|when| when.ms),
        completed_ms: completed.map(|when| when.ms),
        categories: names(component),
        ..NewTask::default()
    })
}

fn text(component: &ICalendarComponent, property: &ICalendarProperty) -> Option<String> {
    component.property(property)?.values.first()?.as_text().map(str::to_owned)
}

/// A property that is not in the standard.
fn other<'a>(component: &'a ICalendarComponent, name: &str) -> Option<&'a str> {
    component
        .entries
        .iter()
        .find(|entry| entry.name.as_str().eq_ignore_ascii_case(name))?
        .values
        .first()?
        .as_text()
}

fn is_status(component: &ICalendarComponent, word: &str) -> bool {
    text(component, &ICalendarProperty::Status)
        .is_some_and(|status| status.eq_ignore_ascii_case(word))
}

fn body(component: &ICalendarComponent) -> Body {
    match other(component, "X-ALT-DESC").filter(|text| text.contains('<')) {
        Some(html) => Body { content_type: BodyType::Html, content: html.to_owned() },
        None => Body {
            content_type: BodyType::Text,
            content: text(component, &ICalendarProperty::Description).unwrap_or_default(),
        },
    }
}

fn names(component: &ICalendarComponent) -> Vec<String> {
    component
        .properties(&ICalendarProperty::Categories)
        .flat_map(|entry| entry.values.iter())
        .filter_map(|value| value.as_text())
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .collect()
}

fn importance(component: &ICalendarComponent) -> Importance {
    let number = component
        .property(&ICalendarProperty::Priority)
        .and_then(|entry| entry.values.first())
        .and_then(ICalendarValue::as_integer);
    match number {
        Some(1..=4) => Importance::High,
        Some(6..=9) => Importance::Low,
        _ => Importance::Normal,
    }
}

fn sensitivity(component: &ICalendarComponent) -> &'static str {
    let class = text(component, &ICalendarProperty::Class).unwrap_or_default();
    match class.to_ascii_uppercase().as_str() {
        "PRIVATE" => "private",
        "CONFIDENTIAL" => "confidential",
        _ => "normal",
    }
}

fn show_as(component: &ICalendarComponent) -> &'static str {
    let word = other(component, "X-MICROSOFT-CDO-BUSYSTATUS").unwrap_or_default();
    match word.to_ascii_uppercase().as_str() {
        "FREE" => "free",
        "TENTATIVE" => "tentative",
        "OOF" => "oof",
        "WORKINGELSEWHERE" => "workingElsewhere",
        "BUSY" => "busy",
        _ if text(component, &ICalendarProperty::Transp)
            .is_some_and(|word| word.eq_ignore_ascii_case("TRANSPARENT")) =>
        {
            "free"
        }
        _ if is_status(component, "TENTATIVE") => "tentative",
        _ => "busy",
    }
}

fn online(component: &ICalendarComponent) -> Option<Online> {
    let url = other(component, "X-MICROSOFT-SKYPETEAMSMEETINGURL")?.trim();
    let is_url = url.starts_with("https://");
    is_url.then(|| Online { provider: "teamsForBusiness".to_owned(), join_url: url.to_owned() })
}

/// Organizer and attendees, and what the owner of the mailbox is to the meeting.
fn people(
    component: &ICalendarComponent,
    owner: &User,
    content: &mut Content,
) -> Result<(), String> {
    let organizer = component.property(&ICalendarProperty::Organizer).and_then(person);
    content.is_organizer =
        organizer.as_ref().is_none_or(|one| fold(&one.address) == fold(&owner.mail));
    let own = if content.is_organizer { "organizer" } else { "notResponded" };
    own.clone_into(&mut content.response);
    for entry in component.properties(&ICalendarProperty::Attendee) {
        let Some(address) = person(entry) else { continue };
        let folded = fold(&address.address);
        let is_own = folded == fold(&owner.mail);
        let word = |name: &ICalendarParameterName| {
            let value = entry.parameter(name).and_then(|value| value.as_text());
            value.unwrap_or_default().to_ascii_uppercase()
        };
        let response = match word(&ICalendarParameterName::Partstat).as_str() {
            "ACCEPTED" => "accepted",
            "DECLINED" => "declined",
            "TENTATIVE" => "tentativelyAccepted",
            _ => "none",
        };
        if is_own && !content.is_organizer && response != "none" {
            response.clone_into(&mut content.response);
        }
        let is_organizer = organizer.as_ref().is_some_and(|one| fold(&one.address) == folded)
            || (is_own && content.is_organizer);
        let is_known = content.attendees.iter().any(|one| fold(&one.address.address) == folded);
        if is_organizer || is_known {
            continue;
        }
        let kind = match (
            word(&ICalendarParameterName::Cutype).as_str(),
            word(&ICalendarParameterName::Role).as_str(),
        ) {
            ("ROOM" | "RESOURCE", _) => "resource",
            (_, "OPT-PARTICIPANT" | "NON-PARTICIPANT") => "optional",
            _ => "required",
        };
        content.attendees.push(Attendee {
            address,
            kind: kind.to_owned(),
            response: response.to_owned(),
            answered_ms: None,
        });
        if content.attendees.len() > ATTENDEES_MAX {
            return Err(format!("there are more than {ATTENDEES_MAX} attendees"));
        }
    }
    content.organizer = organizer.or_else(|| Some(delivery::address_of(owner)));
    Ok(())
}

/// A person by address; without one there is nobody to invite.
fn person(entry: &ICalendarEntry) -> Option<Address> {
    let address = entry.calendar_address()?.trim().to_owned();
    if !address.contains('@') || address.chars().any(char::is_whitespace) {
        return None;
    }
    let name = entry.parameter(&ICalendarParameterName::Cn).and_then(|value| value.as_text());
    let name = name.map_or_else(|| address.clone(), str::to_owned);
    Some(Address { name, address })
}

/// The first reminder that is relative to the start.
fn remind(calendar: &ICalendar, component: &ICalendarComponent, content: &mut Content) {
    content.reminder_minutes = 15;
    for id in &component.component_ids {
        let Some(alarm) = calendar.component_by_id(*id) else { continue };
        let trigger = alarm.property(&ICalendarProperty::Trigger);
        let value = trigger.and_then(|entry| entry.values.first());
        if alarm.component_type == ICalendarComponentType::VAlarm
            && let Some(ICalendarValue::Duration(before)) = value
        {
            content.reminder = true;
            content.reminder_minutes = before.as_seconds().saturating_neg().div_euclid(60);
            return;
        }
    }
}
