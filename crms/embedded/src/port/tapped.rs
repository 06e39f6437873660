//! Faults and counts around an operation.

use super::EmbeddedCrmPort;
use crate::classify::{classify_answer, code_of_status};
use earmark_http::{Fault, Target};
use earmark_model::{Failure, FailureClass, Instant};
use std::{future::Future, time::Duration};

impl EmbeddedCrmPort {
    /// Does `work` as if it were the request `method` on `path` below the root of the Web API.
    pub(super) async fn tapped<T, F>(
        &self,
        method: &str,
        path: &str,
        work: impl Fn() -> F,
    ) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let Some(tap) = &self.tap else { return work().await };
        tap.count(Target::Crm, method, path);
        let Some(fault) = tap.strike(Target::Crm, method, path) else { return work().await };
        if let Some(delay) = fault.delay_ms {
            tokio::time::sleep(Duration::from_millis(delay)).await;
        }
        if fault.drop_response {
            // The effect stands, only the answer is lost.
            let _ = work().await;
            if fault.duplicate {
                let _ = work().await;
            }
            return Err(Failure::new(
                FailureClass::Timeout,
                "AnswerLost",
                "the connection broke before the answer came",
            ));
        }
        if let Some(status) = fault.status.filter(|status| *status >= 400) {
            return Err(self.answer(status, &fault));
        }
        if fault.duplicate {
            let _ = work().await;
        }
        work().await
    }

    fn answer(&self, status: u16, fault: &Fault) -> Failure {
        let until = fault.retry_after.map(|secs| {
            let wait = Duration::try_from_secs_f64(secs).unwrap_or_default();
            Instant::from_millis(self.crm.now()).plus(wait)
        });
        let code = fault.code.as_deref().or_else(|| code_of_status(status));
        classify_answer(status, code, until)
    }
}
