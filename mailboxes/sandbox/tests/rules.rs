//! Who may do what, batches, categories, folders, users.

mod face;

use face::{ANA, Face, LI, encoded};
use serde_json::json;

#[tokio::test]
async fn requests_need_a_token_and_users_see_their_own_mailbox_alone() {
    let face = Face::new().await;
    let refused = face
        .get(&format!("/users/{LI}/messages"))
        .header("authorization", "")
        .send()
        .await
        .expect(401);
    assert_eq!(refused.code(), "InvalidAuthenticationToken");
    assert!(refused.headers.contains_key("www-authenticate"));
    face.get("/users").header("authorization", "Bearer nonsense").send().await.expect(401);
    let app = face.token("grant_type=client_credentials&client_id=demo&client_secret=demo&scope=http%3A%2F%2Flocalhost%2Fgraph%2F.default").await;
    face.get(&format!("/users/{LI}/messages"))
        .header("authorization", &app)
        .send()
        .await
        .expect(200);
    face.get("/me").header("authorization", &app).send().await.expect(400);
    let user = face.token(&format!("grant_type=password&client_id=demo&client_secret=demo&scope=http%3A%2F%2Flocalhost%2Fgraph%2F.default&username={}&password=demo", encoded(LI))).await;
    assert_eq!(
        face.get("/me").header("authorization", &user).send().await.expect(200).json["mail"],
        json!(LI)
    );
    face.get("/me/messages").header("authorization", &user).send().await.expect(200);
    let refused = face
        .get(&format!("/users/{ANA}/messages"))
        .header("authorization", &user)
        .send()
        .await
        .expect(403);
    assert_eq!(refused.code(), "ErrorAccessDenied");
    assert_eq!(
        refused.json["error"]["message"],
        json!("Access is denied. Check credentials and try again.")
    );
    let patch =
        |body| face.ask("PATCH", "/sandbox/v1/users/li.wei@fabrikam.test").json(&body).send();
    patch(json!({ "access": "blockedByPolicy" })).await.expect(200);
    let refused = face
        .get(&format!("/users/{LI}/messages"))
        .header("authorization", &app)
        .send()
        .await
        .expect(403);
    assert_eq!(refused.json["error"]["message"], json!("Access to OData is disabled."));
    patch(json!({ "access": "granted", "mailboxEnabled": false })).await.expect(200);
    let refused = face
        .get(&format!("/users/{LI}/messages"))
        .header("authorization", &app)
        .send()
        .await
        .expect(404);
    assert_eq!(refused.code(), "MailboxNotEnabledForRESTAPI");
}

#[tokio::test]
async fn master_categories_are_unique_recoloured_and_new_when_made_again() {
    let face = Face::new().await;
    let url = format!("/users/{LI}/outlook/masterCategories");
    let make = async |name: &str| {
        face.ask("POST", &url)
            .json(&json!({ "displayName": name, "color": "Preset9" }))
            .send()
            .await
    };
    let made = make("Tracked").await.expect(201).json;
    assert_eq!(made["color"], json!("preset9"));
    assert_eq!(make("TRACKED").await.expect(409).code(), "CategoryNameDuplicate");
    let one = format!("{url}/{}", made["id"].as_str().expect("id"));
    face.ask("PATCH", &one).json(&json!({ "displayName": "Other" })).send().await.expect(400);
    face.ask("PATCH", &one).json(&json!({ "color": "preset25" })).send().await.expect(400);
    let changed =
        face.ask("PATCH", &one).json(&json!({ "color": "none" })).send().await.expect(200);
    assert_eq!(changed.json["color"], json!("none"));
    make("Second").await.expect(201);
    let filtered =
        face.get(&format!("{url}?$filter=displayName%20eq%20'x'")).send().await.expect(200);
    assert_eq!(filtered.values().len(), 2);
    let rename = json!({ "from": "tracked", "to": "Renamed", "rewriteItems": true });
    face.ask("POST", "/sandbox/v1/users/li.wei@fabrikam.test/categories/rename")
        .json(&rename)
        .send()
        .await
        .expect(200);
    assert_eq!(face.get(&one).send().await.expect(200).json["displayName"], json!("Renamed"));
    face.ask("DELETE", &one).send().await.expect(204);
    assert_eq!(face.get(&one).send().await.expect(404).code(), "ErrorItemNotFound");
    assert_ne!(make("Renamed").await.expect(201).json["id"], made["id"]);
}

#[tokio::test]
async fn folders_are_made_renamed_moved_and_deleted() {
    let face = Face::new().await;
    let url = format!("/users/{LI}/mailFolders");
    let made = face
        .ask("POST", &url)
        .json(&json!({ "displayName": "Deals" }))
        .send()
        .await
        .expect(201)
        .json;
    let one = format!("{url}/{}", encoded(made["id"].as_str().expect("id")));
    assert_eq!(
        face.ask("POST", &url)
            .json(&json!({ "displayName": "deals" }))
            .send()
            .await
            .expect(409)
            .code(),
        "ErrorFolderExists"
    );
    face.ask("PATCH", &one).json(&json!({ "displayName": "Sales" })).send().await.expect(200);
    let moved = face
        .ask("POST", &format!("{one}/move"))
        .json(&json!({ "destinationId": "archive" }))
        .send()
        .await
        .expect(201);
    assert_eq!(moved.json["id"], made["id"]);
    face.ask("POST", &format!("{url}/archive/move"))
        .json(&json!({ "destinationId": "inbox" }))
        .send()
        .await
        .expect(403);
    face.ask("DELETE", &one).send().await.expect(204);
    let below = face.get(&format!("{url}/deleteditems/childFolders")).send().await.expect(200);
    assert_eq!(below.values()[0]["displayName"], json!("Sales"));
    face.ask("DELETE", &one).send().await.expect(204);
    face.get(&one).send().await.expect(404);
    face.deliver("x@contoso.test", LI, "Count").await;
    let inbox = face
        .get(&format!("{url}('inbox')?$select=totalItemCount,unreadItemCount"))
        .send()
        .await
        .expect(200)
        .json;
    assert_eq!((&inbox["totalItemCount"], &inbox["unreadItemCount"]), (&json!(1), &json!(1)));
    for name in [
        "inbox",
        "sentitems",
        "drafts",
        "deleteditems",
        "junkemail",
        "outbox",
        "archive",
        "conversationhistory",
        "recoverableitemsdeletions",
        "msgfolderroot",
        "searchfolders",
    ] {
        face.get(&format!("{url}/{name}")).send().await.expect(200);
    }
}

#[tokio::test]
async fn a_batch_carries_out_up_to_twenty_requests() {
    let face = Face::new().await;
    face.deliver("x@contoso.test", LI, "Batch").await;
    let body = json!({ "requests": [
        { "id": "1", "method": "GET", "url": format!("/users/{LI}/messages?$select=subject"), "headers": { "Prefer": "IdType=\"ImmutableId\"" } },
        { "id": "2", "method": "GET", "url": format!("http://localhost/graph/v1.0/users/{LI}/mailFolders/inbox") },
        { "id": "3", "method": "GET", "url": format!("users/{LI}/messages/AAMkx") },
        { "id": "4", "method": "POST", "url": format!("/users/{LI}/outlook/masterCategories"), "dependsOn": ["3"], "headers": { "Content-Type": "application/json" }, "body": { "displayName": "X" } },
        { "id": "5", "method": "POST", "url": format!("/users/{LI}/outlook/masterCategories"), "dependsOn": ["1"], "headers": { "Content-Type": "application/json" }, "body": { "displayName": "Y" } },
    ] });
    let answer = face.ask("POST", "/$batch").json(&body).send().await.expect(200).json;
    let statuses: Vec<_> = answer["responses"]
        .as_array()
        .expect("list")
        .iter()
        .map(|one| one["status"].as_u64().expect("status"))
        .collect();
    assert_eq!(statuses, [200, 200, 400, 424, 201]);
    assert_eq!(answer["responses"][0]["body"]["value"][0]["subject"], json!("Batch"));
    let many = |count: usize| {
        let list: Vec<_> = (0..count)
            .map(|id| json!({ "id": id.to_string(), "method": "GET", "url": "/users" }))
            .collect();
        json!({ "requests": list })
    };
    face.ask("POST", "/$batch").json(&many(20)).send().await.expect(200);
    face.ask("POST", "/$batch").json(&many(21)).send().await.expect(400);
    let twice = json!({ "requests": [{ "id": "a", "method": "GET", "url": "/users" }, { "id": "A", "method": "GET", "url": "/users" }] });
    face.ask("POST", "/$batch").json(&twice).send().await.expect(400);
}

#[tokio::test]
async fn users_are_listed_filtered_and_found_in_any_case() {
    let face = Face::new().await;
    let list = face.get("/users?$top=1&$select=id,mail&$count=true").send().await.expect(200);
    assert_eq!((list.values().len(), &list.json["@odata.count"]), (1, &json!(2)));
    let next =
        face.get(list.json["@odata.nextLink"].as_str().expect("next")).send().await.expect(200);
    assert_eq!(next.values()[0]["mail"], json!(LI));
    for filter in [
        "mail eq 'LI.WEI@fabrikam.test'",
        "userPrincipalName eq 'li.wei@fabrikam.test'",
        "startswith(displayName,'Li')",
    ] {
        let found =
            face.get(&format!("/users?$filter={}", encoded(filter))).send().await.expect(200);
        assert_eq!(found.values().len(), 1, "{filter}");
    }
    let one = face
        .get(&format!("/Users('{}')", encoded("Li.Wei@Fabrikam.test")))
        .send()
        .await
        .expect(200)
        .json;
    let by_id = face
        .get(&format!("/users/{}", one["id"].as_str().expect("id")))
        .send()
        .await
        .expect(200)
        .json;
    assert_eq!(by_id["mail"], one["mail"]);
    let purpose =
        face.get(&format!("/users/{LI}/mailboxsettings/userPurpose")).send().await.expect(200);
    assert_eq!(purpose.json["value"], json!("user"));
}

#[tokio::test]
async fn extensions_hang_on_a_message_without_changing_it() {
    let face = Face::new().await;
    let extension = json!({ "@odata.type": "microsoft.graph.openTypeExtension", "extensionName": "test.fabrikam.crm", "activityId": "6f0c" });
    let body = json!({ "subject": "With", "extensions": [extension] });
    let made = face
        .ask("POST", &format!("/users/{LI}/messages"))
        .json(&body)
        .send()
        .await
        .expect(201)
        .json;
    let url = format!("/users/{LI}/messages/{}", encoded(made["id"].as_str().expect("id")));
    face.ask("POST", &format!("{url}/extensions")).json(&extension).send().await.expect(409);
    let one = format!("{url}/extensions/microsoft.graph.openTypeExtension.test.fabrikam.crm");
    face.ask("PATCH", &one).json(&json!({ "activityId": "77" })).send().await.expect(200);
    let expand = encoded("extensions($filter=id eq 'test.fabrikam.crm')");
    let read = face.get(&format!("{url}?$expand={expand}")).send().await.expect(200).json;
    assert_eq!(read["extensions"][0]["activityId"], json!("77"));
    assert_eq!(read["changeKey"], made["changeKey"]);
    face.ask("DELETE", &one).send().await.expect(204);
    face.get(&one).send().await.expect(404);
}

#[tokio::test]
async fn faults_strike_inside_a_batch_and_never_the_admin() {
    let face = Face::new().await;
    let rule = json!([{ "target": "graph", "method": "GET", "path": "/users/*/messages", "fault": { "status": 429, "code": "ApplicationThrottled", "retryAfter": 7.0 } }]);
    face.ask("PUT", "/sandbox/v1/faults").json(&rule).send().await.expect(204);
    let app = face.token("grant_type=client_credentials&client_id=demo&client_secret=demo&scope=http%3A%2F%2Flocalhost%2Fgraph%2F.default").await;
    let batch = json!({ "requests": [{ "id": "1", "method": "GET", "url": format!("/users/{LI}/messages") }] });
    let struck = face
        .ask("POST", "/$batch")
        .header("authorization", &app)
        .json(&batch)
        .send()
        .await
        .expect(200)
        .json;
    assert_eq!(struck["responses"][0]["status"], json!(429), "{struck}");
    assert_eq!(struck["responses"][0]["headers"]["Retry-After"], json!("7"));
    assert_eq!(struck["responses"][0]["body"]["error"]["code"], json!("ApplicationThrottled"));
    let free = face.ask("POST", "/$batch").json(&batch).send().await.expect(200).json;
    assert_eq!(free["responses"][0]["status"], json!(200));
    let counts = face.get("/sandbox/v1/requests").send().await.expect(200).json;
    assert_eq!(
        counts["requests"],
        json!([{ "target": "graph", "method": "GET", "route": "/users/{id}/messages", "count": 1 }])
    );
}

#[tokio::test]
async fn what_a_person_does_is_seen_by_clients() {
    let face = Face::new().await;
    face.deliver("x@contoso.test", LI, "Person").await;
    let one = face.sandbox.messages(LI).await.expect("messages").remove(0);
    assert_eq!(one.folder, "inbox");
    face.sandbox.set_categories(LI, &one.id, vec!["Tracked".to_owned()]).await.expect("set");
    face.sandbox.move_message(LI, &one.id, "archive").await.expect("moved");
    let filter = encoded("categories/any(c:c eq 'Tracked')");
    let found = face
        .get(&format!("/users/{LI}/messages?$filter={filter}"))
        .immutable()
        .send()
        .await
        .expect(200);
    assert_eq!(found.values()[0]["id"], json!(one.id));
    face.sandbox.delete_message(LI, &one.id).await.expect("deleted");
    assert_eq!(face.sandbox.messages(LI).await.expect("messages")[0].folder, "deleteditems");
}
