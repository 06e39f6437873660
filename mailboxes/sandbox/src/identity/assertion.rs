//! Assertions: an application proves who it is with its certificate's key.

use super::{TokenRefusal, client::Client};
use earmark_model::Instant;
use jsonwebtoken::{Algorithm, Validation};
use serde::Deserialize;
use std::{collections::HashSet, time::Duration};

/// The only kind of assertion there is.
pub(super) const KIND: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Units: seconds that the two clocks may differ.
const SKEW: i64 = 300;

#[derive(Deserialize)]
struct Assertion {
    aud: String,
    exp: NumericDate,
    #[serde(default)]
    nbf: Option<NumericDate>,
    iss: String,
    sub: String,
}

/// Whole seconds since 1970. The claim may have a fraction, and MSAL for Python writes one. Source:
/// RFC 7519, 2.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "f64")]
struct NumericDate(i64);

impl TryFrom<f64> for NumericDate {
    type Error = &'static str;

    fn try_from(seconds: f64) -> Result<Self, Self::Error> {
        let since = Duration::try_from_secs_f64(seconds).map_err(|_| "not a time after 1970")?;
        i64::try_from(since.as_secs()).map(Self).map_err(|_| "too late a time")
    }
}

/// Checks an assertion of `client_id` that was sent to an endpoint of this server.
pub(super) fn check(
    client: &Client,
    client_id: &str,
    assertion: &str,
    now: Instant,
) -> Result<(), TokenRefusal> {
    let certificate = client.certificate.as_ref().ok_or(TokenRefusal::BadAssertion)?;
    let header = jsonwebtoken::decode_header(assertion).map_err(|_| TokenRefusal::BadAssertion)?;
    if !matches!(header.alg, Algorithm::PS256 | Algorithm::RS256) {
        return Err(TokenRefusal::BadAssertion);
    }
    let [sha1, sha256] = &certificate.thumbprints;
    let names = [(header.x5t.as_ref(), sha1), (header.x5t_s256.as_ref(), sha256)];
    let bare = |name: &str| name.trim_end_matches('=').to_owned();
    if names.iter().any(|(named, own)| named.is_some_and(|named| bare(named) != **own)) {
        return Err(TokenRefusal::BadAssertion);
    }
    let mut validation = Validation::new(header.alg);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims = HashSet::new();
    let claims = jsonwebtoken::decode::<Assertion>(assertion, &certificate.key, &validation)
        .map_err(|_| TokenRefusal::BadAssertion)?
        .claims;
    let is_own = |name: &str| name.eq_ignore_ascii_case(client_id);
    if !is_own(&claims.iss) || !is_own(&claims.sub) {
        return Err(TokenRefusal::AssertionSubject);
    }
    // The server is reached by many names; what names the endpoint is the end of the address.
    if !claims.aud.ends_with("/oauth2/v2.0/token") && !claims.aud.ends_with("/v2.0") {
        return Err(TokenRefusal::AssertionAudience);
    }
    let second = now.as_millis().div_euclid(1_000);
    let is_early = claims.nbf.is_some_and(|nbf| nbf.0 > second.saturating_add(SKEW));
    if is_early || claims.exp.0.saturating_add(SKEW) <= second {
        return Err(TokenRefusal::AssertionLifetime);
    }
    Ok(())
}
