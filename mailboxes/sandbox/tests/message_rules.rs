//! Rules for incoming mail: what can stand in one, and what it does to a delivery.

mod face;
mod schema;

use face::{ANA, Face, LI, outside};
use schema::Description;
use serde_json::{Value, json};

const FOLDER: &str = "../shared/conformance";

fn rules() -> String {
    format!("/users/{LI}/mailFolders/inbox/messageRules")
}

async fn make(face: &Face, conditions: Value, actions: Value) -> Value {
    let body = json!({ "displayName": "R", "conditions": conditions, "actions": actions });
    face.ask("POST", &rules()).json(&body).send().await.expect(201).json
}

/// Delivers a message with more header lines, and answers what Li has of it, wherever it is.
async fn delivered(face: &Face, lines: &str) -> Vec<Value> {
    let raw = format!(
        "From: Kim Lee <kim@contoso.test>\r\nTo: {LI}\r\nSubject: Offer of steel\r\n{lines}\r\nPrice inside.\r\n"
    );
    let path = format!("/sandbox/v1/deliver?rcpt={LI}");
    face.ask("POST", &path).body("message/rfc822", raw).send().await.expect(201);
    let path = format!("/users/{LI}/messages?$select=categories,importance,isRead,parentFolderId");
    let found = face.get(&path).send().await.expect(200).values().to_vec();
    for one in &found {
        let id = one["id"].as_str().expect("id");
        let path = format!("/users/{LI}/messages/{}/permanentDelete", face::encoded(id));
        face.ask("POST", &path).send().await.expect(204);
    }
    found
}

async fn quirk(face: &Face, name: &str, value: bool) {
    let shown = face.get("/sandbox/v1/quirks").send().await.expect(200).json;
    let mut quirks = shown["quirks"].clone();
    quirks[name] = json!(value);
    let body = json!({ "quirks": quirks });
    face.ask("PUT", "/sandbox/v1/quirks").json(&body).send().await.expect(200);
}

#[tokio::test]
async fn rules_are_made_listed_changed_and_deleted_as_described() {
    let face = Face::new().await;
    // The official sample, its addresses aside.
    let sample = json!({
        "displayName": "From partner", "sequence": 2, "isEnabled": true,
        "conditions": { "senderContains": ["adele"] },
        "actions": {
            "forwardTo": [{ "emailAddress": { "name": "Alex", "address": "alex@contoso.test" } }],
            "stopProcessingRules": true,
        },
    });
    let made = face.ask("POST", &rules()).json(&sample).send().await.expect(201).json;
    for (name, value) in sample.as_object().expect("members") {
        assert_eq!(made[name], *value, "{name}");
    }
    assert_eq!((&made["hasError"], &made["isReadOnly"]), (&json!(false), &json!(false)));
    let one = format!("{}/{}", rules(), face::encoded(made["id"].as_str().expect("id")));
    let change = json!({
        "displayName": "Important from partner", "actions": { "markImportance": "high" }
    });
    let changed = face.ask("PATCH", &one).json(&change).send().await.expect(200).json;
    assert_eq!(changed["actions"], json!({ "markImportance": "high" }));
    assert_eq!(changed["conditions"], sample["conditions"]);
    let first = json!({ "displayName": "First", "sequence": 2, "actions": { "markAsRead": true } });
    face.ask("POST", &rules()).json(&first).send().await.expect(201);
    let listed = face.get(&rules()).send().await.expect(200);
    let order: Vec<_> = listed.values().iter().map(|one| &one["displayName"]).collect();
    assert_eq!(order, ["First", "Important from partner"]);
    if let Some(folder) = outside("EARMARK_CONFORMANCE", FOLDER) {
        let text = std::fs::read_to_string(folder.join("graph/openapi-slice.json")).expect("slice");
        let description = Description::new(&text);
        for (method, path, status, body) in [
            ("GET", rules(), 200, &listed.json),
            ("POST", rules(), 201, &made),
            ("PATCH", one.clone(), 200, &changed),
        ] {
            let schema = description.answer(method, &path, status).expect("a described answer");
            assert_eq!(description.faults(schema, body), Vec::<String>::new(), "{method}");
        }
    }
    face.ask("DELETE", &one).send().await.expect(204);
    assert_eq!(face.get(&one).send().await.expect(404).code(), "ErrorItemNotFound");
    face.get(&format!("/users/{ANA}/mailFolders/inbox/messageRules/nonsense"))
        .send()
        .await
        .expect(400);
    face.get(&format!("/users/{LI}/mailFolders/archive/messageRules")).send().await.expect(400);
}

#[tokio::test]
async fn a_rule_that_cannot_be_is_refused_with_the_name_of_the_member() {
    let face = Face::new().await;
    let assign = json!({ "assignCategories": ["Red"] });
    for (body, target) in [
        (json!({ "actions": assign }), "displayName"),
        (json!({ "displayName": "R" }), "actions"),
        (json!({ "displayName": "R", "actions": {} }), "actions"),
        (json!({ "displayName": "R", "actions": assign, "sequence": 0 }), "sequence"),
        (json!({ "displayName": "R", "actions": assign, "colour": 1 }), "colour"),
        (json!({ "displayName": "R", "actions": { "shout": true } }), "actions/shout"),
        (json!({ "displayName": "R", "actions": { "delete": "x" } }), "actions/delete"),
        (json!({ "displayName": "R", "actions": { "moveToFolder": "x" } }), "actions/moveToFolder"),
        (
            json!({ "displayName": "R", "actions": assign, "conditions": { "subjectContains": "x" } }),
            "conditions/subjectContains",
        ),
        (
            json!({ "displayName": "R", "actions": assign, "exceptions": { "importance": "urgent" } }),
            "exceptions/importance",
        ),
        (
            json!({ "displayName": "R", "actions": assign, "conditions": { "isApprovalRequest": true } }),
            "conditions/isApprovalRequest",
        ),
        (
            json!({ "displayName": "R", "actions": assign, "conditions": { "withinSizeRange": { "minimumSize": 9, "maximumSize": 1 } } }),
            "conditions/withinSizeRange",
        ),
    ] {
        let refused = face.ask("POST", &rules()).json(&body).send().await.expect(400);
        assert_eq!(refused.json["error"]["target"], json!(target), "{}", refused.text);
    }
    assert!(face.get(&rules()).send().await.expect(200).values().is_empty());
}

#[tokio::test]
async fn every_condition_means_the_messages_that_it_says() {
    let face = Face::new().await;
    let to = |address: &str| json!([{ "emailAddress": { "address": address } }]);
    let cases = [
        (json!({ "subjectContains": ["STEEL"] }), "", true),
        (json!({ "subjectContains": ["iron"] }), "", false),
        (json!({ "bodyContains": ["iron", "price"] }), "", true),
        (json!({ "bodyOrSubjectContains": ["offer"] }), "", true),
        (json!({ "senderContains": ["contoso"] }), "", true),
        (json!({ "senderContains": ["fabrikam"] }), "", false),
        (json!({ "fromAddresses": to("KIM@contoso.test") }), "", true),
        (json!({ "fromAddresses": to("im@contoso.test") }), "", false),
        (json!({ "sentToAddresses": to(LI) }), "", true),
        (json!({ "recipientContains": ["li.wei"] }), "", true),
        (json!({ "headerContains": ["x-campaign: spring"] }), "X-Campaign: Spring\r\n", true),
        (json!({ "sentToMe": true, "sentOnlyToMe": true }), "", true),
        (json!({ "sentOnlyToMe": true }), "Cc: ana.ruiz@fabrikam.test\r\n", false),
        (json!({ "sentCcMe": true }), "", false),
        (json!({ "sentToOrCcMe": true }), "", true),
        (json!({ "notSentToMe": true }), "", false),
        (json!({ "hasAttachments": true }), "", false),
        (json!({ "hasAttachments": false }), "", true),
        (json!({ "importance": "high" }), "Importance: High\r\n", true),
        (json!({ "importance": "high" }), "", false),
        (json!({ "sensitivity": "confidential" }), "Sensitivity: Company-Confidential\r\n", true),
        (json!({ "sensitivity": "normal" }), "", true),
        (json!({ "messageActionFlag": "followUp" }), "X-Message-Flag: Follow up\r\n", true),
        (json!({ "messageActionFlag": "any" }), "", false),
        (json!({ "withinSizeRange": { "maximumSize": 1 } }), "", true),
        (json!({ "withinSizeRange": { "minimumSize": 1 } }), "", false),
        (json!({ "isAutomaticReply": true }), "Auto-Submitted: auto-replied\r\n", true),
        (json!({ "isAutomaticReply": true }), "", false),
        (json!({ "isMeetingRequest": true }), "", false),
        (json!({ "isVoicemail": true }), "Message-Context: voice-message\r\n", true),
        (json!({ "categories": ["Red"] }), "", false),
        (json!({}), "", true),
        (json!({ "subjectContains": ["steel"], "importance": "low" }), "", false),
    ];
    for (conditions, lines, is_meant) in cases {
        let rule =
            make(&face, conditions.clone(), json!({ "assignCategories": ["Tracked"] })).await;
        let found = delivered(&face, lines).await;
        let wanted = if is_meant { json!(["Tracked"]) } else { json!([]) };
        assert_eq!(found[0]["categories"], wanted, "{conditions} {lines}");
        // The same as an exception means the opposite, unless it asks for nothing.
        let one = format!("{}/{}", rules(), face::encoded(rule["id"].as_str().expect("id")));
        let is_idle = conditions.as_object().is_some_and(|all| {
            all.is_empty() || all.len() > 1 || all.values().any(|value| *value == json!(false))
        });
        if !is_idle {
            let turned = json!({ "conditions": null, "exceptions": conditions });
            face.ask("PATCH", &one).json(&turned).send().await.expect(200);
            let found = delivered(&face, lines).await;
            let wanted = if is_meant { json!([]) } else { json!(["Tracked"]) };
            assert_eq!(found[0]["categories"], wanted, "except {conditions} {lines}");
        }
        face.ask("DELETE", &one).send().await.expect(204);
    }
}

#[tokio::test]
async fn actions_are_carried_out_in_order_whether_before_or_after_the_delivery() {
    for after in [false, true] {
        let face = Face::new().await;
        quirk(&face, "rulesChangeAfterDelivery", after).await;
        let archive = format!("/users/{LI}/mailFolders/archive");
        let archive = face.get(&archive).send().await.expect(200).json["id"].clone();
        let any = json!({});
        make(&face, any.clone(), json!({ "assignCategories": ["Red", "red"], "markAsRead": true }))
            .await;
        make(
            &face,
            json!({ "categories": ["RED"] }),
            json!({ "assignCategories": ["Blue"], "markImportance": "high", "copyToFolder": "drafts" }),
        )
        .await;
        make(&face, any.clone(), json!({ "moveToFolder": archive, "stopProcessingRules": true }))
            .await;
        make(&face, any.clone(), json!({ "permanentDelete": true })).await;
        let found = delivered(&face, "").await;
        assert_eq!(found.len(), 2);
        for one in &found {
            assert_eq!(one["categories"], json!(["Red", "Blue"]));
            assert_eq!((&one["importance"], &one["isRead"]), (&json!("high"), &json!(true)));
        }
        assert!(found.iter().any(|one| one["parentFolderId"] == archive));
    }
}

#[tokio::test]
async fn deleting_rules_delete_and_forwarding_rules_only_say_what_they_would_send() {
    for after in [false, true] {
        let face = Face::new().await;
        quirk(&face, "rulesChangeAfterDelivery", after).await;
        let to = json!([{ "emailAddress": { "address": ANA } }]);
        let forward = json!({ "forwardTo": to, "redirectTo": to });
        make(&face, json!({ "subjectContains": ["offer"] }), forward).await;
        let deleting = make(&face, json!({}), json!({ "delete": true })).await;
        let deleted = format!("/users/{LI}/mailFolders/deleteditems");
        let deleted = face.get(&deleted).send().await.expect(200).json["id"].clone();
        assert_eq!(delivered(&face, "").await[0]["parentFolderId"], deleted);
        let sent = face.get("/sandbox/v1/sent").send().await.expect(200).json;
        let subjects: Vec<_> =
            sent["sent"].as_array().expect("list").iter().map(|one| &one["subject"]).collect();
        assert_eq!(subjects, ["FW: Offer of steel", "Offer of steel"]);
        let path = format!("/users/{ANA}/messages");
        assert!(face.get(&path).send().await.expect(200).values().is_empty());
        let one = format!("{}/{}", rules(), face::encoded(deleting["id"].as_str().expect("id")));
        let change = json!({ "actions": { "permanentDelete": true } });
        face.ask("PATCH", &one).json(&change).send().await.expect(200);
        assert!(delivered(&face, "").await.is_empty());
        let off = json!({ "isEnabled": false });
        face.ask("PATCH", &one).json(&off).send().await.expect(200);
        assert_eq!(delivered(&face, "").await.len(), 1);
    }
}

#[tokio::test]
async fn a_rule_whose_folder_is_gone_is_in_error_and_does_nothing() {
    let face = Face::new().await;
    let folders = format!("/users/{LI}/mailFolders");
    let body = json!({ "displayName": "Projects" });
    let folder = face.ask("POST", &folders).json(&body).send().await.expect(201).json;
    let actions = json!({ "moveToFolder": folder["id"], "assignCategories": ["Red"] });
    make(&face, json!({}), actions).await;
    let id = face::encoded(folder["id"].as_str().expect("id"));
    let path = format!("{folders}/{id}/permanentDelete");
    face.ask("POST", &path).send().await.expect(204);
    let shown = face.get(&rules()).send().await.expect(200);
    assert_eq!(shown.values()[0]["hasError"], json!(true));
    assert_eq!(delivered(&face, "").await[0]["categories"], json!([]));
}

#[tokio::test]
async fn rules_run_by_hand_over_mail_that_is_there_and_remove_categories() {
    let face = Face::new().await;
    for number in 0..3 {
        face.deliver("kim@contoso.test", LI, &format!("Note {number}")).await;
    }
    let rule = make(
        &face,
        json!({ "subjectContains": ["note 1", "note 2"] }),
        json!({ "assignCategories": ["Red"] }),
    )
    .await;
    let run = |body: Value| {
        let path = format!("/sandbox/v1/users/{LI}/rules/run");
        let asking = face.ask("POST", &path).json(&body);
        async move { asking.send().await }
    };
    let count = |answer: face::Answer| answer.expect(200).json["changed"].clone();
    let one = json!({ "ruleId": rule["id"] });
    assert_eq!(count(run(json!({ "folder": "archive" })).await), json!(0));
    assert_eq!(count(run(one.clone()).await), json!(2));
    assert_eq!(count(run(one).await), json!(0));
    assert_eq!(count(run(json!({ "removeCategories": ["red", "Blue"] })).await), json!(2));
    let path = format!("/users/{LI}/messages?$filter=categories/any(c:c%20eq%20'Red')");
    assert!(face.get(&path).send().await.expect(200).values().is_empty());
    run(json!({ "ruleId": "AQAAAAAAAGM=" })).await.expect(404);
    run(json!({ "colour": 1 })).await.expect(400);
    run(json!({ "ruleId": rule["id"], "removeCategories": ["Red"] })).await.expect(400);
}

#[tokio::test]
async fn rules_need_the_permission_for_settings_and_outlast_a_restart() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("sandbox.db");
    let face = Face::open(Some(&path));
    let kind = earmark_sandbox::UserKind::User;
    face.sandbox.create_user(LI, "Li Wei", kind, false).await.expect("li");
    make(&face, json!({}), json!({ "assignCategories": ["Red"] })).await;
    drop(face);
    let face = Face::open(Some(&path));
    assert_eq!(face.get(&rules()).send().await.expect(200).values().len(), 1);
    let form = "grant_type=client_credentials&client_id=demo&client_secret=demo&scope=http%3A%2F%2Flocalhost%2Fgraph%2F.default";
    let app = face.token(form).await;
    face.get(&rules()).header("authorization", &app).send().await.expect(200);
    face.get(&rules()).header("authorization", "Bearer nonsense").send().await.expect(401);
}
