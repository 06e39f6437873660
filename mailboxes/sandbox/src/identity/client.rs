//! The applications that may ask for tokens.

use super::DEMO_CLIENT;
use aws_lc_rs::{
    constant_time::verify_slices_are_equal,
    digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use jsonwebtoken::DecodingKey;
use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

/// Why an application cannot be added.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// It could never prove who it is.
    #[error("clientId {client_id}: give a secret or a certificate")]
    NoCredential {
        /// The application.
        client_id: String,
    },
    /// Not a certificate with an RSA key.
    #[error("certificate of clientId {client_id}: not a PEM certificate with an RSA public key")]
    BadCertificate {
        /// The application.
        client_id: String,
    },
    /// Nothing to call it by.
    #[error("clientId: must not be empty")]
    NoId,
}

/// One application.
pub(super) struct Client {
    secret: Option<String>,
    pub(super) certificate: Option<Certificate>,
}

impl Client {
    /// Compares without telling by the time taken how much was right.
    pub(super) fn has_secret(&self, given: &str) -> bool {
        self.secret.as_ref().is_some_and(|secret| {
            verify_slices_are_equal(secret.as_bytes(), given.as_bytes()).is_ok()
        })
    }
}

/// The public half of an application's key.
pub(super) struct Certificate {
    pub(super) key: DecodingKey,
    /// Base64url of the SHA-1 and SHA-256 of the certificate, as assertion headers name it.
    pub(super) thumbprints: [String; 2],
}

impl Certificate {
    fn parse(pem: &str) -> Option<Self> {
        let key = DecodingKey::from_rsa_pem(pem.as_bytes()).ok()?;
        let begin = "-----BEGIN CERTIFICATE-----";
        let body = pem.split_once(begin)?.1.split_once("-----END")?.0;
        let packed: String = body.split_whitespace().collect();
        let der = STANDARD.decode(packed).ok()?;
        let thumbprints = [&SHA1_FOR_LEGACY_USE_ONLY, &SHA256]
            .map(|algorithm| URL_SAFE_NO_PAD.encode(digest(algorithm, &der)));
        Some(Self { key, thumbprints })
    }
}

/// All applications, by id without regard to case.
pub(super) struct Clients {
    by_id: RwLock<BTreeMap<String, Arc<Client>>>,
}

impl Clients {
    pub(super) fn with_demo() -> Self {
        let demo = Client { secret: Some(DEMO_CLIENT.to_owned()), certificate: None };
        let by_id = BTreeMap::from([(DEMO_CLIENT.to_owned(), Arc::new(demo))]);
        Self { by_id: RwLock::new(by_id) }
    }

    pub(super) fn add(
        &self,
        client_id: &str,
        secret: Option<&str>,
        certificate_pem: Option<&str>,
    ) -> Result<(), ClientError> {
        if client_id.trim().is_empty() {
            return Err(ClientError::NoId);
        }
        let secret = secret.filter(|secret| !secret.is_empty()).map(str::to_owned);
        let client_id = client_id.trim().to_owned();
        if secret.is_none() && certificate_pem.is_none() {
            return Err(ClientError::NoCredential { client_id });
        }
        let certificate = match certificate_pem {
            None => None,
            Some(pem) => match Certificate::parse(pem) {
                Some(certificate) => Some(certificate),
                None => return Err(ClientError::BadCertificate { client_id }),
            },
        };
        self.by_id
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(client_id.to_lowercase(), Arc::new(Client { secret, certificate }));
        Ok(())
    }

    pub(super) fn get(&self, client_id: &str) -> Option<Arc<Client>> {
        self.by_id
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&client_id.trim().to_lowercase())
            .cloned()
    }
}
