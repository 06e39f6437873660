//! What requests carry, read so that every mistake is a problem document.

use super::problem::Problem;
use crate::service::state::{Organization, Service};
use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request},
    http::{StatusCode, Uri, request::Parts},
};
use serde::de::DeserializeOwned;
use std::{ops::Deref, sync::Arc};

/// The body as JSON.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = Bytes::from_request(request, state).await.map_err(|_| {
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body", "the body is larger than 1 MiB")
        })?;
        let text: &[u8] = if bytes.iter().all(u8::is_ascii_whitespace) { b"{}" } else { &bytes };
        serde_json::from_slice(text).map(Self).map_err(|error| {
            Problem::unusable("body", format!("the body is not as expected: {error}"))
                .hint("/api/v1/openapi.json describes it")
        })
    }
}

/// The parameters after the question mark.
pub struct Parameters<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Parameters<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        read(&parts.uri).map(Self)
    }
}

fn read<T: DeserializeOwned>(uri: &Uri) -> Result<T, Problem> {
    axum::extract::Query::try_from_uri(uri).map(|query| query.0).map_err(|error| {
        Problem::unusable("query", format!("a parameter is not as expected: {error}"))
            .hint("/api/v1/openapi.json describes them")
    })
}

/// The one name in the address, decoded.
pub struct Named(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let name = axum::extract::Path::<String>::from_request_parts(parts, state).await;
        name.map(|name| Self(name.0)).map_err(|_| {
            Problem::unusable("path", "a part of the address is not UTF-8")
                .hint("Percent-encode names as UTF-8")
        })
    }
}

/// The organization that the request is about: `?organization=`, else the first.
pub struct Chosen {
    service: Arc<Service>,
    index: usize,
}

impl Deref for Chosen {
    type Target = Organization;

    fn deref(&self) -> &Organization {
        &self.service.organizations[self.index]
    }
}

impl FromRequestParts<Arc<Service>> for Chosen {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        service: &Arc<Service>,
    ) -> Result<Self, Problem> {
        #[derive(serde::Deserialize)]
        struct Which {
            organization: Option<String>,
        }
        let which: Which = read(&parts.uri)?;
        let wanted = which.organization.as_deref();
        let index = service
            .organizations
            .iter()
            .position(|one| wanted.is_none_or(|slug| one.slug == slug))
            .ok_or_else(|| {
                Problem::missing("organization", "no such organization")
                    .hint("Use a slug of the configuration, or leave the parameter out")
            })?;
        Ok(Self { service: service.clone(), index })
    }
}
