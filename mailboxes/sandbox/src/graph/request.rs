//! One request to the Graph face, understood as far as every resource needs it, and its answer.

use super::{caller::Caller, upload::Uploads};
use crate::{
    error::Refusal,
    quirks::Quirks,
    store::{handle::IdKind, message::BodyType},
};
use bytes::Bytes;
use earmark_odata::{Literal, Query, parse_json, parse_path, parse_query};
use http::{HeaderMap, Method};
use serde_json::Value;
use std::sync::Arc;

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// The root of the face as the caller knows it, without a version: `http://host/graph`.
    pub(crate) root: String,
    /// `v1.0` or `beta`.
    pub(crate) version: String,
    /// The path below the version, as written.
    pub(crate) raw_path: String,
    /// Segments and keys in order, decoded.
    pub(crate) words: Vec<String>,
    /// The same in lower case, without `microsoft.graph.`.
    pub(crate) lower: Vec<String>,
    pub(crate) query: Query,
    pub(crate) raw_query: String,
    pub(crate) prefer: Prefer,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) caller: Caller,
    pub(crate) now_ms: i64,
    /// How the server behaves.
    pub(crate) quirks: Quirks,
    /// From which ids are made.
    pub(crate) seed: u64,
    /// By which tokens are sealed.
    pub(crate) secret: String,
    /// The upload sessions that are open.
    pub(crate) uploads: Arc<Uploads>,
}

/// What the caller prefers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Prefer {
    pub(crate) ids: IdKind,
    pub(crate) body: Option<BodyType>,
    pub(crate) page_size: Option<u64>,
    /// The zone in which events show their times, as the caller wrote it.
    pub(crate) time_zone: Option<String>,
    /// What is answered in `Preference-Applied`.
    pub(crate) applied: Vec<String>,
}

/// The answer to one request.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Content,
    pub(crate) headers: Vec<(&'static str, String)>,
}

/// What an answer carries.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Content {
    Empty,
    Json(Value),
    Raw { media_type: String, bytes: Bytes },
}

impl Reply {
    pub(crate) fn json(status: u16, value: Value) -> Self {
        Self { status, body: Content::Json(value), headers: Vec::new() }
    }

    pub(crate) fn empty(status: u16) -> Self {
        Self { status, body: Content::Empty, headers: Vec::new() }
    }

    pub(crate) fn raw(media_type: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        let body = Content::Raw { media_type: media_type.into(), bytes: bytes.into() };
        Self { status: 200, body, headers: Vec::new() }
    }
}

impl Prefer {
    pub(crate) fn read(headers: &HeaderMap) -> Self {
        let mut prefer = Self::default();
        for value in headers.get_all("prefer") {
            for part in value.to_str().unwrap_or_default().split([',', ';']) {
                prefer.take(part.trim());
            }
        }
        prefer
    }

    fn take(&mut self, part: &str) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let value = value.trim().trim_matches('"');
        match name.trim().to_ascii_lowercase().as_str() {
            "idtype" if value.eq_ignore_ascii_case("ImmutableId") => {
                self.ids = IdKind::Immutable;
                self.applied.push("IdType=\"ImmutableId\"".to_owned());
            }
            "outlook.body-content-type" => {
                self.body = BodyType::parse(value);
                if let Some(kind) = self.body {
                    self.applied.push(format!("outlook.body-content-type=\"{}\"", kind.as_str()));
                }
            }
            "odata.maxpagesize" => {
                self.page_size = value.parse().ok().filter(|size| *size > 0);
                if let Some(size) = self.page_size {
                    self.applied.push(format!("odata.maxpagesize={size}"));
                }
            }
            "outlook.timezone" => {
                self.time_zone = Some(value.to_owned());
                self.applied.push(format!("outlook.timezone=\"{value}\""));
            }
            _ => {}
        }
    }
}

/// A path below the version as words: segments, and keys as words of their own.
pub(crate) fn words(raw_path: &str) -> Result<Vec<String>, Refusal> {
    let segments = parse_path(raw_path).map_err(|error| Refusal::bad_query(error.to_string()))?;
    let mut words = Vec::new();
    for segment in segments {
        words.push(segment.name);
        for key in segment.keys {
            words.push(match key.value {
                Literal::Text(text) => text,
                Literal::Guid(guid) => guid.to_string(),
                Literal::Int(number) => number.to_string(),
                _ => return Err(Refusal::bad_query("The key of a segment must be a text.")),
            });
        }
    }
    Ok(words)
}

/// A word as routes compare it.
pub(crate) fn lowered(word: &str) -> String {
    let lower = word.to_ascii_lowercase();
    lower.strip_prefix("microsoft.graph.").map_or(lower.clone(), str::to_owned)
}

/// The options of an address.
pub(crate) fn query(raw_query: &str) -> Result<Query, Refusal> {
    parse_query(raw_query).map_err(|error| Refusal::bad_query(error.to_string()))
}

impl Request {
    /// The words as slices, for routes.
    pub(crate) fn route(&self) -> Vec<&str> {
        self.lower.iter().map(String::as_str).collect()
    }

    /// The address of the version.
    pub(crate) fn base(&self) -> String {
        format!("{}/{}", self.root, self.version)
    }

    /// The `@odata.context` of something.
    pub(crate) fn context(&self, what: &str) -> String {
        format!("{}/$metadata#{what}", self.base())
    }

    /// This address with other values of some options.
    pub(crate) fn link(&self, options: &[(&str, &str)]) -> String {
        let kept = self.raw_query.split('&').filter(|pair| {
            let name = pair.split('=').next().unwrap_or_default();
            let name = name.trim_start_matches("%24").trim_start_matches('$');
            !pair.is_empty()
                && !options
                    .iter()
                    .any(|(other, _)| other.trim_start_matches('$').eq_ignore_ascii_case(name))
        });
        let mut pairs: Vec<String> = kept.map(str::to_owned).collect();
        pairs.extend(
            options
                .iter()
                .filter(|(_, value)| !value.is_empty())
                .map(|(name, value)| format!("{name}={value}")),
        );
        format!("{}/{}?{}", self.base(), self.raw_path.trim_start_matches('/'), pairs.join("&"))
    }

    /// The body as a JSON object. An empty body is an empty object where `optional`.
    pub(crate) fn object(&self, optional: bool) -> Result<Value, Refusal> {
        if self.body.iter().all(u8::is_ascii_whitespace) {
            return if optional {
                Ok(Value::Object(serde_json::Map::new()))
            } else {
                Err(Refusal::bad_request("Empty Payload. JSON content expected."))
            };
        }
        let value = parse_json(&self.body).map_err(|error| {
            Refusal::bad_request(format!("Unable to read JSON request payload: {error}."))
        })?;
        if value.is_object() {
            Ok(value)
        } else {
            Err(Refusal::bad_request("Unable to read JSON request payload: an object is expected."))
        }
    }

    /// The request in a few words, for the list of what was sent.
    pub(crate) fn cause(&self) -> String {
        format!(
            "{} {}",
            self.method,
            earmark_http::route::route(&format!("/{}", self.raw_path.trim_start_matches('/')))
        )
    }

    pub(crate) fn immutable(&self) -> bool {
        self.prefer.ids == IdKind::Immutable
    }
}

/// A member of an object, its name in any case; null counts as missing.
pub(crate) fn member<'a>(object: &'a Value, name: &str) -> Option<&'a Value> {
    let map = object.as_object()?;
    map.get(name)
        .or_else(|| {
            map.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
        })
        .filter(|value| !value.is_null())
}

/// A member that must be a text.
pub(crate) fn text_member(object: &Value, name: &str) -> Result<String, Refusal> {
    match member(object, name) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(_) => Err(Refusal::invalid_member(name, format!("'{name}' must be a string."))),
        None => Err(Refusal::invalid_member(name, format!("'{name}' is required."))),
    }
}

/// A member that may be missing.
pub(crate) fn optional_text(object: &Value, name: &str) -> Result<Option<String>, Refusal> {
    member(object, name).map(|_| text_member(object, name)).transpose()
}

/// A member that may be missing.
pub(crate) fn optional_bool(object: &Value, name: &str) -> Result<Option<bool>, Refusal> {
    match member(object, name) {
        None => Ok(None),
        Some(Value::Bool(value)) => Ok(Some(*value)),
        Some(_) => Err(Refusal::invalid_member(name, format!("'{name}' must be true or false."))),
    }
}
