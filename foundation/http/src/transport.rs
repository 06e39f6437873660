//! How bytes leave.

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use std::time::Duration;

/// Carries one request and brings the whole answer.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Sends `request` once. Never follows a redirect, never repeats.
    async fn send(
        &self,
        request: Request<Bytes>,
        options: &SendOptions,
    ) -> Result<Response<Bytes>, SendError>;
}

/// What one request may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SendOptions {
    /// From sending to the last byte of the answer.
    pub timeout: Duration,
    /// Units: bytes of the answer's body, after decompression.
    pub body_max: u64,
}

impl Default for SendOptions {
    /// 100 seconds and 64 MiB.
    fn default() -> Self {
        Self { timeout: Duration::from_secs(100), body_max: 64 * 1024 * 1024 }
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// No whole answer in time; the effect may have happened.
    #[error("no answer in time; raise the timeout or look at the server's load")]
    Timeout,
    /// No connection; nothing was sent.
    #[error("cannot connect: {detail}; check address, name resolution, certificate and firewall")]
    Connect {
        /// What the network layer says.
        detail: String,
    },
    /// The answer was cut off; the effect may have happened.
    #[error("the answer was cut off: {detail}")]
    Interrupted {
        /// What the network layer says.
        detail: String,
    },
    /// The answer is larger than the request allows.
    #[error("the answer is larger than {limit} bytes")]
    BodyTooLarge {
        /// Units: bytes.
        limit: u64,
    },
    /// The place is not on the allow-list; nothing was sent.
    #[error("requests to {host} are not allowed; only configured servers are called")]
    HostNotAllowed {
        /// Scheme, host and port.
        host: String,
    },
    /// The server answered with a redirect, which is never followed.
    #[error("the server answered with redirect {status}; configure the final address")]
    Redirect {
        /// The status.
        status: u16,
    },
    /// The request cannot be sent as it is.
    #[error("the request is malformed: {detail}")]
    Bug {
        /// What is wrong with it.
        detail: String,
    },
}
