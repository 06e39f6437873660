//! Real correspondence: every message is imported, tracked at once, and makes one record for
//! each distinct Message-ID; what it costs is reported.

use earmark_testkit::{World, world::ADMIN_TOKEN};
use http::{Method, StatusCode};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    time::Duration,
};

const ANNA: &str = "anna@fabrikam.test";

/// Units: messages in one import request.
const IMPORT_CHUNK: usize = 250;

/// Units: microseconds of CPU for one tracked email with sandbox and CRM in the same process, as
/// measured with a program that does nothing but the unavoidable.
const MEASURED_FLOOR_MICROS: u64 = 250;

fn corpus() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folder = std::env::var_os("EARMARK_CORPUS")
        .map_or_else(|| root.join("../shared/corpus"), PathBuf::from)
        .join("mail");
    folder.is_dir().then_some(folder)
}

/// A header of a message, unfolded.
fn header(message: &str, name: &str) -> String {
    let head = message.split("\n\n").next().unwrap_or_default();
    let unfolded = head.replace("\n ", " ").replace("\n\t", " ");
    let line = unfolded.lines().find_map(|line| {
        let (field, value) = line.split_once(':')?;
        field.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    });
    line.unwrap_or_default()
}

fn address(field: &str) -> String {
    let inside = field.split_once('<').map_or(field, |(_, rest)| rest);
    inside.split(['>', ' ', ',']).next().unwrap_or_default().to_lowercase()
}

fn messages(folder: &Path) -> Vec<Vec<u8>> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).expect("a file")).collect()
}

/// One mbox of several messages, with body lines that look like a separator quoted.
fn mbox(messages: &[Vec<u8>]) -> Vec<u8> {
    let mut all = Vec::new();
    for message in messages {
        all.extend_from_slice(b"From somebody Thu Aug 22 12:36:23 2002\n");
        for line in message.split_inclusive(|byte| *byte == b'\n') {
            if line.starts_with(b"From ") {
                all.push(b'>');
            }
            all.extend_from_slice(line);
        }
        all.extend_from_slice(b"\n");
    }
    all
}

async fn import(world: &World, mbox: Vec<u8>) {
    let path = format!("/sandbox/v1/users/{ANNA}/import");
    let headers = [("content-type", "application/mbox")];
    let (status, _, answer) = world
        .send(Method::POST, &path, Some(ADMIN_TOKEN), &headers, mbox)
        .await
        .expect("an answer");
    assert_eq!(status, StatusCode::CREATED, "{answer}");
}

async fn items(world: &World) -> Vec<Value> {
    let first = format!("/graph/v1.0/users/{ANNA}/messages?$top=1000&$select=id,internetMessageId");
    let mut next = Some(first);
    let mut items = Vec::new();
    let headers = [("prefer", "IdType=\"ImmutableId\"")];
    while let Some(path) = next {
        let (status, _, mut page) = world
            .send(Method::GET, &path, Some(ADMIN_TOKEN), &headers, "")
            .await
            .expect("an answer");
        assert_eq!(status, StatusCode::OK, "{page}");
        items.append(page["value"].as_array_mut().expect("messages"));
        let link = page["@odata.nextLink"].as_str();
        next = link.and_then(|link| link.find("/graph/").map(|at| link[at..].to_owned()));
    }
    items
}

/// User and system time of this process.
fn cpu() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: u64 = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 10))
}

/// A message of the corpus with an attachment that the CRM takes.
const WITH_ATTACHMENT: &str = "00986.eml";

#[tokio::test(flavor = "current_thread")]
async fn a_message_of_the_corpus_is_whole_in_the_crm_and_stays_when_it_is_untracked() {
    let Some(folder) = corpus() else {
        println!("skipped: the corpus is missing; set EARMARK_CORPUS");
        return;
    };
    let message = std::fs::read_to_string(folder.join(WITH_ATTACHMENT)).expect("a message");
    let (from, to) = (address(&header(&message, "From")), address(&header(&message, "To")));
    let world = World::new(2).await.expect("a world");
    world.add_user(ANNA, "Anna Berg", false).await.expect("a user");
    world.add_party("contact", "Real Sender", &from, None).await.expect("a contact");
    let id = world.import(ANNA, message.clone()).await.expect("imported");
    world.cycle().await;
    let tracked = ["Tracked to Dynamics 365".to_owned()];
    world.set_categories(ANNA, &id, &tracked).await.expect("assigned");
    world.cycle().await;

    let seen = format!("/graph/v1.0/users/{ANNA}/messages/{id}?$expand=attachments");
    let seen = world.admin(Method::GET, &seen, None).await.expect("the message");
    let path =
        "/api/data/v9.2/emails?$expand=email_activity_parties,email_activity_mime_attachment";
    let page = world.admin(Method::GET, path, None).await.expect("emails");
    let email = &page["value"][0];
    assert_eq!(page["value"].as_array().map(Vec::len), Some(1));
    assert_eq!(email["subject"], header(&message, "Subject").as_str());
    assert_eq!(email["messageid"], header(&message, "Message-Id").as_str());
    assert_eq!(email["description"], seen["body"]["content"]);
    assert_eq!(email["directioncode"], false);
    assert_eq!(email["senton"], seen["sentDateTime"]);
    assert_eq!(email["actualend"], seen["receivedDateTime"]);
    let party = |mask: i64| {
        let parties = email["email_activity_parties"].as_array().expect("parties");
        parties.iter().find(|party| party["participationtypemask"] == mask).expect("a party")
    };
    assert_eq!(party(1)["addressused"].as_str().map(str::to_lowercase), Some(from));
    assert!(party(1)["_partyid_value"].is_string(), "the sender is the contact");
    assert_eq!(party(2)["addressused"].as_str().map(str::to_lowercase), Some(to));
    assert!(party(2)["_partyid_value"].is_null(), "nobody in the CRM has that address");
    let file = &email["email_activity_mime_attachment"][0];
    assert_eq!(file["filename"], seen["attachments"][0]["name"]);
    assert_eq!(file["body"], seen["attachments"][0]["contentBytes"]);

    world.set_categories(ANNA, &id, &[]).await.expect("taken off");
    world.cycle().await;
    let activity = email["activityid"].as_str().expect("an id");
    assert!(world.links_of(activity).await.expect("links").is_empty(), "unlinked");
    let page = world.admin(Method::GET, path, None).await.expect("emails");
    assert_eq!(page["value"][0]["subject"], email["subject"], "the record stays");
}

#[tokio::test(flavor = "current_thread")]
async fn all_messages_of_the_corpus_make_one_record_for_each_message_id() {
    let Some(folder) = corpus() else {
        println!("skipped: the corpus is missing; set EARMARK_CORPUS");
        return;
    };
    let messages = messages(&folder);
    let world = World::new(1).await.expect("a world");
    world.add_user(ANNA, "Anna Berg", false).await.expect("a user");
    for chunk in messages.chunks(IMPORT_CHUNK) {
        import(&world, mbox(chunk)).await;
    }
    world.cycle().await;
    let items = items(&world).await;
    assert_eq!(items.len(), messages.len(), "every message is there");
    let ids: BTreeSet<&str> =
        items.iter().filter_map(|item| item["internetMessageId"].as_str()).collect();
    let tracked = ["Tracked to Dynamics 365".to_owned()];
    for item in &items {
        let id = item["id"].as_str().expect("an id");
        world.set_categories(ANNA, id, &tracked).await.expect("assigned");
    }
    let before = cpu();
    world.cycle().await;
    let spent = cpu().zip(before).map(|(after, before)| after.saturating_sub(before));
    let links = world.links(ANNA).await.expect("links");
    let tracked = links.iter().filter(|link| link.state == earmark_model::ItemState::Tracked);
    let tracked = tracked.count();
    let records: BTreeSet<_> = links.iter().filter_map(|link| link.activity).collect();
    assert_eq!(tracked, messages.len(), "every message is tracked");
    assert_eq!(records.len(), ids.len(), "one record for each Message-ID");
    let path = "/api/data/v9.2/emails?$select=activityid&$count=true";
    let page = world.admin(Method::GET, path, None).await.expect("emails");
    assert_eq!(page["@odata.count"], ids.len() as u64);
    if let Some(spent) = spent {
        let each = spent.as_micros() as u64 / tracked as u64;
        println!(
            "{tracked} emails tracked, {} records; {each} µs of CPU for each, measured floor {MEASURED_FLOOR_MICROS} µs",
            records.len(),
        );
    }
}
