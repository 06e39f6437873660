//! Backup and restore of a service in a process of its own, by the commands that people use.

mod service;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use service::{ADMIN, Demo, user};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

const ANNA: &str = "anna@fabrikam.test";
const TRACKED: &str = "Tracked to Dynamics 365";

/// Units: cycles until a test gives up waiting for an effect.
const PATIENCE: usize = 600;

fn message(number: usize) -> String {
    format!(
        "From: Kim Lee <kim@contoso.test>\r\nTo: Anna Berg <{ANNA}>\r\n\
         Subject: Offer {number}\r\nMessage-ID: <offer-{number}@contoso.test>\r\n\
         Date: Mon, 23 Nov 2026 09:{:02}:00 +0000\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\nOffer number {number}.\r\n",
        number % 60,
    )
}

fn earmark(arguments: &[&str], folder: &Path, data_dir: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_earmark"))
        .args(arguments)
        .arg(folder)
        .arg("--data-dir")
        .arg(data_dir)
        .args(["--json", "--no-input"])
        .env_remove("EARMARK_DATA_DIR")
        .env_remove("EARMARK_CONFIG")
        .output()
        .expect("the binary starts")
}

/// What the command printed.
fn done(output: &Output) -> Value {
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    serde_json::from_slice(&output.stdout).expect("one JSON value")
}

/// The exit code and the error of a command that was refused.
fn refused(output: &Output) -> (i32, Value) {
    let told = String::from_utf8_lossy(&output.stderr);
    let error: Value = serde_json::from_str(told.trim()).expect("one JSON value");
    (output.status.code().expect("ended by itself"), error["error"].clone())
}

/// Every file of a folder with its bytes, what SQLite keeps beside a file left out.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = fs::read_dir(folder).expect("the folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let kept = paths.filter(|path| path.is_file() && !path.ends_with("earmark.lock"));
    kept.map(|path| (path.clone(), fs::read(&path).expect("readable"))).collect()
}

async fn rows(demo: &Demo, path: &str) -> Vec<Value> {
    let (status, page) = demo.admin(Method::GET, path, None).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    page["value"].as_array().expect("rows").clone()
}

async fn messages(demo: &Demo) -> Vec<Value> {
    let path = format!("/graph/v1.0/users/{ANNA}/messages?$top=1000&$select=id,categories,subject");
    let (status, page) = demo.send(Method::GET, &path, None).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    page["value"].as_array().expect("messages").clone()
}

async fn emails(demo: &Demo) -> Vec<String> {
    let found = rows(demo, "/api/data/v9.2/emails?$select=messageid").await;
    let id = |row: &Value| row["messageid"].as_str().expect("an id").to_owned();
    found.iter().map(id).collect()
}

/// Delivers these messages and assigns the category to each.
async fn track(demo: &Demo, numbers: std::ops::Range<usize>) {
    for number in numbers {
        demo.deliver(message(number)).await;
    }
    for message in messages(demo).await {
        if message["categories"] == json!([]) {
            let id = message["id"].as_str().expect("an id");
            let path = format!("/graph/v1.0/users/{ANNA}/messages/{id}");
            let body = json!({"categories": [TRACKED]});
            let (status, answer) = demo.admin(Method::PATCH, &path, Some(body)).await;
            assert_eq!(status, StatusCode::OK, "{answer}");
        }
    }
}

async fn sync(demo: &Demo) {
    let path = format!("/api/v1/mailboxes/{ANNA}/sync");
    let (status, answer) = demo.admin(Method::POST, &path, Some(json!({"wait": true}))).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
}

async fn until_emails(demo: &Demo, at_least: usize) {
    for _ in 0..PATIENCE {
        if emails(demo).await.len() >= at_least {
            return;
        }
        sync(demo).await;
    }
    panic!("only {} of {at_least} emails were tracked", emails(demo).await.len());
}

async fn add_anna(demo: &Demo) {
    let (status, answer) =
        demo.admin(Method::POST, "/sandbox/v1/users", Some(user(ANNA, "Anna Berg"))).await;
    assert!(status.is_success(), "{answer}");
}

/// A full comparison in which nothing is left to do.
async fn nothing_differs(demo: &Demo) {
    let path = "/api/v1/reconcile";
    let (status, answer) = demo.admin(Method::POST, path, Some(json!({"apply": true}))).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let report = &answer["report"];
    assert_eq!(report["differences"], json!([]), "{report}");
    assert_eq!((&report["unreadable"], &report["unfinished"]), (&json!([]), &json!([])));
    let (_, answer) = demo.admin(Method::POST, path, Some(json!({"mailbox": ANNA}))).await;
    let report = &answer["report"];
    for list in ["differences", "repaired", "waiting", "unreadable"] {
        assert_eq!(report[list], json!([]), "{report}");
    }
    assert_eq!(answer["schema"], "earmark.reconcile/1");
    assert_eq!((&answer["applied"], &report["mailboxes"]), (&json!(false), &json!(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_taken_under_load_and_restored_loses_and_doubles_nothing() {
    let home = tempfile::tempdir().expect("a folder");
    let (data, backup) = (home.path().join("data"), home.path().join("backup"));
    let demo = Demo::start(&data).await;
    add_anna(&demo).await;
    track(&demo, 0..20).await;
    until_emails(&demo, 10).await;
    // Under load: messages come and are tracked while the files are copied.
    let (to, from) = (backup.clone(), data.clone());
    let copying = tokio::task::spawn_blocking(move || earmark(&["backup"], &to, &from));
    track(&demo, 20..60).await;
    until_emails(&demo, 30).await;
    let told = done(&copying.await.expect("copied"));
    let roles: Vec<_> =
        told["files"].as_array().expect("files").iter().map(|f| &f["role"]).collect();
    assert_eq!(roles, ["ledger", "crm", "sandbox"], "the ledger is never newer than the CRM");
    assert_eq!(done(&earmark(&["backup", "--verify"], &backup, &data))["madeAt"], told["madeAt"]);
    track(&demo, 60..70).await;
    until_emails(&demo, 70).await;
    demo.kill();

    let restored = done(&earmark(&["restore"], &backup, &data));
    let kept = restored["kept"].as_array().expect("paths").clone();
    assert_eq!(kept.len(), 3, "{restored}");
    // The mailboxes are not ours: they stay as new as they are.
    let path = |row: &Value| PathBuf::from(row.as_str().expect("a path"));
    let sandbox = kept.iter().map(path).find(|path| path.to_string_lossy().contains("sandbox"));
    let sandbox = sandbox.expect("the former sandbox").to_string_lossy().into_owned();
    fs::remove_file(data.join("sandbox.db")).expect("removed");
    for beside in ["", "-wal", "-shm"] {
        let former = PathBuf::from(format!("{sandbox}{beside}"));
        if former.exists() {
            fs::rename(&former, data.join(format!("sandbox.db{beside}"))).expect("put back");
        }
    }

    let demo = Demo::start(&data).await;
    until_emails(&demo, 70).await;
    sync(&demo).await;
    nothing_differs(&demo).await;
    let emails = emails(&demo).await;
    let different: BTreeSet<&String> = emails.iter().collect();
    assert_eq!((emails.len(), different.len()), (70, 70), "one record for each message");
    for message in messages(&demo).await {
        assert_eq!(message["categories"], json!([TRACKED]), "nothing was stripped");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_be_restored_is_refused_and_nothing_is_changed() {
    let home = tempfile::tempdir().expect("a folder");
    let (data, backup) = (home.path().join("data"), home.path().join("backup"));
    let demo = Demo::start(&data).await;
    add_anna(&demo).await;
    track(&demo, 0..2).await;
    until_emails(&demo, 2).await;
    done(&earmark(&["backup"], &backup, &data));
    let (code, error) = refused(&earmark(&["backup"], &backup, &data));
    assert_eq!((code, &error["code"]), (6, &json!("backup")), "never overwritten");

    let (code, error) = refused(&earmark(&["restore"], &backup, &data));
    assert_eq!((code, &error["code"]), (6, &json!("data_dir")), "a service is running");
    assert!(error["hint"].as_str().is_some_and(|hint| hint.contains("Stop")), "{error}");
    assert_eq!(emails(&demo).await.len(), 2, "and goes on");
    demo.kill();

    let before = contents(&data);
    let whole = contents(&backup);
    let put = |name: &str, bytes: &[u8]| fs::write(backup.join(name), bytes).expect("written");
    let ledger = whole[&backup.join("ledger.db")].clone();
    let manifest = String::from_utf8(whole[&backup.join("manifest.json")].clone()).expect("text");
    let check = |what: &str| {
        for command in [vec!["restore"], vec!["backup", "--verify"]] {
            let (code, error) = refused(&earmark(&command, &backup, &data));
            assert_eq!(code, 6, "{what}: {error}");
            let words = error["message"].as_str().expect("words");
            assert!(words.contains(what), "{what}: {words}");
            assert!(error["hint"].is_string(), "{what}: no remedy");
        }
        assert_eq!(contents(&data), before, "{what}: nothing is changed");
        for (path, bytes) in &whole {
            fs::write(path, bytes).expect("put right again");
        }
    };
    put("ledger.db", &ledger[..ledger.len() / 2]);
    check("bytes");
    let mut flipped = ledger.clone();
    *flipped.last_mut().expect("bytes") ^= 1;
    put("ledger.db", &flipped);
    check("SHA-256");
    let mut newer: Value = serde_json::from_str(&manifest).expect("JSON");
    newer["files"][0]["schemaVersion"] = json!(99);
    put("manifest.json", newer.to_string().as_bytes());
    check("schema 99");
    let mut another: Value = serde_json::from_str(&manifest).expect("JSON");
    another["files"][1]["name"] = json!("../crm.db");
    put("manifest.json", another.to_string().as_bytes());
    check("names");
    fs::remove_file(backup.join("crm.db")).expect("removed");
    check("missing");

    // The same files over the data of another organization.
    let strange = home.path().join("strange");
    let demo = Demo::start(&strange).await;
    add_anna(&demo).await;
    sync(&demo).await;
    demo.kill();
    let there = contents(&strange);
    let (code, error) = refused(&earmark(&["restore"], &backup, &strange));
    let words = error["message"].as_str().expect("words");
    assert!(code == 6 && words.contains("another organization"), "{error}");
    let databases =
        |all: &BTreeMap<PathBuf, Vec<u8>>| -> Vec<PathBuf> { all.keys().cloned().collect() };
    let after = contents(&strange);
    assert!(databases(&after).iter().all(|path| databases(&there).contains(path)), "{after:?}");

    // And what is sound goes into an empty folder.
    let empty = home.path().join("empty");
    assert_eq!(done(&earmark(&["restore"], &backup, &empty))["kept"], json!([]));
    let demo = Demo::start(&empty).await;
    assert_eq!(emails(&demo).await.len(), 2);
    nothing_differs(&demo).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reconcile_says_by_its_exit_code_what_is_left() {
    let home = tempfile::tempdir().expect("a folder");
    let data = home.path().join("data");
    let demo = Demo::start(&data).await;
    add_anna(&demo).await;
    track(&demo, 0..1).await;
    until_emails(&demo, 1).await;
    sync(&demo).await;
    let reconcile = |more: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_earmark"))
            .args(["--url", demo.root(), "reconcile", "--json"])
            .args(more)
            .env("EARMARK_TOKEN", ADMIN)
            .output()
            .expect("the binary starts")
    };
    let told = done(&reconcile(&[]));
    assert_eq!((&told["applied"], &told["report"]["links"]), (&json!(false), &json!(1)));
    let twin = json!({
        "subject": "Twin", "messageid": "<offer-0@contoso.test>", "directioncode": false,
    });
    let (status, answer) = demo.admin(Method::POST, "/api/data/v9.2/emails", Some(twin)).await;
    assert!(status.is_success(), "{answer}");
    let output = reconcile(&["--apply", "--mailbox", ANNA]);
    let (code, error) = refused(&output);
    assert_eq!((code, &error["code"]), (9, &json!("differs")), "{error}");
    let told: Value = serde_json::from_slice(&output.stdout).expect("the report all the same");
    let row = &told["report"]["differences"][0];
    assert_eq!((&row["difference"], &row["repair"]), (&json!("source_doubled"), &json!("person")));
    assert!(row["remedy"].as_str().is_some_and(|remedy| remedy.contains("CRM")), "{row}");
    let (code, error) = refused(&reconcile(&["--mailbox", "nobody@fabrikam.test"]));
    assert_eq!((code, &error["code"]), (3, &json!("mailbox")), "{error}");
}
