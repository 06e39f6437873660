//! Delta queries of To Do.

mod face;

use face::{Face, LI, encoded};
use serde_json::{Value, json};

/// Follows a round to its end: all lines, and the link of the next round.
async fn round(face: &Face, url: &str) -> (Vec<Value>, String) {
    let mut lines = Vec::new();
    let mut url = url.to_owned();
    loop {
        let page = face.get(&url).header("prefer", "odata.maxpagesize=2").send().await.expect(200);
        assert!(page.values().len() <= 3, "a page is too long");
        lines.extend(page.values().iter().cloned());
        assert!(lines.len() < 200, "the round does not end");
        match page.json["@odata.nextLink"].as_str() {
            Some(next) => url = next.to_owned(),
            None => {
                let link = page.json["@odata.deltaLink"].as_str().expect("link").to_owned();
                return (lines, link);
            }
        }
    }
}

async fn made(face: &Face, url: &str, body: Value) -> Value {
    face.ask("POST", url).json(&body).send().await.expect(201).json
}

fn id(value: &Value) -> String {
    encoded(value["id"].as_str().expect("id"))
}

fn is_gone(lines: &[Value], what: &Value) -> bool {
    lines.iter().any(|line| line["id"] == what["id"] && line["@removed"]["reason"] == "deleted")
}

#[tokio::test]
async fn each_round_tells_what_changed_in_the_list_since_the_one_before() {
    let face = Face::new().await;
    let url = format!("/users/{LI}/todo/lists/Tasks/tasks");
    let mut tasks = Vec::new();
    for number in 0..5 {
        tasks.push(made(&face, &url, json!({ "title": format!("No {number}") })).await);
    }
    let (lines, link) = round(&face, &format!("{url}/delta?$select=title,categories")).await;
    assert_eq!(lines.len(), 5);
    assert!(lines[0].get("status").is_none() && lines[0]["@odata.etag"].is_string());
    assert_eq!(lines[0]["title"], json!("No 0"));
    let (lines, link) = round(&face, &link).await;
    assert!(lines.is_empty());
    let one = |index: usize| format!("{url}/{}", id(&tasks[index]));
    face.ask("PATCH", &one(0)).json(&json!({ "categories": ["A"] })).send().await.expect(200);
    face.ask("DELETE", &one(1)).send().await.expect(204);
    made(&face, &format!("{}/linkedResources", one(2)), json!({ "externalId": "1" })).await;
    made(&face, &format!("{}/extensions", one(3)), json!({ "extensionName": "a.b" })).await;
    let list = made(&face, &format!("/users/{LI}/todo/lists"), json!({ "displayName": "L" })).await;
    let other = format!("/users/{LI}/todo/lists/{}/tasks/delta", id(&list));
    let (lines, other) = round(&face, &other).await;
    assert!(lines.is_empty());
    let moved = face
        .ask("POST", &format!("/sandbox/v1/users/{LI}/tasks/move"))
        .json(&json!({ "taskId": tasks[4]["id"], "toListId": list["id"] }))
        .send()
        .await
        .expect(200)
        .json;
    let (lines, link) = round(&face, &link).await;
    assert_eq!(lines.len(), 4, "{lines:#?}");
    assert!(
        lines.iter().any(|line| line["id"] == tasks[0]["id"] && line["categories"] == json!(["A"]))
    );
    assert!(is_gone(&lines, &tasks[1]) && is_gone(&lines, &tasks[4]));
    assert!(lines.iter().any(|line| line["id"] == tasks[2]["id"]));
    assert!(round(&face, &link).await.0.is_empty());
    let (lines, _) = round(&face, &other).await;
    assert_eq!((lines.len(), &lines[0]["id"]), (1, &moved["taskId"]));
}

#[tokio::test]
async fn what_changes_during_a_round_is_not_lost_in_any_profile() {
    for profile in ["documented", "kind", "hostile"] {
        let face = Face::new().await;
        face.ask("PUT", "/sandbox/v1/quirks")
            .json(&json!({ "profile": profile }))
            .send()
            .await
            .expect(200);
        let url = format!("/users/{LI}/todo/lists/Tasks/tasks");
        for number in 0..5 {
            made(&face, &url, json!({ "title": format!("No {number}") })).await;
        }
        let mut link = format!("{url}/delta?$top=2");
        let mut given = Vec::new();
        while given.is_empty() {
            let page = face.get(&link).send().await.expect(200);
            given = page.values().to_vec();
            link = page.json["@odata.nextLink"].as_str().expect("next").to_owned();
        }
        face.ask("DELETE", &format!("{url}/{}", id(&given[0]))).send().await.expect(204);
        made(&face, &url, json!({ "title": "Late" })).await;
        let (lines, link) = round(&face, &link).await;
        assert!(is_gone(&lines, &given[0]), "{profile}");
        for title in ["No 2", "No 3", "No 4", "Late"] {
            assert!(lines.iter().any(|line| line["title"] == json!(title)), "{profile}: {title}");
        }
        assert!(round(&face, &link).await.0.is_empty(), "{profile}");
    }
}

#[tokio::test]
async fn lists_have_a_delta_and_every_spelling_is_known() {
    let face = Face::new().await;
    let lists = format!("/users/{LI}/todo/lists");
    let (lines, link) = round(&face, &format!("{lists}/delta")).await;
    assert_eq!(lines.len(), 2);
    let new = made(&face, &lists, json!({ "displayName": "L" })).await;
    let (lines, link) = round(&face, &link).await;
    assert_eq!((lines.len(), &lines[0]["displayName"]), (1, &json!("L")));
    let one = format!("{lists}/{}", id(&new));
    made(&face, &format!("{one}/tasks"), json!({ "title": "x" })).await;
    for spelling in ["delta", "delta()", "microsoft.graph.delta()"] {
        for url in
            [format!("{one}/tasks/{spelling}"), format!("{lists}('{}')/tasks/{spelling}", id(&new))]
        {
            assert_eq!(face.get(&url).send().await.expect(200).values().len(), 1, "{url}");
        }
        assert_eq!(
            face.get(&format!("{lists}/{spelling}")).send().await.expect(200).values().len(),
            3
        );
    }
    let (_, tasks) = round(&face, &format!("{one}/tasks/delta")).await;
    face.ask("DELETE", &one).send().await.expect(204);
    let (lines, _) = round(&face, &link).await;
    assert!(is_gone(&lines, &new) && lines.len() == 1);
    face.get(&tasks).send().await.expect(404);
}

#[tokio::test]
async fn expired_and_foreign_tokens_are_gone() {
    let face = Face::new().await;
    let url = format!("/users/{LI}/todo/lists/Tasks/tasks/delta");
    let (_, tasks) = round(&face, &url).await;
    let (_, lists) = round(&face, &format!("/users/{LI}/todo/lists/delta")).await;
    let (_, mail) = round(&face, &format!("/users/{LI}/mailFolders/inbox/messages/delta")).await;
    let token = |link: &str| link.split_once("deltatoken=").expect("token").1.to_owned();
    for foreign in [token(&lists), token(&mail), "nonsense".to_owned()] {
        let gone = face.get(&format!("{url}?$deltatoken={foreign}")).send().await.expect(410);
        assert_eq!(gone.code(), "syncStateNotFound");
    }
    let inbox =
        format!("/users/{LI}/mailFolders/inbox/messages/delta?$deltatoken={}", token(&tasks));
    face.get(&inbox).send().await.expect(410);
    face.ask("POST", &format!("/sandbox/v1/users/{LI}/expire-checkpoints"))
        .send()
        .await
        .expect(204);
    for link in [tasks, lists] {
        assert_eq!(face.get(&link).send().await.expect(410).code(), "syncStateNotFound");
    }
    let filtered = face.get(&format!("{url}?$filter=title%20eq%20'x'")).send().await.expect(400);
    assert_eq!(filtered.code(), "invalidRequest");
}

#[tokio::test]
async fn flagged_mail_comes_and_goes_in_the_delta_of_its_list() {
    let face = Face::new().await;
    face.deliver("x@contoso.test", LI, "Offer").await;
    let mail = face.get(&format!("/users/{LI}/messages")).send().await.expect(200);
    let mail = format!("/users/{LI}/messages/{}", id(&mail.values()[0]));
    let flag = async |status: &str| {
        let body = json!({ "flag": { "flagStatus": status } });
        face.ask("PATCH", &mail).json(&body).send().await.expect(200);
    };
    let url = format!("/users/{LI}/todo/lists/flaggedEmails/tasks/delta");
    let (lines, link) = round(&face, &url).await;
    assert!(lines.is_empty());
    flag("flagged").await;
    let (lines, link) = round(&face, &link).await;
    assert_eq!((lines.len(), &lines[0]["title"]), (1, &json!("Offer")));
    let task = lines[0].clone();
    flag("notFlagged").await;
    let (lines, link) = round(&face, &link).await;
    assert!(is_gone(&lines, &task) && lines.len() == 1);
    flag("flagged").await;
    face.ask("POST", &format!("{mail}/permanentDelete")).send().await.expect(204);
    let (lines, _) = round(&face, &link).await;
    assert!(lines.iter().all(|line| line.get("@removed").is_some()) && lines.len() == 1);
    let (inbox, _) = round(&face, &format!("/users/{LI}/mailFolders/inbox/messages/delta")).await;
    assert!(inbox.is_empty());
}
