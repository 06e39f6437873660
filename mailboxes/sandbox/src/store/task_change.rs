//! What can happen to a task that is in a list: changes, another list, deletion.

use super::{
    change::Setting,
    fold,
    insert::{distinct, json},
    message::{Body, Importance},
    task::{self, Task, TaskStatus},
    task_list::TaskList,
    user,
};
use crate::error::Refusal;
use earmark_sqlite::rusqlite::{Transaction, params};
use serde_json::Value;

/// What a request changes; `None` leaves a member as it is, `Some(None)` takes it off.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TaskChanges {
    /// The title.
    pub title: Option<String>,
    /// The notes.
    pub body: Option<Body>,
    /// How far it has come.
    pub status: Option<TaskStatus>,
    /// The importance.
    pub importance: Option<Importance>,
    /// A reminder is wanted.
    pub is_reminder_on: Option<bool>,
    /// When it starts. Units: milliseconds since the epoch, here and below.
    pub start_ms: Option<Option<i64>>,
    /// When it is due.
    pub due_ms: Option<Option<i64>>,
    /// When it was completed.
    pub completed_ms: Option<Option<i64>>,
    /// When to remind.
    pub reminder_ms: Option<Option<i64>>,
    /// The `patternedRecurrence`, all its members set.
    pub recurrence: Option<Option<Value>>,
    /// All categories.
    pub categories: Option<Vec<String>>,
}

/// Changes a task; the answer is how it then stands. Completing it sets when; anything else but
/// completed clears that again.
///
/// Errors, here and below: 400 when the task mirrors a message.
pub fn apply(
    tx: &Transaction<'_>,
    at: Setting<'_>,
    mut task: Task,
    changes: &TaskChanges,
) -> Result<Task, Refusal> {
    check_own(&task)?;
    let only_categories = *changes
        == TaskChanges { categories: changes.categories.clone(), ..TaskChanges::default() };
    let change = user::take_sequence(tx, at.user, 1)?;
    (task.version, task.changed) = (change, change);
    if !only_categories || at.quirks.category_bumps_modified {
        task.modified_ms = at.now_ms;
    }
    if changes.body.is_some() {
        task.body_modified_ms = Some(at.now_ms);
    }
    merge(&mut task, changes);
    complete(&mut task, changes, at.now_ms);
    write(tx, &task)?;
    Ok(task)
}

fn merge(task: &mut Task, changes: &TaskChanges) {
    let changes = changes.clone();
    task.title = changes.title.unwrap_or_else(|| std::mem::take(&mut task.title));
    if let Some(body) = changes.body {
        task.body = body;
    }
    task.importance = changes.importance.unwrap_or(task.importance);
    task.start_ms = changes.start_ms.unwrap_or(task.start_ms);
    task.due_ms = changes.due_ms.unwrap_or(task.due_ms);
    if let Some(reminder) = changes.reminder_ms {
        task.reminder_ms = reminder;
        task.is_reminder_on = reminder.is_some();
    }
    task.is_reminder_on = changes.is_reminder_on.unwrap_or(task.is_reminder_on);
    if let Some(recurrence) = changes.recurrence {
        task.recurrence = recurrence;
    }
    if let Some(categories) = &changes.categories {
        task.categories = distinct(categories);
    }
}

/// Status and time of completion say the same; where only the time is given, it decides.
fn complete(task: &mut Task, changes: &TaskChanges, now_ms: i64) {
    task.status = match (changes.status, changes.completed_ms) {
        (Some(status), _) => status,
        (None, Some(Some(_))) => TaskStatus::Completed,
        (None, Some(None)) if task.status == TaskStatus::Completed => TaskStatus::NotStarted,
        (None, _) => task.status,
    };
    task.completed_ms = match task.status {
        TaskStatus::Completed => {
            Some(changes.completed_ms.flatten().or(task.completed_ms).unwrap_or(now_ms))
        }
        _ => None,
    };
}

fn write(tx: &Transaction<'_>, task: &Task) -> Result<(), Refusal> {
    tx.prepare_cached(
        "UPDATE task SET version = ?2, changed = ?3, modified_ms = ?4, body_modified_ms = ?5,
           title = ?6, body_type = ?7, body = ?8, status = ?9, importance = ?10,
           is_reminder_on = ?11, start_ms = ?12, due_ms = ?13, completed_ms = ?14,
           reminder_ms = ?15, recurrence = ?16, categories = ?17
         WHERE id = ?1",
    )?
    .execute(params![
        task.row,
        task.version,
        task.changed,
        task.modified_ms,
        task.body_modified_ms,
        task.title,
        task.body.content_type.as_str(),
        task.body.content,
        task.status.as_str(),
        task.importance.as_str(),
        task.is_reminder_on,
        task.start_ms,
        task.due_ms,
        task.completed_ms,
        task.reminder_ms,
        task.recurrence.as_ref().map(Value::to_string),
        json(&task.categories),
    ])?;
    Ok(())
}

/// Says that something that belongs to a task changed: what it is linked to, a step of it.
pub fn touch(tx: &Transaction<'_>, at: Setting<'_>, task: Task) -> Result<Task, Refusal> {
    check_own(&task)?;
    let change = user::take_sequence(tx, at.user, 1)?;
    let task = Task { version: change, changed: change, modified_ms: at.now_ms, ..task };
    write(tx, &task)?;
    Ok(task)
}

/// Puts a task into another list, as a person does in the program: it gets a new id, and what it
/// is linked to, its steps and its extensions go with it. The answer is the task as it then stands.
///
/// Errors: 400 when the other list mirrors flagged mail.
pub fn move_to(
    tx: &Transaction<'_>,
    at: Setting<'_>,
    task: &Task,
    to: &TaskList,
) -> Result<Task, Refusal> {
    check_own(task)?;
    if to.is_mirror() {
        return Err(mirrored());
    }
    let change = user::take_sequence(tx, at.user, 1)?;
    tx.prepare_cached(
        "INSERT INTO task (user, list, version, changed, created_ms, modified_ms,
           body_modified_ms, title, body_type, body, status, importance, is_reminder_on, start_ms,
           due_ms, completed_ms, reminder_ms, recurrence, categories)
         SELECT user, ?2, ?3, ?3, created_ms, ?4, body_modified_ms, title, body_type, body,
           status, importance, is_reminder_on, start_ms, due_ms, completed_ms, reminder_ms,
           recurrence, categories
         FROM task WHERE id = ?1",
    )?
    .execute([task.row, to.row, change, at.now_ms])?;
    let row = tx.last_insert_rowid();
    for table in ["linked_resource", "checklist_item", "task_extension"] {
        tx.prepare_cached(&format!("UPDATE {table} SET task = ?2 WHERE task = ?1"))?
            .execute([task.row, row])?;
    }
    delete(tx, at, task)?;
    task::get(tx, at.user, row)
}

/// Deletes for good: To Do has no bin.
pub fn delete(tx: &Transaction<'_>, at: Setting<'_>, task: &Task) -> Result<(), Refusal> {
    check_own(task)?;
    let change = user::take_sequence(tx, at.user, 1)?;
    tx.prepare_cached("INSERT INTO task_gone (user, list, at, task) VALUES (?1, ?2, ?3, ?4)")?
        .execute([at.user, task.list, change, task.row])?;
    tx.prepare_cached("DELETE FROM task WHERE id = ?1")?.execute([task.row])?;
    Ok(())
}

/// Rewrites a category on every task that carries it; those that mirror a message follow it.
pub fn rewrite_category(
    tx: &Transaction<'_>,
    at: Setting<'_>,
    from: &str,
    to: &str,
) -> Result<usize, Refusal> {
    let sql = format!(
        "SELECT {} FROM task t WHERE t.user = ?1 AND t.mail IS NULL AND t.categories <> '[]'",
        task::COLUMNS
    );
    let tasks: Vec<Task> =
        tx.prepare_cached(&sql)?.query_map([at.user], task::read)?.collect::<Result<_, _>>()?;
    let mut count = 0;
    for task in tasks {
        if let Some(categories) = renamed(&task.categories, from, to) {
            let changes = TaskChanges { categories: Some(categories), ..TaskChanges::default() };
            apply(tx, at, task, &changes)?;
            count += 1;
        }
    }
    Ok(count)
}

/// The names with `to` in the place of `from` (in any case); `None` when it is not among them.
pub(crate) fn renamed(names: &[String], from: &str, to: &str) -> Option<Vec<String>> {
    let from = fold(from);
    names.iter().any(|name| fold(name) == from).then(|| {
        let rename = |name: &String| if fold(name) == from { to.to_owned() } else { name.clone() };
        names.iter().map(rename).collect()
    })
}

/// 400: the list takes no changes, since it mirrors flagged mail.
pub(crate) fn mirrored() -> Refusal {
    Refusal::new(
        400,
        "ErrorInvalidRequest",
        "The list of flagged emails is read-only: flag the message, or take its flag off.",
    )
}

fn check_own(task: &Task) -> Result<(), Refusal> {
    if task.mail.is_some() { Err(mirrored()) } else { Ok(()) }
}
