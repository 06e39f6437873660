//! Single events: made, read, listed, changed, removed.

mod face;

use face::{Face, LI, encoded};
use serde_json::{Value, json};

fn events() -> String {
    format!("/users/{LI}/events")
}

fn url(event: &Value) -> String {
    format!("{}/{}", events(), encoded(event["id"].as_str().expect("id")))
}

fn at(day: &str, hour: &str, zone: &str) -> Value {
    json!({ "dateTime": format!("{day}T{hour}:00:00"), "timeZone": zone })
}

fn event(subject: &str, day: &str) -> Value {
    json!({ "subject": subject, "start": at(day, "09", "UTC"), "end": at(day, "10", "UTC") })
}

async fn made(face: &Face, body: &Value) -> Value {
    face.ask("POST", &events()).json(body).send().await.expect(201).json
}

#[tokio::test]
async fn an_event_comes_back_as_it_was_written() {
    let face = Face::new().await;
    let mut body = event("Kick-off", "2026-11-23");
    body["body"] = json!({ "contentType": "HTML", "content": "<p>Bring notes</p>" });
    body["location"] = json!({ "displayName": "Harry's Bar" });
    body["categories"] = json!(["A", "B"]);
    body["sensitivity"] = json!("private");
    body["showAs"] = json!("oof");
    body["isOnlineMeeting"] = json!(true);
    body["importance"] = json!("HIGH");
    let made = made(&face, &body).await;
    let read = face.get(&url(&made)).send().await.expect(200);
    assert_eq!(read.headers["etag"], *made["@odata.etag"].as_str().expect("etag"));
    let read = read.json;
    for (name, wanted) in [
        ("subject", json!("Kick-off")),
        ("bodyPreview", json!("Bring notes")),
        ("categories", json!(["A", "B"])),
        ("sensitivity", json!("private")),
        ("showAs", json!("oof")),
        ("importance", json!("high")),
        ("type", json!("singleInstance")),
        ("isOrganizer", json!(true)),
        ("isCancelled", json!(false)),
        ("isAllDay", json!(false)),
        ("seriesMasterId", Value::Null),
        ("recurrence", Value::Null),
        ("onlineMeetingProvider", json!("teamsForBusiness")),
        ("start", json!({ "dateTime": "2026-11-23T09:00:00.0000000", "timeZone": "UTC" })),
    ] {
        assert_eq!(read[name], wanted, "{name}");
        assert_eq!(made[name], wanted, "{name}");
    }
    assert_eq!(read["organizer"]["emailAddress"]["address"], json!(LI));
    assert_eq!(read["location"]["displayName"], json!("Harry's Bar"));
    assert!(read["onlineMeeting"]["joinUrl"].as_str().expect("url").starts_with("https://"));
    assert!(read["iCalUId"].as_str().expect("uid").starts_with("040000008200E00074C5B7101A82E008"));
    assert!(read.get("uid").is_none(), "uid is of beta");
    let beta = format!("/graph/beta{}", url(&made));
    assert_eq!(face.get(&beta).send().await.expect(200).json["uid"], read["iCalUId"]);
    let some = face.get(&format!("{}?$select=subject,start", url(&made))).send().await.expect(200);
    let mut names: Vec<&String> = some.json.as_object().expect("object").keys().collect();
    names.sort();
    assert_eq!(names, ["@odata.context", "@odata.etag", "id", "start", "subject"]);
    face.get(&format!("{}?$select=nonsense", url(&made))).send().await.expect(400);
    assert_eq!(
        face.get("/users/li.wei@fabrikam.test/events/x").send().await.expect(400).code(),
        "ErrorInvalidIdMalformed"
    );
}

#[tokio::test]
async fn times_are_written_and_read_in_any_zone() {
    let face = Face::new().await;
    let mut body = event("Zone", "2026-07-01");
    body["start"] = at("2026-07-01", "09", "W. Europe Standard Time");
    body["end"] = at("2026-07-01", "10", "Europe/Berlin");
    let made = made(&face, &body).await;
    assert_eq!(made["start"]["dateTime"], json!("2026-07-01T07:00:00.0000000"));
    assert_eq!(made["originalStartTimeZone"], json!("W. Europe Standard Time"));
    assert_eq!(made["originalEndTimeZone"], json!("Europe/Berlin"));
    for (zone, hour) in [("Pacific Standard Time", "00"), ("Asia/Kolkata", "12:30")] {
        let prefer = format!("outlook.timezone=\"{zone}\"");
        let read = face.get(&url(&made)).header("prefer", &prefer).send().await.expect(200);
        let start = read.json["start"].clone();
        assert_eq!(start["timeZone"], json!(zone));
        assert!(start["dateTime"].as_str().expect("text").contains(&format!("T{hour}")), "{start}");
        assert_eq!(read.headers["preference-applied"], prefer);
    }
    body["start"] = at("2026-07-01", "09", "Middle Earth Standard Time");
    let refused = face.ask("POST", &events()).json(&body).send().await.expect(400);
    assert_eq!(refused.code(), "TimeZoneNotSupportedException");
    let prefer = "outlook.timezone=\"Nowhere\"";
    face.get(&url(&made)).header("prefer", prefer).send().await.expect(400);
}

#[tokio::test]
async fn an_all_day_event_starts_at_midnight_and_keeps_its_day() {
    let face = Face::new().await;
    let mut body = event("Day", "2026-11-23");
    body["isAllDay"] = json!(true);
    face.ask("POST", &events()).json(&body).send().await.expect(400);
    let zone = "W. Europe Standard Time";
    body["start"] = at("2026-11-23", "00", zone);
    body["end"] = at("2026-11-23", "00", zone);
    face.ask("POST", &events()).json(&body).send().await.expect(400);
    body["end"] = at("2026-11-24", "00", "UTC");
    face.ask("POST", &events()).json(&body).send().await.expect(400);
    body["end"] = at("2026-11-24", "00", zone);
    let made = made(&face, &body).await;
    for zone in ["UTC", "Pacific Standard Time"] {
        let prefer = format!("outlook.timezone=\"{zone}\"");
        let read = face.get(&url(&made)).header("prefer", &prefer).send().await.expect(200).json;
        assert_eq!(read["start"]["dateTime"], json!("2026-11-23T00:00:00.0000000"));
        assert_eq!(read["end"]["dateTime"], json!("2026-11-24T00:00:00.0000000"));
    }
}

#[tokio::test]
async fn a_request_made_twice_makes_one_event() {
    let face = Face::new().await;
    let mut body = event("Once", "2026-11-23");
    body["transactionId"] = json!("7E163156-7762-4BEB-A1C6-729EA81755A7");
    let first = made(&face, &body).await;
    let second = made(&face, &body).await;
    assert_eq!(first["id"], second["id"]);
    assert_eq!(face.get(&events()).send().await.expect(200).values().len(), 1);
}

#[tokio::test]
async fn events_are_filtered_ordered_and_paged() {
    let face = Face::new().await;
    let mut ids = Vec::new();
    for (number, day) in ["2026-11-25", "2026-11-23", "2026-11-24"].into_iter().enumerate() {
        let mut body = event(&format!("No {number}"), day);
        if number != 1 {
            body["categories"] = json!(["Tracked to Dynamics 365"]);
        }
        ids.push(made(&face, &body).await);
    }
    let subjects = async |query: &str| {
        let answer = face.get(&format!("{}?{query}", events())).send().await.expect(200);
        let text = |one: &Value| one["subject"].as_str().expect("subject").to_owned();
        answer.values().iter().map(text).collect::<Vec<_>>().join(",")
    };
    let uid = ids[2]["iCalUId"].as_str().expect("uid");
    for (query, wanted) in [
        ("$orderby=start/dateTime".to_owned(), "No 1,No 2,No 0"),
        ("$orderby=start/dateTime%20desc&$top=2".to_owned(), "No 0,No 2"),
        ("$orderby=subject&$skip=2".to_owned(), "No 2"),
        ("$filter=Categories/any(c:c%20eq%20'tracked%20to%20dynamics%20365')".to_owned(), "No 0,No 2"),
        ("$filter=categories/any(c:c%20eq%20'x')".to_owned(), ""),
        (format!("$filter=iCalUId%20eq%20'{uid}'"), "No 2"),
        ("$filter=subject%20eq%20'no%201'".to_owned(), "No 1"),
        ("$filter=startswith(subject,'No')%20and%20start/dateTime%20ge%20'2026-11-24T00:00:00Z'".to_owned(), "No 0,No 2"),
        ("$filter=start/dateTime%20lt%20'2026-11-23T09:00'%20or%20end/dateTime%20eq%20'2026-11-24T10:00:00'".to_owned(), "No 2"),
        ("$filter=type%20eq%20'seriesMaster'".to_owned(), ""),
        ("$filter=type%20eq%20'singleInstance'%20and%20isCancelled%20eq%20false&$top=1".to_owned(), "No 0"),
    ] {
        assert_eq!(subjects(&query).await, wanted, "{query}");
    }
    face.get(&format!("{}?$filter=nonsense%20eq%20'x'", events())).send().await.expect(400);
    let page = face.get(&format!("{}?$top=2&$count=true", events())).send().await.expect(200);
    assert_eq!((page.values().len(), &page.json["@odata.count"]), (2, &json!(3)));
    let next = page.json["@odata.nextLink"].as_str().expect("next");
    assert_eq!(face.get(next).send().await.expect(200).values().len(), 1);
}

#[tokio::test]
async fn a_change_needs_the_current_etag_and_bumps_it() {
    let face = Face::new().await;
    let made = made(&face, &event("Change", "2026-11-23")).await;
    let etag = made["@odata.etag"].as_str().expect("etag");
    face.clock.turn(std::time::Duration::from_secs(60));
    let change = json!({ "categories": ["One", "one", "Two"] });
    let patch = |etag: &str| face.ask("PATCH", &url(&made)).header("if-match", etag);
    let changed = patch(etag).json(&change).send().await.expect(200).json;
    assert_eq!(changed["categories"], json!(["One", "Two"]));
    assert_ne!(changed["changeKey"], made["changeKey"]);
    assert_ne!(changed["lastModifiedDateTime"], made["lastModifiedDateTime"]);
    assert_eq!(changed["createdDateTime"], made["createdDateTime"]);
    patch(etag).json(&change).send().await.expect(412);
    let key = changed["changeKey"].as_str().expect("key");
    patch(key).json(&json!({ "subject": "New", "isCancelled": true })).send().await.expect(200);
    let read = face.get(&url(&made)).send().await.expect(200).json;
    assert_eq!((&read["subject"], &read["isCancelled"]), (&json!("New"), &json!(false)));
    let wrong = json!({ "end": at("2026-11-22", "09", "UTC") });
    face.ask("PATCH", &url(&made)).json(&wrong).send().await.expect(400);
    face.ask("PATCH", &url(&made)).json(&json!({ "nonsense": 1 })).send().await.expect(400);
    face.ask("DELETE", &url(&made)).header("if-match", etag).send().await.expect(412);
    face.ask("DELETE", &url(&made)).send().await.expect(204);
    assert_eq!(face.get(&url(&made)).send().await.expect(404).code(), "ErrorItemNotFound");
}

#[tokio::test]
async fn calendars_keep_their_events_apart() {
    let face = Face::new().await;
    let calendars = format!("/users/{LI}/calendars");
    let all = face.get(&calendars).send().await.expect(200);
    assert_eq!(all.values().len(), 1);
    assert_eq!(all.values()[0]["isDefaultCalendar"], json!(true));
    let body = json!({ "name": "Team", "color": "lightBlue" });
    let team = face.ask("POST", &calendars).json(&body).send().await.expect(201).json;
    face.ask("POST", &calendars).json(&body).send().await.expect(409);
    let team = format!("{calendars}/{}", encoded(team["id"].as_str().expect("id")));
    let body = event("Theirs", "2026-11-23");
    face.ask("POST", &format!("{team}/events")).json(&body).send().await.expect(201);
    let own = made(&face, &event("Own", "2026-11-23")).await;
    let window = "startDateTime=2026-11-01T00:00:00Z&endDateTime=2026-12-01T00:00:00Z";
    for (path, count) in [
        (format!("{team}/events"), 1),
        (format!("{team}/calendarView?{window}"), 1),
        (format!("/users/{LI}/calendar/events"), 1),
        (format!("/users/{LI}/calendarView?{window}"), 1),
        (format!("/users/{LI}/calendar/calendarView?{window}"), 1),
        (events(), 2),
    ] {
        assert_eq!(face.get(&path).send().await.expect(200).values().len(), count, "{path}");
    }
    let wrong = format!("{team}/events/{}", encoded(own["id"].as_str().expect("id")));
    face.get(&wrong).send().await.expect(404);
    face.ask("PATCH", &team).json(&json!({ "name": "Crew" })).send().await.expect(200);
    assert_eq!(face.get(&team).send().await.expect(200).json["name"], json!("Crew"));
    face.ask("DELETE", &team).send().await.expect(204);
    face.get(&team).send().await.expect(404);
    face.ask("DELETE", &format!("/users/{LI}/calendar")).send().await.expect(400);
}

#[tokio::test]
async fn properties_extensions_and_files_hang_on_events() {
    let face = Face::new().await;
    let id = "String {66f5a359-4659-4830-9070-00040ec6ac6e} Name Fun";
    let mut body = event("Hung", "2026-11-23");
    body["singleValueExtendedProperties"] = json!([{ "id": id, "value": "Food" }]);
    let made = made(&face, &body).await;
    let expand = |id: &str| {
        let filter = encoded(&format!("id eq '{id}'"));
        format!("{}?$expand=singleValueExtendedProperties($filter={filter})", url(&made))
    };
    let read = face.get(&expand(id)).send().await.expect(200).json;
    assert_eq!(read["singleValueExtendedProperties"][0]["value"], json!("Food"));
    let clean = "Binary {6ED8DA90-450B-101B-98DA-00AA003F1305} Id 0x0023";
    let read = face.get(&expand(clean)).send().await.expect(200).json;
    let value = read["singleValueExtendedProperties"][0]["value"].as_str().expect("value");
    assert!(value.starts_with("BAAAAIIA4AB0xbcQGoLgC"), "{value}");
    let extensions = format!("{}/extensions", url(&made));
    let body = json!({ "@odata.type": "microsoft.graph.openTypeExtension", "extensionName": "test.crm", "activityId": "1" });
    face.ask("POST", &extensions).json(&body).send().await.expect(201);
    face.ask("POST", &extensions).json(&body).send().await.expect(409);
    let read = face.get(&format!("{}?$expand=extensions", url(&made))).send().await.expect(200);
    assert_eq!(read.json["extensions"][0]["activityId"], json!("1"));
    assert_eq!(read.json["changeKey"], made["changeKey"], "an extension is no change");
    face.ask("DELETE", &format!("{extensions}/test.crm")).send().await.expect(204);
    let file = json!({ "@odata.type": "#microsoft.graph.fileAttachment", "name": "a.txt", "contentBytes": "SGVsbG8=" });
    let attachments = format!("{}/attachments", url(&made));
    let file = face.ask("POST", &attachments).json(&file).send().await.expect(201).json;
    let file = format!("{attachments}/{}", encoded(file["id"].as_str().expect("id")));
    assert_eq!(face.get(&file).send().await.expect(200).json["contentBytes"], json!("SGVsbG8="));
    assert_eq!(face.get(&url(&made)).send().await.expect(200).json["hasAttachments"], json!(true));
    for (query, count) in [("true", 1), ("false", 0)] {
        let url = format!("{}?$filter=hasAttachments%20eq%20{query}", events());
        assert_eq!(face.get(&url).send().await.expect(200).values().len(), count, "{query}");
    }
    face.ask("DELETE", &file).send().await.expect(204);
    assert!(face.get(&attachments).send().await.expect(200).values().is_empty());
}

#[tokio::test]
async fn batches_and_translated_ids_know_events() {
    let face = Face::new().await;
    let made = made(&face, &event("Batch", "2026-11-23")).await;
    let id = made["id"].as_str().expect("id");
    let body = json!({ "inputIds": [id], "sourceIdType": "restId", "targetIdType": "restImmutableEntryId" });
    let url = format!("/users/{LI}/translateExchangeIds");
    let answer = face.ask("POST", &url).json(&body).send().await.expect(200);
    let immutable = answer.values()[0]["targetId"].as_str().expect("id").to_owned();
    assert_ne!(immutable, id);
    let one = |number: usize, id: &str| {
        json!({
            "id": number.to_string(), "method": "PATCH", "url": format!("/users/{LI}/events/{}", encoded(id)),
            "headers": { "Content-Type": "application/json", "Prefer": "IdType=\"ImmutableId\"" },
            "body": { "categories": [number.to_string()] },
        })
    };
    let requests: Vec<Value> =
        (0..20).map(|n| one(n, if n % 2 == 0 { id } else { &immutable })).collect();
    let answer =
        face.ask("POST", "/$batch").json(&json!({ "requests": requests })).send().await.expect(200);
    for response in answer.json["responses"].as_array().expect("responses") {
        assert_eq!(
            (&response["status"], &response["body"]["id"]),
            (&json!(200), &json!(immutable))
        );
    }
    let requests: Vec<Value> = (0..21).map(|n| one(n, id)).collect();
    face.ask("POST", "/$batch").json(&json!({ "requests": requests })).send().await.expect(400);
}

#[tokio::test]
async fn a_renamed_category_is_rewritten_on_events() {
    let face = Face::new().await;
    let mut body = event("Renamed", "2026-11-23");
    body["categories"] = json!(["Old"]);
    let made = made(&face, &body).await;
    face.sandbox.create_category(LI, "Old", "none").await.expect("category");
    assert_eq!(face.sandbox.rename_category(LI, "Old", "New", true).await, Ok(1));
    assert_eq!(face.get(&url(&made)).send().await.expect(200).json["categories"], json!(["New"]));
}
