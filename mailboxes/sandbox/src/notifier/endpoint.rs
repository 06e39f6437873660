//! How fast addresses answer, and what follows for the slow ones.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};
use url::Url;

/// Units: milliseconds above which an answer is slow. Source: the delivery rules, as the rest.
const SLOW_MS: i64 = 2_900;

/// Units: milliseconds after which counting starts anew, and for which a slow one waits.
const PERIOD_MS: i64 = 10 * 60 * 1000;

/// Units: notifications from which on the shares below count.
const NOTIFICATIONS_MIN: u64 = 100;

/// Units: percent of slow answers at which notifications are put off.
const DELAYED_PERCENT: u64 = 10;

/// Units: percent of slow answers at which notifications are dropped.
const DROPPED_PERCENT: u64 = 15;

/// What happens to notifications for an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// They are sent.
    Sent,
    /// They wait until then. Units: milliseconds since the epoch, here and below.
    Delayed { until_ms: i64 },
    /// They are dropped; until then nothing is sent.
    Dropped { until_ms: i64 },
}

#[derive(Debug, Clone, Copy, Default)]
struct Count {
    since_ms: i64,
    sent: u64,
    slow: u64,
}

/// The addresses of the last ten minutes, by host and port.
#[derive(Debug, Default)]
pub(super) struct Endpoints {
    counts: Mutex<BTreeMap<String, Count>>,
}

impl Endpoints {
    /// Counts the notifications of one post that was answered, or given up, after `took_ms`.
    pub(super) fn count(&self, url: &str, notifications: usize, took_ms: i64, now_ms: i64) {
        let notifications = u64::try_from(notifications).unwrap_or(u64::MAX);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.retain(|_, count| now_ms - count.since_ms < PERIOD_MS);
        let count =
            counts.entry(place(url)).or_insert(Count { since_ms: now_ms, sent: 0, slow: 0 });
        count.sent += notifications;
        if took_ms > SLOW_MS {
            count.slow += notifications;
        }
    }

    /// What happens to notifications for `url` at present.
    pub(super) fn verdict(&self, url: &str, now_ms: i64) -> Verdict {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.get(&place(url)).copied().unwrap_or_default();
        let until_ms = count.since_ms + PERIOD_MS;
        if count.sent < NOTIFICATIONS_MIN || now_ms >= until_ms {
            return Verdict::Sent;
        }
        if count.slow * 100 >= count.sent * DROPPED_PERCENT {
            Verdict::Dropped { until_ms }
        } else if count.slow * 100 >= count.sent * DELAYED_PERCENT {
            Verdict::Delayed { until_ms }
        } else {
            Verdict::Sent
        }
    }
}

fn place(url: &str) -> String {
    Url::parse(url).map(|url| url.origin().ascii_serialization()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_addresses_wait_and_slower_ones_lose() {
        let url = "https://sync.test/notify";
        for (slow, expected) in [
            (9, Verdict::Sent),
            (10, Verdict::Delayed { until_ms: PERIOD_MS }),
            (15, Verdict::Dropped { until_ms: PERIOD_MS }),
        ] {
            let endpoints = Endpoints::default();
            endpoints.count(url, 99 - slow, 10, 0);
            endpoints.count(url, slow, SLOW_MS + 1, 0);
            assert_eq!(endpoints.verdict(url, 1), Verdict::Sent, "99 do not count yet");
            endpoints.count("https://sync.test:443/other", 1, SLOW_MS, 0);
            assert_eq!(endpoints.verdict(url, 1), expected);
            assert_eq!(endpoints.verdict("https://other.test/", 1), Verdict::Sent);
            assert_eq!(endpoints.verdict(url, PERIOD_MS), Verdict::Sent);
        }
    }
}
