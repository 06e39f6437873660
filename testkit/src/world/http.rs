//! Asking the faces, as anybody outside does.

use super::World;
use anyhow::{Context, Result, bail};
use axum::body::{Body, to_bytes};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, header};
use serde_json::Value;
use tower::ServiceExt;

/// Units: bytes of one answer.
const ANSWER_MAX: usize = 256 * 1024 * 1024;

/// Under which name the router is reached; nothing is resolved.
pub(super) const AUTHORITY: &str = "earmark.test";

impl World {
    /// Sends one request to a face. The body of the answer is its JSON, or the text as a string.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Result<(StatusCode, HeaderMap, Value)> {
        let request = request(method, path, token, headers, body.into())?;
        let answer = match self.outside.router.clone().oneshot(request.map(Body::from)).await {
            Ok(answer) => answer,
            Err(never) => match never {},
        };
        let (parts, body) = answer.into_parts();
        let bytes = to_bytes(body, ANSWER_MAX).await.context("read the answer's body")?;
        let value = serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
        Ok((parts.status, parts.headers, value))
    }

    /// Sends JSON with the admin token, which is neither faulted nor counted.
    ///
    /// Errors: the face refused; with what it said.
    pub async fn admin(&self, method: Method, path: &str, body: Option<Value>) -> Result<Value> {
        let text = body.map(|body| body.to_string()).unwrap_or_default();
        self.admin_raw(method, path, "application/json", text).await
    }

    pub(super) async fn admin_raw(
        &self,
        method: Method,
        path: &str,
        content_type: &str,
        body: String,
    ) -> Result<Value> {
        let headers = [(header::CONTENT_TYPE.as_str(), content_type), PREFER];
        let token = Some(self.admin_token());
        let (status, _, value) = self.send(method.clone(), path, token, &headers, body).await?;
        if !status.is_success() {
            bail!("{method} {path} was answered {status}: {value}");
        }
        Ok(value)
    }

    /// All rows that a collection answers, page after page.
    pub(super) async fn rows(&self, path: &str) -> Result<Vec<Value>> {
        let mut rows = Vec::new();
        let mut next = Some(path.to_owned());
        while let Some(path) = next {
            let mut page = self.admin(Method::GET, &path, None).await?;
            let Some(value) = page["value"].as_array_mut() else {
                bail!("GET {path} answered no collection: {page}");
            };
            rows.append(value);
            next = page["@odata.nextLink"].as_str().map(below_authority);
        }
        Ok(rows)
    }
}

const PREFER: (&str, &str) = ("prefer", r#"IdType="ImmutableId", odata.include-annotations="*""#);

pub(super) fn request(
    method: Method,
    path: &str,
    token: Option<&str>,
    headers: &[(&str, &str)],
    body: Bytes,
) -> Result<Request<Bytes>> {
    let mut builder = Request::builder().method(method).uri(path).header(header::HOST, AUTHORITY);
    if let Some(token) = token {
        builder = builder.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    builder.body(body).with_context(|| format!("make a request for {path}"))
}

fn below_authority(link: &str) -> String {
    let rest = link.split_once("://").map_or(link, |(_, rest)| rest);
    rest.find('/').map_or_else(|| "/".to_owned(), |at| rest[at..].to_owned())
}

/// `text` as one path segment or query value.
pub(super) fn encoded(text: &str) -> String {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// `text` as a string of a filter, ready for a query.
pub(super) fn literal(text: &str) -> String {
    encoded(&format!("'{}'", text.replace('\'', "''")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lose_their_authority() {
        assert_eq!(
            below_authority("https://earmark.test/graph/v1.0/x?$skip=1"),
            "/graph/v1.0/x?$skip=1"
        );
    }

    #[test]
    fn strings_of_filters_are_quoted() {
        assert_eq!(literal("it's"), "%27it%27%27s%27");
    }
}
