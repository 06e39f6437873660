//! Where Graph is and who we are there.

use secrecy::SecretString;
use std::time::Duration;
use url::{Host, Url};

/// The settings of one Graph connection: one tenant, one application.
#[derive(Debug, Clone)]
pub struct GraphSettings {
    /// The root of the API with its version: `https://graph.microsoft.com/v1.0`.
    pub graph_root: Url,
    /// Where tokens come from: `https://login.microsoftonline.com`.
    pub authority: Url,
    /// The tenant's id or one of its domains.
    pub tenant: String,
    /// The application's id.
    pub client_id: String,
    /// The application's secret.
    pub client_secret: SecretString,
    /// The token's scope; by default the origin of the root with `/.default`.
    pub scope: Option<String>,
    /// How long one request may take; 100 seconds by default.
    pub timeout: Duration,
}

impl GraphSettings {
    /// Settings with the default scope and timeout.
    pub fn new(
        graph_root: Url,
        authority: Url,
        tenant: impl Into<String>,
        client_id: impl Into<String>,
        client_secret: SecretString,
    ) -> Self {
        Self {
            graph_root,
            authority,
            tenant: tenant.into(),
            client_id: client_id.into(),
            client_secret,
            scope: None,
            timeout: Duration::from_secs(100),
        }
    }

    /// Whether the settings can work at all; checked once, at start.
    ///
    /// Errors: one sentence that names the field and the remedy.
    pub fn check(&self) -> Result<(), String> {
        for (field, url) in [("graph_root", &self.graph_root), ("authority", &self.authority)] {
            if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
                return Err(format!("{field}: must be an http or https address"));
            }
            if url.scheme() == "http" && !is_loopback(url) {
                return Err(format!(
                    "{field}: must be an https address, or the client secret would travel in clear"
                ));
            }
            if !url.username().is_empty() || url.password().is_some() {
                return Err(format!("{field}: must not hold a user name or password"));
            }
            if url.query().is_some() || url.fragment().is_some() {
                return Err(format!("{field}: must not hold a query or fragment"));
            }
        }
        for (field, value) in [("tenant", &self.tenant), ("client_id", &self.client_id)] {
            if value.trim().is_empty() {
                return Err(format!("{field}: must not be empty"));
            }
        }
        if self.timeout.is_zero() {
            return Err("timeout: must be longer than zero".to_owned());
        }
        Ok(())
    }

    pub(crate) fn scope(&self) -> String {
        let origin = || format!("{}/.default", self.graph_root.origin().ascii_serialization());
        self.scope.clone().unwrap_or_else(origin)
    }
}

/// Plain http is for a server on this very machine.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(root: &str) -> GraphSettings {
        let authority = "https://login.example.test".parse().expect("url");
        GraphSettings::new(root.parse().expect("url"), authority, "t", "c", SecretString::from("s"))
    }

    #[test]
    fn the_scope_is_the_origin_of_the_root() {
        let scope = |root| settings(root).scope();
        assert_eq!(
            scope("https://graph.microsoft.com/v1.0"),
            "https://graph.microsoft.com/.default"
        );
        assert_eq!(scope("http://127.0.0.1:8080/graph/v1.0"), "http://127.0.0.1:8080/.default");
    }

    #[test]
    fn a_mistake_is_named_with_its_field_and_the_secret_stays_hidden() {
        assert_eq!(settings("https://graph.example.test/v1.0").check(), Ok(()));
        let problem = settings("https://u:p@graph.example.test/").check().expect_err("refused");
        assert!(problem.starts_with("graph_root:"), "{problem}");
        let clear = settings("http://graph.example.test/v1.0").check().expect_err("refused");
        assert!(clear.contains("https"), "{clear}");
        assert_eq!(settings("http://[::1]:8080/graph/v1.0").check(), Ok(()));
        let mut secret = settings("https://graph.example.test/v1.0");
        secret.client_secret = SecretString::from("hunter2");
        assert!(!format!("{secret:?}").contains("hunter2"));
    }
}
