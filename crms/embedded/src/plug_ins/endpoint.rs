//! Who may be asked, and with which credentials.

use crate::error::{CrmError, code};
use earmark_http::is_public;
use http::{HeaderName, HeaderValue, Request};
use quick_xml::{Reader, escape::unescape, events::Event};
use std::net::IpAddr;
use url::{Host, Url};

/// `authtype`: one key, in the query as `code`.
pub(crate) const WEBHOOK_KEY: i64 = 4;
/// `authtype`: headers.
pub(crate) const HTTP_HEADER: i64 = 5;
/// `authtype`: parameters of the query.
pub(crate) const HTTP_QUERY_STRING: i64 = 6;

/// Headers that the CRM writes itself, beside all that begin with `x-ms-`.
const RESERVED: [&str; 8] = [
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "host",
    "te",
    "transfer-encoding",
    "upgrade",
];

/// Names that stand for this machine or its network wherever they are looked up.
const LOCAL_SUFFIXES: [&str; 5] = [".localhost", ".local", ".internal", ".lan", ".home.arpa"];

/// The address of an endpoint, where it may be asked: https at port 443 of a public host, or
/// anything of this machine where `loopback` says so. What the host's name stands for is checked
/// again by whoever connects.
///
/// Errors: what is wrong with it, for people.
pub fn checked(text: &str, loopback: bool) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|_| "is not an address".to_owned())?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("holds a user name or password; use 'authtype' and 'authvalue'".to_owned());
    }
    if url.fragment().is_some() {
        return Err("ends in a fragment, which is never sent".to_owned());
    }
    let host = url.host().ok_or_else(|| "names no host".to_owned())?;
    if loopback && is_loopback(&host) && matches!(url.scheme(), "http" | "https") {
        return Ok(url);
    }
    if url.scheme() != "https" {
        return Err("does not begin with https://".to_owned());
    }
    if url.port_or_known_default() != Some(443) {
        return Err("names another port than 443".to_owned());
    }
    if is_local(&host) {
        return Err("leads to this machine or to a private network".to_owned());
    }
    Ok(url)
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => ip.is_loopback(),
    }
}

fn is_local(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            !name.contains('.') || LOCAL_SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
        }
        Host::Ipv4(ip) => !is_public(IpAddr::V4(*ip)),
        Host::Ipv6(ip) => !is_public(IpAddr::V6(*ip)),
    }
}

/// What a request is asked with.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Credentials {
    /// Headers.
    Headers(Vec<(HeaderName, HeaderValue)>),
    /// Parameters of the query.
    Query(Vec<(String, String)>),
}

/// Reads `authvalue` as `authtype` says: the key itself, or
/// `<settings><setting name="…" value="…" /></settings>`.
///
/// Errors: `WebhooksInvalidHttpHeaders`, `WebhooksInvalidHttpQueryParams`; without the value.
pub(crate) fn credentials(auth_type: i64, value: &str) -> Result<Credentials, CrmError> {
    match auth_type {
        HTTP_HEADER => settings(value)
            .and_then(|pairs| pairs.into_iter().map(header).collect())
            .map(Credentials::Headers)
            .ok_or_else(|| {
                CrmError::new(
                    code::WEBHOOK_HEADERS,
                    "'authvalue' holds no usable headers; write <settings><setting \
                     name=\"X-Key\" value=\"…\" /></settings>, and no header that the CRM writes",
                )
            }),
        HTTP_QUERY_STRING => settings(value).map(Credentials::Query).ok_or_else(|| {
            CrmError::new(
                code::WEBHOOK_QUERY,
                "'authvalue' holds no usable parameters; write <settings><setting \
                 name=\"key\" value=\"…\" /></settings>",
            )
        }),
        _ => Ok(Credentials::Query(vec![("code".to_owned(), value.to_owned())])),
    }
}

impl Credentials {
    /// Puts query parameters into an address.
    pub(crate) fn extend(&self, url: &mut Url) {
        if let Self::Query(pairs) = self {
            url.query_pairs_mut().extend_pairs(pairs);
        }
    }

    /// Puts headers into a request.
    pub(crate) fn write<B>(&self, request: &mut Request<B>) {
        if let Self::Headers(pairs) = self {
            request.headers_mut().extend(pairs.iter().cloned());
        }
    }
}

fn header((name, value): (String, String)) -> Option<(HeaderName, HeaderValue)> {
    let name = HeaderName::try_from(name).ok()?;
    if RESERVED.contains(&name.as_str()) || name.as_str().starts_with("x-ms-") {
        return None;
    }
    let mut value = HeaderValue::try_from(value).ok()?;
    value.set_sensitive(true);
    Some((name, value))
}

/// The pairs of a list of settings; `None` where there is none, or anything else beside them.
fn settings(text: &str) -> Option<Vec<(String, String)>> {
    let mut reader = Reader::from_str(text);
    let (mut pairs, mut inside) = (Vec::new(), false);
    loop {
        match reader.read_event().ok()? {
            Event::Start(tag) if tag.name().as_ref() == "settings" => inside = true,
            Event::Empty(tag) | Event::Start(tag) if inside && tag.name().as_ref() == "setting" => {
                let value = |name: &str| {
                    let found = tag.try_get_attribute(name).ok()??;
                    Some(unescape(&found.value).ok()?.into_owned())
                };
                pairs.push((value("name").filter(|name| !name.is_empty())?, value("value")?));
            }
            Event::End(_) => {}
            Event::Text(text) if text.xml10_content().trim().is_empty() => {}
            Event::Eof => return (!pairs.is_empty()).then_some(pairs),
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_https_is_asked_and_this_machine_where_it_is_allowed() {
        for (text, outside, demo) in [
            ("https://hooks.contoso.example/email?x=1", true, true),
            ("https://hooks.contoso.example:443/", true, true),
            ("https://93.184.216.34/", true, true),
            ("http://hooks.contoso.example/", false, false),
            ("https://hooks.contoso.example:8443/", false, false),
            ("https://key:secret@hooks.contoso.example/", false, false),
            ("https://hooks.contoso.example/#part", false, false),
            ("https://intranet/", false, false),
            ("https://printer.local/", false, false),
            ("https://10.1.2.3/", false, false),
            ("https://169.254.169.254/latest", false, false),
            ("https://[fd00::1]/", false, false),
            ("https://[::ffff:10.0.0.1]/", false, false),
            ("https://localhost/", false, true),
            ("http://localhost:9000/step", false, true),
            ("http://127.0.0.1:9000/step", false, true),
            ("http://[::1]:9000/step", false, true),
            ("ftp://127.0.0.1/", false, false),
            ("http://127.0.0.1.contoso.example/", false, false),
            ("file:///etc/passwd", false, false),
            ("hooks", false, false),
        ] {
            assert_eq!(checked(text, false).is_ok(), outside, "{text}");
            assert_eq!(checked(text, true).is_ok(), demo, "{text} in the demo");
        }
    }

    #[test]
    fn values_are_read_as_their_kind_says() {
        let list = r#"<settings><setting name="X-Key" value="a&amp;b"/>
            <setting name="Other" value="1"></setting></settings>"#;
        let Ok(Credentials::Headers(headers)) = credentials(HTTP_HEADER, list) else {
            panic!("headers")
        };
        assert_eq!(headers[0].0, "x-key");
        assert_eq!(headers[0].1, "a&b");
        assert!(headers[0].1.is_sensitive());
        assert_eq!(headers.len(), 2);
        let mut url = Url::parse("https://hooks.contoso.example/x?y=1").expect("an address");
        credentials(HTTP_QUERY_STRING, list).expect("parameters").extend(&mut url);
        assert_eq!(url.query(), Some("y=1&X-Key=a%26b&Other=1"));
        let mut url = Url::parse("https://hooks.contoso.example/x").expect("an address");
        credentials(WEBHOOK_KEY, "s cret").expect("a key").extend(&mut url);
        assert_eq!(url.query(), Some("code=s+cret"));
    }

    #[test]
    fn values_that_make_no_request_are_refused_without_being_shown() {
        for value in [
            "secret",
            "<settings></settings>",
            "<setting name=\"a\" value=\"secret\"/>",
            "<settings><setting name=\"a b\" value=\"secret\"/></settings>",
            "<settings><setting name=\"Host\" value=\"secret\"/></settings>",
            "<settings><setting name=\"x-ms-a\" value=\"secret\"/></settings>",
            "<settings><setting name=\"a\" value=\"sec\nret\"/></settings>x",
        ] {
            let refused = credentials(HTTP_HEADER, value).err().expect(value);
            assert!(refused.is(code::WEBHOOK_HEADERS));
            assert!(!refused.message.contains("secret"));
        }
        let refused = credentials(HTTP_QUERY_STRING, "a=b").err().expect("no list");
        assert!(refused.is(code::WEBHOOK_QUERY));
    }
}
