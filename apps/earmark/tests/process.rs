//! The whole product in a process of its own: tracked by nothing but HTTP, killed without
//! warning, with answers lost and the ledger deleted.

mod service;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use service::{Demo, user};
use std::{collections::BTreeSet, path::Path};

const ANNA: &str = "anna@fabrikam.test";
const TRACKED: &str = "Tracked to Dynamics 365";

/// Units: requests until a test gives up waiting for an effect.
const PATIENCE: usize = 3_000;

fn message(number: usize) -> String {
    format!(
        "From: Kim Lee <kim{}@contoso.test>\r\nTo: Anna Berg <{ANNA}>\r\n\
         Subject: Offer {number}\r\nMessage-ID: <offer-{number}@contoso.test>\r\n\
         Date: Mon, 23 Nov 2026 09:{:02}:00 +0000\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\nOffer number {number}.\r\n",
        number % 3,
        number % 60,
    )
}

async fn messages(demo: &Demo) -> Vec<Value> {
    let path = format!("/graph/v1.0/users/{ANNA}/messages?$top=1000&$select=id,categories,subject");
    let (status, page) = demo.send(Method::GET, &path, None).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    page["value"].as_array().expect("messages").clone()
}

async fn categorize(demo: &Demo, id: &str, categories: Value) {
    let path = format!("/graph/v1.0/users/{ANNA}/messages/{id}");
    // The injected faults meet people too; a person clicks again.
    for _ in 0..20 {
        let body = json!({"categories": categories});
        let (status, answer) = demo.admin(Method::PATCH, &path, Some(body)).await;
        if status == StatusCode::OK {
            assert_eq!(answer["categories"], categories);
            return;
        }
    }
    panic!("the category could not be written");
}

async fn emails(demo: &Demo) -> Vec<Value> {
    let path = "/api/data/v9.2/emails?$select=messageid,subject,directioncode";
    let (status, page) = demo.admin(Method::GET, path, None).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    page["value"].as_array().expect("emails").clone()
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

async fn sync(demo: &Demo) {
    let path = format!("/api/v1/mailboxes/{ANNA}/sync");
    let (status, answer) = demo.admin(Method::POST, &path, Some(json!({"wait": true}))).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
}

async fn lose_every_tenth_answer(demo: &Demo) {
    let lost = |target: &str| json!({"target": target, "probability": 0.1, "fault": {"dropResponse": true}});
    let faults = json!([lost("graph"), lost("crm")]);
    let (status, answer) = demo.admin(Method::PUT, "/sandbox/v1/faults", Some(faults)).await;
    assert!(status.is_success(), "{answer}");
}

fn delete_ledger(data_dir: &Path) {
    for file in std::fs::read_dir(data_dir).expect("the folder") {
        let path = file.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if name.starts_with("ledger.db") {
            std::fs::remove_file(&path).expect("removed");
        }
    }
}

#[tokio::test]
async fn killed_with_answers_lost_and_the_ledger_deleted_makes_exactly_the_same_records() {
    const MESSAGES: usize = 60;
    let folder = tempfile::tempdir().expect("a folder");
    let demo = Demo::start(folder.path()).await;
    let (status, answer) =
        demo.admin(Method::POST, "/sandbox/v1/users", Some(user(ANNA, "Anna Berg"))).await;
    assert!(status.is_success(), "{answer}");
    for number in 0..MESSAGES {
        demo.deliver(message(number)).await;
    }
    lose_every_tenth_answer(&demo).await;
    for message in messages_of_admin(&demo).await {
        categorize(&demo, message["id"].as_str().expect("id"), json!([TRACKED, "Red category"]))
            .await;
    }
    until_emails(&demo, MESSAGES / 6).await;
    demo.kill();

    let demo = Demo::start(folder.path()).await;
    lose_every_tenth_answer(&demo).await;
    until_emails(&demo, MESSAGES / 3).await;
    demo.kill();
    delete_ledger(folder.path());

    let demo = Demo::start(folder.path()).await;
    lose_every_tenth_answer(&demo).await;
    until_emails(&demo, MESSAGES * 2 / 3).await;
    demo.kill();

    let demo = Demo::start(folder.path()).await;
    until_emails(&demo, MESSAGES).await;
    sync(&demo).await;
    sync(&demo).await;
    let emails = emails(&demo).await;
    let ids: BTreeSet<&str> =
        emails.iter().filter_map(|email| email["messageid"].as_str()).collect();
    assert_eq!((emails.len(), ids.len()), (MESSAGES, MESSAGES), "one record for each message");
    for message in messages(&demo).await {
        assert_eq!(message["categories"], json!([TRACKED, "Red category"]));
    }
}

async fn messages_of_admin(demo: &Demo) -> Vec<Value> {
    let path = format!("/graph/v1.0/users/{ANNA}/messages?$top=1000&$select=id");
    let (status, page) = demo.admin(Method::GET, &path, None).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    page["value"].as_array().expect("messages").clone()
}

#[tokio::test]
async fn removing_the_category_unlinks_and_keeps_the_record_and_explain_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let demo = Demo::start(folder.path()).await;
    let (status, answer) =
        demo.admin(Method::POST, "/sandbox/v1/users", Some(user(ANNA, "Anna Berg"))).await;
    assert!(status.is_success(), "{answer}");
    demo.deliver(message(1)).await;
    let id = messages(&demo).await[0]["id"].as_str().expect("id").to_owned();
    categorize(&demo, &id, json!([TRACKED])).await;
    until_emails(&demo, 1).await;
    assert_eq!(reason(&demo).await, ("tracked".to_owned(), "category_assigned".to_owned()));

    categorize(&demo, &id, json!([])).await;
    for _ in 0..PATIENCE {
        if reason(&demo).await.0 == "untracked_by_user" {
            break;
        }
        sync(&demo).await;
    }
    assert_eq!(
        reason(&demo).await,
        ("untracked_by_user".to_owned(), "category_removed".to_owned())
    );
    assert_eq!(emails(&demo).await.len(), 1, "the record stays");
    let (_, links) = demo.admin(Method::GET, "/api/data/v9.2/exchangesyncidmappings", None).await;
    let linked = links["value"]
        .as_array()
        .expect("rows")
        .iter()
        .filter(|row| row["isunlinkedincrm"] != json!(true));
    assert_eq!(linked.count(), 0, "{links}");
}

async fn reason(demo: &Demo) -> (String, String) {
    let path = format!("/api/v1/items?mailbox={ANNA}");
    let (status, page) = demo.admin(Method::GET, &path, None).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    let word = |name: &str| page["items"][0][name].as_str().unwrap_or_default().to_owned();
    (word("state"), word("reason"))
}
