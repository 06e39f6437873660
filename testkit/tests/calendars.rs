//! Real calendars: what a mailbox takes of them is tracked, and the CRM has the occurrences that an
//! independent library finds in two years, at the same times.
//!
//! The library gets the lines of the file as they are, read by a few lines here: neither it nor they
//! share anything with the import, with the mailbox's expansion or with the CRM's. Each file has a
//! world of its own that begins a day before its first series. Files lie outside the project; without
//! them the test says that it was skipped.

use earmark_model::Instant;
use earmark_testkit::{World, world::ADMIN_TOKEN};
use earmark_tracking::Rules;
use http::{Method, StatusCode};
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use rrule::RRuleSet;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

const ANNA: &str = "anna@fabrikam.test";
const CATEGORY: &str = "Tracked to Dynamics 365";

/// Units: months that are compared.
const MONTHS: i64 = 24;

/// Units: occurrences of one series.
const OCCURRENCES_MAX: u16 = 2_000;

fn corpus() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folder = std::env::var_os("EARMARK_CORPUS")
        .map_or_else(|| root.join("../shared/corpus"), PathBuf::from)
        .join("calendar");
    folder.is_dir().then_some(folder)
}

/// A line of a file, unfolded: name, parameters, value.
#[derive(Debug, Clone)]
struct Property {
    name: String,
    parameters: String,
    value: String,
}

impl Property {
    fn read(line: &str) -> Option<Self> {
        let mut quoted = false;
        let colon = line.char_indices().find(|(_, c)| {
            quoted ^= *c == '"';
            *c == ':' && !quoted
        })?;
        let (head, value) = (&line[..colon.0], &line[colon.0 + 1..]);
        let (name, parameters) = head.split_once(';').unwrap_or((head, ""));
        Some(Self {
            name: name.to_uppercase(),
            parameters: parameters.to_owned(),
            value: value.trim().to_owned(),
        })
    }

    fn is_day(&self) -> bool {
        self.value.len() == 8
    }

    /// The name of a zone as the database of zones has it, whatever stands before it.
    fn zone(&self) -> Option<String> {
        let zone = self.parameters.split(';').find_map(|one| one.strip_prefix("TZID="))?;
        let parts: Vec<&str> = zone.trim_matches('"').split('/').collect();
        let name = parts[parts.len().saturating_sub(2)..].join("/");
        Some(name)
    }

    /// As the library reads it. A day begins at midnight, and what names no zone is in UTC.
    fn for_library(&self) -> String {
        let values: Vec<String> = self
            .value
            .split(',')
            .map(|one| match (one.len(), self.zone()) {
                (8, _) => format!("{one}T000000Z"),
                (15, None) => format!("{one}Z"),
                _ => one.to_owned(),
            })
            .collect();
        let zone = self.zone().filter(|_| !self.is_day() && !self.value.ends_with('Z'));
        let zone = zone.map(|zone| format!(";TZID={zone}")).unwrap_or_default();
        format!("{}{zone}:{}", self.name, values.join(","))
    }
}

/// An event of a file.
#[derive(Debug, Default)]
struct Event(Vec<Property>);

impl Event {
    fn all(&self, name: &str) -> impl Iterator<Item = &Property> {
        self.0.iter().filter(move |one| one.name == name)
    }

    fn one(&self, name: &str) -> Option<&Property> {
        self.all(name).next()
    }

    fn uid(&self) -> &str {
        self.one("UID").map_or("", |one| one.value.as_str())
    }

    /// What the library needs to know of it.
    fn for_library(&self) -> Option<String> {
        let start = self.one("DTSTART")?;
        let Some(rule) = self.one("RRULE") else { return Some(once(start)) };
        let until = |part: &str| match part.strip_prefix("UNTIL=") {
            Some(day) if day.len() == 8 && start.is_day() => format!("UNTIL={day}T000000Z"),
            Some(day) if day.len() == 8 => format!("UNTIL={day}T235959Z"),
            Some(floating) if !floating.ends_with('Z') => format!("UNTIL={floating}Z"),
            _ => part.to_owned(),
        };
        let rule: Vec<String> = rule.value.split(';').map(until).collect();
        let mut lines = vec![start.for_library(), format!("RRULE:{}", rule.join(";"))];
        lines.extend(self.all("EXDATE").map(Property::for_library));
        Some(lines.join("\n"))
    }
}

/// Something that happens once, at the time that a property says.
fn once(at: &Property) -> String {
    let at = Property { name: "DTSTART".to_owned(), ..at.clone() };
    format!("{}\nRRULE:FREQ=DAILY;COUNT=1", at.for_library())
}

/// The events of a file.
fn events(text: &str) -> Vec<Event> {
    let unfolded = text.replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "");
    let (mut events, mut within) = (Vec::new(), Vec::new());
    for property in unfolded.lines().filter_map(Property::read) {
        match property.name.as_str() {
            "BEGIN" => {
                within.push(property.value.to_uppercase());
                if property.value.eq_ignore_ascii_case("VEVENT") {
                    events.push(Event::default());
                }
            }
            "END" => drop(within.pop()),
            _ if within.last().is_some_and(|one| one == "VEVENT") => {
                if let Some(event) = events.last_mut() {
                    event.0.push(property);
                }
            }
            _ => {}
        }
    }
    events
}

/// The occurrences that the library finds, in milliseconds.
fn instants(set: RRuleSet) -> BTreeSet<i64> {
    set.all(OCCURRENCES_MAX).dates.iter().map(|at| at.timestamp_millis()).collect()
}

async fn ask(world: &World, method: Method, path: &str, body: Option<Value>) -> Value {
    let told = body.clone();
    world.admin(method, path, body).await.unwrap_or_else(|error| panic!("{path} {told:?}: {error}"))
}

/// Imports a file; `None` where the mailbox does not take it.
async fn import(world: &World, raw: Vec<u8>) -> Option<()> {
    let path = format!("/sandbox/v1/users/{ANNA}/import");
    let headers = [("content-type", "text/calendar")];
    let (status, ..) =
        world.send(Method::POST, &path, Some(ADMIN_TOKEN), &headers, raw).await.expect("an answer");
    (status == StatusCode::CREATED).then_some(())
}

/// An item of the mailbox.
struct Item {
    /// Its immutable id.
    id: String,
    /// The zone that its days lie in.
    zone: String,
}

/// What the mailbox has, without exceptions, by UID.
async fn imported(world: &World) -> BTreeMap<String, Item> {
    let path = format!(
        "/graph/v1.0/users/{ANNA}/events?$top=999&$select=id,iCalUId,originalStartTimeZone"
    );
    let page = ask(world, Method::GET, &path, None).await;
    let rows = page["value"].as_array().cloned().unwrap_or_default();
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    rows.iter()
        .map(|row| {
            let (id, zone) = (text(row, "id"), text(row, "originalStartTimeZone"));
            (text(row, "iCalUId"), Item { id, zone })
        })
        .collect()
}

/// What the CRM has of an item: the starts of its occurrences, and its zone.
async fn occurrences(world: &World, item: &Item) -> Option<(BTreeSet<i64>, String)> {
    let root = "/api/data/v9.2";
    let id = percent_encoding::utf8_percent_encode(&item.id, percent_encoding::NON_ALPHANUMERIC);
    let path = format!("{root}/exchangesyncidmappings?$filter=exchangeentryid%20eq%20%27{id}%27");
    let links = ask(world, Method::GET, &path, None).await;
    // A CRM compares text in any case, in which ids of items differ.
    let mut rows = links["value"].as_array()?.iter();
    let record =
        rows.find(|row| row["exchangeentryid"] == item.id)?["objectid"].as_str()?.to_owned();
    let start = |row: &Value| -> Option<i64> {
        let at: Timestamp = row["scheduledstart"].as_str()?.parse().ok()?;
        Some(at.as_millisecond())
    };
    let path = format!("{root}/appointments?$filter=activityid%20eq%20{record}");
    let single = ask(world, Method::GET, &path, None).await;
    if let Some(single) = single["value"].as_array().and_then(|rows| rows.first()) {
        return Some((start(single).into_iter().collect(), item.zone.clone()));
    }
    let path = format!("{root}/recurringappointmentmasters({record})");
    let master = ask(world, Method::GET, &path, None).await;
    let zone = master["earmark_timezone"].as_str().unwrap_or_default().to_owned();
    let filter = format!("seriesid%20eq%20{record}%20and%20statecode%20ne%202");
    let path = format!("{root}/appointments?$filter={filter}&$select=scheduledstart");
    let page = ask(world, Method::GET, &path, None).await;
    let rows = page["value"].as_array().cloned().unwrap_or_default();
    Some((rows.iter().filter_map(start).collect(), zone))
}

/// What became of one series.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Agrees,
    Differs(String),
}

/// What a file has to compare: each event with what the library makes of it; and how many it does
/// not read.
fn read(events: &[Event]) -> (Vec<(&Event, RRuleSet)>, Vec<String>) {
    let (mut read, mut unread) = (Vec::new(), Vec::new());
    for event in events.iter().filter(|event| event.one("RECURRENCE-ID").is_none()) {
        match event.for_library().map(|text| text.parse::<RRuleSet>()) {
            Some(Ok(set)) => read.push((event, set)),
            Some(Err(error)) => unread.push(format!("the library: {error}")),
            None => unread.push("it has no beginning".to_owned()),
        }
    }
    (read, unread)
}

/// A world with the file in its only mailbox, everything tracked; `None` where the mailbox does not
/// take it.
async fn tracked(raw: Vec<u8>, began: Timestamp) -> Option<(World, BTreeMap<String, Item>)> {
    let world = World::at(1, Rules::all(), Instant::from_millis(began.as_millisecond()));
    let world = world.await.expect("a world");
    world.add_user(ANNA, "Anna Berg", false).await.expect("anna");
    let columns = [("futureexpansionwindow", "24"), ("recurrenceexpansionsynchcreatemax", "1000")];
    for (name, value) in columns {
        world.set_column(name, value).await.expect("a column");
    }
    import(&world, raw).await?;
    let items = imported(&world).await;
    world.cycle().await;
    for item in items.values() {
        let id =
            percent_encoding::utf8_percent_encode(&item.id, percent_encoding::NON_ALPHANUMERIC);
        let path = format!("/graph/v1.0/users/{ANNA}/events/{id}");
        ask(&world, Method::PATCH, &path, Some(json!({"categories": [CATEGORY]}))).await;
    }
    world.cycle().await;
    world.cycle().await;
    Some((world, items))
}

/// Compares everything in a file.
async fn compare(raw: Vec<u8>, report: &mut Report) {
    let events = events(&String::from_utf8_lossy(&raw));
    let (read, unread) = read(&events);
    let start = |(_, set): &(&Event, RRuleSet)| set.get_dt_start().timestamp_millis();
    let is_series = |one: &&(&Event, RRuleSet)| one.0.one("RRULE").is_some();
    let first = read.iter().filter(is_series).map(start).min();
    let Some(first) = first.or_else(|| read.iter().map(start).min()) else { return };
    let began = Timestamp::from_millisecond(first).and_then(|at| at.checked_sub(24.hours()));
    let began = began.ok().filter(|at| at.as_millisecond() > 0);
    let Some(began) = began else {
        report.not_compared("it begins before 1970", read.len());
        return;
    };
    let Some((world, items)) = tracked(raw, began).await else {
        report.not_compared("the mailbox does not take the file", read.len() + unread.len());
        return;
    };
    for cause in unread {
        report.not_compared(&cause, 1);
    }
    let until = began.to_zoned(TimeZone::UTC).checked_add(MONTHS.months()).expect("in range");
    for (event, set) in read {
        // What has no UID gets one in the mailbox, and one may have space around it.
        let only = items.values().next().filter(|_| items.len() == 1);
        let outcome = match items.get(event.uid()).or(only) {
            None => Outcome::Differs("the mailbox does not have it".to_owned()),
            Some(item) => match occurrences(&world, item).await {
                None => Outcome::Differs("it is not tracked".to_owned()),
                Some((found, zone)) => {
                    let wanted = wanted(&events, event, set);
                    differing(event, &wanted, &found, &zone, until.timestamp())
                }
            },
        };
        report.take(event, outcome);
    }
}

/// When an event is to happen, as the library says, with those occurrences that were moved.
fn wanted(events: &[Event], event: &Event, set: RRuleSet) -> BTreeSet<i64> {
    let is_day = event.one("DTSTART").is_some_and(Property::is_day);
    let at = |one: &Property| -> Option<i64> {
        let mut one = one.clone();
        one.value.truncate(if is_day { 8 } else { one.value.len() });
        let set: RRuleSet = once(&one).parse().ok()?;
        Some(set.get_dt_start().timestamp_millis())
    };
    let mut wanted = instants(set);
    let same = events.iter().filter(|other| other.uid() == event.uid());
    for other in same {
        if let Some(original) = other.one("RECURRENCE-ID").and_then(at) {
            wanted.remove(&original);
            wanted.extend(other.one("DTSTART").and_then(at));
        }
    }
    wanted
}

/// What was found in all files.
#[derive(Default)]
struct Report {
    series: usize,
    singles: usize,
    not_compared: BTreeMap<String, usize>,
    differs: Vec<String>,
    file: String,
}

impl Report {
    fn not_compared(&mut self, cause: &str, count: usize) {
        *self.not_compared.entry(cause.to_owned()).or_default() += count;
    }

    fn take(&mut self, event: &Event, outcome: Outcome) {
        match outcome {
            Outcome::Agrees if event.one("RRULE").is_some() => self.series += 1,
            Outcome::Agrees => self.singles += 1,
            Outcome::Differs(how) => {
                self.differs.push(format!("{}: {}: {how}", self.file, event.uid()));
            }
        }
    }
}

/// Days are compared as days, whatever zone they are kept in.
fn differing(
    event: &Event,
    wanted: &BTreeSet<i64>,
    found: &BTreeSet<i64>,
    zone: &str,
    until: Timestamp,
) -> Outcome {
    let is_day = event.one("DTSTART").is_some_and(Property::is_day);
    let in_zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let told = |at: &i64, zone: &TimeZone| {
        let at = Timestamp::from_millisecond(*at).expect("in range").to_zoned(zone.clone());
        if is_day { at.date().to_string() } else { at.timestamp().to_string() }
    };
    let end = told(&until.as_millisecond(), &TimeZone::UTC);
    let all = |starts: &BTreeSet<i64>, zone: &TimeZone| -> BTreeSet<String> {
        starts.iter().map(|at| told(at, zone)).filter(|at| *at < end).collect()
    };
    let (wanted, found) = (all(wanted, &TimeZone::UTC), all(found, &in_zone));
    if wanted == found {
        return Outcome::Agrees;
    }
    let missing: Vec<_> = wanted.difference(&found).take(2).collect();
    let more: Vec<_> = found.difference(&wanted).take(2).collect();
    Outcome::Differs(format!(
        "{} wanted, {} found ({zone}); missing {missing:?}, more {more:?}",
        wanted.len(),
        found.len()
    ))
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn occurrences_in_the_crm_are_those_of_an_independent_library() {
    let Some(folder) = corpus() else {
        println!("skipped: no calendars at EARMARK_CORPUS");
        return;
    };
    let mut paths: Vec<PathBuf> = std::fs::read_dir(&folder)
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    let mut report = Report::default();
    for path in paths {
        let raw = std::fs::read(&path).expect("a file");
        report.file = path.file_name().expect("a name").to_string_lossy().into_owned();
        compare(raw, &mut report).await;
    }
    let Report { series, singles, not_compared, differs, .. } = report;
    println!("{series} series and {singles} single events agree");
    for (cause, count) in not_compared {
        println!("{count:5} are not compared: {cause}");
    }
    assert!(differs.is_empty(), "{differs:#?}");
    assert!(series > 450 && singles > 200, "the corpus is complete");
}
