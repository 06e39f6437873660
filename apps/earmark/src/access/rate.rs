//! How often somebody may ask: so many times in each minute.

use earmark_model::Instant;
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// The span that is counted.
const SPAN: Duration = Duration::from_secs(60);

/// Units: askers that are remembered at once; beyond that, those whose minute is over are dropped.
const ASKERS_MAX: usize = 10_000;

/// A count for each asker.
pub struct Rate<K> {
    limit: u32,
    counts: Mutex<BTreeMap<K, (Instant, u32)>>,
}

impl<K: Ord + Clone> Rate<K> {
    /// Allows `limit` times a minute.
    pub fn new(limit: u32) -> Self {
        Self { limit, counts: Mutex::default() }
    }

    /// Counts one more. `Err` says how long to wait where that is too much.
    pub fn take(&self, asker: &K, now: Instant) -> Result<(), Duration> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= ASKERS_MAX {
            counts.retain(|_, (since, _)| now.since(*since) < SPAN);
        }
        let (since, count) = counts.entry(asker.clone()).or_insert((now, 0));
        if now.since(*since) >= SPAN {
            (*since, *count) = (now, 0);
        }
        if *count >= self.limit {
            return Err(SPAN.saturating_sub(now.since(*since)));
        }
        *count += 1;
        Ok(())
    }

    /// How long to wait, without counting; `None` where there is room.
    pub fn wait(&self, asker: &K, now: Instant) -> Option<Duration> {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, count) = counts.get(asker)?;
        let passed = now.since(*since);
        (*count >= self.limit && passed < SPAN).then(|| SPAN.saturating_sub(passed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_has_so_many_and_the_next_begins_anew() {
        let rate = Rate::new(2);
        let at = |seconds: i64| Instant::from_millis(seconds * 1_000);
        assert_eq!(rate.take(&"a", at(0)), Ok(()));
        assert_eq!(rate.take(&"a", at(10)), Ok(()));
        assert_eq!(rate.take(&"a", at(20)), Err(Duration::from_secs(40)));
        assert_eq!(rate.take(&"b", at(20)), Ok(()), "somebody else has an own count");
        assert_eq!(rate.wait(&"a", at(59)), Some(Duration::from_secs(1)));
        assert_eq!(rate.wait(&"a", at(60)), None);
        assert_eq!(rate.take(&"a", at(60)), Ok(()));
    }
}
