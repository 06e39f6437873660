//! The security headers of pages that need others than the server's own.

use axum::response::Response;
use http::{HeaderName, HeaderValue, header};

/// A message's body: its own styles and embedded pictures, nothing else, and no script at all.
const MESSAGE_FRAME: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; \
base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

/// The hosts that may show the add-in in a frame. Nobody publishes a whole list; an administrator
/// can add to it.
const FRAMED_BY: &str = "'self' https://outlook.office.com https://outlook.office365.com \
https://outlook.cloud.microsoft https://outlook.live.com https://*.office.com \
https://*.office365.com https://*.cloud.microsoft";

/// The headers of the frame that holds a message's body.
pub fn message_frame(mut response: Response) -> Response {
    set(&mut response, header::CONTENT_SECURITY_POLICY, MESSAGE_FRAME);
    set(&mut response, header::X_FRAME_OPTIONS, "SAMEORIGIN");
    response
}

/// The headers of the add-in's pages: Outlook may frame them, and the vendor's script may run.
/// `sign_in` is the origin of the directory, `more` other hosts of Outlook.
pub fn addin(mut response: Response, sign_in: Option<&str>, more: &[String]) -> Response {
    let sign_in = sign_in.unwrap_or_default();
    let more = more.join(" ");
    let policy = format!(
        "default-src 'none'; script-src 'self' https://appsforoffice.microsoft.com \
         https://ajax.aspnetcdn.com; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
         font-src 'self'; connect-src 'self' {sign_in}; frame-src 'self' {sign_in} \
         https://telemetryservice.firstpartyapps.oaspapps.com; object-src 'none'; \
         base-uri 'none'; form-action 'self'; frame-ancestors {FRAMED_BY} {more}"
    );
    set(&mut response, header::CONTENT_SECURITY_POLICY, policy.trim_end());
    framed(response)
}

/// Takes away what keeps a page out of foreign frames and from talking to its opener. New Outlook
/// asks for the origin's root as well.
pub fn framed(mut response: Response) -> Response {
    let opener = HeaderName::from_static("cross-origin-opener-policy");
    set(&mut response, opener, "unsafe-none");
    // Who adds the headers of every answer heeds it.
    response.extensions_mut().insert(Framed);
    response
}

/// Put into a response that must not have `X-Frame-Options`.
#[derive(Debug, Clone, Copy)]
pub struct Framed;

/// The policy of the landing page, which Outlook may frame.
pub fn landing(mut response: Response, more: &[String]) -> Response {
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; \
         form-action 'none'; frame-ancestors {FRAMED_BY} {}",
        more.join(" ")
    );
    set(&mut response, header::CONTENT_SECURITY_POLICY, policy.trim_end());
    framed(response)
}

fn set(response: &mut Response, name: impl Into<HeaderName>, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name.into(), value);
    }
}
