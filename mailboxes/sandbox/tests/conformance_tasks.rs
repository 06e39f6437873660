//! The official samples of To Do, and its answers against the official description.

mod face;
mod schema;

use face::{Answer, Face, LI, encoded, outside};
use schema::Description;
use serde_json::{Value, json};
use std::{collections::BTreeSet, path::Path};

const FOLDER: &str = "../shared/conformance";

/// What the samples' ids stand for here.
struct Known {
    list: String,
    task: String,
    link: String,
    step: String,
}

async fn known(face: &Face) -> Known {
    let post = async |url: &str, body: Value| {
        let made = face.ask("POST", url).json(&body).send().await.expect(201).json;
        encoded(made["id"].as_str().expect("id"))
    };
    let lists = format!("/users/{LI}/todo/lists");
    let list = post(&lists, json!({ "displayName": "Mine" })).await;
    let utc = json!({ "dateTime": "2026-11-25T00:00:00", "timeZone": "UTC" });
    let body = json!({
        "title": "Whole",
        "body": { "content": "x", "contentType": "text" },
        "categories": ["Important"],
        "status": "completed",
        "startDateTime": utc,
        "dueDateTime": utc,
        "reminderDateTime": utc,
        "recurrence": {
            "pattern": { "type": "relativeMonthly", "interval": 2, "daysOfWeek": ["friday"], "index": "last" },
            "range": { "type": "numbered", "startDate": "2026-11-25", "numberOfOccurrences": 3 },
        },
    });
    let task = post(&format!("{lists}/{list}/tasks"), body).await;
    let one = format!("{lists}/{list}/tasks/{task}");
    let link = json!({ "webUrl": "http://microsoft.com", "applicationName": "Microsoft", "displayName": "Microsoft", "externalId": "dk9" });
    let link = post(&format!("{one}/linkedResources"), link).await;
    let step = json!({ "displayName": "Create draft", "isChecked": true });
    let step = post(&format!("{one}/checklistItems"), step).await;
    post(&format!("{one}/extensions"), json!({ "extensionName": "a.b", "c": 1 })).await;
    Known { list, task, link, step }
}

/// The sample's path with ids of this mailbox in the places of its own.
fn with_ids(path: &str, known: &Known) -> String {
    let mut words: Vec<String> = path.split('/').map(str::to_owned).collect();
    for index in 1..words.len() {
        let id = match words[index - 1].to_ascii_lowercase().as_str() {
            "lists" if words[index] != "delta" => &known.list,
            "tasks" if words[index] != "delta" => &known.task,
            "linkedresources" => &known.link,
            "checklistitems" => &known.step,
            _ => continue,
        };
        words[index].clone_from(id);
    }
    words.join("/")
}

fn check(description: &Description, method: &str, path: &str, answer: &Answer) {
    let path = path.split('?').next().expect("path");
    if let Some(schema) = description.answer(method, path, answer.status) {
        let faults = description.faults(schema, &answer.json);
        assert!(faults.is_empty(), "{method} {path}: {faults:#?}\n{}", answer.text);
        assert!(answer.json.get("@odata.context").is_some(), "{method} {path}: no context");
    }
}

async fn token(face: &Face) -> String {
    face.token(&format!("grant_type=password&client_id=demo&client_secret=demo&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default&username={}&password=demo", encoded(LI))).await
}

/// The members that a sample answer has, those of collections by the first of their entities.
fn members(value: &Value) -> BTreeSet<String> {
    let value = match &value["value"] {
        Value::Array(list) => list.first().unwrap_or(&Value::Null),
        Value::Object(_) => &value["value"],
        _ => value,
    };
    let all = value.as_object().into_iter().flatten();
    all.map(|(name, _)| name.clone()).filter(|name| !name.starts_with('@')).collect()
}

#[tokio::test]
async fn every_sample_of_to_do_is_taken_and_answered_as_described() {
    let Some(folder) = outside("EARMARK_CONFORMANCE", FOLDER) else { return };
    let folder = folder.join("graph");
    let description = Description::new(&read(&folder.join("openapi-slice.json")));
    let index: Value =
        serde_json::from_str(&read(&folder.join("samples/index.json"))).expect("index");
    let (mut requests, mut responses) = (0, 0);
    for entry in index.as_array().expect("list") {
        let is_request = entry["kind"] == "request";
        let asked = if is_request { entry } else { &entry["forRequest"] };
        let (Some(method), Some(url)) = (asked["method"].as_str(), asked["url"].as_str()) else {
            continue;
        };
        let path = url.split_once("/v1.0").map_or(url, |(_, path)| path);
        let lower = path.to_ascii_lowercase();
        if !lower.starts_with("/me/todo") && !lower.starts_with("/me/contact") {
            continue;
        }
        let sample = read(&folder.join("samples").join(entry["file"].as_str().expect("file")));
        let face = Face::new().await;
        let path = with_ids(path, &known(&face).await);
        let token = token(&face).await;
        let (method, body) = match method {
            "GET" => ("GET", None),
            "POST" => (
                "POST",
                Some(
                    json!({ "title": "A new task", "displayName": null, "linkedResources": [{ "webUrl": "http://microsoft.com", "applicationName": "Microsoft", "displayName": "Microsoft" }] }),
                ),
            ),
            "PATCH" => ("PATCH", Some(json!({ "displayName": "x" }))),
            other => panic!("{other} is not known here"),
        };
        if is_request {
            let answer = face
                .ask(method, &path)
                .header("authorization", &token)
                .body("application/json", sample)
                .send()
                .await;
            assert!(answer.status < 300, "{}: {} {}", entry["file"], answer.status, answer.text);
            check(&description, method, &path, &answer);
            requests += 1;
            continue;
        }
        // What a sample answer shows, ours shows too.
        let body = match (body, lower.as_str()) {
            (Some(_), path) if path.ends_with("/lists") => Some(json!({ "displayName": "x" })),
            (Some(mut body), path) if path.ends_with("/tasks") => {
                body.as_object_mut().expect("object").remove("displayName");
                Some(body)
            }
            (Some(_), path)
                if method == "PATCH"
                    && path.split("/tasks/").nth(1).is_some_and(|rest| !rest.contains('/')) =>
            {
                Some(json!({ "title": "x" }))
            }
            (body, _) => body,
        };
        let expands = if lower.ends_with("/tasks") && method == "GET" {
            "?$expand=linkedResources"
        } else {
            ""
        };
        let url = format!("{path}{expands}");
        let ask = face.ask(method, &url).header("authorization", &token);
        let answer = match &body {
            Some(body) => ask.json(body).send().await,
            None => ask.send().await,
        };
        assert_eq!(
            Some(u64::from(answer.status)),
            entry["status"].as_u64(),
            "{}: {}",
            entry["file"],
            answer.text
        );
        check(&description, method, &path, &answer);
        let sample: Value = serde_json::from_str(&sample).expect("sample");
        let missing: Vec<_> =
            members(&sample).difference(&members(&answer.json)).cloned().collect();
        assert!(missing.is_empty() || missing == ["dueDateTime"], "{}: {missing:?}", entry["file"]);
        responses += 1;
    }
    assert!(requests >= 4 && responses >= 14, "only {requests} requests and {responses} answers");
}

#[tokio::test]
async fn every_read_and_write_of_to_do_is_answered_as_described() {
    let Some(folder) = outside("EARMARK_CONFORMANCE", FOLDER) else { return };
    let description = Description::new(&read(&folder.join("graph/openapi-slice.json")));
    let face = Face::new().await;
    let Known { list, task, link, step } = known(&face).await;
    let lists = format!("/users/{LI}/todo/lists");
    let tasks = format!("{lists}/{list}/tasks");
    for path in [
        lists.clone(),
        format!("{lists}/delta"),
        format!("{lists}/{list}"),
        tasks.clone(),
        format!("{tasks}?$expand=linkedResources,checklistItems,extensions&$count=true&$top=1"),
        format!("{tasks}?$select=title,dueDateTime,completedDateTime"),
        format!("{tasks}/delta"),
        format!("{tasks}/{task}"),
        format!("{tasks}/{task}?$expand=linkedResources"),
        format!("{tasks}/{task}/linkedResources"),
        format!("{tasks}/{task}/linkedResources/{link}"),
        format!("{tasks}/{task}/checklistItems"),
        format!("{tasks}/{task}/checklistItems/{step}"),
        format!("{tasks}/{task}/extensions"),
        format!("{tasks}/{task}/extensions/a.b"),
    ] {
        let answer = face.get(&path).send().await.expect(200);
        check(&description, "GET", &path, &answer);
    }
    for (method, path, body, status) in [
        ("POST", lists.clone(), json!({ "displayName": "x" }), 201),
        ("PATCH", format!("{lists}/{list}"), json!({ "displayName": "y" }), 200),
        ("POST", tasks.clone(), json!({ "title": "x" }), 201),
        ("PATCH", format!("{tasks}/{task}"), json!({ "status": "deferred" }), 200),
        (
            "PATCH",
            format!("{tasks}/{task}/linkedResources/{link}"),
            json!({ "externalId": null }),
            200,
        ),
        ("DELETE", format!("{tasks}/{task}/linkedResources/{link}"), json!({}), 204),
        (
            "PATCH",
            format!("{tasks}/{task}/checklistItems/{step}"),
            json!({ "isChecked": false }),
            200,
        ),
        ("DELETE", format!("{tasks}/{task}/checklistItems/{step}"), json!({}), 204),
        ("PATCH", format!("{tasks}/{task}/extensions/a.b"), json!({ "c": 2 }), 200),
        ("DELETE", format!("{tasks}/{task}/extensions/a.b"), json!({}), 204),
        ("DELETE", format!("{tasks}/{task}"), json!({}), 204),
        ("DELETE", format!("{lists}/{list}"), json!({}), 204),
    ] {
        let answer = face.ask(method, &path).json(&body).send().await.expect(status);
        check(&description, method, &path, &answer);
    }
    let error = json!({ "$ref": "#/components/schemas/microsoft.graph.ODataErrors.ODataError" });
    for path in [format!("{lists}/x"), format!("{lists}/{list}"), format!("{lists}/Tasks/tasks/x")]
    {
        let answer = face.get(&path).send().await;
        assert!(answer.status >= 400);
        assert!(description.faults(&error, &answer.json).is_empty(), "{}", answer.text);
    }
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).expect("readable")
}
