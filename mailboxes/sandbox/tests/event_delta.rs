//! Delta queries over a window of a calendar.

mod face;

use face::{Answer, Face, LI, encoded};
use serde_json::{Value, json};

const WINDOW: &str = "startDateTime=2026-11-01T00:00:00Z&endDateTime=2027-01-01T00:00:00Z";

fn first() -> String {
    format!("/users/{LI}/calendarView/delta?{WINDOW}")
}

/// Follows a round to its end: all lines, and the link of the next round.
async fn round(face: &Face, url: &str) -> (Vec<Value>, String) {
    let mut lines = Vec::new();
    let mut url = url.to_owned();
    loop {
        let ask = face.get(&url).header("prefer", "odata.maxpagesize=2");
        let page: Answer = ask.send().await.expect(200);
        assert!(page.values().len() <= 2, "a page has the preferred size");
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

async fn single(face: &Face, subject: &str, day: &str) -> Value {
    let at = |hour: &str| json!({ "dateTime": format!("{day}T{hour}:00:00"), "timeZone": "UTC" });
    let body = json!({ "subject": subject, "start": at("09"), "end": at("10") });
    made(face, &body).await
}

async fn series(face: &Face) -> Value {
    let at =
        |hour: &str| json!({ "dateTime": format!("2026-12-01T{hour}:00:00"), "timeZone": "UTC" });
    let body = json!({
        "subject": "Series", "start": at("09"), "end": at("10"),
        "recurrence": {
            "pattern": { "type": "daily", "interval": 1 },
            "range": { "type": "numbered", "startDate": "2026-12-01", "numberOfOccurrences": 5 },
        },
    });
    made(face, &body).await
}

async fn made(face: &Face, body: &Value) -> Value {
    face.ask("POST", &format!("/users/{LI}/events")).json(body).send().await.expect(201).json
}

async fn send(face: &Face, method: &'static str, id: &Value, body: Value) {
    let url = format!("/users/{LI}/events/{}", encoded(id.as_str().expect("id")));
    let answer = face.ask(method, &url).json(&body).send().await;
    assert!(answer.status < 300, "{}", answer.text);
}

fn count(lines: &[Value], kind: &str) -> usize {
    lines.iter().filter(|one| one["type"] == json!(kind)).count()
}

fn removed(lines: &[Value]) -> Vec<&Value> {
    lines
        .iter()
        .filter(|one| one["@removed"]["reason"] == json!("deleted"))
        .map(|one| &one["id"])
        .collect()
}

#[tokio::test]
async fn the_first_round_has_events_and_occurrences_of_the_window() {
    let face = Face::new().await;
    single(&face, "In", "2026-11-23").await;
    single(&face, "Out", "2027-02-01").await;
    let master = series(&face).await;
    let (lines, link) = round(&face, &first()).await;
    assert_eq!(
        (
            count(&lines, "singleInstance"),
            count(&lines, "seriesMaster"),
            count(&lines, "occurrence"),
            lines.len()
        ),
        (1, 1, 5, 7)
    );
    let stub = lines.iter().find(|one| one["type"] == json!("occurrence")).expect("stub");
    let mut names: Vec<&String> = stub.as_object().expect("object").keys().collect();
    names.sort();
    assert_eq!(
        names,
        ["@odata.etag", "@odata.type", "end", "id", "seriesMasterId", "start", "type"]
    );
    assert_eq!(stub["seriesMasterId"], master["id"]);
    assert!(link.contains("deltatoken"), "{link}");
    assert!(!link.contains("startDateTime"), "the window is in the token");
    assert!(round(&face, &link).await.0.is_empty());
}

#[tokio::test]
async fn later_rounds_tell_changes_and_removals_outside_the_window_too() {
    let face = Face::new().await;
    let inside = single(&face, "In", "2026-11-23").await;
    let moved = single(&face, "Moved", "2026-11-24").await;
    let gone = single(&face, "Gone", "2026-11-25").await;
    single(&face, "Quiet", "2026-11-26").await;
    let outside = single(&face, "Out", "2027-02-01").await;
    let (_, link) = round(&face, &first()).await;
    send(&face, "PATCH", &inside["id"], json!({ "categories": ["A"] })).await;
    let far =
        |hour: &str| json!({ "dateTime": format!("2027-03-01T{hour}:00:00"), "timeZone": "UTC" });
    send(&face, "PATCH", &moved["id"], json!({ "start": far("09"), "end": far("10") })).await;
    send(&face, "DELETE", &gone["id"], json!({})).await;
    send(&face, "PATCH", &outside["id"], json!({ "categories": ["A"] })).await;
    let (lines, link) = round(&face, &link).await;
    assert_eq!(lines.len(), 4);
    assert_eq!(lines[0]["categories"], json!(["A"]));
    let gone = [&moved["id"], &gone["id"], &outside["id"]];
    assert_eq!(removed(&lines), gone);
    assert!(round(&face, &link).await.0.is_empty());
}

#[tokio::test]
async fn a_series_comes_with_its_occurrences_and_goes_with_them() {
    let face = Face::new().await;
    let master = series(&face).await;
    let (lines, link) = round(&face, &first()).await;
    let ids: Vec<Value> = lines
        .iter()
        .filter(|one| one["type"] == json!("occurrence"))
        .map(|one| one["id"].clone())
        .collect();
    send(&face, "PATCH", &ids[1], json!({ "subject": "Special" })).await;
    send(&face, "DELETE", &ids[2], json!({})).await;
    let (lines, link) = round(&face, &link).await;
    assert_eq!(removed(&lines), [&ids[2]]);
    assert_eq!(
        (count(&lines, "seriesMaster"), count(&lines, "exception"), count(&lines, "occurrence")),
        (1, 1, 3)
    );
    let other = json!({ "recurrence": {
        "pattern": { "type": "daily", "interval": 2 },
        "range": { "type": "numbered", "startDate": "2026-12-01", "numberOfOccurrences": 2 },
    } });
    send(&face, "PATCH", &master["id"], other).await;
    let (lines, link) = round(&face, &link).await;
    assert_eq!(removed(&lines), [&ids[1], &ids[3], &ids[4]]);
    assert_eq!((count(&lines, "seriesMaster"), count(&lines, "occurrence")), (1, 2));
    send(&face, "DELETE", &master["id"], json!({})).await;
    let (lines, link) = round(&face, &link).await;
    assert_eq!(removed(&lines), [&master["id"], &ids[0], &ids[2]]);
    assert_eq!(lines.len(), 3);
    assert!(round(&face, &link).await.0.is_empty());
}

#[tokio::test]
async fn what_changes_during_a_round_is_not_lost() {
    let face = Face::new().await;
    let mut made = Vec::new();
    for number in 1..=5 {
        made.push(single(&face, &format!("No {number}"), "2026-11-23").await);
    }
    let page = face.get(&first()).header("prefer", "odata.maxpagesize=2").send().await.expect(200);
    let next = page.json["@odata.nextLink"].as_str().expect("next").to_owned();
    send(&face, "DELETE", &made[0]["id"], json!({})).await;
    send(&face, "PATCH", &made[4]["id"], json!({ "subject": "Late" })).await;
    let (lines, link) = round(&face, &next).await;
    assert!(lines.iter().any(|one| one["subject"] == json!("Late")));
    let (after, _) = round(&face, &link).await;
    let told: Vec<&Value> = removed(&lines).into_iter().chain(removed(&after)).collect();
    assert_eq!(told, [&made[0]["id"]]);
}

#[tokio::test]
async fn tokens_end_and_options_are_refused() {
    let face = Face::new().await;
    single(&face, "In", "2026-11-23").await;
    for path in ["delta", "delta()", "microsoft.graph.delta()"] {
        let url = format!("/users/{LI}/calendarView/{path}?{WINDOW}");
        assert_eq!(face.get(&url).send().await.expect(200).values().len(), 1, "{path}");
    }
    for option in [
        "$select=subject",
        "$filter=subject%20eq%20'x'",
        "$orderby=subject",
        "$expand=extensions",
        "$top=5",
    ] {
        face.get(&format!("{}&{option}", first())).send().await.expect(400);
    }
    face.get(&format!("/users/{LI}/calendarView/delta")).send().await.expect(400);
    let calendars = face.get(&format!("/users/{LI}/calendars")).send().await.expect(200);
    let id = encoded(calendars.values()[0]["id"].as_str().expect("id"));
    let url = format!("/users/{LI}/calendars/{id}/calendarView/delta?{WINDOW}");
    let (lines, link) = round(&face, &url).await;
    assert_eq!(lines.len(), 1);
    let url = format!("/sandbox/v1/users/{LI}/expire-checkpoints");
    face.ask("POST", &url).send().await.expect(204);
    assert_eq!(face.get(&link).send().await.expect(410).code(), "SyncStateNotFound");
    let foreign = format!("/users/{LI}/calendarView/delta?$deltatoken=latest");
    assert_eq!(face.get(&foreign).send().await.expect(410).code(), "SyncStateNotFound");
}

#[tokio::test]
async fn a_hostile_server_pauses_and_loses_nothing() {
    let face = Face::new().await;
    series(&face).await;
    let quirks = json!({ "profile": "hostile" });
    face.ask("PUT", "/sandbox/v1/quirks").json(&quirks).send().await.expect(200);
    let (lines, link) = round(&face, &first()).await;
    assert_eq!((count(&lines, "seriesMaster"), count(&lines, "occurrence")), (1, 5));
    assert!(round(&face, &link).await.0.is_empty());
}
