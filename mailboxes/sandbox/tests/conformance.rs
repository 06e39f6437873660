//! The official sample requests, and the answers against the official description.

mod face;
mod schema;

use face::{Answer, Face, LI, encoded, outside};
use schema::Description;
use serde_json::{Value, json};
use std::path::Path;

const FOLDER: &str = "../shared/conformance";

/// What the samples' ids stand for here.
struct Known {
    message: String,
    draft: String,
    folder: String,
    search: String,
    category: String,
    attachment: String,
    attached: String,
}

async fn known(face: &Face) -> Known {
    let text = |value: &Value| value["id"].as_str().expect("id").to_owned();
    face.deliver("x@contoso.test", LI, "Received").await;
    let message = text(&face.get(&format!("/users/{LI}/messages")).send().await.values()[0]);
    let post = async |url: String, body: Value| {
        face.ask("POST", &url).json(&body).send().await.expect(201).json
    };
    let to = json!([{ "emailAddress": { "address": "x@contoso.test" } }]);
    let draft = text(
        &post(format!("/users/{LI}/messages"), json!({ "subject": "Draft", "toRecipients": to }))
            .await,
    );
    let folder =
        text(&post(format!("/users/{LI}/mailFolders"), json!({ "displayName": "Mine" })).await);
    let search = json!({ "@odata.type": "microsoft.graph.mailSearchFolder", "displayName": "Search", "includeNestedFolders": true, "sourceFolderIds": ["msgfolderroot"], "filterQuery": "contains(subject,'Received')" });
    let search =
        text(&post(format!("/users/{LI}/mailFolders/searchfolders/childFolders"), search).await);
    let category = text(
        &post(
            format!("/users/{LI}/outlook/masterCategories"),
            json!({ "displayName": "One", "color": "preset1" }),
        )
        .await,
    );
    let file = json!({ "@odata.type": "#microsoft.graph.fileAttachment", "name": "a.txt", "contentBytes": "SGVsbG8=" });
    let attached =
        text(&post(format!("/users/{LI}/messages"), json!({ "subject": "With file" })).await);
    let attachment =
        text(&post(format!("/users/{LI}/messages/{}/attachments", encoded(&attached)), file).await);
    Known { message, draft, folder, search, category, attachment, attached }
}

fn check(description: &Description, method: &str, path: &str, answer: &Answer) {
    let path = path.split('?').next().expect("path");
    let expected = description.answer(method, path, answer.status);
    match expected {
        Some(schema) => {
            let faults = description.faults(schema, &answer.json);
            assert!(faults.is_empty(), "{method} {path}: {faults:#?}\n{}", answer.text);
            assert!(answer.json.get("@odata.context").is_some(), "{method} {path}: no context");
        }
        None => assert!(
            answer.json.is_null() || answer.status < 300,
            "{method} {path}: a body was not described"
        ),
    }
}

#[tokio::test]
async fn every_sample_request_of_mail_is_taken_and_answered_as_described() {
    let Some(folder) = outside("EARMARK_CONFORMANCE", FOLDER) else { return };
    let folder = folder.join("graph");
    let description = Description::new(&read(&folder.join("openapi-slice.json")));
    let index: Value =
        serde_json::from_str(&read(&folder.join("samples/index.json"))).expect("index");
    let mut count = 0;
    for entry in index.as_array().expect("list") {
        let (Some("request"), Some(method), Some(url)) =
            (entry["kind"].as_str(), entry["method"].as_str(), entry["url"].as_str())
        else {
            continue;
        };
        let path = url.split_once("/v1.0").map_or(url, |(_, path)| path);
        let is_mail = [
            "/me/messages",
            "/me/mailfolders",
            "/me/outlook",
            "/me/sendmail",
            "/me/translateexchangeids",
        ]
        .iter()
        .any(|start| path.to_ascii_lowercase().starts_with(start));
        if !is_mail || path.contains("Rule") {
            continue;
        }
        let body = read(&folder.join("samples").join(entry["file"].as_str().expect("file")));
        let face = Face::new().await;
        let known = known(&face).await;
        let token = face.token(&format!("grant_type=password&client_id=demo&client_secret=demo&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default&username={}&password=demo", encoded(LI))).await;
        let path = with_ids(path, &known, &body);
        let body = body
            .replace("AQMkADYAAAIBDAAAAA==", &known.folder)
            .replace("{rest-formatted-id-1}", &known.message);
        let method: &'static str = if method == "PATCH" { "PATCH" } else { "POST" };
        let answer = face
            .ask(method, &path)
            .header("authorization", &token)
            .body("application/json", body)
            .send()
            .await;
        assert!(answer.status < 300, "{}: {} {}", entry["file"], answer.status, answer.text);
        check(&description, method, &path, &answer);
        count += 1;
    }
    assert!(count >= 14, "only {count} samples were sent");
}

/// The sample's path with ids of this mailbox in the places of its own.
fn with_ids(path: &str, known: &Known, body: &str) -> String {
    let path = &path.replace("messages('", "messages/").replace("')", "");
    let mut words: Vec<String> = path.split('/').map(str::to_owned).collect();
    for index in 1..words.len() {
        let id = match words[index - 1].to_ascii_lowercase().as_str() {
            "messages" if words.get(index + 1).is_some_and(|next| next == "attachments") => {
                &known.draft
            }
            "messages" => &known.message,
            "mailfolders"
                if body.contains("filterQuery") && !path.to_ascii_lowercase().contains("child") =>
            {
                &known.search
            }
            "mailfolders" => &known.folder,
            "mastercategories" => &known.category,
            _ => continue,
        };
        words[index] = encoded(id);
    }
    words.join("/")
}

#[tokio::test]
async fn every_read_of_mail_is_answered_as_described() {
    let Some(folder) = outside("EARMARK_CONFORMANCE", FOLDER) else { return };
    let description = Description::new(&read(&folder.join("graph/openapi-slice.json")));
    let face = Face::new().await;
    let known = known(&face).await;
    let user = format!("/users/{LI}");
    let (message, attached) = (encoded(&known.message), encoded(&known.attached));
    for path in [
        "/users".to_owned(),
        "/organization".to_owned(),
        user.clone(),
        format!("{user}/mailboxSettings"),
        format!("{user}/outlook/masterCategories"),
        format!("{user}/outlook/masterCategories/{}", known.category),
        format!("{user}/mailFolders?includeHiddenFolders=true&$top=50&$count=true"),
        format!("{user}/mailFolders/inbox"),
        format!("{user}/mailFolders/{}", encoded(&known.search)),
        format!("{user}/mailFolders/{}/messages", encoded(&known.search)),
        format!("{user}/mailFolders/msgfolderroot/childFolders"),
        format!("{user}/mailFolders/delta"),
        format!("{user}/mailFolders/inbox/messages"),
        format!("{user}/mailFolders/inbox/messages/delta"),
        format!("{user}/messages"),
        format!("{user}/messages?$select=subject,body,uniqueBody,internetMessageHeaders,flag"),
        format!("{user}/messages/{message}"),
        format!("{user}/mailFolders/inbox/messages/{message}"),
        format!("{user}/messages/{attached}/attachments"),
        format!("{user}/messages/{attached}/attachments/{}", encoded(&known.attachment)),
        format!("{user}/messages/{attached}?$expand=attachments"),
    ] {
        let answer = face.get(&path).send().await.expect(200);
        check(&description, "GET", &path, &answer);
        for header in ["request-id", "client-request-id", "odata-version", "date"] {
            assert!(answer.headers.contains_key(header), "{path}: no {header}");
        }
    }
}

#[tokio::test]
async fn every_refusal_has_the_documented_envelope() {
    let Some(folder) = outside("EARMARK_CONFORMANCE", FOLDER) else { return };
    let description = Description::new(&read(&folder.join("graph/openapi-slice.json")));
    let error = json!({ "$ref": "#/components/schemas/microsoft.graph.ODataErrors.ODataError" });
    let face = Face::new().await;
    for (method, path, status, code) in [
        ("GET", "/users/nobody@fabrikam.test/messages", 404, "ErrorInvalidUser"),
        ("GET", "/users/nobody@fabrikam.test", 404, "Request_ResourceNotFound"),
        ("GET", "/users/li.wei@fabrikam.test/messages/x", 400, "ErrorInvalidIdMalformed"),
        ("GET", "/users/li.wei@fabrikam.test/mailFolders/clutter", 404, "ErrorItemNotFound"),
        ("GET", "/users/li.wei@fabrikam.test/nonsense", 400, "BadRequest"),
        ("PUT", "/users/li.wei@fabrikam.test/messages", 405, "Request_BadRequest"),
        ("GET", "/graph/v3.0/users", 400, "BadRequest"),
        ("POST", "/users/li.wei@fabrikam.test/sendMail", 400, "BadRequest"),
        ("GET", "/me", 400, "BadRequest"),
    ] {
        let answer =
            face.ask(method, path).header("client-request-id", "c-1").send().await.expect(status);
        assert_eq!(answer.code(), code, "{path}");
        assert!(description.faults(&error, &answer.json).is_empty(), "{}", answer.text);
        assert_eq!(answer.json["error"]["innerError"]["client-request-id"], "c-1");
        assert_eq!(answer.headers["client-request-id"], "c-1");
    }
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).expect("readable")
}
