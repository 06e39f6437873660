//! Replays the documented requests whose tables exist here, and compares statuses, headers and
//! member names of the answers.

mod world;

use std::collections::BTreeSet;
use std::path::Path;

use earmark_embedded::schema::{self, Table};
use serde_json::{Map, Value, json};
use world::{Answer, World, conformance, world};

/// What this CRM does not have, by the start of the sample's file name.
const ABSENT: [(&str, &str); 6] = [
    ("18", "change tracking is off for every table"),
    ("19", "change tracking is off for every table"),
    ("21", "there is no custom table"),
    ("24", "there are no duplicate rules"),
    ("25", "there are no duplicate rules"),
    ("34", "there are no solutions"),
];

const ROOT: &str = "http://crm.example";

struct Sample {
    name: String,
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body: Value,
    status: u16,
    answer_headers: Map<String, Value>,
    answer: Value,
}

fn sample(path: &Path) -> Sample {
    let text = std::fs::read_to_string(path).expect("a sample");
    let text = text
        .replace("https://[Organization URI]", ROOT)
        .replace("[Organization URI]", ROOT)
        .replace("/api/data/v8.2/", "/api/data/v9.2/");
    let json: Value = serde_json::from_str(&text).expect("a sample is JSON");
    let (request, response) = (&json["request"], &json["response"]);
    let headers = request["headers"].as_object().cloned().unwrap_or_default();
    Sample {
        name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        method: request["method"].as_str().expect("a method").to_owned(),
        url: request["url"].as_str().expect("a url").to_owned(),
        headers: headers
            .into_iter()
            .map(|(name, value)| (name, value.as_str().unwrap_or_default().to_owned()))
            .collect(),
        body: request["body"].clone(),
        status: u16::try_from(response["status"].as_u64().expect("a status")).expect("a status"),
        answer_headers: response["headers"].as_object().cloned().unwrap_or_default(),
        answer: response["body"].clone(),
    }
}

/// `set(guid)` in a text.
fn rows(text: &str) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices('(') {
        let set: String = text[..at].chars().rev().take_while(|c| c.is_alphanumeric()).collect();
        let set: String = set.chars().rev().collect();
        if let Some(id) = text.get(at + 1..at + 37)
            && uuid::Uuid::parse_str(id).is_ok()
            && schema::table_by_set(&set).is_some()
        {
            found.insert((set, id.to_owned()));
        }
    }
    found
}

/// Makes the rows that a sample takes for granted.
async fn prepare(world: &World, sample: &Sample) {
    if sample.name.starts_with("07") {
        return;
    }
    for (set, id) in rows(&format!("{} {}", sample.url, sample.body)) {
        let body = match set.as_str() {
            "accounts" => json!({"name": "Sample"}),
            "contacts" | "leads" => {
                json!({"firstname": "Sample", "lastname": "Sample", "subject": "x"})
            }
            "tasks" => json!({"subject": "Sample"}),
            "queues" => json!({"name": "Sample"}),
            _ => continue,
        };
        let table = schema::table_by_set(&set).expect("a table");
        let answer = world.ask("PATCH", &format!("{set}({id})"), known(table, &body)).await;
        assert_eq!(answer.status, 204, "{}: {}", sample.name, answer.text);
    }
}

/// A payload without the columns and navigations that are not here.
fn known(table: &'static Table, body: &Value) -> Value {
    let Some(members) = body.as_object() else { return body.clone() };
    let mut kept = Map::new();
    for (name, value) in members {
        let bare = name.split('@').next().unwrap_or_default();
        let value = match (table.navigation(bare), schema::relation(table.logical, bare)) {
            (Some((_, target)), _) => match schema::table(target) {
                Some(target) => known(target, value),
                None => continue,
            },
            (None, Some(relation)) => {
                let far = schema::table(relation.to).expect("a table");
                match value.as_array() {
                    Some(items) => items.iter().map(|item| known(far, item)).collect(),
                    None => value.clone(),
                }
            }
            (None, None) if bare.is_empty() || table.column(bare).is_some() => value.clone(),
            (None, None) => continue,
        };
        kept.insert(name.clone(), value);
    }
    Value::Object(kept)
}

/// A `$select` without the columns that are not here.
fn known_select(table: &'static Table, url: &str) -> String {
    let Some((before, rest)) = url.split_once("$select=") else { return url.to_owned() };
    let (list, after) = rest.split_at(rest.find('&').unwrap_or(rest.len()));
    let names: Vec<&str> = list
        .split(',')
        .filter(|name| name.starts_with('_') || name.is_empty() || table.column(name).is_some())
        .collect();
    format!("{before}$select={}{after}", names.join(","))
}

/// The table that a sample's address starts from.
fn table_of(url: &str) -> Option<&'static Table> {
    let (_, rest) = url.split_once("/api/data/v9.")?;
    let (_, path) = rest.split_once('/')?;
    schema::table_by_set(path.split(['(', '?', '/']).next()?)
}

async fn replay(world: &World, sample: &mut Sample) -> Answer {
    prepare(world, sample).await;
    if let Some(table) = table_of(&sample.url) {
        sample.url = known_select(table, &sample.url);
        if !sample.url.contains("/Microsoft.Dynamics.CRM.") && sample.method != "PUT" {
            sample.body = known(table, &sample.body);
        }
    }
    special(world, sample).await;
    let headers: Vec<(&str, &str)> =
        sample.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    world.ask_with(&sample.method, &sample.url, &headers, sample.body.clone()).await
}

/// What single samples need besides.
async fn special(world: &World, sample: &mut Sample) {
    let path = sample.url.split('?').next().unwrap_or_default().to_owned();
    match &sample.name[..2] {
        "06" => {
            let etag = world.get(&path).await.header("etag").to_owned();
            for (name, value) in &mut sample.headers {
                if name == "If-None-Match" {
                    value.clone_from(&etag);
                }
            }
        }
        "16" => {
            for index in 0..3 {
                world.contact("Sample", &format!("{index}")).await;
            }
        }
        "22" => {
            let (_, object) = world.user("sample", Some("Salesperson")).await;
            for (name, value) in &mut sample.headers {
                if name == "CallerObjectId" {
                    *value = object.to_string();
                }
            }
        }
        "28" | "48" => {
            let contact = world.contact("Susanna", "Stubberod (sample)").await;
            let bind = format!("/contacts({contact})");
            world.made("accounts", json!({"name": "A", "primarycontactid@odata.bind": bind})).await;
        }
        "30" => {
            let body = sample.body.as_str().unwrap_or_default();
            sample.body = json!(body.replace("\"originatingleadid@odata.bind\": \"$1\", ", ""));
        }
        "33" => {
            let email = world.made("emails", json!({"subject": "Sample"})).await;
            sample.body = json!({"Target": {"activityid": email, "@odata.type": "Microsoft.Dynamics.CRM.email"}});
        }
        "37" => {
            let end = sample.url.find("/Microsoft").expect("a function");
            let admin = format!("{ROOT}/api/data/v9.2/systemusers({})", world.admin);
            sample.url = format!("{admin}{}", &sample.url[end..]);
        }
        "43" => {
            let id = path.rsplit_once('(').map(|(_, id)| id.trim_end_matches(')')).expect("an id");
            let regarding = format!("/contacts({id})");
            world.made("tasks", json!({"subject": "Sample", "regardingobjectid_contact_task@odata.bind": regarding})).await;
        }
        "45" => {
            let start = path.find("accounts(").expect("an account");
            let end = path.rfind('/').expect("a navigation");
            let bind = format!("/{}", &path[start..end]);
            world
                .made(
                    "contacts",
                    json!({"lastname": "S", "parentcustomerid_account@odata.bind": bind}),
                )
                .await;
        }
        "51" => {
            let contact = world.contact("Sample", "Sample").await;
            let text = sample.body.to_string();
            let text = text
                .replace("/contacts(xxxxxxx)", &format!("/contacts({contact})"))
                .replace("/systemusers(xxxxx)", &format!("/systemusers({})", world.admin));
            sample.body = serde_json::from_str(&text).expect("JSON");
        }
        _ => {}
    }
}

/// The member names of the documented answer, as far as they are here, are those of ours.
fn compare(name: &str, path: &str, expected: &Value, found: &Value, wrong: &mut Vec<String>) {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            for (member, value) in expected {
                let foreign = member.starts_with("_transactioncurrencyid") || is_foreign(member);
                match found.get(member) {
                    Some(ours) => compare(name, &format!("{path}/{member}"), value, ours, wrong),
                    None if foreign => {}
                    None => wrong.push(format!("{name}: {path}/{member} is missing")),
                }
            }
        }
        (Value::Array(expected), Value::Array(found)) => match (expected.first(), found.first()) {
            (Some(expected), Some(found)) => {
                compare(name, &format!("{path}[0]"), expected, found, wrong);
            }
            (Some(_), None) => wrong.push(format!("{name}: {path} is empty")),
            (None, _) => {}
        },
        (expected, found) => {
            let same = std::mem::discriminant(expected) == std::mem::discriminant(found);
            if !same && !expected.is_null() && !found.is_null() {
                wrong.push(format!("{name}: {path} is {found}, not like {expected}"));
            }
        }
    }
}

/// A column that none of our tables has.
fn is_foreign(member: &str) -> bool {
    let plain = member.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    plain
        && !schema::tables().iter().any(|table| table.column(member).is_some())
        && !schema::tables().iter().any(|table| table.navigation(member).is_some())
}

fn compare_headers(sample: &Sample, answer: &Answer, wrong: &mut Vec<String>) {
    for (name, value) in &sample.answer_headers {
        let (value, found) = (value.as_str().unwrap_or_default(), answer.header(name));
        let exact = matches!(name.as_str(), "OData-Version" | "Preference-Applied");
        // An answer without a body has no type.
        let bodiless = name == "Content-Type" && answer.status == 304;
        // A multipart type differs in its boundary.
        let kind = |text: &str| text.split(';').next().unwrap_or_default().to_owned();
        if bodiless || (found == value) || (!exact && kind(found) == kind(value)) {
            continue;
        }
        if exact || found.is_empty() {
            wrong.push(format!("{}: header {name} is '{found}', not '{value}'", sample.name));
        }
    }
}

/// A batch answer holds the same lines, apart from ids.
fn compare_batch(sample: &Sample, answer: &Answer, wrong: &mut Vec<String>) {
    let lines = |text: &str| -> Vec<String> {
        text.lines()
            .map(|line| line.split(['(', '=']).next().unwrap_or_default().trim())
            .map(|line| line.split("batchresponse_").next().unwrap_or_default())
            .map(|line| line.split("changesetresponse_").next().unwrap_or_default())
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let (expected, found) =
        (lines(sample.answer.as_str().unwrap_or_default()), lines(&answer.text));
    if expected != found {
        wrong.push(format!("{}: {expected:#?} against {found:#?}", sample.name));
    }
}

#[tokio::test]
async fn documented_requests_are_answered_as_documented() {
    let Some(folder) = conformance() else { return };
    let Ok(entries) = std::fs::read_dir(folder.join("samples")) else {
        println!("skipped: EARMARK_CONFORMANCE has no samples");
        return;
    };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let (mut wrong, mut replayed) = (Vec::new(), 0);
    for path in paths {
        let mut sample = sample(&path);
        if let Some((_, why)) = ABSENT.iter().find(|(start, _)| sample.name.starts_with(start)) {
            println!("left out: {}: {why}", sample.name);
            continue;
        }
        replayed += 1;
        let world = world().await;
        let answer = replay(&world, &mut sample).await;
        if answer.status != sample.status {
            wrong.push(format!(
                "{}: {} not {}: {}",
                sample.name, answer.status, sample.status, answer.text
            ));
            continue;
        }
        compare_headers(&sample, &answer, &mut wrong);
        match &sample.answer {
            Value::Null => {}
            Value::String(_) => compare_batch(&sample, &answer, &mut wrong),
            expected => compare(&sample.name, "", expected, &answer.json(), &mut wrong),
        }
    }
    println!("{replayed} samples replayed");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
