//! What people may do in each other's mailboxes.

mod face;

use face::{ANA, Face, LI, encoded};
use serde_json::{Value, json};

const SHARED: &str = "Mail.ReadWrite.Shared Calendars.ReadWrite.Shared MailboxSettings.ReadWrite";

async fn signed_in(face: &Face, mail: &str, scope: &str) -> String {
    face.token(&format!(
        "grant_type=password&client_id=demo&scope={}&username={}&password=demo",
        encoded(scope),
        encoded(mail)
    ))
    .await
}

async fn asks(face: &Face, token: &str, method: &'static str, path: &str, body: Value) -> u16 {
    let asking = face.ask(method, path).header("authorization", token).immutable();
    let asking = if body.is_null() { asking } else { asking.json(&body) };
    asking.send().await.status
}

fn mail_of(owner: &str) -> String {
    format!("/graph/v1.0/users/{owner}/messages")
}

/// Ana's message, as she sees it.
async fn message(face: &Face) -> String {
    face.deliver("x@contoso.test", ANA, "Offer").await;
    let answer = face.ask("GET", &mail_of(ANA)).immutable().send().await.expect(200);
    answer.values()[0]["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn mail_is_read_by_reviewers_and_changed_by_editors() {
    let face = Face::new().await;
    let one = format!("{}/{}", mail_of(ANA), encoded(&message(&face).await));
    let li = signed_in(&face, LI, SHARED).await;
    let blue = json!({"categories": ["Blue"]});
    let both = async || {
        let read = asks(&face, &li, "GET", &one, Value::Null).await;
        (read, asks(&face, &li, "PATCH", &one, blue.clone()).await)
    };
    assert_eq!(both().await, (403, 403));
    for (role, wanted) in [("reviewer", (200, 403)), ("editor", (200, 200)), ("none", (403, 403))] {
        let path = format!("/sandbox/v1/users/{ANA}/mail-permissions");
        // Addresses are compared in any case.
        let body = json!({"address": LI.to_uppercase(), "role": role});
        face.ask("PUT", &path).json(&body).send().await.expect(204);
        assert_eq!(both().await, wanted, "{role}");
    }
}

#[tokio::test]
async fn what_was_shared_needs_the_permission_for_shared_items() {
    let face = Face::new().await;
    let one = format!("{}/{}", mail_of(ANA), encoded(&message(&face).await));
    let path = format!("/sandbox/v1/users/{ANA}/mail-permissions");
    let body = json!({"address": LI, "role": "editor"});
    face.ask("PUT", &path).json(&body).send().await.expect(204);
    let own = signed_in(&face, LI, "Mail.ReadWrite").await;
    assert_eq!(asks(&face, &own, "GET", &one, Value::Null).await, 403);
    let reads = signed_in(&face, LI, "Mail.Read.Shared").await;
    assert_eq!(asks(&face, &reads, "GET", &one, Value::Null).await, 200);
    assert_eq!(asks(&face, &reads, "PATCH", &one, json!({"categories": []})).await, 403);
}

#[tokio::test]
async fn settings_categories_rules_and_sending_stay_the_owners() {
    let face = Face::new().await;
    let one = format!("{}/{}", mail_of(ANA), encoded(&message(&face).await));
    let path = format!("/sandbox/v1/users/{ANA}/mail-permissions");
    let body = json!({"address": LI, "role": "editor"});
    face.ask("PUT", &path).json(&body).send().await.expect(204);
    let li = signed_in(&face, LI, &format!("{SHARED} Mail.Send")).await;
    let home = format!("/graph/v1.0/users/{ANA}");
    for below in ["/outlook/masterCategories", "/mailboxSettings", "/contacts"] {
        assert_eq!(asks(&face, &li, "GET", &format!("{home}{below}"), Value::Null).await, 403);
    }
    let rules = format!("{home}/mailFolders/inbox/messageRules");
    assert_eq!(asks(&face, &li, "GET", &rules, Value::Null).await, 403);
    let reply = asks(&face, &li, "POST", &format!("{one}/reply"), json!({"comment": "x"})).await;
    assert_eq!(reply, 403);
    assert!(face.sandbox.sent().await.expect("sent").is_empty());
}

#[tokio::test]
async fn the_calendar_is_shared_by_its_permissions() {
    let face = Face::new().await;
    let home = format!("/graph/v1.0/users/{ANA}");
    let event = json!({
        "subject": "Review",
        "start": {"dateTime": "2026-11-23T09:00:00", "timeZone": "UTC"},
        "end": {"dateTime": "2026-11-23T10:00:00", "timeZone": "UTC"},
    });
    let made = face.ask("POST", &format!("{home}/events")).json(&event).send().await.expect(201);
    let one = format!("{home}/events/{}", encoded(made.json["id"].as_str().expect("an id")));
    let li = signed_in(&face, LI, SHARED).await;
    let permissions = format!("{home}/calendar/calendarPermissions");
    let body = json!({"emailAddress": {"name": "Li Wei", "address": LI}, "role": "read"});
    let made = face.ask("POST", &permissions).json(&body).send().await.expect(201);
    let own = format!("{permissions}/{}", encoded(made.json["id"].as_str().expect("an id")));
    let blue = json!({"categories": ["Blue"]});
    for (role, wanted) in [
        ("freeBusyRead", (403, 403)),
        ("read", (200, 403)),
        ("write", (200, 200)),
        ("delegateWithPrivateEventAccess", (200, 200)),
    ] {
        face.ask("PATCH", &own).json(&json!({"role": role})).send().await.expect(200);
        let read = asks(&face, &li, "GET", &one, Value::Null).await;
        let write = asks(&face, &li, "PATCH", &one, blue.clone()).await;
        assert_eq!((read, write), wanted, "{role}");
    }
    // Who may change what is in it may not give it to others.
    assert_eq!(asks(&face, &li, "GET", &permissions, Value::Null).await, 403);
}
