//! Meetings between mailboxes: who is told what, and what stands in whose calendar.

mod face;

use face::{ANA, Face, LI, encoded};
use serde_json::{Value, json};

const OUTSIDE: &str = "kim@contoso.test";

fn address(mail: &str) -> Value {
    json!({ "emailAddress": { "address": mail }, "type": "required" })
}

fn at(day: &str, hour: &str) -> Value {
    json!({ "dateTime": format!("{day}T{hour}:00:00"), "timeZone": "UTC" })
}

fn meeting() -> Value {
    json!({
        "subject": "Renewal",
        "start": at("2026-11-23", "09"),
        "end": at("2026-11-23", "10"),
        "attendees": [address(LI), { "emailAddress": { "address": OUTSIDE }, "type": "optional" }],
    })
}

async fn made(face: &Face, body: &Value) -> Value {
    face.ask("POST", &format!("/users/{ANA}/events")).json(body).send().await.expect(201).json
}

fn url(mail: &str, id: &Value) -> String {
    format!("/users/{mail}/events/{}", encoded(id.as_str().expect("id")))
}

async fn patch(face: &Face, mail: &str, id: &Value, body: Value) -> Value {
    face.ask("PATCH", &url(mail, id)).json(&body).send().await.expect(200).json
}

async fn act(face: &Face, mail: &str, id: &Value, word: &str, body: Value) {
    let url = format!("{}/{word}", url(mail, id));
    face.ask("POST", &url).json(&body).send().await.expect(202);
}

async fn calendar(face: &Face, mail: &str) -> Vec<Value> {
    let window = "startDateTime=2026-11-01T00:00:00Z&endDateTime=2027-03-01T00:00:00Z";
    let url = format!("/users/{mail}/calendarView?{window}&$top=50");
    face.get(&url).send().await.expect(200).values().to_vec()
}

async fn inbox(face: &Face, mail: &str) -> Vec<Value> {
    let url = format!("/users/{mail}/mailFolders/inbox/messages?$orderby=receivedDateTime&$top=50");
    face.get(&url).send().await.expect(200).values().to_vec()
}

/// (cause, subject, recipients) of everything that was sent.
async fn sent(face: &Face) -> Vec<(String, String, Vec<String>)> {
    let answer = face.get("/sandbox/v1/sent").send().await.expect(200);
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    answer.json["sent"]
        .as_array()
        .expect("list")
        .iter()
        .map(|one| {
            let recipients = one["recipients"].as_array().expect("list").iter().map(text);
            (text(&one["cause"]), text(&one["subject"]), recipients.collect())
        })
        .collect()
}

#[tokio::test]
async fn an_invitation_reaches_inbox_and_calendar_of_those_who_are_here() {
    let face = Face::new().await;
    let own = made(&face, &meeting()).await;
    assert_eq!(own["attendees"][0]["emailAddress"]["name"], json!("Li Wei"));
    assert_eq!(own["responseStatus"]["response"], json!("organizer"));
    let copy = &calendar(&face, LI).await[0];
    for (name, wanted) in [
        ("subject", json!("Renewal")),
        ("iCalUId", own["iCalUId"].clone()),
        ("isOrganizer", json!(false)),
        ("isCancelled", json!(false)),
        ("showAs", json!("tentative")),
        ("organizer", own["organizer"].clone()),
        ("start", own["start"].clone()),
    ] {
        assert_eq!(copy[name], wanted, "{name}");
    }
    assert_ne!(copy["id"], own["id"]);
    assert_eq!(copy["responseStatus"]["response"], json!("notResponded"));
    let message = &inbox(&face, LI).await[0];
    assert_eq!(message["@odata.type"], json!("#microsoft.graph.eventMessageRequest"));
    assert_eq!(message["meetingMessageType"], json!("meetingRequest"));
    assert_eq!(message["from"]["emailAddress"]["address"], json!(ANA));
    let (cause, subject, to) = sent(&face).await.pop().expect("sent");
    assert_eq!((cause.as_str(), subject.as_str()), ("POST /users/{id}/events", "Renewal"));
    assert_eq!(to, [LI, OUTSIDE]);
}

#[tokio::test]
async fn only_what_concerns_attendees_is_told() {
    let face = Face::new().await;
    let own = made(&face, &meeting()).await;
    let id = &own["id"];
    for quiet in [
        json!({ "categories": ["Tracked to Dynamics 365"] }),
        json!({ "showAs": "free", "reminderMinutesBeforeStart": 5, "sensitivity": "private" }),
        json!({ "singleValueExtendedProperties": [{ "id": "String {66f5a359-4659-4830-9070-00040ec6ac6e} Name Fun", "value": "x" }] }),
        json!({ "subject": "Renewal" }),
    ] {
        patch(&face, ANA, id, quiet.clone()).await;
        assert_eq!(sent(&face).await.len(), 1, "{quiet}");
    }
    let copy = calendar(&face, LI).await[0].clone();
    assert_eq!(copy["categories"], json!([]));
    patch(&face, LI, &copy["id"], json!({ "categories": ["Mine"] })).await;
    assert_eq!(sent(&face).await.len(), 1);
    patch(
        &face,
        ANA,
        id,
        json!({ "start": at("2026-11-24", "09"), "end": at("2026-11-24", "10") }),
    )
    .await;
    assert_eq!(sent(&face).await.len(), 2);
    let after = calendar(&face, LI).await;
    assert_eq!(after.len(), 1);
    assert_eq!((&after[0]["id"], &after[0]["categories"]), (&copy["id"], &json!(["Mine"])));
    assert_eq!(after[0]["start"]["dateTime"], json!("2026-11-24T09:00:00.0000000"));
    assert_eq!(calendar(&face, ANA).await[0]["categories"], json!(["Tracked to Dynamics 365"]));
}

#[tokio::test]
async fn who_comes_is_invited_and_who_goes_is_told() {
    let face = Face::new().await;
    let mut body = meeting();
    body["attendees"] = json!([address(OUTSIDE)]);
    let own = made(&face, &body).await;
    assert!(calendar(&face, LI).await.is_empty());
    patch(&face, ANA, &own["id"], json!({ "attendees": [address(OUTSIDE), address(LI)] })).await;
    assert_eq!(sent(&face).await[1].2, [LI], "nothing else changed: only the new one is told");
    assert_eq!(calendar(&face, LI).await.len(), 1);
    patch(&face, ANA, &own["id"], json!({ "attendees": [address(OUTSIDE)] })).await;
    let last = sent(&face).await.pop().expect("sent");
    assert_eq!((last.1.as_str(), last.2), ("Canceled: Renewal", vec![LI.to_owned()]));
    assert_eq!(calendar(&face, LI).await[0]["isCancelled"], json!(true));
    // Invited again: the same event is alive again.
    patch(&face, ANA, &own["id"], json!({ "attendees": [address(OUTSIDE), address(LI)] })).await;
    let copy = calendar(&face, LI).await;
    assert_eq!(
        (copy.len(), &copy[0]["isCancelled"], &copy[0]["subject"]),
        (1, &json!(false), &json!("Renewal"))
    );
}

#[tokio::test]
async fn a_cancelled_meeting_stays_with_attendees_and_goes_from_the_organizer() {
    for cancels in [true, false] {
        let face = Face::new().await;
        let own = made(&face, &meeting()).await;
        if cancels {
            act(&face, ANA, &own["id"], "cancel", json!({ "Comment": "All hands" })).await;
        } else {
            face.ask("DELETE", &url(ANA, &own["id"])).send().await.expect(204);
        }
        assert!(calendar(&face, ANA).await.is_empty());
        let copy = &calendar(&face, LI).await[0];
        assert_eq!(copy["isCancelled"], json!(true));
        assert_eq!(copy["subject"], json!("Canceled: Renewal"));
        assert_eq!(copy["showAs"], json!("free"));
        let messages = inbox(&face, LI).await;
        assert_eq!(messages[1]["meetingMessageType"], json!("meetingCancelled"));
        assert_eq!(
            messages[1]["bodyPreview"].as_str().expect("text").contains("All hands"),
            cancels
        );
        let refused = face
            .ask("POST", &format!("{}/cancel", url(LI, &copy["id"])))
            .json(&json!({}))
            .send()
            .await;
        refused.expect(400);
        face.ask("DELETE", &url(LI, &copy["id"])).send().await.expect(204);
        assert_eq!(sent(&face).await.len(), 2, "an attendee who removes it tells nobody");
    }
}

#[tokio::test]
async fn an_answer_reaches_the_organizer() {
    let face = Face::new().await;
    let own = made(&face, &meeting()).await;
    let copy = calendar(&face, LI).await[0].clone();
    for (word, response, class, subject) in [
        (
            "tentativelyAccept",
            "tentativelyAccepted",
            "meetingTenativelyAccepted",
            "Tentatively Accepted: Renewal",
        ),
        ("accept", "accepted", "meetingAccepted", "Accepted: Renewal"),
    ] {
        act(&face, LI, &copy["id"], word, json!({ "comment": "ok", "sendResponse": true })).await;
        let read = face.get(&url(LI, &copy["id"])).send().await.expect(200).json;
        assert_eq!(read["responseStatus"]["response"], json!(response));
        let read = face.get(&url(ANA, &own["id"])).send().await.expect(200).json;
        assert_eq!(read["attendees"][0]["status"]["response"], json!(response));
        let message = inbox(&face, ANA).await.pop().expect("message");
        assert_eq!(message["meetingMessageType"], json!(class));
        assert_eq!(message["subject"], json!(subject));
    }
    assert_eq!(calendar(&face, LI).await[0]["showAs"], json!("busy"));
    // An answer holds until the time changes.
    patch(&face, ANA, &own["id"], json!({ "subject": "Renewal 2" })).await;
    assert_eq!(calendar(&face, LI).await[0]["responseStatus"]["response"], json!("accepted"));
    patch(&face, ANA, &own["id"], json!({ "end": at("2026-11-23", "11") })).await;
    assert_eq!(calendar(&face, LI).await[0]["responseStatus"]["response"], json!("notResponded"));
    let before = inbox(&face, ANA).await.len();
    act(&face, LI, &copy["id"], "decline", json!({ "sendResponse": false })).await;
    assert_eq!(inbox(&face, ANA).await.len(), before);
    assert!(calendar(&face, LI).await.is_empty());
    let url = format!("{}/accept", url(ANA, &own["id"]));
    face.ask("POST", &url).json(&json!({})).send().await.expect(400);
}

#[tokio::test]
async fn a_series_reaches_attendees_as_a_series_and_its_times_one_by_one() {
    let face = Face::new().await;
    let mut body = meeting();
    body["recurrence"] = json!({
        "pattern": { "type": "weekly", "interval": 1, "daysOfWeek": ["monday"] },
        "range": { "type": "numbered", "startDate": "2026-11-23", "numberOfOccurrences": 3 },
    });
    let own = made(&face, &body).await;
    let (mine, theirs) = (calendar(&face, ANA).await, calendar(&face, LI).await);
    assert_eq!((mine.len(), theirs.len(), sent(&face).await.len()), (3, 3, 1));
    for (one, other) in mine.iter().zip(&theirs) {
        assert_eq!(one["iCalUId"], other["iCalUId"]);
        assert_eq!(other["type"], json!("occurrence"));
    }
    patch(&face, ANA, &mine[0]["id"], json!({ "categories": ["A"] })).await;
    assert_eq!(sent(&face).await.len(), 1, "an exception by its category alone concerns nobody");
    patch(&face, ANA, &mine[1]["id"], json!({ "location": { "displayName": "Room 2" } })).await;
    let after = calendar(&face, LI).await;
    assert_eq!(
        (&after[1]["type"], &after[1]["location"]["displayName"]),
        (&json!("exception"), &json!("Room 2"))
    );
    assert_eq!(after[0]["type"], json!("occurrence"));
    act(&face, ANA, &mine[2]["id"], "cancel", json!({})).await;
    let after = calendar(&face, LI).await;
    assert_eq!((&after[2]["type"], &after[2]["isCancelled"]), (&json!("exception"), &json!(true)));
    assert_eq!(calendar(&face, ANA).await.len(), 2);
    act(&face, LI, &after[0]["id"], "decline", json!({})).await;
    assert_eq!(calendar(&face, LI).await.len(), 2);
    let read = face.get(&url(ANA, &mine[0]["id"])).send().await.expect(200).json;
    assert_eq!(read["attendees"][0]["status"]["response"], json!("declined"));
    let read = face.get(&url(ANA, &own["id"])).send().await.expect(200).json;
    assert_eq!(read["attendees"][0]["status"]["response"], json!("none"));
    let other = json!({ "recurrence": {
        "pattern": { "type": "daily", "interval": 1 },
        "range": { "type": "numbered", "startDate": "2026-11-23", "numberOfOccurrences": 2 },
    } });
    patch(&face, ANA, &own["id"], other).await;
    let after = calendar(&face, LI).await;
    assert_eq!(
        after.iter().map(|one| &one["type"]).collect::<Vec<_>>(),
        ["occurrence", "occurrence"]
    );
    face.ask("DELETE", &url(ANA, &own["id"])).send().await.expect(204);
    assert!(calendar(&face, LI).await.iter().all(|one| one["isCancelled"] == json!(true)));
}

#[tokio::test]
async fn who_is_invited_to_one_time_alone_has_an_event_of_its_own() {
    let face = Face::new().await;
    let mut body = meeting();
    body["attendees"] = json!([address(OUTSIDE)]);
    body["recurrence"] = json!({
        "pattern": { "type": "daily", "interval": 1 },
        "range": { "type": "numbered", "startDate": "2026-11-23", "numberOfOccurrences": 3 },
    });
    made(&face, &body).await;
    let second = calendar(&face, ANA).await[1].clone();
    let attendees = json!({ "attendees": [address(OUTSIDE), address(LI)] });
    patch(&face, ANA, &second["id"], attendees).await;
    let copy = calendar(&face, LI).await;
    assert_eq!((copy.len(), &copy[0]["type"]), (1, &json!("singleInstance")));
    assert_eq!(copy[0]["iCalUId"], second["iCalUId"]);
    patch(&face, ANA, &second["id"], json!({ "subject": "Other" })).await;
    let copy = calendar(&face, LI).await;
    assert_eq!((copy.len(), &copy[0]["subject"]), (1, &json!("Other")));
}

#[tokio::test]
async fn an_invitation_can_be_sent_on() {
    let face = Face::new().await;
    let mut body = meeting();
    body["attendees"] = json!([address(OUTSIDE)]);
    let own = made(&face, &body).await;
    let to = json!({ "ToRecipients": [{ "emailAddress": { "address": LI } }], "Comment": "fyi" });
    act(&face, ANA, &own["id"], "forward", to).await;
    assert_eq!(calendar(&face, LI).await.len(), 1);
    let read = face.get(&url(ANA, &own["id"])).send().await.expect(200).json;
    assert_eq!(read["attendees"].as_array().expect("list").len(), 2);
    face.ask("POST", &format!("{}/forward", url(ANA, &own["id"])))
        .json(&json!({}))
        .send()
        .await
        .expect(400);
}

#[tokio::test]
async fn reminders_are_put_off_and_dismissed_and_too_many_attendees_refused() {
    let face = Face::new().await;
    let own = made(&face, &meeting()).await;
    let snooze = json!({ "newReminderTime": at("2026-11-23", "08") });
    let act = async |word: &str, body: &Value| {
        let url = format!("{}/{word}", url(ANA, &own["id"]));
        let status = face.ask("POST", &url).json(body).send().await.status;
        assert!(status < 300, "{word}: {status}");
        face.get(&self::url(ANA, &own["id"])).send().await.expect(200).json
    };
    let read = act("snoozeReminder", &snooze).await;
    assert_eq!(
        (&read["isReminderOn"], &read["reminderMinutesBeforeStart"]),
        (&json!(true), &json!(60))
    );
    assert_eq!(act("dismissReminder", &json!({})).await["isReminderOn"], json!(false));
    assert_eq!(sent(&face).await.len(), 1);
    let many: Vec<Value> = (0..501).map(|n| address(&format!("p{n}@contoso.test"))).collect();
    let mut body = meeting();
    body["attendees"] = json!(many);
    face.ask("POST", &format!("/users/{ANA}/events")).json(&body).send().await.expect(400);
    assert_eq!(sent(&face).await.len(), 1);
}
