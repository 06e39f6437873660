//! Subscriptions: the handshake, what is refused, who sees what, their end.

mod face;
mod receiver;
mod schema;

use face::{ANA, Answer, Face, LI, encoded, outside};
use receiver::{Hello, LIFECYCLE, Receiver, URL};
use schema::Description;
use serde_json::{Value, json};
use std::{path::Path, sync::Arc, time::Duration};

const APP: &str = "grant_type=client_credentials&client_id=demo&client_secret=demo&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default";

/// The clock of the face starts at 2026-11-22T10:00:00Z.
const TOMORROW: &str = "2026-11-23T10:00:00Z";

async fn stage(path: Option<&Path>) -> (Face, Arc<Receiver>) {
    let receiver = Arc::new(Receiver::default());
    let face = Face::open_with(path, Some(receiver.clone()));
    let _ = receiver.clock.set(face.clock.clone());
    for (mail, name) in [(ANA, "Ana Ruiz"), (LI, "Li Wei")] {
        let _ = face.sandbox.create_user(mail, name, earmark_sandbox::UserKind::User, false).await;
    }
    (face, receiver)
}

fn user_form(mail: &str, scope: &str) -> String {
    format!(
        "grant_type=password&client_id=demo&client_secret=demo&scope={}&username={}&password=demo",
        encoded(scope),
        encoded(mail)
    )
}

fn wanted() -> Value {
    json!({
        "changeType": "created,updated,deleted", "resource": format!("users/{LI}/messages"),
        "notificationUrl": URL, "expirationDateTime": TOMORROW, "clientState": "secret",
    })
}

fn with(name: &str, value: Value) -> Value {
    let mut body = wanted();
    body[name] = value;
    body
}

async fn make(face: &Face, token: &str, body: &Value) -> Answer {
    face.ask("POST", "/subscriptions").header("authorization", token).json(body).send().await
}

#[tokio::test]
async fn an_address_has_to_repeat_a_token_within_ten_seconds() {
    let (face, receiver) = stage(None).await;
    for (hello, text) in [
        (Hello::OtherText, "exactly match validationToken"),
        (Hello::OtherType, "text/plain"),
        (Hello::Status(202), "200 OK"),
        (Hello::Status(500), "200 OK"),
        (Hello::Timeout, "timed out"),
        (Hello::Unreachable, "could not be reached"),
    ] {
        receiver.hello(hello);
        let refused = make(&face, "Bearer admin", &wanted()).await.expect(400);
        assert_eq!(refused.code(), "InvalidRequest");
        let message = refused.json["error"]["message"].as_str().expect("text");
        assert!(message.starts_with("Subscription validation request"), "{message}");
        assert!(message.contains(text), "{message}");
    }
    assert!(face.get("/subscriptions").send().await.expect(200).values().is_empty());
    receiver.hellos();
    receiver.hello(Hello::Right);
    make(&face, "Bearer admin", &with("lifecycleNotificationUrl", json!(LIFECYCLE)))
        .await
        .expect(201);
    let asked = receiver.hellos();
    assert_eq!(
        asked,
        [("/notify", 10), ("/lifecycle", 10)]
            .map(|(path, seconds)| (path.to_owned(), Duration::from_secs(seconds)))
    );
    assert!(receiver.posts().is_empty());
}

#[tokio::test]
async fn without_a_transport_there_are_no_subscriptions() {
    let face = Face::new().await;
    let refused = make(&face, "Bearer admin", &wanted()).await.expect(501);
    assert_eq!(refused.code(), "NotImplemented");
}

#[tokio::test]
async fn each_member_is_checked() {
    let (face, receiver) = stage(None).await;
    let long = "x".repeat(129);
    let folder = |name: &str| json!(format!("users/{LI}/mailFolders('{name}')/messages"));
    let cases = [
        ("changeType", json!("created,renamed"), 400),
        ("changeType", json!(""), 400),
        ("changeType", json!(7), 400),
        ("changeType", Value::Null, 400),
        ("resource", Value::Null, 400),
        ("resource", json!("groups/x/messages"), 400),
        ("resource", json!(format!("users/{LI}/outlook/masterCategories")), 400),
        ("resource", json!(format!("users/{LI}/mailFolders")), 400),
        ("resource", json!(format!("users/{LI}/messages?$filter=isRead eq false")), 400),
        ("resource", json!("me/messages"), 400),
        ("resource", json!("users/nobody@fabrikam.test/messages"), 404),
        ("resource", folder("nowhere"), 400),
        ("resource", folder("clutter"), 404),
        ("resource", json!(format!("users/{LI}/todo/lists/x/tasks")), 400),
        ("notificationUrl", Value::Null, 400),
        ("notificationUrl", json!("/notify"), 400),
        ("notificationUrl", json!("ftp://sync.test/"), 400),
        ("notificationUrl", json!("http://sync.test/notify"), 400),
        ("notificationUrl", json!("https://me:pw@sync.test/notify"), 400),
        ("lifecycleNotificationUrl", json!("http://10.0.0.1/"), 400),
        ("expirationDateTime", Value::Null, 400),
        ("expirationDateTime", json!("tomorrow"), 400),
        ("expirationDateTime", json!("2026-11-22T10:00:00Z"), 400),
        ("expirationDateTime", json!("2026-11-25T08:30:01Z"), 400),
        ("clientState", json!(long), 400),
        ("includeResourceData", json!(true), 400),
        ("encryptionCertificate", json!("MIID"), 400),
        ("notificationQueryOptions", json!("$select=id"), 400),
        ("latestSupportedTlsVersion", json!("v9"), 400),
        ("colour", json!("red"), 400),
    ];
    for (name, value, status) in cases {
        let refused = make(&face, "Bearer admin", &with(name, value.clone())).await;
        assert_eq!(refused.status, status, "{name} {value} {}", refused.text);
        assert!(!refused.code().is_empty());
    }
    assert!(receiver.hellos().is_empty(), "nobody is asked for a wrong request");
    let late = with("expirationDateTime", json!("2026-11-25T08:30:01Z"));
    let late = make(&face, "Bearer admin", &late).await.expect(400);
    assert_eq!(late.code(), "ExtensionError");
    assert_eq!(
        late.json["error"]["message"],
        json!("Subscription expiration can only be 4230 minutes in the future.")
    );
    for (name, value) in [
        ("expirationDateTime", json!("2026-11-25T08:30:00Z")),
        ("expirationDateTime", json!("2026-11-23T12:00:00.1234567+02:00")),
        ("notificationUrl", json!("http://127.0.0.1:8080/notifications")),
        ("notificationUrl", json!("http://[::1]/")),
        ("notificationUrl", json!("http://localhost:1/x")),
        ("resource", json!(format!("/Users('{LI}')/MailFolders('Inbox')/Messages"))),
        ("resource", json!(format!("users/{LI}/mailfolders/sentitems/messages"))),
        ("resource", json!(format!("Users/{LI}/events"))),
        ("includeResourceData", json!(false)),
        ("clientState", Value::Null),
        ("latestSupportedTlsVersion", json!("v1_3")),
    ] {
        let made = make(&face, "Bearer admin", &with(name, value.clone())).await;
        assert_eq!(made.status, 201, "{name} {value} {}", made.text);
        if name == "resource" {
            assert_eq!(made.json["resource"], value, "as it was written");
        }
    }
}

#[tokio::test]
async fn a_subscription_is_read_renewed_reauthorized_and_ended_in_both_versions() {
    let (face, _) = stage(None).await;
    for version in ["v1.0", "beta"] {
        let root = format!("/graph/{version}/subscriptions");
        let made = face.ask("POST", &root).json(&wanted()).send().await.expect(201);
        let context = made.json["@odata.context"].as_str().expect("context");
        assert!(context.ends_with(&format!("{version}/$metadata#subscriptions/$entity")));
        let one = format!("{root}/{}", made.json["id"].as_str().expect("id"));
        let read = face.get(&one).send().await.expect(200);
        assert_eq!(read.json, made.json);
        let list = face.get(&root).send().await.expect(200);
        assert_eq!(list.values()[0]["id"], made.json["id"]);
        let renewed = json!({ "expirationDateTime": "2026-11-24T10:00:00Z" });
        let renewed = face.ask("PATCH", &one).json(&renewed).send().await.expect(200);
        assert_eq!(renewed.json["expirationDateTime"], json!("2026-11-24T10:00:00Z"));
        assert_eq!(face.get(&one).send().await.json, renewed.json);
        for body in [
            json!({ "expirationDateTime": "2026-12-24T10:00:00Z" }),
            json!({ "expirationDateTime": TOMORROW, "clientState": "other" }),
            json!({}),
        ] {
            face.ask("PATCH", &one).json(&body).send().await.expect(400);
        }
        face.ask("POST", &format!("{one}/reauthorize")).send().await.expect(204);
        face.ask("PUT", &one).send().await.expect(405);
        face.ask("POST", &format!("{one}/nonsense")).send().await.expect(400);
        face.ask("DELETE", &one).send().await.expect(204);
        for method in ["GET", "DELETE", "PATCH"] {
            let gone = face.ask(method, &one).json(&json!({})).send().await.expect(404);
            assert_eq!(gone.code(), "ResourceNotFound");
        }
        face.ask("POST", &format!("{one}/reauthorize")).send().await.expect(404);
    }
}

#[tokio::test]
async fn an_application_sees_its_own_and_a_user_what_was_made_for_the_user() {
    let (face, _) = stage(None).await;
    let other = json!({ "clientId": "other", "secret": "s" });
    face.ask("POST", "/sandbox/v1/clients").json(&other).send().await.expect(201);
    let demo = face.token(APP).await;
    let other = face
        .token(&APP.replace("client_id=demo&client_secret=demo", "client_id=other&client_secret=s"))
        .await;
    let li = face.token(&user_form(LI, "https://graph.microsoft.com/.default")).await;
    let ana = face.token(&user_form(ANA, "https://graph.microsoft.com/.default")).await;
    let by_demo = make(&face, &demo, &wanted()).await.expect(201).json;
    make(&face, &other, &wanted()).await.expect(201);
    let by_li = make(&face, &li, &with("resource", json!("me/messages"))).await.expect(201).json;
    assert_eq!(
        (&by_demo["applicationId"], &by_li["applicationId"]),
        (&json!("demo"), &json!("demo"))
    );
    assert_ne!(by_demo["creatorId"], by_li["creatorId"]);
    // Another's mailbox is closed to a user, and so is everything without the permission.
    make(&face, &ana, &wanted()).await.expect(403);
    let weak = face.token(&user_form(LI, "https://graph.microsoft.com/Mail.Send")).await;
    make(&face, &weak, &with("resource", json!("me/messages"))).await.expect(403);
    make(&face, &weak, &with("resource", json!("me/events"))).await.expect(403);
    for (token, count) in [(&demo, 2), (&other, 1), (&li, 1), (&ana, 0)] {
        let list = face.get("/subscriptions").header("authorization", token).send().await;
        assert_eq!(list.expect(200).values().len(), count);
    }
    let one = format!("/subscriptions/{}", by_demo["id"].as_str().expect("id"));
    for token in [&other, &li] {
        for method in ["GET", "DELETE"] {
            face.ask(method, &one).header("authorization", token).send().await.expect(404);
        }
    }
    face.ask("DELETE", &one).header("authorization", &demo).send().await.expect(204);
}

#[tokio::test]
async fn quotas_hold_for_a_mailbox_and_for_a_list() {
    let (face, _) = stage(None).await;
    for _ in 0..1_000 {
        make(&face, "Bearer admin", &wanted()).await.expect(201);
    }
    make(&face, "Bearer admin", &wanted()).await.expect(403);
    let list = format!("users/{LI}/events");
    make(&face, "Bearer admin", &with("resource", json!(list))).await.expect(403);
    let ana = with("resource", json!(format!("users/{ANA}/messages")));
    make(&face, "Bearer admin", &ana).await.expect(201);
    let mut found = 0;
    let mut next = "/subscriptions".to_owned();
    loop {
        let page = face.get(&next).send().await.expect(200);
        found += page.values().len();
        match page.json["@odata.nextLink"].as_str() {
            Some(link) => next = link.to_owned(),
            None => break,
        }
    }
    assert_eq!(found, 1_001);
    let first = list_of(&face, ANA).await;
    let made = json!({ "displayName": "Projects" });
    let made = face.ask("POST", &format!("/users/{ANA}/todo/lists")).json(&made).send().await;
    let second = made.expect(201).json["id"].as_str().expect("id").to_owned();
    let tasks =
        |list: &str| with("resource", json!(format!("users/{ANA}/todo/lists('{list}')/tasks")));
    make(&face, "Bearer admin", &tasks(&first)).await.expect(201);
    make(&face, "Bearer admin", &tasks(&first)).await.expect(403);
    make(&face, "Bearer admin", &tasks(&second)).await.expect(201);
    let of_li = tasks(&first).to_string().replace(ANA, LI);
    let of_li: Value = serde_json::from_str(&of_li).expect("JSON");
    make(&face, "Bearer admin", &of_li).await.expect(404);
}

#[tokio::test]
async fn the_end_comes_by_the_clock_and_a_restart_changes_nothing() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("sandbox.db");
    let (face, _) = stage(Some(&path)).await;
    let made = make(&face, "Bearer admin", &wanted()).await.expect(201).json;
    let one = format!("/subscriptions/{}", made["id"].as_str().expect("id"));
    face.deliver("x@contoso.test", LI, "Before the restart").await;
    drop(face);
    let (face, receiver) = stage(Some(&path)).await;
    assert_eq!(face.get(&one).send().await.expect(200).json, made);
    assert_eq!(face.sandbox.deliver_notifications().await, None);
    assert_eq!(receiver.changes(), ["created"]);
    face.clock.turn(Duration::from_secs(24 * 60 * 60 - 1));
    face.get(&one).send().await.expect(200);
    face.clock.turn(Duration::from_secs(1));
    face.get(&one).send().await.expect(404);
    face.deliver("x@contoso.test", LI, "After the end").await;
    assert_eq!(face.sandbox.deliver_notifications().await, None);
    assert!(receiver.posts().is_empty());
}

/// The default list of tasks of a user.
async fn list_of(face: &Face, user: &str) -> String {
    let lists = face.get(&format!("/users/{user}/todo/lists")).send().await.expect(200).json;
    let lists = lists["value"].as_array().expect("value");
    let list = lists.iter().find(|list| list["wellknownListName"] == "defaultList");
    list.and_then(|list| list["id"].as_str()).expect("a default list").to_owned()
}

#[tokio::test]
async fn quirks_change_how_long_a_subscription_lasts_and_who_may_watch_tasks() {
    let (face, _) = stage(None).await;
    let kind = json!({ "profile": "kind" });
    face.ask("PUT", "/sandbox/v1/quirks").json(&kind).send().await.expect(200);
    let year = with("expirationDateTime", json!("2027-11-22T10:00:00Z"));
    let made = make(&face, "Bearer admin", &year).await.expect(201);
    assert_eq!(made.json["expirationDateTime"], json!("2026-11-29T10:00:00Z"));
    let hostile = json!({ "profile": "hostile" });
    face.ask("PUT", "/sandbox/v1/quirks").json(&hostile).send().await.expect(200);
    make(&face, "Bearer admin", &year).await.expect(400);
    let list = list_of(&face, LI).await;
    let tasks = |who: &str| with("resource", json!(format!("{who}/todo/lists/{list}/tasks")));
    let app = face.token(APP).await;
    make(&face, &app, &tasks(&format!("users/{LI}"))).await.expect(403);
    let li = face.token(&user_form(LI, "https://graph.microsoft.com/.default")).await;
    make(&face, &li, &tasks("me")).await.expect(201);
}

#[tokio::test]
async fn samples_are_taken_and_answers_are_as_described() {
    let usual = "../shared/conformance";
    let Some(folder) = outside("EARMARK_CONFORMANCE", usual) else { return };
    let folder = folder.join("graph");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect("readable");
    let description = Description::new(&read("openapi-slice.json"));
    let (face, receiver) = stage(None).await;
    let li = face.token(&user_form(LI, "https://graph.microsoft.com/.default")).await;
    for sample in ["subscription-post-subscriptions__01-request", "webhooks__01-request"] {
        let mut body: Value =
            serde_json::from_str(&read(&format!("samples/{sample}.json"))).expect("JSON");
        body["expirationDateTime"] = json!(TOMORROW);
        let made = make(&face, &li, &body).await.expect(201);
        let one = format!("/subscriptions/{}", made.json["id"].as_str().expect("id"));
        let renewal: Value =
            serde_json::from_str(&read("samples/subscription-update__01-request.json"))
                .expect("JSON");
        assert_eq!(renewal.as_object().expect("object").len(), 1);
        let renewal = json!({ "expirationDateTime": "2026-11-23T11:00:00.9356913Z" });
        let renewed =
            face.ask("PATCH", &one).header("authorization", &li).json(&renewal).send().await;
        for (method, path, answer) in [
            ("POST", "/subscriptions", &made),
            ("PATCH", one.as_str(), &renewed.expect(200)),
            ("GET", one.as_str(), &face.get(&one).send().await),
            ("GET", "/subscriptions", &face.get("/subscriptions").send().await),
        ] {
            let schema = description.answer(method, path, answer.status).expect("described");
            let faults = description.faults(schema, &answer.json);
            assert!(faults.is_empty(), "{method} {path}: {faults:#?}");
        }
    }
    let more = with("lifecycleNotificationUrl", json!(LIFECYCLE));
    let made = make(&face, "Bearer admin", &more).await.expect(201).json;
    let event = format!("/sandbox/v1/subscriptions/{}/lifecycle", made["id"].as_str().expect("id"));
    face.ask("POST", &event).json(&json!({ "event": "missed" })).send().await.expect(204);
    face.deliver("x@contoso.test", LI, "Told").await;
    face.sandbox.deliver_notifications().await;
    let schema =
        json!({ "$ref": "#/components/schemas/microsoft.graph.changeNotificationCollection" });
    let posts = receiver.posts();
    assert_eq!(posts.len(), 4, "one for each address, of the samples as well");
    for (_, body) in posts {
        let faults = description.faults(&schema, &body);
        assert!(faults.is_empty(), "{faults:#?}");
    }
}
