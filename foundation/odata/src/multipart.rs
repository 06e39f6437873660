//! `$batch` as `multipart/mixed`: read requests, print answers.

use std::fmt::Write as _;

use crate::error::ParseError;

/// Units: header lines of one request or part.
const HEADERS_MAX: usize = 100;

/// One request inside a batch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BatchRequest {
    /// `Content-ID` of the part or, where it stands there, of the request.
    pub content_id: Option<String>,
    /// Method, upper case.
    pub method: String,
    /// Target as written: absolute, from the host's root, or relative.
    pub target: String,
    /// Headers in order, names as written.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

/// One part of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BatchPart {
    /// A request of its own.
    Request(BatchRequest),
    /// A change set: all or nothing.
    ChangeSet(Vec<BatchRequest>),
}

impl BatchPart {
    /// How many requests it holds.
    pub fn len(&self) -> usize {
        match self {
            Self::Request(_) => 1,
            Self::ChangeSet(requests) => requests.len(),
        }
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// One answer inside a batch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BatchResponse {
    /// `Content-ID` of the request.
    pub content_id: Option<String>,
    /// Status code.
    pub status: u16,
    /// Its reason, such as `No Content`.
    pub reason: String,
    /// Headers in order.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Vec<u8>,
}

/// One part of a batch's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResponsePart {
    /// The answer to a request, or the failure of a whole change set.
    Response(BatchResponse),
    /// The answers of a change set and the boundary between them.
    ChangeSet {
        /// Boundary, such as `changesetresponse_…`.
        boundary: String,
        /// Answers in order.
        responses: Vec<BatchResponse>,
    },
}

/// The `boundary` of a `multipart/mixed` content type.
pub fn boundary(content_type: &str) -> Option<String> {
    let mut parameters = content_type.split(';');
    let kind = parameters.next()?.trim();
    if !kind.eq_ignore_ascii_case("multipart/mixed") {
        return None;
    }
    let value = parameters.find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("boundary")
            .then(|| value.trim().trim_matches('"').to_owned())
    })?;
    (!value.is_empty()).then_some(value)
}

/// Reads a batch of at most `requests_max` requests. Line ends may be CRLF or
/// LF; headers need no space behind the colon.
///
/// **Errors**: a part that is neither a request nor a change set, a nested
/// change set, or too many requests.
pub fn parse_batch(
    boundary: &str,
    body: &[u8],
    requests_max: usize,
) -> Result<Vec<BatchPart>, ParseError> {
    let (mut parts, mut count) = (Vec::new(), 0);
    for (position, raw) in between(boundary, body, requests_max, requests_max)? {
        let (headers, content) = head(raw, position)?;
        let kind = header(&headers, "content-type").unwrap_or_default();
        let part = match self::boundary(kind) {
            Some(inner) => {
                let mut requests = Vec::new();
                for (position, raw) in between(&inner, content, requests_max - count, requests_max)?
                {
                    let (headers, content) = head(raw, position)?;
                    if self::boundary(header(&headers, "content-type").unwrap_or_default())
                        .is_some()
                    {
                        return Err(ParseError::new(position, "change sets cannot be nested"));
                    }
                    requests.push(request(&headers, content, position)?);
                }
                BatchPart::ChangeSet(requests)
            }
            None => BatchPart::Request(request(&headers, content, position)?),
        };
        count += part.len();
        if count > requests_max {
            return Err(too_many(position, requests_max));
        }
        parts.push(part);
    }
    Ok(parts)
}

/// Prints the answer of a batch.
pub fn print_batch(boundary: &str, parts: &[ResponsePart]) -> Vec<u8> {
    let mut out = Vec::new();
    for part in parts {
        match part {
            ResponsePart::Response(response) => print_response(&mut out, boundary, response),
            ResponsePart::ChangeSet { boundary: inner, responses } => {
                let head = format!(
                    "--{boundary}\r\nContent-Type: multipart/mixed; boundary={inner}\r\n\r\n"
                );
                out.extend_from_slice(head.as_bytes());
                for response in responses {
                    print_response(&mut out, inner, response);
                }
                out.extend_from_slice(format!("--{inner}--\r\n").as_bytes());
            }
        }
    }
    out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    out
}

fn print_response(out: &mut Vec<u8>, boundary: &str, response: &BatchResponse) {
    let mut head = format!(
        "--{boundary}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n"
    );
    // Writing to a String cannot fail.
    if let Some(id) = &response.content_id {
        let _ = write!(head, "Content-ID: {id}\r\n");
    }
    let _ = write!(head, "\r\nHTTP/1.1 {} {}\r\n", response.status, response.reason);
    for (name, value) in &response.headers {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    head.push_str("\r\n");
    out.extend_from_slice(head.as_bytes());
    out.extend_from_slice(&response.body);
    out.extend_from_slice(b"\r\n");
}

fn too_many(position: usize, requests_max: usize) -> ParseError {
    ParseError::new(position, format!("the batch has more than {requests_max} requests"))
}

/// The contents between boundary lines, without the line end before each; at most `left`, of the
/// `requests_max` that the whole batch may have.
fn between<'a>(
    boundary: &str,
    body: &'a [u8],
    left: usize,
    requests_max: usize,
) -> Result<Vec<(usize, &'a [u8])>, ParseError> {
    let delimiter = format!("--{boundary}");
    let (mut parts, mut start, mut closed) = (Vec::new(), None, false);
    for (position, line) in lines(body) {
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        let Some(rest) = text.strip_prefix(delimiter.as_bytes()) else {
            continue;
        };
        let rest = rest.trim_ascii();
        if !rest.is_empty() && rest != b"--" {
            continue;
        }
        if let Some(from) = start {
            if parts.len() == left {
                return Err(too_many(from, requests_max));
            }
            let part = body.get(from..position).unwrap_or_default();
            let part = part.strip_suffix(b"\n").unwrap_or(part);
            parts.push((from, part.strip_suffix(b"\r").unwrap_or(part)));
        }
        start = Some(position + line.len());
        if rest == b"--" {
            closed = true;
            break;
        }
    }
    if closed {
        return Ok(parts);
    }
    Err(ParseError::new(body.len(), "the closing boundary of the multipart body is missing"))
}

fn lines(body: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    body.split_inclusive(|byte| *byte == b'\n').scan(0, |position, line| {
        let start = *position;
        *position += line.len();
        Some((start, line))
    })
}

type Head<'a> = (Vec<(String, String)>, &'a [u8]);

/// Splits header lines from what follows the empty line.
fn head(raw: &[u8], position: usize) -> Result<Head<'_>, ParseError> {
    let mut headers = Vec::new();
    for (at, line) in lines(raw) {
        let text = std::str::from_utf8(line)
            .map_err(|_| ParseError::new(position + at, "a header of the batch is not UTF-8"))?
            .trim();
        if text.is_empty() {
            return Ok((headers, &raw[at + line.len()..]));
        }
        let (name, value) = text.split_once(':').ok_or_else(|| {
            ParseError::new(position + at, "a header line of the batch has no colon")
        })?;
        if headers.len() == HEADERS_MAX {
            return Err(ParseError::new(
                position + at,
                format!("a request of the batch has more than {HEADERS_MAX} headers"),
            ));
        }
        headers.push((name.trim().to_owned(), value.trim().to_owned()));
    }
    Ok((headers, &[]))
}

fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers
        .iter()
        .find(|(found, _)| found.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
}

fn request(
    part: &[(String, String)],
    content: &[u8],
    position: usize,
) -> Result<BatchRequest, ParseError> {
    let malformed = || ParseError::new(position, "a part of the batch has no request line");
    let content = content.trim_ascii_start();
    let (_, line) = lines(content).next().ok_or_else(malformed)?;
    let text = std::str::from_utf8(line).map_err(|_| malformed())?;
    let (method, rest) = text.trim().split_once([' ', '\t']).ok_or_else(malformed)?;
    // Clients write filters with bare spaces here, so only the ends of the line tell where the
    // target is.
    let target = match rest.rsplit_once([' ', '\t']) {
        Some((target, version)) if version.starts_with("HTTP/") => target.trim(),
        _ => rest.trim(),
    };
    if !method.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return Err(malformed());
    }
    let (headers, body) = head(&content[line.len()..], position)?;
    let content_id =
        header(part, "content-id").or_else(|| header(&headers, "content-id")).map(str::to_owned);
    Ok(BatchRequest {
        content_id,
        method: method.to_ascii_uppercase(),
        target: target.to_owned(),
        headers,
        body: body.to_vec(),
    })
}
