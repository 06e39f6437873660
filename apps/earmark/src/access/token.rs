//! What a user's token must say. Pure: keys, expectations and time are given.
//!
//! Only access tokens of version 2.0, signed with RS256 by a key of the configured directory, for
//! our application and our scope, for a user. Identity tokens and tokens of applications are not
//! accepted.

use earmark_model::Instant;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::JwkSet};
use serde::Deserialize;
use std::collections::HashSet;
use uuid::Uuid;

/// Clocks may differ by that much. Units: seconds.
const SKEW_SECS: i64 = 60;

/// Units: bytes of a token; the largest that are seen have a tenth of it.
const TOKEN_MAX: usize = 16 * 1024;

/// What tokens are compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// Who may have issued it, exactly.
    pub issuers: Vec<String>,
    /// The tenant's id.
    pub tenant: Uuid,
    /// For whom it must be: the application's id, or its address.
    pub audiences: Vec<String>,
    /// The application that asked for it.
    pub client_id: String,
    /// What it must allow.
    pub scope: String,
}

/// Who holds a good token: never an address, always these two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Identified {
    /// The tenant.
    pub tenant: Uuid,
    /// The user's id in the directory.
    pub object: Uuid,
}

/// Why a token is refused. What the caller is told is always the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefusal {
    /// Not a token, or one of another kind.
    #[error("the token cannot be read")]
    Malformed,
    /// Signed by a key that is not known (yet).
    #[error("the token's key is not known")]
    UnknownKey,
    /// The signature does not fit.
    #[error("the token's signature does not fit")]
    BadSignature,
    /// Too old, or not valid yet.
    #[error("the token is not valid at this time")]
    Expired,
    /// From somewhere else, for somebody else, or for something else.
    #[error("the token is for something else")]
    Elsewhere,
}

#[derive(Deserialize)]
struct Claims {
    aud: String,
    iss: String,
    exp: i64,
    nbf: i64,
    azp: String,
    #[serde(default)]
    idtyp: Option<String>,
    oid: Uuid,
    scp: String,
    tid: Uuid,
    ver: String,
}

/// The name of the key that a token says it is signed with.
///
/// Errors: `Malformed` where it is no token signed with RS256.
pub fn key_id(token: &str) -> Result<String, TokenRefusal> {
    if token.len() > TOKEN_MAX {
        return Err(TokenRefusal::Malformed);
    }
    let header = jsonwebtoken::decode_header(token).map_err(|_| TokenRefusal::Malformed)?;
    if header.alg != Algorithm::RS256 {
        return Err(TokenRefusal::Malformed);
    }
    header.kid.ok_or(TokenRefusal::Malformed)
}

/// Checks a token.
///
/// Errors: see [`TokenRefusal`].
pub fn check(
    token: &str,
    keys: &JwkSet,
    expected: &Expected,
    now: Instant,
) -> Result<Identified, TokenRefusal> {
    let id = key_id(token)?;
    let key = keys.find(&id).ok_or(TokenRefusal::UnknownKey)?;
    let key = DecodingKey::from_jwk(key).map_err(|_| TokenRefusal::UnknownKey)?;
    let mut validation = Validation::new(Algorithm::RS256);
    // Times are compared with the clock that was given, the rest below.
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims = HashSet::new();
    let claims = jsonwebtoken::decode::<Claims>(token, &key, &validation)
        .map_err(|error| match error.kind() {
            jsonwebtoken::errors::ErrorKind::InvalidSignature => TokenRefusal::BadSignature,
            _ => TokenRefusal::Malformed,
        })?
        .claims;
    let second = now.as_millis().div_euclid(1_000);
    if second >= claims.exp.saturating_add(SKEW_SECS)
        || second < claims.nbf.saturating_sub(SKEW_SECS)
    {
        return Err(TokenRefusal::Expired);
    }
    let is_ours = expected.issuers.contains(&claims.iss)
        && claims.tid == expected.tenant
        && expected.audiences.contains(&claims.aud)
        && claims.azp == expected.client_id
        && claims.ver == "2.0"
        && claims.idtyp.as_deref().is_none_or(|kind| kind == "user")
        && claims.scp.split(' ').any(|scope| scope == expected.scope)
        && !claims.oid.is_nil();
    if is_ours {
        Ok(Identified { tenant: claims.tid, object: claims.oid })
    } else {
        Err(TokenRefusal::Elsewhere)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use earmark_sandbox::identity::SigningKey;
    use jsonwebtoken::{EncodingKey, Header};
    use serde_json::{Value, json};

    const NOW: i64 = 1_700_000_000;
    const TENANT: &str = "11111111-1111-4111-8111-111111111111";
    const OTHER: &str = "22222222-2222-4222-8222-222222222222";
    const ISSUER: &str = "https://login.example/11111111-1111-4111-8111-111111111111/v2.0";

    /// A key with its private half as the tests sign with it.
    struct Key {
        id: String,
        public: Value,
        private: EncodingKey,
    }

    impl Key {
        fn new(id: &str) -> Self {
            use base64::{Engine, engine::general_purpose::STANDARD};
            let key = SigningKey::generate().expect("a key");
            let der = STANDARD.encode(key.to_pkcs8().expect("its bytes"));
            let pem = format!("-----BEGIN PRIVATE KEY-----\n{der}\n-----END PRIVATE KEY-----\n");
            let private = EncodingKey::from_rsa_pem(pem.as_bytes()).expect("a private key");
            Self { id: id.to_owned(), public: key.to_jwk(id), private }
        }

        fn sign(&self, header: &Header, claims: &Value) -> String {
            jsonwebtoken::encode(header, claims, &self.private).expect("a token")
        }
    }

    fn expected() -> Expected {
        Expected {
            issuers: vec![ISSUER.to_owned()],
            tenant: Uuid::parse_str(TENANT).expect("an id"),
            audiences: vec!["client".to_owned(), "api://client".to_owned()],
            client_id: "client".to_owned(),
            scope: "Tracking.ReadWrite".to_owned(),
        }
    }

    fn claims() -> Value {
        json!({
            "aud": "client", "iss": ISSUER, "exp": NOW + 3_600, "nbf": NOW - 10, "iat": NOW - 10,
            "azp": "client", "oid": OTHER, "scp": "Tracking.ReadWrite", "tid": TENANT, "ver": "2.0",
        })
    }

    fn header(key: &str) -> Header {
        Header { kid: Some(key.to_owned()), ..Header::new(Algorithm::RS256) }
    }

    /// The matrix: each token differs from a good one in what its name says.
    #[test]
    fn only_the_good_ones_of_many_tokens_are_accepted() {
        let (key, other) = (Key::new("one"), Key::new("two"));
        let keys: JwkSet = serde_json::from_value(json!({"keys": [key.public]})).expect("keys");
        let at = |token: &str, seconds: i64| {
            check(token, &keys, &expected(), Instant::from_millis(seconds * 1_000))
        };
        let with = |name: &str, value: Value| {
            let mut claims = claims();
            claims[name] = value;
            key.sign(&header(&key.id), &claims)
        };
        let without = |name: &str| {
            let mut claims = claims();
            claims.as_object_mut().expect("an object").remove(name);
            key.sign(&header(&key.id), &claims)
        };
        let good = key.sign(&header(&key.id), &claims());
        let who = Identified {
            tenant: Uuid::parse_str(TENANT).expect("an id"),
            object: Uuid::parse_str(OTHER).expect("an id"),
        };
        assert_eq!(at(&good, NOW), Ok(who));
        assert_eq!(at(&with("aud", json!("api://client")), NOW), Ok(who));
        assert_eq!(at(&with("scp", json!("openid Tracking.ReadWrite")), NOW), Ok(who));
        assert_eq!(at(&with("idtyp", json!("user")), NOW), Ok(who));
        assert_eq!(at(&good, NOW + 3_600 + SKEW_SECS - 1), Ok(who), "within the skew");
        let unsigned = {
            let mut parts: Vec<&str> = good.split('.').collect();
            parts[2] = "";
            parts.join(".")
        };
        let none = {
            use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
            let head = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT","kid":"one"}"#);
            let parts: Vec<&str> = good.split('.').collect();
            format!("{head}.{}.", parts[1])
        };
        let shared = {
            // The public modulus as the secret of a symmetric algorithm.
            let head = Header { kid: Some("one".into()), ..Header::new(Algorithm::HS256) };
            let secret = EncodingKey::from_secret(key.public["n"].as_str().expect("n").as_bytes());
            jsonwebtoken::encode(&head, &claims(), &secret).expect("a token")
        };
        let other_hash = {
            let head = Header { kid: Some("one".into()), ..Header::new(Algorithm::RS512) };
            key.sign(&head, &claims())
        };
        let forged = {
            let mut parts: Vec<String> = good.split('.').map(str::to_owned).collect();
            let mut claims = claims();
            claims["oid"] = json!(TENANT);
            let token = key.sign(&header("one"), &claims);
            parts[1] = token.split('.').nth(1).expect("claims").to_owned();
            parts.join(".")
        };
        let wrong_tenant = ISSUER.replace(TENANT, OTHER);
        for (name, token, why) in [
            ("another audience", with("aud", json!("another")), TokenRefusal::Elsewhere),
            (
                "Graph's audience",
                with("aud", json!("https://graph.microsoft.com")),
                TokenRefusal::Elsewhere,
            ),
            ("several audiences", with("aud", json!(["client"])), TokenRefusal::Malformed),
            ("no audience", without("aud"), TokenRefusal::Malformed),
            ("another issuer", with("iss", json!(wrong_tenant)), TokenRefusal::Elsewhere),
            (
                "version 1's issuer",
                with("iss", json!(format!("https://sts.windows.net/{TENANT}/"))),
                TokenRefusal::Elsewhere,
            ),
            (
                "an issuer that begins like ours",
                with("iss", json!(format!("{ISSUER}.evil"))),
                TokenRefusal::Elsewhere,
            ),
            ("no issuer", without("iss"), TokenRefusal::Malformed),
            ("another tenant", with("tid", json!(OTHER)), TokenRefusal::Elsewhere),
            ("no tenant", without("tid"), TokenRefusal::Malformed),
            ("another application", with("azp", json!("another")), TokenRefusal::Elsewhere),
            ("no application", without("azp"), TokenRefusal::Malformed),
            ("another scope", with("scp", json!("Mail.Read")), TokenRefusal::Elsewhere),
            (
                "a scope that begins like ours",
                with("scp", json!("Tracking.ReadWrite.All")),
                TokenRefusal::Elsewhere,
            ),
            ("no scope: an identity token", without("scp"), TokenRefusal::Malformed),
            ("an application's token", with("idtyp", json!("app")), TokenRefusal::Elsewhere),
            ("version 1", with("ver", json!("1.0")), TokenRefusal::Elsewhere),
            ("no version", without("ver"), TokenRefusal::Malformed),
            ("nobody", with("oid", json!(Uuid::nil())), TokenRefusal::Elsewhere),
            ("no user", without("oid"), TokenRefusal::Malformed),
            ("ended", with("exp", json!(NOW - SKEW_SECS)), TokenRefusal::Expired),
            ("no end", without("exp"), TokenRefusal::Malformed),
            ("an end in words", with("exp", json!("tomorrow")), TokenRefusal::Malformed),
            ("not yet", with("nbf", json!(NOW + SKEW_SECS + 1)), TokenRefusal::Expired),
            ("unknown key", key.sign(&header("three"), &claims()), TokenRefusal::UnknownKey),
            (
                "no key named",
                key.sign(&Header::new(Algorithm::RS256), &claims()),
                TokenRefusal::Malformed,
            ),
            (
                "somebody else's key under our key's name",
                other.sign(&header("one"), &claims()),
                TokenRefusal::BadSignature,
            ),
            ("changed after it was signed", forged, TokenRefusal::BadSignature),
            ("signature cut off", unsigned, TokenRefusal::BadSignature),
            ("algorithm none", none, TokenRefusal::Malformed),
            ("a shared secret", shared, TokenRefusal::Malformed),
            ("another hash", other_hash, TokenRefusal::Malformed),
            ("no token", "a.b.c".to_owned(), TokenRefusal::Malformed),
            ("too long", format!("{good}{}", "x".repeat(TOKEN_MAX)), TokenRefusal::Malformed),
        ] {
            assert_eq!(at(&token, NOW), Err(why), "{name}");
        }
        assert_eq!(at(&good, NOW + 3_600 + SKEW_SECS), Err(TokenRefusal::Expired));
    }
}
