//! Keeping records in step through the port: the one entrance, its steps, faults and counts.

mod world;

use async_trait::async_trait;
use earmark_crm_port::{Crm, CrmLink, Promoted, Updated};
use earmark_embedded::error::code;
use earmark_embedded::step::{Image, Message, Step};
use earmark_embedded::{CrmError, EmbeddedCrm, EmbeddedCrmPort, Row, Value};
use earmark_http::{Fault, FaultRule, Target, Wiretap};
use earmark_model::{
    ActivityDraft, ActivityId, Body, BodyKind, Cause, Direction, FailureClass, Importance, Instant,
    ItemContent, ItemKind, MailboxId, PrincipalId, TaskContent, TaskStatus,
};
use std::sync::{Arc, Mutex};
use uuid::Uuid;
use world::{read, row, text, update, user};

/// Notes which changes it was asked about, and answers as it was told.
struct Asked {
    seen: Mutex<Vec<(Message, Vec<String>)>>,
    answer: Result<Row, CrmError>,
}

#[async_trait]
impl Step for Asked {
    fn applies(&self, table: &str, _: Message) -> bool {
        table == "task"
    }

    async fn run(&self, image: &Image) -> Result<Row, CrmError> {
        let columns = image.target.keys().cloned().collect();
        self.seen.lock().expect("not poisoned").push((image.message, columns));
        self.answer.clone()
    }
}

struct World {
    crm: Arc<EmbeddedCrm>,
    tap: Arc<Wiretap>,
    port: EmbeddedCrmPort,
    draft: ActivityDraft,
    link: CrmLink,
}

async fn world() -> World {
    let (crm, tap) = (world::crm(), Wiretap::new(3));
    let anna = user(&crm, "anna@contoso.test", Some("Salesperson")).await;
    let content = TaskContent {
        subject: "Call".to_owned(),
        body: Body { kind: BodyKind::Text, text: "Ask".to_owned() },
        status: TaskStatus::NotStarted,
        percent_complete: Some(0),
        importance: Importance::Normal,
        start: None,
        due: Some(Instant::from_millis(1_800_000_000_000)),
        completed: None,
        back_link: None,
    };
    let draft = ActivityDraft {
        id: ActivityId(Uuid::from_u128(5)),
        kind: ItemKind::Task,
        direction: Direction::Incoming,
        message_id: None,
        occurrence: None,
        content: ItemContent::Task(content),
        parties: Vec::new(),
        regarding: None,
        owner: PrincipalId(anna.principal),
        mailbox: MailboxId(anna.mailbox),
        accepted_for: None,
        queues: Vec::new(),
    };
    let link = CrmLink { mailbox: MailboxId(anna.mailbox), handle: "task".into() };
    let port = EmbeddedCrmPort::new(Arc::clone(&crm), Some(Arc::clone(&tap)));
    assert_eq!(port.promote(&draft, &link).await.expect("promoted"), Promoted::Created(draft.id));
    World { crm, tap, port, draft, link }
}

impl World {
    fn task(&mut self) -> &mut TaskContent {
        match &mut self.draft.content {
            ItemContent::Task(content) => content,
            other => panic!("{other:?}"),
        }
    }

    async fn row(&self) -> Row {
        read(&self.crm, "task", self.draft.id.0).await.expect("a task")
    }

    fn asked(&self, answer: Result<Row, CrmError>) -> Arc<Asked> {
        let step = Arc::new(Asked { seen: Mutex::default(), answer });
        self.crm.add_step(Arc::clone(&step) as Arc<dyn Step>);
        step
    }
}

#[tokio::test]
async fn a_task_starts_when_it_is_made() {
    let mut world = world().await;
    let made = world.row().await;
    let (Some(Value::Instant(start)), Some(Value::Instant(created))) =
        (made.get("actualstart"), made.get("createdon"))
    else {
        panic!("{made:?}")
    };
    // The clock of these tests goes on by a second whenever somebody looks.
    assert!((created - start) <= 3_000, "{start} and {created}");
    world.task().status = TaskStatus::InProgress;
    world.port.update(&world.draft, &[]).await.expect("updated");
    assert_eq!(world.row().await.get("actualstart"), made.get("actualstart"));
}

#[tokio::test]
async fn steps_are_asked_about_an_update_and_may_add_to_it() {
    let mut world = world().await;
    let step = world.asked(Ok(row([("category", text("From the plug-in"))])));
    world.task().subject = "Call twice".to_owned();
    assert_eq!(world.port.update(&world.draft, &[]).await.expect("updated"), Updated::Done);
    let seen = step.seen.lock().expect("not poisoned").clone();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].0, Message::Update);
    assert!(seen[0].1.contains(&"subject".to_owned()));
    let row = world.row().await;
    assert_eq!(row.get("subject"), Some(&text("Call twice")));
    assert_eq!(row.get("category"), Some(&text("From the plug-in")));
}

#[tokio::test]
async fn a_step_that_refuses_leaves_the_record_as_it_was() {
    let mut world = world().await;
    let before = world.row().await;
    world.asked(Err(CrmError::new(code::ISV_ABORTED, "not today")));
    world.task().subject = "Call twice".to_owned();
    let failure = world.port.update(&world.draft, &[]).await.expect_err("refused");
    assert_eq!(failure.cause, Cause::PlugInRefused);
    assert_eq!(world.row().await, before);
}

#[tokio::test]
async fn what_does_not_differ_is_not_written() {
    let world = world().await;
    let before = world.row().await;
    for _ in 0..2 {
        assert_eq!(world.port.update(&world.draft, &[]).await.expect("updated"), Updated::Done);
    }
    assert_eq!(world.row().await, before);
}

#[tokio::test]
async fn a_closed_record_is_answered_without_asking_steps() {
    let mut world = world().await;
    let step = world.asked(Ok(Row::new()));
    let close = update("task", world.draft.id.0, row([("statecode", Value::Int(2))]));
    world.crm.execute(close, &world.crm.administrator()).await.expect("closed");
    world.task().subject = "Call twice".to_owned();
    assert_eq!(world.port.update(&world.draft, &[]).await.expect("answered"), Updated::Closed);
    assert_eq!(step.seen.lock().expect("not poisoned").len(), 1);
}

#[tokio::test]
async fn an_update_is_counted_and_faulted_as_the_request_it_stands_for() {
    let mut world = world().await;
    world.task().subject = "Call twice".to_owned();
    let fault = Fault { drop_response: true, ..Fault::default() };
    let rule = FaultRule {
        target: Target::Crm,
        method: Some("PATCH".to_owned()),
        path: Some("/tasks(*)".to_owned()),
        probability: 1.0,
        times: Some(1),
        fault,
    };
    world.tap.set_faults(vec![rule]).expect("a rule");
    let failure = world.port.update(&world.draft, &[]).await.expect_err("an answer was lost");
    assert_eq!(failure.class, FailureClass::Timeout);
    assert_eq!(world.row().await.get("subject"), Some(&text("Call twice")));
    assert_eq!(world.port.update(&world.draft, &[]).await.expect("again"), Updated::Done);
    world.port.unlink(&world.link, world.draft.id).await.expect("unlinked");
    let counts: Vec<_> = world
        .tap
        .counts()
        .into_iter()
        .map(|count| format!("{} {} {}", count.method, count.route, count.count))
        .collect();
    assert_eq!(
        counts,
        ["DELETE /exchangesyncidmappings({id}) 1", "PATCH /tasks({id}) 2", "POST /tasks 1"]
    );
}

#[tokio::test]
async fn a_draft_whose_kind_and_content_disagree_is_refused_for_good() {
    let mut world = world().await;
    world.draft.kind = ItemKind::Email;
    let failure = world.port.update(&world.draft, &[]).await.expect_err("refused");
    assert_eq!(failure.cause, Cause::InvalidRequest);
}
