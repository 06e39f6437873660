//! The transport into a service of the same process.

use crate::{SendError, SendOptions, Transport};
use async_trait::async_trait;
use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http::{Request, Response, Uri, header};
use http_body_util::BodyExt;
use tower::{Service, ServiceExt};

/// Calls a service, for example an axum router, as if over the network: the service sees the
/// path and a `Host` header, the caller sees the same errors.
pub struct ServiceTransport<S> {
    service: S,
}

impl<S> ServiceTransport<S> {
    /// A transport into `service`.
    pub fn new(service: S) -> Self {
        Self { service }
    }
}

#[async_trait]
impl<S> Transport for ServiceTransport<S>
where
    S: Service<Request<Body>, Response = Response<Body>> + Clone + Send + Sync + 'static,
    S::Error: std::fmt::Display + Send,
    S::Future: Send,
{
    async fn send(
        &self,
        request: Request<Bytes>,
        options: &SendOptions,
    ) -> Result<Response<Bytes>, SendError> {
        let request = as_received(request)?;
        let answer = async {
            let response = self
                .service
                .clone()
                .oneshot(request)
                .await
                .map_err(|error| SendError::Interrupted { detail: error.to_string() })?;
            let (parts, body) = response.into_parts();
            let body = collect(body, options.body_max).await?;
            Ok(Response::from_parts(parts, body))
        };
        tokio::time::timeout(options.timeout, answer).await.unwrap_or(Err(SendError::Timeout))
    }
}

/// The request as a server receives it: the target in origin form, the place in `Host`.
fn as_received(request: Request<Bytes>) -> Result<Request<Body>, SendError> {
    let (mut parts, body) = request.into_parts();
    let malformed = || SendError::Bug { detail: "the request has no usable address".to_owned() };
    let authority = parts.uri.authority().ok_or_else(malformed)?;
    let host = authority.as_str().parse().map_err(|_| malformed())?;
    let target = parts.uri.path_and_query().cloned().ok_or_else(malformed)?;
    parts.headers.insert(header::HOST, host);
    parts.uri = Uri::from(target);
    if !body.is_empty() {
        parts.headers.insert(header::CONTENT_LENGTH, body.len().into());
    }
    Ok(Request::from_parts(parts, Body::from(body)))
}

async fn collect(mut body: Body, body_max: u64) -> Result<Bytes, SendError> {
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| SendError::Interrupted { detail: error.to_string() })?;
        let Ok(data) = frame.into_data() else { continue };
        if (bytes.len() as u64).saturating_add(data.len() as u64) > body_max {
            return Err(SendError::BodyTooLarge { limit: body_max });
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes.freeze())
}
