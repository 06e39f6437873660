//! Access tokens by client credentials: kept in memory, renewed in time, one request for all
//! who wait.

use crate::budget::Budget;
use crate::classify;
use crate::settings::GraphSettings;
use crate::wire::token;
use earmark_http::{Client, SendOptions, retry_after};
use earmark_model::{Clock, Failure, FailureClass, Instant};
use secrecy::SecretString;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// How long before its end a token is renewed.
const RENEW_BEFORE: Duration = Duration::from_secs(5 * 60);

/// The tokens of one application in one tenant.
pub(crate) struct Tokens {
    settings: GraphSettings,
    clock: Arc<dyn Clock>,
    /// Locked while a renewal is under way, so that everybody else waits for its outcome.
    current: Mutex<Option<Token>>,
    budget: Budget,
}

#[derive(Clone)]
pub(crate) struct Token {
    pub(crate) value: SecretString,
    /// Tells one token from the next without comparing secrets.
    serial: u64,
    renew_at: Instant,
}

impl Tokens {
    pub(crate) fn new(settings: GraphSettings, clock: Arc<dyn Clock>) -> Self {
        Self { settings, clock, current: Mutex::new(None), budget: Budget::new(1) }
    }

    /// A token that is good for minutes. `refused` is a token that the server did not accept
    /// and that must not come back.
    pub(crate) async fn token(
        &self,
        client: &Client,
        refused: Option<&Token>,
    ) -> Result<Token, Failure> {
        let mut current = self.current.lock().await;
        let now = self.clock.now();
        if let Some(token) = current.as_ref() {
            let was_refused = refused.is_some_and(|refused| refused.serial == token.serial);
            if !was_refused && now < token.renew_at {
                return Ok(token.clone());
            }
        }
        let serial = current.as_ref().map_or(0, |token| token.serial) + 1;
        let token = self.renew(client, serial, now).await?;
        *current = Some(token.clone());
        Ok(token)
    }

    async fn renew(&self, client: &Client, serial: u64, now: Instant) -> Result<Token, Failure> {
        self.budget.check(now)?;
        let request = token::request(&self.settings)?;
        let options = SendOptions { timeout: self.settings.timeout, body_max: token::BODY_MAX };
        let answer = client.send(request, &options).await.map_err(|e| classify::transport(&e))?;
        if !answer.status().is_success() {
            let told = retry_after(answer.headers(), now.as_millis()).map(Instant::from_millis);
            let mut failure =
                classify::answer(answer.status().as_u16(), answer.body(), told.is_some());
            if let FailureClass::Throttled { until } = &mut failure.class {
                *until = Some(self.budget.throttled(told, now));
            }
            return Err(failure);
        }
        self.budget.served();
        let granted = token::read(answer.body())?;
        let lifetime = Duration::from_secs(granted.expires_in);
        let usable = lifetime.saturating_sub(RENEW_BEFORE.min(lifetime / 2));
        Ok(Token { value: granted.access_token, serial, renew_at: now.plus(usable) })
    }
}
