//! Tokens whose signature was checked already: a check costs more than the rest of a request.

use super::{
    SigningKey, TokenError,
    claims::{self, Claims, Signed},
};
use earmark_model::Instant;
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// Units: tokens. Beyond them all are forgotten and checked again.
const KEPT: usize = 1_024;

/// By the hash of the token, so that no token is kept.
#[derive(Default)]
pub(super) struct Seen {
    signed: Mutex<HashMap<[u8; 32], Signed>>,
}

impl Seen {
    /// What `bearer` says at `now`. Its signature is checked where it was not seen before.
    pub(super) fn verify(
        &self,
        key: &SigningKey,
        now: Instant,
        bearer: &str,
    ) -> Result<Claims, TokenError> {
        let bearer = bearer.trim();
        let hash: [u8; 32] = Sha256::digest(bearer.as_bytes()).into();
        let lock = || self.signed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(signed) = lock().get(&hash) {
            return signed.at(now);
        }
        let signed = claims::read(key, bearer)?;
        let answer = signed.at(now);
        let mut kept = lock();
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(hash, signed);
        answer
    }
}
