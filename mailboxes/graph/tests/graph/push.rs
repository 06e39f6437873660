//! Subscriptions to notifications.

use crate::script::{World, error, ok, status, world};
use earmark_mailbox_port::{PushTarget, Renewal, Subscription};
use earmark_model::{FailureClass, Instant};
use serde_json::{Value, json};

const URL: &str = "https://sync.example.test/hooks/graph?organization=1";

fn at(text: &str) -> Instant {
    Instant::parse_rfc3339(text).expect("time")
}

fn target(expires: &str) -> PushTarget {
    PushTarget { url: URL.to_owned(), client_state: "k1".to_owned(), expires: at(expires) }
}

const MAIL: &str = "users/anna@example.test/messages";

#[tokio::test]
async fn mail_calendar_and_each_list_can_be_subscribed_to() {
    let world = world();
    world
        .script
        .answers(ok(r#"{"value":[{"id":"L1="},{"id":"F","wellknownListName":"flaggedEmails"}]}"#));
    let events = "users/anna@example.test/events".to_owned();
    let tasks = "users/anna@example.test/todo/lists/L1%3D/tasks".to_owned();
    let resources = world.anna().push_resources().await;
    assert_eq!(resources, Ok(vec![MAIL.to_owned(), events.clone(), tasks]));
    let world = crate::script::world();
    world.script.answers(error(404, "MailboxNotEnabledForRESTAPI"));
    assert_eq!(world.anna().push_resources().await, Ok(vec![MAIL.to_owned(), events]));
    world.script.answers(error(503, "serviceNotAvailable"));
    let failure = world.anna().push_resources().await.expect_err("outage");
    assert_eq!(failure.class, FailureClass::Unavailable);
}

#[tokio::test]
async fn a_subscription_asks_for_every_change_and_for_its_own_fate() {
    let world = world();
    world.script.answers(status(
        201,
        &json!({
            "id": "s1", "resource": MAIL, "expirationDateTime": "2026-11-23T00:00:00.0000000Z",
            "notificationUrl": URL, "applicationId": "x", "creatorId": null,
        })
        .to_string(),
    ));
    let made = world.anna().subscribe(MAIL, &target("2026-11-24T10:00:00Z")).await;
    let expires = at("2026-11-23T00:00:00Z");
    assert_eq!(made, Ok(Subscription { id: "s1".into(), resource: MAIL.into(), expires }));
    let sent = world.script.take();
    assert_eq!(sent[0].line, "POST /subscriptions");
    assert_eq!(sent[0].headers["prefer"], "IdType=\"ImmutableId\"");
    let body: Value = serde_json::from_str(&sent[0].body).expect("json");
    assert_eq!(
        body,
        json!({
            "changeType": "created,updated,deleted", "resource": MAIL, "notificationUrl": URL,
            "lifecycleNotificationUrl": URL, "clientState": "k1",
            "expirationDateTime": "2026-11-24T10:00:00Z",
        })
    );
}

async fn asked_until(world: &World, expires: &str) -> String {
    world.script.answers(ok(r#"{"id":"s1"}"#));
    let renewal = world.anna().renew("s1", at(expires)).await;
    let sent = world.script.take();
    assert_eq!(sent[0].line, "PATCH /subscriptions/s1");
    let body: Value = serde_json::from_str(&sent[0].body).expect("json");
    let until = body["expirationDateTime"].as_str().expect("time").to_owned();
    assert_eq!(renewal, Ok(Renewal::Until(at(&until))));
    until
}

#[tokio::test]
async fn a_renewal_never_asks_for_more_than_is_permitted() {
    let world = world();
    assert_eq!(asked_until(&world, "2026-11-23T10:00:00Z").await, "2026-11-23T10:00:00Z");
    assert_eq!(asked_until(&world, "2027-11-23T10:00:00Z").await, "2026-11-25T08:29:00Z");
    world.script.answers(ok(r#"{"id":"s1","expirationDateTime":"2026-11-22T11:00:00Z"}"#));
    let shorter = world.anna().renew("s1", at("2026-11-23T10:00:00Z")).await;
    assert_eq!(shorter, Ok(Renewal::Until(at("2026-11-22T11:00:00Z"))));
}

#[tokio::test]
async fn a_subscription_that_is_not_known_is_gone_and_ends_with_success() {
    for code in ["ResourceNotFound", "itemNotFound", "NotFound"] {
        let world = world();
        world.script.answers(error(404, code));
        let renewal = world.anna().renew("s1", at("2026-11-23T10:00:00Z")).await;
        assert_eq!(renewal, Ok(Renewal::Gone), "{code}");
        world.script.answers(error(404, code));
        assert_eq!(world.anna().unsubscribe("s1").await, Ok(()), "{code}");
        world.script.answers(status(204, ""));
        assert_eq!(world.anna().unsubscribe("s/1").await, Ok(()));
        assert_eq!(world.script.lines()[2], "DELETE /subscriptions/s/1");
        world.script.answers(error(403, "ErrorAccessDenied"));
        let failure = world.anna().unsubscribe("s1").await.expect_err("refused");
        assert_eq!(failure.class, FailureClass::ScopeUnreadable);
    }
}

#[tokio::test]
async fn only_those_of_this_mailbox_and_address_are_listed() {
    let world = world();
    let one = |id: &str, resource: &str, url: &str| {
        json!({"id": id, "resource": resource, "notificationUrl": url,
            "expirationDateTime": "2026-11-23T00:00:00Z", "clientState": null})
    };
    let first = json!({
        "value": [
            one("mail", "/Users/Anna%40Example.test/messages", URL),
            one("elsewhere", MAIL, "https://other.example.test/"),
        ],
        "@odata.nextLink": "https://graph.example.test/v1.0/subscriptions?$skiptoken=x",
    });
    let last = json!({"value": [
        one("tasks", "users/anna@example.test/todo/lists/L1%3D/tasks", URL),
        one("bens", "users/ben@example.test/messages", URL),
        one("others", "users/anna@example.tests/messages", URL),
        one("tenant", "users", URL),
        {"id": "empty"},
    ]});
    world.script.answers(ok(&first.to_string()));
    world.script.answers(ok(&last.to_string()));
    let found = world.anna().subscriptions(URL).await.expect("list");
    let shown: Vec<_> = found.iter().map(|one| (one.id.as_str(), one.resource.as_str())).collect();
    let tasks = "users/anna@example.test/todo/lists/L1%3D/tasks";
    assert_eq!(shown, [("mail", MAIL), ("tasks", tasks)]);
    assert_eq!(world.script.lines()[0], "GET /subscriptions");
}
