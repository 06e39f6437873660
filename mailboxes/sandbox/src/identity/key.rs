//! The RSA key that tokens are signed with.

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, RSA_PKCS1_SHA256},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::DecodingKey;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::fmt;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The kept bytes are not such a key.
    #[error("the kept signing key cannot be read; delete it and a new one is made")]
    Unreadable,
    /// The random source of the machine failed.
    #[error("no signing key could be made; check that the machine has a random source")]
    NotMade,
}

/// An RSA key pair of 2048 bits with the names and numbers that clients see.
pub struct SigningKey {
    pair: KeyPair,
    id: String,
    modulus: Vec<u8>,
    exponent: Vec<u8>,
    decoding: DecodingKey,
}

impl SigningKey {
    /// A new key. Errors: [`KeyError::NotMade`].
    pub fn generate() -> Result<Self, KeyError> {
        KeyPair::generate(KeySize::Rsa2048).map(Self::from_pair).map_err(|_| KeyError::NotMade)
    }

    /// The key that [`Self::to_pkcs8`] gave. Errors: [`KeyError::Unreadable`].
    pub fn from_pkcs8(bytes: &[u8]) -> Result<Self, KeyError> {
        KeyPair::from_pkcs8(bytes).map(Self::from_pair).map_err(|_| KeyError::Unreadable)
    }

    /// The bytes to keep, as secret as the key itself. Errors: [`KeyError::Unreadable`].
    pub fn to_pkcs8(&self) -> Result<Vec<u8>, KeyError> {
        let der: Pkcs8V1Der<'_> = self.pair.as_der().map_err(|_| KeyError::Unreadable)?;
        Ok(der.as_ref().to_vec())
    }

    fn from_pair(pair: KeyPair) -> Self {
        let public = pair.public_key();
        let modulus = public.modulus().big_endian_without_leading_zero().to_vec();
        let exponent = public.exponent().big_endian_without_leading_zero().to_vec();
        let id = URL_SAFE_NO_PAD.encode(&Sha256::digest(&modulus)[..20]);
        let decoding = DecodingKey::from_rsa_raw_components(&modulus, &exponent);
        Self { pair, id, modulus, exponent, decoding }
    }

    /// The name of the key, in headers of tokens and in the key set.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Base64url of modulus and exponent, as a key set has them.
    fn public_numbers(&self) -> (String, String) {
        (URL_SAFE_NO_PAD.encode(&self.modulus), URL_SAFE_NO_PAD.encode(&self.exponent))
    }

    /// The public half as a member of a key set, named `id`.
    pub fn to_jwk(&self, id: &str) -> serde_json::Value {
        let (modulus, exponent) = self.public_numbers();
        serde_json::json!({
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": id, "n": modulus, "e": exponent,
        })
    }

    pub(super) fn decoding(&self) -> &DecodingKey {
        &self.decoding
    }

    /// A signed token with these claims. Errors: [`KeyError::NotMade`].
    pub(super) fn sign<T: Serialize>(&self, claims: &T) -> Result<String, KeyError> {
        let header = serde_json::json!({ "typ": "JWT", "alg": "RS256", "kid": self.id });
        let claims = serde_json::to_vec(claims).map_err(|_| KeyError::NotMade)?;
        let mut token = URL_SAFE_NO_PAD.encode(header.to_string());
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(claims, &mut token);
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), token.as_bytes(), &mut signature)
            .map_err(|_| KeyError::NotMade)?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("id", &self.id).finish_non_exhaustive()
    }
}
