//! Faults of one delivery of notifications.

use super::{super::log::Org, FRESH, Faults, kind::Kind};
use bytes::Bytes;
use earmark_engine::Random;
use earmark_model::Instant;
use serde_json::{Value, json};
use std::time::Duration;

/// One delivery on its way to the service.
#[derive(Debug, Clone)]
pub(in crate::sim) struct Delivery {
    pub(in crate::sim) organization: Org,
    pub(in crate::sim) body: Bytes,
    /// It came from the mailbox server and was not altered.
    pub(in crate::sim) is_genuine: bool,
    /// When it arrives.
    pub(in crate::sim) due: Instant,
}

impl Faults {
    /// What becomes of one delivery: the deliveries that the service sees, and what struck.
    pub(in crate::sim) fn on_delivery(
        &self,
        organization: Org,
        organizations: usize,
        body: &Bytes,
        now: Instant,
    ) -> (Vec<Delivery>, Option<Kind>) {
        let usual = Delivery { organization, body: body.clone(), is_genuine: true, due: now };
        let kinds = Kind::ALL.iter().copied();
        let fits = |kind: &Kind| {
            matches!(
                kind,
                Kind::PushLost
                    | Kind::PushTwice
                    | Kind::PushReordered
                    | Kind::PushDelayed
                    | Kind::PushEarly
                    | Kind::PushForged
                    | Kind::PushMixed
            )
        };
        let kind = self.draw(kinds.filter(fits));
        let later = |delay| Delivery { due: now.plus(delay), ..usual.clone() };
        let seen = match kind {
            Some(Kind::PushLost) => Vec::new(),
            Some(Kind::PushTwice) => vec![usual.clone(), usual.clone(), later(self.seconds(0, 60))],
            Some(Kind::PushReordered) => vec![later(self.seconds(20, 120))],
            Some(Kind::PushDelayed) => vec![later(self.seconds(60, 4 * 3_600))],
            Some(Kind::PushEarly) => {
                self.not_readable_yet(body, now);
                vec![usual]
            }
            Some(Kind::PushForged) => vec![self.forged(&usual), usual],
            Some(Kind::PushMixed) => (0..organizations)
                .map(|one| Delivery {
                    organization: one,
                    is_genuine: one == organization,
                    ..usual.clone()
                })
                .collect(),
            _ => vec![usual],
        };
        (seen, kind)
    }

    /// The same with the secret of somebody who has to guess it, or of a subscription of nobody.
    fn forged(&self, usual: &Delivery) -> Delivery {
        let mut body: Value = serde_json::from_slice(&usual.body).unwrap_or_default();
        let how = self.random.below(3);
        for one in body["value"].as_array_mut().into_iter().flatten() {
            match how {
                0 => one["clientState"] = json!("guessed"),
                1 => one["clientState"] = Value::Null,
                _ => one["subscriptionId"] = json!("5f3c1a52-0000-4000-8000-000000000000"),
            }
        }
        Delivery { body: Bytes::from(body.to_string()), is_genuine: false, ..usual.clone() }
    }

    /// New items of the delivery cannot be read for a while.
    fn not_readable_yet(&self, body: &Bytes, now: Instant) {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let until = now.plus(self.seconds(1, 60));
        let mut state = self.state();
        for one in body["value"].as_array().into_iter().flatten() {
            let Some(id) = one["resourceData"]["id"].as_str() else { continue };
            let is_fresh = state.fresh.get(id).is_some_and(|came| now.since(*came) < FRESH);
            if is_fresh {
                state.unreadable.insert(id.to_owned(), until);
            }
        }
    }

    /// How long the service takes to answer a delivery: sometimes, for ten minutes, too long.
    pub(in crate::sim) fn slow_answer(&self, now: Instant) -> Option<Duration> {
        let is_slow = self.state().push_slow_until.is_some_and(|until| now < until);
        if !is_slow {
            self.draw(std::iter::once(Kind::PushSlow))?;
            self.state().push_slow_until = Some(now.plus(Duration::from_secs(600)));
        }
        Some(Duration::from_millis(3_500))
    }
}
