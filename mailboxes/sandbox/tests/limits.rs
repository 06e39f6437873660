//! The limits of requests over time, inside and outside of batches.

mod face;

use face::{ANA, Answer, Face, LI, encoded};
use serde_json::{Value, json};
use std::time::Duration;

const APP: &str = "grant_type=client_credentials&client_id=demo&client_secret=demo&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default";

async fn inbox(face: &Face, token: &str, who: &str) -> Answer {
    let url = format!("/users/{who}/mailFolders/inbox");
    face.get(&url).header("authorization", token).send().await
}

/// Uses up the 10,000 requests of the application in Li's mailbox.
async fn used_up(face: &Face, token: &str) {
    let guid = face.get(&format!("/users/{LI}")).send().await.json["id"].clone();
    let one = |id: usize| {
        // By either name it is the same mailbox.
        let who = if id.is_multiple_of(2) { LI } else { guid.as_str().expect("id") };
        json!({ "id": id.to_string(), "method": "GET", "url": format!("/users/{who}/outlook/masterCategories") })
    };
    let batch = json!({ "requests": (0..20).map(one).collect::<Vec<_>>() });
    for _ in 0..500 {
        let answer = face.ask("POST", "/$batch").header("authorization", token).json(&batch).send();
        let answer = answer.await.expect(200);
        let responses = answer.json["responses"].as_array().expect("list").clone();
        assert!(responses.iter().all(|one| one["status"] == json!(200)), "{}", answer.text);
    }
}

#[tokio::test]
async fn an_application_has_ten_thousand_requests_in_a_mailbox_in_ten_minutes() {
    let face = Face::new().await;
    let app = face.token(APP).await;
    used_up(&face, &app).await;
    let refused = inbox(&face, &app, LI).await.expect(429);
    assert_eq!(refused.headers["retry-after"], "600");
    let error = &refused.json["error"];
    assert_eq!(
        (&error["code"], &error["message"]),
        (&json!("TooManyRequests"), &json!("Please retry again later."))
    );
    assert_eq!(
        (&error["innerError"]["code"], &error["innerError"]["status"]),
        (&json!("429"), &json!("429"))
    );
    assert_eq!(error["innerError"]["message"], json!("Please retry after"));
    // Another mailbox, another application and the admin are free.
    inbox(&face, &app, ANA).await.expect(200);
    inbox(&face, "Bearer admin", LI).await.expect(200);
    let other = json!({ "clientId": "other", "secret": "s" });
    face.ask("POST", "/sandbox/v1/clients").json(&other).send().await.expect(201);
    let other = APP.replace("client_id=demo&client_secret=demo", "client_id=other&client_secret=s");
    let other = face.token(&other).await;
    inbox(&face, &other, LI).await.expect(200);
    // The same application for the user is the same application.
    let user = format!(
        "grant_type=password&client_id=demo&client_secret=demo&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default&username={}&password=demo",
        encoded(LI)
    );
    let user = face.token(&user).await;
    face.get("/me/messages").header("authorization", &user).send().await.expect(429);
    // In a batch each request is refused for itself.
    let one = |id: &str, who: &str| json!({ "id": id, "method": "GET", "url": format!("/users/{who}/messages") });
    let batch = json!({ "requests": [one("li", LI), one("ana", ANA)] });
    let answer = face
        .ask("POST", "/$batch")
        .header("authorization", &app)
        .json(&batch)
        .send()
        .await
        .expect(200);
    let responses = answer.json["responses"].as_array().expect("list");
    assert_eq!((&responses[0]["status"], &responses[1]["status"]), (&json!(429), &json!(200)));
    assert_eq!(responses[0]["headers"]["Retry-After"], json!("600"));
    assert_eq!(responses[0]["body"]["error"]["code"], json!("TooManyRequests"));
    // Usage goes on counting while refused; after the window it is forgotten.
    face.clock.turn(Duration::from_secs(599));
    assert_eq!(inbox(&face, &app, LI).await.expect(429).headers["retry-after"], "1");
    face.clock.turn(Duration::from_secs(1));
    inbox(&face, &app, LI).await.expect(200);
}

#[tokio::test]
async fn limits_are_off_in_the_kind_profile() {
    let face = Face::new().await;
    let kind = json!({ "profile": "kind" });
    face.ask("PUT", "/sandbox/v1/quirks").json(&kind).send().await.expect(200);
    let app = face.token(APP).await;
    used_up(&face, &app).await;
    inbox(&face, &app, LI).await.expect(200);
}

#[tokio::test]
async fn some_refusals_do_not_say_how_long_to_wait() {
    let face = Face::new().await;
    let app = face.token(APP).await;
    used_up(&face, &app).await;
    let hostile = json!({ "retryAfterMissing": true });
    face.ask("PUT", "/sandbox/v1/quirks").json(&hostile).send().await.expect(200);
    let mut told = 0;
    for _ in 0..10 {
        let refused = inbox(&face, &app, LI).await.expect(429);
        told += usize::from(refused.headers.contains_key("retry-after"));
    }
    assert!((1..10).contains(&told), "{told}");
}

#[tokio::test]
async fn an_application_uploads_150_megabytes_into_a_mailbox_in_five_minutes() {
    let face = Face::new().await;
    let app = face.token(APP).await;
    let post = async |size: usize| {
        let url = format!("/users/{LI}/messages");
        let body = vec![b'x'; size];
        face.ask("POST", &url)
            .header("authorization", &app)
            .body("application/json", body)
            .send()
            .await
    };
    for _ in 0..3 {
        post(50 * 1024 * 1024).await.expect(400);
    }
    let refused = post(1).await.expect(429);
    assert_eq!(refused.headers["retry-after"], "300");
    inbox(&face, &app, LI).await.expect(200);
    face.clock.turn(Duration::from_secs(300));
    post(1).await.expect(400);
}

#[tokio::test]
async fn an_upload_session_counts_for_the_application_that_opened_it() {
    let face = Face::new().await;
    let app = face.token(APP).await;
    let ask = async |url: &str, body: &Value| {
        face.ask("POST", url).header("authorization", &app).json(body).send().await.expect(201).json
    };
    let draft = ask(&format!("/users/{LI}/messages"), &json!({ "subject": "Large" })).await;
    let id = encoded(draft["id"].as_str().expect("id"));
    let size = 150 * 1024 * 1024;
    let file =
        json!({ "AttachmentItem": { "attachmentType": "file", "name": "f.bin", "size": size } });
    let url = format!("/users/{LI}/messages/{id}/attachments/createUploadSession");
    let session = ask(&url, &file).await;
    let address = session["uploadUrl"].as_str().expect("address").to_owned();
    let range = format!("bytes 0-{}/{size}", size - 1);
    face.ask("PUT", &address)
        .header("authorization", "")
        .header("content-range", &range)
        .body("application/octet-stream", vec![0; size])
        .send()
        .await
        .expect(201);
    face.ask("PATCH", &format!("/users/{LI}/messages/{id}"))
        .header("authorization", &app)
        .json(&json!({ "subject": "Later" }))
        .send()
        .await
        .expect(429);
}

#[tokio::test]
async fn batches_work_in_both_versions_and_may_be_answered_in_another_order() {
    let face = Face::new().await;
    let one = |id: &str, depends: Value| json!({ "id": id, "method": "GET", "url": format!("/users/{LI}/messages"), "dependsOn": depends });
    let missing = json!({ "id": "x", "method": "GET", "url": format!("/users/{LI}/messages/x") });
    for version in ["v1.0", "beta"] {
        let url = format!("/graph/{version}/$batch");
        let ask = async |requests: Value| {
            face.ask("POST", &url).json(&json!({ "requests": requests })).send().await
        };
        let answer =
            ask(json!([missing, one("b", json!(["x"])), one("c", json!([]))])).await.expect(200);
        let responses = answer.json["responses"].as_array().expect("list");
        let statuses: Vec<&Value> = responses.iter().map(|one| &one["status"]).collect();
        assert_eq!(statuses, [400, 424, 200]);
        let context = responses[2]["body"]["@odata.context"].as_str().expect("context");
        assert!(context.contains(&format!("/{version}/")), "{context}");
        let many = |count: usize| (0..count).map(|id| one(&id.to_string(), json!([]))).collect();
        ask(many(20)).await.expect(200);
        ask(many(21)).await.expect(400);
        ask(json!([one("a", json!([])), one("A", json!([]))])).await.expect(400);
        ask(json!([one("a", json!(["b"])), one("b", json!([]))])).await.expect(400);
    }
    let quirk = json!({ "batchReordered": true });
    face.ask("PUT", "/sandbox/v1/quirks").json(&quirk).send().await.expect(200);
    let body = json!({ "requests": [one("a", json!([])), one("b", json!(["a"]))] });
    let answer = face.ask("POST", "/$batch").json(&body).send().await.expect(200).json;
    assert_eq!(
        (&answer["responses"][0]["id"], &answer["responses"][1]["id"]),
        (&json!("b"), &json!("a"))
    );
}
