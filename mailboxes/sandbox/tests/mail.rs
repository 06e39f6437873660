//! Mail as clients see it.

mod face;

use face::{ANA, Face, LI, encoded};
use serde_json::{Value, json};
use std::time::Duration;

async fn first(face: &Face, url: &str) -> Value {
    face.get(url).send().await.expect(200).values().first().expect("an item").clone()
}

fn id(value: &Value) -> String {
    encoded(value["id"].as_str().expect("id"))
}

#[tokio::test]
async fn a_delivered_message_is_in_inbox_and_sent_items_with_one_id_and_one_conversation() {
    let face = Face::new().await;
    let message_id = face.deliver(ANA, LI, "Offer").await;
    let inbox = first(&face, &format!("/users/{LI}/mailFolders/inbox/messages?$select=internetMessageId,conversationId,internetMessageHeaders,isRead")).await;
    let sent = first(&face, &format!("/users/{ANA}/mailFolders/SentItems/messages?$select=internetMessageId,conversationId,internetMessageHeaders,isRead")).await;
    assert_eq!(inbox["internetMessageId"], json!(message_id));
    assert_eq!(sent["internetMessageId"], inbox["internetMessageId"]);
    assert_eq!(sent["conversationId"], inbox["conversationId"]);
    let received = |value: &Value| {
        value["internetMessageHeaders"]
            .as_array()
            .expect("headers")
            .iter()
            .any(|one| one["name"] == "Received")
    };
    assert!(received(&inbox) && !received(&sent));
    assert_eq!((&inbox["isRead"], &sent["isRead"]), (&json!(false), &json!(true)));
}

#[tokio::test]
async fn categories_of_outside_senders_are_cleared_unless_the_quirk_keeps_them() {
    let face = Face::new().await;
    let raw = format!(
        "From: x@contoso.test\r\nTo: {LI}\r\nSubject: K\r\nMessage-ID: <k1@x>\r\nKeywords: Tracked to Dynamics 365\r\n\r\nx\r\n"
    );
    for (keep, names) in [(false, json!([])), (true, json!(["Tracked to Dynamics 365"]))] {
        face.ask("PUT", "/sandbox/v1/quirks")
            .json(&json!({ "keepExternalCategories": keep }))
            .send()
            .await
            .expect(200);
        face.ask("POST", "/sandbox/v1/deliver")
            .body("message/rfc822", raw.clone())
            .send()
            .await
            .expect(201);
        face.clock.turn(Duration::from_secs(5));
        assert_eq!(
            first(&face, &format!("/users/{LI}/messages?$top=1")).await["categories"],
            names
        );
    }
}

#[tokio::test]
async fn a_category_change_raises_version_and_modified_and_reading_does_not() {
    let face = Face::new().await;
    face.deliver("x@contoso.test", LI, "One").await;
    let before = first(&face, &format!("/users/{LI}/messages")).await;
    let url = format!("/users/{LI}/messages/{}", id(&before));
    face.clock.turn(Duration::from_secs(60));
    let read =
        face.ask("PATCH", &url).json(&json!({ "isRead": true })).send().await.expect(200).json;
    assert_eq!(read["isRead"], json!(true));
    assert_eq!(read["changeKey"], before["changeKey"]);
    assert_eq!(read["lastModifiedDateTime"], before["lastModifiedDateTime"]);
    let put = face
        .ask("PATCH", &url)
        .header("if-match", before["@odata.etag"].as_str().expect("etag"))
        .json(&json!({ "categories": ["Blue", "blue", "Red"] }))
        .send()
        .await
        .expect(200)
        .json;
    assert_eq!(put["categories"], json!(["Blue", "Red"]));
    assert_ne!(put["changeKey"], before["changeKey"]);
    assert_ne!(put["lastModifiedDateTime"], before["lastModifiedDateTime"]);
    let stale = face
        .ask("PATCH", &url)
        .header("if-match", before["@odata.etag"].as_str().expect("etag"))
        .json(&json!({ "categories": [] }))
        .send()
        .await
        .expect(412);
    assert_eq!(stale.code(), "ErrorIrresolvableConflict");
}

#[tokio::test]
async fn filters_find_what_they_say() {
    let face = Face::new().await;
    for subject in ["Alpha offer", "Beta offer", "Gamma"] {
        face.deliver("x@contoso.test", LI, subject).await;
        face.clock.turn(Duration::from_secs(60));
    }
    let item = first(
        &face,
        &format!("/users/{LI}/messages?$filter=subject eq 'Beta offer'").replace(' ', "%20"),
    )
    .await;
    face.ask("PATCH", &format!("/users/{LI}/messages/{}", id(&item)))
        .json(&json!({ "categories": ["Tracked to Dynamics 365"] }))
        .send()
        .await
        .expect(200);
    let folder = item["parentFolderId"].as_str().expect("folder");
    let conversation = item["conversationId"].as_str().expect("conversation");
    for (filter, count) in [
        ("categories/any(c:c eq 'tracked to dynamics 365')".to_owned(), 1),
        (
            "categories/any(c:c eq 'x') or categories/any(c:c eq 'Tracked to Dynamics 365')"
                .to_owned(),
            1,
        ),
        ("categories/any()".to_owned(), 1),
        ("not categories/any()".to_owned(), 2),
        ("startswith(subject,'alpha')".to_owned(), 1),
        ("contains(subject,'offer') and isRead eq false".to_owned(), 2),
        ("endswith(subject,'offer')".to_owned(), 2),
        ("from/emailAddress/address eq 'X@contoso.test'".to_owned(), 3),
        ("internetMessageId eq '<Beta.offer.20@test.invalid>'".to_owned(), 1),
        ("isDraft eq true".to_owned(), 0),
        ("hasAttachments eq false".to_owned(), 3),
        ("receivedDateTime ge 2026-11-22T10:01:00Z".to_owned(), 2),
        ("receivedDateTime gt 2026-11-22T10:01:00Z".to_owned(), 1),
        ("2026-11-22T10:01:00Z ge receivedDateTime".to_owned(), 2),
        ("lastModifiedDateTime ge 2026-11-22T10:03:00Z".to_owned(), 1),
        (format!("parentFolderId eq '{folder}'"), 3),
        (format!("conversationId eq '{conversation}'"), 1),
        (format!("toRecipients/any(r:r/emailAddress/address eq '{LI}')"), 3),
        ("importance eq 'normal' and flag/flagStatus eq 'notFlagged'".to_owned(), 3),
        ("subject in ('Gamma','Delta')".to_owned(), 1),
        ("tolower(subject) eq 'gamma'".to_owned(), 1),
        ("subject ne null".to_owned(), 3),
        ("contains(body/content,'Hello Gamma')".to_owned(), 1),
    ] {
        let url =
            format!("/users/{LI}/messages?$count=true&$select=id&$filter={}", encoded(&filter));
        let answer = face.get(&url).send().await.expect(200);
        assert_eq!(answer.values().len(), count, "{filter}");
        assert_eq!(answer.json["@odata.count"], json!(count), "{filter}");
    }
    for filter in [
        "nonsense eq 1",
        "subject gt",
        "categories/all(c:c eq 'x')",
        "receivedDateTime ge 'x'",
        "isRead eq 'x'",
    ] {
        let url = format!("/users/{LI}/messages?$filter={}", encoded(filter));
        face.get(&url).send().await.expect(400);
    }
}

#[tokio::test]
async fn an_order_that_the_filter_does_not_begin_with_is_inefficient() {
    let face = Face::new().await;
    let ask = async |query: &str| {
        face.get(&format!("/users/{LI}/messages?{}", query.replace(' ', "%20"))).send().await
    };
    let refused = ask("$filter=isRead eq false&$orderby=receivedDateTime").await.expect(400);
    assert_eq!(refused.code(), "InefficientFilter");
    ask("$filter=receivedDateTime ge 2020-01-01T00:00:00Z and isRead eq false&$orderby=receivedDateTime desc").await.expect(200);
    ask("$orderby=subject").await.expect(200);
    ask("$top=0").await.expect(400);
    ask("$top=1001").await.expect(400);
    ask("$select=nonsense").await.expect(400);
}

#[tokio::test]
async fn pages_neither_lose_nor_double_an_item() {
    let face = Face::new().await;
    for number in 0..25 {
        face.deliver("x@contoso.test", LI, &format!("No {number}")).await;
    }
    let mut seen = Vec::new();
    let mut url = format!("/users/{LI}/messages?$top=4&$select=subject");
    let mut pages = 0;
    loop {
        let page = face.get(&url).send().await.expect(200);
        seen.extend(page.values().iter().map(|one| one["id"].as_str().expect("id").to_owned()));
        pages += 1;
        match page.json["@odata.nextLink"].as_str() {
            Some(next) => {
                assert!(next.starts_with("http://localhost/graph/v1.0/users/"), "{next}");
                url = next.to_owned();
            }
            None => break,
        }
    }
    assert_eq!(pages, 7);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 25);
    assert_eq!(face.get(&format!("/users/{LI}/messages")).send().await.values().len(), 10);
}

#[tokio::test]
async fn a_move_changes_the_default_id_and_not_the_immutable_one() {
    let face = Face::new().await;
    face.deliver("x@contoso.test", LI, "Move").await;
    let default = first(&face, &format!("/users/{LI}/messages")).await;
    let immutable = face.get(&format!("/users/{LI}/messages")).immutable().send().await.expect(200);
    assert_eq!(immutable.headers["preference-applied"], "IdType=\"ImmutableId\"");
    let kept = id(&immutable.values()[0]);
    let moved = face
        .ask("POST", &format!("/users/{LI}/messages/{}/move", id(&default)))
        .json(&json!({ "DestinationId": "archive" }))
        .send()
        .await
        .expect(201)
        .json;
    assert_ne!(moved["id"], default["id"]);
    assert_ne!(moved["parentFolderId"], default["parentFolderId"]);
    let gone = face.get(&format!("/users/{LI}/messages/{}", id(&default))).send().await.expect(404);
    assert_eq!(gone.code(), "ErrorItemNotFound");
    let again =
        face.get(&format!("/users/{LI}/messages/{kept}")).immutable().send().await.expect(200);
    assert_eq!(encoded(again.json["id"].as_str().expect("id")), kept);
    let body = json!({ "inputIds": [moved["id"], "x"], "sourceIdType": "restId", "targetIdType": "restImmutableEntryId" });
    let translated = face
        .ask("POST", &format!("/users/{LI}/translateExchangeIds"))
        .json(&body)
        .send()
        .await
        .expect(200);
    assert_eq!(encoded(translated.values()[0]["targetId"].as_str().expect("id")), kept);
    assert_eq!(translated.values()[1]["targetId"], Value::Null);
}

#[tokio::test]
async fn deleting_goes_through_deleted_items_and_recoverable_items() {
    let face = Face::new().await;
    face.deliver("x@contoso.test", LI, "Delete").await;
    let list = face.get(&format!("/users/{LI}/messages")).immutable().send().await;
    let url = format!("/users/{LI}/messages/{}", id(&list.values()[0]));
    for (folder, listed) in [("deleteditems", 1), ("recoverableitemsdeletions", 0)] {
        face.ask("DELETE", &url).send().await.expect(204);
        let there = face
            .get(&format!("/users/{LI}/mailFolders/{folder}/messages"))
            .send()
            .await
            .expect(200);
        assert_eq!(there.values().len(), 1, "{folder}");
        assert_eq!(face.get(&format!("/users/{LI}/messages")).send().await.values().len(), listed);
    }
    face.ask("DELETE", &url).send().await.expect(204);
    face.get(&url).send().await.expect(404);
}

#[tokio::test]
async fn a_draft_is_written_sent_and_keeps_its_immutable_id() {
    let face = Face::new().await;
    let draft = face
        .ask("POST", &format!("/users/{ANA}/messages"))
        .immutable()
        .json(&json!({
            "subject": "Draft", "importance": "High", "body": { "contentType": "HTML", "content": "<b>Hi</b>" },
            "toRecipients": [{ "emailAddress": { "address": LI } }, { "emailAddress": { "address": "out@contoso.test" } }],
            "bccRecipients": [{ "emailAddress": { "address": ANA } }],
            "categories": ["Private"],
            "internetMessageHeaders": [{ "name": "x-custom", "value": "1" }],
        }))
        .send()
        .await
        .expect(201)
        .json;
    assert_eq!(draft["isDraft"], json!(true));
    assert_eq!(draft["toRecipients"][0]["emailAddress"]["name"], json!("Li Wei"));
    let url = format!("/users/{ANA}/messages/{}", id(&draft));
    let file = json!({ "@odata.type": "#microsoft.graph.fileAttachment", "name": "a.txt", "contentType": "text/plain", "contentBytes": "SGVsbG8=" });
    face.ask("POST", &format!("{url}/attachments")).json(&file).send().await.expect(201);
    face.ask("PATCH", &url).json(&json!({ "subject": "Changed" })).send().await.expect(200);
    face.ask("POST", &format!("{url}/send")).send().await.expect(202);
    let sent = face.get(&url).immutable().send().await.expect(200).json;
    assert_eq!((&sent["isDraft"], &sent["hasAttachments"]), (&json!(false), &json!(true)));
    let refused =
        face.ask("PATCH", &url).json(&json!({ "subject": "Again" })).send().await.expect(400);
    assert_eq!(refused.code(), "ErrorInvalidPropertySet");
    let received = first(&face, &format!("/users/{LI}/messages?$expand=attachments")).await;
    assert_eq!(received["internetMessageId"], draft["internetMessageId"]);
    assert_eq!(received["conversationId"], draft["conversationId"]);
    assert_eq!(received["subject"], json!("Changed"));
    assert_eq!(received["bccRecipients"], json!([]));
    assert_eq!(received["categories"], json!([]));
    assert_eq!(received["attachments"][0]["contentBytes"], json!("SGVsbG8="));
    let outbox = face.get("/sandbox/v1/sent").send().await.expect(200).json;
    assert_eq!(outbox["sent"][0]["external"], json!(["out@contoso.test"]));
    assert_eq!(outbox["sent"][0]["cause"], json!("POST /users/{id}/messages/{id}/send"));
}

#[tokio::test]
async fn answers_and_forwards_stay_in_the_conversation() {
    let face = Face::new().await;
    face.deliver(ANA, LI, "Question").await;
    let original = first(&face, &format!("/users/{LI}/messages")).await;
    let url = format!("/users/{LI}/messages/{}", id(&original));
    face.clock.turn(Duration::from_secs(5));
    face.ask("POST", &format!("{url}/reply"))
        .json(&json!({ "comment": "Yes" }))
        .send()
        .await
        .expect(202);
    let answer = first(&face, &format!("/users/{ANA}/mailFolders/inbox/messages")).await;
    assert_eq!(answer["subject"], json!("RE: Question"));
    assert_eq!(answer["conversationId"], original["conversationId"]);
    let forward =
        json!({ "comment": "See", "toRecipients": [{ "emailAddress": { "address": ANA } }] });
    face.clock.turn(Duration::from_secs(5));
    face.ask("POST", &format!("{url}/forward")).json(&forward).send().await.expect(202);
    assert_eq!(
        first(&face, &format!("/users/{ANA}/mailFolders/inbox/messages")).await["subject"],
        json!("FW: Question")
    );
    let draft = face.ask("POST", &format!("{url}/createReplyAll")).send().await.expect(201).json;
    assert_eq!(draft["toRecipients"][0]["emailAddress"]["address"], json!(ANA));
}

#[tokio::test]
async fn the_body_comes_in_the_form_that_is_preferred() {
    let face = Face::new().await;
    face.deliver("x@contoso.test", LI, "Body").await;
    let url = format!("/users/{LI}/messages");
    assert_eq!(first(&face, &url).await["body"]["contentType"], json!("html"));
    let text = face.get(&url).header("prefer", "outlook.body-content-type=\"text\"").send().await;
    assert_eq!(text.values()[0]["body"]["contentType"], json!("text"));
    let one = id(&first(&face, &url).await);
    let mime = face.get(&format!("{url}/{one}/$value")).send().await.expect(200);
    assert!(mime.text.contains("Subject: Body"), "{}", mime.text);
}

#[tokio::test]
async fn extended_properties_are_kept_filtered_and_no_change_of_a_delta() {
    let face = Face::new().await;
    face.deliver("x@contoso.test", LI, "Marked").await;
    let delta = format!("/users/{LI}/mailFolders/inbox/messages/delta");
    let link =
        face.get(&delta).send().await.json["@odata.deltaLink"].as_str().expect("link").to_owned();
    let item = first(&face, &format!("/users/{LI}/messages")).await;
    let property = "String {c9b1a7c0-0000-4000-8000-000000000001} Name crmTracking";
    let body = json!({ "singleValueExtendedProperties": [{ "id": property, "value": "6f0c" }] });
    face.ask("PATCH", &format!("/users/{LI}/messages/{}", id(&item)))
        .json(&body)
        .send()
        .await
        .expect(200);
    let filter = encoded(&format!(
        "singleValueExtendedProperties/Any(ep: ep/id eq '{property}' and ep/value eq '6F0C')"
    ));
    let expand = encoded(&format!("singleValueExtendedProperties($filter=id eq '{property}')"));
    let found =
        first(&face, &format!("/users/{LI}/messages?$filter={filter}&$expand={expand}")).await;
    assert_eq!(found["singleValueExtendedProperties"][0]["value"], json!("6f0c"));
    assert!(face.get(&link).send().await.expect(200).values().is_empty());
}

#[tokio::test]
async fn a_large_attachment_comes_in_ranges() {
    let face = Face::new().await;
    let draft = face
        .ask("POST", &format!("/users/{ANA}/messages"))
        .json(&json!({ "subject": "Large" }))
        .send()
        .await
        .expect(201)
        .json;
    let url = format!("/users/{ANA}/messages/{}", id(&draft));
    let item =
        json!({ "AttachmentItem": { "attachmentType": "file", "name": "f.pdf", "size": 10 } });
    let session = face
        .ask("POST", &format!("{url}/attachments/createUploadSession"))
        .json(&item)
        .send()
        .await
        .expect(201)
        .json;
    let address = session["uploadUrl"].as_str().expect("address").to_owned();
    let put = async |range: &str, body: &str| {
        face.ask("PUT", &address)
            .header("authorization", "")
            .header("content-range", range)
            .body("application/octet-stream", body)
            .send()
            .await
    };
    assert_eq!(
        put("bytes 0-3/10", "abcd").await.expect(200).json["nextExpectedRanges"],
        json!(["4-"])
    );
    put("bytes 0-3/10", "abcd").await.expect(416);
    let done = put("bytes 4-9/10", "efghij").await.expect(201);
    assert!(done.headers["location"].to_str().expect("text").contains("/attachments/"));
    put("bytes 4-9/10", "efghij").await.expect(404);
    let message = face.get(&format!("{url}?$expand=attachments")).send().await.expect(200).json;
    assert_eq!(message["attachments"][0]["size"], json!(10));
    assert_eq!(message["hasAttachments"], json!(true));
}
