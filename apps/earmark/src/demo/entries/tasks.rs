//! Tasks of all lists. A handle is the ids of list and task, as the engine's connector joins them.

use super::{Entry, Fact, Kind, MailAccess, Problem, Reading, categories, text};
use crate::commands::mailbox::encoded;
use serde_json::Value;

/// Between the id of the list and that of the task.
const SEPARATOR: char = '|';

/// The tasks, list by list. Flagged mail is mail.
pub(super) async fn list(mail: &MailAccess, mailbox: &str) -> Result<Vec<Entry>, Problem> {
    let lists = format!("/graph/v1.0/users/{}/todo/lists", encoded(mailbox));
    let mut entries = Vec::new();
    for list in mail.list(&lists).await? {
        if list["wellknownListName"] == "flaggedEmails" {
            continue;
        }
        let id = text(&list, "id");
        let tasks = mail.list(&format!("{lists}/{}/tasks?$top=200", encoded(&id))).await?;
        entries.extend(tasks.iter().map(|task| entry(&id, task)));
    }
    Ok(entries)
}

/// One task with its notes.
pub(super) async fn read(mail: &MailAccess, mailbox: &str, id: &str) -> Result<Reading, Problem> {
    let task = mail.get(&path(mailbox, id)?).await?;
    let mut facts = vec![Fact::text("Status", status(&task))];
    if let Some(due) = due(&task) {
        facts.push(Fact::at("Due", Some(due)));
    }
    facts.push(Fact::text("Importance", text(&task, "importance")));
    Ok(Reading {
        id: id.to_owned(),
        subject: task["title"].clone(),
        facts,
        categories: categories(&task),
        body: task["body"]["content"].clone(),
        attachments: Vec::new(),
    })
}

/// Errors: `id` is no handle of a task.
pub(super) fn path(mailbox: &str, id: &str) -> Result<String, Problem> {
    let no_task = || Problem::missing("item", "no such task").hint("Reload the page");
    let (list, task) = id.split_once(SEPARATOR).ok_or_else(no_task)?;
    let [mailbox, list, task] = [mailbox, list, task].map(encoded);
    Ok(format!("/graph/v1.0/users/{mailbox}/todo/lists/{list}/tasks/{task}"))
}

fn entry(list: &str, task: &Value) -> Entry {
    Entry {
        id: format!("{list}{SEPARATOR}{}", text(task, "id")),
        kind: Kind::Task,
        lead: format!("Task · {}", status(task)),
        subject: task["title"].clone(),
        when: due(task),
        is_unread: false,
        has_attachments: task["hasAttachments"] == true,
        categories: categories(task),
    }
}

/// The day; the time of day has no meaning.
fn due(task: &Value) -> Option<String> {
    task["dueDateTime"]["dateTime"].as_str()?.split('T').next().map(str::to_owned)
}

fn status(task: &Value) -> &'static str {
    match task["status"].as_str() {
        Some("completed") => "completed",
        Some("inProgress") => "in progress",
        Some("waitingOnOthers") => "waiting for others",
        Some("deferred") => "deferred",
        _ => "not started",
    }
}
