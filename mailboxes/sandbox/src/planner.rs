//! What a person does to events that are there, and what all of a calendar is, for tests and sample
//! data.

use crate::{
    appointment::{self, Wanted},
    diary::{CAUSE, EventSummary, find, location, summary},
    error::Refusal,
    meeting::{self, Answer},
    sandbox::Sandbox,
    store::{
        event::{self, Kind},
        event_list, user,
    },
};
use earmark_model::Recurrence;

/// What somebody changes of an event; `None` leaves it as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventChanges {
    /// The subject.
    pub subject: Option<String>,
    /// Where.
    pub location: Option<String>,
    /// When it starts and ends. Units: milliseconds since the epoch.
    pub times: Option<(i64, i64)>,
    /// How it repeats. A series whose times are others than before has no exceptions any more.
    pub recurrence: Option<Recurrence>,
}

impl Sandbox {
    /// Everything of a mailbox's calendars that has a row: single events and series, each followed
    /// by its exceptions.
    pub async fn event_rows(&self, mail: &str) -> Result<Vec<EventSummary>, Refusal> {
        let (mail, quirks) = (mail.to_owned(), self.quirks());
        self.database()
            .read(move |tx| {
                let owner = user::get(tx, &mail)?;
                let mut rows = Vec::new();
                for one in event_list::items(tx, owner.row, None, None)? {
                    rows.push(summary(&owner, &one));
                    if one.kind == Kind::Master {
                        let exceptions = event::exceptions(tx, &quirks, &one)?;
                        rows.extend(exceptions.iter().map(|it| summary(&owner, it)));
                    }
                }
                Ok(rows)
            })
            .await
    }

    /// Changes what an event says, or one time of a series; attendees are told what concerns them.
    ///
    /// Errors: 400 when the times cannot be, or one time of a series is to repeat; 404 when it is not
    /// there.
    pub async fn change_event(
        &self,
        mail: &str,
        id: &str,
        changes: EventChanges,
    ) -> Result<(), Refusal> {
        let id = id.to_owned();
        self.acting(CAUSE, mail, move |tx, occasion, owner| {
            let event = find(tx, occasion, owner, &id)?;
            let mut content = event.content.clone();
            if let Some(subject) = changes.subject {
                content.subject = subject;
            }
            if let Some(name) = changes.location {
                content.locations = vec![location(&name)];
            }
            if let Some(times) = changes.times {
                (content.start_ms, content.end_ms) = times;
            }
            let recurrence = changes.recurrence.map(Some);
            let wanted = Wanted { content, recurrence, categories: None };
            appointment::update(tx, occasion, owner, &event, wanted).map(|_| ())
        })
        .await
    }

    /// Answers an invitation with `accept`, `tentativelyAccept` or `decline`; the organizer is told.
    ///
    /// Errors: 400 for another word, and for who organizes it.
    pub async fn answer_event(&self, mail: &str, id: &str, word: &str) -> Result<(), Refusal> {
        let answer = Answer::parse(&word.to_ascii_lowercase());
        let id = id.to_owned();
        self.acting(CAUSE, mail, move |tx, occasion, owner| {
            let answer = answer.ok_or_else(|| Refusal::bad_request("there is no such answer"))?;
            let event = find(tx, occasion, owner, &id)?;
            meeting::respond(tx, occasion, owner, &event, answer, None, true)
        })
        .await
    }
}
