//! Series in the embedded CRM: columns, windows, daily expansion, edits by people.

mod world;

use earmark_crm_port::{Crm, CrmLink, Promoted, Updated};
use earmark_embedded::provision::Provisioned;
use earmark_embedded::request::{Filter, Key, Query};
use earmark_embedded::{
    Caller, CrmError, EmbeddedCrm, EmbeddedCrmPort, IfMatch, Request, Response, Row, Value,
};
use earmark_model::calendar::{Recurrence, RecurrenceEnd, RecurrencePattern, ShowAs, WeekIndex};
use earmark_model::{
    ActivityDraft, ActivityId, AppointmentContent, Body, BodyKind, Direction, Importance, Instant,
    ItemContent, ItemKind, MailboxId, PrincipalId,
};
use jiff::civil::{Date, Weekday, date};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;
use world::{child, create, made, read, row, text, update, user};

/// The world's clock starts on 15 January 2027 at 8:00 UTC.
const TODAY: Date = date(2027, 1, 15);

struct World {
    crm: Arc<EmbeddedCrm>,
    port: EmbeddedCrmPort,
    anna: Provisioned,
}

async fn world() -> World {
    let crm = world::crm();
    let port = EmbeddedCrmPort::new(Arc::clone(&crm), None);
    let anna = user(&crm, "anna@contoso.test", Some("Salesperson")).await;
    World { crm, port, anna }
}

fn at(text: &str) -> Instant {
    Instant::parse_rfc3339(text).expect("an instant")
}

fn recurrence(pattern: RecurrencePattern, start: Date, end: RecurrenceEnd) -> Recurrence {
    Recurrence { pattern, start, end, time_zone: "W. Europe Standard Time".to_owned() }
}

fn daily(end: RecurrenceEnd) -> Recurrence {
    recurrence(RecurrencePattern::Daily { interval: 1 }, TODAY, end)
}

impl World {
    fn draft(&self, start: &str, recurrence: Option<Recurrence>) -> ActivityDraft {
        let start = at(start);
        let content = AppointmentContent {
            ical_uid: "UID-1".to_owned(),
            subject: "Weekly".to_owned(),
            body: Body { kind: BodyKind::Html, text: "<p>Agenda &amp; more</p>".to_owned() },
            location: "Room 7".to_owned(),
            start,
            end: start.plus(Duration::from_secs(45 * 60)),
            is_all_day: false,
            time_zone: "W. Europe Standard Time".to_owned(),
            show_as: ShowAs::Tentative,
            importance: Importance::Normal,
            is_private: false,
            is_organizer: true,
            organizer: None,
            required: Vec::new(),
            optional: Vec::new(),
            join_url: Some("https://meet.test/1".to_owned()),
            recurrence,
            cancelled: Vec::new(),
        };
        ActivityDraft {
            id: ActivityId(Uuid::from_u128(77)),
            kind: ItemKind::Appointment,
            direction: Direction::Incoming,
            message_id: None,
            occurrence: None,
            content: ItemContent::Appointment(content),
            parties: Vec::new(),
            regarding: None,
            owner: PrincipalId(self.anna.principal),
            mailbox: MailboxId(self.anna.mailbox),
            accepted_for: None,
            queues: Vec::new(),
        }
    }

    fn link(&self) -> CrmLink {
        CrmLink { mailbox: MailboxId(self.anna.mailbox), handle: "series".into() }
    }

    async fn promoted(&self, draft: &ActivityDraft) -> Row {
        let answer = self.port.promote(draft, &self.link()).await.expect("promoted");
        assert_eq!(answer, Promoted::Created(draft.id));
        self.master(draft.id).await
    }

    async fn updated(&self, draft: &ActivityDraft) {
        assert_eq!(self.port.update(draft, &[]).await.expect("updated"), Updated::Done);
    }

    async fn master(&self, id: ActivityId) -> Row {
        read(&self.crm, "recurringappointmentmaster", id.0).await.expect("a master")
    }

    async fn instances(&self, id: ActivityId) -> Vec<Row> {
        let filter = Filter::eq("seriesid", Value::Guid(id.0));
        let query = Query { filter, ..Query::of("appointment") };
        let answer = self.crm.execute(Request::Query(query), &self.crm.administrator()).await;
        let Ok(Response::Rows { mut rows, .. }) = answer else { panic!("{answer:?}") };
        rows.sort_by_key(|row| instant(row, "originalstartdate"));
        rows
    }

    async fn organization(&self, columns: Row) {
        let change = update("organization", self.crm.organization_id(), columns);
        self.crm.execute(change, &self.crm.administrator()).await.expect("changed");
    }

    async fn change(&self, id: Uuid, columns: Row) -> Result<Response, CrmError> {
        self.crm.execute(update("appointment", id, columns), &self.anna_herself()).await
    }

    fn anna_herself(&self) -> Caller {
        Caller::user(self.anna.principal)
    }
}

fn instant(row: &Row, column: &str) -> Option<i64> {
    match row.get(column) {
        Some(Value::Instant(millis)) => Some(*millis),
        _ => None,
    }
}

fn shown(row: &Row, column: &str) -> String {
    match row.get(column) {
        Some(Value::Instant(millis)) => Instant::from_millis(*millis).to_string(),
        Some(Value::Int(number)) => number.to_string(),
        Some(Value::Bool(flag)) => flag.to_string(),
        Some(Value::Text(text)) => text.clone(),
        Some(Value::Null) | None => "-".to_owned(),
        other => format!("{other:?}"),
    }
}

fn id(row: &Row) -> Uuid {
    row.get("activityid").and_then(Value::as_id).expect("an id")
}

fn starts(rows: &[Row]) -> Vec<String> {
    rows.iter().map(|row| shown(row, "scheduledstart")).collect()
}

fn content(draft: &mut ActivityDraft) -> &mut AppointmentContent {
    match &mut draft.content {
        ItemContent::Appointment(content) => content,
        other => panic!("{other:?}"),
    }
}

/// A pattern, how it ends, and columns with their values.
type Case = (RecurrencePattern, RecurrenceEnd, &'static [(&'static str, &'static str)]);

#[tokio::test]
async fn a_master_has_the_columns_of_its_pattern() {
    let weekdays = vec![
        Weekday::Monday,
        Weekday::Tuesday,
        Weekday::Wednesday,
        Weekday::Thursday,
        Weekday::Friday,
    ];
    let cases: [Case; 6] = [
        (
            RecurrencePattern::Daily { interval: 3 },
            RecurrenceEnd::Never,
            &[("recurrencepatterntype", "0"), ("interval", "3"), ("patternendtype", "1")],
        ),
        (
            RecurrencePattern::Weekly {
                interval: 1,
                days: weekdays.clone(),
                first_day: Weekday::Monday,
            },
            RecurrenceEnd::After(10),
            &[
                ("recurrencepatterntype", "1"),
                ("daysofweekmask", "62"),
                ("firstdayofweek", "1"),
                ("isweekdaypattern", "true"),
                ("patternendtype", "2"),
                ("occurrences", "10"),
                ("effectiveenddate", "2027-01-28T08:45:00Z"),
            ],
        ),
        (
            RecurrencePattern::AbsoluteMonthly { interval: 2, day: 31 },
            RecurrenceEnd::On(date(2027, 12, 31)),
            &[
                ("recurrencepatterntype", "2"),
                ("interval", "2"),
                ("dayofmonth", "31"),
                ("isnthmonthly", "false"),
                ("patternendtype", "3"),
                ("patternenddate", "2027-12-30T23:00:00Z"),
                ("effectivestartdate", "2027-01-31T08:00:00Z"),
                ("effectiveenddate", "2027-11-30T08:45:00Z"),
            ],
        ),
        (
            RecurrencePattern::RelativeMonthly {
                interval: 1,
                days: vec![Weekday::Sunday, Weekday::Saturday],
                index: WeekIndex::Last,
            },
            RecurrenceEnd::Never,
            &[
                ("recurrencepatterntype", "2"),
                ("daysofweekmask", "65"),
                ("instance", "5"),
                ("isnthmonthly", "true"),
            ],
        ),
        (
            RecurrencePattern::AbsoluteYearly { interval: 1, month: 2, day: 29 },
            RecurrenceEnd::After(5_000),
            &[
                ("recurrencepatterntype", "3"),
                ("monthofyear", "2"),
                ("dayofmonth", "29"),
                ("isnthyearly", "false"),
                ("occurrences", "999"),
            ],
        ),
        (
            RecurrencePattern::RelativeYearly {
                interval: 5_000,
                month: 11,
                days: vec![Weekday::Thursday],
                index: WeekIndex::Fourth,
            },
            RecurrenceEnd::Never,
            &[
                ("recurrencepatterntype", "3"),
                ("interval", "1000"),
                ("monthofyear", "11"),
                ("daysofweekmask", "16"),
                ("instance", "4"),
                ("isnthyearly", "true"),
            ],
        ),
    ];
    for (pattern, end, wanted) in cases {
        let world = world().await;
        let repeats = recurrence(pattern, TODAY, end);
        let draft = world.draft("2027-01-15T08:00:00Z", Some(repeats));
        let master = world.promoted(&draft).await;
        let always = [
            ("activitytypecode", "recurringappointmentmaster"),
            ("instancetypecode", "1"),
            ("starttime", "2027-01-15T08:00:00Z"),
            ("endtime", "2027-01-15T08:45:00Z"),
            ("scheduledstart", "2027-01-15T08:00:00Z"),
            ("duration", "45"),
            ("patternstartdate", "2027-01-14T23:00:00Z"),
            ("earmark_timezone", "W. Europe Standard Time"),
            ("seriesstatus", "true"),
            ("isregenerate", "false"),
            ("statecode", "0"),
            ("statuscode", "2"),
            ("globalobjectid", "UID-1"),
            ("description", "Agenda & more"),
            ("onlinemeetingtype", "1"),
        ];
        for (column, value) in always.iter().chain(wanted) {
            assert_eq!(shown(&master, column), *value, "{column}");
        }
        let group = master.get("groupid").and_then(Value::as_lookup).expect("a group");
        assert_eq!(group.id, draft.id.0);
        let pointer = read(&world.crm, "activitypointer", draft.id.0).await.expect("an activity");
        for column in ["activitytypecode", "scheduledstart", "instancetypecode", "subject"] {
            assert_eq!(pointer.get(column), master.get(column), "{column}");
        }
    }
}

#[tokio::test]
async fn an_endless_series_fills_the_window_and_grows_with_the_days() {
    let world = world().await;
    world
        .organization(row([
            ("pastexpansionwindow", Value::Int(1)),
            ("futureexpansionwindow", Value::Int(2)),
        ]))
        .await;
    let repeats = recurrence(
        RecurrencePattern::Weekly {
            interval: 1,
            days: vec![Weekday::Monday],
            first_day: Weekday::Monday,
        },
        date(2020, 1, 6),
        RecurrenceEnd::Never,
    );
    let draft = world.draft("2020-01-06T09:00:00Z", Some(repeats));
    let master = world.promoted(&draft).await;
    let rows = world.instances(draft.id).await;
    let first_and_last = (starts(&rows)[0].clone(), starts(&rows)[rows.len() - 1].clone());
    assert_eq!(
        first_and_last,
        ("2026-12-21T09:00:00Z".to_owned(), "2027-03-08T09:00:00Z".to_owned())
    );
    assert_eq!(rows.len(), 12);
    for (column, value) in [
        ("expansionstatecode", "1"),
        ("lastexpandedinstancedate", "2027-03-08T09:00:00Z"),
        ("nextexpansioninstancedate", "2027-03-15T09:00:00Z"),
        ("effectivestartdate", "2020-01-06T09:00:00Z"),
        ("effectiveenddate", "-"),
    ] {
        assert_eq!(shown(&master, column), value, "{column}");
    }
    let later = at("2027-02-15T00:00:00Z");
    assert_eq!(world.crm.expand_series(at("2027-01-16T00:00:00Z")).await, Ok(1));
    // Daylight saving begins on 28 March.
    assert_eq!(world.crm.expand_series(later).await, Ok(4));
    assert_eq!(world.crm.expand_series(later).await, Ok(0));
    let rows = world.instances(draft.id).await;
    assert_eq!(
        starts(&rows)[13..],
        [
            "2027-03-22T09:00:00Z",
            "2027-03-29T08:00:00Z",
            "2027-04-05T08:00:00Z",
            "2027-04-12T08:00:00Z"
        ]
    );
}

#[tokio::test]
async fn one_transaction_makes_no_more_than_the_organization_allows() {
    let world = world().await;
    world.organization(row([("recurrenceexpansionsynchcreatemax", Value::Int(4))])).await;
    let draft = world.draft("2027-01-15T08:00:00Z", Some(daily(RecurrenceEnd::After(10))));
    let master = world.promoted(&draft).await;
    assert_eq!(world.instances(draft.id).await.len(), 4);
    assert_eq!(shown(&master, "expansionstatecode"), "1");
    assert_eq!(world.crm.expand_series(at("2027-01-15T09:00:00Z")).await, Ok(6));
    assert_eq!(world.instances(draft.id).await.len(), 10);
    assert_eq!(shown(&world.master(draft.id).await, "expansionstatecode"), "2");
    assert_eq!(shown(&world.master(draft.id).await, "nextexpansioninstancedate"), "-");
}

#[tokio::test]
async fn a_long_daily_series_is_made_in_reasonable_time() {
    let world = world().await;
    world
        .organization(row([
            ("pastexpansionwindow", Value::Int(120)),
            ("futureexpansionwindow", Value::Int(140)),
        ]))
        .await;
    let repeats = recurrence(
        RecurrencePattern::Daily { interval: 1 },
        date(1990, 1, 1),
        RecurrenceEnd::Never,
    );
    let draft = world.draft("1990-01-01T08:00:00Z", Some(repeats));
    world.promoted(&draft).await;
    assert_eq!(world.instances(draft.id).await.len(), 1_000);
    // 7,913 days from 16 January 2017 to 15 September 2038, less those that are there.
    assert_eq!(world.crm.expand_series(at("2027-01-15T09:00:00Z")).await, Ok(6_913));
}

#[tokio::test]
async fn an_instance_that_a_person_edits_becomes_an_exception() {
    let world = world().await;
    let mut draft = world.draft("2027-01-15T08:00:00Z", Some(daily(RecurrenceEnd::After(3))));
    world.promoted(&draft).await;
    let rows = world.instances(draft.id).await;
    world.change(id(&rows[1]), row([("subject", text("My own"))])).await.expect("edited");
    world.change(id(&rows[2]), row([("category", text("Mine"))])).await.expect("categorized");
    content(&mut draft).subject = "Everybody's".to_owned();
    world.updated(&draft).await;
    let rows = world.instances(draft.id).await;
    let subjects: Vec<_> = rows.iter().map(|row| shown(row, "subject")).collect();
    assert_eq!(subjects, ["Everybody's", "My own", "Everybody's"]);
    assert_eq!(shown(&rows[2], "category"), "Mine");
    let kinds: Vec<_> = rows.iter().map(|row| shown(row, "instancetypecode")).collect();
    assert_eq!(kinds, ["2", "3", "2"]);
}

#[tokio::test]
async fn what_a_person_cancelled_is_not_opened_again_with_the_series() {
    let world = world().await;
    let mut draft = world.draft("2027-02-15T08:00:00Z", Some(daily(RecurrenceEnd::After(3))));
    content(&mut draft).recurrence.as_mut().expect("a series").start = date(2027, 2, 15);
    world.promoted(&draft).await;
    let rows = world.instances(draft.id).await;
    world.change(id(&rows[0]), row([("statecode", Value::Int(2))])).await.expect("cancelled");
    content(&mut draft).cancelled = vec![date(2027, 2, 15), date(2027, 2, 16)];
    world.updated(&draft).await;
    content(&mut draft).cancelled.clear();
    world.updated(&draft).await;
    let rows = world.instances(draft.id).await;
    let states: Vec<_> = rows.iter().map(|row| shown(row, "statecode")).collect();
    assert_eq!(states, ["2", "0", "0"]);
}

#[tokio::test]
async fn past_instances_stay_when_the_pattern_moves() {
    let world = world().await;
    let repeats = recurrence(
        RecurrencePattern::Daily { interval: 1 },
        date(2027, 1, 13),
        RecurrenceEnd::After(5),
    );
    let mut draft = world.draft("2027-01-13T08:00:00Z", Some(repeats));
    world.promoted(&draft).await;
    let series = content(&mut draft).recurrence.as_mut().expect("a series");
    series.pattern = RecurrencePattern::Daily { interval: 3 };
    series.end = RecurrenceEnd::After(2);
    world.updated(&draft).await;
    let rows = world.instances(draft.id).await;
    let seen: Vec<_> =
        rows.iter().map(|row| (shown(row, "scheduledstart"), shown(row, "statecode"))).collect();
    let wanted = [
        ("2027-01-13T08:00:00Z", "0"),
        ("2027-01-14T08:00:00Z", "0"),
        // The meeting of the hour in which this happens.
        ("2027-01-15T08:00:00Z", "0"),
        ("2027-01-16T08:00:00Z", "0"),
        ("2027-01-17T08:00:00Z", "2"),
    ];
    assert_eq!(seen, wanted.map(|(start, state)| (start.to_owned(), state.to_owned())));
}

#[tokio::test]
async fn instances_follow_regarding_and_owner() {
    let world = world().await;
    let draft = world.draft("2027-01-15T08:00:00Z", Some(daily(RecurrenceEnd::After(3))));
    world.promoted(&draft).await;
    let columns = row([("lastname", text("Contact"))]);
    let contact = made(&world.crm, &world.crm.administrator(), "contact", columns).await;
    let contact = contact.expect("a contact");
    let about = earmark_model::activity::RecordRef { table: "contact".to_owned(), id: contact };
    let regarding = Some(Some(&about));
    world.port.link(&world.link(), draft.id, regarding).await.expect("linked");
    let bernd = user(&world.crm, "bernd@contoso.test", Some("Salesperson")).await;
    let owner = Value::lookup("systemuser", bernd.principal);
    let assign =
        update("recurringappointmentmaster", draft.id.0, row([("ownerid", owner.clone())]));
    world.crm.execute(assign, &world.crm.administrator()).await.expect("assigned");
    let rows = world.instances(draft.id).await;
    assert_eq!(rows.len(), 3);
    for instance in rows {
        assert_eq!(instance.get("regardingobjectid"), Some(&Value::Lookup(about.clone())));
        assert_eq!(instance.get("ownerid"), Some(&owner));
    }
}

#[tokio::test]
async fn a_series_that_a_person_makes_has_instances_too() {
    let world = world().await;
    let millis = |text: &str| Value::Instant(at(text).as_millis());
    let columns = row([
        ("subject", text("Made here")),
        ("starttime", millis("2027-01-18T10:00:00Z")),
        ("endtime", millis("2027-01-18T10:30:00Z")),
        ("patternstartdate", millis("2027-01-18T00:00:00Z")),
        ("recurrencepatterntype", Value::Int(1)),
        ("interval", Value::Int(1)),
        ("daysofweekmask", Value::Int(2)),
        ("patternendtype", Value::Int(2)),
        ("occurrences", Value::Int(3)),
    ]);
    let mask = ("participationtypemask", Value::Int(7));
    let organizer = ("partyid", Value::lookup("systemuser", world.anna.principal));
    let parties = vec![child("recurringappointmentmaster_activity_parties", [mask, organizer])];
    let request = create("recurringappointmentmaster", columns, parties);
    let answer = world.crm.execute(request, &world.anna_herself()).await.expect("made");
    let Response::Created { id: master, row: made } = answer else { panic!("{answer:?}") };
    assert_eq!(shown(&made, "expansionstatecode"), "2");
    let rows = world.instances(ActivityId(master)).await;
    assert_eq!(
        starts(&rows),
        ["2027-01-18T10:00:00Z", "2027-01-25T10:00:00Z", "2027-02-01T10:00:00Z"]
    );
    let bare = made_bare(&world).await;
    assert_eq!(world.instances(ActivityId(bare)).await.len(), 0);
    assert_eq!(shown(&world.master(ActivityId(bare)).await, "expansionstatecode"), "0");
}

async fn made_bare(world: &World) -> Uuid {
    let columns = row([("subject", text("Without a pattern"))]);
    made(&world.crm, &world.anna_herself(), "recurringappointmentmaster", columns)
        .await
        .expect("made")
}

#[tokio::test]
async fn an_appointment_keeps_html_where_the_organization_has_the_rich_editor() {
    let world = world().await;
    let mut draft = world.draft("2027-01-15T08:00:00Z", None);
    let promoted = world.port.promote(&draft, &world.link()).await.expect("promoted");
    assert_eq!(promoted, Promoted::Created(draft.id));
    let plain = read(&world.crm, "appointment", draft.id.0).await.expect("an appointment");
    assert_eq!(shown(&plain, "description"), "Agenda & more");
    world.organization(row([("appointmentricheditorexperience", Value::Bool(true))])).await;
    world.updated(&draft).await;
    let rich = read(&world.crm, "appointment", draft.id.0).await.expect("an appointment");
    assert_eq!(shown(&rich, "description"), "<p>Agenda &amp; more</p>");
    content(&mut draft).recurrence = Some(daily(RecurrenceEnd::After(2)));
    world.updated(&draft).await;
    assert_eq!(shown(&world.master(draft.id).await, "description"), "Agenda & more");
}

#[tokio::test]
async fn deleting_the_master_as_a_person_needs_no_right_on_each_instance() {
    let world = world().await;
    let draft = world.draft("2027-01-15T08:00:00Z", Some(daily(RecurrenceEnd::After(3))));
    world.promoted(&draft).await;
    let request = Request::Delete {
        table: "recurringappointmentmaster".to_owned(),
        key: Key::Id(draft.id.0),
        if_match: IfMatch::Unconditional,
    };
    world.crm.execute(request, &world.anna_herself()).await.expect("deleted");
    assert_eq!(world.instances(draft.id).await.len(), 0);
}
