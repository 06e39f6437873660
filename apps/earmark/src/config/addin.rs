//! The add-in of `earmark.toml`, checked.

use super::file::AddinFile;
use crate::{access::keys::DirectorySettings, pages::addin::AddinPages};
use url::Url;

/// The add-in, and where its users sign in.
#[derive(Debug, Clone)]
pub struct AddinConfiguration {
    /// Where its users sign in.
    pub directory: DirectorySettings,
    /// What its pages need to know.
    pub pages: AddinPages,
}

/// Checks the section. Errors: the key below `addin`, what is wrong with it, and what to do.
pub fn check(file: &AddinFile) -> Result<AddinConfiguration, (&'static str, String, &'static str)> {
    let origin = origin(&file.url).ok_or((
        "url",
        format!("`{}` is not an https address without a path", file.url),
        "write for example https://sync.contoso.example",
    ))?;
    for (key, text) in [("tenant", &file.tenant), ("client_id", &file.client_id)] {
        if text.trim().is_empty() || text.contains(['/', ' ']) {
            let problem = format!("`{text}` is not an id");
            return Err((key, problem, "copy it from the registration of the add-in"));
        }
    }
    if file.scope.is_empty() || file.scope.contains(char::is_whitespace) {
        let problem = format!("`{}` is not one scope", file.scope);
        return Err(("scope", problem, "leave it out for Tracking.ReadWrite"));
    }
    let mut framed_by = Vec::new();
    for host in &file.framed_by {
        let host = self::origin(host).ok_or((
            "framed_by",
            format!("`{host}` is not an https address without a path"),
            "write for example https://mail.contoso.example",
        ))?;
        framed_by.push(host);
    }
    let audience = file.audience.clone().unwrap_or_else(|| format!("api://{}", file.client_id));
    Ok(AddinConfiguration {
        directory: DirectorySettings {
            authority: file.authority.clone(),
            tenant: file.tenant.clone(),
            client_id: file.client_id.clone(),
            audience,
            scope: file.scope.clone(),
            also_issued_by: Vec::new(),
        },
        pages: AddinPages { origin: Some(origin), framed_by, sandbox: false },
    })
}

/// The origin of an https address that is nothing but an origin.
fn origin(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let is_bare = url.scheme() == "https"
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    is_bare.then(|| url.origin().ascii_serialization())
}
