//! The documented limit of requests at once for each application and mailbox.

use crate::error::Refusal;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Units: requests at once of one application in one mailbox. Source: the throttling limits.
const REQUESTS_MAX: usize = 4;

/// Who is under way.
#[derive(Debug, Default)]
pub(crate) struct InFlight {
    counts: Mutex<BTreeMap<(String, String), usize>>,
}

/// One request under way; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    in_flight: Arc<InFlight>,
    key: (String, String),
}

impl InFlight {
    /// Takes a place.
    pub(crate) fn enter(
        in_flight: &Arc<Self>,
        application: &str,
        mailbox: String,
    ) -> Result<Place, Refusal> {
        let key = (application.to_owned(), mailbox);
        let mut counts = in_flight.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(key.clone()).or_default();
        if *count >= REQUESTS_MAX {
            let refusal = Refusal::new(
                429,
                "ApplicationThrottled",
                "Application is over its MailboxConcurrency limit.",
            );
            return Err(Refusal { retry_after: Some("1".to_owned()), ..refusal });
        }
        *count += 1;
        drop(counts);
        Ok(Place { in_flight: Arc::clone(in_flight), key })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.in_flight.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.key);
            }
        }
    }
}
