//! `GET /users/{id}/events/{id}`. Answers an [`super::Event`].

use super::SUMMARY;
use crate::wire::call::Call;

/// The properties of the content beside those of the summary. Only a read of a master by id
/// answers its cancelled occurrences.
const CONTENT: &str = "subject,body,start,end,location,locations,showAs,sensitivity,importance,\
    organizer,attendees,onlineMeeting,onlineMeetingUrl,recurrence,cancelledOccurrences";

/// What a list would show.
pub(crate) fn summary(address: &str, id: &str) -> Call {
    Call::get(format!("{}?$select={SUMMARY}", super::path_of(address, id)))
}

/// Everything that is read of an event.
pub(crate) fn content(address: &str, id: &str) -> Call {
    Call::get(format!("{}?$select={SUMMARY},{CONTENT}", super::path_of(address, id)))
}

/// Whom an event invites.
pub(crate) fn attendees(address: &str, id: &str) -> Call {
    Call::get(format!("{}?$select=id,attendees", super::path_of(address, id)))
}

/// A master with summaries of its exceptions.
pub(crate) fn exceptions(address: &str, id: &str) -> Call {
    let path = super::path_of(address, id);
    Call::get(format!("{path}?$select={SUMMARY}&$expand=exceptionOccurrences"))
}
