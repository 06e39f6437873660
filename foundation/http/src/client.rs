//! The one outgoing client: the allow-list before, the redirect refusal after a transport.

use crate::{SendError, SendOptions, Transport};
use bytes::Bytes;
use http::{Request, Response, Uri, header};
use std::collections::BTreeSet;
use std::sync::Arc;
use url::Url;

/// Sends requests to the places on its list and nowhere else.
#[derive(Clone)]
pub struct Client {
    transport: Arc<dyn Transport>,
    allowed: AllowList,
}

impl Client {
    /// A client over `transport` that may reach `allowed`.
    pub fn new(transport: Arc<dyn Transport>, allowed: AllowList) -> Self {
        Self { transport, allowed }
    }

    /// The places that it may reach.
    pub fn allowed(&self) -> &AllowList {
        &self.allowed
    }

    /// Sends `request` once.
    ///
    /// Errors: see [`SendError`]; `HostNotAllowed` means that nothing left.
    pub async fn send(
        &self,
        mut request: Request<Bytes>,
        options: &SendOptions,
    ) -> Result<Response<Bytes>, SendError> {
        if !self.allowed.permits(request.uri()) {
            return Err(SendError::HostNotAllowed { host: place_of(request.uri()) });
        }
        // A `Host` header could name another place than the one that was checked.
        request.headers_mut().remove(header::HOST);
        let response = self.transport.send(request, options).await?;
        let status = response.status();
        if status.is_redirection() && status != http::StatusCode::NOT_MODIFIED {
            return Err(SendError::Redirect { status: status.as_u16() });
        }
        Ok(response)
    }
}

/// Scheme, host and port without userinfo, path and query.
fn place_of(uri: &Uri) -> String {
    let port = uri.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{}{port}", uri.scheme_str().unwrap_or(""), uri.host().unwrap_or(""))
}

/// The places that a client may reach: scheme, host and port, compared as text, and optionally
/// the path below which requests must stay.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AllowList {
    places: BTreeSet<Place>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    scheme: String,
    host: String,
    port: u16,
    /// Without the closing slash; empty for the whole origin.
    prefix: String,
}

impl AllowList {
    /// A list that permits nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Also permits everything at the origin of `url`.
    pub fn origin(mut self, url: &Url) -> Self {
        self.places.extend(place(url, String::new()));
        self
    }

    /// Also permits `url` and everything below its path.
    pub fn below(mut self, url: &Url) -> Self {
        self.places.extend(place(url, url.path().trim_end_matches('/').to_owned()));
        self
    }

    /// Whether a request to `uri` may leave. User names in the address, other schemes than http
    /// and https, unusual spellings of a host, and paths with dot segments never may.
    pub fn permits(&self, uri: &Uri) -> bool {
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return false;
        };
        let Some(port) = authority.port_u16().or_else(|| default_port(scheme)) else {
            return false;
        };
        if authority.as_str().contains('@') || has_dot_segment(uri.path()) {
            return false;
        }
        self.places.iter().any(|place| {
            place.scheme == scheme
                && place.port == port
                && place.host.eq_ignore_ascii_case(authority.host())
                && is_below(uri.path(), &place.prefix)
        })
    }
}

fn place(url: &Url, prefix: String) -> Option<Place> {
    let scheme = url.scheme().to_owned();
    default_port(&scheme)?;
    Some(Place {
        host: url.host_str()?.to_owned(),
        port: url.port_or_known_default()?,
        scheme,
        prefix,
    })
}

fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}

fn is_below(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn has_dot_segment(path: &str) -> bool {
    path.contains('\\')
        || path.split('/').any(|segment| {
            let plain = segment.to_ascii_lowercase().replace("%2e", ".");
            plain == "." || plain == ".." || plain.contains("%2f..") || plain.contains("%5c")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permits(list: &AllowList, uri: &str) -> bool {
        uri.parse().is_ok_and(|uri| list.permits(&uri))
    }

    #[test]
    fn only_the_listed_origin_is_permitted() {
        let list =
            AllowList::new().origin(&"https://graph.example.test/v1.0".parse().expect("url"));
        let cases = [
            ("https://graph.example.test/v1.0/users", true),
            ("https://graph.example.test:443/beta", true),
            ("https://GRAPH.example.test/", true),
            ("http://graph.example.test/v1.0", false),
            ("https://graph.example.test:8443/v1.0", false),
            ("https://evil.test/v1.0", false),
            ("https://graph.example.test.evil.test/", false),
            ("https://graph.example.test./", false),
            ("https://graph.example.test@evil.test/", false),
            ("https://user:secret@graph.example.test/", false),
            ("https://127.0.0.1/", false),
            ("https://[::1]/", false),
            ("ftp://graph.example.test/", false),
            ("/v1.0/users", false),
            ("https://graph.example.test/v1.0/../admin", false),
        ];
        for (uri, expected) in cases {
            assert_eq!(permits(&list, uri), expected, "{uri}");
        }
    }

    #[test]
    fn an_ip_literal_is_permitted_only_where_it_is_listed_as_written() {
        let list = AllowList::new().origin(&"http://127.0.0.1:8080/".parse().expect("url"));
        assert!(permits(&list, "http://127.0.0.1:8080/graph"));
        for other in ["http://127.1:8080/", "http://2130706433:8080/", "http://localhost:8080/"] {
            assert!(!permits(&list, other), "{other}");
        }
        let six = AllowList::new().origin(&"http://[::1]:8080/".parse().expect("url"));
        assert!(permits(&six, "http://[::1]:8080/graph"));
    }

    #[test]
    fn a_path_prefix_ends_at_a_segment() {
        let list =
            AllowList::new().below(&"https://crm.example.test/api/data/".parse().expect("url"));
        assert!(permits(&list, "https://crm.example.test/api/data/v9.2/emails"));
        assert!(permits(&list, "https://crm.example.test/api/data"));
        assert!(!permits(&list, "https://crm.example.test/api/database"));
        assert!(!permits(&list, "https://crm.example.test/api/data/%2e%2e/admin"));
    }
}
