//! The demo from outside: every step is an HTTP request that a stranger's client could make.

mod world;

use serde_json::{Value, json};
use std::time::{Duration, Instant};
use world::World;

const ANNA: &str = "anna@lindengrove.example";
const TRACKED: &str = "Tracked to Dynamics 365";

async fn deliver(world: &World, message: &str) {
    let request = world.http.post(format!("{}/sandbox/v1/deliver", world.root));
    let request = request.bearer_auth(world::ADMIN).header("content-type", "message/rfc822");
    let answer = request.body(message.to_owned()).send().await.expect("an answer");
    assert_eq!(answer.status().as_u16(), 201, "{:?}", answer.text().await);
}

#[tokio::test]
async fn assigning_the_category_over_graph_makes_a_record_in_the_crm() {
    let world = World::empty().await;
    let user = json!({"mail": ANNA, "displayName": "Anna Berger", "systemUser": true});
    world.admin("POST", "/sandbox/v1/users", user).await;
    deliver(
        &world,
        "From: Maya Lindqvist <maya@harbourlight.example>\r\nTo: anna@lindengrove.example\r\n\
             Subject: A portal\r\nMessage-ID: <one@harbourlight.example>\r\n\
             Date: Sat, 01 Aug 2026 10:00:00 +0000\r\n\r\nHello Anna\r\n",
    )
    .await;
    world.sync(ANNA).await;

    let token = world.token(ANNA, "https://graph.microsoft.com/.default").await;
    let (_, messages) = world.call("GET", "/graph/v1.0/me/messages", &token, Value::Null).await;
    let id = messages["value"][0]["id"].as_str().expect("a message").to_owned();
    let (status, answer) = world
        .call(
            "PATCH",
            &format!("/graph/v1.0/me/messages/{id}"),
            &token,
            json!({"categories": [TRACKED]}),
        )
        .await;
    assert_eq!(status, 200, "{answer}");
    // This cycle tracks it, or the notification was quicker.
    world.sync(ANNA).await;

    let emails = world.admin("GET", "/api/data/v9.2/emails", Value::Null).await;
    let emails = emails["value"].as_array().expect("a list");
    assert_eq!(emails.len(), 1);
    assert_eq!(emails[0]["subject"], "A portal");

    let items = world.admin("GET", &format!("/api/v1/items?mailbox={ANNA}"), Value::Null).await;
    let item = &items["items"][0];
    assert_eq!(item["state"], "tracked");
    assert_eq!(item["activityId"], emails[0]["activityid"]);
    let explain = format!("/api/v1/items/{}/explain", item["id"].as_str().expect("an id"));
    let explained = world.admin("GET", &explain, Value::Null).await;
    assert_eq!(explained["facts"]["baseline"], 1);

    let wish = json!({"mailbox": ANNA, "items": [{"itemId": item["graphId"]}]});
    let untracked = world.admin("POST", "/api/v1/items/untrack", wish).await;
    assert_eq!(untracked["items"][0]["state"], "untracked_by_user", "{untracked}");
    let emails = world.admin("GET", "/api/data/v9.2/emails", Value::Null).await;
    assert_eq!(emails["value"].as_array().map(Vec::len), Some(1), "the record stays");
    world.end().await;
}

#[tokio::test]
async fn nothing_but_health_and_pages_is_open_and_every_answer_is_secured() {
    let world = World::empty().await;
    for (path, status) in [
        ("/healthz", 200),
        ("/readyz", 200),
        ("/", 200),
        ("/assets/common/dom.js", 200),
        ("/api/v1/openapi.json", 401),
        ("/api/v1/items", 401),
        ("/api/v1/nonsense", 401),
        ("/metrics", 401),
        ("/sandbox/v1/users", 401),
        ("/graph/v1.0/users", 401),
        ("/api/data/v9.2/emails", 401),
        ("/demo/api/state", 403),
        ("/nonsense", 404),
    ] {
        let answer = world.http.get(format!("{}{path}", world.root)).send().await.expect("answer");
        assert_eq!(answer.status().as_u16(), status, "{path}");
        let policy = &answer.headers()["content-security-policy"];
        assert!(!policy.to_str().expect("text").contains("unsafe"), "{path}");
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff", "{path}");
    }
    let (status, problem) = world.call("GET", "/api/v1/items/77", "admin", Value::Null).await;
    assert_eq!((status, &problem["code"]), (404, &json!("item")));
    let document = world.admin("GET", "/api/v1/openapi.json", Value::Null).await;
    assert_eq!(document["openapi"], "3.1.0");
    world.end().await;
}

#[tokio::test]
async fn a_setting_is_previewed_set_and_unset() {
    let world = World::empty().await;
    const PATH: &str = "/api/v1/settings/trackcategorizeditems";
    let setting = world.admin("GET", PATH, Value::Null).await;
    let (before, source) = (&setting["effective"], &setting["source"]);
    assert_eq!((before, source), (&setting["default"], &json!("default")));
    let other = json!({"value": before != &json!(true)});
    world.admin("PUT", &format!("{PATH}?dryRun=true"), other.clone()).await;
    assert_eq!(world.admin("GET", PATH, Value::Null).await["effective"], *before);
    world.admin("PUT", PATH, other.clone()).await;
    let set = world.admin("GET", PATH, Value::Null).await;
    assert_eq!((&set["value"], &set["source"]), (&other["value"], &json!("organization")));
    world.admin("DELETE", PATH, Value::Null).await;
    assert_eq!(world.admin("GET", PATH, Value::Null).await["source"], "default");
    let wrong = world.call("PUT", PATH, "admin", json!({"value": "maybe"})).await;
    assert_eq!(wrong.0, 422, "{}", wrong.1);
    let unknown = world.call("GET", "/api/v1/settings/Nonsense", "admin", Value::Null).await;
    assert_eq!(unknown.0, 404);
    world.end().await;
}

#[tokio::test]
async fn the_sample_organization_is_served() {
    let world = World::of_the_sample().await;
    let mailboxes = world.admin("GET", "/api/v1/mailboxes", Value::Null).await;
    let mailboxes = mailboxes["items"].as_array().expect("a list");
    assert_eq!(mailboxes.len(), 4, "{mailboxes:?}");
    assert!(mailboxes.iter().all(|mailbox| mailbox["enabled"] == true), "{mailboxes:?}");
    let contacts = world.admin("GET", "/api/data/v9.2/contacts", Value::Null).await;
    assert_eq!(contacts["value"].as_array().map(Vec::len), Some(20));
    let report = world.sync("anna.berger@lindengrove.example").await;
    assert_eq!(report["failure"], Value::Null, "{report}");
    let found = world.admin("GET", "/api/v1/regarding?q=harbour", Value::Null).await;
    assert_eq!(found["items"][0]["name"], "Harbourlight Ferries", "{found}");
    let mut names = 0;
    let mut path = "/api/v1/regarding".to_owned();
    loop {
        let page = world.admin("GET", &path, Value::Null).await;
        names += page["items"].as_array().expect("a list").len();
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/v1/regarding?cursor={}", next.replace('|', "%7C"));
    }
    assert_eq!(names, 8 + 20 + 4 + 3 + 3);
    world.end().await;
}

/// How long a test waits for an effect before it fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// Asks until so many items are tracked.
async fn wait_for_tracked(world: &World, count: usize) {
    let end = Instant::now() + PATIENCE;
    loop {
        let items = world.admin("GET", "/api/v1/items?state=tracked", Value::Null).await;
        if items["items"].as_array().map(Vec::len) == Some(count) {
            return;
        }
        assert!(Instant::now() < end, "{count} items are tracked in time: {items}");
    }
}

#[tokio::test]
async fn a_change_over_graph_is_noticed_long_before_the_next_cycle() {
    let world = World::empty_and_notified().await;
    let user = json!({"mail": ANNA, "displayName": "Anna Berger", "systemUser": true});
    world.admin("POST", "/sandbox/v1/users", user).await;
    deliver(
        &world,
        "From: maya@harbourlight.example\r\nTo: anna@lindengrove.example\r\n\
             Subject: A portal\r\nMessage-ID: <two@harbourlight.example>\r\n\
             Date: Sat, 01 Aug 2026 10:00:00 +0000\r\n\r\nHello Anna\r\n",
    )
    .await;
    let owner = format!("/graph/v1.0/users/{ANNA}");
    let start = jiff::Timestamp::now().strftime("%Y-%m-%dT12:00:00").to_string();
    let event = json!({
        "subject": "A call",
        "start": {"dateTime": start, "timeZone": "UTC"},
        "end": {"dateTime": start.replace("T12", "T13"), "timeZone": "UTC"},
    });
    let event = world.admin("POST", &format!("{owner}/events"), event).await;
    let lists = format!("{owner}/todo/lists");
    let list = world.admin("GET", &lists, Value::Null).await;
    let list = list["value"][0]["id"].as_str().expect("a list").to_owned();
    let tasks = format!("{lists}/{list}/tasks");
    let task = world.admin("POST", &tasks, json!({"title": "A figure"})).await;
    // A cycle subscribes; from here on only notifications can be in time.
    world.sync(ANNA).await;
    let mailbox = world.admin("GET", &format!("/api/v1/mailboxes/{ANNA}"), Value::Null).await;
    assert_eq!(mailbox["push"], "on", "{mailbox}");

    let assigned = json!({"categories": [TRACKED]});
    let messages = format!("{owner}/messages");
    let message = world.admin("GET", &messages, Value::Null).await;
    for (count, collection, id) in [
        (1, messages, &message["value"][0]["id"]),
        (2, format!("{owner}/events"), &event["id"]),
        (3, tasks, &task["id"]),
    ] {
        let path = format!("{collection}/{}", id.as_str().expect("an id"));
        world.admin("PATCH", &path, assigned.clone()).await;
        wait_for_tracked(&world, count).await;
    }
    for (table, subject) in
        [("emails", "A portal"), ("appointments", "A call"), ("tasks", "A figure")]
    {
        let rows = world.admin("GET", &format!("/api/data/v9.2/{table}"), Value::Null).await;
        assert_eq!(rows["value"][0]["subject"], subject, "{table}");
    }
    let metrics = world.admin("GET", "/metrics", Value::Null).await;
    let metrics = metrics.as_str().expect("text");
    assert!(!metrics.contains("earmark_notifications_total{outcome=\"accepted\"} 0"), "{metrics}");
    assert!(metrics.contains("earmark_notifications_total{outcome=\"forged\"} 0"), "{metrics}");
    let count = "earmark_notification_to_record_seconds_count{organization=\"demo\"} 3";
    assert!(metrics.contains(count), "{metrics}");
    world.end().await;
}

#[tokio::test]
async fn nobody_waits_for_a_mailbox_that_is_paused() {
    let world = World::empty().await;
    let user = json!({"mail": ANNA, "displayName": "Anna Berger", "systemUser": true});
    world.admin("POST", "/sandbox/v1/users", user).await;
    world.sync(ANNA).await;
    let mailbox = format!("/api/v1/mailboxes/{ANNA}");
    // A cycle that runs at this moment holds the mailbox a little longer.
    let mut paused = world.admin("POST", &format!("{mailbox}/pause"), Value::Null).await;
    while paused["paused"] != true {
        paused = world.admin("GET", &mailbox, Value::Null).await;
    }
    let (status, problem) =
        world.call("POST", &format!("{mailbox}/sync"), "admin", json!({"wait": true})).await;
    assert_eq!(status, 409, "{problem}");
    assert_eq!(problem["code"], "paused");
    assert!(problem["hint"].as_str().expect("a remedy").contains("resume"), "{problem}");
    world.admin("POST", &format!("{mailbox}/resume"), Value::Null).await;
    world.sync(ANNA).await;
    world.end().await;
}

#[tokio::test]
async fn the_page_never_acts_on_another_mailbox_than_the_one_it_shows() {
    let world = World::of_the_sample().await;
    let token = world.page_token().await;
    let press = |mailbox: &str, token: &str| {
        world
            .http
            .post(format!("{}/demo/api/category", world.root))
            .header("x-page-token", token)
            .json(&json!({"mailbox": mailbox, "item": "none", "kind": "email", "assigned": true}))
            .send()
    };
    let foreign = press("nobody@contoso.example", "guessed").await.expect("an answer");
    assert_eq!(foreign.status(), 403);
    let answer = press("nobody@contoso.example", &token).await.expect("an answer");
    assert_eq!(answer.status(), 404);
    let problem: Value = answer.json().await.expect("JSON");
    assert_eq!(problem["code"], "mailbox");
    world.end().await;
}

#[tokio::test]
async fn deliveries_of_notifications_need_no_token_and_have_bounds() {
    let world = World::empty().await;
    let address = format!("{}/notifications", world.root);
    let token = "Validation: Testing client application <b>&x";
    let asked = world.http.post(&address).query(&[("validationToken", token)]).body("");
    let answer = asked.send().await.expect("an answer");
    assert_eq!(answer.status().as_u16(), 200);
    assert_eq!(answer.headers()["content-type"], "text/plain; charset=utf-8");
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    assert_eq!(answer.text().await.expect("a body"), token);
    let post = async |body: String| {
        let answer = world.http.post(&address).body(body).send().await.expect("an answer");
        answer.status().as_u16()
    };
    assert_eq!(post("no delivery".to_owned()).await, 400);
    assert_eq!(post("x".repeat(1024 * 1024 + 1)).await, 413);
    let long = format!("{address}?validationToken={}", "x".repeat(5_000));
    let answer = world.http.post(long).send().await.expect("an answer");
    assert_eq!(answer.status().as_u16(), 400);
    let metrics = world.admin("GET", "/metrics", Value::Null).await;
    let metrics = metrics.as_str().expect("text");
    assert!(metrics.contains("earmark_notifications_total{outcome=\"malformed\"} 2"), "{metrics}");
    world.end().await;
}

/// What the page shows of a mailbox.
async fn shown(world: &World, token: &str, mailbox: &str) -> Value {
    let address = format!("{}/demo/api/state", world.root);
    let request = world.http.get(address).query(&[("mailbox", mailbox)]);
    let answer = request.header("x-page-token", token).send().await.expect("an answer");
    answer.json().await.expect("JSON")
}

#[tokio::test]
async fn the_page_shows_and_tracks_calendar_entries_and_tasks_of_the_sample() {
    const OWNER: &str = "anna.berger@lindengrove.example";
    let world = World::of_the_sample().await;
    let token = world.page_token().await;
    let state = shown(&world, &token, OWNER).await;
    let entries = state["entries"].as_array().expect("a list").clone();
    let leads = |kind: &str| -> Vec<&str> {
        let of_kind = entries.iter().filter(|entry| entry["kind"] == kind);
        of_kind.filter_map(|entry| entry["lead"].as_str()?.split(" · ").next()).collect()
    };
    let mut calendar = leads("appointment");
    calendar.sort_unstable();
    assert_eq!(calendar, ["Appointment", "Exception", "Weekly series"]);
    assert_eq!(leads("task"), ["Task", "Task"]);
    let pressed = entries.iter().filter(|entry| {
        let lead = entry["lead"].as_str().unwrap_or_default();
        entry["kind"] == "task" || lead.starts_with("Appointment") || lead.starts_with("Weekly")
    });
    for entry in pressed {
        let body = json!({
            "mailbox": OWNER, "item": entry["id"], "kind": entry["kind"], "assigned": true,
        });
        let press = world.http.post(format!("{}/demo/api/category", world.root));
        let answer = press.header("x-page-token", &token).json(&body).send().await;
        assert_eq!(answer.expect("an answer").status(), 200);
    }
    let end = Instant::now() + PATIENCE;
    loop {
        let state = shown(&world, &token, OWNER).await;
        let entries = state["entries"].as_array().expect("a list");
        let tracked = entries.iter().filter(|entry| entry["state"] == "tracked").count();
        let cards = state["timeline"].as_array().expect("a list");
        let mut kinds: Vec<&str> = cards.iter().filter_map(|card| card["kind"].as_str()).collect();
        kinds.sort_unstable();
        if tracked == 5 {
            let expected = ["Appointment", "Exception of a series", "Series", "Task", "Task"];
            assert_eq!(kinds, expected);
            break;
        }
        assert!(Instant::now() < end, "five are tracked in time: {state}");
    }
    world.end().await;
}
