//! iCalendar files that are imported.

mod face;

use face::{ANA, Answer, Face, LI, encoded, outside};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// Units: how long one file may take. The largest of the corpus has 180 events.
const TIME_MAX: Duration = Duration::from_secs(20);

async fn import(face: &Face, text: impl Into<Vec<u8>>) -> Answer {
    let url = format!("/sandbox/v1/users/{LI}/import");
    face.ask("POST", &url).body("text/calendar; charset=utf-8", text).send().await
}

fn calendar(components: &str) -> String {
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{components}END:VCALENDAR\r\n")
        .replace('\n', "\r\n")
        .replace("\r\r", "\r")
}

fn event(lines: &str) -> String {
    format!("BEGIN:VEVENT\nUID:u@contoso.test\nDTSTAMP:20261101T000000Z\n{lines}END:VEVENT\n")
}

async fn events(face: &Face, query: &str) -> Vec<Value> {
    let url = format!("/users/{LI}/events?$top=100{query}");
    face.get(&url).send().await.expect(200).values().to_vec()
}

async fn view(face: &Face, from: &str, to: &str) -> Vec<Value> {
    let window = format!("startDateTime={from}T00:00:00Z&endDateTime={to}T00:00:00Z");
    let url = format!("/users/{LI}/calendarView?{window}&$top=100");
    face.get(&url).send().await.expect(200).values().to_vec()
}

#[tokio::test]
async fn an_event_has_all_that_its_component_says() {
    let face = Face::new().await;
    let text = calendar(&event(
        "SUMMARY:Renewal\nDTSTART;TZID=W. Europe Standard Time:20261123T090000\nDURATION:PT90M\nDESCRIPTION:plain\nX-ALT-DESC;FMTTYPE=text/html:<p>rich</p>\nLOCATION:Bar\nCLASS:PRIVATE\nPRIORITY:1\nX-MICROSOFT-CDO-BUSYSTATUS:OOF\nCATEGORIES:A,B\nORGANIZER;CN=Kim:mailto:kim@contoso.test\nATTENDEE;CN=Li;PARTSTAT=ACCEPTED:MAILTO:li.wei@fabrikam.test\nATTENDEE;ROLE=OPT-PARTICIPANT:mailto:ana.ruiz@fabrikam.test\nATTENDEE;CUTYPE=ROOM:mailto:room@contoso.test\nBEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT30M\nEND:VALARM\n",
    ));
    let made = import(&face, text.clone()).await.expect(201);
    assert_eq!(made.json["count"], json!(1));
    let all = events(&face, "").await;
    let one = &all[0];
    for (name, wanted) in [
        ("subject", json!("Renewal")),
        ("iCalUId", json!("u@contoso.test")),
        ("start", json!({ "dateTime": "2026-11-23T08:00:00.0000000", "timeZone": "UTC" })),
        ("end", json!({ "dateTime": "2026-11-23T09:30:00.0000000", "timeZone": "UTC" })),
        ("originalStartTimeZone", json!("W. Europe Standard Time")),
        ("bodyPreview", json!("rich")),
        ("sensitivity", json!("private")),
        ("importance", json!("high")),
        ("showAs", json!("oof")),
        ("categories", json!(["A", "B"])),
        ("isOrganizer", json!(false)),
        ("isReminderOn", json!(true)),
        ("reminderMinutesBeforeStart", json!(30)),
    ] {
        assert_eq!(one[name], wanted, "{name}");
    }
    assert_eq!(
        one["organizer"]["emailAddress"],
        json!({ "name": "Kim", "address": "kim@contoso.test" })
    );
    assert_eq!(one["responseStatus"]["response"], json!("accepted"));
    assert_eq!(one["location"]["displayName"], json!("Bar"));
    let kinds: Vec<&Value> =
        one["attendees"].as_array().expect("list").iter().map(|one| &one["type"]).collect();
    assert_eq!(kinds, ["required", "optional", "resource"]);
    assert!(
        face.get("/sandbox/v1/sent").send().await.json["sent"].as_array().expect("list").is_empty()
    );
    let url = format!("/users/{ANA}/events");
    assert!(face.get(&url).send().await.expect(200).values().is_empty(), "nobody is told");
    let again = import(&face, text).await.expect(422);
    assert_eq!(
        again.json["refusals"],
        json!(["event 1: the mailbox has an event with this UID already"])
    );
}

#[tokio::test]
async fn a_series_has_its_exceptions_and_cancelled_days() {
    let face = Face::new().await;
    let series = event(
        "SUMMARY:Stand-up\nDTSTART;TZID=Europe/Berlin:20261019T090000\nDTEND;TZID=Europe/Berlin:20261019T093000\nRRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL=20261109T080000Z\nEXDATE;TZID=Europe/Berlin:20261102T090000\n",
    );
    // Apple calls off the time that it replaces.
    let series = series.replace("EXDATE", "EXDATE;TZID=Europe/Berlin:20261026T090000\nEXDATE");
    let exception = event(
        "SUMMARY:Special\nRECURRENCE-ID;TZID=Europe/Berlin:20261026T090000\nDTSTART;TZID=Europe/Berlin:20261027T090000\nDTEND;TZID=Europe/Berlin:20261027T093000\n",
    );
    import(&face, calendar(&(exception + &series))).await.expect(201);
    let all = view(&face, "2026-10-01", "2026-12-01").await;
    let shown: Vec<(&str, &str)> = all
        .iter()
        .map(|one| {
            (
                one["type"].as_str().expect("type"),
                one["start"]["dateTime"].as_str().expect("start").get(..16).expect("time"),
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("occurrence", "2026-10-19T07:00"),
            ("exception", "2026-10-27T08:00"),
            ("occurrence", "2026-11-09T08:00")
        ]
    );
    let master =
        events(&face, "&$expand=exceptionOccurrences&$select=cancelledOccurrences,recurrence")
            .await;
    assert_eq!(master[0]["exceptionOccurrences"][0]["subject"], json!("Special"));
    assert_eq!(master[0]["cancelledOccurrences"].as_array().expect("list").len(), 1);
    assert_eq!(master[0]["recurrence"]["range"]["endDate"], json!("2026-11-09"));
}

#[tokio::test]
async fn rules_become_patterns_or_are_refused_by_name() {
    for (start, rule, wanted) in [
        ("20261123", "FREQ=DAILY;INTERVAL=2;COUNT=5", Ok("daily")),
        ("20261123", "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", Ok("weekly")),
        ("20261123", "FREQ=WEEKLY", Ok("weekly")),
        ("20261123", "FREQ=MONTHLY", Ok("absoluteMonthly")),
        ("20261130", "FREQ=MONTHLY;BYMONTHDAY=-1", Ok("absoluteMonthly")),
        ("20261123", "FREQ=MONTHLY;BYDAY=4MO", Ok("relativeMonthly")),
        ("20261130", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", Ok("relativeMonthly")),
        ("20261123", "FREQ=YEARLY", Ok("absoluteYearly")),
        ("20261126", "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH", Ok("relativeYearly")),
        ("20261123", "FREQ=HOURLY", Err("FREQ=HOURLY")),
        ("20261123", "FREQ=MONTHLY;BYMONTHDAY=1,15", Err("several days of a month")),
        ("20261123", "FREQ=MONTHLY;BYMONTHDAY=-3", Err("counted from the end")),
        ("20261123", "FREQ=YEARLY;BYWEEKNO=48", Err("BYWEEKNO")),
        ("20261123", "FREQ=YEARLY;BYYEARDAY=1", Err("BYYEARDAY")),
        ("20261123", "FREQ=YEARLY;BYMONTH=1,7", Err("several months")),
        ("20261123", "FREQ=MONTHLY;BYDAY=5MO", Err("first to fourth or last")),
        ("20261123", "FREQ=WEEKLY;BYDAY=TU", Err("not the first time")),
        ("20261123", "FREQ=DAILY;COUNT=1000", Err("1000 occurrences")),
        ("20261123", "FREQ=DAILY;BYHOUR=9,10", Err("BYHOUR")),
    ] {
        let face = Face::new().await;
        let text = calendar(&event(&format!(
            "SUMMARY:x\nDTSTART:{start}T090000Z\nDTEND:{start}T100000Z\nRRULE:{rule}\n"
        )));
        let answer = import(&face, text).await;
        match wanted {
            Ok(kind) => {
                answer.expect(201);
                let all = events(&face, "").await;
                assert_eq!(all[0]["recurrence"]["pattern"]["type"], json!(kind), "{rule}");
            }
            Err(part) => {
                let lines = answer.expect(422).json["refusals"].clone();
                let line = lines[0].as_str().expect("line");
                assert!(line.starts_with("event 1: ") && line.contains(part), "{rule}: {line}");
                assert!(events(&face, "").await.is_empty(), "nothing was imported");
            }
        }
    }
}

#[tokio::test]
async fn whole_days_zones_and_tasks_are_kept() {
    let face = Face::new().await;
    let zone = "BEGIN:VTIMEZONE\nTZID:Customized\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0545\nTZOFFSETTO:+0545\nEND:STANDARD\nEND:VTIMEZONE\n";
    let day =
        "BEGIN:VEVENT\nSUMMARY:Day\nDTSTART;VALUE=DATE:20261123\nTRANSP:TRANSPARENT\nEND:VEVENT\n";
    let odd = "BEGIN:VEVENT\nSUMMARY:Odd\nDTSTART;TZID=Customized:20261123T090000\nEND:VEVENT\n";
    let task =
        "BEGIN:VTODO\nSUMMARY:Call\nDUE:20261124T090000Z\nPRIORITY:9\nCATEGORIES:A\nEND:VTODO\n";
    import(&face, calendar(&format!("{zone}{day}{odd}{task}"))).await.expect(201);
    let all = events(&face, "&$orderby=subject").await;
    assert_eq!((&all[0]["isAllDay"], &all[0]["showAs"]), (&json!(true), &json!("free")));
    assert_eq!(all[0]["end"]["dateTime"], json!("2026-11-24T00:00:00.0000000"));
    assert_eq!(all[1]["start"]["dateTime"], json!("2026-11-23T03:15:00.0000000"));
    let lists = face.get(&format!("/users/{LI}/todo/lists")).send().await.expect(200);
    let id = lists.values().iter().find(|one| one["wellknownListName"] == json!("defaultList"));
    let id = encoded(id.expect("list")["id"].as_str().expect("id"));
    let tasks = face.get(&format!("/users/{LI}/todo/lists/{id}/tasks")).send().await.expect(200);
    let task = &tasks.values()[0];
    assert_eq!(
        (&task["title"], &task["importance"], &task["categories"]),
        (&json!("Call"), &json!("low"), &json!(["A"]))
    );
    assert_eq!(
        task["dueDateTime"]["dateTime"].as_str().expect("due").get(..10),
        Some("2026-11-24")
    );
}

#[tokio::test]
async fn what_cannot_be_kept_is_one_line_each_and_nothing_is_imported() {
    let face = Face::new().await;
    let good = "BEGIN:VEVENT\nSUMMARY:Good\nDTSTART:20261123T090000Z\nEND:VEVENT\n";
    let bad = "BEGIN:VEVENT\nSUMMARY:No start\nEND:VEVENT\nBEGIN:VEVENT\nDTSTART;TZID=Nowhere:20261123T090000\nEND:VEVENT\nBEGIN:VEVENT\nDTSTART:20261123T090000Z\nDTEND:20261122T090000Z\nEND:VEVENT\nBEGIN:VJOURNAL\nSUMMARY:x\nEND:VJOURNAL\n";
    let answer = import(&face, calendar(&format!("{good}{bad}"))).await.expect(422);
    assert_eq!(
        answer.json["refusals"],
        json!([
            "event 2: DTSTART is missing",
            "event 3: DTSTART is in a time zone that is neither known nor defined",
            "event 4: it ends before it starts",
            "journal 5: a mailbox keeps no journals",
        ])
    );
    assert!(answer.json["detail"].as_str().expect("detail").contains("4 of 5"), "{}", answer.text);
    assert!(events(&face, "").await.is_empty());
    for empty in ["", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "\u{0}\u{1}", "BEGIN:VEVENT"] {
        assert_eq!(
            import(&face, empty).await.expect(422).json["refusals"]
                .as_array()
                .expect("lines")
                .len(),
            1
        );
    }
    let url = "/sandbox/v1/users/nobody@fabrikam.test/import";
    face.ask("POST", url).body("text/calendar", calendar(good)).send().await.expect(404);
    let many = good.repeat(10_001);
    assert_eq!(
        import(&face, calendar(&many)).await.expect(422).json["refusals"]
            .as_array()
            .expect("lines")
            .len(),
        1
    );
}

#[tokio::test]
async fn every_file_of_the_corpus_is_imported_or_refused_line_by_line() {
    let Some(folder) = outside("EARMARK_CORPUS", "../shared/corpus") else { return };
    let mut files: Vec<_> = std::fs::read_dir(folder.join("calendar"))
        .expect("calendar files")
        .map(|entry| entry.expect("entry").path())
        .collect();
    files.sort();
    assert!(files.len() > 300, "the corpus is complete");
    let (mut imported, mut refused, mut items) = (0, 0, 0);
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for path in &files {
        let name = path.file_name().expect("name").to_string_lossy().into_owned();
        let raw = std::fs::read(path).expect("readable");
        let upper = String::from_utf8_lossy(&raw).to_uppercase();
        let kinds = ["VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VAVAILABILITY"];
        let components: usize =
            kinds.iter().map(|kind| upper.matches(&format!("BEGIN:{kind}")).count()).sum();
        let face = Face::new().await;
        let began = Instant::now();
        let answer = import(&face, raw).await;
        match answer.status {
            201 => {
                imported += 1;
                let count = answer.json["count"].as_u64().expect("count");
                assert!(count > 0, "{name}");
                items += count;
                // What was imported can be read.
                events(&face, "&$expand=exceptionOccurrences").await;
                let list = events(&face, "").await;
                let first = list.first().and_then(|one| one["start"]["dateTime"].as_str());
                let day = first.map_or("2026-01-01", |text| &text[..10]);
                let year: i32 = day[..4].parse().expect("year");
                view(&face, day, &format!("{:04}{}", (year + 1).min(9999), "-03-01")).await;
            }
            422 => {
                refused += 1;
                let lines = answer.json["refusals"].as_array().expect("lines");
                assert!(!lines.is_empty(), "{name}: refused without a line");
                assert!(lines.len() <= components.max(1), "{name}: {lines:#?}");
                for line in lines {
                    let line = line.as_str().expect("text");
                    assert!(!line.contains('\n') && line.len() < 200, "{name}: {line}");
                    let numbered = line
                        .split_once(": ")
                        .filter(|(start, _)| start.ends_with(|c: char| c.is_ascii_digit()));
                    let reason = numbered.map_or(line, |(_, reason)| reason);
                    *reasons.entry(reason.to_owned()).or_default() += 1;
                }
            }
            other => panic!("{name}: {other} {}", answer.text),
        }
        assert!(began.elapsed() < TIME_MAX, "{name} took {:?}", began.elapsed());
    }
    println!("{} files: {imported} imported with {items} items, {refused} refused", files.len());
    for (reason, count) in &reasons {
        println!("{count:5}  {reason}");
    }
    assert!(imported >= 150, "only {imported} files can be imported");
}
