//! The add-in's callers: users with a token of the directory, so many requests a minute each.

use super::{
    keys::{Directory, DirectoryError},
    rate::Rate,
    user::{Delegations, User},
};
use crate::api::problem::Problem;
use axum::http::StatusCode;
use earmark_model::Instant;

/// Units: requests of one user in a minute. A pane that waits asks every three seconds.
const REQUESTS_MAX: u32 = 60;

/// What lets users of the add-in in.
pub struct Addin {
    /// Where they sign in.
    pub directory: Directory,
    /// For whom else they may act.
    pub delegations: Delegations,
    rate: Rate<User>,
}

impl Addin {
    /// For the users of one directory.
    pub fn new(directory: Directory) -> Self {
        Self { directory, delegations: Delegations::default(), rate: Rate::new(REQUESTS_MAX) }
    }

    /// The holder of `token`, counted.
    ///
    /// Errors: a problem that says nothing of why a token is not good.
    pub async fn admit(&self, token: &str, now: Instant) -> Result<User, Problem> {
        let user = self.directory.verify(token).await.map_err(|error| match error {
            DirectoryError::Refused(why) => {
                tracing::info!(why = %why, "a token of the add-in is refused");
                Problem::new(StatusCode::UNAUTHORIZED, "token", "the token is not accepted")
                    .hint("Sign in again")
            }
            DirectoryError::Unreachable => Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "directory",
                "sign-in cannot be checked now: the directory does not answer",
            )
            .hint("Try again in a minute"),
        })?;
        self.rate.take(&user, now).map_err(|wait| {
            Problem::new(StatusCode::TOO_MANY_REQUESTS, "rate", "too many requests in a minute")
                .hint("Wait, then try again")
                .retry_after(wait)
        })?;
        Ok(user)
    }
}
