//! Whether the official samples can be read. They lie outside the project.

use super::call::Reply;
use super::error::codes;
use super::notifications;
use super::page::Page;
use super::subscriptions::Subscription;
use super::users::calendar::calendar_permissions::CalendarPermission;
use super::users::events::Event;
use super::users::mail_folders::MailFolder;
use super::users::messages::Message;
use super::users::messages::attachments::Attachment;
use super::users::outlook::master_categories::OutlookCategory;
use super::users::todo::lists::TodoTaskList;
use super::users::todo::lists::tasks::TodoTask;
use super::users::todo::lists::tasks::linked_resources::LinkedResource;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let conformance = std::env::var_os("EARMARK_CONFORMANCE")
        .map_or_else(|| root.join("../shared/conformance"), PathBuf::from);
    conformance.join("graph/samples")
}

/// Reads one body as an entity or a list of them, as its own shape says.
fn read<T: DeserializeOwned>(body: &Value) -> Result<usize, String> {
    let reply = Reply {
        status: http::StatusCode::OK,
        headers: http::HeaderMap::new(),
        body: body.to_string().into(),
    };
    let result = if body.get("value").is_some_and(Value::is_array) {
        reply.json::<Page<T>>().map(|page| page.value.len())
    } else {
        reply.json::<T>().map(|_| 1)
    };
    result.map_err(|failure| failure.detail)
}

/// The resource that a request path is about.
fn parse(path: &str, body: &Value) -> Option<Result<usize, String>> {
    let path = path.split('?').next().unwrap_or_default().to_ascii_lowercase();
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let resource =
        |name: &str| segments.iter().rev().take(2).any(|segment| segment.starts_with(name));
    if resource("attachments") {
        Some(read::<Attachment>(body))
    } else if ["createuploadsession", "attachmentsessions", "extensions", "checklistitems"]
        .into_iter()
        .any(resource)
    {
        None
    } else if resource("linkedresources") {
        Some(read::<LinkedResource>(body))
    } else if resource("tasks") {
        Some(read::<TodoTask>(body))
    } else if resource("lists") {
        Some(read::<TodoTaskList>(body))
    } else if resource("calendarpermissions") {
        Some(read::<CalendarPermission>(body))
    } else if resource("events") || resource("calendarview") {
        Some(read::<Event>(body))
    } else if resource("subscriptions") {
        Some(read::<Subscription>(body))
    } else if resource("mastercategories") {
        Some(read::<OutlookCategory>(body))
    } else if resource("messages") {
        Some(read::<Message>(body))
    } else if resource("mailfolders") || resource("childfolders") {
        Some(read::<MailFolder>(body))
    } else {
        None
    }
}

/// File, address that was asked, and body of every sample that is an answer or was delivered.
fn samples() -> Option<Vec<(String, String, Value)>> {
    let folder = folder();
    let Ok(index) = std::fs::read(folder.join("index.json")) else {
        println!("skipped: no official samples at EARMARK_CONFORMANCE");
        return None;
    };
    let index: Value = serde_json::from_slice(&index).expect("index");
    let mut samples = Vec::new();
    for entry in index.as_array().expect("entries") {
        let file = entry["file"].as_str().unwrap_or_default().to_owned();
        let asked = entry["forRequest"]["url"].as_str().unwrap_or_default().to_owned();
        if file.contains("-request") {
            continue;
        }
        let body = std::fs::read(folder.join(&file)).expect("sample");
        samples.push((file, asked, serde_json::from_slice(&body).expect("sample is JSON")));
    }
    Some(samples)
}

#[test]
fn every_official_sample_of_what_is_read_here_is_read() {
    let Some(samples) = samples() else { return };
    let mut read = 0;
    for (file, asked, body) in samples {
        if !file.contains("-response") || asked.is_empty() {
            continue;
        }
        if body.get("error").is_some() {
            assert!(!codes(body.to_string().as_bytes()).is_empty(), "{file}");
        } else if let Some(result) = parse(&asked, &body) {
            assert!(result.is_ok(), "{file}: {result:?}");
            read += result.unwrap_or_default();
        }
    }
    assert!(read > 40, "only {read} entities were recognized");
}

#[test]
fn every_official_sample_of_a_delivery_is_read() {
    let Some(samples) = samples() else { return };
    let mut read = 0;
    for (file, _, body) in samples {
        let entries = body["value"].as_array().into_iter().flatten();
        let count = entries.filter(|entry| entry.get("subscriptionId").is_some()).count();
        if count > 0 {
            let delivery = notifications::read(body.to_string().as_bytes());
            assert_eq!(delivery.map(|delivery| delivery.len()), Some(count), "{file}");
            read += count;
        }
    }
    assert!(read > 3, "only {read} notifications were recognized");
}
