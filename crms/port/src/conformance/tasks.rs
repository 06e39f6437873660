//! Tasks: every field, every status, found again, opened again.

use super::bench::Bench;
use super::drafts::{day, errand, task};
use super::promoting::address;
use super::seen::{Closing, SeenTask, TaskState};
use super::{Outcome, Verdict, done, equal};
use crate::{LookupRequest, NaturalKey, Promoted, Updated};
use earmark_model::task::TaskStatus;
use earmark_model::{ActivityDraft, ActivityId, Importance, ItemKind};
use uuid::Uuid;

async fn seen(bench: &dyn Bench, id: ActivityId) -> Result<SeenTask, String> {
    bench.look_at_task(id).await?.ok_or_else(|| "the task is not there".to_owned())
}

async fn update(bench: &dyn Bench, draft: &ActivityDraft) -> Result<Updated, String> {
    done(bench.crm().update(draft, &[]).await, "update")
}

pub(super) async fn a_task_has_every_field(bench: &dyn Bench) -> Outcome {
    let person = bench.user(&address(bench, "task")).await?;
    let contact = bench.contact(&address(bench, "task")).await?;
    let (mut draft, link) = task(bench, &person);
    draft.regarding = Some(contact.clone());
    for answer in [Promoted::Created(draft.id), Promoted::AlreadyThere(draft.id)] {
        equal(&done(bench.crm().promote(&draft, &link).await, "promote")?, &answer, "the answer")?;
    }
    let mut wanted = SeenTask {
        subject: errand(&mut draft).subject.clone(),
        description: "Call & ask".to_owned(),
        start: Some(day(bench, 5)),
        due: Some(day(bench, 7)),
        percent: Some(40),
        state: TaskState::InProgress,
        importance: Importance::Low,
        completed: None,
        owner: person.owner,
        regarding: Some(contact),
    };
    equal(&seen(bench, draft.id).await?, &wanted, "the task")?;
    let links = done(bench.crm().links(person.mailbox).await, "links")?;
    equal(&links, &vec![(link, draft.id)], "the links")?;
    let content = errand(&mut draft);
    content.subject = "Another subject".to_owned();
    content.body.text = "<p>Write</p>".to_owned();
    content.importance = Importance::High;
    content.start = Some(day(bench, 1));
    content.due = Some(day(bench, 2));
    // A server that keeps no share says nothing about it.
    content.percent_complete = None;
    equal(&update(bench, &draft).await?, &Updated::Done, "the answer")?;
    wanted.subject = "Another subject".to_owned();
    wanted.description = "Write".to_owned();
    wanted.importance = Importance::High;
    (wanted.start, wanted.due) = (Some(day(bench, 1)), Some(day(bench, 2)));
    equal(&seen(bench, draft.id).await?, &wanted, "the task after the update")?;
    Ok(Verdict::Held)
}

pub(super) async fn each_status_of_a_task_has_its_state(bench: &dyn Bench) -> Outcome {
    let person = bench.user(&address(bench, "status")).await?;
    let (mut draft, link) = task(bench, &person);
    done(bench.crm().promote(&draft, &link).await, "promote")?;
    for (status, state) in [
        (TaskStatus::NotStarted, TaskState::NotStarted),
        (TaskStatus::WaitingOnOthers, TaskState::Waiting),
        (TaskStatus::Deferred, TaskState::Deferred),
        (TaskStatus::Completed, TaskState::Completed),
        (TaskStatus::InProgress, TaskState::InProgress),
    ] {
        let completed = (status == TaskStatus::Completed).then(|| day(bench, 0));
        let content = errand(&mut draft);
        (content.status, content.completed) = (status, completed);
        equal(&update(bench, &draft).await?, &Updated::Done, "the answer")?;
        let found = seen(bench, draft.id).await?;
        equal(&found.state, &state, "the state")?;
        equal(&found.completed, &completed, "when it was completed")?;
    }
    Ok(Verdict::Held)
}

pub(super) async fn one_day_of_a_task_stands_for_both(bench: &dyn Bench) -> Outcome {
    let person = bench.user(&address(bench, "days")).await?;
    let only = Some(day(bench, 3));
    for (start, due, both) in [(only, None, only), (None, only, only), (None, None, None)] {
        let (mut draft, link) = task(bench, &person);
        (errand(&mut draft).start, errand(&mut draft).due) = (start, due);
        done(bench.crm().promote(&draft, &link).await, "promote")?;
        let found = seen(bench, draft.id).await?;
        equal(&(found.start, found.due), &(both, both), "the days")?;
    }
    Ok(Verdict::Held)
}

pub(super) async fn a_task_is_found_by_the_record_left_on_it(bench: &dyn Bench) -> Outcome {
    let person = bench.user(&address(bench, "left")).await?;
    let (draft, link) = task(bench, &person);
    done(bench.crm().promote(&draft, &link).await, "promote")?;
    let nowhere =
        ActivityId(Uuid::from_u64_pair(0x00e1_5e00_0000_8002, (0x8 << 60) | bench.fresh()));
    let mut request = LookupRequest {
        kind: ItemKind::Task,
        key: NaturalKey::Task(Some(draft.id)),
        id: nowhere,
        link: link.clone(),
        addresses: Vec::new(),
    };
    for (key, id, wanted) in [
        (Some(draft.id), nowhere, vec![draft.id]),
        (None, draft.id, vec![draft.id]),
        (None, nowhere, Vec::new()),
        (Some(nowhere), nowhere, Vec::new()),
    ] {
        (request.key, request.id) = (NaturalKey::Task(key), id);
        let records = done(bench.crm().lookup(&request).await, "lookup")?.records;
        equal(&records.iter().map(|record| record.id).collect(), &wanted, "the records")?;
    }
    Ok(Verdict::Held)
}

pub(super) async fn a_task_that_a_person_closed_takes_no_change(bench: &dyn Bench) -> Outcome {
    let person = bench.user(&address(bench, "finished")).await?;
    for (closing, by_mailbox_before) in
        [(Closing::Completed, false), (Closing::Cancelled, false), (Closing::Cancelled, true)]
    {
        let (mut draft, link) = task(bench, &person);
        done(bench.crm().promote(&draft, &link).await, "promote")?;
        if by_mailbox_before {
            errand(&mut draft).status = TaskStatus::Completed;
            equal(&update(bench, &draft).await?, &Updated::Done, "completed in the mailbox")?;
        }
        bench.close_record(draft.id, closing).await?;
        let before = seen(bench, draft.id).await?;
        errand(&mut draft).status = TaskStatus::NotStarted;
        equal(&update(bench, &draft).await?, &Updated::Closed, "the answer")?;
        equal(&seen(bench, draft.id).await?, &before, "the task")?;
    }
    Ok(Verdict::Held)
}

pub(super) async fn a_task_that_the_mailbox_completed_may_open_again(bench: &dyn Bench) -> Outcome {
    let person = bench.user(&address(bench, "reopens")).await?;
    let (mut draft, link) = task(bench, &person);
    let content = errand(&mut draft);
    (content.status, content.percent_complete) = (TaskStatus::Completed, Some(100));
    content.completed = Some(day(bench, 0));
    done(bench.crm().promote(&draft, &link).await, "promote")?;
    equal(&seen(bench, draft.id).await?.state, &TaskState::Completed, "the state")?;
    let content = errand(&mut draft);
    (content.status, content.percent_complete) = (TaskStatus::NotStarted, Some(0));
    content.completed = None;
    equal(&update(bench, &draft).await?, &Updated::Done, "the answer")?;
    let found = seen(bench, draft.id).await?;
    equal(
        &(found.state, found.percent, found.completed),
        &(TaskState::NotStarted, Some(0), None),
        "the task",
    )?;
    Ok(Verdict::Held)
}
