//! Tasks of To Do.

use crate::script::{World, batch, error, ok, status, world};
use earmark_mailbox_port::{CategoryWrite, Detail, ItemRead, Scope};
use earmark_model::{
    ActivityId, CategoryName, Failure, FailureClass, Importance, ItemContent, ItemHandle, ItemKind,
    ObservedItem, TaskContent, TaskStatus, Version,
};
use serde_json::{Value, json};

const TRACKED: &str = "Tracked to Dynamics 365";
const HOME: &str = "/users/anna@example.test/todo/lists";
const TASK: &str = include_str!("../../fixtures/task_with_content.json");
const LISTS: &str = r#"{"value":[{"id":"L1=","wellknownListName":"defaultList"},{"id":"LF","wellknownListName":"flaggedEmails"},{"id":"L2","wellknownListName":"none"}]}"#;
const EMPTY: &str = r#"{"value":[]}"#;
const NOT_FOUND: &str = r#"{"error":{"code":"ErrorItemNotFound"}}"#;
const BAD_FILTER: &str = r#"{"error":{"code":"invalidRequest"}}"#;

fn task(id: &str, categories: &[&str]) -> Value {
    json!({"@odata.etag": format!("W/\"{id}1\""), "id": id, "title": "x", "categories": categories})
}

fn page(tasks: &[Value]) -> String {
    json!({ "value": tasks }).to_string()
}

async fn bearing(world: &World, names: &[&str]) -> Result<Vec<ObservedItem>, Failure> {
    let names: Vec<_> = names.iter().map(|name| CategoryName::new(*name)).collect();
    world.anna().bearing(Scope::Tasks, &names).await
}

fn shown(items: &[ObservedItem]) -> Vec<&str> {
    items.iter().map(|item| item.handle.as_str()).collect()
}

/// The addresses in a batch, decoded, below the lists.
fn asked(body: &str) -> Vec<String> {
    let body: Value = serde_json::from_str(body).expect("json");
    let url = |request: &Value| {
        let url = request["url"].as_str().expect("url").to_owned();
        percent_encoding::percent_decode_str(&url).decode_utf8_lossy().replace(HOME, "")
    };
    body["requests"].as_array().expect("list").iter().map(url).collect()
}

#[tokio::test]
async fn each_list_is_read_by_itself_and_the_lists_once_an_hour() {
    let world = world();
    let one = page(&[task("T1", &["tracked to dynamics 365"])]);
    let two = page(&[task("T1", &[TRACKED, "Red"]), task("T2", &["Red"])]);
    let both = batch(&[(0, 200, &one), (1, 200, &two)]);
    world.script.answers(ok(LISTS));
    world.script.answers(ok(&both));
    let items = bearing(&world, &[TRACKED]).await.expect("items");
    assert_eq!(shown(&items), ["L1=|T1", "L2|T1"]);
    assert_eq!((items[0].kind, items[0].version.as_str()), (ItemKind::Task, "W/\"T11\""));
    let sent = world.script.take();
    assert_eq!(sent[0].line, format!("GET {HOME}"));
    let filter = format!("$filter=categories/any(c:c eq '{TRACKED}')&$top=100");
    assert_eq!(
        asked(&sent[1].body),
        [format!("/L1=/tasks?{filter}"), format!("/L2/tasks?{filter}")]
    );
    world.clock.advance(3_599);
    world.script.answers(ok(&both));
    bearing(&world, &[TRACKED]).await.expect("items");
    assert_eq!(world.script.lines(), ["POST /$batch"]);
    world.clock.advance(1);
    world.script.answers(ok(r#"{"value":[{"id":"L3"}]}"#));
    world.script.answers(ok(&page(&[task("T3", &[TRACKED])])));
    assert_eq!(shown(&bearing(&world, &[TRACKED]).await.expect("items")), ["L3|T3"]);
    world.script.take();
    assert_eq!(bearing(&world, &[]).await, Ok(Vec::new()));
    assert!(world.script.lines().is_empty());
}

#[tokio::test]
async fn a_list_that_is_gone_has_the_lists_read_again() {
    let world = world();
    world.script.answers(ok(LISTS));
    world.script.answers(ok(&batch(&[(0, 200, EMPTY), (1, 404, NOT_FOUND)])));
    world.script.answers(ok(r#"{"value":[{"id":"L1="}]}"#));
    world.script.answers(ok(&page(&[task("T1", &[TRACKED])])));
    assert_eq!(shown(&bearing(&world, &[TRACKED]).await.expect("items")), ["L1=|T1"]);
    // A list that stays announced and missing is no empty one.
    let world = crate::script::world();
    for _ in 0..3 {
        world.script.answers(ok(r#"{"value":[{"id":"L1"}]}"#));
        world.script.answers(error(404, "ErrorItemNotFound"));
    }
    let failure = bearing(&world, &[TRACKED]).await.expect_err("missing");
    assert_eq!(failure.class, FailureClass::ScopeUnreadable);
}

#[tokio::test]
async fn a_refused_filter_is_replaced_by_reading_everything() {
    let world = world();
    world.script.answers(ok(LISTS));
    world
        .script
        .answers(ok(&crate::script::silent_batch(&[(0, 400, BAD_FILTER), (1, 200, EMPTY)])));
    let one = page(&[task("T1", &[TRACKED]), task("T2", &["Red"]), task("T3", &[])]);
    world.script.answers(ok(&batch(&[(0, 200, &one), (1, 200, EMPTY)])));
    assert_eq!(shown(&bearing(&world, &[TRACKED]).await.expect("items")), ["L1=|T1"]);
    let sent = world.script.take();
    assert_eq!(asked(&sent[2].body), ["/L1=/tasks", "/L2/tasks"]);
    world.script.answers(ok(&batch(&[(0, 200, &one), (1, 200, EMPTY)])));
    bearing(&world, &[TRACKED, "Blue"]).await.expect("items");
    assert_eq!(asked(&world.script.take()[0].body), ["/L1=/tasks", "/L2/tasks"]);
}

#[tokio::test]
async fn a_mailbox_without_tasks_is_unreadable_there_and_readable_elsewhere() {
    for answer in [
        error(404, "MailboxNotEnabledForRESTAPI"),
        error(404, "ErrorItemNotFound"),
        error(403, "ErrorAccessDenied"),
    ] {
        let world = world();
        world.script.answers(answer);
        let failure = bearing(&world, &[TRACKED]).await.expect_err("no tasks");
        assert_eq!(failure.class, FailureClass::ScopeUnreadable);
    }
    // The application may not read tasks: 401 with a code that says nothing, also to a new token.
    let world = world();
    world.script.answers(error(401, "UnknownError"));
    world.script.answers(error(401, "UnknownError"));
    let failure = bearing(&world, &[TRACKED]).await.expect_err("no tasks");
    assert_eq!(failure.class, FailureClass::ScopeUnreadable);
    world.script.answers(error(401, "InvalidAuthenticationToken"));
    world.script.answers(error(401, "InvalidAuthenticationToken"));
    let failure = bearing(&world, &[TRACKED]).await.expect_err("no token");
    assert_eq!(failure.class, FailureClass::Unauthenticated);
}

#[tokio::test]
async fn a_task_of_which_a_list_shows_too_little_is_read_by_id() {
    let world = world();
    world.script.answers(ok(r#"{"value":[{"id":"L1"}]}"#));
    world.script.answers(ok(r#"{"value":[{"id":"T1","@odata.etag":"W/\"1\""}]}"#));
    world.script.answers(ok(&task("T1", &[TRACKED]).to_string()));
    assert_eq!(shown(&bearing(&world, &[TRACKED]).await.expect("items")), ["L1|T1"]);
    assert_eq!(world.script.lines()[2], format!("GET {HOME}/L1/tasks/T1"));
}

#[tokio::test]
async fn tasks_are_read_by_handle_and_what_is_no_handle_is_gone() {
    let world = world();
    let anna = world.anna();
    let handles = ["L1|T1".into(), "nonsense".into(), "L1|T2".into(), "L2|T3=".into()];
    let (one, three) = (task("T1", &[]).to_string(), task("T3=", &[TRACKED]).to_string());
    world.script.answers(ok(&batch(&[(0, 200, &one), (1, 404, NOT_FOUND), (2, 200, &three)])));
    let reads = anna.items(ItemKind::Task, &handles).await.expect("items");
    let found: Vec<_> = reads
        .iter()
        .map(|read| match read {
            ItemRead::Found { item, .. } => Some(item.handle.as_str()),
            ItemRead::Gone => None,
        })
        .collect();
    assert_eq!(found, [Some("L1|T1"), None, None, Some("L2|T3=")]);
    for detail in [Detail::Summary, Detail::Content] {
        let read = anna.item(ItemKind::Task, &ItemHandle::from("nonsense"), detail).await;
        assert_eq!(read, Ok(ItemRead::Gone));
    }
}

#[tokio::test]
async fn a_task_in_another_list_is_gone_from_this_one() {
    let world = world();
    let anna = world.anna();
    let handle = ItemHandle::from("L1|T1");
    let invalid = || error(400, "invalidRequest");
    let add = [CategoryName::new(TRACKED)];
    world.script.answers(invalid());
    let read = anna.item(ItemKind::Task, &handle, Detail::Summary).await;
    assert_eq!(read, Ok(ItemRead::Gone));
    // Where the request had more in it, the bare read decides.
    world.script.answers(invalid());
    world.script.answers(invalid());
    assert_eq!(anna.item(ItemKind::Task, &handle, Detail::Content).await, Ok(ItemRead::Gone));
    world.script.answers(invalid());
    world.script.answers(ok(&task("T1", &["Red"]).to_string()));
    let read = anna.item(ItemKind::Task, &handle, Detail::Content).await;
    assert_eq!(read.expect_err("refused").code, "invalidRequest");
    for (last, wanted) in [
        (invalid(), Ok(CategoryWrite::Gone)),
        (ok(&task("T1", &["Red"]).to_string()), Err(FailureClass::Bug)),
    ] {
        world.script.answers(ok(&task("T1", &["Red"]).to_string()));
        world.script.answers(invalid());
        world.script.answers(last);
        anna.item(ItemKind::Task, &handle, Detail::Summary).await.expect("task");
        let base = Version::from("W/\"T11\"");
        let write = anna.change_categories(ItemKind::Task, &handle, &add, &[], &base).await;
        assert_eq!(write.map_err(|failure| failure.class), wanted);
    }
    // A credential that does not reach somebody's tasks says nothing about any task.
    world.script.answers(status(
        400,
        r#"{"error":{"code":"invalidRequest","innerError":{"code":"ErrorIncorrectRoutingHint"}}}"#,
    ));
    let read = anna.item(ItemKind::Task, &handle, Detail::Summary).await;
    assert_eq!(read.expect_err("unreachable").class, FailureClass::ScopeUnreadable);
}

async fn content(world: &World, task: &str) -> TaskContent {
    world.script.answers(ok(task));
    let handle = ItemHandle::from("L1|T1=");
    let read = world.anna().item(ItemKind::Task, &handle, Detail::Content).await;
    let Ok(ItemRead::Found { content: Some(content), .. }) = read else { panic!("{read:?}") };
    let ItemContent::Task(content) = *content else { panic!("no task") };
    content
}

fn record() -> ActivityId {
    "3c1f6a52-9d7e-4b0a-8f43-51e2a7c9d004".parse().expect("id")
}

#[tokio::test]
async fn a_task_is_mapped_whole_in_one_request() {
    let world = world();
    let read = content(&world, TASK).await;
    assert_eq!((read.subject.as_str(), read.body.text.as_str()), ("Send the quote", "Two copies"));
    assert_eq!((read.status, read.percent_complete), (TaskStatus::InProgress, None));
    assert_eq!(read.importance, Importance::Low);
    let midnight = |day| Some(format!("2026-11-{day}T23:00:00Z"));
    assert_eq!(read.start.map(|at| at.to_string()), midnight(24));
    assert_eq!(read.due.map(|at| at.to_string()), midnight(25));
    assert_eq!((read.completed, read.back_link), (None, Some(record())));
    assert_eq!(world.script.lines(), [format!("GET {HOME}/L1/tasks/T1=?$expand=linkedResources")]);
    for (word, status, percent) in [
        ("notStarted", TaskStatus::NotStarted, Some(0)),
        ("completed", TaskStatus::Completed, Some(100)),
        ("waitingOnOthers", TaskStatus::WaitingOnOthers, None),
        ("deferred", TaskStatus::Deferred, None),
    ] {
        let read = content(&world, &TASK.replace("inProgress", word)).await;
        assert_eq!((read.status, read.percent_complete), (status, percent), "{word}");
    }
    let read = content(&world, &TASK.replace("3c1f6a52-9d7e", "nonsense")).await;
    assert_eq!(read.back_link, None);
}

#[tokio::test]
async fn categories_are_written_on_the_version_that_was_read() {
    let world = world();
    let handle = ItemHandle::from("L1|T1");
    world.script.answers(ok(&task("T1", &["Red"]).to_string()));
    world.anna().item(ItemKind::Task, &handle, Detail::Summary).await.expect("task");
    world.script.take();
    let mut after = task("T1", &["Red", TRACKED]);
    after["@odata.etag"] = json!("W/\"T12\"");
    world.script.answers(ok(&after.to_string()));
    let add = [CategoryName::new(TRACKED)];
    let base = Version::from("W/\"T11\"");
    let write = world.anna().change_categories(ItemKind::Task, &handle, &add, &[], &base).await;
    assert_eq!(write, Ok(CategoryWrite::Done(Version::from("W/\"T12\""))));
    let sent = world.script.take();
    assert_eq!((sent.len(), sent[0].line.as_str()), (1, &*format!("PATCH {HOME}/L1/tasks/T1")));
    assert_eq!(sent[0].headers["if-match"], "W/\"T11\"");
    let nonsense = ItemHandle::from("nonsense");
    let write = world.anna().change_categories(ItemKind::Task, &nonsense, &add, &[], &base).await;
    assert_eq!(write, Ok(CategoryWrite::Gone));
}

#[tokio::test]
async fn without_an_entity_tag_the_task_is_read_before_each_write() {
    let world = world();
    let handle = ItemHandle::from("L1|T1");
    let plain = |at: &str, categories: &[&str]| {
        let modified = format!("2026-11-22T10:03:0{at}Z");
        json!({"id": "T1", "categories": categories, "lastModifiedDateTime": modified}).to_string()
    };
    let add = [CategoryName::new(TRACKED)];
    world.script.answers(ok(&plain("1", &["Red"])));
    let read = world.anna().item(ItemKind::Task, &handle, Detail::Summary).await;
    let Ok(ItemRead::Found { item, .. }) = read else { panic!("{read:?}") };
    world.script.answers(ok(&plain("1", &["Red"])));
    world.script.answers(ok(&plain("2", &["Red", TRACKED])));
    let write = |base: Version| {
        let (anna, handle, add) = (world.anna(), handle.clone(), add.clone());
        async move { anna.change_categories(ItemKind::Task, &handle, &add, &[], &base).await }
    };
    world.script.take();
    let done = write(item.version.clone()).await;
    assert!(matches!(done, Ok(CategoryWrite::Done(_))), "{done:?}");
    let sent = world.script.take();
    assert_eq!(sent.len(), 2);
    assert!(!sent[1].headers.contains_key("if-match"));
    world.script.answers(ok(&plain("3", &["Red"])));
    assert_eq!(write(item.version).await, Ok(CategoryWrite::Stale));
}

async fn link(world: &World) -> Result<CategoryWrite, Failure> {
    world.anna().put_back_link(&ItemHandle::from("L1|T1="), record()).await
}

#[tokio::test]
async fn the_record_is_left_on_a_task_once() {
    let world = world();
    world.script.answers(ok(TASK));
    assert_eq!(link(&world).await, Ok(CategoryWrite::Done(Version::from("W/\"T2\""))));
    assert_eq!(world.script.lines().len(), 1);

    let bare = TASK.replace("\"Earmark\"", "\"Another\"");
    world.script.answers(ok(&bare));
    world.script.answers(status(201, r#"{"id":"R3"}"#));
    world.script.answers(ok(&TASK.replace("T2", "T3")));
    assert_eq!(link(&world).await, Ok(CategoryWrite::Done(Version::from("W/\"T3\""))));
    let sent = world.script.take();
    assert_eq!(sent[1].line, format!("POST {HOME}/L1/tasks/T1=/linkedResources"));
    let body: Value = serde_json::from_str(&sent[1].body).expect("json");
    assert_eq!(body["applicationName"], "Earmark");
    assert_eq!(body["externalId"], record().to_string());

    world.script.answers(ok(&TASK.replace("3c1f6a52", "99999999")));
    world.script.answers(ok("{}"));
    world.script.answers(ok(TASK));
    assert!(matches!(link(&world).await, Ok(CategoryWrite::Done(_))));
    let sent = world.script.take();
    assert_eq!(sent[1].line, format!("PATCH {HOME}/L1/tasks/T1=/linkedResources/R2"));
    assert_eq!(sent[1].body, json!({"externalId": record().to_string()}).to_string());

    world.script.answers(error(404, "ErrorItemNotFound"));
    assert_eq!(link(&world).await, Ok(CategoryWrite::Gone));
    world.script.answers(ok(&bare));
    world.script.answers(error(404, "ErrorItemNotFound"));
    assert_eq!(link(&world).await, Ok(CategoryWrite::Gone));
}
