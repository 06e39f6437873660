//! Connections that the mailbox server refuses: nothing of the request gets there.

use super::World;
use earmark_http::{SendError, glob};
use http::Method;
use std::sync::{Mutex, PoisonError};

/// Where the Graph face begins, without its version.
const GRAPH: &str = "/graph/";

/// Which requests are refused a connection.
#[derive(Debug, Default)]
pub(super) struct Refusals(Mutex<Vec<Refusal>>);

/// Some requests: by method, and by a pattern over the path below the version; all without one.
#[derive(Debug)]
struct Refusal {
    method: Option<String>,
    path: Option<String>,
}

impl Refusals {
    fn add(&self, refusal: Refusal) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(refusal);
    }

    /// Everybody is let in again.
    pub(super) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// What becomes of a request.
    ///
    /// Errors: its connection is refused.
    pub(super) fn check(&self, method: &Method, path: &str) -> Result<(), SendError> {
        let Some(path) = path.strip_prefix(GRAPH) else { return Ok(()) };
        let path = path.split_once('/').map_or("", |(_, below)| below);
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.iter().any(|refusal| refusal.covers(method, path)) {
            return Err(SendError::Connect { detail: "the connection was refused".to_owned() });
        }
        Ok(())
    }
}

impl Refusal {
    fn covers(&self, method: &Method, path: &str) -> bool {
        self.method.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method.as_str()))
            && self.path.as_ref().is_none_or(|pattern| glob::covers(pattern, path))
    }
}

impl World {
    /// From now on the mailbox server refuses the connections of these requests: of one method and
    /// of the paths that a pattern covers, or of all where neither is given.
    pub fn refuse_connections(&self, only: Option<(&str, &str)>) {
        let (method, path) = only.unzip();
        let refusal = Refusal { method: method.map(str::to_owned), path: path.map(str::to_owned) };
        self.interrupter.refusals.add(refusal);
    }
}
