//! `POST {authority}/{tenant}/oauth2/v2.0/token`

use crate::classify::nonsense;
use crate::settings::GraphSettings;
use crate::wire::call::{malformed, segment};
use bytes::Bytes;
use earmark_model::Failure;
use http::{Request, header};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// Units: bytes of an answer.
pub(crate) const BODY_MAX: u64 = 1024 * 1024;

/// Units: seconds a token lives where the answer does not say.
const EXPIRES_IN_DEFAULT: u64 = 600;

/// A token as granted.
#[derive(Debug)]
pub(crate) struct Granted {
    pub(crate) access_token: SecretString,
    /// Units: seconds.
    pub(crate) expires_in: u64,
}

/// Asks for a token by client credentials.
pub(crate) fn request(settings: &GraphSettings) -> Result<Request<Bytes>, Failure> {
    let authority = settings.authority.as_str().trim_end_matches('/');
    let body = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "client_credentials")
        .append_pair("client_id", &settings.client_id)
        .append_pair("client_secret", settings.client_secret.expose_secret())
        .append_pair("scope", &settings.scope())
        .finish();
    Request::post(format!("{authority}/{}/oauth2/v2.0/token", segment(&settings.tenant)))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ACCEPT, "application/json")
        .body(body.into())
        .map_err(|_| nonsense("MalformedRequest", "The token request cannot be written."))
}

/// Reads the grant. `expires_in` comes as a number or as text.
pub(crate) fn read(body: &[u8]) -> Result<Granted, Failure> {
    #[derive(Deserialize)]
    struct Wire {
        access_token: String,
        #[serde(default)]
        expires_in: serde_json::Value,
    }
    let wire: Wire = serde_json::from_slice(body).map_err(|error| malformed(&error))?;
    let expires_in = match &wire.expires_in {
        serde_json::Value::Number(number) => number.as_f64().map(|seconds| seconds as u64),
        serde_json::Value::String(text) => text.parse().ok(),
        _ => None,
    };
    Ok(Granted {
        access_token: SecretString::from(wire.access_token),
        expires_in: expires_in.unwrap_or(EXPIRES_IN_DEFAULT),
    })
}
