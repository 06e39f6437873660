//! Lists: how long each list of the own API takes to answer where there are 10,000 mailboxes and
//! 200,000 items, as the console asks for them.
//!
//! The stores are filled behind the program's back while it is not running, by copying one mailbox
//! and one item of each kind that it made itself. All copies are paused, so that nothing but the
//! lists is measured.

use crate::{
    Plan,
    face::{ADMIN, Face},
    process::Server,
    report::Row,
};
use anyhow::{Context, Result, ensure};
use reqwest::Method;
use rusqlite::Connection;
use serde_json::json;
use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

const ID: &str = "lists";
const MAILBOXES: u32 = 10_000;
const ITEMS: u32 = 200_000;

/// Units: milliseconds.
const TARGET_MS: f64 = 200.0;

/// Units: times that each list is asked for; the median counts.
const TIMES: usize = 7;

const PERSON: &str = "person@fabrikam.test";

/// What the console and the add-in ask for.
const LISTS: [&str; 12] = [
    "/api/v1/overview",
    "/api/v1/mailboxes",
    "/api/v1/mailboxes?cursor=copy5000@fabrikam.test",
    "/api/v1/mailboxes?state=paused&q=copy9",
    "/api/v1/items",
    "/api/v1/items?cursor=150000",
    "/api/v1/items?state=retrying",
    "/api/v1/items?state=untracked_by_user",
    "/api/v1/items?mailbox=copy5000@fabrikam.test",
    "/api/v1/alerts?state=open",
    "/api/v1/held",
    "/api/v1/regarding?q=a",
];

/// Runs it.
///
/// Errors: the program does not start, refuses, or its files cannot be filled.
pub async fn run(plan: &Plan) -> Result<Vec<Row>> {
    let folder = tempfile::tempdir().context("make a folder")?;
    let data = folder.path().join("demo");
    one_of_each(plan, &data).await?;
    fill_crm(&data.join("crm.db")).context("fill the CRM")?;
    fill_ledger(&data.join("ledger.db")).context("fill the ledger")?;
    let server = start(plan, &data)?;
    let face = Face::new(&server.root)?;
    let page = face.ask(Method::GET, "/api/v1/mailboxes", None).await?;
    let total = page["total"].as_u64().unwrap_or_default();
    ensure!(total > u64::from(MAILBOXES), "only {total} mailboxes are there");
    let mut rows = Vec::new();
    for path in LISTS {
        let mut times = Vec::new();
        for _ in 0..TIMES {
            let began = Instant::now();
            face.text(path).await?;
            times.push(began.elapsed());
        }
        times.sort_unstable();
        let millis = times[TIMES / 2].as_secs_f64() * 1_000.0;
        rows.push(Row::at_most(ID, path, millis, TARGET_MS, format!("{millis:.0} ms")));
    }
    Ok(rows)
}

fn start(plan: &Plan, data: &Path) -> Result<Server> {
    let mut command = Command::new(&plan.binary);
    command.args(["demo", "--empty", "--no-push", "--no-open", "--listen", "127.0.0.1:0"]);
    command.args(["--admin-token", ADMIN, "--data-dir"]).arg(data);
    Server::start(&mut command)
}

/// A mailbox with one tracked message.
async fn one_of_each(plan: &Plan, data: &Path) -> Result<()> {
    let server = start(plan, data)?;
    let face = Face::new(&server.root)?;
    face.add_person(PERSON, true).await?;
    let messages = face.deliver(PERSON, 1).await?;
    face.assign(messages.first().context("a message")?).await?;
    let began = Instant::now();
    loop {
        let path = format!("/api/v1/mailboxes/{PERSON}/sync");
        face.ask(Method::POST, &path, Some(json!({"wait": true}))).await?;
        let items = face.ask(Method::GET, "/api/v1/items?state=tracked", None).await?;
        if items["items"].as_array().is_some_and(|items| !items.is_empty()) {
            return Ok(());
        }
        ensure!(began.elapsed() < Duration::from_secs(60), "the message is not tracked");
    }
}

/// An id made of a number, as the stores keep ids.
fn id(base: u32) -> String {
    format!("unhex(printf('%032x', {base} + i))")
}

fn fill_crm(path: &Path) -> Result<()> {
    let crm = Connection::open(path)?;
    let (user, mailbox) = (id(100_000), id(200_000));
    let address = "'copy' || i || '@fabrikam.test'";
    let of_person = format!("WHERE t.internalemailaddress = '{PERSON}'");
    copies(
        &crm,
        "systemuser",
        &[
            ("systemuserid", &user),
            ("internalemailaddress", address),
            ("domainname", address),
            ("azureactivedirectoryobjectid", &id(300_000)),
        ],
        &of_person,
        MAILBOXES,
    )?;
    let of_person = format!("WHERE t.emailaddress = '{PERSON}'");
    copies(
        &crm,
        "mailbox",
        &[
            ("mailboxid", &mailbox),
            ("emailaddress", address),
            ("regardingobjectid", &user),
            ("ownerid", &user),
        ],
        &of_person,
        MAILBOXES,
    )
}

fn fill_ledger(path: &Path) -> Result<()> {
    let ledger = Connection::open(path)?;
    let of_mailbox = "WHERE t.id = (SELECT unit FROM link LIMIT 1)";
    copies(
        &ledger,
        "unit",
        &[("id", "100000 + i"), ("mailbox", &id(200_000)), ("paused", "1")],
        of_mailbox,
        MAILBOXES,
    )?;
    let state = "CASE i % 200 WHEN 0 THEN 'pending' WHEN 1 THEN 'retrying' WHEN 2 THEN 'retrying' \
                 WHEN 3 THEN 'undeliverable' WHEN 4 THEN 'untracked_by_user' ELSE t.state END";
    copies(
        &ledger,
        "link",
        &[
            ("id", "100000 + i"),
            ("unit", &format!("100000 + 1 + i % {MAILBOXES}")),
            ("handle", "t.handle || i"),
            ("hash", "t.hash + i"),
            ("message_hash", "t.message_hash + i"),
            ("activity", &id(400_000)),
            ("state", state),
        ],
        "",
        ITEMS,
    )
}

/// Copies a row of a table so many times, with other values in some columns. The number of the copy
/// is `i`, the row that is copied is `t`.
fn copies(
    store: &Connection,
    table: &str,
    changes: &[(&str, &str)],
    row: &str,
    count: u32,
) -> Result<()> {
    let mut columns = store.prepare(&format!("SELECT name FROM pragma_table_info('{table}')"))?;
    let columns: Vec<String> =
        columns.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for (changed, _) in changes {
        ensure!(columns.iter().any(|column| column == changed), "{table} has no {changed}");
    }
    let value = |column: &String| {
        let changed = changes.iter().find(|(changed, _)| changed == column);
        changed.map_or_else(|| format!("t.{column}"), |(_, value)| (*value).to_owned())
    };
    let values: Vec<String> = columns.iter().map(value).collect();
    let sql = format!(
        "WITH RECURSIVE number (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM number WHERE i < {count})
         INSERT INTO {table} ({}) SELECT {} FROM number, (SELECT * FROM {table} AS t {row} LIMIT 1) AS t",
        columns.join(", "),
        values.join(", "),
    );
    let made = store.execute(&sql, []).with_context(|| format!("copy a row of {table}"))?;
    ensure!(made == count as usize, "{made} rows of {table} were made");
    Ok(())
}
