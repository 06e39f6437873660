//! Whether the official samples can be read. They lie outside the project.

use super::call::Reply;
use super::error::codes;
use super::page::Page;
use super::users::mail_folders::MailFolder;
use super::users::messages::Message;
use super::users::messages::attachments::Attachment;
use super::users::outlook::master_categories::OutlookCategory;
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

#[test]
fn every_official_sample_of_mail_folders_attachments_and_categories_is_read() {
    let folder = folder();
    let Ok(index) = std::fs::read(folder.join("index.json")) else {
        println!("skipped: no official samples at EARMARK_CONFORMANCE");
        return;
    };
    let index: Value = serde_json::from_slice(&index).expect("index");
    let entries = index.as_array().expect("entries");
    let mut read = 0;
    for entry in entries {
        let text = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default();
        let file = text("file");
        let asked = entry.get("forRequest").and_then(|request| request.get("url"));
        let asked = asked.and_then(Value::as_str).unwrap_or_default();
        if !file.contains("-response") || asked.is_empty() {
            continue;
        }
        let body = std::fs::read(folder.join(file)).expect("sample");
        let body: Value = serde_json::from_slice(&body).expect("sample is JSON");
        if body.get("error").is_some() {
            assert!(!codes(body.to_string().as_bytes()).is_empty(), "{file}");
        } else if let Some(result) = parse(asked, &body) {
            assert!(result.is_ok(), "{file}: {result:?}");
            read += result.unwrap_or_default();
        }
    }
    assert!(read > 10, "only {read} entities were recognized");
}
