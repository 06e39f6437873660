//! Events: lists, views, one, new ones, changes, answers.

use super::{
    event_body::{self, Extras},
    event_more,
    event_view::{View, etag, property_name},
    messages::check_etag,
    request::{Reply, Request, member, optional_bool, optional_text},
    send, write,
};
use crate::{
    appointment,
    calendar::zone,
    error::Refusal,
    meeting::{self, Answer},
    store::{
        calendar::Calendar,
        event::{self, Attendee, Event, Kind},
        event_extra, event_list, event_write,
        handle::{calendar_id, parse_event_id},
        occurrence,
        user::User,
    },
};
use earmark_odata::{Evaluate, Expr, compare_by, matches};
use earmark_sqlite::rusqlite::Transaction;
use http::Method;
use jiff::{Timestamp, civil::DateTime};
use serde_json::{Map, Value, json};

/// Units: events in a page. Source: the list operation.
const PAGE: u64 = 10;
const PAGE_MAX: u64 = 1_000;

/// An event by id, of either kind.
pub(crate) fn find(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    id: &str,
) -> Result<Event, Refusal> {
    occurrence::find(tx, &request.quirks, user.row, parse_event_id(user.guid, id)?)
}

/// A request below `events`, of one calendar or of the mailbox.
pub(crate) fn answer(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    (calendar, default): (Option<&Calendar>, &Calendar),
    rest: &[&str],
    words: &[&str],
) -> Result<Reply, Refusal> {
    let method = &request.method;
    let list = || {
        let filter = request.query.filter.as_ref();
        let row = calendar.map(|one| one.row);
        event_list::items(tx, user.row, row, filter)
    };
    match (method, rest) {
        (&Method::GET, []) => many(tx, request, user, list()?, &path(user, calendar, "events")),
        (&Method::GET, ["$count"]) => {
            let view = View::new(request, user)?;
            let count = filtered(tx, request, &view, list()?)?.len();
            Ok(Reply::raw("text/plain", count.to_string()))
        }
        (&Method::POST, []) => create(tx, request, user, calendar.unwrap_or(default)),
        (_, []) => Err(Refusal::method_not_allowed()),
        (_, [_, below @ ..]) => {
            let event = find(tx, request, user, words[0])?;
            if calendar.is_some_and(|calendar| calendar.row != event.calendar) {
                return Err(Refusal::item_not_found());
            }
            one_event(tx, request, user, &event, below, &words[1..])
        }
    }
}

fn one_event(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    event: &Event,
    below: &[&str],
    words: &[&str],
) -> Result<Reply, Refusal> {
    match (&request.method, below) {
        (&Method::GET, []) => one(tx, request, user, 200, event),
        (&Method::PATCH, []) => update(tx, request, user, event),
        (&Method::DELETE, []) | (&Method::POST, ["permanentdelete"]) => {
            check_etag(request, &etag(user, event))?;
            let cause = request.cause();
            appointment::remove(tx, &send::occasion(request, &cause), user, event, None)?;
            Ok(Reply::empty(204))
        }
        (&Method::GET, ["instances"]) => instances(tx, request, user, event),
        (&Method::GET, ["exceptionoccurrences"]) => {
            let list = event::exceptions(tx, &request.quirks, event)?;
            many(tx, request, user, list, &path(user, None, "events"))
        }
        (&Method::POST, ["cancel"]) => cancel(tx, request, user, event),
        (&Method::POST, ["forward"]) => forward(tx, request, user, event),
        (&Method::POST, ["dismissreminder" | "snoozereminder"]) => {
            remind(tx, request, user, event, below[0])
        }
        (&Method::POST, [word]) if Answer::parse(word).is_some() => {
            respond(tx, request, user, event, word)
        }
        (_, ["extensions", ..]) => event_more::extensions(tx, request, user, event, &words[1..]),
        (_, ["attachments", rest @ ..]) => {
            event_more::attached(tx, request, user, event, rest, &words[1..])
        }
        (_, []) => Err(Refusal::method_not_allowed()),
        (_, [other, ..]) => Err(Refusal::no_segment(other)),
    }
}

/// `calendarView?startDateTime&endDateTime`: no masters, all their times instead.
pub(crate) fn view(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    calendar: &Calendar,
) -> Result<Reply, Refusal> {
    let (from_ms, to_ms) = window(request)?;
    let list = event_list::view(tx, &request.quirks, calendar.row, from_ms, to_ms)?;
    many(tx, request, user, list, &path(user, Some(calendar), "calendarView"))
}

fn instances(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    event: &Event,
) -> Result<Reply, Refusal> {
    let (from_ms, to_ms) = window(request)?;
    if event.kind != Kind::Master {
        return Err(Refusal::new(
            400,
            "ErrorCalendarIsNotARecurringMaster",
            "Your request can't be completed. The event is not a recurring series master.",
        ));
    }
    let list = occurrence::between(tx, &request.quirks, event, from_ms, to_ms)?;
    many(tx, request, user, list, &path(user, None, "events"))
}

/// The window of a view. Without an offset a time is one in UTC. Units: milliseconds since the
/// epoch.
///
/// Errors: 400 when one is missing, no time, or the end comes first.
pub(crate) fn window(request: &Request) -> Result<(i64, i64), Refusal> {
    let read = |name: &str| {
        let text = super::delta::custom(request, name).ok_or_else(|| {
            Refusal::new(
                400,
                "ErrorInvalidParameter",
                "This request requires a time window specified by the query string parameters StartDateTime and EndDateTime.",
            )
        })?;
        // A plus sign of an offset that was not encoded has become a space.
        let text = text.trim().replace(' ', "+");
        let instant = text.parse::<Timestamp>().ok().map(Timestamp::as_millisecond);
        let utc = jiff::tz::TimeZone::UTC;
        instant
            .or_else(|| text.parse::<DateTime>().ok().and_then(|at| zone::instant(&utc, at)))
            .ok_or_else(|| {
                Refusal::new(
                    400,
                    "ErrorInvalidParameter",
                    format!("'{name}' must be a time such as 2026-11-23T00:00:00Z."),
                )
            })
    };
    let (from_ms, to_ms) = (read("startDateTime")?, read("endDateTime")?);
    if to_ms < from_ms {
        return Err(Refusal::new(
            400,
            "ErrorInvalidParameter",
            "The end of the time window must not be before its start.",
        ));
    }
    Ok((from_ms, to_ms))
}

/// A page of events.
fn many(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    list: Vec<Event>,
    path: &str,
) -> Result<Reply, Refusal> {
    let query = &request.query;
    let view = View::new(request, user)?;
    let top = query.top.or(request.prefer.page_size).unwrap_or(PAGE);
    if top == 0 || top > PAGE_MAX {
        return Err(Refusal::bad_request(format!(
            "Invalid value '{top}' for $top query option found. The $top query option requires a value between 1 and {PAGE_MAX}."
        )));
    }
    let list = filtered(tx, request, &view, list)?;
    let skip = query.skip.unwrap_or(0);
    let context = format!("{path}{}", view.context_suffix());
    let mut body = Map::new();
    body.insert("@odata.context".to_owned(), json!(request.context(&context)));
    if query.count {
        body.insert("@odata.count".to_owned(), json!(list.len()));
    }
    let size = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let mut values = Vec::new();
    for event in list.iter().skip(size(skip)).take(size(top)) {
        values.push(view.event(tx, event)?);
    }
    body.insert("value".to_owned(), Value::Array(values));
    if list.len() > size(skip.saturating_add(top)) {
        let next = (skip + top).to_string();
        body.insert("@odata.nextLink".to_owned(), json!(request.link(&[("$skip", &next)])));
    }
    Ok(Reply::json(200, Value::Object(body)))
}

/// The events that `$filter` leaves, in the order of `$orderby`.
fn filtered(
    tx: &Transaction<'_>,
    request: &Request,
    view: &View<'_>,
    list: Vec<Event>,
) -> Result<Vec<Event>, Refusal> {
    let query = &request.query;
    if query.search.is_some() {
        return Err(Refusal::bad_query("The query option '$search' is not supported on events."));
    }
    if query.filter.is_none() && query.order_by.is_empty() {
        return Ok(list);
    }
    let filter = query.filter.clone().map(|filter| spelled(request, filter)).transpose()?;
    let mut order = query.order_by.clone();
    for term in &mut order {
        spell(request, &mut term.path)?;
    }
    let how = Evaluate { ignore_case: request.quirks.category_match_ignores_case };
    let mut kept = Vec::new();
    for event in list {
        let value = view.comparable(tx, &event)?;
        let fits = filter.as_ref().map_or(Ok(true), |filter| matches(filter, &value, &how));
        if fits.map_err(|error| invalid_filter(&error.message))? {
            kept.push((value, event));
        }
    }
    kept.sort_by(|(a, _), (b, _)| compare_by(&order, a, b));
    Ok(kept.into_iter().map(|(_, event)| event).collect())
}

/// A filter with the names of properties in their own spelling.
fn spelled(request: &Request, filter: Expr) -> Result<Expr, Refusal> {
    spelled_in(request, filter, &mut Vec::new())
}

fn spelled_in(request: &Request, expr: Expr, inner: &mut Vec<String>) -> Result<Expr, Refusal> {
    let boxed =
        |one: Box<Expr>, inner: &mut Vec<String>| spelled_in(request, *one, inner).map(Box::new);
    Ok(match expr {
        Expr::And(left, right) => Expr::And(boxed(left, inner)?, boxed(right, inner)?),
        Expr::Or(left, right) => Expr::Or(boxed(left, inner)?, boxed(right, inner)?),
        Expr::Not(one) => Expr::Not(boxed(one, inner)?),
        Expr::Compare { left, op, right } => {
            Expr::Compare { left: boxed(left, inner)?, op, right: boxed(right, inner)? }
        }
        Expr::In { left, list } => Expr::In { left: boxed(left, inner)?, list },
        Expr::Call { function, arguments } => {
            let arguments = arguments.into_iter().map(|one| spelled_in(request, one, inner));
            Expr::Call { function, arguments: arguments.collect::<Result<_, _>>()? }
        }
        Expr::Path(mut path) => {
            if !path.first().is_some_and(|first| inner.contains(first)) {
                spell(request, &mut path)?;
            }
            Expr::Path(path)
        }
        Expr::Lambda { any, mut path, variable, body } => {
            spell(request, &mut path)?;
            inner.extend(variable.clone());
            let body = body.map(|body| boxed(body, inner)).transpose()?;
            inner.truncate(inner.len() - usize::from(variable.is_some()));
            Expr::Lambda { any, path, variable, body }
        }
        Expr::Literal(_) => expr,
    })
}

fn spell(request: &Request, path: &mut [String]) -> Result<(), Refusal> {
    let Some((first, rest)) = path.split_first_mut() else { return Ok(()) };
    property_name(request, first)?.clone_into(first);
    for name in rest {
        let known = ["dateTime", "timeZone", "emailAddress", "address", "name", "displayName"];
        if let Some(known) = known.iter().find(|known| known.eq_ignore_ascii_case(name)) {
            (*known).clone_into(name);
        }
    }
    Ok(())
}

fn invalid_filter(message: &str) -> Refusal {
    Refusal::new(400, "ErrorInvalidUrlQueryFilter", message)
}

/// One event as an answer.
fn one(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    status: u16,
    event: &Event,
) -> Result<Reply, Refusal> {
    let view = View::new(request, user)?;
    let context = format!("users('{}')/events{}/$entity", user.guid, view.context_suffix());
    let mut body = Map::new();
    body.insert("@odata.context".to_owned(), json!(request.context(&context)));
    if let Value::Object(members) = view.event(tx, event)? {
        body.extend(members);
    }
    let mut reply = Reply::json(status, Value::Object(body));
    reply.headers.push(("etag", etag(user, event)));
    Ok(reply)
}

fn create(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    calendar: &Calendar,
) -> Result<Reply, Refusal> {
    let (new, extras) = event_body::new_event(tx, request, user)?;
    if let Some(id) = &new.transaction_id
        && let Some(known) = event::by_transaction(tx, user.row, id)?
    {
        return one(tx, request, user, 201, &known);
    }
    let cause = request.cause();
    let occasion = send::occasion(request, &cause);
    let event = appointment::create(tx, &occasion, user, calendar.row, new)?;
    hang_on(tx, request, &event, &extras)?;
    one(tx, request, user, 201, &event)
}

fn update(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    event: &Event,
) -> Result<Reply, Refusal> {
    check_etag(request, &etag(user, event))?;
    let (wanted, extras) = event_body::changes(tx, request, user, event)?;
    let cause = request.cause();
    let occasion = send::occasion(request, &cause);
    let mut event = event.clone();
    if event_body::writes(request)? {
        event = appointment::update(tx, &occasion, user, &event, wanted)?;
    } else if event.kind == Kind::Occurrence && !extras.extended.is_empty() {
        event = event_write::detach(tx, appointment::at(&occasion, user), &event)?;
    }
    hang_on(tx, request, &event, &extras)?;
    one(tx, request, user, 200, &event)
}

fn hang_on(
    tx: &Transaction<'_>,
    request: &Request,
    event: &Event,
    extras: &Extras,
) -> Result<(), Refusal> {
    event_extra::put_properties(tx, event.row, &extras.extended)?;
    for one in &extras.extensions {
        event_extra::put_extension(tx, event.row, one)?;
    }
    for one in &extras.attachments {
        event_extra::attach(tx, event.row, request.now_ms, one)?;
    }
    Ok(())
}

fn cancel(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    event: &Event,
) -> Result<Reply, Refusal> {
    let comment = optional_text(&request.object(true)?, "comment")?;
    if !event.content.is_organizer {
        return Err(Refusal::new(
            400,
            "ErrorInvalidRequest",
            "Your request can't be completed. You need to be an organizer to cancel a meeting.",
        ));
    }
    let cause = request.cause();
    let occasion = send::occasion(request, &cause);
    appointment::remove(tx, &occasion, user, event, comment.as_deref())?;
    Ok(Reply::empty(202))
}

fn respond(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    event: &Event,
    word: &str,
) -> Result<Reply, Refusal> {
    let answer = Answer::parse(word).ok_or_else(|| Refusal::no_segment(word))?;
    let body = request.object(true)?;
    let comment = optional_text(&body, "comment")?;
    let sends = optional_bool(&body, "sendResponse")?.unwrap_or(true);
    let cause = request.cause();
    let occasion = send::occasion(request, &cause);
    meeting::respond(tx, &occasion, user, event, answer, comment.as_deref(), sends)?;
    Ok(Reply::empty(202))
}

/// Sends the invitation on; who organizes the meeting has more attendees by it.
fn forward(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    event: &Event,
) -> Result<Reply, Refusal> {
    let body = request.object(false)?;
    let comment = optional_text(&body, "comment")?;
    let to = write::recipients(&body, "toRecipients")?.unwrap_or_default();
    if to.is_empty() {
        return Err(Refusal::invalid_member("toRecipients", "'toRecipients' is required."));
    }
    let to: Vec<Attendee> = to
        .into_iter()
        .map(|address| Attendee {
            address,
            kind: "required".to_owned(),
            response: "none".to_owned(),
            answered_ms: None,
        })
        .collect();
    let cause = request.cause();
    let occasion = send::occasion(request, &cause);
    meeting::forward(tx, &occasion, user, event, &to, comment.as_deref())?;
    Ok(Reply::empty(202))
}

/// A reminder that was dismissed is off; one that was put off comes at its new time.
fn remind(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    event: &Event,
    word: &str,
) -> Result<Reply, Refusal> {
    let mut content = event.content.clone();
    if word == "snoozereminder" {
        let body = request.object(false)?;
        let value = member(&body, "newReminderTime").ok_or_else(|| {
            Refusal::invalid_member("newReminderTime", "'newReminderTime' is required.")
        })?;
        let (ms, _) = event_body::time(request, value, "newReminderTime")?;
        content.reminder = true;
        content.reminder_minutes = (content.start_ms - ms).div_euclid(60_000);
    } else {
        content.reminder = false;
    }
    let cause = request.cause();
    let occasion = send::occasion(request, &cause);
    let wanted = appointment::Wanted { content, recurrence: None, categories: None };
    appointment::update(tx, &occasion, user, event, wanted)?;
    Ok(Reply::empty(204))
}

fn path(user: &User, calendar: Option<&Calendar>, what: &str) -> String {
    match calendar {
        None => format!("users('{}')/{what}", user.guid),
        Some(calendar) => {
            let id = calendar_id(user.guid, calendar.row);
            format!("users('{}')/calendars('{id}')/{what}", user.guid)
        }
    }
}
