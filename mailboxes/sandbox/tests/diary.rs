//! What a person does in a calendar program.

mod face;

use earmark_model::{Recurrence, RecurrenceEnd, RecurrencePattern};
use earmark_sandbox::{Address, ImportError, NewAppointment};
use face::{ANA, Face, LI};

/// 23 November 2026, nine o'clock in UTC.
const NINE: i64 = 1_795_424_400_000;
const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

fn call() -> NewAppointment {
    NewAppointment {
        subject: "Call".to_owned(),
        start_ms: NINE,
        end_ms: NINE + HOUR,
        time_zone: "W. Europe Standard Time".to_owned(),
        required: vec![Address { name: String::new(), address: LI.to_owned() }],
        ..NewAppointment::default()
    }
}

fn daily() -> NewAppointment {
    let recurrence = Recurrence {
        pattern: RecurrencePattern::Daily { interval: 1 },
        start: jiff::civil::date(2026, 11, 23),
        end: RecurrenceEnd::After(3),
        time_zone: "W. Europe Standard Time".to_owned(),
    };
    NewAppointment { recurrence: Some(recurrence), ..call() }
}

#[tokio::test]
async fn a_person_makes_categorizes_moves_and_deletes_a_meeting() {
    let face = Face::new().await;
    let sandbox = &face.sandbox;
    let id = sandbox.create_event(ANA, call()).await.expect("made");
    let theirs = sandbox.events(LI).await.expect("events").remove(0);
    assert_eq!((theirs.subject.as_str(), theirs.is_organizer), ("Call", false));
    sandbox.set_event_categories(LI, &theirs.id, vec!["A".to_owned()]).await.expect("set");
    sandbox.move_event(ANA, &id, NINE + DAY, NINE + DAY + HOUR).await.expect("moved");
    let theirs = sandbox.events(LI).await.expect("events").remove(0);
    assert_eq!((theirs.start_ms, theirs.categories), (NINE + DAY, vec!["A".to_owned()]));
    assert_eq!(sandbox.sent().await.expect("sent").len(), 2, "a category is told to nobody");
    sandbox.delete_event(ANA, &id).await.expect("deleted");
    assert!(sandbox.events(ANA).await.expect("events").is_empty());
    assert!(sandbox.events(LI).await.expect("events")[0].is_cancelled);
    let wrong = NewAppointment { time_zone: "Nowhere".to_owned(), ..call() };
    assert_eq!(sandbox.create_event(ANA, wrong).await.expect_err("zone").status, 400);
}

#[tokio::test]
async fn a_person_works_on_the_times_of_a_series() {
    let face = Face::new().await;
    let sandbox = &face.sandbox;
    let id = sandbox.create_event(ANA, daily()).await.expect("made");
    sandbox.set_event_categories(ANA, &id, vec!["A".to_owned()]).await.expect("set");
    let view = async || sandbox.calendar_view(ANA, NINE - DAY, NINE + 9 * DAY).await.expect("view");
    let times = view().await;
    assert_eq!(times.len(), 3);
    assert!(times.iter().all(|one| one.kind == "occurrence" && one.categories == ["A"]));
    sandbox.set_event_categories(ANA, &times[1].id, Vec::new()).await.expect("set");
    sandbox.delete_event(ANA, &times[2].id).await.expect("deleted");
    let after = view().await;
    assert_eq!(after.len(), 2);
    assert_eq!((after[1].kind, after[1].categories.len()), ("exception", 0));
    assert_eq!((&after[1].id, &after[1].ical_uid), (&times[1].id, &times[0].ical_uid));
    assert_eq!(sandbox.events(ANA).await.expect("events").len(), 1);
}

#[tokio::test]
async fn a_file_is_imported_whole_or_not_at_all() {
    let face = Face::new().await;
    let event = "BEGIN:VEVENT\r\nDTSTART:20261123T090000Z\r\nEND:VEVENT\r\n";
    let ids = face.sandbox.import_calendar(ANA, event.into()).await.expect("imported");
    assert_eq!(ids.len(), 1);
    let bad = format!("{event}BEGIN:VEVENT\r\nEND:VEVENT\r\n");
    match face.sandbox.import_calendar(ANA, bad.into()).await {
        Err(ImportError::Lines { lines, count }) => assert_eq!((lines.len(), count), (1, 2)),
        other => panic!("{other:?}"),
    }
    assert_eq!(face.sandbox.events(ANA).await.expect("events").len(), 1);
    let nobody = face.sandbox.import_calendar("nobody@fabrikam.test", event.into()).await;
    assert!(matches!(nobody, Err(ImportError::Refused(refusal)) if refusal.status == 404));
}
