//! Delta queries over a window of a calendar.

use super::{
    delta::{answered, token},
    event_view::View,
    events::window,
    request::{Reply, Request},
};
use crate::{
    error::Refusal,
    store::{
        calendar::Calendar,
        delta::{seal, unseal},
        event::Kind,
        event_delta::{self, Entry, State},
        handle::event_id,
        user::User,
    },
};
use earmark_sqlite::rusqlite::Transaction;
use serde_json::json;

/// Units: entries in a page without a preference.
const PAGE: u64 = 50;
/// Units: entries in a page at most.
const PAGE_MAX: u64 = 1_000;

/// `calendarView/delta`: the window is fixed by the first request.
pub(crate) fn events(
    tx: &Transaction<'_>,
    request: &Request,
    user: &User,
    calendar: &Calendar,
) -> Result<Reply, Refusal> {
    let state = match token(request) {
        Some(token) => unseal::<State>(&request.secret, &token)
            .filter(|state| state.user == user.row && state.calendar == calendar.row)
            .ok_or_else(|| Refusal::sync_state_not_found(0, user.generation))?,
        None => first(request, user, calendar)?,
    };
    if state.generation != user.generation {
        return Err(Refusal::sync_state_not_found(state.generation, user.generation));
    }
    let size = request.prefer.page_size.unwrap_or(PAGE).clamp(1, PAGE_MAX);
    let size = usize::try_from(size).unwrap_or(1);
    let page = event_delta::page(tx, &request.quirks, &state, user.sequence, size)?;
    let view = View::selecting(request, user, &[], &[])?;
    let mut values = Vec::new();
    for entry in &page.entries {
        let mut value = match entry {
            Entry::Changed(event) if event.kind == Kind::Occurrence => view.stub(event),
            Entry::Changed(event) => view.event(tx, event)?,
            Entry::Gone(row, day) => json!({
                "id": event_id(request.prefer.ids, user.guid, *row, *day),
                "@removed": { "reason": "deleted" },
            }),
        };
        value["@odata.type"] = json!("#microsoft.graph.event");
        values.push(value);
    }
    let context = request.context("Collection(event)");
    let token = seal(&request.secret, &page.next);
    Ok(answered(request, &context, values, page.more, &token))
}

fn first(request: &Request, user: &User, calendar: &Calendar) -> Result<State, Refusal> {
    let query = &request.query;
    for (option, given) in [
        ("$select", !query.select.is_empty()),
        ("$filter", query.filter.is_some()),
        ("$orderby", !query.order_by.is_empty()),
        ("$expand", !query.expand.is_empty()),
        ("$search", query.search.is_some()),
        ("$top", query.top.is_some()),
    ] {
        if given {
            return Err(super::delta::unsupported(option, "startDateTime, endDateTime"));
        }
    }
    let (from_ms, to_ms) = window(request)?;
    Ok(State {
        user: user.row,
        calendar: calendar.row,
        generation: user.generation,
        since: user.sequence,
        from_ms,
        to_ms,
        ..State::default()
    })
}
