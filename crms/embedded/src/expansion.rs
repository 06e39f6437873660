//! Series that go on: their instances are made ahead of time, once a day, never on a read.

use crate::{crm::EmbeddedCrm, error::CrmError, session::rules::series};
use earmark_model::Instant;
use std::sync::Arc;

impl EmbeddedCrm {
    /// Makes the instances that the organization's window around `now` has reached since the
    /// last time, one series a transaction. Answers how many were made.
    ///
    /// Repeatable: yes, what is there is not made again; where no series is due it is one read.
    pub async fn expand_series(self: &Arc<Self>, now: Instant) -> Result<usize, CrmError> {
        let (caller, now) = (self.service_caller(), now.as_millis());
        let mut made = 0;
        loop {
            let due = self.read(caller, move |session| series::due(session, now)).await?;
            if due.is_empty() {
                return Ok(made);
            }
            for id in due {
                made += self
                    .transact(Vec::new(), caller, move |session, _| {
                        series::extend(session, id, now)
                    })
                    .await?;
            }
        }
    }
}
