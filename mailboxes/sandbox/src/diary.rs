//! What a person does in a calendar program, for tests and sample data.

use crate::{
    appointment::{self, NewEvent, Wanted},
    calendar::zone,
    delivery::{self, Occasion},
    error::Refusal,
    graph, ical,
    sandbox::Sandbox,
    store::{
        calendar,
        change::Setting,
        event::{Attendee, Event},
        event_list,
        handle::{IdKind, event_id, parse_event_id},
        message::{Address, Body},
        occurrence,
        user::{self, User},
    },
};
use earmark_model::Recurrence;
use earmark_sqlite::rusqlite::Transaction;

/// What requests are named after that no client made.
pub(crate) const CAUSE: &str = "calendar program";

/// An event that a person makes.
///
/// `Default` is one without a name at the beginning of 1970, busy, in UTC.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NewAppointment {
    /// The subject.
    pub subject: String,
    /// The body.
    pub body: Body,
    /// Where; may be empty.
    pub location: String,
    /// When it starts; of a series, its first occurrence. Units: milliseconds since the epoch.
    pub start_ms: i64,
    /// When it ends. Units: milliseconds since the epoch.
    pub end_ms: i64,
    /// The zone that it is made in, by its Windows or IANA name; empty stands for UTC.
    pub time_zone: String,
    /// It lasts whole days: from midnight to midnight in its zone.
    pub is_all_day: bool,
    /// It is private.
    pub is_private: bool,
    /// Who has to come.
    pub required: Vec<Address>,
    /// Who may come.
    pub optional: Vec<Address>,
    /// The names of its categories.
    pub categories: Vec<String>,
    /// How it repeats.
    pub recurrence: Option<Recurrence>,
}

/// An event in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventSummary {
    /// The immutable id.
    pub id: String,
    /// The id that all copies of the meeting share; of a time of a series that of the series.
    pub ical_uid: String,
    /// `singleInstance`, `seriesMaster`, `occurrence` or `exception`.
    pub kind: &'static str,
    /// The subject.
    pub subject: String,
    /// Units: milliseconds since the epoch.
    pub start_ms: i64,
    /// Units: milliseconds since the epoch.
    pub end_ms: i64,
    /// The categories in their order.
    pub categories: Vec<String>,
    /// The owner of the mailbox organizes it.
    pub is_organizer: bool,
    /// It was called off.
    pub is_cancelled: bool,
    /// Where; may be empty.
    pub location: String,
    /// It lasts whole days.
    pub is_all_day: bool,
    /// It is private.
    pub is_private: bool,
    /// `free`, `tentative`, `busy` and so on.
    pub show_as: String,
    /// The immutable id of its series, of an occurrence and an exception.
    pub series: Option<String>,
    /// When it starts by its series, wherever it was moved. Units: milliseconds since the epoch.
    pub original_ms: Option<i64>,
    /// How it repeats, of a series.
    pub recurrence: Option<Recurrence>,
}

/// Why a calendar file was not imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The mailbox or its store refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Something in the file cannot be kept: one line for each component.
    #[error("{} of {count} events and tasks refused, nothing was imported", lines.len())]
    Lines {
        /// One line for each component that was refused.
        lines: Vec<String>,
        /// How many there are in all.
        count: usize,
    },
}

impl From<earmark_sqlite::Error> for ImportError {
    fn from(error: earmark_sqlite::Error) -> Self {
        Self::Refused(error.into())
    }
}

impl Sandbox {
    /// Puts an event into the default calendar and invites its attendees; the answer is its
    /// immutable id.
    ///
    /// Errors: 400 when the zone is not known or the times cannot be.
    pub async fn create_event(&self, mail: &str, new: NewAppointment) -> Result<String, Refusal> {
        self.acting(CAUSE, mail, move |tx, occasion, owner| {
            let calendar = calendar::default(tx, owner.row)?.row;
            let made = appointment::create(tx, occasion, owner, calendar, of(tx, owner, new)?)?;
            Ok(event_id(IdKind::Immutable, owner.guid, made.row, None))
        })
        .await
    }

    /// Replaces the categories of an event, of a series or of one of its times.
    pub async fn set_event_categories(
        &self,
        mail: &str,
        id: &str,
        names: Vec<String>,
    ) -> Result<(), Refusal> {
        let id = id.to_owned();
        self.acting(CAUSE, mail, move |tx, occasion, owner| {
            let event = find(tx, occasion, owner, &id)?;
            let wanted = Wanted {
                content: event.content.clone(),
                recurrence: None,
                categories: Some(names),
            };
            appointment::update(tx, occasion, owner, &event, wanted).map(|_| ())
        })
        .await
    }

    /// Moves an event, or one time of a series; attendees are told.
    pub async fn move_event(
        &self,
        mail: &str,
        id: &str,
        start_ms: i64,
        end_ms: i64,
    ) -> Result<(), Refusal> {
        let id = id.to_owned();
        self.acting(CAUSE, mail, move |tx, occasion, owner| {
            let event = find(tx, occasion, owner, &id)?;
            let mut content = event.content.clone();
            (content.start_ms, content.end_ms) = (start_ms, end_ms);
            let wanted = Wanted { content, recurrence: None, categories: None };
            appointment::update(tx, occasion, owner, &event, wanted).map(|_| ())
        })
        .await
    }

    /// Deletes an event, or takes one time out of a series; attendees are told.
    pub async fn delete_event(&self, mail: &str, id: &str) -> Result<(), Refusal> {
        let id = id.to_owned();
        self.acting(CAUSE, mail, move |tx, occasion, owner| {
            let event = find(tx, occasion, owner, &id)?;
            appointment::remove(tx, occasion, owner, &event, None)
        })
        .await
    }

    /// Single events and series of a mailbox in the order of their making.
    pub async fn events(&self, mail: &str) -> Result<Vec<EventSummary>, Refusal> {
        let mail = mail.to_owned();
        self.database()
            .read(move |tx| {
                let owner = user::get(tx, &mail)?;
                let all = event_list::items(tx, owner.row, None, None)?;
                Ok(all.iter().map(|event| summary(&owner, event)).collect())
            })
            .await
    }

    /// What the default calendar shows between two instants, in the order of the start. Units:
    /// milliseconds since the epoch.
    pub async fn calendar_view(
        &self,
        mail: &str,
        from_ms: i64,
        to_ms: i64,
    ) -> Result<Vec<EventSummary>, Refusal> {
        let (mail, quirks) = (mail.to_owned(), self.quirks());
        self.database()
            .read(move |tx| {
                let owner = user::get(tx, &mail)?;
                let calendar = calendar::default(tx, owner.row)?.row;
                let all = event_list::view(tx, &quirks, calendar, from_ms, to_ms)?;
                Ok(all.iter().map(|event| summary(&owner, event)).collect())
            })
            .await
    }

    /// Puts the events and tasks of an iCalendar file into a mailbox, all or none; nobody is
    /// told. The answer is their immutable ids.
    pub async fn import_calendar(
        &self,
        mail: &str,
        raw: bytes::Bytes,
    ) -> Result<Vec<String>, ImportError> {
        let (mail, now_ms, seed) = (mail.to_owned(), self.now_ms(), self.seed());
        let quirks = self.quirks();
        self.database()
            .write(move |tx| {
                let owner = user::get(tx, &mail)?;
                let file = ical::read(&raw, &owner);
                let count = file.count();
                let at = Setting { user: owner.row, now_ms, quirks: &quirks };
                match ical::import(tx, at, seed, &owner, file)? {
                    Ok(ids) => Ok(ids),
                    Err(lines) => Err(ImportError::Lines { lines, count }),
                }
            })
            .await
    }
}

pub(crate) fn find(
    tx: &Transaction<'_>,
    occasion: &Occasion<'_>,
    owner: &User,
    id: &str,
) -> Result<Event, Refusal> {
    occurrence::find(tx, occasion.quirks, owner.row, parse_event_id(owner.guid, id)?)
}

fn of(tx: &Transaction<'_>, owner: &User, new: NewAppointment) -> Result<NewEvent, Refusal> {
    let zone = if new.time_zone.is_empty() { "UTC".to_owned() } else { new.time_zone };
    zone::get(&zone)?;
    let mut content = graph::first_event(owner);
    graph::set_body(&mut content, new.body);
    content.subject = new.subject;
    (content.start_ms, content.end_ms) = (new.start_ms, new.end_ms);
    (content.start_zone, content.end_zone) = (zone.clone(), zone);
    content.all_day = new.is_all_day;
    if new.is_private {
        "private".clone_into(&mut content.sensitivity);
    }
    if !new.location.is_empty() {
        content.locations = vec![location(&new.location)];
    }
    for (kind, list) in [("required", new.required), ("optional", new.optional)] {
        for address in list {
            content.attendees.push(Attendee {
                address: delivery::resolved(tx, &address)?,
                kind: kind.to_owned(),
                response: "none".to_owned(),
                answered_ms: None,
            });
        }
    }
    Ok(NewEvent {
        content,
        recurrence: new.recurrence,
        categories: new.categories,
        ..NewEvent::default()
    })
}

pub(crate) fn summary(owner: &User, event: &Event) -> EventSummary {
    let (row, day) = event.key();
    EventSummary {
        id: event_id(IdKind::Immutable, owner.guid, row, day),
        ical_uid: event.uid.clone(),
        kind: event.kind.as_str(),
        subject: event.content.subject.clone(),
        start_ms: event.content.start_ms,
        end_ms: event.content.end_ms,
        categories: event.categories.clone(),
        is_organizer: event.content.is_organizer,
        is_cancelled: event.content.cancelled,
        location: place(event.content.locations.first()),
        is_all_day: event.content.all_day,
        is_private: event.content.sensitivity == "private",
        show_as: event.content.show_as.clone(),
        series: event.master.map(|master| event_id(IdKind::Immutable, owner.guid, master, None)),
        original_ms: event.original_ms,
        recurrence: event.recurrence.clone(),
    }
}

/// A place as it is on the wire.
pub(crate) fn location(name: &str) -> serde_json::Value {
    serde_json::json!({
        "displayName": name, "locationType": "default",
        "uniqueId": name, "uniqueIdType": "private",
    })
}

fn place(location: Option<&serde_json::Value>) -> String {
    let name = location.and_then(|location| location["displayName"].as_str());
    name.unwrap_or_default().to_owned()
}
