//! The official sample requests about events and calendars, and the answers against the official
//! description.

mod face;
mod schema;

use face::{ANA, Answer, Face, LI, encoded, outside};
use schema::Description;
use serde_json::{Value, json};
use std::path::Path;

const FOLDER: &str = "../shared/conformance";
const WINDOW: &str = "startDateTime=2026-11-01T00:00:00Z&endDateTime=2026-12-31T00:00:00Z";

/// What the samples' ids stand for here.
struct Known {
    own: String,
    invited: String,
    series: String,
    occurrence: String,
    calendar: String,
}

fn id(value: &Value) -> String {
    encoded(value["id"].as_str().expect("id"))
}

async fn known(face: &Face) -> Known {
    let at =
        |hour: &str| json!({ "dateTime": format!("2026-11-23T{hour}:00:00"), "timeZone": "UTC" });
    let body = |to: &str| {
        json!({
            "subject": "Meeting", "start": at("09"), "end": at("10"), "isOnlineMeeting": true,
            "location": { "displayName": "Bar", "address": { "city": "Redmond" } },
            "attendees": [{ "emailAddress": { "address": to }, "type": "required" }],
        })
    };
    let create = async |user: &str, body: Value| {
        face.ask("POST", &format!("/users/{user}/events")).json(&body).send().await.expect(201).json
    };
    let own = id(&create(LI, body(ANA)).await);
    create(ANA, body(LI)).await;
    let invited = face.get(&format!("/users/{LI}/events")).send().await.expect(200);
    let invited = id(invited.values().last().expect("invited"));
    let mut weekly = body("x@contoso.test");
    weekly["recurrence"] = json!({
        "pattern": { "type": "weekly", "interval": 1, "daysOfWeek": ["monday"] },
        "range": { "type": "noEnd", "startDate": "2026-11-23" },
    });
    let series = id(&create(LI, weekly).await);
    let times = face.get(&format!("/users/{LI}/events/{series}/instances?{WINDOW}")).send().await;
    let times = times.expect(200);
    let [first, second, third, ..] = times.values() else { panic!("three times") };
    let url = |one: &Value| format!("/users/{LI}/events/{}", id(one));
    let category = json!({ "categories": ["A"] });
    face.ask("PATCH", &url(second)).json(&category).send().await.expect(200);
    face.ask("DELETE", &url(third)).send().await.expect(204);
    let calendar = face.get(&format!("/users/{LI}/calendar")).send().await.expect(200);
    Known { own, invited, series, occurrence: id(first), calendar: id(&calendar.json) }
}

fn check(description: &Description, method: &str, path: &str, answer: &Answer) {
    let path = path.split('?').next().expect("path");
    match description.answer(method, path, answer.status) {
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
async fn every_sample_request_of_events_and_calendars_is_taken_and_answered_as_described() {
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
        if !path.contains("/events") && !path.contains("/calendar") {
            continue;
        }
        let body = read(&folder.join("samples").join(entry["file"].as_str().expect("file")));
        let face = Face::new().await;
        let known = known(&face).await;
        let token = face.token(&format!("grant_type=password&client_id=demo&client_secret=demo&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default&username={}&password=demo", encoded(LI))).await;
        let path = with_ids(path, &known);
        // What the documentation leaves for the reader to fill in.
        let body = body
            .replace("dateTime-value", "2026-11-23T08:30:00")
            .replace("timeZone-value", "UTC")
            .replace("base64bWFjIGFuZCBjaGVlc2UgdG9kYXk=", "bWFjIGFuZCBjaGVlc2UgdG9kYXk=");
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
    assert!(count >= 13, "only {count} samples were sent");
}

/// The sample's path with ids of this mailbox in the places of its own.
fn with_ids(path: &str, known: &Known) -> String {
    let mut words: Vec<String> = path.split('/').map(str::to_owned).collect();
    let answers = ["accept", "tentativelyAccept", "decline"];
    let invited = words.last().is_some_and(|last| answers.contains(&last.as_str()));
    for index in 1..words.len() {
        words[index] = match words[index - 1].as_str() {
            "events" if invited => known.invited.clone(),
            "events" => known.own.clone(),
            "calendars" => known.calendar.clone(),
            "users" => LI.to_owned(),
            _ => continue,
        };
    }
    words.join("/")
}

#[tokio::test]
async fn every_read_of_events_and_calendars_is_answered_as_described() {
    let Some(folder) = outside("EARMARK_CONFORMANCE", FOLDER) else { return };
    let description = Description::new(&read(&folder.join("graph/openapi-slice.json")));
    let face = Face::new().await;
    let Known { own, invited, series, occurrence, calendar } = known(&face).await;
    let user = format!("/users/{LI}");
    let file = json!({ "@odata.type": "#microsoft.graph.fileAttachment", "name": "a.txt", "contentBytes": "SGVsbG8=" });
    let made =
        face.ask("POST", &format!("{user}/events/{own}/attachments")).json(&file).send().await;
    let file = id(&made.expect(201).json);
    let body = json!({ "@odata.type": "microsoft.graph.openTypeExtension", "extensionName": "test.crm", "n": 1 });
    face.ask("POST", &format!("{user}/events/{own}/extensions"))
        .json(&body)
        .send()
        .await
        .expect(201);
    for path in [
        format!("{user}/events"),
        format!(
            "{user}/events?$select=subject,cancelledOccurrences,recurrence&$top=50&$count=true"
        ),
        format!("{user}/events/{own}"),
        format!("{user}/events/{own}?$expand=attachments,extensions"),
        format!("{user}/events/{invited}"),
        format!("{user}/events/{series}?$expand=exceptionOccurrences"),
        format!("{user}/events/{occurrence}"),
        format!("{user}/events/{series}/instances?{WINDOW}"),
        format!("{user}/events/{series}/exceptionOccurrences"),
        format!("{user}/events/{own}/attachments"),
        format!("{user}/events/{own}/attachments/{file}"),
        format!("{user}/events/{own}/extensions"),
        format!("{user}/events/{own}/extensions/test.crm"),
        format!("{user}/calendar"),
        format!("{user}/calendar/events"),
        format!("{user}/calendar/events/{series}/instances?{WINDOW}"),
        format!("{user}/calendar/calendarView?{WINDOW}"),
        format!("{user}/calendar/calendarView/delta?{WINDOW}"),
        format!("{user}/calendar/calendarPermissions"),
        format!("{user}/calendar/calendarPermissions/RGVmYXVsdA=="),
        format!("{user}/calendars"),
        format!("{user}/calendars/{calendar}"),
        format!("{user}/calendars/{calendar}/events"),
        format!("{user}/calendars/{calendar}/events/{own}"),
        format!("{user}/calendars/{calendar}/calendarView?{WINDOW}"),
        format!("{user}/calendars/{calendar}/calendarView/delta?{WINDOW}"),
        format!("{user}/calendarView?{WINDOW}"),
        format!("{user}/calendarView/delta?{WINDOW}"),
    ] {
        let answer = face.get(&path).send().await.expect(200);
        check(&description, "GET", &path, &answer);
    }
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).expect("readable")
}
