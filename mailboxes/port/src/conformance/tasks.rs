//! Tasks in their lists.

use super::meeting::{day_after, in_zone};
use super::{
    Bench, Desk, Errand, Mail, Outcome, TRACKED, Verdict, done, ensure, equal, fails, names,
};
use crate::{CategoryWrite, Detail, ItemRead, Scope};
use earmark_model::{
    ActivityId, Body, BodyKind, FailureClass, Field, FieldValue, Importance, ItemContent,
    ItemHandle, ItemKind, ObservedItem, TaskContent, TaskStatus,
};
use jiff::civil::date;
use std::collections::BTreeSet;
use std::time::Duration;

const KIND: ItemKind = ItemKind::Task;

const NO_TASKS: Outcome = Ok(Verdict::NotApplicable("the server has no tasks"));

/// How long a connector may remember which lists there are.
const LISTS_KNOWN_FOR: Duration = Duration::from_secs(60 * 60);

impl Desk<'_> {
    async fn new_list(&self, name: &str) -> Result<String, String> {
        self.bench.make_task_list(&self.address, name).await
    }

    async fn put_task(&self, list: &str, errand: &Errand) -> Result<ItemHandle, String> {
        self.bench.make_task(&self.address, list, errand).await
    }

    async fn bearing_tasks(&self, list: &[&str]) -> Result<Vec<ObservedItem>, String> {
        done(self.mailbox.bearing(Scope::Tasks, &names(list)).await, "bearing")
    }

    async fn task(&self, handle: &ItemHandle) -> Result<TaskContent, String> {
        let read = self.mailbox.item(KIND, handle, Detail::Content).await;
        match done(read, "reading content")? {
            ItemRead::Found { content: Some(content), .. } => match *content {
                ItemContent::Task(content) => Ok(content),
                other => Err(format!("the content is not a task's: {other:?}")),
            },
            other => Err(format!("content was asked for and {other:?} answered")),
        }
    }
}

fn has_tasks(bench: &dyn Bench) -> bool {
    bench.server().capabilities().tasks
}

fn handles(items: &[ObservedItem]) -> BTreeSet<ItemHandle> {
    items.iter().map(|item| item.handle.clone()).collect()
}

pub(super) async fn bearers_in_all_lists_are_found(bench: &dyn Bench) -> Outcome {
    if !has_tasks(bench) {
        return NO_TASKS;
    }
    let desk = Desk::new(bench, "tasks-bearers").await?;
    let mut wanted = BTreeSet::new();
    for name in ["One", "Two", "Three"] {
        let list = desk.new_list(name).await?;
        for status in [TaskStatus::NotStarted, TaskStatus::Completed] {
            let errand = Errand { status, ..Errand::new(name).with(&["Red", TRACKED]) };
            wanted.insert(desk.put_task(&list, &errand).await?);
        }
        desk.put_task(&list, &Errand::new("Other").with(&["Red"])).await?;
        desk.put_task(&list, &Errand::new("None")).await?;
    }
    let found = desk.bearing_tasks(&[TRACKED]).await?;
    equal(&found.len(), &wanted.len(), "bearers")?;
    equal(&handles(&found), &wanted, "bearers")?;
    ensure(found.iter().all(|item| item.kind == KIND), || "a bearer is no task".to_owned())?;
    equal(&desk.bearing_tasks(&[]).await?.len(), &0, "bearers of no name")?;
    Ok(Verdict::Held)
}

pub(super) async fn many_tasks_come_completely(bench: &dyn Bench) -> Outcome {
    if !has_tasks(bench) {
        return NO_TASKS;
    }
    let desk = Desk::new(bench, "tasks-many").await?;
    let list = desk.new_list("Many").await?;
    let mut wanted = BTreeSet::new();
    // More than any page that a connector asks for.
    for number in 0..330 {
        let errand = Errand::new(&format!("Number {number}"));
        desk.put_task(&list, &errand).await?;
        wanted.insert(desk.put_task(&list, &errand.with(&[TRACKED])).await?);
    }
    let found = handles(&desk.bearing_tasks(&[TRACKED]).await?);
    ensure(found == wanted, || format!("{} of {} bearers came", found.len(), wanted.len()))?;
    Ok(Verdict::Held)
}

pub(super) async fn lists_may_come_and_go(bench: &dyn Bench) -> Outcome {
    if !has_tasks(bench) {
        return NO_TASKS;
    }
    let desk = Desk::new(bench, "tasks-lists").await?;
    let (kept, dropped) = (desk.new_list("Kept").await?, desk.new_list("Dropped").await?);
    let errand = Errand::new("Errand").with(&[TRACKED]);
    let (one, two) =
        (desk.put_task(&kept, &errand).await?, desk.put_task(&dropped, &errand).await?);
    let found = handles(&desk.bearing_tasks(&[TRACKED]).await?);
    equal(&found, &BTreeSet::from([one.clone(), two.clone()]), "bearers")?;
    bench.delete_task_list(&desk.address, &dropped).await?;
    let found = handles(&desk.bearing_tasks(&[TRACKED]).await?);
    equal(&found, &BTreeSet::from([one.clone()]), "bearers after a list was deleted")?;
    desk.gone(KIND, &two).await?;
    let made = desk.new_list("Made").await?;
    let three = desk.put_task(&made, &errand).await?;
    bench.advance(LISTS_KNOWN_FOR);
    let found = handles(&desk.bearing_tasks(&[TRACKED]).await?);
    equal(&found, &BTreeSet::from([one, three]), "bearers an hour after a list was made")?;
    Ok(Verdict::Held)
}

pub(super) async fn flagged_mail_is_no_task(bench: &dyn Bench) -> Outcome {
    if !has_tasks(bench) {
        return NO_TASKS;
    }
    let desk = Desk::new(bench, "tasks-flagged").await?;
    let mail = desk.deliver(Mail::new("Flagged").with(&[TRACKED])).await?;
    if !bench.flag(&desk.address, &mail).await? {
        return Ok(Verdict::NotApplicable("mail cannot be flagged"));
    }
    equal(&desk.bearing_tasks(&[TRACKED]).await?, &Vec::new(), "bearers")?;
    Ok(Verdict::Held)
}

pub(super) async fn a_mailbox_without_tasks_is_unreadable_there_alone(
    bench: &dyn Bench,
) -> Outcome {
    let desk = Desk::new(bench, "tasks-none").await?;
    let handle = desk.deliver(Mail::new("Offer").with(&[TRACKED])).await?;
    if has_tasks(bench) && !bench.take_tasks_away(&desk.address).await? {
        return Ok(Verdict::NotApplicable("tasks cannot be taken away"));
    }
    let tasks = desk.mailbox.bearing(Scope::Tasks, &names(&[TRACKED])).await;
    fails(tasks, &[FailureClass::ScopeUnreadable], "bearing tasks")?;
    let mail = desk.mailbox.bearing(Scope::Mail, &names(&[TRACKED])).await;
    equal(&handles(&done(mail, "bearing mail")?), &BTreeSet::from([handle]), "mail")?;
    done(desk.mailbox.bearing(Scope::Calendar, &names(&[TRACKED])).await, "bearing events")?;
    if bench.server().capabilities().push {
        let resources = done(desk.mailbox.push_resources().await, "resources")?;
        ensure(!resources.is_empty(), || "nothing can be subscribed to".to_owned())?;
    }
    Ok(Verdict::Held)
}

pub(super) async fn content_of_a_task_is_whole(bench: &dyn Bench) -> Outcome {
    if !has_tasks(bench) {
        return NO_TASKS;
    }
    let desk = Desk::new(bench, "task-content").await?;
    let list = desk.new_list("Errands").await?;
    let start = day_after(bench.now(), 1)?;
    let due = day_after(bench.now(), 200)?;
    for (status, percent) in [
        (TaskStatus::NotStarted, Some(0)),
        (TaskStatus::InProgress, None),
        (TaskStatus::WaitingOnOthers, None),
        (TaskStatus::Deferred, None),
        (TaskStatus::Completed, Some(100)),
    ] {
        let errand = Errand {
            text: "Zwei Kopien für Größe 🙂".to_owned(),
            status,
            importance: Importance::High,
            start: Some(start),
            due: Some(due),
            ..Errand::new("Das Angebot senden")
        };
        let content = desk.task(&desk.put_task(&list, &errand).await?).await?;
        equal(&content.subject, &errand.title, "title")?;
        equal(&content.body.text.trim(), &errand.text.as_str(), "notes")?;
        equal(&content.status, &status, "status")?;
        if percent.is_some() {
            equal(&content.percent_complete, &percent, "percent")?;
        }
        equal(&content.importance, &Importance::High, "importance")?;
        equal(&content.start, &Some(in_zone(start.into())?), "start")?;
        equal(&content.due, &Some(in_zone(due.into())?), "due")?;
        equal(&content.completed.is_some(), &(status == TaskStatus::Completed), "completed")?;
        equal(&content.back_link, &None, "back link")?;
    }
    let content = desk.task(&desk.put_task(&list, &Errand::new("Bare")).await?).await?;
    equal(&(content.start, content.due), &(None, None), "days of a task without any")?;
    Ok(Verdict::Held)
}

fn record(text: &str) -> Result<ActivityId, String> {
    text.parse().map_err(|_| format!("{text} is no id"))
}

pub(super) async fn fields_of_a_task_take_new_values(bench: &dyn Bench) -> Outcome {
    if !has_tasks(bench) {
        return NO_TASKS;
    }
    let desk = Desk::new(bench, "task-fields").await?;
    let list = desk.new_list("Errands").await?;
    let errand = Errand::new("Errand").with(&["zebra", TRACKED]);
    let handle = desk.put_task(&list, &errand).await?;
    let base = desk.look_at(KIND, &handle).await?.version;
    let body = Body { kind: BodyKind::Text, text: "Ask for Kim".to_owned() };
    let due = in_zone(date(2026, 5, 4).into())?;
    let changes = [
        (Field::Subject, FieldValue::Text("Call & ask".to_owned())),
        (Field::Body, FieldValue::Body(body.clone())),
        (Field::Status, FieldValue::Status(TaskStatus::Completed)),
        (Field::Importance, FieldValue::Importance(Importance::High)),
        (Field::Due, FieldValue::At(Some(due))),
    ];
    let mailbox = &desk.mailbox;
    let write = mailbox.change_fields(KIND, &handle, &changes, None, &base).await;
    let version = desk.look_at(KIND, &handle).await?.version;
    equal(&done(write, "writing fields")?, &CategoryWrite::Done(version), "the answer")?;
    let content = desk.task(&handle).await?;
    equal(&content.subject, &"Call & ask".to_owned(), "title")?;
    equal(&content.body.text.trim(), &body.text.as_str(), "notes")?;
    equal(&content.status, &TaskStatus::Completed, "status")?;
    equal(&content.importance, &Importance::High, "importance")?;
    equal(&content.start, &None, "start")?;
    ensure(content.due.is_some(), || "the due day is missing".to_owned())?;
    let categories = desk.look_at(KIND, &handle).await?.categories;
    equal(&categories, &errand.categories, "categories")?;
    let late = mailbox.change_fields(KIND, &handle, &changes[..1], None, &base).await;
    equal(&done(late, "writing late")?, &CategoryWrite::Stale, "the answer for an old version")?;
    bench.delete(&desk.address, KIND, &handle).await?;
    let nowhere = mailbox.change_fields(KIND, &handle, &changes[..1], None, &base).await;
    equal(
        &done(nowhere, "writing nowhere")?,
        &CategoryWrite::Gone,
        "the answer for a missing one",
    )?;
    Ok(Verdict::Held)
}

pub(super) async fn a_back_link_travels_with_its_task(bench: &dyn Bench) -> Outcome {
    if !has_tasks(bench) {
        return NO_TASKS;
    }
    let desk = Desk::new(bench, "task-link").await?;
    let (from, to) = (desk.new_list("From").await?, desk.new_list("To").await?);
    let errand = Errand::new("Errand").with(&["zebra", TRACKED]);
    let handle = desk.put_task(&from, &errand).await?;
    let record_id = record("0f1c9b5e-6d7a-4c8e-9b1f-2a3b4c5d6e7f")?;
    // Twice, also by a server that remembers nothing: there is one link.
    for mailbox in [desk.mailbox.clone(), bench.restarted().open(&desk.address)] {
        let write = done(mailbox.put_back_link(&handle, record_id).await, "leaving the record")?;
        let version = desk.look_at(KIND, &handle).await?.version;
        equal(&write, &CategoryWrite::Done(version), "the answer")?;
    }
    let content = desk.task(&handle).await?;
    equal(&content.back_link, &Some(record_id), "back link")?;
    equal(&content.subject, &errand.title, "title")?;
    let categories = desk.look_at(KIND, &handle).await?.categories;
    equal(&categories, &errand.categories, "categories")?;

    let moved = bench.move_task(&desk.address, &handle, &to).await?;
    equal(&desk.task(&moved).await?.back_link, &Some(record_id), "back link after a move")?;
    if moved != handle {
        desk.gone(KIND, &handle).await?;
    }
    let found = handles(&desk.bearing_tasks(&[TRACKED]).await?);
    equal(&found, &BTreeSet::from([moved.clone()]), "bearers after a move")?;

    let other = record("7a1c9b5e-6d7a-4c8e-9b1f-2a3b4c5d6e7f")?;
    done(desk.mailbox.put_back_link(&moved, other).await, "leaving another record")?;
    equal(&desk.task(&moved).await?.back_link, &Some(other), "back link to another record")?;
    bench.delete(&desk.address, KIND, &moved).await?;
    let write = done(desk.mailbox.put_back_link(&moved, other).await, "leaving it nowhere")?;
    equal(&write, &CategoryWrite::Gone, "the answer for a missing task")?;
    Ok(Verdict::Held)
}
