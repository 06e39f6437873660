//! The transport over the network.

use crate::{SendError, SendOptions, Transport, resolve::PublicOnly};
use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use http::{Request, Response};
use std::sync::Arc;

/// Sends over TCP and TLS. Follows no redirect, uses no proxy of the environment, keeps no
/// cookies, repeats nothing, and decompresses gzip.
pub struct NetworkTransport {
    client: reqwest::Client,
}

impl NetworkTransport {
    /// A transport that trusts the certificates of the system.
    ///
    /// Errors: `Bug` when TLS cannot be set up.
    pub fn new() -> Result<Self, SendError> {
        Self::with_root_certificates(None)
    }

    /// A transport that also trusts the certificates in `pem`, one or more in PEM form.
    ///
    /// Errors: `Bug` when `pem` holds no certificate or TLS cannot be set up.
    pub fn with_root_certificates(pem: Option<&[u8]>) -> Result<Self, SendError> {
        let mut builder = builder();
        if let Some(pem) = pem {
            let certificates = reqwest::Certificate::from_pem_bundle(pem)
                .map_err(|_| bug("the extra root certificate is not a PEM certificate"))?;
            if certificates.is_empty() {
                return Err(bug("the extra root certificate file holds no certificate"));
            }
            builder = builder.tls_certs_merge(certificates);
        }
        Self::built(builder)
    }

    /// A transport to places that somebody else named: it connects to no address of a private
    /// network, whatever their names stand for, and to this machine only where `loopback` says
    /// so. An address that is written in numbers is not looked up; whoever sends checks those.
    ///
    /// Errors: `Bug` when TLS cannot be set up.
    pub fn to_public_places(loopback: bool) -> Result<Self, SendError> {
        Self::built(builder().dns_resolver(Arc::new(PublicOnly { loopback })))
    }

    fn built(builder: reqwest::ClientBuilder) -> Result<Self, SendError> {
        let client = builder.build().map_err(|_| bug("TLS cannot be set up"))?;
        Ok(Self { client })
    }
}

fn builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .user_agent(concat!("earmark/", env!("CARGO_PKG_VERSION")))
}

fn bug(detail: &str) -> SendError {
    SendError::Bug { detail: detail.to_owned() }
}

#[async_trait]
impl Transport for NetworkTransport {
    async fn send(
        &self,
        request: Request<Bytes>,
        options: &SendOptions,
    ) -> Result<Response<Bytes>, SendError> {
        tokio::time::timeout(options.timeout, exchange(&self.client, request, options.body_max))
            .await
            .unwrap_or(Err(SendError::Timeout))
    }
}

async fn exchange(
    client: &reqwest::Client,
    request: Request<Bytes>,
    body_max: u64,
) -> Result<Response<Bytes>, SendError> {
    let request = reqwest::Request::try_from(request).map_err(error)?;
    let mut answer = client.execute(request).await.map_err(error)?;
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = answer.status();
    *response.version_mut() = answer.version();
    *response.headers_mut() = std::mem::take(answer.headers_mut());
    let mut body = BytesMut::new();
    while let Some(chunk) = answer.chunk().await.map_err(error)? {
        if (body.len() as u64).saturating_add(chunk.len() as u64) > body_max {
            return Err(SendError::BodyTooLarge { limit: body_max });
        }
        body.extend_from_slice(&chunk);
    }
    *response.body_mut() = body.freeze();
    Ok(response)
}

/// Sorts an error by what is known about the effect. The address is left out of the text,
/// because it may name a person.
fn error(error: reqwest::Error) -> SendError {
    let error = error.without_url();
    let detail = innermost(&error);
    if error.is_builder() {
        SendError::Bug { detail }
    } else if error.is_connect() {
        SendError::Connect { detail }
    } else if error.is_timeout() {
        SendError::Timeout
    } else {
        SendError::Interrupted { detail }
    }
}

fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}
