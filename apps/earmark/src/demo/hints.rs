//! Wakes a mailbox when somebody else changed it through the Graph face.
//!
//! A hint carries no facts: it makes the mailbox's next cycle early and nothing else, so that a
//! lost hint costs time and never correctness. Without hints (`--no-push`) the regular cycle
//! finds every change.

use axum::{
    extract::{Request, State},
    http::{Method, header},
    middleware::Next,
    response::Response,
};
use earmark_crm_port::Crm;
use earmark_engine::Engine;
use earmark_model::{MailboxAddress, MailboxId};
use earmark_sandbox::identity::Identity;
use percent_encoding::percent_decode_str;
use std::sync::Arc;

/// The application as which the engine itself writes.
pub const OWN_CLIENT: &str = "earmark";

/// What a hint needs.
#[derive(Clone)]
pub struct Hints {
    /// What is woken.
    pub engine: Arc<Engine>,
    /// Whose mailboxes they are.
    pub port: Arc<dyn Crm>,
    /// Tells the engine's own writes from everybody else's.
    pub identity: Identity,
}

/// Passes a request on and wakes the mailboxes that it may have changed.
pub async fn hint(State(hints): State<Hints>, request: Request, next: Next) -> Response {
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let path = request.uri().path().to_owned();
    let bearer = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .map(|(_, token)| token.to_owned());
    let response = next.run(request).await;
    if changes && response.status().is_success() {
        tokio::spawn(async move { hints.wake(&path, bearer.as_deref()).await });
    }
    response
}

impl Hints {
    async fn wake(&self, path: &str, bearer: Option<&str>) {
        let own = bearer.and_then(|bearer| self.identity.verify(bearer).ok());
        if own.is_some_and(|claims| claims.client_id == OWN_CLIENT) {
            return;
        }
        let Ok(snapshot) = self.port.settings().await else { return };
        let named = mailbox_in(path);
        let woken: Vec<MailboxId> = snapshot
            .mailboxes
            .iter()
            .filter(|row| row.is_enabled)
            .filter(|row| named.as_ref().is_none_or(|address| row.address == *address))
            .map(|row| row.id)
            .collect();
        for mailbox in woken {
            self.engine.wake(self.port.organization(), mailbox).await;
        }
    }
}

/// The mailbox that a path names by address; `None` where it may be any (`/me`, `$batch`, ids).
fn mailbox_in(path: &str) -> Option<MailboxAddress> {
    let decoded = percent_decode_str(path).decode_utf8_lossy();
    let mut segments = decoded.split('/').filter(|segment| !segment.is_empty());
    while let Some(segment) = segments.next() {
        let lower = segment.to_lowercase();
        let name = if lower == "users" {
            segments.next()?
        } else if lower.starts_with("users(") {
            segment.split_once('(')?.1.trim_end_matches(')').trim_matches('\'')
        } else {
            continue;
        };
        return name.contains('@').then(|| MailboxAddress::new(name));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mailbox_is_read_from_the_path() {
        let address = Some(MailboxAddress::new("anna@lindengrove.example"));
        for path in [
            "/graph/v1.0/users/anna@lindengrove.example/messages/x",
            "/v1.0/users/Anna%40lindengrove.example/messages/x",
            "/v1.0/Users('anna@lindengrove.example')/messages",
            "/sandbox/v1/users/anna@lindengrove.example/import",
        ] {
            assert_eq!(mailbox_in(path), address, "{path}");
        }
        for path in ["/v1.0/me/messages/x", "/v1.0/$batch", "/sandbox/v1/deliver"] {
            assert_eq!(mailbox_in(path), None, "{path}");
        }
    }
}
