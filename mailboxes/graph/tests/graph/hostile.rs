//! Answers that nobody documents.

use crate::script::{error, ok, status, world};
use earmark_mailbox_port::{Checkpoint, Detail, Scope};
use earmark_model::{CategoryName, FailureClass, ItemHandle, ItemKind};

#[tokio::test]
async fn a_next_page_elsewhere_is_refused_before_anything_leaves() {
    for link in [
        "https://evil.test/v1.0/users/a/messages?$skip=5",
        "http://graph.example.test/v1.0/users/a/messages?$skip=5",
        "https://graph.example.test:444/v1.0/users/a/messages",
        "https://graph.example.test@evil.test/v1.0/x",
        "https://graph.example.test/beta/users/a/messages",
        "https://graph.example.test/v1.0/../beta/x",
        "/v1.0/users/a/messages?$skip=5",
        "not a link",
    ] {
        let world = world();
        world.script.answers(ok(&format!(r#"{{"value":[],"@odata.nextLink":"{link}"}}"#)));
        let failure =
            world.anna().bearing(Scope::Mail, &[CategoryName::new("x")]).await.expect_err(link);
        assert_eq!(
            (failure.class, failure.code.as_str()),
            (FailureClass::Bug, "ForeignNextLink"),
            "{link}"
        );
        assert_eq!(world.script.lines().len(), 1);
    }
}

#[tokio::test]
async fn pages_that_lead_in_a_circle_end() {
    let world = world();
    for skip in [1, 2, 1] {
        world.script.answers(ok(&format!(
            r#"{{"value":[],"@odata.nextLink":"https://graph.example.test/v1.0/users/a/messages?$skip={skip}"}}"#
        )));
    }
    let failure =
        world.anna().bearing(Scope::Mail, &[CategoryName::new("x")]).await.expect_err("circle");
    assert_eq!(failure.code, "EndlessPages");
}

#[tokio::test]
async fn anything_that_is_no_answer_is_a_bug_and_never_empty() {
    for body in [
        "",
        "<html>sign in</html>",
        "null",
        "[]",
        "{}",
        "{\"value\":null}",
        "{\"value\":{}}",
        "{\"value\":[null]}",
        "{\"value\":[{\"id\":5}]}",
        "{\"value\":[{\"categories\":[]}]}",
        "{\"value\":[",
    ] {
        let world = world();
        world.script.answers(ok(body));
        let failure =
            world.anna().bearing(Scope::Mail, &[CategoryName::new("x")]).await.expect_err(body);
        assert_eq!(failure.class, FailureClass::Bug, "{body}");
    }
    for body in ["", "<html>sign in</html>", "{}"] {
        let world = world();
        world.script.answers(ok(body));
        let failure = world.anna().changes(None).await.expect_err(body);
        assert_eq!(failure.class, FailureClass::Bug, "{body}");
    }
    for body in ["", "<html>", "null", "[]", "{}", "{\"id\":\"a\",\"categories\":\"Red\"}"] {
        for detail in [Detail::Summary, Detail::Content] {
            let world = world();
            world.script.answers(ok(body));
            // Where the message itself is taken, attachments and folders are asked for next.
            world.script.answers(ok("<html>"));
            let read = world.anna().item(ItemKind::Email, &ItemHandle::from("a"), detail).await;
            assert_eq!(read.expect_err(body).class, FailureClass::Bug, "{body}");
        }
    }
}

#[tokio::test]
async fn a_list_that_is_not_found_is_an_unreadable_mailbox() {
    let world = world();
    let anna = world.anna();
    let unreadable = FailureClass::ScopeUnreadable;
    for _ in 0..4 {
        world.script.answers(error(404, "ErrorItemNotFound"));
    }
    let names = [CategoryName::new("x")];
    let checkpoint = Checkpoint("graph-mail-1:1790000000000".to_owned());
    assert_eq!(anna.changes(None).await.expect_err("feed").class, unreadable);
    let window = anna.changes(Some(&checkpoint)).await;
    assert_eq!(window.expect_err("window").class, unreadable);
    assert_eq!(anna.bearing(Scope::Mail, &names).await.expect_err("sweep").class, unreadable);
    assert_eq!(anna.master_categories().await.expect_err("list").class, unreadable);
    world.script.answers(error(410, "resyncRequired"));
    let sweep = anna.bearing(Scope::Mail, &names).await;
    assert_eq!(sweep.expect_err("sweep").class, FailureClass::Unavailable);
}

#[tokio::test]
async fn a_failure_holds_nothing_of_the_servers_message() {
    let world = world();
    world.script.answers(status(
        403,
        r#"{"error":{"code":"ErrorAccessDenied <b>","message":"anna@example.test may not read Offer"}}"#,
    ));
    let failure = world.anna().master_categories().await.expect_err("refused");
    assert_eq!(failure.code, "ErrorAccessDeniedb");
    assert!(!failure.to_string().contains("anna"));
}
