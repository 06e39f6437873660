//! To Do as clients see it: lists, tasks, what hangs on them.

mod face;

use earmark_sandbox::NewTask;
use face::{ANA, Answer, Face, LI, encoded};
use serde_json::{Value, json};
use std::time::Duration;

async fn default_list(face: &Face) -> String {
    let lists = face.get(&format!("/users/{LI}/todo/lists")).send().await.expect(200);
    let found = lists.values().iter().find(|one| one["wellknownListName"] == "defaultList");
    encoded(found.expect("a default list")["id"].as_str().expect("id"))
}

async fn tasks_url(face: &Face) -> String {
    format!("/users/{LI}/todo/lists/{}/tasks", default_list(face).await)
}

async fn made(face: &Face, url: &str, body: Value) -> Value {
    face.ask("POST", url).json(&body).send().await.expect(201).json
}

fn id(value: &Value) -> String {
    encoded(value["id"].as_str().expect("id"))
}

fn titles(answer: &Answer) -> Vec<&str> {
    answer.values().iter().map(|one| one["title"].as_str().expect("title")).collect()
}

fn inner(answer: &Answer) -> &str {
    answer.json["error"]["innerError"]["code"].as_str().unwrap_or_default()
}

async fn user_token(face: &Face, mail: &str) -> String {
    face.token(&format!(
        "grant_type=password&client_id=demo&client_secret=demo&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default&username={}&password=demo",
        encoded(mail)
    ))
    .await
}

#[tokio::test]
async fn lists_exist_from_the_start_and_others_come_and_go() {
    let face = Face::new().await;
    let url = format!("/users/{LI}/todo/lists");
    let lists = face.get(&url).send().await.expect(200);
    let known: Vec<_> = lists.values().iter().map(|one| &one["wellknownListName"]).collect();
    assert_eq!(known, [&json!("defaultList"), &json!("flaggedEmails")]);
    let mine = made(&face, &url, json!({ "displayName": "Travel items" })).await;
    assert_eq!((&mine["wellknownListName"], &mine["isOwner"]), (&json!("none"), &json!(true)));
    let one = format!("{url}/{}", id(&mine));
    let renamed =
        face.ask("PATCH", &one).json(&json!({ "displayName": "Plan" })).send().await.expect(200);
    assert_eq!(renamed.json["displayName"], json!("Plan"));
    assert_ne!(renamed.json["@odata.etag"], mine["@odata.etag"]);
    let stale = mine["@odata.etag"].as_str().expect("etag");
    face.ask("DELETE", &one).header("if-match", stale).send().await.expect(412);
    face.ask("DELETE", &one).send().await.expect(204);
    face.get(&one).send().await.expect(404);
    for list in ["Tasks", "flaggedEmails"] {
        let kept = face.ask("DELETE", &format!("{url}/{list}")).send().await.expect(400);
        assert_eq!(kept.code(), "invalidRequest");
    }
    let empty = face.ask("POST", &url).json(&json!({ "displayName": " " })).send().await;
    assert_eq!(empty.expect(400).code(), "invalidRequest");
}

#[tokio::test]
async fn a_task_keeps_all_that_it_was_given() {
    let face = Face::new().await;
    let url = tasks_url(&face).await;
    let task = made(&face, &url, json!({
        "title": "Send quote",
        "body": { "content": "By Friday", "contentType": "text" },
        "categories": ["Blue", "blue", "Red"],
        "importance": "High",
        "status": "inProgress",
        "startDateTime": { "dateTime": "2026-11-24T00:00:00", "timeZone": "UTC" },
        "dueDateTime": { "dateTime": "2026-11-25T00:00:00", "timeZone": "Pacific Standard Time" },
        "reminderDateTime": { "dateTime": "2026-11-24T09:00:00.5", "timeZone": "Europe/Berlin" },
        "recurrence": {
            "pattern": { "type": "weekly", "interval": 1, "daysOfWeek": ["monday"] },
            "range": { "type": "noEnd", "startDate": "2026-11-24" },
        },
    })).await;
    let utc = |text: &str| json!({ "dateTime": text, "timeZone": "UTC" });
    for (name, value) in [
        ("title", json!("Send quote")),
        ("body", json!({ "content": "By Friday", "contentType": "text" })),
        ("categories", json!(["Blue", "Red"])),
        ("importance", json!("high")),
        ("status", json!("inProgress")),
        ("startDateTime", utc("2026-11-24T00:00:00.0000000")),
        ("dueDateTime", utc("2026-11-25T08:00:00.0000000")),
        ("reminderDateTime", utc("2026-11-24T08:00:00.5000000")),
        ("isReminderOn", json!(true)),
        ("hasAttachments", json!(false)),
        ("completedDateTime", Value::Null),
    ] {
        assert_eq!(task[name], value, "{name}");
    }
    assert_eq!(task["recurrence"]["pattern"]["firstDayOfWeek"], json!("sunday"));
    assert_eq!(task["recurrence"]["range"]["type"], json!("noEnd"));
    assert!(task.get("completedDateTime").is_none());
    let one = format!("{url}/{}", id(&task));
    let cleared = face
        .ask("PATCH", &one)
        .json(&json!({ "dueDateTime": null, "recurrence": null, "reminderDateTime": null }))
        .send()
        .await
        .expect(200)
        .json;
    assert!(cleared.get("dueDateTime").is_none() && cleared.get("recurrence").is_none());
    assert_eq!(cleared["isReminderOn"], json!(false));
    let selected =
        face.get(&format!("{one}?$select=title,dueDateTime")).send().await.expect(200).json;
    assert_eq!(selected["dueDateTime"], Value::Null);
    assert_eq!((selected.get("status"), selected.get("id").is_some()), (None, true));
    face.ask("DELETE", &one).send().await.expect(204);
    let gone = face.get(&one).send().await.expect(404);
    assert_eq!(gone.code(), "ErrorItemNotFound");
}

#[tokio::test]
async fn what_makes_no_sense_is_an_invalid_request() {
    let face = Face::new().await;
    let url = tasks_url(&face).await;
    for (body, target) in [
        (json!({}), "title"),
        (json!({ "title": "x", "status": "done" }), "status"),
        (json!({ "title": "x", "dueDateTime": { "dateTime": "soon" } }), "dueDateTime"),
        (
            json!({ "title": "x", "startDateTime": { "dateTime": "2026-11-24T00:00:00", "timeZone": "Nowhere" } }),
            "startDateTime",
        ),
        (
            json!({ "title": "x", "recurrence": { "pattern": { "type": "weekly" }, "range": { "type": "noEnd", "startDate": "2026-11-24" } } }),
            "daysOfWeek",
        ),
        (
            json!({ "title": "x", "recurrence": { "pattern": { "type": "daily" }, "range": { "type": "numbered", "startDate": "2026-11-24" } } }),
            "numberOfOccurrences",
        ),
        (json!({ "title": "x", "categories": "Blue" }), "categories"),
    ] {
        let answer = face.ask("POST", &url).json(&body).send().await.expect(400);
        assert_eq!(
            (answer.code(), &answer.json["error"]["target"]),
            ("invalidRequest", &json!(target))
        );
    }
    let unknown =
        face.ask("POST", &url).json(&json!({ "title": "x", "subject": "y" })).send().await;
    assert_eq!(unknown.expect(400).code(), "RequestBodyRead");
    let malformed = face.get(&format!("{url}/x")).send().await.expect(400);
    assert_eq!(
        (malformed.code(), inner(&malformed)),
        ("invalidRequest", "ErrorInvalidIdMalformed")
    );
    let task = made(&face, &url, json!({ "title": "x" })).await;
    let other = format!("/users/{LI}/todo/lists/flaggedEmails/tasks/{}", id(&task));
    let elsewhere = face.get(&other).send().await.expect(400);
    assert_eq!(elsewhere.code(), "invalidRequest");
    for query in [
        "$top=0",
        "$search=x",
        "$select=subject",
        "$expand=attachments",
        "$filter=subject%20eq%20'x'",
    ] {
        face.get(&format!("{url}?{query}")).send().await.expect(400);
    }
    face.ask("PUT", &url).send().await.expect(405);
    face.get(&format!("{url}/{}/nonsense", id(&task))).send().await.expect(400);
}

#[tokio::test]
async fn completion_sets_when_and_back_clears_it() {
    let face = Face::new().await;
    let url = tasks_url(&face).await;
    let one = format!("{url}/{}", id(&made(&face, &url, json!({ "title": "x" })).await));
    let patch =
        async |body: Value| face.ask("PATCH", &one).json(&body).send().await.expect(200).json;
    let done = patch(json!({ "status": "completed" })).await;
    assert_eq!(done["completedDateTime"]["dateTime"], json!("2026-11-22T10:00:00.0000000"));
    face.clock.turn(Duration::from_secs(60));
    let still = patch(json!({ "title": "y" })).await;
    assert_eq!(still["completedDateTime"], done["completedDateTime"]);
    let back = patch(json!({ "status": "notStarted" })).await;
    assert!(back.get("completedDateTime").is_none());
    let given = json!({ "dateTime": "2026-11-20T00:00:00", "timeZone": "UTC" });
    let done = patch(json!({ "completedDateTime": given })).await;
    assert_eq!(
        (&done["status"], &done["completedDateTime"]["dateTime"]),
        (&json!("completed"), &json!("2026-11-20T00:00:00.0000000"))
    );
    assert_eq!(patch(json!({ "completedDateTime": null })).await["status"], json!("notStarted"));
}

#[tokio::test]
async fn a_category_change_bumps_the_etag_and_stale_ones_are_refused() {
    let face = Face::new().await;
    let url = tasks_url(&face).await;
    for (profile, bumps) in [("documented", true), ("hostile", false)] {
        face.ask("PUT", "/sandbox/v1/quirks")
            .json(&json!({ "profile": profile }))
            .send()
            .await
            .expect(200);
        let task = made(&face, &url, json!({ "title": "x" })).await;
        let one = format!("{url}/{}", id(&task));
        let etag = task["@odata.etag"].as_str().expect("etag");
        face.clock.turn(Duration::from_secs(60));
        let changed = face
            .ask("PATCH", &one)
            .header("if-match", etag)
            .json(&json!({ "categories": ["Blue"] }))
            .send()
            .await
            .expect(200);
        assert_ne!(changed.json["@odata.etag"], task["@odata.etag"]);
        assert_eq!(changed.headers["etag"], changed.json["@odata.etag"].as_str().expect("etag"));
        let later = changed.json["lastModifiedDateTime"] != task["lastModifiedDateTime"];
        assert_eq!(later, bumps, "{profile}");
        for method in ["PATCH", "DELETE"] {
            let stale = face
                .ask(method, &one)
                .header("if-match", etag)
                .json(&json!({ "title": "y" }))
                .send()
                .await
                .expect(412);
            assert!(stale.code().eq_ignore_ascii_case("ErrorIrresolvableConflict"));
        }
    }
}

#[tokio::test]
async fn queries_find_order_and_page() {
    let face = Face::new().await;
    let url = tasks_url(&face).await;
    for (title, status, categories, due) in [
        ("alpha", "notStarted", json!(["Tracked to Dynamics 365"]), "2026-12-03T00:00:00"),
        ("Beta", "completed", json!([]), "2026-12-01T00:00:00"),
        ("gamma", "notStarted", json!(["Blue", "Tracked to Dynamics 365"]), "2026-12-02T00:00:00"),
    ] {
        made(&face, &url, json!({ "title": title, "status": status, "categories": categories, "dueDateTime": { "dateTime": due, "timeZone": "UTC" } })).await;
        face.clock.turn(Duration::from_secs(1));
    }
    for (filter, wanted) in [
        ("categories/any(c:c eq 'tracked to dynamics 365')", vec!["gamma", "alpha"]),
        ("Categories/any(c:c eq 'Blue') or title eq 'beta'", vec!["gamma", "Beta"]),
        ("status ne 'completed'", vec!["gamma", "alpha"]),
        ("title eq 'Beta'", vec!["Beta"]),
        ("startswith(title,'al')", vec!["alpha"]),
        ("dueDateTime/dateTime ge '2026-12-02T00:00:00.0000000'", vec!["gamma", "alpha"]),
        ("createdDateTime gt 2026-11-22T10:00:00Z", vec!["gamma", "Beta"]),
        ("not categories/any()", vec!["Beta"]),
    ] {
        let found =
            face.get(&format!("{url}?$filter={}", encoded(filter))).send().await.expect(200);
        assert_eq!(titles(&found), wanted, "{filter}");
    }
    let ordered =
        face.get(&format!("{url}?$orderby=dueDateTime/dateTime")).send().await.expect(200);
    assert_eq!(titles(&ordered), ["Beta", "gamma", "alpha"]);
    for order in ["", "&$orderby=title%20desc"] {
        let mut seen = Vec::new();
        let mut next = Some(format!("{url}?$top=2&$count=true&$select=title{order}"));
        while let Some(link) = next {
            let page = face.get(&link).send().await.expect(200);
            assert_eq!(page.json["@odata.count"], json!(3));
            seen.extend(titles(&page).iter().map(|title| (*title).to_owned()));
            next = page.json["@odata.nextLink"].as_str().map(str::to_owned);
        }
        assert_eq!(seen, ["gamma", "Beta", "alpha"], "{order}");
    }
    assert_eq!(titles(&face.get(&format!("{url}?$skip=2")).send().await.expect(200)), ["alpha"]);
    assert_eq!(face.get(&format!("{url}/$count")).send().await.expect(200).text, "3");
}

#[tokio::test]
async fn the_hostile_profile_knows_no_filter_over_categories() {
    let face = Face::new().await;
    let url = tasks_url(&face).await;
    face.ask("PUT", "/sandbox/v1/quirks")
        .json(&json!({ "profile": "hostile" }))
        .send()
        .await
        .expect(200);
    let by_category = format!("{url}?$filter={}", encoded("categories/any(c:c eq 'Blue')"));
    assert_eq!(face.get(&by_category).send().await.expect(400).code(), "invalidRequest");
    face.get(&format!("{url}?$filter={}", encoded("status eq 'completed'")))
        .send()
        .await
        .expect(200);
}

#[tokio::test]
async fn links_steps_and_extensions_hang_on_a_task() {
    let face = Face::new().await;
    let url = tasks_url(&face).await;
    let task = made(&face, &url, json!({
        "title": "x",
        "linkedResources": [{ "webUrl": "https://crm.fabrikam.test/1", "applicationName": "CRM", "displayName": "Record" }],
        "checklistItems": [{ "displayName": "first", "isChecked": true }],
        "extensions": [{ "extensionName": "test.fabrikam.a", "colour": "red" }],
    })).await;
    assert_eq!(task["linkedResources"][0]["applicationName"], json!("CRM"));
    let one = format!("{url}/{}", id(&task));
    let etag = async || face.get(&one).send().await.expect(200).json["@odata.etag"].clone();
    let mut before = etag().await;
    for (part, body, change, name) in [
        (
            "linkedResources",
            json!({ "applicationName": "Earmark", "externalId": "6f0c" }),
            json!({ "displayName": "Task record" }),
            "externalId",
        ),
        (
            "checklistItems",
            json!({ "displayName": "second" }),
            json!({ "isChecked": true }),
            "displayName",
        ),
        (
            "extensions",
            json!({ "extensionName": "test.fabrikam.b", "n": 1 }),
            json!({ "n": 2 }),
            "extensionName",
        ),
    ] {
        let new = made(&face, &format!("{one}/{part}"), body.clone()).await;
        assert_eq!(new[name], body[name]);
        let url = format!("{one}/{part}/{}", id(&new));
        let changed = face.ask("PATCH", &url).json(&change).send().await.expect(200).json;
        let key = change.as_object().and_then(|all| all.keys().next()).expect("one member");
        assert_eq!(changed[key], change[key]);
        let mut read = face.get(&url).send().await.expect(200).json;
        read["@odata.context"] = changed["@odata.context"].clone();
        assert_eq!(read, changed);
        let list = face.get(&format!("{one}/{part}")).send().await.expect(200);
        assert_eq!(list.values().len(), 2, "{part}");
        let whole =
            face.get(&format!("{url_of}?$expand={part}", url_of = one)).send().await.expect(200);
        assert_eq!(whole.json[part].as_array().map(Vec::len), Some(2));
        let after = etag().await;
        assert_eq!(after == before, part == "extensions", "{part}");
        before = after;
        face.ask("DELETE", &url).send().await.expect(204);
        face.get(&url).send().await.expect(404);
        before = if part == "extensions" { before } else { etag().await };
    }
    let listed = face
        .get(&format!("{url}?$expand=linkedResources,checklistItems&$select=title"))
        .send()
        .await
        .expect(200);
    assert_eq!(
        listed.values()[0]["linkedResources"][0]["webUrl"],
        json!("https://crm.fabrikam.test/1")
    );
    assert!(listed.values()[0]["checklistItems"][0]["checkedDateTime"].is_string());
    let twice = json!({ "extensionName": "TEST.fabrikam.a" });
    face.ask("POST", &format!("{one}/extensions")).json(&twice).send().await.expect(409);
}

#[tokio::test]
async fn a_task_that_is_moved_gets_a_new_id_and_keeps_its_links() {
    let face = Face::new().await;
    let url = tasks_url(&face).await;
    let task = made(&face, &url, json!({ "title": "x", "categories": ["Blue"], "linkedResources": [{ "applicationName": "Earmark", "externalId": "6f0c" }] })).await;
    let lists = format!("/users/{LI}/todo/lists");
    let list = made(&face, &lists, json!({ "displayName": "Other" })).await;
    let control = format!("/sandbox/v1/users/{LI}/tasks/move");
    let wanted = json!({ "taskId": task["id"], "toListId": list["id"] });
    let moved = face.ask("POST", &control).json(&wanted).send().await.expect(200).json;
    assert_ne!(moved["taskId"], task["id"]);
    assert_eq!(moved["listId"], list["id"]);
    face.get(&format!("{url}/{}", id(&task))).send().await.expect(404);
    let there = format!(
        "{lists}/{}/tasks/{}?$expand=linkedResources",
        id(&list),
        encoded(moved["taskId"].as_str().expect("id"))
    );
    let there = face.get(&there).send().await.expect(200).json;
    assert_eq!((&there["title"], &there["categories"]), (&task["title"], &task["categories"]));
    assert_eq!(there["linkedResources"], task["linkedResources"]);
    assert_eq!(there["createdDateTime"], task["createdDateTime"]);
    face.ask("POST", &control).json(&wanted).send().await.expect(404);
    face.ask("POST", &control)
        .json(&json!({ "taskId": moved["taskId"], "toListId": "flaggedEmails" }))
        .send()
        .await
        .expect(400);
    face.ask("POST", &control).json(&json!({ "taskId": moved["taskId"] })).send().await.expect(400);
    face.ask("POST", &control)
        .json(&json!({ "taskId": moved["taskId"], "toListId": "Tasks" }))
        .send()
        .await
        .expect(200);
}

#[tokio::test]
async fn flagged_mail_is_mirrored_and_the_mirror_is_read_only() {
    let face = Face::new().await;
    face.deliver("x@contoso.test", LI, "Offer").await;
    let mail = face.get(&format!("/users/{LI}/messages")).send().await.expect(200);
    let mail = format!("/users/{LI}/messages/{}", id(&mail.values()[0]));
    let list = format!("/users/{LI}/todo/lists/flaggedEmails/tasks");
    let mirror = async || face.get(&list).send().await.expect(200).values().to_vec();
    let patch = async |body: Value| {
        face.ask("PATCH", &mail).json(&body).send().await.expect(200);
    };
    assert!(mirror().await.is_empty());
    let zone = "Pacific Standard Time";
    let flag = json!({ "flagStatus": "flagged", "startDateTime": { "dateTime": "2026-11-24T00:00:00", "timeZone": zone }, "dueDateTime": { "dateTime": "2026-11-25T00:00:00", "timeZone": zone } });
    patch(json!({ "flag": flag })).await;
    let task = mirror().await[0].clone();
    assert_eq!((&task["title"], &task["status"]), (&json!("Offer"), &json!("notStarted")));
    assert_eq!(task["dueDateTime"]["dateTime"], json!("2026-11-25T08:00:00.0000000"));
    patch(json!({ "isRead": true })).await;
    assert_eq!(mirror().await[0]["@odata.etag"], task["@odata.etag"]);
    patch(json!({ "categories": ["Blue"] })).await;
    let changed = mirror().await[0].clone();
    assert_eq!((&changed["categories"], &changed["id"]), (&json!(["Blue"]), &task["id"]));
    assert_ne!(changed["@odata.etag"], task["@odata.etag"]);
    let one = format!("{list}/{}", id(&task));
    for (method, url) in [
        ("POST", &list),
        ("PATCH", &one),
        ("DELETE", &one),
        ("POST", &format!("{one}/linkedResources")),
    ] {
        let refused = face.ask(method, url).json(&json!({ "title": "x" })).send().await.expect(400);
        assert_eq!(refused.code(), "invalidRequest", "{method}");
    }
    patch(json!({ "flag": { "flagStatus": "complete" } })).await;
    assert!(mirror().await.is_empty());
    patch(json!({ "flag": flag })).await;
    assert_eq!(mirror().await.len(), 1);
    for count in [1, 0] {
        // To Deleted Items, and from there to where nobody sees it.
        let kept = face.get(&format!("/users/{LI}/messages")).send().await;
        let url = format!("/users/{LI}/messages/{}", id(&kept.values()[0]));
        face.ask("DELETE", &url).send().await.expect(204);
        assert_eq!(mirror().await.len(), count);
    }
    face.ask("DELETE", &format!("/sandbox/v1/users/{LI}")).send().await.expect(204);
}

#[tokio::test]
async fn only_the_owner_and_applications_come_in() {
    let face = Face::new().await;
    let url = format!("/users/{LI}/todo/lists");
    let (li, ana) = (user_token(&face, LI).await, user_token(&face, ANA).await);
    for path in
        ["/me/todo/lists", &url, &format!("/graph/beta{url}"), "/graph/beta/me/todo/lists/delta"]
    {
        let lists = face.get(path).header("authorization", &li).send().await.expect(200);
        assert_eq!(lists.values().len(), 2, "{path}");
    }
    let other = face.get(&url).header("authorization", &ana).send().await.expect(400);
    assert_eq!((other.code(), inner(&other)), ("invalidRequest", "ErrorIncorrectRoutingHint"));
    let form = "grant_type=client_credentials&client_id=demo&client_secret=demo&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default";
    let app = face.token(form).await;
    face.get(&url).header("authorization", &app).send().await.expect(200);
    let mailbox = format!("/sandbox/v1/users/{LI}");
    face.ask("PATCH", &mailbox).json(&json!({ "access": "denied" })).send().await.expect(200);
    let denied = face.get(&url).header("authorization", &app).send().await.expect(403);
    assert_eq!(denied.code(), "ErrorAccessDenied");
    let off = face.ask("PATCH", &mailbox).json(&json!({ "toDoEnabled": false })).send().await;
    assert_eq!(off.expect(200).json["toDoEnabled"], json!(false));
    let none = face.get(&url).send().await.expect(404);
    assert_eq!(none.code(), "MailboxNotEnabledForRESTAPI");
    face.get(&format!("/users/{LI}/messages")).send().await.expect(200);
}

#[tokio::test]
async fn a_user_token_needs_the_scope() {
    let face = Face::new().await;
    let scoped = |scope: &str| {
        format!(
            "grant_type=password&client_id=demo&client_secret=demo&scope={scope}&username={}&password=demo",
            encoded(LI)
        )
    };
    let mail_only = face.token(&scoped("Mail.ReadWrite")).await;
    let url = "/me/todo/lists";
    face.get(url).header("authorization", &mail_only).send().await.expect(403);
    face.get("/me/contacts").header("authorization", &mail_only).send().await.expect(403);
    let tasks = face.token(&scoped("Tasks.ReadWrite")).await;
    face.get(url).header("authorization", &tasks).send().await.expect(200);
    face.get("/me/messages").header("authorization", &tasks).send().await.expect(403);
}

#[tokio::test]
async fn batches_and_translation_know_tasks_and_contacts() {
    let face = Face::new().await;
    let handle = face
        .sandbox
        .create_task(LI, NewTask { title: "x".to_owned(), ..NewTask::default() })
        .await
        .expect("made");
    face.sandbox
        .set_task_categories(LI, &handle.task_id, vec!["Blue".to_owned()])
        .await
        .expect("set");
    let url = format!(
        "/users/{LI}/todo/lists/{}/tasks/{}",
        encoded(&handle.list_id),
        encoded(&handle.task_id)
    );
    let batch = json!({ "requests": [
        { "id": "1", "method": "PATCH", "url": url, "headers": { "Content-Type": "application/json" }, "body": { "title": "y" } },
        { "id": "2", "method": "GET", "url": format!("{url}?$select=title,categories"), "dependsOn": ["1"] },
        { "id": "3", "method": "GET", "url": format!("/users/{LI}/contacts") },
    ] });
    let answer = face.ask("POST", "/$batch").json(&batch).send().await.expect(200).json;
    let responses = answer["responses"].as_array().expect("responses");
    assert!(responses.iter().all(|one| one["status"] == json!(200)), "{answer}");
    let read = responses.iter().find(|one| one["id"] == "2").expect("second");
    assert_eq!(
        (&read["body"]["title"], &read["body"]["categories"]),
        (&json!("y"), &json!(["Blue"]))
    );
    let contact =
        made(&face, &format!("/users/{LI}/contacts"), json!({ "givenName": "Ana" })).await;
    let wanted = json!({ "inputIds": [handle.task_id, contact["id"], "nonsense"], "sourceIdType": "restId", "targetIdType": "restImmutableEntryId" });
    let found = face
        .ask("POST", &format!("/users/{LI}/translateExchangeIds"))
        .json(&wanted)
        .send()
        .await
        .expect(200);
    let target = |index: usize| found.values()[index]["targetId"].as_str();
    let list = format!("/users/{LI}/todo/lists/Tasks/tasks/{}", encoded(target(0).expect("task")));
    assert_eq!(face.get(&list).send().await.expect(200).json["id"], json!(handle.task_id));
    let same = face
        .get(&format!("/users/{LI}/contacts/{}", encoded(target(1).expect("contact"))))
        .immutable()
        .send()
        .await
        .expect(200);
    assert_eq!((same.json["id"].as_str(), target(2)), (target(1), None));
}

#[tokio::test]
async fn a_renamed_category_is_rewritten_on_tasks_and_contacts_too() {
    let face = Face::new().await;
    face.sandbox.create_category(LI, "Blue", "preset1").await.expect("made");
    let url = tasks_url(&face).await;
    let task = made(&face, &url, json!({ "title": "x", "categories": ["Red", "blue"] })).await;
    made(&face, &url, json!({ "title": "y", "categories": ["Red"] })).await;
    let contacts = format!("/users/{LI}/contacts");
    let contact = made(&face, &contacts, json!({ "surname": "Z", "categories": ["Blue"] })).await;
    let rename = json!({ "from": "Blue", "to": "Navy", "rewriteItems": true });
    let done = face
        .ask("POST", &format!("/sandbox/v1/users/{LI}/categories/rename"))
        .json(&rename)
        .send()
        .await
        .expect(200);
    assert_eq!(done.json["rewritten"], json!(2));
    let task = face.get(&format!("{url}/{}", id(&task))).send().await.expect(200);
    assert_eq!(task.json["categories"], json!(["Red", "Navy"]));
    let contact = face.get(&format!("{contacts}/{}", id(&contact))).send().await.expect(200);
    assert_eq!(contact.json["categories"], json!(["Navy"]));
}

#[tokio::test]
async fn a_removed_user_leaves_no_tasks_behind() {
    let face = Face::new().await;
    let url = tasks_url(&face).await;
    let task = json!({ "title": "x", "linkedResources": [{ "externalId": "1" }] });
    made(&face, &url, task.clone()).await;
    let gone = format!("{url}/{}", id(&made(&face, &url, task).await));
    face.ask("DELETE", &gone).send().await.expect(204);
    face.deliver("x@contoso.test", LI, "Offer").await;
    let mail = face.get(&format!("/users/{LI}/messages")).send().await.expect(200);
    let mail = format!("/users/{LI}/messages/{}", id(&mail.values()[0]));
    let flag = json!({ "flag": { "flagStatus": "flagged" } });
    face.ask("PATCH", &mail).json(&flag).send().await.expect(200);
    face.ask("DELETE", &format!("/sandbox/v1/users/{LI}")).send().await.expect(204);
    face.ask("POST", "/sandbox/v1/users").json(&json!({ "mail": LI })).send().await.expect(201);
    for list in ["Tasks", "flaggedEmails"] {
        let url = format!("/users/{LI}/todo/lists/{list}/tasks");
        assert!(face.get(&url).send().await.expect(200).values().is_empty(), "{list}");
    }
}
