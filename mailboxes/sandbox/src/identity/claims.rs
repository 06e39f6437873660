//! What a token says, and how it is checked.

use super::{SigningKey, TENANT};
use earmark_model::Instant;
use jsonwebtoken::{Algorithm, Validation, errors::ErrorKind};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashSet};
use uuid::Uuid;

/// Whom a token stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// An application by itself.
    Application {
        /// What it may do, such as `Mail.ReadWrite`.
        roles: BTreeSet<String>,
    },
    /// An application for a user.
    User {
        /// What it may do for the user.
        scopes: BTreeSet<String>,
        /// The user's address.
        mail: String,
    },
}

/// What a verified token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// Whom it stands for.
    pub principal: Principal,
    /// The directory id of the user, or of the application's service principal.
    pub object_id: Uuid,
    /// The application.
    pub client_id: String,
    /// The root that it was asked for, without a trailing slash.
    pub audience: String,
    /// When it ends.
    pub expires: Instant,
}

/// Why a token is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not a token at all.
    #[error("CompactToken parsing failed with error code: 80049217")]
    Malformed,
    /// Not signed by this endpoint, or changed since.
    #[error("Signature verification failed.")]
    BadSignature,
    /// Too old.
    #[error("Lifetime validation failed, the token is expired.")]
    Expired,
    /// Not valid yet.
    #[error("Lifetime validation failed, the token is not yet valid.")]
    NotYetValid,
}

/// The claims as they stand in the token. Units of the instants: seconds since the epoch.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Wire {
    pub(super) aud: String,
    pub(super) iss: String,
    pub(super) iat: i64,
    pub(super) nbf: i64,
    pub(super) exp: i64,
    pub(super) appid: String,
    pub(super) azp: String,
    pub(super) azpacr: String,
    pub(super) idtyp: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    pub(super) oid: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) preferred_username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) roles: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) scp: Option<String>,
    pub(super) sub: Uuid,
    pub(super) tid: Uuid,
    pub(super) ver: String,
}

/// A token whose signature was checked; whether it is good depends only on the time.
#[derive(Debug, Clone)]
pub(super) struct Signed {
    /// Units: seconds since the epoch, here and below.
    not_before: i64,
    ends: i64,
    /// `None`: an identity token, which names a user and allows nothing.
    claims: Option<Claims>,
}

impl Signed {
    /// What the token says at `now`.
    pub(super) fn at(&self, now: Instant) -> Result<Claims, TokenError> {
        let second = now.as_millis().div_euclid(1_000);
        if second < self.not_before {
            return Err(TokenError::NotYetValid);
        }
        if second >= self.ends {
            return Err(TokenError::Expired);
        }
        self.claims.clone().ok_or(TokenError::Malformed)
    }
}

/// Checks the signature of a token.
pub(super) fn read(key: &SigningKey, bearer: &str) -> Result<Signed, TokenError> {
    let mut validation = Validation::new(Algorithm::RS256);
    // Life is compared with the clock that was given, not with the machine's; each face decides
    // for itself which audiences are its own.
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims = HashSet::new();
    let wire = jsonwebtoken::decode::<Wire>(bearer, key.decoding(), &validation)
        .map_err(|error| match error.kind() {
            ErrorKind::InvalidSignature => TokenError::BadSignature,
            _ => TokenError::Malformed,
        })?
        .claims;
    if wire.tid != TENANT {
        return Err(TokenError::BadSignature);
    }
    let (not_before, ends) = (wire.nbf, wire.exp);
    let principal = match (wire.roles, wire.scp, wire.preferred_username) {
        (_, Some(scopes), Some(mail)) => {
            Some(Principal::User { scopes: scopes.split(' ').map(str::to_owned).collect(), mail })
        }
        (Some(roles), _, _) => Some(Principal::Application { roles: roles.into_iter().collect() }),
        _ => None,
    };
    let claims = principal.map(|principal| Claims {
        principal,
        object_id: wire.oid,
        client_id: wire.appid,
        audience: wire.aud,
        expires: Instant::from_millis(ends.saturating_mul(1_000)),
    });
    Ok(Signed { not_before, ends, claims })
}
