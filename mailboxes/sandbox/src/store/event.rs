//! An event as it stands in a calendar.

use super::message::{Address, Body, BodyType};
use crate::{
    calendar::{recurrence, series::Series},
    error::Refusal,
    quirks::Quirks,
};
use earmark_model::Recurrence;
use earmark_sqlite::rusqlite::{OptionalExtension, Row, Transaction, params};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What an event is in its series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// None.
    Single,
    /// The series itself.
    Master,
    /// One time of a series, as the series says; it has no row.
    Occurrence,
    /// One time of a series that differs from it.
    Exception,
}

impl Kind {
    /// The word on the wire and in storage.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Single => "singleInstance",
            Self::Master => "seriesMaster",
            Self::Occurrence => "occurrence",
            Self::Exception => "exception",
        }
    }

    fn parse(word: &str) -> Self {
        match word {
            "seriesMaster" => Self::Master,
            "exception" => Self::Exception,
            "occurrence" => Self::Occurrence,
            _ => Self::Single,
        }
    }
}

/// Somebody who is invited.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Attendee {
    /// Who.
    #[serde(flatten)]
    pub address: Address,
    /// `required`, `optional` or `resource`.
    pub kind: String,
    /// `none`, `accepted`, `tentativelyAccepted`, `declined` and so on.
    pub response: String,
    /// When the answer came. Units: milliseconds since the epoch.
    pub answered_ms: Option<i64>,
}

/// An online meeting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Online {
    /// `teamsForBusiness` and so on.
    pub provider: String,
    /// Where it is joined.
    pub join_url: String,
}

/// What an event says. Times are whole seconds in milliseconds since the epoch.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Content {
    /// The subject.
    pub subject: String,
    /// `text` or `html`.
    pub body_type: String,
    /// The body.
    pub body: String,
    /// The first characters of the body as text.
    pub preview: String,
    /// When it starts; of a series, its first occurrence.
    pub start_ms: i64,
    /// When it ends.
    pub end_ms: i64,
    /// The zone in which the start was written.
    pub start_zone: String,
    /// The zone in which the end was written.
    pub end_zone: String,
    /// It lasts whole days.
    pub all_day: bool,
    /// Where, as on the wire; the first is the one that `location` shows.
    pub locations: Vec<Value>,
    /// Who organizes it.
    pub organizer: Option<Address>,
    /// The owner of the mailbox organizes it.
    pub is_organizer: bool,
    /// Who is invited, the organizer not.
    pub attendees: Vec<Attendee>,
    /// `low`, `normal`, `high`.
    pub importance: String,
    /// `normal`, `personal`, `private`, `confidential`.
    pub sensitivity: String,
    /// `free`, `tentative`, `busy`, `oof`, `workingElsewhere`, `unknown`.
    pub show_as: String,
    /// Units: minutes.
    pub reminder_minutes: i64,
    /// A reminder is given.
    pub reminder: bool,
    /// What the owner answered: `organizer`, `none`, `notResponded`, `accepted` and so on.
    pub response: String,
    /// When the owner answered.
    pub answered_ms: Option<i64>,
    /// The organizer wants answers.
    pub response_requested: bool,
    /// Attendees may propose another time.
    pub new_times: bool,
    /// Attendees see only themselves.
    pub hide_attendees: bool,
    /// The organizer called it off.
    pub cancelled: bool,
    /// It was not sent yet.
    pub draft: bool,
    /// The online meeting.
    pub online: Option<Online>,
}

impl Content {
    /// The body.
    pub fn text(&self) -> Body {
        Body {
            content_type: BodyType::parse(&self.body_type).unwrap_or_default(),
            content: self.body.clone(),
        }
    }
}

/// An event of a calendar.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The row; of an occurrence that of its series.
    pub row: i64,
    /// The calendar's row.
    pub calendar: i64,
    /// What it is in its series.
    pub kind: Kind,
    /// The row of its series, of an occurrence and an exception.
    pub master: Option<i64>,
    /// The day that it has in its series, wherever it was moved.
    pub day: Option<Date>,
    /// When it starts by its series. Units: milliseconds since the epoch.
    pub original_ms: Option<i64>,
    /// The change that the change key stands for.
    pub version: i64,
    /// The last change of any kind.
    pub changed: i64,
    /// Units: milliseconds since the epoch, whole seconds.
    pub created_ms: i64,
    /// Units: milliseconds since the epoch, whole seconds.
    pub modified_ms: i64,
    /// The id that all copies of the meeting share; of an occurrence that of its series.
    pub uid: String,
    /// The client's own id of the request that made it.
    pub transaction_id: Option<String>,
    /// How it repeats, of a master.
    pub recurrence: Option<Recurrence>,
    /// The days that were called off, of a master.
    pub cancelled: Vec<Date>,
    /// The names of its categories in their order.
    pub categories: Vec<String>,
    /// Its categories were written on it itself.
    pub own_categories: bool,
    /// What it says.
    pub content: Content,
}

impl Event {
    /// When its occurrences are, of a master.
    pub fn series(&self) -> Option<Series> {
        let recurrence = self.recurrence.clone()?;
        Some(Series {
            recurrence,
            start_ms: self.content.start_ms,
            end_ms: self.content.end_ms,
            all_day: self.content.all_day,
            day_zone: self.content.start_zone.clone(),
        })
    }

    /// The row and day that its id is made from.
    pub fn key(&self) -> (i64, Option<Date>) {
        (self.master.unwrap_or(self.row), self.day)
    }
}

pub(crate) const COLUMNS: &str = "e.id, e.calendar, e.kind, e.master, e.day, e.original_ms, \
   e.version, e.changed, e.created_ms, e.modified_ms, e.uid, e.transaction_id, e.recurrence, \
   e.cancelled, e.categories, e.own_categories, e.content";

/// An event that has a row.
///
/// Errors: 404 when it is not there.
pub fn get(tx: &Transaction<'_>, user: i64, row: i64) -> Result<Event, Refusal> {
    let sql = format!("SELECT {COLUMNS} FROM event e WHERE e.user = ?1 AND e.id = ?2");
    tx.prepare_cached(&sql)?
        .query_row([user, row], read)
        .optional()?
        .ok_or_else(Refusal::item_not_found)
}

/// The single event or series of a meeting in a mailbox.
pub fn by_uid(tx: &Transaction<'_>, user: i64, uid: &str) -> Result<Option<Event>, Refusal> {
    let sql = format!(
        "SELECT {COLUMNS} FROM event e WHERE e.user = ?1 AND e.uid = ?2 AND e.master IS NULL
         ORDER BY e.id LIMIT 1"
    );
    Ok(tx.prepare_cached(&sql)?.query_row(params![user, uid], read).optional()?)
}

/// The event that an earlier request with the same id made.
pub fn by_transaction(tx: &Transaction<'_>, user: i64, id: &str) -> Result<Option<Event>, Refusal> {
    let sql = format!("SELECT {COLUMNS} FROM event e WHERE e.user = ?1 AND e.transaction_id = ?2");
    Ok(tx.prepare_cached(&sql)?.query_row(params![user, id], read).optional()?)
}

/// The exceptions of a series in the order of their days.
pub fn exceptions(
    tx: &Transaction<'_>,
    quirks: &Quirks,
    master: &Event,
) -> Result<Vec<Event>, Refusal> {
    let sql = format!("SELECT {COLUMNS} FROM event e WHERE e.master = ?1 ORDER BY e.day");
    let mut all: Vec<Event> =
        tx.prepare_cached(&sql)?.query_map([master.row], read)?.collect::<Result<_, _>>()?;
    for one in &mut all {
        inherit(quirks, master, one);
    }
    Ok(all)
}

/// With the quirk, an exception whose categories were never written shows those of its series.
pub(crate) fn inherit(quirks: &Quirks, master: &Event, exception: &mut Event) {
    if quirks.exceptions_inherit_categories && !exception.own_categories {
        exception.categories.clone_from(&master.categories);
    }
}

pub(crate) fn read(row: &Row<'_>) -> earmark_sqlite::rusqlite::Result<Event> {
    let text = |index: usize| row.get::<_, String>(index);
    let kind = Kind::parse(&text(2)?);
    let recurrence = row.get::<_, Option<String>>(12)?;
    let recurrence: Option<Value> = recurrence.and_then(|text| serde_json::from_str(&text).ok());
    let days: Vec<String> = serde_json::from_str(&text(13)?).unwrap_or_default();
    let day = row.get::<_, Option<String>>(4)?;
    Ok(Event {
        row: row.get(0)?,
        calendar: row.get(1)?,
        kind,
        master: row.get(3)?,
        day: day.and_then(|day| day.parse().ok()),
        original_ms: row.get(5)?,
        version: row.get(6)?,
        changed: row.get(7)?,
        created_ms: row.get(8)?,
        modified_ms: row.get(9)?,
        uid: row.get(10)?,
        transaction_id: row.get(11)?,
        recurrence: recurrence.and_then(|value| recurrence::parse(&value, "UTC").ok()),
        cancelled: days.iter().filter_map(|day| day.parse().ok()).collect(),
        categories: serde_json::from_str(&text(14)?).unwrap_or_default(),
        own_categories: row.get(15)?,
        content: serde_json::from_str(&text(16)?).unwrap_or_default(),
    })
}
