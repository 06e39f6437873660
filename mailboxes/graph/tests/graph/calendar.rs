//! Single events, masters and exceptions.

use crate::script::{World, batch, error, ok, world};
use earmark_mailbox_port::{Detail, ItemRead, Scope};
use earmark_model::{CategoryName, Failure, FailureClass, ItemHandle, ItemKind, ObservedItem};
use serde_json::{Value, json};

const TRACKED: &str = "Tracked to Dynamics 365";
const HOME: &str = "/users/anna@example.test";
const SELECT: &str = "id,categories,changeKey,createdDateTime,lastModifiedDateTime,type,iCalUId,seriesMasterId,originalStart,originalStartTimeZone,isAllDay,isOrganizer";

fn event(id: &str, event_type: &str, categories: &[&str]) -> Value {
    json!({
        "@odata.etag": format!("W/\"{id}1\""), "id": id, "type": event_type,
        "categories": categories, "iCalUId": format!("uid-{id}"), "isOrganizer": true,
        "isAllDay": false, "originalStartTimeZone": "W. Europe Standard Time",
    })
}

fn exception(id: &str, master: &str, start: &str, categories: &[&str]) -> Value {
    let mut event = event(id, "exception", categories);
    event["seriesMasterId"] = json!(master);
    event["originalStart"] = json!(start);
    event
}

fn page(events: &[Value]) -> String {
    json!({ "value": events }).to_string()
}

async fn bearing(world: &World, names: &[&str]) -> Result<Vec<ObservedItem>, Failure> {
    let names: Vec<_> = names.iter().map(|name| CategoryName::new(*name)).collect();
    world.anna().bearing(Scope::Calendar, &names).await
}

/// The addresses in a batch, decoded.
fn asked(body: &str) -> Vec<String> {
    let body: Value = serde_json::from_str(body).expect("json");
    let url = |request: &Value| {
        let url = request["url"].as_str().expect("url").to_owned();
        percent_encoding::percent_decode_str(&url).decode_utf8_lossy().into_owned()
    };
    body["requests"].as_array().expect("list").iter().map(url).collect()
}

#[tokio::test]
async fn a_sweep_is_two_requests_in_one_and_has_no_occurrences() {
    let world = world();
    let events = page(&[
        event("S", "singleInstance", &[TRACKED]),
        event("M", "seriesMaster", &["red", "tracked to dynamics 365"]),
    ]);
    let view = page(&[
        event("S", "singleInstance", &[TRACKED]),
        event("O", "occurrence", &[TRACKED]),
        exception("X", "M", "2026-11-30T08:00:00Z", &[TRACKED]),
        event("lone", "exception", &[TRACKED]),
    ]);
    world.script.answers(ok(&batch(&[(0, 200, &events), (1, 200, &view)])));
    let items = bearing(&world, &[TRACKED]).await.expect("items");
    let shown: Vec<_> = items.iter().map(|item| (item.handle.as_str(), item.is_series)).collect();
    assert_eq!(shown, [("M", true), ("S", false), ("X", false), ("lone", false)]);
    assert_eq!(items[3].ical_uid.as_deref(), Some("uid-lone"));
    assert_eq!(items[3].series, None);
    assert_eq!(items[1].kind, ItemKind::Appointment);
    assert_eq!(items[1].ical_uid.as_deref(), Some("uid-S"));
    assert_eq!(items[1].version.as_str(), "W/\"S1\"");
    assert!(items[1].is_organizer && items[1].series.is_none());
    let member = items[2].series.as_ref().expect("series");
    assert_eq!(member.master.as_str(), "M");
    assert_eq!(member.original_start.to_string(), "2026-11-30T08:00:00Z");
    assert_eq!(items[2].ical_uid.as_deref(), Some("uid-M"));
    let sent = world.script.take();
    assert_eq!(sent.len(), 1);
    let filter = format!("$filter=categories/any(c:c eq '{TRACKED}')&$select={SELECT}&$top=500");
    assert_eq!(
        asked(&sent[0].body),
        [
            format!("{HOME}/events?{filter}"),
            format!(
                "{HOME}/calendarView?startDateTime=2026-10-23T10:00:00Z&endDateTime=2027-05-21T10:00:00Z&{filter}"
            ),
        ]
    );
}

#[tokio::test]
async fn every_page_of_both_is_read_and_names_come_once() {
    let world = world();
    let next = |path: &str| format!("https://graph.example.test/v1.0{HOME}/{path}");
    let first = |events: &[Value], path: &str| {
        json!({ "value": events, "@odata.nextLink": next(path) }).to_string()
    };
    let events = first(&[event("A", "singleInstance", &["Red", "Blue"])], "events?$skip=1");
    let view = first(&[], "calendarView?$skip=1");
    let again = page(&[event("A", "singleInstance", &["Red", "Blue"])]);
    let empty = page(&[]);
    let parts = [(0, 200, again.as_str()), (1, 200, &events), (2, 200, &empty), (3, 200, &view)];
    world.script.answers(ok(&batch(&parts)));
    world.script.answers(ok(&page(&[event("B", "singleInstance", &["Red"])])));
    world.script.answers(ok(&page(&[exception("X", "A", "2026-11-30T08:00:00Z", &["Red"])])));
    world.script.answers(ok(&event("A", "seriesMaster", &[]).to_string()));
    let items = bearing(&world, &["Red", "Blue", "Red"]).await.expect("items");
    let shown: Vec<_> = items.iter().map(|item| item.handle.as_str()).collect();
    assert_eq!(shown, ["A", "B", "X"]);
    let lines = world.script.lines();
    assert_eq!(lines[1], format!("GET {HOME}/events?$skip=1"));
    assert_eq!(lines[2], format!("GET {HOME}/calendarView?$skip=1"));
    assert_eq!(bearing(&world, &[]).await, Ok(Vec::new()));
    assert!(world.script.lines().is_empty());
}

#[tokio::test]
async fn a_series_that_is_not_known_is_read_once() {
    let world = world();
    let mut master = event("M", "seriesMaster", &[]);
    master["isAllDay"] = json!(true);
    let view = page(&[
        exception("X", "M", "2026-11-30T00:00:00Z", &[TRACKED]),
        exception("Y", "lost", "2026-11-30T00:00:00Z", &[TRACKED]),
    ]);
    let sweep = batch(&[(0, 200, r#"{"value":[]}"#), (1, 200, &view)]);
    let gone = r#"{"error":{"code":"ErrorItemNotFound"}}"#;
    world.script.answers(ok(&sweep));
    world.script.answers(ok(&batch(&[(0, 200, &master.to_string()), (1, 404, gone)])));
    let items = bearing(&world, &[TRACKED]).await.expect("items");
    assert_eq!(items.len(), 1, "an exception ends with its series");
    assert_eq!(items[0].ical_uid.as_deref(), Some("uid-M"));
    // A day of a series in Berlin begins at its midnight.
    let start = items[0].series.as_ref().map(|series| series.original_start.to_string());
    assert_eq!(start.as_deref(), Some("2026-11-29T23:00:00Z"));
    assert_eq!(asked(&world.script.take()[1].body)[0], format!("{HOME}/events/M?$select={SELECT}"));
    world.script.answers(ok(&sweep.replace("lost", "M")));
    assert_eq!(bearing(&world, &[TRACKED]).await.expect("items").len(), 2);
    assert_eq!(world.script.lines().len(), 1);
}

#[tokio::test]
async fn a_refused_filter_of_the_view_is_not_asked_for_again_within_an_hour() {
    let world = world();
    let events = page(&[]);
    let view = page(&[
        event("O", "occurrence", &[TRACKED]),
        exception("X", "M", "2026-11-30T08:00:00Z", &[TRACKED]),
        exception("Z", "M", "2026-12-07T08:00:00Z", &[]),
    ]);
    let refusal = r#"{"error":{"code":"ErrorInvalidUrlQueryFilter"}}"#;
    world.script.answers(ok(&batch(&[(0, 200, &events), (1, 400, refusal)])));
    world.script.answers(ok(&view));
    world.script.answers(ok(&event("M", "seriesMaster", &[]).to_string()));
    assert_eq!(bearing(&world, &[TRACKED]).await.expect("items").len(), 1);
    let line = &world.script.lines()[1];
    assert!(line.starts_with(&format!("GET {HOME}/calendarView?start")), "{line}");
    assert!(!line.contains("$filter"), "{line}");
    world.script.answers(ok(&batch(&[(0, 200, &events), (1, 200, &view)])));
    assert_eq!(bearing(&world, &[TRACKED]).await.expect("items").len(), 1);
    let sent = world.script.take();
    assert!(sent.len() == 1 && !asked(&sent[0].body)[1].contains("$filter"));
    world.clock.advance(3_600);
    world.script.answers(ok(&batch(&[(0, 200, &events), (1, 200, &view)])));
    bearing(&world, &[TRACKED]).await.expect("items");
    assert!(asked(&world.script.take()[0].body)[1].contains("$filter"));
}

#[tokio::test]
async fn any_other_refusal_of_a_part_fails_the_whole() {
    let denied = r#"{"error":{"code":"ErrorAccessDenied"}}"#;
    let missing = r#"{"error":{"code":"ErrorItemNotFound"}}"#;
    let bad = r#"{"error":{"code":"ErrorInvalidUrlQueryFilter"}}"#;
    let empty = r#"{"value":[]}"#;
    for (parts, class) in [
        ([(0, 200, empty), (1, 503, "{}")], FailureClass::Unavailable),
        ([(0, 200, empty), (1, 403, denied)], FailureClass::ScopeUnreadable),
        ([(0, 404, missing), (1, 404, missing)], FailureClass::ScopeUnreadable),
        ([(0, 400, bad), (1, 200, empty)], FailureClass::Bug),
        ([(0, 200, "{}"), (1, 200, empty)], FailureClass::Bug),
        (
            [(0, 200, empty), (1, 200, r#"{"value":[{"type":"exception","categories":[]}]}"#)],
            FailureClass::Bug,
        ),
    ] {
        let world = world();
        world.script.answers(ok(&crate::script::silent_batch(&parts)));
        let failure = bearing(&world, &[TRACKED]).await.expect_err("failure");
        assert_eq!(failure.class, class, "{parts:?}");
    }
}

#[tokio::test]
async fn patience_that_a_part_asks_for_pauses_the_mailbox() {
    let world = world();
    let throttled = r#"{"error":{"code":"ApplicationThrottled"}}"#;
    world.script.answers(ok(&batch(&[(0, 200, r#"{"value":[]}"#), (1, 429, throttled)])));
    let until = earmark_model::Clock::now(&*world.clock).plus(std::time::Duration::from_secs(7));
    let wanted = FailureClass::Throttled { until: Some(until) };
    for _ in 0..2 {
        assert_eq!(bearing(&world, &[TRACKED]).await.expect_err("throttled").class, wanted);
    }
    assert_eq!(world.script.lines().len(), 1);
}

#[tokio::test]
async fn an_event_of_which_a_list_shows_too_little_is_read_by_id() {
    let world = world();
    let partial = page(&[json!({"id": "A", "type": "singleInstance"}), json!({"id": "B"})]);
    world.script.answers(ok(&batch(&[(0, 200, &partial), (1, 200, r#"{"value":[]}"#)])));
    let whole = event("A", "singleInstance", &[TRACKED]).to_string();
    let occurrence = event("B", "occurrence", &[TRACKED]).to_string();
    world.script.answers(ok(&batch(&[(0, 200, &whole), (1, 200, &occurrence)])));
    let items = bearing(&world, &[TRACKED]).await.expect("items");
    assert_eq!((items.len(), items[0].handle.as_str()), (1, "A"));
}

#[tokio::test]
async fn events_are_read_by_id_and_occurrences_are_no_items() {
    let world = world();
    let anna = world.anna();
    let handles = ["S".into(), "gone".into(), "O".into(), "X".into()];
    let parts = [
        event("S", "singleInstance", &[]).to_string(),
        r#"{"error":{"code":"ErrorItemNotFound"}}"#.to_owned(),
        event("O", "occurrence", &[]).to_string(),
        exception("X", "M", "2026-11-30T08:00:00Z", &[]).to_string(),
    ];
    let statuses = [200, 404, 200, 200];
    let parts: Vec<_> = (0..4).map(|n| (n, statuses[n], parts[n].as_str())).collect();
    world.script.answers(ok(&batch(&parts)));
    world.script.answers(ok(&event("M", "seriesMaster", &[]).to_string()));
    let reads = anna.items(ItemKind::Appointment, &handles).await.expect("items");
    let shown: Vec<_> = reads
        .iter()
        .map(|read| match read {
            ItemRead::Found { item, .. } => Some(item.handle.as_str()),
            ItemRead::Gone => None,
        })
        .collect();
    assert_eq!(shown, [Some("S"), None, None, Some("X")]);
    world.script.answers(error(404, "MailboxNotEnabledForRESTAPI"));
    let read = anna.item(ItemKind::Appointment, &ItemHandle::from("S"), Detail::Summary).await;
    assert_eq!(read.expect_err("unreadable").class, FailureClass::ScopeUnreadable);
}

#[tokio::test]
async fn exceptions_of_a_series_come_with_and_without_categories() {
    let world = world();
    let anna = world.anna();
    world.script.take();
    let mut master = event("M", "seriesMaster", &[]);
    master["exceptionOccurrences"] = json!([
        exception("Y", "M", "2026-12-07T08:00:00Z", &[]),
        exception("X", "M", "2026-11-30T08:00:00Z", &[TRACKED]),
    ]);
    master["exceptionOccurrences@odata.nextLink"] = json!(format!(
        "https://graph.example.test/v1.0{HOME}/events/M/exceptionOccurrences?$skip=2"
    ));
    world.script.answers(ok(&master.to_string()));
    world.script.answers(ok(&page(&[exception("Z", "M", "2030-12-02T08:00:00Z", &[])])));
    let found = anna.exceptions(&"M".into()).await.expect("exceptions");
    let shown: Vec<_> = found.iter().map(|item| item.handle.as_str()).collect();
    assert_eq!(shown, ["X", "Y", "Z"]);
    assert!(found.iter().all(|item| item.ical_uid.as_deref() == Some("uid-M")));
    assert_eq!(
        world.script.lines()[0],
        format!("GET {HOME}/events/M?$select={SELECT}&$expand=exceptionOccurrences")
    );
    world.script.answers(error(404, "ErrorItemNotFound"));
    assert_eq!(anna.exceptions(&"M".into()).await, Ok(Vec::new()));
    world.script.answers(ok(&event("S", "singleInstance", &[]).to_string()));
    assert_eq!(anna.exceptions(&"S".into()).await, Ok(Vec::new()));
    world.script.answers(ok(&event("M", "seriesMaster", &[]).to_string()));
    assert_eq!(anna.exceptions(&"M".into()).await.expect_err("missing").code, "PartialItem");
}
