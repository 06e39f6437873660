//! One operation as it is sent, and its answer.

use crate::classify::nonsense;
use crate::wire::page::TOO_MANY;
use bytes::Bytes;
use earmark_http::server_date;
use earmark_model::{Failure, Instant, Version};
use http::{HeaderMap, Method, StatusCode};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Units: bytes of an ordinary answer.
const BODY_MAX: u64 = 64 * 1024 * 1024;

/// Everything but what RFC 3986 never reserves, and the at sign, which is plain in a path.
const SEGMENT: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'@');

/// Also what OData writes in its options.
const OPTION: &AsciiSet = &SEGMENT
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b',')
    .remove(b'/')
    .remove(b':')
    .remove(b'$');

/// One operation, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) place: Place,
    pub(crate) headers: Vec<(&'static str, String)>,
    /// JSON.
    pub(crate) body: Option<Bytes>,
    pub(crate) body_max: u64,
    /// Units: places of the mailbox's budget that it takes.
    pub(crate) places: usize,
}

/// Where an operation goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// A path with its query below the Graph root, encoded.
    Below(String),
    /// A whole address that the server gave.
    Link(String),
}

impl Call {
    pub(crate) fn new(method: Method, path: String) -> Self {
        let place = Place::Below(path);
        Self { method, place, headers: Vec::new(), body: None, body_max: BODY_MAX, places: 1 }
    }

    pub(crate) fn get(path: String) -> Self {
        Self::new(Method::GET, path)
    }

    pub(crate) fn with_json(mut self, body: &impl Serialize) -> Result<Self, Failure> {
        let json = serde_json::to_vec(body)
            .map_err(|_| nonsense("MalformedRequest", "The request cannot be written."))?;
        self.body = Some(json.into());
        Ok(self)
    }

    /// On the condition that the item still has the version `base`, where that is an entity tag;
    /// other versions are ours and mean nothing to the server.
    pub(crate) fn on_version(mut self, base: &Version) -> Self {
        if base.as_str().ends_with('"') {
            self.headers.push(("if-match", base.as_str().to_owned()));
        }
        self
    }

    pub(crate) fn with_body_max(mut self, bytes: u64) -> Self {
        self.body_max = bytes;
        self
    }

    /// The same operation on the next page.
    pub(crate) fn following(self, link: String) -> Self {
        Self { place: Place::Link(link), ..self }
    }
}

/// `/users/{address}`, the beginning of every path here.
pub(crate) fn user(address: &str) -> String {
    format!("/users/{}", segment(address))
}

/// `text` as one segment of a path.
pub(crate) fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

/// `name=value` as a query option.
pub(crate) fn option(name: &str, value: &str) -> String {
    format!("{name}={}", utf8_percent_encode(value, OPTION))
}

/// `text` as an OData string literal.
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The filter for what carries the category `name`.
pub(crate) fn bearing(name: &str) -> String {
    option("$filter", &format!("categories/any(c:c eq {})", literal(name)))
}

/// An answer with any status.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Reply {
    /// The body as JSON.
    ///
    /// Errors: `Bug` when it is none, for example a page of HTML.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_slice(&self.body).map_err(|error| malformed(&error))
    }

    /// The server's time when it answered.
    pub(crate) fn date(&self) -> Option<Instant> {
        server_date(&self.headers).map(Instant::from_millis)
    }
}

/// The failure for JSON that is none or has another shape. Says where, never what.
pub(crate) fn malformed(error: &serde_json::Error) -> Failure {
    let text = error.to_string();
    if let Some(limit) = text.strip_prefix(TOO_MANY) {
        let limit = limit.split_whitespace().next().unwrap_or_default();
        return nonsense(
            "ListTooLong",
            &format!(
                "The mailbox server's answer holds a list of more than {limit} entries, which no \
                 page or item has; check that graph_root names Microsoft Graph."
            ),
        );
    }
    let kind = if error.is_data() { "of another shape than documented" } else { "not JSON" };
    let place = format!("line {} column {}", error.line(), error.column());
    nonsense("MalformedAnswer", &format!("The mailbox server's answer is {kind} at {place}."))
}
