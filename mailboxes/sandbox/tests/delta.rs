//! Delta queries.

mod face;

use face::{Answer, Face, LI, encoded};
use serde_json::{Value, json};

/// Follows a round to its end: all lines, and the link of the next round.
async fn round(face: &Face, url: &str, immutable: bool) -> (Vec<Value>, String) {
    let mut lines = Vec::new();
    let mut url = url.to_owned();
    loop {
        let ask = face.get(&url).header("prefer", "odata.maxpagesize=2");
        let ask = if immutable { ask.immutable() } else { ask };
        let page: Answer = ask.send().await.expect(200);
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

async fn ids(face: &Face, immutable: bool) -> Vec<String> {
    let ask = face
        .get(&format!("/users/{LI}/mailFolders/inbox/messages?$orderby=receivedDateTime&$top=50"));
    let ask = if immutable { ask.immutable() } else { ask };
    let answer = ask.send().await.expect(200);
    answer.values().iter().map(|one| one["id"].as_str().expect("id").to_owned()).collect()
}

fn delta(folder: &str) -> String {
    format!("/users/{LI}/mailFolders('{folder}')/messages/delta")
}

async fn mailbox(count: usize) -> Face {
    let face = Face::new().await;
    for number in 0..count {
        face.deliver("x@contoso.test", LI, &format!("No {number}")).await;
    }
    face
}

#[tokio::test]
async fn each_round_tells_what_changed_since_the_one_before() {
    let face = mailbox(5).await;
    let (lines, link) = round(&face, &delta("inbox"), false).await;
    assert_eq!(lines.len(), 5);
    assert_eq!(lines[0]["@odata.type"], json!("#microsoft.graph.message"));
    let (lines, link) = round(&face, &link, false).await;
    assert!(lines.is_empty());
    let known = ids(&face, false).await;
    let url = |index: usize| format!("/users/{LI}/messages/{}", encoded(&known[index]));
    face.ask("PATCH", &url(0)).json(&json!({ "isRead": true })).send().await.expect(200);
    face.ask("PATCH", &url(1)).json(&json!({ "categories": ["A"] })).send().await.expect(200);
    face.ask("POST", &format!("{}/move", url(2)))
        .json(&json!({ "destinationId": "archive" }))
        .send()
        .await
        .expect(201);
    face.ask("DELETE", &url(3)).send().await.expect(204);
    face.deliver("x@contoso.test", LI, "New").await;
    let (lines, link) = round(&face, &link, false).await;
    let line = |id: &str| lines.iter().find(|one| one["id"] == json!(id));
    let read = line(&known[0]).expect("read").as_object().expect("object").clone();
    assert_eq!(
        read.keys().map(String::as_str).collect::<Vec<_>>(),
        ["@odata.type", "@odata.etag", "id", "isRead", "parentFolderId"]
            .into_iter()
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect::<Vec<_>>()
    );
    assert_eq!(line(&known[1]).expect("changed")["categories"], json!(["A"]));
    for gone in [2, 3] {
        assert_eq!(line(&known[gone]).expect("gone")["@removed"]["reason"], json!("deleted"));
    }
    assert!(line(&known[4]).is_none());
    assert_eq!(lines.len(), 5);
    let (lines, _) = round(&face, &link, false).await;
    assert!(lines.is_empty());
    let (lines, _) = round(&face, &delta("archive"), false).await;
    assert_eq!(lines.len(), 1);
}

#[tokio::test]
async fn what_changes_during_a_round_is_not_lost() {
    let face = mailbox(5).await;
    let page =
        face.get(&delta("inbox")).header("prefer", "odata.maxpagesize=2").send().await.expect(200);
    let next = page.json["@odata.nextLink"].as_str().expect("next").to_owned();
    let given = page.values()[0]["id"].as_str().expect("id").to_owned();
    let url = format!("/users/{LI}/messages/{}", encoded(&given));
    face.ask("DELETE", &url).send().await.expect(204);
    face.deliver("x@contoso.test", LI, "Late").await;
    let (lines, link) = round(&face, &next, false).await;
    assert!(lines.iter().any(|one| one["id"] == json!(given) && one.get("@removed").is_some()));
    assert!(lines.iter().any(|one| one["subject"] == json!("Late")));
    assert!(round(&face, &link, false).await.0.is_empty());
}

#[tokio::test]
async fn the_spellings_of_other_clients_are_known() {
    let face = mailbox(1).await;
    for path in [
        format!("/users/{LI}/mailFolders/inbox/messages/delta()"),
        format!("/users/{LI}/mailfolders/Inbox/messages/microsoft.graph.delta()"),
        format!("/Users('{}')/MailFolders('inbox')/Messages/delta", encoded(LI)),
    ] {
        assert_eq!(face.get(&path).send().await.expect(200).values().len(), 1, "{path}");
    }
    let refused = face.get(&format!("/users/{LI}/messages/delta")).send().await.expect(400);
    assert!(
        refused.json["error"]["message"]
            .as_str()
            .expect("text")
            .contains("Change tracking is not supported")
    );
}

#[tokio::test]
async fn expired_and_foreign_tokens_are_gone() {
    let face = mailbox(1).await;
    let (_, link) = round(&face, &delta("inbox"), false).await;
    face.ask("POST", &format!("/sandbox/v1/users/{LI}/expire-checkpoints"))
        .send()
        .await
        .expect(204);
    let gone = face.get(&link).send().await.expect(410);
    assert_eq!(gone.code(), "SyncStateNotFound");
    for token in ["latest", "x", "AAAA"] {
        face.get(&format!("{}?$deltatoken={token}", delta("inbox"))).send().await.expect(410);
    }
    face.get(&format!("{}?$filter=isRead%20eq%20true", delta("inbox"))).send().await.expect(400);
    let created =
        face.get(&format!("{}?changeType=created", delta("inbox"))).send().await.expect(200);
    assert_eq!(created.values().len(), 1);
    let deleted =
        face.get(&format!("{}?changeType=deleted", delta("inbox"))).send().await.expect(200);
    assert!(deleted.values().is_empty());
    let from = "$filter=receivedDateTime%20ge%202027-01-01T00:00:00Z";
    assert!(
        face.get(&format!("{}?{from}", delta("inbox")))
            .send()
            .await
            .expect(200)
            .values()
            .is_empty()
    );
}

#[tokio::test]
async fn a_move_with_immutable_ids_is_seen_unless_the_quirk_hides_it() {
    for hidden in [false, true] {
        let face = mailbox(1).await;
        let (_, inbox) = round(&face, &delta("inbox"), true).await;
        let (_, archive) = round(&face, &delta("archive"), true).await;
        face.ask("PUT", "/sandbox/v1/quirks")
            .json(&json!({ "immutableMovesHidden": hidden }))
            .send()
            .await
            .expect(200);
        let kept = ids(&face, true).await[0].clone();
        let url = format!("/users/{LI}/messages/{}/move", encoded(&kept));
        face.ask("POST", &url)
            .immutable()
            .json(&json!({ "destinationId": "archive" }))
            .send()
            .await
            .expect(201);
        let (left, inbox) = round(&face, &inbox, true).await;
        assert_eq!((left.len(), &left[0]["id"]), (1, &json!(kept)));
        let (arrived, _) = round(&face, &archive, true).await;
        assert_eq!(arrived.len(), usize::from(!hidden));
        face.ask("POST", &url)
            .immutable()
            .json(&json!({ "destinationId": "inbox" }))
            .send()
            .await
            .expect(201);
        let (back, _) = round(&face, &inbox, true).await;
        assert_eq!(back.len(), usize::from(!hidden));
    }
}

#[tokio::test]
async fn a_hostile_server_repeats_and_pauses_and_loses_nothing() {
    let face = mailbox(5).await;
    face.ask("PUT", "/sandbox/v1/quirks")
        .json(&json!({ "profile": "hostile" }))
        .send()
        .await
        .expect(200);
    let (lines, _) = round(&face, &delta("inbox"), false).await;
    let mut seen: Vec<&str> = lines.iter().filter_map(|one| one["id"].as_str()).collect();
    assert!(seen.len() > 5);
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 5);
}

#[tokio::test]
async fn folders_have_a_delta_of_their_own() {
    let face = Face::new().await;
    let (lines, link) = round(&face, &format!("/users/{LI}/mailFolders/delta"), false).await;
    assert!(lines.iter().any(|one| one["displayName"] == json!("Inbox")));
    let made = face
        .ask("POST", &format!("/users/{LI}/mailFolders"))
        .json(&json!({ "displayName": "Deals" }))
        .send()
        .await
        .expect(201)
        .json;
    let (lines, link) = round(&face, &link, false).await;
    assert_eq!((lines.len(), &lines[0]["id"]), (1, &made["id"]));
    let url = format!("/users/{LI}/mailFolders/{}", encoded(made["id"].as_str().expect("id")));
    face.ask("POST", &format!("{url}/permanentDelete")).send().await.expect(204);
    let (lines, _) = round(&face, &link, false).await;
    assert_eq!(lines[0]["@removed"]["reason"], json!("deleted"));
}
