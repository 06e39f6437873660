//! Category writes.

use crate::script::{World, error, ok, status, summary, world};
use earmark_mailbox_port::{CategoryWrite, Detail};
use earmark_model::{CategoryName, Failure, FailureClass, ItemHandle, ItemKind, Version};

const TRACKED: &str = "Tracked to Dynamics 365";

async fn change(
    world: &World,
    add: &[&str],
    remove: &[&str],
    base: &str,
) -> Result<CategoryWrite, Failure> {
    let names =
        |list: &[&str]| list.iter().map(|name| CategoryName::new(*name)).collect::<Vec<_>>();
    let handle = ItemHandle::from("a");
    world
        .anna()
        .change_categories(
            ItemKind::Email,
            &handle,
            &names(add),
            &names(remove),
            &Version::from(base),
        )
        .await
}

async fn look(world: &World, etag: &str, categories: &[&str]) {
    world.script.answers(ok(&summary("a", etag, categories)));
    let read = world.anna().item(ItemKind::Email, &ItemHandle::from("a"), Detail::Summary).await;
    read.expect("item");
    world.script.take();
}

fn done(version: &str) -> CategoryWrite {
    CategoryWrite::Done(Version::from(version))
}

#[tokio::test]
async fn a_write_on_what_was_read_is_one_conditional_request() {
    let world = world();
    world.warm().await;
    look(&world, "W/\\\"1\\\"", &["zebra", "undeliverable", "Apple"]).await;
    world.script.answers(ok(&summary("a", "W/\\\"2\\\"", &["zebra", "Apple", TRACKED])));
    let write = change(&world, &[TRACKED], &["Undeliverable"], "W/\"1\"").await.expect("write");
    assert_eq!(write, done("W/\"2\""));
    let sent = world.script.take();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].line, "PATCH /users/anna@example.test/messages/a");
    assert_eq!(sent[0].headers["if-match"], "W/\"1\"");
    assert_eq!(sent[0].headers["content-type"], "application/json");
    assert_eq!(sent[0].body, r#"{"categories":["zebra","Apple","Tracked to Dynamics 365"]}"#);

    // The answer is remembered as well.
    world.script.answers(ok(&summary("a", "W/\\\"3\\\"", &["zebra", "Apple"])));
    let write = change(&world, &[], &[TRACKED], "W/\"2\"").await.expect("write");
    assert_eq!((write, world.script.lines().len()), (done("W/\"3\""), 1));
}

#[tokio::test]
async fn an_unknown_version_is_read_first_and_another_one_is_stale() {
    let world = world();
    world.warm().await;
    world.script.answers(ok(&summary("a", "W/\\\"2\\\"", &["Red"])));
    assert_eq!(change(&world, &[TRACKED], &[], "W/\"1\"").await, Ok(CategoryWrite::Stale));
    assert_eq!(world.script.lines().len(), 1);
    world.script.answers(ok(&summary("a", "W/\\\"2\\\"", &[TRACKED])));
    assert_eq!(change(&world, &[TRACKED], &["Red"], "W/\"1\"").await, Ok(done("W/\"2\"")));
    assert_eq!(world.script.lines().len(), 1);
}

#[tokio::test]
async fn conflicts_are_stale_and_missing_items_gone() {
    for (answer, wanted) in [
        (error(412, "ErrorIrresolvableConflict"), CategoryWrite::Stale),
        (error(409, "resourceModified"), CategoryWrite::Stale),
        (status(412, ""), CategoryWrite::Stale),
        (error(404, "ErrorItemNotFound"), CategoryWrite::Gone),
    ] {
        let world = world();
        world.warm().await;
        look(&world, "W/\\\"1\\\"", &[]).await;
        world.script.answers(answer);
        assert_eq!(change(&world, &[TRACKED], &[], "W/\"1\"").await, Ok(wanted));
    }
    let world = world();
    world.warm().await;
    look(&world, "W/\\\"1\\\"", &[]).await;
    world.script.answers(error(404, "MailboxNotEnabledForRESTAPI"));
    let failure = change(&world, &[TRACKED], &[], "W/\"1\"").await.expect_err("mailbox");
    assert_eq!(failure.class, FailureClass::ScopeUnreadable);
}

#[tokio::test]
async fn an_answer_that_shows_other_names_is_stale_and_a_silent_one_is_checked() {
    let world = world();
    world.warm().await;
    look(&world, "W/\\\"1\\\"", &["Red"]).await;
    world.script.answers(ok(&summary("a", "W/\\\"2\\\"", &["Red"])));
    assert_eq!(change(&world, &[TRACKED], &[], "W/\"1\"").await, Ok(CategoryWrite::Stale));
    world.script.answers(status(204, ""));
    world.script.answers(ok(&summary("a", "W/\\\"3\\\"", &["Red", TRACKED])));
    assert_eq!(change(&world, &[TRACKED], &[], "W/\"2\"").await, Ok(done("W/\"3\"")));
}

#[tokio::test]
async fn a_lost_answer_is_a_timeout_and_the_repetition_is_stale() {
    let world = world();
    world.warm().await;
    look(&world, "W/\\\"1\\\"", &[]).await;
    world.script.answers(Err(earmark_http::SendError::Interrupted { detail: "cut".into() }));
    let failure = change(&world, &[TRACKED], &[], "W/\"1\"").await.expect_err("lost");
    assert_eq!(failure.class, FailureClass::Timeout);
    world.script.answers(error(412, "ErrorIrresolvableConflict"));
    assert_eq!(change(&world, &[TRACKED], &[], "W/\"1\"").await, Ok(CategoryWrite::Stale));
}
