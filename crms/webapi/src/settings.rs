//! What the face is set up with.

use std::sync::Arc;

use earmark_model::Clock;
use uuid::Uuid;

/// Settings of the face.
#[derive(Clone)]
pub struct FaceSettings {
    /// The address that an unauthenticated caller is sent to, such as `https://host/login/demo`.
    pub authorization_uri: String,
    /// The address up to and with `/api/data`, where it is not what the request was sent to.
    pub public_root: Option<String>,
    /// The time of day, for filters such as `Today`.
    pub clock: Arc<dyn Clock>,
    /// New ids, for rows, requests and boundaries.
    pub ids: Arc<dyn Fn() -> Uuid + Send + Sync>,
    /// Units: bytes of one request body.
    pub body_bytes_max: usize,
}

/// Units: bytes of one request body, unless set otherwise.
pub const BODY_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Units: rows on one page.
pub const PAGE_ROWS_MAX: u64 = 5_000;
/// Units: requests in one batch.
pub const BATCH_REQUESTS_MAX: usize = 1_000;
/// Units: `$expand` terms in one request, nested ones included.
pub const EXPANDS_MAX: usize = 15;
/// What `RetrieveVersion` answers.
pub const VERSION: &str = "9.2.24124.00185";

impl FaceSettings {
    /// Settings with the default limits.
    pub fn new(
        authorization_uri: impl Into<String>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Fn() -> Uuid + Send + Sync>,
    ) -> Self {
        Self {
            authorization_uri: authorization_uri.into(),
            public_root: None,
            clock,
            ids,
            body_bytes_max: BODY_BYTES_MAX,
        }
    }
}
