//! What changed in a folder since a token was made.

use super::item::{COLUMNS, Item, read};
use crate::{error::Refusal, quirks::Quirks};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use earmark_sqlite::rusqlite::Transaction;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

/// Units: messages that a first round with a filter gives at most. Source: the documents.
const FILTERED_MAX: u64 = 5_000;

/// What a token stands for. Field names are short because they travel in addresses.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct State {
    /// The user's row.
    #[serde(rename = "u")]
    pub user: i64,
    /// The folder's row.
    #[serde(rename = "f")]
    pub folder: i64,
    /// The generation in which it was made.
    #[serde(rename = "g")]
    pub generation: i64,
    /// The change at which the round started; 0 in the first round.
    #[serde(rename = "b")]
    pub base: i64,
    /// Messages up to this change were given.
    #[serde(rename = "c")]
    pub cursor: i64,
    /// Departures up to this change were given.
    #[serde(rename = "d")]
    pub gone_cursor: i64,
    /// `$select`.
    #[serde(rename = "s")]
    pub select: Vec<String>,
    /// `$filter=receivedDateTime ge|gt`: this and later. Units: milliseconds since the epoch.
    #[serde(rename = "r")]
    pub received_from_ms: Option<i64>,
    /// `changeType`: created, updated, deleted; empty stands for all.
    #[serde(rename = "t")]
    pub change_types: Vec<String>,
    /// `$top` of the first request.
    #[serde(rename = "n")]
    pub top: Option<u64>,
    /// Items given in the first round so far.
    #[serde(rename = "k")]
    pub given: u64,
    /// The page before this one had items (for the quirk of empty pages).
    #[serde(rename = "e")]
    pub empty_next: bool,
    /// The last item given (for the quirk of repeats).
    #[serde(rename = "l")]
    pub last: Option<i64>,
}

/// One line of a page.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// A message that is there; `partial` when only its read state changed.
    Changed {
        /// The message.
        item: Box<Item>,
        /// Only the read state changed.
        partial: bool,
    },
    /// A message that left the folder.
    Gone {
        /// Its row.
        row: i64,
        /// The incarnation that left.
        incarnation: i64,
    },
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

/// How a page is to be read.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'a> {
    /// The user's last change.
    pub sequence: i64,
    /// Units: entries.
    pub size: usize,
    /// The caller asked for immutable ids.
    pub immutable: bool,
    /// The behaviours.
    pub quirks: &'a Quirks,
}

struct Departure {
    at: i64,
    row: i64,
    incarnation: i64,
}

/// Reads one page.
pub fn page(tx: &Transaction<'_>, state: &State, reading: Reading<'_>) -> Result<Page, Refusal> {
    let mut next = state.clone();
    if reading.quirks.delta_empty_pages && !state.empty_next {
        next.empty_next = true;
        return Ok(Page { entries: Vec::new(), more: true, next });
    }
    next.empty_next = false;
    let mut entries = repeated(tx, state, reading)?;
    let limit = reading.size + 1;
    let mut arrived = arrivals(tx, state, limit)?.into_iter().peekable();
    let mut departed = departures(tx, state, limit)?.into_iter().peekable();
    for _ in 0..reading.size {
        let gone_first = match (departed.peek(), arrived.peek()) {
            (Some(gone), Some(item)) => gone.at <= item.changed,
            (Some(_), None) => true,
            (None, _) => false,
        };
        if gone_first {
            let Some(gone) = departed.next() else { break };
            next.gone_cursor = gone.at;
            next.cursor = next.cursor.max(gone.at - 1);
            entries.extend(departure(tx, state, reading, &gone)?);
        } else {
            let Some(item) = arrived.next() else { break };
            next.cursor = item.changed;
            next.gone_cursor = next.gone_cursor.max(item.changed);
            next.given += 1;
            next.last = Some(item.row);
            entries.extend(arrival(state, reading, item));
        }
    }
    let capped = state.base == 0 && state.received_from_ms.is_some() && next.given >= FILTERED_MAX;
    let more = !capped && (arrived.peek().is_some() || departed.peek().is_some());
    if !more {
        next.base = reading.sequence;
        next.cursor = reading.sequence;
        next.gone_cursor = reading.sequence;
        next.given = 0;
        next.last = None;
    }
    Ok(Page { entries, more, next })
}

fn arrivals(tx: &Transaction<'_>, state: &State, limit: usize) -> Result<Vec<Item>, Refusal> {
    let sql = format!(
        "SELECT {COLUMNS} FROM message m
         WHERE m.folder = ?1 AND m.changed > ?2 AND m.received_ms >= ?3
         ORDER BY m.changed LIMIT ?4"
    );
    let from = state.received_from_ms.unwrap_or(i64::MIN);
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    Ok(tx
        .prepare_cached(&sql)?
        .query_map([state.folder, state.cursor, from, limit], read)?
        .collect::<Result<_, _>>()?)
}

fn departures(
    tx: &Transaction<'_>,
    state: &State,
    limit: usize,
) -> Result<Vec<Departure>, Refusal> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    Ok(tx
        .prepare_cached(
            "SELECT at, message, incarnation FROM message_gone
             WHERE folder = ?1 AND at > ?2 ORDER BY at LIMIT ?3",
        )?
        .query_map([state.folder, state.gone_cursor, limit], |row| {
            Ok(Departure { at: row.get(0)?, row: row.get(1)?, incarnation: row.get(2)? })
        })?
        .collect::<Result<_, _>>()?)
}

fn arrival(state: &State, reading: Reading<'_>, item: Item) -> Option<Entry> {
    let is_new = item.entered > state.base;
    let was_moved = is_new && item.created_at != item.entered;
    if reading.immutable && was_moved && state.base > 0 && reading.quirks.immutable_moves_hidden {
        return None;
    }
    let only_read = !is_new && item.version <= state.base;
    let selects_read = state.select.is_empty()
        || state.select.iter().any(|name| name.eq_ignore_ascii_case("isRead"));
    if only_read && !selects_read {
        return None;
    }
    let wanted = if is_new { "created" } else { "updated" };
    let partial = only_read && reading.quirks.delta_partial_read_state;
    is_wanted(state, wanted).then(|| Entry::Changed { item: Box::new(item), partial })
}

/// With immutable ids an item that came back is not gone, unless the quirk hides its return.
fn departure(
    tx: &Transaction<'_>,
    state: &State,
    reading: Reading<'_>,
    gone: &Departure,
) -> Result<Option<Entry>, Refusal> {
    if !is_wanted(state, "deleted") {
        return Ok(None);
    }
    if reading.immutable && !reading.quirks.immutable_moves_hidden {
        let back: bool = tx
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM message WHERE id = ?1 AND folder = ?2)")?
            .query_row([gone.row, state.folder], |row| row.get(0))?;
        if back {
            return Ok(None);
        }
    }
    Ok(Some(Entry::Gone { row: gone.row, incarnation: gone.incarnation }))
}

fn repeated(
    tx: &Transaction<'_>,
    state: &State,
    reading: Reading<'_>,
) -> Result<Vec<Entry>, Refusal> {
    let (true, Some(last)) = (reading.quirks.delta_repeats, state.last) else {
        return Ok(Vec::new());
    };
    let sql = format!("SELECT {COLUMNS} FROM message m WHERE m.id = ?1 AND m.folder = ?2");
    let items: Vec<Item> = tx
        .prepare_cached(&sql)?
        .query_map([last, state.folder], read)?
        .collect::<Result<_, _>>()?;
    Ok(items.into_iter().filter_map(|item| arrival(state, reading, item)).collect())
}

fn is_wanted(state: &State, change: &str) -> bool {
    state.change_types.is_empty() || state.change_types.iter().any(|wanted| wanted == change)
}

/// A token: what `state` says, with a seal by which a foreign one is told apart.
pub fn seal<T: Serialize>(secret: &str, state: &T) -> String {
    let mut bytes = serde_json::to_vec(state).expect("plain records always serialize");
    let seal = sealed(secret, &bytes);
    bytes.extend(seal);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What a token says; `None` when it is not one of ours.
pub fn unseal<T: DeserializeOwned>(secret: &str, token: &str) -> Option<T> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (state, seal) = bytes.split_at_checked(bytes.len().checked_sub(8)?)?;
    if sealed(secret, state) != seal {
        return None;
    }
    serde_json::from_slice(state).ok()
}

fn sealed(secret: &str, bytes: &[u8]) -> [u8; 8] {
    let mut hash = Sha256::new();
    hash.update(secret.as_bytes());
    hash.update(bytes);
    let digest = hash.finalize();
    let mut seal = [0; 8];
    seal.copy_from_slice(&digest[..8]);
    seal
}
