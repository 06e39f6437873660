//! What changed in a window of a calendar since a token was made.

use super::{
    event::{COLUMNS, Event, Kind, read},
    occurrence,
};
use crate::{
    calendar::series::{Series, overlaps},
    error::Refusal,
    quirks::Quirks,
};
use earmark_sqlite::rusqlite::Transaction;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What a token stands for. Field names are short because they travel in addresses.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct State {
    /// The user's row.
    #[serde(rename = "u")]
    pub user: i64,
    /// The calendar's row.
    #[serde(rename = "w")]
    pub calendar: i64,
    /// The generation in which it was made.
    #[serde(rename = "g")]
    pub generation: i64,
    /// Removals after this change are told: a first round says nothing of what went before it.
    #[serde(rename = "b")]
    pub since: i64,
    /// The change that was given last.
    #[serde(rename = "c")]
    pub cursor: i64,
    /// How many lines of the change after that were given: a series has many.
    #[serde(rename = "k")]
    pub given: usize,
    /// The window. Units: milliseconds since the epoch.
    #[serde(rename = "f")]
    pub from_ms: i64,
    /// The window. Units: milliseconds since the epoch.
    #[serde(rename = "t")]
    pub to_ms: i64,
    /// The page before this one had items (for the quirk of empty pages).
    #[serde(rename = "e")]
    pub empty_next: bool,
}

/// One line of a page.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// An event that is in the window, or the series of one that is.
    Changed(Box<Event>),
    /// An event that is not there, or not in the window: row, and day in a series.
    Gone(i64, Option<Date>),
}

/// One page of a round.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The lines.
    pub entries: Vec<Entry>,
    /// More pages follow in this round.
    pub more: bool,
    /// Where the next page, or the next round, starts.
    pub next: State,
}

/// A removal as it is kept.
struct Departure {
    at: i64,
    event: i64,
    day: Option<Date>,
    series: Option<Series>,
    stays: bool,
}

/// Reads one page of `size` lines; `sequence` is the user's last change.
pub fn page(
    tx: &Transaction<'_>,
    quirks: &Quirks,
    state: &State,
    sequence: i64,
    size: usize,
) -> Result<Page, Refusal> {
    let mut next = state.clone();
    if quirks.delta_empty_pages && !state.empty_next {
        next.empty_next = true;
        return Ok(Page { entries: Vec::new(), more: true, next });
    }
    next.empty_next = false;
    let mut entries = Vec::new();
    let mut arrived = arrivals(tx, state)?.into_iter().peekable();
    let mut departed = departures(tx, state)?.into_iter().peekable();
    loop {
        let gone_first = match (departed.peek(), arrived.peek()) {
            (Some(gone), Some(event)) => gone.at <= event.changed,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (None, None) => break,
        };
        let (at, lines) = if gone_first {
            let Some(gone) = departed.next() else { break };
            (gone.at, departure(tx, quirks, state, &gone)?)
        } else {
            let Some(event) = arrived.next() else { break };
            (event.changed, arrival(tx, quirks, state, event)?)
        };
        let mut lines = lines.into_iter().skip(next.given);
        while entries.len() < size
            && let Some(line) = lines.next()
        {
            entries.push(line);
            next.given += 1;
        }
        if lines.next().is_some() {
            return Ok(Page { entries, more: true, next });
        }
        (next.cursor, next.given) = (at, 0);
        if entries.len() >= size && (arrived.peek().is_some() || departed.peek().is_some()) {
            return Ok(Page { entries, more: true, next });
        }
    }
    (next.cursor, next.given) = (sequence, 0);
    Ok(Page { entries, more: false, next })
}

fn arrivals(tx: &Transaction<'_>, state: &State) -> Result<Vec<Event>, Refusal> {
    let sql = format!(
        "SELECT {COLUMNS} FROM event e WHERE e.calendar = ?1 AND e.changed > ?2
         ORDER BY e.changed"
    );
    Ok(tx
        .prepare_cached(&sql)?
        .query_map([state.calendar, state.cursor], read)?
        .collect::<Result<_, _>>()?)
}

fn departures(tx: &Transaction<'_>, state: &State) -> Result<Vec<Departure>, Refusal> {
    Ok(tx
        .prepare_cached(
            "SELECT at, event, day, series, stays FROM event_gone
             WHERE calendar = ?1 AND at > ?2 ORDER BY at",
        )?
        .query_map([state.calendar, state.cursor.max(state.since)], |row| {
            let day: Option<String> = row.get(2)?;
            let series: Option<String> = row.get(3)?;
            Ok(Departure {
                at: row.get(0)?,
                event: row.get(1)?,
                day: day.and_then(|day| day.parse().ok()),
                series: series
                    .and_then(|text| serde_json::from_str(&text).ok())
                    .and_then(|value| Series::from_json(&value)),
                stays: row.get(4)?,
            })
        })?
        .collect::<Result<_, _>>()?)
}

/// A series comes with all its occurrences in the window, since each of them changed with it.
fn arrival(
    tx: &Transaction<'_>,
    quirks: &Quirks,
    state: &State,
    mut event: Event,
) -> Result<Vec<Entry>, Refusal> {
    let inside = overlaps(event.content.start_ms, event.content.end_ms, state.from_ms, state.to_ms);
    let (row, day) = event.key();
    let is_told = event.changed > state.since;
    let outside = || if is_told { vec![Entry::Gone(row, day)] } else { Vec::new() };
    match event.kind {
        Kind::Single | Kind::Occurrence | Kind::Exception => {
            if !inside {
                return Ok(outside());
            }
            if let Some(master) = event.master {
                let master = super::event::get(tx, state.user, master)?;
                super::event::inherit(quirks, &master, &mut event);
            }
            Ok(vec![Entry::Changed(Box::new(event))])
        }
        Kind::Master => {
            let times = occurrence::between(tx, quirks, &event, state.from_ms, state.to_ms)?;
            if times.is_empty() {
                return Ok(outside());
            }
            let plain = times.into_iter().filter(|one| one.kind == Kind::Occurrence);
            let mut lines = vec![Entry::Changed(Box::new(event))];
            lines.extend(plain.map(|one| Entry::Changed(Box::new(one))));
            Ok(lines)
        }
    }
}

fn departure(
    tx: &Transaction<'_>,
    quirks: &Quirks,
    state: &State,
    gone: &Departure,
) -> Result<Vec<Entry>, Refusal> {
    let mut lines = Vec::new();
    if gone.day.is_some() || !gone.stays {
        lines.push(Entry::Gone(gone.event, gone.day));
    }
    if let Some(series) = &gone.series {
        let kept: BTreeSet<Date> = if gone.stays {
            match super::event::get(tx, state.user, gone.event) {
                Ok(now) => occurrence::between(tx, quirks, &now, state.from_ms, state.to_ms)?
                    .into_iter()
                    .filter_map(|one| one.day)
                    .collect(),
                Err(_) => BTreeSet::new(),
            }
        } else {
            BTreeSet::new()
        };
        let before = series.slots(state.from_ms, state.to_ms);
        lines.extend(
            before
                .into_iter()
                .filter(|slot| !kept.contains(&slot.day))
                .map(|slot| Entry::Gone(gone.event, Some(slot.day))),
        );
    }
    Ok(lines)
}
