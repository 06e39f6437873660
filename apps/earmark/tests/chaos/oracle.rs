//! What both faces and the ledger say, read over HTTP.

use super::world::World;
use reqwest::Method;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// States of the ledger in which nothing may be once everything is quiet.
const UNSETTLED: [&str; 8] = [
    "pending",
    "retrying",
    "undeliverable",
    "held",
    "ignored",
    "source_gone",
    "record_deleted",
    "dormant",
];

/// A message as the Graph face has it.
#[derive(Debug)]
pub struct Message {
    /// The place of its mailbox.
    pub mailbox: usize,
    /// Its immutable id.
    pub id: String,
    /// `Message-ID` without brackets.
    pub message_id: String,
    /// Whether it bears the category, under whatever name that had.
    pub bears: bool,
}

/// A record as the CRM has it.
#[derive(Debug)]
pub struct Email {
    /// `Message-ID` without brackets.
    pub message_id: String,
    /// Whether it was sent, not received.
    pub is_outgoing: bool,
    /// Units: seconds since 1970.
    pub created: i64,
}

/// A link as the CRM has it.
#[derive(Debug)]
pub struct Link {
    /// Its record.
    pub activity: String,
    /// It was not ended from the side of the CRM.
    pub is_live: bool,
}

/// Everything at one time.
#[derive(Debug, Default)]
pub struct Picture {
    /// The messages of all mailboxes.
    pub messages: Vec<Message>,
    /// The records by id.
    pub emails: BTreeMap<String, Email>,
    /// The links by the id of their item.
    pub links: BTreeMap<String, Vec<Link>>,
    /// Items in a state that does not stay, as the ledger has them.
    pub unsettled: Vec<Value>,
}

/// Reads everything.
pub async fn look(world: &World) -> Picture {
    let mut picture = Picture { emails: emails(world).await, ..Picture::default() };
    for (mailbox, one) in world.mailboxes.iter().enumerate() {
        let names: BTreeSet<String> =
            one.book.lock().await.names.iter().map(|name| name.to_lowercase()).collect();
        let path = format!(
            "/users/{}/messages?$select=id,categories,internetMessageId&$top=1000",
            one.address
        );
        let mut next = Some(path);
        while let Some(path) = next {
            let page = world.graph(Method::GET, &path, None).await;
            for message in rows(&page) {
                let categories = message["categories"].as_array().into_iter().flatten();
                let mut categories = categories.filter_map(Value::as_str).map(str::to_lowercase);
                picture.messages.push(Message {
                    mailbox,
                    id: text(message, "id"),
                    message_id: bare(&text(message, "internetMessageId")),
                    bears: categories.any(|name| names.contains(&name)),
                });
            }
            next = page["@odata.nextLink"]
                .as_str()
                .and_then(|link| link.split_once("/graph/v1.0"))
                .map(|(_, path)| path.to_owned());
        }
    }
    let select = "exchangesyncidmappings?$select=exchangeentryid,objectid,isunlinkedincrm";
    for row in all(world, select).await {
        let link = Link {
            activity: text(&row, "objectid"),
            is_live: row["isunlinkedincrm"] != Value::Bool(true),
        };
        picture.links.entry(text(&row, "exchangeentryid")).or_default().push(link);
    }
    for state in UNSETTLED {
        let path = format!("/api/v1/items?state={state}");
        let page = world.insist(0, Method::GET, &path, None).await;
        picture.unsettled.extend(page["items"].as_array().into_iter().flatten().cloned());
    }
    picture
}

/// All records by id.
pub async fn emails(world: &World) -> BTreeMap<String, Email> {
    let rows = all(world, "emails?$select=messageid,directioncode,createdon").await;
    let email = |row: &Value| {
        let created: jiff::Timestamp = text(row, "createdon").parse().expect("an instant");
        let email = Email {
            message_id: bare(&text(row, "messageid")),
            is_outgoing: row["directioncode"] == Value::Bool(true),
            created: created.as_second(),
        };
        (text(row, "activityid"), email)
    };
    rows.iter().map(email).collect()
}

async fn all(world: &World, query: &str) -> Vec<Value> {
    let mut found = Vec::new();
    let mut next = Some(format!("/api/data/v9.2/{query}"));
    while let Some(path) = next {
        let page = world.insist(0, Method::GET, &path, None).await;
        found.extend(rows(&page).cloned());
        // The worker that wrote the link may be gone; each one answers it.
        next = page["@odata.nextLink"]
            .as_str()
            .and_then(|link| link.find("/api/data/").map(|at| link[at..].to_owned()));
    }
    found
}

fn rows(page: &Value) -> impl Iterator<Item = &Value> {
    page["value"].as_array().unwrap_or_else(|| panic!("no rows: {page}")).iter()
}

/// A text of a row; empty where it has none.
pub fn text(row: &Value, name: &str) -> String {
    row[name].as_str().unwrap_or_default().to_owned()
}

fn bare(message_id: &str) -> String {
    message_id.trim_start_matches('<').trim_end_matches('>').to_owned()
}
