//! Tasks of To Do as they stand in a mailbox, and how they enter it.

use super::{
    insert::{distinct, json},
    linked::{self, NewLink},
    message::{Body, BodyType, Importance},
    moment, user,
};
use crate::error::Refusal;
use earmark_sqlite::rusqlite::{OptionalExtension, Row, Transaction, params};
use serde_json::Value;

/// How far a task has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TaskStatus {
    /// Not started.
    #[default]
    NotStarted,
    /// In progress.
    InProgress,
    /// Completed.
    Completed,
    /// Waiting on others.
    WaitingOnOthers,
    /// Deferred.
    Deferred,
}

impl TaskStatus {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotStarted => "notStarted",
            Self::InProgress => "inProgress",
            Self::Completed => "completed",
            Self::WaitingOnOthers => "waitingOnOthers",
            Self::Deferred => "deferred",
        }
    }

    /// From the word on the wire, in any case.
    pub fn parse(word: &str) -> Option<Self> {
        use TaskStatus::{Completed, Deferred, InProgress, NotStarted, WaitingOnOthers};
        [NotStarted, InProgress, Completed, WaitingOnOthers, Deferred]
            .into_iter()
            .find(|one| one.as_str().eq_ignore_ascii_case(word))
    }
}

/// A task before it is put into a list. `Default` is an empty one that was not started.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NewTask {
    /// The title.
    pub title: String,
    /// The notes; plain text unless they say otherwise.
    pub body: Option<Body>,
    /// How far it has come.
    pub status: TaskStatus,
    /// The importance.
    pub importance: Importance,
    /// When it starts. Units: milliseconds since the epoch, here and below.
    pub start_ms: Option<i64>,
    /// When it is due.
    pub due_ms: Option<i64>,
    /// When it was completed; a completed task without it was completed now.
    pub completed_ms: Option<i64>,
    /// When to remind.
    pub reminder_ms: Option<i64>,
    /// A reminder is wanted; `None`: when there is a time for it.
    pub is_reminder_on: Option<bool>,
    /// The `patternedRecurrence`, all its members set.
    pub recurrence: Option<Value>,
    /// The names of its categories.
    pub categories: Vec<String>,
    /// When it was made; `None`: now.
    pub created_ms: Option<i64>,
    /// What it is linked to.
    pub linked: Vec<NewLink>,
}

/// A task of a mailbox.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// The row.
    pub row: i64,
    /// The list's row.
    pub list: i64,
    /// It mirrors this message.
    pub mail: Option<i64>,
    /// The change that the etag stands for.
    pub version: i64,
    /// The last change of any kind.
    pub changed: i64,
    /// When it was made. Units: milliseconds since the epoch, here and below.
    pub created_ms: i64,
    /// Last modified.
    pub modified_ms: i64,
    /// When the notes were last written; `None` when never.
    pub body_modified_ms: Option<i64>,
    /// The title.
    pub title: String,
    /// The notes.
    pub body: Body,
    /// How far it has come.
    pub status: TaskStatus,
    /// The importance.
    pub importance: Importance,
    /// A reminder is wanted.
    pub is_reminder_on: bool,
    /// When it starts.
    pub start_ms: Option<i64>,
    /// When it is due.
    pub due_ms: Option<i64>,
    /// When it was completed.
    pub completed_ms: Option<i64>,
    /// When to remind.
    pub reminder_ms: Option<i64>,
    /// The `patternedRecurrence`.
    pub recurrence: Option<Value>,
    /// The names of its categories in their order.
    pub categories: Vec<String>,
}

/// Where a task goes.
#[derive(Debug, Clone, Copy)]
pub struct TaskPlace {
    /// The user's row.
    pub user: i64,
    /// The list's row.
    pub list: i64,
    /// Units: milliseconds since the epoch.
    pub now_ms: i64,
    /// From which ids are made.
    pub seed: u64,
}

pub(crate) const COLUMNS: &str = "t.id, t.list, t.mail, t.version, t.changed, t.created_ms,
  t.modified_ms, t.body_modified_ms, t.title, t.body_type, t.body, t.status, t.importance,
  t.is_reminder_on, t.start_ms, t.due_ms, t.completed_ms, t.reminder_ms, t.recurrence,
  t.categories, (SELECT m.flag FROM message m WHERE m.id = t.mail)";

/// Puts a task into a list; the answer is its row.
pub fn insert(tx: &Transaction<'_>, place: TaskPlace, task: &NewTask) -> Result<i64, Refusal> {
    let at = user::take_sequence(tx, place.user, 1)?;
    let body = task.body.clone().unwrap_or_else(no_body);
    let completed = match task.status {
        TaskStatus::Completed => Some(task.completed_ms.unwrap_or(place.now_ms)),
        _ => None,
    };
    tx.prepare_cached(
        "INSERT INTO task (user, list, version, changed, created_ms, modified_ms,
           body_modified_ms, title, body_type, body, status, importance, is_reminder_on, start_ms,
           due_ms, completed_ms, reminder_ms, recurrence, categories)
         VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,
           ?18)",
    )?
    .execute(params![
        place.user,
        place.list,
        at,
        task.created_ms.unwrap_or(place.now_ms),
        place.now_ms,
        task.body.as_ref().map(|_| place.now_ms),
        task.title,
        body.content_type.as_str(),
        body.content,
        task.status.as_str(),
        task.importance.as_str(),
        task.is_reminder_on.unwrap_or(task.reminder_ms.is_some()),
        task.start_ms,
        task.due_ms,
        completed,
        task.reminder_ms,
        task.recurrence.as_ref().map(Value::to_string),
        json(&distinct(&task.categories)),
    ])?;
    let row = tx.last_insert_rowid();
    for link in &task.linked {
        linked::insert(tx, place.seed, row, link)?;
    }
    Ok(row)
}

/// One task by row.
pub fn get(tx: &Transaction<'_>, user: i64, row: i64) -> Result<Task, Refusal> {
    let sql = format!("SELECT {COLUMNS} FROM task t WHERE t.user = ?1 AND t.id = ?2");
    tx.prepare_cached(&sql)?
        .query_row([user, row], read)
        .optional()?
        .ok_or_else(Refusal::item_not_found)
}

/// Tasks of a list, newest first: at most `limit` after the first `skip`.
pub fn page(tx: &Transaction<'_>, list: i64, skip: u64, limit: u64) -> Result<Vec<Task>, Refusal> {
    let sql = format!(
        "SELECT {COLUMNS} FROM task t WHERE t.list = ?1 ORDER BY t.id DESC LIMIT ?2 OFFSET ?3"
    );
    let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    Ok(tx
        .prepare_cached(&sql)?
        .query_map([list, number(limit), number(skip)], read)?
        .collect::<Result<_, _>>()?)
}

/// How many tasks a list has.
pub fn count(tx: &Transaction<'_>, list: i64) -> Result<usize, Refusal> {
    let count: i64 = tx
        .prepare_cached("SELECT count(*) FROM task WHERE list = ?1")?
        .query_row([list], |row| row.get(0))?;
    Ok(usize::try_from(count).unwrap_or(0))
}

fn no_body() -> Body {
    Body { content_type: BodyType::Text, content: String::new() }
}

pub(crate) fn read(row: &Row<'_>) -> earmark_sqlite::rusqlite::Result<Task> {
    let body_type: String = row.get(9)?;
    let status: String = row.get(11)?;
    let importance: String = row.get(12)?;
    let recurrence: Option<String> = row.get(18)?;
    let categories: String = row.get(19)?;
    let flag: Option<String> = row.get(20)?;
    let flag: Value = flag.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or(Value::Null);
    // What a message says of its dates stays with the message.
    let flagged = |name: &str| {
        let text = |member: &str| flag[name][member].as_str();
        moment::ms_of(text("dateTime")?, text("timeZone").unwrap_or("UTC"))
    };
    let (start_ms, due_ms): (Option<i64>, Option<i64>) = (row.get(14)?, row.get(15)?);
    Ok(Task {
        row: row.get(0)?,
        list: row.get(1)?,
        mail: row.get(2)?,
        version: row.get(3)?,
        changed: row.get(4)?,
        created_ms: row.get(5)?,
        modified_ms: row.get(6)?,
        body_modified_ms: row.get(7)?,
        title: row.get(8)?,
        body: Body {
            content_type: BodyType::parse(&body_type).unwrap_or(BodyType::Text),
            content: row.get(10)?,
        },
        status: TaskStatus::parse(&status).unwrap_or_default(),
        importance: Importance::parse(&importance).unwrap_or_default(),
        is_reminder_on: row.get(13)?,
        start_ms: start_ms.or_else(|| flagged("startDateTime")),
        due_ms: due_ms.or_else(|| flagged("dueDateTime")),
        completed_ms: row.get(16)?,
        reminder_ms: row.get(17)?,
        recurrence: recurrence.and_then(|text| serde_json::from_str(&text).ok()),
        categories: serde_json::from_str(&categories).unwrap_or_default(),
    })
}
