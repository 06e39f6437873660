//! What changed in a task list since a token was made.

use super::task::{COLUMNS, Task, read};
use crate::{error::Refusal, quirks::Quirks};
use earmark_sqlite::rusqlite::Transaction;
use serde::{Deserialize, Serialize};

/// What a token stands for. Field names are short because they travel in addresses.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TaskState {
    /// The user's row.
    #[serde(rename = "tu")]
    pub user: i64,
    /// The list's row.
    #[serde(rename = "l")]
    pub list: i64,
    /// The generation in which it was made.
    #[serde(rename = "g")]
    pub generation: i64,
    /// Tasks up to this change were given.
    #[serde(rename = "c")]
    pub cursor: i64,
    /// Departures up to this change were given.
    #[serde(rename = "d")]
    pub gone_cursor: i64,
    /// `$select`.
    #[serde(rename = "s")]
    pub select: Vec<String>,
    /// `$expand`.
    #[serde(rename = "x")]
    pub expand: Vec<String>,
    /// `$top` of the first request.
    #[serde(rename = "n")]
    pub top: Option<u64>,
    /// The page before this one had items (for the quirk of empty pages).
    #[serde(rename = "e")]
    pub empty_next: bool,
    /// The last task given (for the quirk of repeats).
    #[serde(rename = "r")]
    pub last: Option<i64>,
}

/// One line of a page.
#[derive(Debug, Clone, PartialEq)]
pub enum TaskEntry {
    /// A task that is there.
    Changed(Box<Task>),
    /// The row of a task that left the list.
    Gone(i64),
}

/// One page of a round.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskPage {
    /// The lines.
    pub entries: Vec<TaskEntry>,
    /// More pages follow in this round.
    pub more: bool,
    /// Where the next page, or the next round, starts.
    pub next: TaskState,
}

/// Reads one page of at most `size` entries; `sequence` is the user's last change.
pub fn page(
    tx: &Transaction<'_>,
    state: &TaskState,
    sequence: i64,
    size: usize,
    quirks: &Quirks,
) -> Result<TaskPage, Refusal> {
    let mut next = state.clone();
    if quirks.delta_empty_pages && !state.empty_next {
        next.empty_next = true;
        return Ok(TaskPage { entries: Vec::new(), more: true, next });
    }
    next.empty_next = false;
    let mut entries = if quirks.delta_repeats { repeated(tx, state)? } else { Vec::new() };
    let mut arrived = arrivals(tx, state, size + 1)?.into_iter().peekable();
    let mut departed = departures(tx, state, size + 1)?.into_iter().peekable();
    for _ in 0..size {
        let gone_first = match (departed.peek(), arrived.peek()) {
            (Some((at, _)), Some(task)) => *at <= task.changed,
            (Some(_), None) => true,
            (None, _) => false,
        };
        if gone_first {
            let Some((at, row)) = departed.next() else { break };
            next.gone_cursor = at;
            next.cursor = next.cursor.max(at - 1);
            entries.push(TaskEntry::Gone(row));
        } else {
            let Some(task) = arrived.next() else { break };
            next.cursor = task.changed;
            next.gone_cursor = next.gone_cursor.max(task.changed);
            next.last = Some(task.row);
            entries.push(TaskEntry::Changed(Box::new(task)));
        }
    }
    let more = arrived.peek().is_some() || departed.peek().is_some();
    if !more {
        next.cursor = sequence;
        next.gone_cursor = sequence;
        next.last = None;
    }
    Ok(TaskPage { entries, more, next })
}

fn arrivals(tx: &Transaction<'_>, state: &TaskState, limit: usize) -> Result<Vec<Task>, Refusal> {
    let sql = format!(
        "SELECT {COLUMNS} FROM task t WHERE t.list = ?1 AND t.changed > ?2
         ORDER BY t.changed LIMIT ?3"
    );
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    Ok(tx
        .prepare_cached(&sql)?
        .query_map([state.list, state.cursor, limit], read)?
        .collect::<Result<_, _>>()?)
}

fn departures(
    tx: &Transaction<'_>,
    state: &TaskState,
    limit: usize,
) -> Result<Vec<(i64, i64)>, Refusal> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    Ok(tx
        .prepare_cached(
            "SELECT at, task FROM task_gone WHERE list = ?1 AND at > ?2 ORDER BY at LIMIT ?3",
        )?
        .query_map([state.list, state.gone_cursor, limit], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?)
}

fn repeated(tx: &Transaction<'_>, state: &TaskState) -> Result<Vec<TaskEntry>, Refusal> {
    let Some(last) = state.last else { return Ok(Vec::new()) };
    let sql = format!("SELECT {COLUMNS} FROM task t WHERE t.id = ?1 AND t.list = ?2");
    let tasks: Vec<Task> =
        tx.prepare_cached(&sql)?.query_map([last, state.list], read)?.collect::<Result<_, _>>()?;
    Ok(tasks.into_iter().map(|task| TaskEntry::Changed(Box::new(task))).collect())
}
