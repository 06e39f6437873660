//! `earmark import` of calendar files, as a script sees it.

mod world;

use serde_json::{Value, json};
use std::{
    path::Path,
    process::{Command, Output, Stdio},
};
use world::World;

const ANNA: &str = "anna@lindengrove.example";

/// One meeting and one task.
const GOOD: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Lindengrove//Test//EN\r\n\
    BEGIN:VEVENT\r\nUID:visit@lindengrove.example\r\nDTSTAMP:20260801T080000Z\r\n\
    DTSTART:20260814T090000Z\r\nDTEND:20260814T100000Z\r\nSUMMARY:Visit of the tile yard\r\n\
    END:VEVENT\r\nBEGIN:VTODO\r\nUID:figures@lindengrove.example\r\nDTSTAMP:20260801T080000Z\r\n\
    SUMMARY:Put the figures together\r\nEND:VTODO\r\nEND:VCALENDAR\r\n";

/// The first event of the file is fine, the second one ends before it starts.
const BAD: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Lindengrove//Test//EN\r\n\
    BEGIN:VEVENT\r\nUID:fine@lindengrove.example\r\nDTSTAMP:20260801T080000Z\r\n\
    DTSTART:20260815T090000Z\r\nDTEND:20260815T100000Z\r\nSUMMARY:Fine\r\nEND:VEVENT\r\n\
    BEGIN:VEVENT\r\nUID:never@lindengrove.example\r\nDTSTAMP:20260801T080000Z\r\n\
    DTSTART:20260815T090000Z\r\nDTEND:20260815T080000Z\r\nSUMMARY:Never\r\nEND:VEVENT\r\n\
    END:VCALENDAR\r\n";

const MESSAGE: &str = "From: Maya Lindqvist <maya@harbourlight.example>\r\n\
    To: anna@lindengrove.example\r\nSubject: A portal\r\n\
    Message-ID: <one@harbourlight.example>\r\nDate: Sat, 01 Aug 2026 10:00:00 +0000\r\n\r\nHello\r\n";

/// The demo answers in the same process meanwhile.
async fn import(root: &str, path: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_earmark"));
    command
        .args(["import", "--json", "--mailbox", ANNA, "--url", root])
        .arg(path)
        .env("EARMARK_TOKEN", "admin")
        .stdin(Stdio::null());
    let run = tokio::task::spawn_blocking(move || command.output());
    run.await.expect("not cancelled").expect("the binary starts")
}

#[tokio::test]
async fn a_folder_with_messages_and_calendars_is_imported_and_a_refused_file_leaves_nothing() {
    let folder = tempfile::tempdir().expect("folder");
    let world = World::empty().await;
    let user = json!({"mail": ANNA, "displayName": "Anna Berger"});
    world.admin("POST", "/sandbox/v1/users", user).await;

    let files = folder.path().join("files");
    std::fs::create_dir_all(files.join("inner")).expect("folder");
    for (name, content) in [("a.eml", MESSAGE), ("inner/good.ics", GOOD), ("inner/bad.ics", BAD)] {
        std::fs::write(files.join(name), content).expect("written");
    }
    let output = import(&world.root, &files).await;
    assert_eq!(output.status.code(), Some(7), "{output:?}");
    let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(
        (&told["imported"], &told["messages"], &told["calendarEntries"]),
        (&json!(3), &json!(1), &json!(2)),
        "{told}"
    );
    assert_eq!(told["refused"].as_array().map(Vec::len), Some(1), "{told}");
    let refused = &told["refused"][0];
    assert!(refused["file"].as_str().expect("a file").ends_with("bad.ics"), "{refused}");
    assert!(refused["why"].as_str().expect("a reason").contains("event 2"), "{refused}");

    let events = world.admin("GET", &format!("/graph/v1.0/users/{ANNA}/events"), Value::Null).await;
    let subjects: Vec<&Value> =
        events["value"].as_array().expect("a list").iter().map(|e| &e["subject"]).collect();
    assert_eq!(subjects, ["Visit of the tile yard"]);

    // The same file again: its events are there already.
    let again = import(&world.root, &files.join("inner/good.ics")).await;
    assert_eq!(again.status.code(), Some(1), "{again:?}");
    world.end().await;
}
