//! Who may ask for what: users of the add-in with their own tokens, and the console's session.

mod world;

use reqwest::Method;
use serde_json::{Value, json};
use world::{World, json_of};

const ANNA: &str = "anna.berger@lindengrove.example";
const BEN: &str = "ben.okafor@lindengrove.example";
const GRAPH: &str = "https://graph.microsoft.com/.default";
const OWN: &str = "api://earmark/Tracking.ReadWrite";

/// The newest message in the Inbox: its id, of the immutable form or not.
async fn message(world: &World, mail: &str, is_immutable: bool) -> String {
    let path = format!("/graph/v1.0/users/{mail}/mailFolders/inbox/messages?$top=1&$select=id");
    let mut asked = world.ask(Method::GET, &path).bearer_auth(world::ADMIN);
    if is_immutable {
        asked = asked.header("prefer", "IdType=\"ImmutableId\"");
    }
    let answer = json_of(asked.send().await.expect("an answer")).await;
    answer["value"][0]["id"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

async fn items(world: &World, verb: &str, token: &str, mailbox: &str, id: &str) -> (u16, Value) {
    let body = json!({"mailbox": mailbox, "items": [{"itemId": id}]});
    world.call("POST", &format!("/api/v1/items/{verb}"), token, body).await
}

#[tokio::test]
async fn a_user_of_the_add_in_acts_for_the_own_mailbox_and_nothing_else() {
    let world = World::of_the_sample().await;
    let (anna, ben) = (world.token(ANNA, OWN).await, world.token(BEN, OWN).await);
    let id = message(&world, ANNA, true).await;
    let (status, answer) = items(&world, "track", &anna, ANNA, &id).await;
    assert_eq!((status, &answer["items"][0]["state"]), (200, &json!("tracked")), "{answer}");
    let history = world.ask(Method::GET, &format!("/api/v1/items?mailbox={ANNA}"));
    let known = json_of(history.bearer_auth("admin").send().await.expect("an answer")).await;
    let item = known["items"][0]["id"].as_str().expect("an id");
    let history = world.ask(Method::GET, &format!("/api/v1/items/{item}/history"));
    let history = json_of(history.bearer_auth("admin").send().await.expect("an answer")).await;
    let actor = history["items"][0]["actor"].as_str().unwrap_or_default();
    assert!(actor.starts_with("user "), "the history names the user: {history}");
    // Nobody else's mailbox, whether it is there or not: the same answer.
    for mailbox in [ANNA, "nobody@lindengrove.example"] {
        for verb in ["status", "track", "untrack", "retry"] {
            let (status, answer) = items(&world, verb, &ben, mailbox, &id).await;
            assert_eq!((status, &answer["code"]), (403, &json!("not_your_mailbox")), "{verb}");
        }
    }
    let (_, after) = items(&world, "status", &anna, ANNA, &id).await;
    assert_eq!(after["items"][0]["state"], "tracked", "nothing happened to it");
    // Nothing but the five addresses.
    for path in ["/api/v1/items", "/api/v1/mailboxes", "/api/v1/overview", "/metrics"] {
        let answer = world.ask(Method::GET, path).bearer_auth(&anna).send().await;
        assert_eq!(answer.expect("an answer").status().as_u16(), 403, "{path}");
    }
    // A token for Graph is a token for something else.
    let graph = world.token(ANNA, GRAPH).await;
    assert_eq!(items(&world, "status", &graph, ANNA, &id).await.0, 401);
    world.end().await;
}

#[tokio::test]
async fn an_item_is_one_item_whatever_id_it_is_named_by() {
    let world = World::of_the_sample().await;
    let other = message(&world, ANNA, false).await;
    let immutable = message(&world, ANNA, true).await;
    assert_ne!(other, immutable);
    // The mailbox server answers to both; nobody said that this one is not the immutable id.
    let (_, answer) = items(&world, "track", "admin", ANNA, &other).await;
    assert_eq!(answer["items"][0]["state"], "tracked", "{answer}");
    assert_eq!(answer["items"][0]["graphId"], json!(immutable), "{answer}");
    world.sync(ANNA).await;
    for id in [&other, &immutable] {
        let (_, answer) = items(&world, "status", "admin", ANNA, id).await;
        assert_eq!(answer["items"][0]["state"], "tracked", "{answer}");
    }
    let known = world.admin("GET", &format!("/api/v1/items?mailbox={ANNA}"), Value::Null).await;
    assert_eq!(known["items"].as_array().map(Vec::len), Some(1), "{known}");
    let (_, answer) = items(&world, "untrack", "admin", ANNA, &other).await;
    assert_eq!(answer["items"][0]["state"], "untracked_by_user", "{answer}");
    let compared = world.admin("POST", "/api/v1/reconcile", json!({"apply": false})).await;
    assert_eq!(compared["report"]["differences"], json!([]), "{compared}");
    world.end().await;
}

#[tokio::test]
async fn whoever_has_no_directory_id_in_the_crm_is_known_by_the_mailbox() {
    const DORA: &str = "dora.lund@lindengrove.example";
    const EVE: &str = "eve.stone@lindengrove.example";
    let world = World::of_the_sample().await;
    for mail in [DORA, EVE] {
        let user = json!({"mail": mail, "displayName": "Somebody"});
        let made = world.ask(Method::POST, "/sandbox/v1/users").bearer_auth("admin").json(&user);
        assert_eq!(made.send().await.expect("an answer").status().as_u16(), 201);
    }
    let added = world.ask(Method::POST, "/api/v1/mailboxes").bearer_auth("admin");
    let added = added.json(&json!({"address": DORA})).send().await.expect("an answer");
    assert_eq!(added.status().as_u16(), 201);
    let (dora, eve) = (world.token(DORA, OWN).await, world.token(EVE, OWN).await);
    let (status, answer) = items(&world, "status", &dora, DORA, "x").await;
    assert_eq!(status, 200, "{answer}");
    let (status, answer) = items(&world, "status", &dora, ANNA, "x").await;
    assert_eq!((status, &answer["code"]), (403, &json!("not_your_mailbox")), "{answer}");
    let (status, answer) = items(&world, "status", &eve, DORA, "x").await;
    assert_eq!((status, &answer["code"]), (403, &json!("no_crm_user")), "{answer}");
    world.end().await;
}

#[tokio::test]
async fn a_delegate_acts_for_the_calendar_that_is_shared_and_not_for_mail() {
    let world = World::of_the_sample().await;
    let ben = world.token(BEN, OWN).await;
    let share = json!({
        "emailAddress": {"address": BEN, "name": "Ben Okafor"}, "role": "write",
    });
    let path = format!("/graph/v1.0/users/{ANNA}/calendar/calendarPermissions");
    let asked = world.ask(Method::POST, &path).bearer_auth("admin").json(&share);
    assert_eq!(asked.send().await.expect("an answer").status().as_u16(), 201);
    let events = world.ask(Method::GET, &format!("/graph/v1.0/users/{ANNA}/events?$top=1"));
    let events = events.bearer_auth("admin").header("prefer", "IdType=\"ImmutableId\"");
    let events = json_of(events.send().await.expect("an answer")).await;
    let event = events["value"][0]["id"].as_str().expect("an event").to_owned();
    let (status, answer) = items(&world, "track", &ben, ANNA, &event).await;
    assert_eq!((status, &answer["items"][0]["state"]), (200, &json!("tracked")), "{answer}");
    let message = message(&world, ANNA, true).await;
    let (status, answer) = items(&world, "track", &ben, ANNA, &message).await;
    assert_eq!(status, 200, "{answer}");
    assert!(answer["items"][0]["error"].is_string(), "{answer}");
    let (_, answer) = items(&world, "status", &world.token(ANNA, OWN).await, ANNA, &message).await;
    assert_eq!(answer["items"][0]["state"], "not_tracked", "{answer}");
    world.end().await;
}

#[tokio::test]
async fn somebody_who_asks_too_often_waits() {
    let world = World::of_the_sample().await;
    let anna = world.token(ANNA, OWN).await;
    let mut refused = None;
    for _ in 0..61 {
        let asked = world.ask(Method::GET, "/api/v1/regarding?q=har").bearer_auth(&anna);
        let answer = asked.send().await.expect("an answer");
        if answer.status().as_u16() == 429 {
            refused = answer.headers().get("retry-after").cloned();
        }
    }
    let wait = refused.expect("the last of them is refused");
    let wait: u64 = wait.to_str().expect("text").parse().expect("seconds");
    assert!((1..=60).contains(&wait), "{wait}");
    let ben = world.token(BEN, OWN).await;
    let asked = world.ask(Method::GET, "/api/v1/regarding?q=har").bearer_auth(&ben);
    assert_eq!(asked.send().await.expect("an answer").status().as_u16(), 200, "others go on");
    world.end().await;
}

#[tokio::test]
async fn the_console_asks_with_its_session_and_nobody_else_does() {
    let world = World::of_the_sample().await;
    let sign_in = async |token: &str| {
        let asked = world.ask(Method::POST, "/admin/api/session").json(&json!({"token": token}));
        asked.send().await.expect("an answer")
    };
    assert_eq!(sign_in("guess").await.status().as_u16(), 401);
    let answer = sign_in("admin").await;
    let cookie = answer.headers()["set-cookie"].to_str().expect("text").to_owned();
    assert!(cookie.contains("HttpOnly; SameSite=Strict; Path=/"), "{cookie}");
    let cookie = cookie.split(';').next().expect("a pair").to_owned();
    let csrf = json_of(answer).await["csrf"].as_str().expect("a secret").to_owned();
    let ask = async |headers: &[(&'static str, &str)]| {
        let mut asked = world.ask(Method::GET, "/api/v1/overview").header("cookie", &cookie);
        for (name, value) in headers {
            asked = asked.header(*name, *value);
        }
        asked.send().await.expect("an answer").status().as_u16()
    };
    assert_eq!(ask(&[("x-earmark-csrf", &csrf)]).await, 200);
    let own = ("x-earmark-csrf", csrf.as_str());
    for forged in [
        vec![],
        vec![("x-earmark-csrf", "guess")],
        vec![own, ("origin", "https://evil.example")],
        vec![own, ("sec-fetch-site", "cross-site")],
    ] {
        assert_eq!(ask(&forged).await, 403, "{forged:?}");
    }
    // A form of another site can send neither JSON nor the secret.
    let form = world.ask(Method::POST, "/admin/api/session");
    let form = form.header("content-type", "text/plain").body("{\"token\":\"admin\"}");
    assert_eq!(form.send().await.expect("an answer").status().as_u16(), 403);
    let end = world.ask(Method::DELETE, "/admin/api/session").header("cookie", &cookie);
    let end = end.header("x-earmark-csrf", &csrf).send().await.expect("an answer");
    assert_eq!(end.status().as_u16(), 204);
    assert_eq!(ask(&[("x-earmark-csrf", &csrf)]).await, 401, "signed out");
    for _ in 0..10 {
        sign_in("guess").await;
    }
    assert_eq!(sign_in("admin").await.status().as_u16(), 429, "after ten wrong tokens");
    world.end().await;
}

#[tokio::test]
async fn only_the_add_in_may_be_framed_and_each_page_has_its_policy() {
    let world = World::of_the_sample().await;
    for (path, is_framed) in [
        ("/", false),
        ("/admin/", false),
        ("/crm/", false),
        ("/outlook/", false),
        ("/help/", false),
        ("/addin/taskpane.html", true),
        ("/addin/signin.html", true),
        ("/nothing", false),
    ] {
        let answer = world.ask(Method::GET, path).send().await.expect("an answer");
        let headers = answer.headers().clone();
        let policy = headers["content-security-policy"].to_str().expect("text").to_owned();
        let scripts = policy.split(';').find(|part| part.contains("script-src"));
        assert!(!scripts.unwrap_or_default().contains("unsafe"), "{path}: {policy}");
        assert_eq!(headers.get("x-frame-options").is_none(), is_framed, "{path}");
        assert_eq!(policy.contains("https://outlook.office.com"), is_framed, "{path}");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
    }
    let frame = world.ask(Method::GET, "/outlook/message-frame.html").send().await;
    let policy = frame.expect("an answer").headers()["content-security-policy"].clone();
    assert!(!policy.to_str().expect("text").contains("script-src"), "no script in a message");
    // The same file is not sent twice.
    let first = world.ask(Method::GET, "/assets/common/dom.js").send().await.expect("an answer");
    let tag = first.headers()["etag"].to_str().expect("text").to_owned();
    let again = world.ask(Method::GET, "/assets/common/dom.js").header("if-none-match", tag);
    assert_eq!(again.send().await.expect("an answer").status().as_u16(), 304);
    world.end().await;
}

#[tokio::test]
async fn the_pane_loads_the_stand_in_only_where_the_sandbox_asks_for_it() {
    let world = World::of_the_sample().await;
    let read = async |path: &str| {
        let answer = world.ask(Method::GET, path).send().await.expect("an answer");
        answer.text().await.expect("a body")
    };
    const VENDOR: &str = "https://appsforoffice.microsoft.com/lib/1/hosted/office.js";
    assert!(read("/addin/taskpane.html").await.contains(VENDOR));
    let sandbox = read("/addin/taskpane.html?host=sandbox").await;
    assert!(!sandbox.contains(VENDOR) && sandbox.contains("/addin/host/office.js"));
    let asked =
        world.ask(Method::GET, "/addin/manifest.xml").header("host", "sync.contoso.example");
    let asked = asked.header("x-forwarded-proto", "https").send().await.expect("an answer");
    let manifest = asked.text().await.expect("a body");
    assert!(manifest.contains("https://sync.contoso.example/addin/taskpane.html"));
    let hostile = world.ask(Method::GET, "/addin/manifest.xml").header("host", "a\"><script>");
    assert_eq!(hostile.send().await.map(|answer| answer.status().as_u16()).unwrap_or(422), 422);
    world.end().await;
}

#[tokio::test]
async fn make_it_fail_ends_undeliverable_and_mended_it_is_tracked() {
    let world = World::of_the_sample().await;
    let token = world.page_token().await;
    let demo = async |path: &str, body: Value| demo(&world, &token, path, body).await;
    assert_eq!(demo("fail", json!({"on": true})).await, json!({"on": true}));
    let id = message(&world, ANNA, true).await;
    let assign = json!({"mailbox": ANNA, "item": id, "kind": "email", "assigned": true});
    demo("category", assign.clone()).await;
    world.sync(ANNA).await;
    let ended = demo("hurry", json!({"mailbox": ANNA, "item": id})).await;
    assert_eq!(
        (&ended["state"], &ended["attempts"]),
        (&json!("undeliverable"), &json!(6)),
        "{ended}"
    );
    assert_eq!(demo("fail", json!({"on": false})).await, json!({"on": false}));
    demo("category", assign).await;
    world.sync(ANNA).await;
    let (_, answer) = items(&world, "status", "admin", ANNA, &id).await;
    assert_eq!(answer["items"][0]["state"], "tracked", "{answer}");
    assert_eq!(answer["items"][0]["origin"], "category", "{answer}");
    // Every scenario that can be watched passes.
    let list = world.ask(Method::GET, "/demo/api/scenarios").header("x-page-token", &token);
    let list = json_of(list.send().await.expect("an answer")).await;
    let ids = list.as_array().expect("a list").iter().filter_map(|one| one["id"].as_str());
    let mut played = 0;
    for id in ids {
        let ended = demo(&format!("scenarios/{id}"), json!({})).await;
        assert_eq!(ended["passed"], true, "{id}: {ended}");
        played += 1;
    }
    assert_eq!(played, 7);
    world.end().await;
}

/// What the demo's page asks of its own server.
async fn demo(world: &World, token: &str, path: &str, body: Value) -> Value {
    let asked = world.ask(Method::POST, &format!("/demo/api/{path}"));
    let asked = asked.header("x-page-token", token).json(&body);
    json_of(asked.send().await.expect("an answer")).await
}

#[tokio::test]
async fn what_failed_is_counted_and_says_whose_wish_it_was() {
    let world = World::of_the_sample().await;
    let path = format!("/graph/v1.0/users/{ANNA}/mailFolders/inbox/messages?$top=2&$select=id");
    let found = world.admin("GET", &path, Value::Null).await;
    let id = |n: usize| found["value"][n]["id"].as_str().expect("an id").to_owned();
    let (given_up, refused) = (id(0), id(1));
    let page = world.page_token().await;

    demo(&world, &page, "fail", json!({"on": true})).await;
    let (_, answer) = items(&world, "track", "admin", ANNA, &given_up).await;
    assert_eq!(answer["items"][0]["state"], "retrying", "{answer}");
    let body = json!({"mailbox": ANNA, "item": answer["items"][0]["graphId"]});
    let ended = demo(&world, &page, "hurry", body).await;
    assert_eq!(ended["state"], "undeliverable", "{ended}");
    demo(&world, &page, "fail", json!({"on": false})).await;

    let fault = json!({"status": 400, "code": "0x80043e09"});
    let fault = json!([{"target": "crm", "method": "POST", "path": "emails", "fault": fault}]);
    world.admin("PUT", "/sandbox/v1/faults", fault).await;
    let (_, answer) = items(&world, "track", "admin", ANNA, &refused).await;
    assert_eq!(answer["items"][0]["reason"], "refused_for_good", "{answer}");
    assert_eq!(answer["items"][0]["state"], "not_tracked", "{answer}");

    let overview = world.admin("GET", "/api/v1/overview", Value::Null).await;
    let counted = &overview["items"];
    assert_eq!((&counted["undeliverable"], &counted["refused"]), (&json!(1), &json!(1)));
    let causes: Vec<&Value> =
        overview["failures"].as_array().expect("a list").iter().map(|one| &one["reason"]).collect();
    assert_eq!(causes, ["refused_for_good", "retries_exhausted"], "{overview}");
    for filter in ["state=undeliverable", "state=not_tracked&reason=refused_for_good"] {
        let page = world.admin("GET", &format!("/api/v1/items?{filter}"), Value::Null).await;
        assert_eq!(page["items"].as_array().map(Vec::len), Some(1), "{page}");
        assert_eq!(page["items"][0]["origin"], "person", "{page}");
    }
    world.end().await;
}
