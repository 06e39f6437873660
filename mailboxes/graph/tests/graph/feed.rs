//! The window of changed mail.

use crate::script::{FOLDERS, SELECT, error, ok, status, world};
use earmark_mailbox_port::Checkpoint;
use earmark_model::{FailureClass, Instant};

const DATE: &str = "2026-11-22T10:15:00Z";

fn at(time: &str) -> Checkpoint {
    Checkpoint(format!("graph-mail-1:{}", Instant::parse_rfc3339(time).expect("time").as_millis()))
}

#[tokio::test]
async fn a_new_feed_starts_at_the_servers_time() {
    let world = world();
    world.script.answers(ok(r#"{"value":[{"id":"x"}]}"#));
    let page = world.anna().changes(None).await.expect("page");
    assert!(page.changed.is_empty() && page.gone.is_empty());
    assert_eq!(page.next, at(DATE));
    assert_eq!(world.script.lines(), ["GET /users/anna@example.test/messages?$select=id&$top=1"]);
}

#[tokio::test]
async fn a_window_reaches_back_five_minutes_and_its_checkpoint_is_the_servers_time() {
    let world = world();
    let checkpoint = Checkpoint(format!(
        "{}123",
        &at("2026-11-22T10:00:00Z").0.strip_suffix("000").expect("ms")
    ));
    world.script.answers(ok(r#"{"value":[{"@odata.etag":"W/\"1\"","id":"a","categories":[],"parentFolderId":"F-sent","lastModifiedDateTime":"2026-11-22T10:20:00Z"}],
        "@odata.nextLink":"https://graph.example.test/v1.0/users/anna@example.test/messages?$skip=1"}"#));
    world.script.answers(ok(r#"{"value":[]}"#));
    world.script.answers(ok(FOLDERS));
    let page = world.anna().changes(Some(&checkpoint)).await.expect("page");
    assert_eq!(page.changed.len(), 1);
    assert_eq!(page.next, at(DATE), "an item that is newer than the answer moves nothing");
    let lines = world.script.lines();
    assert_eq!(
        lines[0],
        format!(
            "GET /users/anna@example.test/messages?$filter=lastModifiedDateTime ge 2026-11-22T09:55:00Z&$orderby=lastModifiedDateTime desc&$select={SELECT}&$top=500"
        )
    );
    assert_eq!(lines[1], "GET /users/anna@example.test/messages?$skip=1");
    assert_eq!(lines[2], "POST /$batch");
}

#[tokio::test]
async fn without_the_servers_time_the_newest_item_is_as_far_as_it_goes() {
    let world = world();
    let undated = |body: &str| {
        status(200, body).map(|mut response| {
            response.headers_mut().remove("date");
            response
        })
    };
    let checkpoint = at("2026-11-22T10:00:00Z");
    world.script.answers(undated(r#"{"value":[]}"#));
    let page = world.anna().changes(Some(&checkpoint)).await.expect("page");
    assert_eq!(page.next, checkpoint);
    world.script.answers(undated(
        r#"{"value":[{"changeKey":"1","id":"a","categories":[],"parentFolderId":"F-sent","lastModifiedDateTime":"2026-11-22T10:03:00Z"}]}"#,
    ));
    world.script.answers(ok(FOLDERS));
    let page = world.anna().changes(Some(&checkpoint)).await.expect("page");
    assert_eq!(page.next, at("2026-11-22T10:03:00Z"));
}

#[tokio::test]
async fn a_lost_checkpoint_is_said_to_be_without_or_with_the_server() {
    let world = world();
    let unknown = Checkpoint("graph-mail-0:5".to_owned());
    let failure = world.anna().changes(Some(&unknown)).await.expect_err("expired");
    assert_eq!(failure.class, FailureClass::CheckpointExpired);
    assert!(world.script.lines().is_empty());
    world.script.answers(error(410, "syncStateNotFound"));
    let failure = world.anna().changes(Some(&at(DATE))).await.expect_err("expired");
    assert_eq!(failure.class, FailureClass::CheckpointExpired);
}
