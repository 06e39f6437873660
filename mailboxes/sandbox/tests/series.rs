//! Series: their occurrences, exceptions and cancelled days.

mod face;

use face::{Answer, Face, LI, encoded};
use serde_json::{Value, json};

fn events() -> String {
    format!("/users/{LI}/events")
}

fn url(id: &Value) -> String {
    format!("{}/{}", events(), encoded(id.as_str().expect("id")))
}

fn window(from: &str, to: &str) -> String {
    format!("startDateTime={from}T00:00:00Z&endDateTime={to}T00:00:00Z")
}

/// Mondays from 23 November 2026 on, nine to ten in Berlin.
async fn weekly(face: &Face, change: impl FnOnce(&mut Value)) -> Value {
    let zone = "W. Europe Standard Time";
    let mut body = json!({
        "subject": "Stand-up",
        "categories": ["A"],
        "start": { "dateTime": "2026-11-23T09:00:00", "timeZone": zone },
        "end": { "dateTime": "2026-11-23T10:00:00", "timeZone": zone },
        "recurrence": {
            "pattern": { "type": "weekly", "interval": 1, "daysOfWeek": ["monday"] },
            "range": { "type": "noEnd", "startDate": "2026-11-23" },
        },
    });
    change(&mut body);
    face.ask("POST", &events()).json(&body).send().await.expect(201).json
}

async fn view(face: &Face, from: &str, to: &str) -> Answer {
    let url = format!("/users/{LI}/calendarView?{}&$top=100", window(from, to));
    face.get(&url).send().await.expect(200)
}

async fn patch(face: &Face, id: &Value, body: Value) -> Answer {
    face.ask("PATCH", &url(id)).json(&body).send().await
}

fn starts(answer: &Answer) -> Vec<String> {
    let day = |one: &Value| {
        one["start"]["dateTime"].as_str().expect("start").get(..16).expect("time").to_owned()
    };
    answer.values().iter().map(day).collect()
}

#[tokio::test]
async fn a_view_has_the_times_of_a_series_and_a_list_the_series_itself() {
    let face = Face::new().await;
    let master = weekly(&face, |_| {}).await;
    assert_eq!(master["type"], json!("seriesMaster"));
    assert_eq!(
        master["recurrence"]["range"]["recurrenceTimeZone"],
        json!("W. Europe Standard Time")
    );
    let listed = face.get(&events()).send().await.expect(200);
    assert_eq!((listed.values().len(), &listed.values()[0]["id"]), (1, &master["id"]));
    let shown = view(&face, "2026-11-20", "2026-12-08").await;
    assert_eq!(starts(&shown), ["2026-11-23T08:00", "2026-11-30T08:00", "2026-12-07T08:00"]);
    let mut uids: Vec<&str> =
        shown.values().iter().filter_map(|one| one["iCalUId"].as_str()).collect();
    uids.push(master["iCalUId"].as_str().expect("uid"));
    uids.sort_unstable();
    uids.dedup();
    assert_eq!(uids.len(), 4, "each time has an iCalUId of its own");
    for one in shown.values() {
        assert_eq!(one["type"], json!("occurrence"));
        assert_eq!(one["seriesMasterId"], master["id"]);
        assert_eq!(one["categories"], json!(["A"]));
        assert_eq!(one["recurrence"], Value::Null);
        assert_eq!(one["changeKey"], master["changeKey"]);
        assert_eq!(face.get(&url(&one["id"])).send().await.expect(200).json["start"], one["start"]);
    }
    assert_eq!(shown.values()[0]["originalStart"], json!("2026-11-23T08:00:00Z"));
    // Summer: an hour earlier in UTC.
    assert_eq!(
        starts(&view(&face, "2027-03-22", "2027-04-01").await),
        ["2027-03-22T08:00", "2027-03-29T07:00"]
    );
    let instances =
        format!("{}/instances?{}", url(&master["id"]), window("2026-11-20", "2026-12-08"));
    assert_eq!(face.get(&instances).send().await.expect(200).values().len(), 3);
    face.get(&format!("{}/instances", url(&master["id"]))).send().await.expect(400);
    let one = &shown.values()[0]["id"];
    face.get(&format!("{}/instances?{}", url(one), window("2026-11-20", "2026-12-08")))
        .send()
        .await
        .expect(400);
    face.get(&format!("/users/{LI}/calendarView")).send().await.expect(400);
}

#[tokio::test]
async fn writing_to_an_occurrence_makes_an_exception_under_the_same_id() {
    let face = Face::new().await;
    let master = weekly(&face, |_| {}).await;
    let shown = view(&face, "2026-11-20", "2026-12-08").await;
    let second = &shown.values()[1];
    let id = &second["id"];
    let made = patch(&face, id, json!({ "categories": ["B"] })).await.expect(200).json;
    assert_eq!((&made["id"], &made["type"]), (id, &json!("exception")));
    assert_eq!(made["categories"], json!(["B"]));
    assert_eq!(made["seriesMasterId"], master["id"]);
    let after = face.get(&url(&master["id"])).send().await.expect(200).json;
    assert_eq!(after["categories"], json!(["A"]));
    let expand = format!(
        "{}?$select=subject,cancelledOccurrences&$expand=exceptionOccurrences($select=id,categories)",
        url(&master["id"])
    );
    let read = face.get(&expand).send().await.expect(200).json;
    assert_eq!(read["exceptionOccurrences"][0]["id"], *id);
    assert_eq!(read["exceptionOccurrences"][0]["categories"], json!(["B"]));
    assert_eq!(read["cancelledOccurrences"], json!([]));
    let types: Vec<Value> = view(&face, "2026-11-20", "2026-12-08")
        .await
        .values()
        .iter()
        .map(|one| one["type"].clone())
        .collect();
    assert_eq!(types, ["occurrence", "exception", "occurrence"]);
    // What it says as its series did follows the series; its own categories do not.
    patch(&face, &master["id"], json!({ "subject": "Daily", "categories": ["C"] }))
        .await
        .expect(200);
    let read = face.get(&url(id)).send().await.expect(200).json;
    assert_eq!((&read["subject"], &read["categories"]), (&json!("Daily"), &json!(["B"])));
    // What it says itself stays.
    patch(&face, id, json!({ "subject": "Special" })).await.expect(200);
    patch(&face, &master["id"], json!({ "subject": "Again" })).await.expect(200);
    assert_eq!(face.get(&url(id)).send().await.expect(200).json["subject"], json!("Special"));
    assert!(
        face.get(&format!("{}?$expand=exceptionOccurrences", url(id)))
            .send()
            .await
            .expect(200)
            .json
            .get("exceptionOccurrences")
            .is_none()
    );
    assert_eq!(patch(&face, id, json!({ "recurrence": master["recurrence"] })).await.status, 400);
}

#[tokio::test]
async fn an_exception_copies_the_categories_of_its_series_unless_the_quirk_says_otherwise() {
    for (profile, wanted) in [("documented", json!(["A"])), ("kind", json!(["C"]))] {
        let face = Face::new().await;
        let quirks = json!({ "profile": profile });
        face.ask("PUT", "/sandbox/v1/quirks").json(&quirks).send().await.expect(200);
        let master = weekly(&face, |_| {}).await;
        let first = view(&face, "2026-11-20", "2026-11-25").await.values()[0]["id"].clone();
        patch(&face, &first, json!({ "subject": "Special" })).await.expect(200);
        patch(&face, &master["id"], json!({ "categories": ["C"] })).await.expect(200);
        assert_eq!(
            view(&face, "2026-11-20", "2026-11-25").await.values()[0]["categories"],
            wanted,
            "{profile}"
        );
        assert_eq!(face.get(&url(&first)).send().await.expect(200).json["categories"], wanted);
        let written = patch(&face, &first, json!({ "categories": [] })).await.expect(200).json;
        assert_eq!(written["categories"], json!([]), "{profile}: written ones are its own");
    }
}

#[tokio::test]
async fn a_removed_occurrence_is_a_cancelled_day_of_its_series() {
    let face = Face::new().await;
    let master = weekly(&face, |_| {}).await;
    let shown = view(&face, "2026-11-20", "2026-12-08").await;
    let (first, second) = (shown.values()[0]["id"].clone(), shown.values()[1]["id"].clone());
    patch(&face, &second, json!({ "subject": "Special" })).await.expect(200);
    for id in [&first, &second] {
        face.ask("DELETE", &url(id)).send().await.expect(204);
        face.get(&url(id)).send().await.expect(404);
    }
    assert_eq!(starts(&view(&face, "2026-11-20", "2026-12-08").await), ["2026-12-07T08:00"]);
    let read = face
        .get(&format!("{}?$select=cancelledOccurrences", url(&master["id"])))
        .send()
        .await
        .expect(200)
        .json;
    let id = master["id"].as_str().expect("id");
    assert_eq!(
        read["cancelledOccurrences"],
        json!([format!("OID.{id}.2026-11-23"), format!("OID.{id}.2026-11-30")])
    );
    assert_ne!(read["@odata.etag"], master["@odata.etag"]);
    // A day of no occurrence is not there either.
    face.ask("DELETE", &url(&first)).send().await.expect(404);
}

#[tokio::test]
async fn an_occurrence_stays_between_its_neighbours() {
    let face = Face::new().await;
    weekly(&face, |_| {}).await;
    let second = view(&face, "2026-11-20", "2026-12-08").await.values()[1]["id"].clone();
    let to = |day: &str| {
        json!({
            "start": { "dateTime": format!("{day}T11:00:00"), "timeZone": "UTC" },
            "end": { "dateTime": format!("{day}T12:00:00"), "timeZone": "UTC" },
        })
    };
    for day in ["2026-11-23", "2026-11-22", "2026-12-07", "2026-12-20"] {
        let refused = patch(&face, &second, to(day)).await.expect(400);
        assert_eq!(refused.code(), "ErrorOccurrenceCrossingBoundary", "{day}");
    }
    let moved = patch(&face, &second, to("2026-12-04")).await.expect(200).json;
    assert_eq!(moved["originalStart"], json!("2026-11-30T08:00:00Z"));
    assert_eq!(moved["id"], second);
    assert_eq!(starts(&view(&face, "2026-11-29", "2026-12-05").await), ["2026-12-04T11:00"]);
    // An exception outside the reach of its series is in the view where it is.
    assert_eq!(starts(&view(&face, "2026-12-03", "2026-12-05").await), ["2026-12-04T11:00"]);
}

#[tokio::test]
async fn another_pattern_forgets_exceptions_and_cancelled_days() {
    let face = Face::new().await;
    let master = weekly(&face, |_| {}).await;
    let shown = view(&face, "2026-11-20", "2026-12-08").await;
    face.ask("DELETE", &url(&shown.values()[0]["id"])).send().await.expect(204);
    patch(&face, &shown.values()[1]["id"], json!({ "subject": "Special" })).await.expect(200);
    let monthly = json!({ "recurrence": {
        "pattern": { "type": "absoluteMonthly", "interval": 1, "dayOfMonth": 31 },
        "range": { "type": "numbered", "startDate": "2026-11-23", "numberOfOccurrences": 4 },
    } });
    let changed = patch(&face, &master["id"], monthly).await.expect(200).json;
    assert_eq!(changed["start"]["dateTime"], json!("2026-11-30T08:00:00.0000000"));
    assert_eq!(
        starts(&view(&face, "2026-11-01", "2027-12-01").await),
        ["2026-11-30T08:00", "2026-12-31T08:00", "2027-01-31T08:00", "2027-02-28T08:00"]
    );
    let later = json!({
        "start": { "dateTime": "2026-11-30T15:00:00", "timeZone": "UTC" },
        "end": { "dateTime": "2026-11-30T16:00:00", "timeZone": "UTC" },
    });
    patch(&face, &master["id"], later).await.expect(200);
    assert_eq!(starts(&view(&face, "2026-12-01", "2027-01-01").await), ["2026-12-31T15:00"]);
    let single = patch(&face, &master["id"], json!({ "recurrence": null })).await.expect(200).json;
    assert_eq!(single["type"], json!("singleInstance"));
    assert_eq!(starts(&view(&face, "2026-11-01", "2027-12-01").await), ["2026-11-30T15:00"]);
}

#[tokio::test]
async fn what_a_series_cannot_be_is_refused() {
    let face = Face::new().await;
    let create = async |recurrence: Value| {
        let body = json!({
            "start": { "dateTime": "2026-11-23T09:00:00", "timeZone": "UTC" },
            "end": { "dateTime": "2026-11-23T10:00:00", "timeZone": "UTC" },
            "recurrence": recurrence,
        });
        face.ask("POST", &events()).json(&body).send().await
    };
    let daily = json!({ "type": "daily", "interval": 1 });
    for (pattern, range, field) in [
        (
            json!({ "type": "weekly", "interval": 1 }),
            json!({ "type": "noEnd", "startDate": "2026-11-23" }),
            "daysOfWeek",
        ),
        (daily.clone(), json!({ "type": "noEnd", "startDate": "2026-11-20" }), "startDate"),
        (
            daily.clone(),
            json!({ "type": "numbered", "startDate": "2026-11-23", "numberOfOccurrences": 1000 }),
            "numberOfOccurrences",
        ),
        (
            daily,
            json!({ "type": "noEnd", "startDate": "2026-11-23", "recurrenceTimeZone": "Nowhere" }),
            "timeZone",
        ),
    ] {
        let refused = create(json!({ "pattern": pattern, "range": range })).await.expect(400);
        assert_eq!(refused.json["error"]["target"], json!(field), "{}", refused.text);
    }
    let refused = create(json!({ "pattern": { "type": "daily", "interval": 1 } })).await;
    assert_eq!(refused.expect(400).json["error"]["target"], json!("range"));
}

#[tokio::test]
async fn an_all_day_series_keeps_its_days_in_every_zone() {
    let face = Face::new().await;
    weekly(&face, |body| {
        body["isAllDay"] = json!(true);
        body["start"] =
            json!({ "dateTime": "2026-10-19T00:00:00", "timeZone": "W. Europe Standard Time" });
        body["end"] =
            json!({ "dateTime": "2026-10-20T00:00:00", "timeZone": "W. Europe Standard Time" });
        body["recurrence"]["range"]["startDate"] = json!("2026-10-19");
    })
    .await;
    // The change of daylight saving time is on 25 October.
    let shown = view(&face, "2026-10-18", "2026-10-31").await;
    assert_eq!(starts(&shown), ["2026-10-19T00:00", "2026-10-26T00:00"]);
    assert_eq!(shown.values()[1]["end"]["dateTime"], json!("2026-10-27T00:00:00.0000000"));
}
