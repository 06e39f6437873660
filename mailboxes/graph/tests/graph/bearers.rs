//! The level sweep.

use crate::script::{FOLDERS, SELECT, error, ok, summary, world};
use earmark_mailbox_port::Scope;
use earmark_model::{CategoryName, FailureClass, FolderRole, ItemKind};

fn names(list: &[&str]) -> Vec<CategoryName> {
    list.iter().map(|name| CategoryName::new(*name)).collect()
}

const FIRST: &str = include_str!("../../fixtures/bearing_first_page.json");
const LAST: &str = include_str!("../../fixtures/bearing_last_page.json");

#[tokio::test]
async fn every_page_is_read_and_partial_items_are_read_by_id() {
    let world = world();
    world.script.answers(ok(FIRST));
    world.script.answers(ok(LAST));
    world.script.answers(ok(FOLDERS));
    world.script.answers(ok(r#"{"id":"F-below-deleted","parentFolderId":"F-deleted"}"#));
    world.script.answers(ok(&summary("AAk2=", "W/\\\"CQ2\\\"", &["tracked to dynamics 365"])));
    let tracked = names(&["Tracked to Dynamics 365"]);
    let items = world.anna().bearing(Scope::Mail, &tracked).await.expect("items");
    let shown: Vec<_> = items.iter().map(|i| (i.handle.as_str(), i.kind, i.folder)).collect();
    assert_eq!(
        shown,
        [
            ("AAk1=", ItemKind::Email, FolderRole::Inbox),
            ("AAk2=", ItemKind::Email, FolderRole::Inbox),
            ("AAk3=", ItemKind::MeetingMessage, FolderRole::DeletedItems),
            ("AAk4=", ItemKind::Email, FolderRole::Junk),
        ]
    );
    assert_eq!(items[0].sender.as_deref(), Some("ana@example.test"));
    assert_eq!(items[0].message_id.as_deref(), Some("<b2f1.77@mail.example.test>"));
    assert_eq!(items[0].version.as_str(), "W/\"CQ1\"");
    let sent = world.script.take();
    let lines: Vec<_> = sent.iter().map(|sent| sent.line.as_str()).collect();
    assert_eq!(
        lines,
        [
            &format!(
                "GET /users/anna@example.test/messages?$filter=categories/any(c:c eq 'Tracked to Dynamics 365')&$select={SELECT}&$top=500"
            ),
            "GET /users/anna@example.test/messages?$filter=categories/any(c:c eq 'Tracked to Dynamics 365')&$top=500&$skip=500",
            "POST /$batch",
            "GET /users/anna@example.test/mailFolders/F-below-deleted?$select=id,parentFolderId",
            &format!("GET /users/anna@example.test/messages/AAk2=?$select={SELECT}"),
        ]
    );
    let batch: serde_json::Value = serde_json::from_str(&sent[2].body).expect("json");
    assert_eq!(
        batch["requests"][0]["url"],
        "/users/anna@example.test/mailFolders/inbox?$select=id,parentFolderId"
    );
    assert_eq!(batch["requests"][7]["headers"]["Prefer"], "IdType=\"ImmutableId\"");

    // Once known, folders cost nothing.
    world.script.answers(ok(LAST));
    world.anna().bearing(Scope::Mail, &tracked).await.expect("items");
    assert_eq!(world.script.lines().len(), 1);
}

#[tokio::test]
async fn each_spelling_is_asked_for_with_its_quotes_doubled() {
    let world = world();
    for _ in 0..3 {
        world.script.answers(ok(r#"{"value":[]}"#));
    }
    let spellings = names(&["O'Neill & Söhne + 1", "o'neill & söhne + 1", "Red", "Red"]);
    world.anna().bearing(Scope::Mail, &spellings).await.expect("items");
    let lines = world.script.lines();
    assert_eq!(lines.len(), 3);
    assert!(lines[0].contains("eq 'O''Neill & Söhne + 1')&$select"), "{}", lines[0]);
    assert!(world.anna().bearing(Scope::Mail, &[]).await.expect("items").is_empty());
    assert!(world.script.lines().is_empty());
}

#[tokio::test]
async fn a_page_that_fails_fails_the_whole() {
    let world = world();
    world.script.answers(ok(FIRST));
    world.script.answers(error(503, "serviceNotAvailable"));
    let failure = world.anna().bearing(Scope::Mail, &names(&["x"])).await.expect_err("failure");
    assert_eq!(failure.class, FailureClass::Unavailable);
}
