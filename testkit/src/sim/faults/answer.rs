//! What an answer of the mailbox server turns into on the way.

use bytes::Bytes;
use earmark_model::Instant;
use http::{HeaderName, HeaderValue, Response, header};
use serde_json::{Value, json};

/// Alters one answer.
pub(in crate::sim) type Alter = Box<dyn FnOnce(Response<Bytes>) -> Response<Bytes> + Send>;

/// Members that an item may lack without being another item.
const OPTIONAL: &[&str] = &[
    "createdDateTime",
    "lastModifiedDateTime",
    "receivedDateTime",
    "changeKey",
    "importance",
    "conversationIndex",
    "hasAttachments",
    "isReadReceiptRequested",
    "isDeliveryReceiptRequested",
    "bodyPreview",
];

/// An error answer in the form of the server; a gateway's without a code.
pub(super) fn error(status: u16, code: &str) -> Response<Bytes> {
    let body = if code.is_empty() {
        "<html><body>Something went wrong on the way.</body></html>".to_owned()
    } else {
        json!({"error": {"code": code, "message": "Something went wrong."}}).to_string()
    };
    let kind = if code.is_empty() { "text/html" } else { "application/json" };
    let answer = Response::builder().status(status).header(header::CONTENT_TYPE, kind);
    answer.body(Bytes::from(body)).expect("a plain answer")
}

/// The token was revoked; a new one must answer this challenge.
pub(super) fn challenge() -> Response<Bytes> {
    let mut answer = error(401, "InvalidAuthenticationToken");
    let text = "Bearer realm=\"\", error=\"insufficient_claims\", \
                claims=\"eyJhY2Nlc3NfdG9rZW4iOnt9fQ==\"";
    set(&mut answer, "www-authenticate", text);
    answer
}

/// Sets a header.
pub(super) fn set(answer: &mut Response<Bytes>, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().insert(HeaderName::from_static(name), value);
    }
}

/// An instant as HTTP writes it.
pub(super) fn http_date(at: Instant) -> String {
    let at = jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or_default();
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// Alters the JSON of a good answer.
fn json_of(alter: impl FnOnce(&mut Value) + Send + 'static) -> Alter {
    Box::new(move |answer| {
        if !answer.status().is_success() {
            return answer;
        }
        let (parts, body) = answer.into_parts();
        let Ok(mut value) = serde_json::from_slice::<Value>(&body) else {
            return Response::from_parts(parts, body);
        };
        alter(&mut value);
        Response::from_parts(parts, Bytes::from(value.to_string()))
    })
}

fn body_of(alter: impl FnOnce(Bytes) -> Bytes + Send + 'static) -> Alter {
    Box::new(move |answer| answer.map(alter))
}

/// The answer breaks off, and looks whole.
pub(super) fn truncated() -> Alter {
    body_of(|body| body.slice(..body.len() / 2))
}

/// A page of HTML.
pub(super) fn html() -> Alter {
    body_of(|_| Bytes::from_static(b"<html><body>Please sign in.</body></html>"))
}

/// Nothing at all.
pub(super) fn empty() -> Alter {
    body_of(|_| Bytes::new())
}

/// Members and words that nobody knows.
pub(super) fn richer() -> Alter {
    json_of(|answer| {
        answer["@odata.somethingNew"] = json!({"since": "tomorrow"});
        each_item(answer, |item| {
            item["novelty"] = json!([1, {"two": null}]);
            if item.get("importance").is_some() {
                item["importance"] = json!("extreme");
            }
            if item.get("color").is_some() {
                item["color"] = json!("preset99");
            }
        });
    })
}

/// Members that may be missing are.
pub(super) fn poorer() -> Alter {
    json_of(|answer| {
        each_item(answer, |item| {
            let Some(members) = item.as_object_mut() else { return };
            OPTIONAL.iter().for_each(|name| drop(members.remove(*name)));
        });
    })
}

/// Items come without some of the members that they may lack.
pub(super) fn partial(luck: u64) -> Alter {
    json_of(move |answer| {
        let mut luck = luck;
        each_item(answer, |item| {
            let Some(members) = item.as_object_mut() else { return };
            for name in OPTIONAL {
                luck = luck.rotate_left(7);
                if luck & 1 == 1 {
                    members.remove(*name);
                }
            }
        });
    })
}

/// The next page is said to be at a stranger's.
pub(super) fn foreign_link() -> Alter {
    json_of(|answer| {
        if answer.get("value").is_some_and(Value::is_array) {
            answer["@odata.nextLink"] = json!("https://graph.stranger.test/v1.0/users?$skip=10");
        }
    })
}

/// One item comes twice, and the order is another.
pub(super) fn repeated(luck: u64) -> Alter {
    json_of(move |answer| {
        let Some(list) = answer.get_mut("value").and_then(Value::as_array_mut) else { return };
        let Some(at) = index(list.len(), luck) else { return };
        let again = list[at].clone();
        list.push(again);
        if luck & 1 == 0 {
            list.reverse();
        }
    })
}

/// One item is not named.
pub(super) fn unreported(luck: u64) -> Alter {
    json_of(move |answer| {
        let Some(list) = answer.get_mut("value").and_then(Value::as_array_mut) else { return };
        if let Some(at) = index(list.len(), luck) {
            list.remove(at);
        }
    })
}

/// Nothing but the way to the next page, which is this one.
pub(super) fn empty_page(link: String) -> Alter {
    json_of(move |answer| {
        if answer.get("value").is_some_and(Value::is_array) {
            answer["value"] = json!([]);
            answer["@odata.nextLink"] = Value::from(link);
        }
    })
}

/// One of the answers of a batch is a refusal.
pub(super) fn one_inner(which: u64, status: u16, code: &str, wait: Option<u64>) -> Alter {
    let code = code.to_owned();
    json_of(move |answer| {
        let Some(list) = answer.get_mut("responses").and_then(Value::as_array_mut) else { return };
        let name = Value::from(which.to_string());
        if let Some(inner) = list.iter_mut().find(|inner| inner["id"] == name) {
            refuse(inner, status, &code);
            if let Some(wait) = wait {
                inner["headers"]["Retry-After"] = Value::from(wait.to_string());
            }
        }
    })
}

/// Every answer of a batch is a refusal.
pub(super) fn every_inner(status: u16, code: &str) -> Alter {
    let code = code.to_owned();
    json_of(move |answer| {
        let list = answer.get_mut("responses").and_then(Value::as_array_mut);
        list.into_iter().flatten().for_each(|inner| refuse(inner, status, &code));
    })
}

fn refuse(inner: &mut Value, status: u16, code: &str) {
    inner["status"] = Value::from(status);
    inner["headers"] = json!({"Content-Type": "application/json"});
    inner["body"] = json!({"error": {"code": code, "message": "Something went wrong."}});
}

fn index(len: usize, luck: u64) -> Option<usize> {
    let at = (luck >> 8).checked_rem(u64::try_from(len).ok()?)?;
    usize::try_from(at).ok()
}

/// The items of a list, of a batch, or the one that the answer is.
fn each_item(answer: &mut Value, mut act: impl FnMut(&mut Value)) {
    if let Some(list) = answer.get_mut("value").and_then(Value::as_array_mut) {
        list.iter_mut().for_each(act);
        return;
    }
    let Some(list) = answer.get_mut("responses").and_then(Value::as_array_mut) else {
        act(answer);
        return;
    };
    for inner in list {
        match inner["body"].get_mut("value").and_then(Value::as_array_mut) {
            Some(list) => list.iter_mut().for_each(&mut act),
            None => act(&mut inner["body"]),
        }
    }
}
