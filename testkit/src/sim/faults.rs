//! What goes wrong on the way.

use super::wire::Network;
use bytes::Bytes;
use earmark_http::SendError;
use http::{Request, Response};
use std::time::Duration;

/// What becomes of one request.
pub(super) enum Verdict {
    /// It is carried out and answered.
    Fine,
    /// It never arrives; this is the answer.
    Instead(Result<Response<Bytes>, SendError>),
    /// It is carried out, and the answer is lost.
    Lost(SendError),
    /// It is carried out, and the answer is altered on the way.
    Altered(Box<dyn FnOnce(Response<Bytes>) -> Response<Bytes> + Send>),
    /// It is carried out twice; the second answer arrives.
    Twice,
    /// It is carried out only after this time, when the service has given up.
    Later(Duration, SendError),
}

/// The faults of one world.
#[derive(Debug, Default)]
pub(super) struct Faults;

impl Faults {
    /// Decides about one request to the mailbox server.
    pub(super) fn on_request(&self, _: &Network, _: u64, _: &Request<Bytes>) -> Verdict {
        Verdict::Fine
    }
}
