//! What subscriptions are told, how it is delivered, and what goes wrong on the way.

mod face;
mod receiver;

use face::{ANA, Face, LI, encoded};
use receiver::{LIFECYCLE, Receiver, URL};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

const MINUTE: Duration = Duration::from_secs(60);

async fn stage() -> (Face, Arc<Receiver>) {
    let receiver = Arc::new(Receiver::default());
    let face = Face::open_with(None, Some(receiver.clone()));
    let _ = receiver.clock.set(face.clock.clone());
    for (mail, name) in [(ANA, "Ana Ruiz"), (LI, "Li Wei")] {
        face.sandbox
            .create_user(mail, name, earmark_sandbox::UserKind::User, false)
            .await
            .expect("user");
    }
    (face, receiver)
}

/// A subscription of Li's; members of `more` replace the usual ones. The answer is its id.
async fn subscribed(face: &Face, immutable: bool, more: Value) -> String {
    let mut body = json!({
        "changeType": "created,updated,deleted", "resource": format!("users/{LI}/messages"),
        "notificationUrl": URL, "expirationDateTime": "2026-11-25T08:30:00Z",
        "clientState": "secret",
    });
    for (name, value) in more.as_object().expect("object") {
        body[name] = value.clone();
    }
    let mut asking = face.ask("POST", "/subscriptions").json(&body);
    if immutable {
        asking = asking.immutable();
    }
    asking.send().await.expect(201).json["id"].as_str().expect("id").to_owned()
}

/// The immutable id of Li's newest message.
async fn newest(face: &Face) -> String {
    face.sandbox.messages(LI).await.expect("messages").remove(0).id
}

async fn faults(face: &Face, rules: Value) {
    face.ask("PUT", "/sandbox/v1/faults").json(&rules).send().await.expect(204);
}

async fn quirk(face: &Face, name: &str) {
    face.ask("PUT", "/sandbox/v1/quirks").json(&json!({ name: true })).send().await.expect(200);
}

async fn next_secs(face: &Face) -> Option<u64> {
    let next = face.sandbox.deliver_notifications().await?;
    Some(next.since(earmark_model::Clock::now(&*face.clock)).as_secs())
}

#[tokio::test]
async fn what_happens_to_a_message_is_told_with_ids_of_the_kind_that_was_asked_for() {
    let (face, receiver) = stage().await;
    let immutable = subscribed(&face, true, json!({})).await;
    let default = subscribed(&face, false, json!({})).await;
    face.deliver("x@contoso.test", LI, "Told").await;
    assert_eq!(face.sandbox.deliver_notifications().await, None);
    let posts = receiver.posts();
    assert_eq!(posts.len(), 1, "one post for one address");
    assert_eq!(posts[0].0, "/notify");
    let notices = posts[0].1["value"].as_array().expect("value").clone();
    assert_eq!(notices.len(), 2);
    let user = face.get(&format!("/users/{LI}")).send().await.json["id"].clone();
    let user = user.as_str().expect("id");
    for (notice, subscription) in notices.iter().zip([&immutable, &default]) {
        assert_eq!(notice["subscriptionId"], json!(subscription));
        assert_eq!(notice["changeType"], json!("created"));
        assert_eq!(notice["clientState"], json!("secret"));
        assert_eq!(notice["tenantId"], json!(earmark_sandbox::identity::TENANT));
        assert_eq!(notice["subscriptionExpirationDateTime"], json!("2026-11-25T08:30:00Z"));
        let data = &notice["resourceData"];
        let id = data["id"].as_str().expect("id");
        assert_eq!(notice["resource"], json!(format!("Users/{user}/Messages/{id}")));
        assert_eq!(data["@odata.id"], notice["resource"]);
        assert_eq!(data["@odata.type"], json!("#Microsoft.Graph.Message"));
        let url = format!("/users/{user}/messages/{}", encoded(id));
        let message = match subscription == &immutable {
            true => face.get(&url).immutable().send().await,
            false => face.get(&url).send().await,
        };
        let message = message.expect(200).json;
        assert_eq!((&message["id"], &message["@odata.etag"]), (&data["id"], &data["@odata.etag"]));
        assert!(!notice.to_string().contains("Told"), "no content");
    }
    assert_ne!(notices[0]["resourceData"]["id"], notices[1]["resourceData"]["id"]);
    assert_eq!(notices[0]["resourceData"]["id"], json!(newest(&face).await));
}

/// What is told about an item names it so that it can be read under that very name.
async fn readable(face: &Face, receiver: &Receiver, kind: &str) -> Vec<(String, bool)> {
    face.sandbox.deliver_notifications().await;
    let mut told = Vec::new();
    for notice in receiver.notices() {
        let data = &notice["resourceData"];
        assert_eq!(data["@odata.type"], json!(format!("#Microsoft.Graph.{kind}")));
        assert_eq!(data["@odata.id"], notice["resource"]);
        let path = notice["resource"].as_str().expect("resource");
        let read = face.get(&format!("/{path}")).immutable().send().await;
        let is_there = read.status == 200;
        if is_there {
            assert_eq!(read.json["id"], data["id"]);
        }
        told.push((notice["changeType"].as_str().expect("change").to_owned(), is_there));
    }
    told
}

#[tokio::test]
async fn events_series_and_their_exceptions_are_told_under_names_that_can_be_read() {
    let (face, receiver) = stage().await;
    subscribed(&face, true, json!({"resource": format!("users/{LI}/events")})).await;
    let event = json!({
        "subject": "Weekly",
        "start": {"dateTime": "2026-11-23T09:00:00", "timeZone": "UTC"},
        "end": {"dateTime": "2026-11-23T09:30:00", "timeZone": "UTC"},
        "recurrence": {
            "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"]},
            "range": {"type": "numbered", "startDate": "2026-11-23", "numberOfOccurrences": 3},
        },
    });
    let events = format!("/users/{LI}/events");
    let made = face.ask("POST", &events).json(&event).send().await.expect(201).json;
    let master = format!("{events}/{}", encoded(made["id"].as_str().expect("id")));
    let days = "startDateTime=2026-11-30T00:00:00Z&endDateTime=2026-12-01T00:00:00Z";
    let found = face.get(&format!("{master}/instances?{days}")).send().await.expect(200).json;
    let occurrence = encoded(found["value"][0]["id"].as_str().expect("id"));
    let change = json!({"categories": ["Red category"]});
    face.ask("PATCH", &format!("{events}/{occurrence}")).json(&change).send().await.expect(200);
    let told = readable(&face, &receiver, "Event").await;
    assert!(told.iter().all(|(_, is_there)| *is_there), "{told:?}");
    assert_eq!(told.iter().filter(|(change, _)| change == "created").count(), 2, "{told:?}");
    face.ask("DELETE", &master).send().await.expect(204);
    let told = readable(&face, &receiver, "Event").await;
    assert!(told.iter().all(|(_, is_there)| !*is_there), "{told:?}");
    assert!(told.iter().any(|(change, _)| change == "deleted"), "{told:?}");
}

#[tokio::test]
async fn tasks_are_told_under_names_that_can_be_read() {
    let (face, receiver) = stage().await;
    let resource = format!("users/{LI}/todo/lists/Tasks/tasks");
    subscribed(&face, true, json!({ "resource": resource })).await;
    let tasks = format!("/users/{LI}/todo/lists/Tasks/tasks");
    let task = json!({"title": "Call"});
    let made = face.ask("POST", &tasks).json(&task).send().await.expect(201).json;
    let one = format!("{tasks}/{}", encoded(made["id"].as_str().expect("id")));
    let change = json!({"categories": ["Red category"]});
    face.ask("PATCH", &one).json(&change).send().await.expect(200);
    let told = readable(&face, &receiver, "TodoTask").await;
    assert_eq!(told, [("created".to_owned(), true), ("updated".to_owned(), true)]);
    face.ask("DELETE", &one).send().await.expect(204);
    assert_eq!(readable(&face, &receiver, "TodoTask").await, [("deleted".to_owned(), false)]);
}

#[tokio::test]
async fn each_change_is_told_once_and_a_move_is_a_departure_and_an_arrival() {
    let (face, receiver) = stage().await;
    subscribed(&face, false, json!({})).await;
    face.deliver("x@contoso.test", LI, "Moves").await;
    face.deliver("x@contoso.test", ANA, "Not of Li").await;
    let id = newest(&face).await;
    face.sandbox.set_categories(LI, &id, vec!["A".to_owned()]).await.expect("set");
    face.sandbox.set_read(LI, &id, true).await.expect("read");
    face.sandbox.deliver_notifications().await;
    assert_eq!(receiver.changes(), ["created", "updated", "updated"]);
    face.sandbox.move_message(LI, &id, "archive").await.expect("moved");
    face.sandbox.deliver_notifications().await;
    let moved = receiver.notices();
    assert_eq!(
        (&moved[0]["changeType"], &moved[1]["changeType"]),
        (&json!("deleted"), &json!("created"))
    );
    let at = |one: usize| moved[one]["resourceData"]["id"].as_str().expect("id").to_owned();
    face.get(&format!("/users/{LI}/messages/{}", encoded(&at(0)))).send().await.expect(404);
    face.get(&format!("/users/{LI}/messages/{}", encoded(&at(1)))).send().await.expect(200);
    // To Deleted Items, to Recoverable Items, for good: the last is outside of the mailbox's view.
    for expected in [vec!["deleted", "created"], vec!["deleted"], vec![]] {
        face.sandbox.delete_message(LI, &id).await.expect("deleted");
        face.sandbox.deliver_notifications().await;
        assert_eq!(receiver.changes(), expected);
    }
}

#[tokio::test]
async fn a_folder_and_the_wanted_changes_bound_what_is_told() {
    let (face, receiver) = stage().await;
    face.deliver("x@contoso.test", LI, "Before").await;
    let early = newest(&face).await;
    let of = |name: &str| format!("users/{LI}/mailFolders('{name}')/messages");
    let inbox = subscribed(&face, true, json!({ "resource": of("inbox") })).await;
    let archive =
        subscribed(&face, true, json!({ "resource": of("archive"), "changeType": "Created" }))
            .await;
    let updates = subscribed(&face, true, json!({ "changeType": "updated" })).await;
    assert_eq!(face.sandbox.deliver_notifications().await, None);
    assert!(receiver.posts().is_empty(), "what was before is not told");
    face.sandbox.set_categories(LI, &early, vec!["A".to_owned()]).await.expect("set");
    face.sandbox.move_message(LI, &early, "archive").await.expect("moved");
    face.sandbox.set_categories(LI, &early, vec![]).await.expect("set");
    face.sandbox.deliver_notifications().await;
    let notices = receiver.notices();
    let of_one = |id: &String| -> Vec<&str> {
        let own = notices.iter().filter(|one| one["subscriptionId"] == json!(id));
        own.map(|one| one["changeType"].as_str().expect("text")).collect()
    };
    assert_eq!(of_one(&inbox), ["updated", "deleted"]);
    assert_eq!(of_one(&archive), ["created"]);
    assert_eq!(of_one(&updates), ["updated", "updated"]);
}

#[tokio::test]
async fn a_refused_notice_is_tried_again_with_growing_gaps_and_keeps_its_place() {
    let (face, receiver) = stage().await;
    subscribed(&face, true, json!({})).await;
    receiver.answers(&[500, 302, 404]);
    face.deliver("x@contoso.test", LI, "First").await;
    assert_eq!(next_secs(&face).await, Some(10));
    assert_eq!(receiver.changes(), ["created"]);
    // What comes meanwhile waits behind it.
    let id = newest(&face).await;
    face.sandbox.set_read(LI, &id, true).await.expect("read");
    assert_eq!(next_secs(&face).await, Some(10));
    assert!(receiver.posts().is_empty());
    face.clock.turn(Duration::from_secs(10));
    assert_eq!(next_secs(&face).await, Some(20));
    assert_eq!(receiver.changes(), ["created", "updated"]);
    face.clock.turn(Duration::from_secs(20));
    assert_eq!(next_secs(&face).await, Some(40));
    let third = receiver.notices();
    face.clock.turn(Duration::from_secs(40));
    assert_eq!(next_secs(&face).await, None);
    assert_eq!(receiver.notices(), third, "the same notices under the same ids");
    face.clock.turn(MINUTE * 600);
    assert_eq!(next_secs(&face).await, None);
    assert!(receiver.posts().is_empty());
}

#[tokio::test]
async fn after_four_hours_a_notice_is_dropped_and_the_loss_is_told() {
    let (face, receiver) = stage().await;
    subscribed(&face, true, json!({ "lifecycleNotificationUrl": LIFECYCLE })).await;
    let silent = json!({ "notificationUrl": "https://silent.test/n" });
    subscribed(&face, true, silent).await;
    faults(&face, json!([{ "target": "push", "path": "n*", "fault": { "status": 503 } }])).await;
    face.deliver("x@contoso.test", LI, "Lost").await;
    let mut waited = 0;
    while waited < 4 * 60 * 60 {
        let gap = next_secs(&face).await.expect("tried again");
        assert!(receiver.posts().is_empty());
        face.clock.turn(Duration::from_secs(gap));
        waited += gap;
    }
    assert_eq!(waited, 4 * 60 * 60);
    face.sandbox.deliver_notifications().await;
    let posts = receiver.posts();
    assert_eq!(posts.len(), 1, "who has no lifecycle address is not told");
    assert_eq!(posts[0].0, "/lifecycle");
    assert_eq!(posts[0].1["value"][0]["lifecycleEvent"], json!("missed"));
    face.ask("DELETE", "/sandbox/v1/faults").send().await.expect(204);
    face.clock.turn(MINUTE * 60);
    face.sandbox.deliver_notifications().await;
    assert!(receiver.posts().is_empty());
}

#[tokio::test]
async fn a_slow_address_does_not_hold_up_another() {
    let (face, receiver) = stage().await;
    subscribed(&face, true, json!({ "notificationUrl": "https://sync.test/gated" })).await;
    subscribed(&face, true, json!({})).await;
    face.deliver("x@contoso.test", LI, "One").await;
    let id = newest(&face).await;
    let drive = face.sandbox.deliver_notifications();
    let act = async {
        let mut paths: Vec<String> = Vec::new();
        while paths.len() < 2 {
            receiver.arrived.notified().await;
            paths.extend(receiver.posts().into_iter().map(|(path, _)| path));
        }
        paths.sort();
        assert_eq!(paths, ["/gated", "/notify"]);
        // The first post to the slow address has no answer yet.
        face.sandbox.set_read(LI, &id, true).await.expect("read");
        receiver.arrived.notified().await;
        let posts = receiver.posts();
        assert_eq!(posts.len(), 1);
        assert_eq!(posts[0].0, "/notify");
        receiver.gate.notify_one();
        receiver.arrived.notified().await;
        assert_eq!(receiver.posts()[0].0, "/gated", "then its turn comes, in order");
        receiver.gate.notify_one();
    };
    let (next, ()) = tokio::join!(drive, act);
    assert_eq!(next, None);
}

#[tokio::test]
async fn many_notices_share_posts_and_an_address_that_is_often_slow_waits() {
    let (face, receiver) = stage().await;
    let more = json!({ "lifecycleNotificationUrl": "https://other.test/lifecycle" });
    subscribed(&face, true, more).await;
    receiver.takes(Duration::from_millis(2_950));
    for count in 0..120 {
        face.deliver("x@contoso.test", LI, &format!("Many {count}")).await;
    }
    let next = next_secs(&face).await;
    let posts = receiver.posts();
    assert_eq!(posts.len(), 1, "the rest is dropped: every answer was slow");
    assert_eq!(posts[0].1["value"].as_array().expect("value").len(), 100);
    assert!(next.is_some_and(|wait| (590..=600).contains(&wait)), "{next:?}");
    receiver.takes(Duration::ZERO);
    face.clock.turn(MINUTE * 10);
    face.sandbox.deliver_notifications().await;
    assert_eq!(receiver.changes(), ["missed"]);
    face.deliver("x@contoso.test", LI, "Fast again").await;
    face.sandbox.deliver_notifications().await;
    assert_eq!(receiver.changes(), ["created"]);
}

#[tokio::test]
async fn faults_lose_delay_double_and_refuse_what_is_sent() {
    let (face, receiver) = stage().await;
    subscribed(&face, true, json!({})).await;
    let rule = |fault: Value| json!([{ "target": "push", "method": "POST", "path": "/notify", "times": 1, "fault": fault }]);
    // (fault, posts at once, seconds until the next attempt, posts then)
    for (fault, first, wait, second) in [
        (json!({ "status": 202 }), 0, None, 0),
        (json!({ "status": 500 }), 0, Some(10), 1),
        (json!({ "dropResponse": true }), 1, Some(10), 1),
        (json!({ "duplicate": true }), 2, None, 0),
        (json!({ "delayMs": 60_000 }), 0, Some(60), 1),
        (json!({ "delayMs": 60_000, "duplicate": true }), 0, Some(60), 2),
    ] {
        faults(&face, rule(fault.clone())).await;
        face.deliver("x@contoso.test", LI, "Fault").await;
        assert_eq!(next_secs(&face).await, wait, "{fault}");
        assert_eq!(receiver.posts().len(), first, "{fault}");
        face.clock.turn(Duration::from_secs(wait.unwrap_or(100)));
        assert_eq!(next_secs(&face).await, None, "{fault}");
        assert_eq!(receiver.posts().len(), second, "{fault}");
    }
    let forever = json!([{ "target": "push", "fault": { "delayMs": 1_000 } }]);
    faults(&face, forever).await;
    face.deliver("x@contoso.test", LI, "Late").await;
    assert_eq!(next_secs(&face).await, Some(1));
    face.clock.turn(Duration::from_secs(1));
    assert_eq!(next_secs(&face).await, None, "a delay happens once");
    assert_eq!(receiver.changes(), ["created"]);
    let counts = face.get("/sandbox/v1/requests").send().await.expect(200).json;
    assert_eq!(
        counts["requests"],
        json!([{ "target": "push", "method": "POST", "route": "/notify", "count": 9 }])
    );
}

#[tokio::test]
async fn an_unreachable_address_is_tried_again() {
    let (face, receiver) = stage().await;
    subscribed(&face, true, json!({})).await;
    receiver.fails(earmark_http::SendError::Timeout);
    receiver.fails(earmark_http::SendError::Connect { detail: "refused".to_owned() });
    face.deliver("x@contoso.test", LI, "Nobody").await;
    for wait in [Some(10), Some(20), None] {
        assert_eq!(next_secs(&face).await, wait);
        face.clock.turn(Duration::from_secs(wait.unwrap_or(0)));
    }
    assert_eq!(receiver.posts().len(), 3);
}

#[tokio::test]
async fn the_end_is_announced_once_and_renewal_takes_the_word_back() {
    let (face, receiver) = stage().await;
    let more = json!({
        "lifecycleNotificationUrl": LIFECYCLE, "expirationDateTime": "2026-11-22T20:00:00Z",
    });
    let id = subscribed(&face, true, more).await;
    assert_eq!(next_secs(&face).await, Some(9 * 60 * 60));
    face.clock.turn(MINUTE * 60 * 9);
    assert_eq!(next_secs(&face).await, None);
    let posts = receiver.posts();
    assert_eq!(posts[0].0, "/lifecycle");
    assert_eq!(
        posts[0].1,
        json!({ "value": [{
            "subscriptionId": id,
            "subscriptionExpirationDateTime": "2026-11-22T20:00:00Z",
            "tenantId": earmark_sandbox::identity::TENANT,
            "clientState": "secret",
            "lifecycleEvent": "reauthorizationRequired",
        }] })
    );
    let one = format!("/subscriptions/{id}");
    let renewal = json!({ "expirationDateTime": "2026-11-22T20:00:00Z" });
    face.ask("PATCH", &one).json(&renewal).send().await.expect(200);
    // Of the hour that is left, the last quarter.
    assert_eq!(next_secs(&face).await, Some(45 * 60));
    receiver.answers(&[500]);
    face.clock.turn(MINUTE * 45);
    assert_eq!(next_secs(&face).await, Some(10));
    assert_eq!(receiver.changes(), ["reauthorizationRequired"]);
    face.ask("POST", &format!("{one}/reauthorize")).send().await.expect(204);
    face.clock.turn(MINUTE);
    assert_eq!(next_secs(&face).await, None);
    assert!(receiver.posts().is_empty());
}

#[tokio::test]
async fn the_server_can_lose_a_subscription_with_or_without_a_word() {
    let (face, receiver) = stage().await;
    let more = json!({ "lifecycleNotificationUrl": LIFECYCLE });
    let told = subscribed(&face, true, more.clone()).await;
    let lost = subscribed(&face, true, more).await;
    let control = |id: &str| format!("/sandbox/v1/subscriptions/{id}");
    let say = async |id: &str, event: &str| {
        let url = format!("{}/lifecycle", control(id));
        face.ask("POST", &url).json(&json!({ "event": event })).send().await
    };
    let list = face.get("/sandbox/v1/subscriptions").send().await.expect(200).json;
    assert_eq!(list["subscriptions"].as_array().expect("list").len(), 2);
    say(&told, "nonsense").await.expect(400);
    say(&told, "missed").await.expect(204);
    say(&told, "reauthorizationRequired").await.expect(204);
    face.sandbox.deliver_notifications().await;
    assert_eq!(receiver.changes(), ["missed", "reauthorizationRequired"]);
    say(&told, "subscriptionRemoved").await.expect(204);
    say(&told, "missed").await.expect(404);
    face.get(&format!("/subscriptions/{told}")).send().await.expect(404);
    face.ask("DELETE", &control(&lost)).send().await.expect(204);
    face.ask("DELETE", &control(&lost)).send().await.expect(404);
    face.deliver("x@contoso.test", LI, "Nobody watches").await;
    face.sandbox.deliver_notifications().await;
    let notices = receiver.notices();
    assert_eq!(notices.len(), 1);
    assert_eq!(notices[0]["lifecycleEvent"], json!("subscriptionRemoved"));
    assert_eq!(notices[0]["subscriptionId"], json!(told));
    face.get("/sandbox/v1/subscriptions").header("authorization", "").send().await.expect(401);
    let silent = subscribed(&face, true, json!({})).await;
    say(&silent, "subscriptionRemoved").await.expect(204);
    assert_eq!(face.sandbox.deliver_notifications().await, None);
    assert!(receiver.posts().is_empty());
    face.get(&format!("/subscriptions/{silent}")).send().await.expect(404);
}

#[tokio::test]
async fn quirks_double_hide_and_reorder_notices() {
    let (face, receiver) = stage().await;
    subscribed(&face, true, json!({})).await;
    quirk(&face, "createdNoticesTwice").await;
    face.deliver("x@contoso.test", LI, "Twice").await;
    face.sandbox.deliver_notifications().await;
    let twice = receiver.notices();
    assert_eq!(
        (&twice[0]["changeType"], &twice[1]["changeType"]),
        (&json!("created"), &json!("updated"))
    );
    assert_eq!(twice[0]["resourceData"], twice[1]["resourceData"]);
    assert_ne!(twice[0]["id"], twice[1]["id"]);
    quirk(&face, "moveNoticesPartial").await;
    let id = newest(&face).await;
    face.sandbox.move_message(LI, &id, "archive").await.expect("moved");
    face.sandbox.deliver_notifications().await;
    assert_eq!(receiver.changes(), ["deleted"]);
    quirk(&face, "noticesReordered").await;
    face.sandbox.move_message(LI, &id, "inbox").await.expect("moved");
    face.sandbox.deliver_notifications().await;
    assert_eq!(receiver.changes(), ["created", "deleted"]);
}

#[tokio::test]
async fn users_and_their_subscriptions_go_together() {
    let (face, receiver) = stage().await;
    subscribed(&face, true, json!({})).await;
    face.deliver("x@contoso.test", LI, "Gone soon").await;
    face.sandbox.delete_user(LI).await.expect("deleted");
    assert_eq!(face.sandbox.deliver_notifications().await, None);
    assert!(receiver.posts().is_empty());
    assert!(face.get("/subscriptions").send().await.expect(200).values().is_empty());
}

#[tokio::test]
async fn the_service_is_woken_by_a_change_and_ends_when_told() {
    let (face, receiver) = stage().await;
    subscribed(&face, true, json!({})).await;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let notifier = tokio::spawn(face.sandbox.clone().run_notifier(async {
        let _ = stopped.await;
    }));
    for subject in ["One", "Two"] {
        face.deliver("x@contoso.test", LI, subject).await;
        receiver.arrived.notified().await;
        assert_eq!(receiver.changes(), ["created"]);
    }
    stop.send(()).expect("still there");
    notifier.await.expect("ended");
    face.deliver("x@contoso.test", LI, "Three").await;
    assert!(receiver.posts().is_empty());
}

#[tokio::test]
async fn notices_reach_an_address_of_this_machine() {
    let receiver = Arc::new(std::sync::Mutex::new(Vec::<Value>::new()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/notifications", listener.local_addr().expect("address"));
    let (kept, (told, mut heard)) = (receiver.clone(), tokio::sync::mpsc::unbounded_channel());
    let take = async move |request: axum::extract::Request| {
        let query = request.uri().query().unwrap_or_default().to_owned();
        let body = axum::body::to_bytes(request.into_body(), 65_536).await.expect("body");
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        match pairs.find(|(name, _)| name == "validationToken") {
            Some((_, token)) => (http::StatusCode::OK, token.into_owned()),
            None => {
                kept.lock().expect("lock").push(serde_json::from_slice(&body).expect("JSON"));
                told.send(()).expect("heard");
                (http::StatusCode::ACCEPTED, String::new())
            }
        }
    };
    let router = axum::Router::new().route("/notifications", axum::routing::post(take));
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });
    let transport = earmark_http::NetworkTransport::new().expect("transport");
    let face = Face::open_with(None, Some(Arc::new(transport)));
    let kind = earmark_sandbox::UserKind::User;
    face.sandbox.create_user(LI, "Li Wei", kind, false).await.expect("li");
    subscribed(&face, true, json!({ "notificationUrl": url })).await;
    let notifier = tokio::spawn(face.sandbox.clone().run_notifier(std::future::pending()));
    face.deliver("x@contoso.test", LI, "Over the wire").await;
    heard.recv().await.expect("a post");
    assert_eq!(receiver.lock().expect("lock")[0]["value"][0]["changeType"], json!("created"));
    notifier.abort();
    serving.abort();
}
