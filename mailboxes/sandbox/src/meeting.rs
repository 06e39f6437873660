//! Meetings between mailboxes: invitations, updates, cancellations and answers, as messages and
//! as what they do to the calendars of those who have a mailbox here.
//!
//! Invariant: only what concerns attendees is told; categories never are.

use crate::{
    appointment,
    delivery::{self, Occasion},
    error::Refusal,
    preview,
    store::{
        calendar,
        event::{self, Attendee, Content, Event, Kind},
        event_write::{self, Change},
        fold,
        message::{Address, BodyType, Importance, NewMessage},
        occurrence,
        user::{self, User},
    },
};
use earmark_sqlite::rusqlite::Transaction;

/// What stands before the subject of a meeting that was called off.
const CANCELED: &str = "Canceled: ";

/// What an attendee answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    Accepted,
    Tentative,
    Declined,
}

impl Answer {
    /// From the segment, in lower case.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        match word {
            "accept" => Some(Self::Accepted),
            "tentativelyaccept" => Some(Self::Tentative),
            "decline" => Some(Self::Declined),
            _ => None,
        }
    }

    /// (response on the wire, message class, what stands before the subject)
    const fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Accepted => ("accepted", "IPM.Schedule.Meeting.Resp.Pos", "Accepted: "),
            Self::Tentative => {
                ("tentativelyAccepted", "IPM.Schedule.Meeting.Resp.Tent", "Tentatively Accepted: ")
            }
            Self::Declined => ("declined", "IPM.Schedule.Meeting.Resp.Neg", "Declined: "),
        }
    }
}

/// Whether changes of an event are told to anybody: the owner organizes it and invited somebody.
pub(crate) fn is_sent(event: &Event) -> bool {
    event.content.is_organizer && !event.content.draft && !event.content.attendees.is_empty()
}

/// Sends an invitation or an update to some attendees and puts the meeting into the calendars of
/// those who have a mailbox here.
pub(crate) fn invite(
    tx: &Transaction<'_>,
    occasion: &Occasion<'_>,
    sender: &User,
    event: &Event,
    to: &[Attendee],
    comment: Option<&str>,
) -> Result<(), Refusal> {
    let subject = event.content.subject.clone();
    send(tx, occasion, sender, event, to, "IPM.Schedule.Meeting.Request", subject, comment)?;
    for attendee in local(tx, to)? {
        put_copy(tx, occasion, &attendee, event)?;
    }
    Ok(())
}

/// Sends a cancellation to some attendees and marks the meeting in their calendars.
pub(crate) fn call_off(
    tx: &Transaction<'_>,
    occasion: &Occasion<'_>,
    organizer: &User,
    event: &Event,
    to: &[Attendee],
    comment: Option<&str>,
) -> Result<(), Refusal> {
    let subject = prefixed(CANCELED, &event.content.subject);
    send(tx, occasion, organizer, event, to, "IPM.Schedule.Meeting.Canceled", subject, comment)?;
    for attendee in local(tx, to)? {
        let Some(copy) = copy_of(tx, occasion, &attendee, event)? else { continue };
        let at = appointment::at(occasion, &attendee);
        let mut copy = own_row(tx, occasion, &attendee, copy)?;
        copy.content.subject = prefixed(CANCELED, &copy.content.subject);
        copy.content.cancelled = true;
        "free".clone_into(&mut copy.content.show_as);
        event_write::save(tx, at, copy, Change::Content)?;
    }
    Ok(())
}

/// Tells attendees of a change that concerns them: everybody, or where nothing but the list of
/// attendees changed those who came or went.
pub(crate) fn tell_change(
    tx: &Transaction<'_>,
    occasion: &Occasion<'_>,
    organizer: &User,
    before: &Event,
    after: &Event,
    retimed: bool,
) -> Result<(), Refusal> {
    let content = &after.content;
    if !content.is_organizer || content.draft {
        return Ok(());
    }
    let missing = |list: &[Attendee], others: &[Attendee]| -> Vec<Attendee> {
        let has = |one: &Attendee| {
            others.iter().any(|other| fold(&other.address.address) == fold(&one.address.address))
        };
        list.iter().filter(|one| !has(one)).cloned().collect()
    };
    let added = missing(&content.attendees, &before.content.attendees);
    let removed = missing(&before.content.attendees, &content.attendees);
    if !removed.is_empty() {
        call_off(tx, occasion, organizer, before, &removed, None)?;
    }
    let concerns_all = retimed || relevant(&before.content) != relevant(content);
    let told = if concerns_all { &content.attendees } else { &added };
    if !told.is_empty() {
        invite(tx, occasion, organizer, after, told, None)?;
    }
    Ok(())
}

/// Carries out the answer of an attendee; with `send` the organizer is told.
///
/// Errors: 400 when the owner of the mailbox is not invited but organizes it.
pub(crate) fn respond(
    tx: &Transaction<'_>,
    occasion: &Occasion<'_>,
    user: &User,
    event: &Event,
    answer: Answer,
    comment: Option<&str>,
    send_response: bool,
) -> Result<(), Refusal> {
    if event.content.is_organizer {
        return Err(Refusal::new(
            400,
            "ErrorInvalidRequest",
            "Your request can't be completed. You can't respond to this meeting because you're the meeting organizer.",
        ));
    }
    let (response, class, prefix) = answer.words();
    if send_response && let Some(organizer) = event.content.organizer.clone() {
        let to = Attendee { address: organizer.clone(), ..Attendee::default() };
        let subject = prefixed(prefix, &event.content.subject);
        send(tx, occasion, user, event, &[to], class, subject, comment)?;
        if let Some(organizer) = user::find(tx, &organizer.address)?.filter(|one| one.enabled) {
            note_answer(tx, occasion, &organizer, user, event, response)?;
        }
    }
    let at = appointment::at(occasion, user);
    if answer == Answer::Declined {
        return appointment::discard(tx, at, event);
    }
    let mut copy = own_row(tx, occasion, user, event.clone())?;
    response.clone_into(&mut copy.content.response);
    copy.content.answered_ms = Some(occasion.now_ms);
    let shown = if answer == Answer::Accepted { "busy" } else { "tentative" };
    if copy.content.show_as != "free" {
        shown.clone_into(&mut copy.content.show_as);
    }
    event_write::save(tx, at, copy, Change::Content).map(|_| ())
}

/// Sends an invitation on; who organizes the meeting has more attendees by it.
pub(crate) fn forward(
    tx: &Transaction<'_>,
    occasion: &Occasion<'_>,
    user: &User,
    event: &Event,
    to: &[Attendee],
    comment: Option<&str>,
) -> Result<(), Refusal> {
    let mut event = event.clone();
    if event.content.is_organizer {
        event = own_row(tx, occasion, user, event)?;
        for one in to {
            let known = event
                .content
                .attendees
                .iter()
                .any(|other| fold(&other.address.address) == fold(&one.address.address));
            if !known {
                let address = delivery::resolved(tx, &one.address)?;
                event.content.attendees.push(Attendee { address, ..one.clone() });
            }
        }
        event = event_write::save(tx, appointment::at(occasion, user), event, Change::Content)?;
    }
    invite(tx, occasion, user, &event, to, comment)
}

/// What of an event concerns its attendees.
fn relevant(content: &Content) -> impl PartialEq + use<> {
    (
        (content.subject.clone(), content.body.clone(), content.locations.clone()),
        (content.all_day, content.start_ms, content.end_ms),
        (content.importance.clone(), content.online.clone()),
    )
}

/// Writes the answer of an attendee into the organizer's copy.
fn note_answer(
    tx: &Transaction<'_>,
    occasion: &Occasion<'_>,
    organizer: &User,
    attendee: &User,
    event: &Event,
    response: &str,
) -> Result<(), Refusal> {
    let Some(own) = copy_of(tx, occasion, organizer, event)? else { return Ok(()) };
    let mut own = own_row(tx, occasion, organizer, own)?;
    for one in &mut own.content.attendees {
        if fold(&one.address.address) == fold(&attendee.mail) {
            response.clone_into(&mut one.response);
            one.answered_ms = Some(occasion.now_ms);
        }
    }
    let at = appointment::at(occasion, organizer);
    event_write::save(tx, at, own, Change::Content).map(|_| ())
}

/// The same meeting, or the same time of it, in the mailbox of another.
fn copy_of(
    tx: &Transaction<'_>,
    occasion: &Occasion<'_>,
    owner: &User,
    event: &Event,
) -> Result<Option<Event>, Refusal> {
    let Some(day) = event.day else { return event::by_uid(tx, owner.row, &event.uid) };
    if let Some(series) = event::by_uid(tx, owner.row, &event.uid)? {
        return match occurrence::find(tx, occasion.quirks, owner.row, (series.row, Some(day))) {
            Ok(found) => Ok(Some(found)),
            Err(refusal) if refusal.status == 404 => Ok(None),
            Err(refusal) => Err(refusal),
        };
    }
    // Who was invited to one time alone has it as an event of its own.
    event::by_uid(tx, owner.row, &crate::calendar::uid::of_occurrence(&event.uid, day))
}

/// An event that has a row: an occurrence becomes an exception.
fn own_row(
    tx: &Transaction<'_>,
    occasion: &Occasion<'_>,
    owner: &User,
    event: Event,
) -> Result<Event, Refusal> {
    if event.kind != Kind::Occurrence {
        return Ok(event);
    }
    event_write::detach(tx, appointment::at(occasion, owner), &event)
}

/// Puts a meeting into the calendar of an attendee, or brings the copy there up to date.
fn put_copy(
    tx: &Transaction<'_>,
    occasion: &Occasion<'_>,
    attendee: &User,
    event: &Event,
) -> Result<(), Refusal> {
    let at = appointment::at(occasion, attendee);
    let Some(copy) = copy_of(tx, occasion, attendee, event)? else {
        let (kind, uid) = match event.day {
            None => (event.kind, event.uid.clone()),
            Some(day) if event::by_uid(tx, attendee.row, &event.uid)?.is_none() => {
                (Kind::Single, crate::calendar::uid::of_occurrence(&event.uid, day))
            }
            // The attendee took this time out of the series.
            Some(_) => return Ok(()),
        };
        let made = Event {
            calendar: calendar::default(tx, attendee.row)?.row,
            kind,
            uid,
            master: None,
            day: None,
            original_ms: None,
            transaction_id: None,
            categories: Vec::new(),
            own_categories: true,
            content: received(&event.content, attendee, None),
            ..event.clone()
        };
        event_write::insert(tx, at, &made)?;
        return Ok(());
    };
    let retimed = copy.series() != event.series() && copy.day.is_none();
    if retimed && copy.kind == Kind::Master {
        event_write::reset_series(tx, attendee.row, &copy)?;
    }
    let before = copy.clone();
    let mut copy = own_row(tx, occasion, attendee, copy)?;
    copy.content = received(&event.content, attendee, Some(&copy.content));
    if copy.day.is_none() && event.day.is_none() {
        (copy.kind, copy.recurrence) = (event.kind, event.recurrence.clone());
        if retimed {
            copy.cancelled.clear();
        }
    }
    let copy = event_write::save(tx, at, copy, Change::Content)?;
    if copy.kind == Kind::Master && !retimed {
        appointment::hand_down(tx, at, &before, &copy)?;
    }
    Ok(())
}

/// A meeting as an attendee has it. An answer holds as long as the time does.
fn received(content: &Content, attendee: &User, before: Option<&Content>) -> Content {
    let mut copy = content.clone();
    copy.is_organizer = false;
    copy.draft = false;
    let asked = ("notResponded".to_owned(), None, "tentative".to_owned());
    let (response, answered_ms, show_as) = match before {
        Some(before)
            if !before.cancelled
                && (before.start_ms, before.end_ms) == (content.start_ms, content.end_ms) =>
        {
            (before.response.clone(), before.answered_ms, before.show_as.clone())
        }
        _ => asked,
    };
    (copy.response, copy.answered_ms) = (response, answered_ms);
    if content.show_as != "free" {
        copy.show_as = show_as;
    }
    if let Some(before) = before {
        (copy.reminder, copy.reminder_minutes) = (before.reminder, before.reminder_minutes);
    }
    for one in &mut copy.attendees {
        "none".clone_into(&mut one.response);
        one.answered_ms = None;
    }
    if copy.hide_attendees {
        copy.attendees.retain(|one| fold(&one.address.address) == fold(&attendee.mail));
    }
    copy
}

/// The mailboxes here of some attendees, each once.
fn local(tx: &Transaction<'_>, attendees: &[Attendee]) -> Result<Vec<User>, Refusal> {
    let mut found: Vec<User> = Vec::new();
    for one in attendees {
        let user = user::find(tx, &one.address.address)?.filter(|user| user.enabled);
        if let Some(user) = user
            && found.iter().all(|known| known.row != user.row)
        {
            found.push(user);
        }
    }
    Ok(found)
}

#[expect(clippy::too_many_arguments, reason = "the parts of one message")]
fn send(
    tx: &Transaction<'_>,
    occasion: &Occasion<'_>,
    sender: &User,
    event: &Event,
    to: &[Attendee],
    class: &str,
    subject: String,
    comment: Option<&str>,
) -> Result<(), Refusal> {
    let list = |optional: bool| -> Vec<Address> {
        let wanted = to.iter().filter(|one| (one.kind == "optional") == optional);
        wanted.map(|one| one.address.clone()).collect()
    };
    let mut body = event.content.text();
    if let Some(comment) = comment.filter(|comment| !comment.is_empty()) {
        let text = preview::converted(&body, BodyType::Html).content;
        body.content_type = BodyType::Html;
        body.content = format!("<div>{}</div>{text}", preview::escape(comment));
    }
    let message = NewMessage {
        subject,
        body,
        to: list(false),
        cc: list(true),
        importance: Importance::parse(&event.content.importance).unwrap_or_default(),
        message_class: class.to_owned(),
        ..NewMessage::default()
    };
    delivery::send_new(tx, occasion, sender, message, true)
}

fn prefixed(prefix: &str, subject: &str) -> String {
    if subject.starts_with(prefix) { subject.to_owned() } else { format!("{prefix}{subject}") }
}
