//! The control API, and what a restart keeps.

mod face;

use face::{ANA, Face, LI, encoded, outside};
use serde_json::json;

#[tokio::test]
async fn the_control_api_needs_the_admin_token_and_names_what_is_wrong() {
    let face = Face::new().await;
    face.get("/sandbox/v1/users").header("authorization", "").send().await.expect(401);
    for (method, path, body, field) in [
        ("POST", "users", json!({ "mail": "no address" }), "mail"),
        ("POST", "users", json!({ "mail": "a@b.test", "colour": 1 }), "colour"),
        ("POST", "users", json!({ "mail": "a@b.test", "systemUser": true }), "systemUser"),
        ("PUT", "quirks", json!({ "nonsense": true }), "nonsense"),
        ("PUT", "quirks", json!({ "profile": "x" }), "profile"),
        ("PUT", "faults", json!([{ "target": "graph", "fault": {}, "x": 1 }]), "[0]"),
        ("POST", "clients", json!({ "clientId": "app" }), "clientId"),
        (
            "POST",
            "users/li.wei@fabrikam.test/categories/rename",
            json!({ "from": "x", "to": "y" }),
            "from",
        ),
    ] {
        let method: &'static str = method;
        let answer = face.ask(method, &format!("/sandbox/v1/{path}")).json(&body).send().await;
        assert!((400..=501).contains(&answer.status), "{path}: {}", answer.text);
        assert_eq!(answer.headers["content-type"], "application/problem+json");
        assert_eq!(answer.json["field"], json!(field), "{}", answer.text);
    }
    face.ask("POST", "/sandbox/v1/users").json(&json!({ "mail": LI })).send().await.expect(409);
    face.ask("DELETE", "/sandbox/v1/users/nobody@x.test").send().await.expect(404);
    face.get("/sandbox/v1/nonsense").send().await.expect(404);
    face.ask("DELETE", "/sandbox/v1/quirks").send().await.expect(405);
}

#[tokio::test]
async fn mail_is_imported_whole_or_refused_with_a_line_for_each() {
    let face = Face::new().await;
    let url = format!("/sandbox/v1/users/{LI}/import");
    let raw = "From: x@contoso.test\r\nTo: li.wei@fabrikam.test\r\nSubject: Old\r\nDate: Mon, 1 Jan 2024 10:00:00 +0000\r\n\r\nx\r\n";
    let one = face.ask("POST", &url).body("message/rfc822", raw).send().await.expect(201).json;
    assert_eq!(one["imported"], json!(1));
    let own = raw.replace("From: x@contoso.test", &format!("From: {LI}"));
    let mbox = format!("From a\r\n{raw}\r\nFrom b\r\n{own}");
    assert_eq!(
        face.ask("POST", &url).body("application/mbox", mbox).send().await.expect(201).json["imported"],
        json!(2)
    );
    let sent = face.get(&format!("/users/{LI}/mailFolders/sentitems/messages")).send().await;
    assert_eq!(
        (sent.values().len(), &sent.values()[0]["receivedDateTime"]),
        (1, &json!("2024-01-01T10:00:00Z"))
    );
    let bad = face.ask("POST", &url).body("message/rfc822", "\0\0").send().await.expect(422);
    assert_eq!(bad.json["refusals"].as_array().map(Vec::len), Some(1));
    face.ask("POST", &url).body("text/calendar", "BEGIN:VCALENDAR").send().await.expect(422);
    face.ask("POST", "/sandbox/v1/users/x@y.test/import")
        .body("message/rfc822", raw)
        .send()
        .await
        .expect(404);
    let nobody = raw.replace(LI, "nobody@else.test");
    face.ask("POST", "/sandbox/v1/deliver")
        .body("message/rfc822", nobody.clone())
        .send()
        .await
        .expect(422);
    let envelope = format!("/sandbox/v1/deliver?rcpt={}&rcpt={}", encoded(LI), encoded(ANA));
    let delivered =
        face.ask("POST", &envelope).body("message/rfc822", nobody).send().await.expect(201).json;
    assert_eq!(delivered["recipients"], json!([LI, ANA]));
}

#[tokio::test]
async fn a_restart_keeps_everything() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("sandbox.db");
    let (link, token) = {
        let face = Face::open(Some(&path));
        face.ask("POST", "/sandbox/v1/users")
            .json(&json!({ "mail": LI, "displayName": "Li Wei", "kind": "shared" }))
            .send()
            .await
            .expect(201);
        face.ask("POST", "/sandbox/v1/clients")
            .json(&json!({ "clientId": "app", "secret": "s" }))
            .send()
            .await
            .expect(201);
        face.ask("PUT", "/sandbox/v1/quirks")
            .json(&json!({ "profile": "kind" }))
            .send()
            .await
            .expect(200);
        face.deliver("x@contoso.test", LI, "Kept").await;
        let delta = face
            .get(&format!("/users/{LI}/mailFolders/inbox/messages/delta"))
            .send()
            .await
            .expect(200);
        let token = face.token("grant_type=client_credentials&client_id=app&client_secret=s&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default").await;
        (delta.json["@odata.deltaLink"].as_str().expect("link").to_owned(), token)
    };
    let face = Face::open(Some(&path));
    let list = face
        .get(&format!("/users/{LI}/messages"))
        .header("authorization", &token)
        .send()
        .await
        .expect(200);
    assert_eq!(list.values()[0]["subject"], json!("Kept"));
    assert!(face.get(&link).send().await.expect(200).values().is_empty());
    face.token("grant_type=client_credentials&client_id=app&client_secret=s&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default").await;
    assert_eq!(
        face.get("/sandbox/v1/quirks").send().await.expect(200).json["profile"],
        json!("kind")
    );
    assert_eq!(
        face.get(&format!("/users/{LI}/mailboxSettings")).send().await.json["userPurpose"],
        json!("shared")
    );
    face.ask("POST", "/sandbox/v1/reset").send().await.expect(204);
    assert_eq!(face.get("/sandbox/v1/users").send().await.json["users"], json!([]));
}

#[tokio::test]
async fn every_message_of_the_corpus_is_imported_and_read_back() {
    let Some(folder) = outside("EARMARK_CORPUS", "../shared/corpus") else { return };
    let face = Face::new().await;
    let mut messages = Vec::new();
    for entry in std::fs::read_dir(folder.join("mail")).expect("folder") {
        let raw = std::fs::read(entry.expect("entry").path()).expect("readable");
        if let Ok(message) = earmark_sandbox::mime::parse(&raw) {
            messages.push(message);
        }
    }
    let count = messages.len();
    assert!(count > 100, "only {count} messages");
    let ids = face.sandbox.import(LI, messages).await.expect("imported");
    assert_eq!(ids.len(), count);
    let url = format!("/users/{LI}/messages/$count");
    assert_eq!(face.get(&url).send().await.expect(200).text, count.to_string());
    for id in ids.iter().step_by(20) {
        face.get(&format!("/users/{LI}/messages/{}?$expand=attachments", encoded(id)))
            .send()
            .await
            .expect(200);
        face.get(&format!("/users/{LI}/messages/{}/$value", encoded(id))).send().await.expect(200);
    }
}
