//! What a client program said, read line by line.
//!
//! It prints `ok …` for each step, `FAILED …` for the one that ends it, and at its end `done N`
//! with the number of its steps. A step that cannot run prints `skipped: <why>` before its `ok`.

use crate::report::{Counts, Verdict};
use std::process::ExitStatus;

/// What was read so far.
#[derive(Debug, Default)]
pub struct ClientOutput {
    /// The steps.
    pub counts: Counts,
    done: Option<u64>,
    /// The step that runs said that it skips.
    skips: bool,
}

impl ClientOutput {
    /// Takes one line.
    pub fn line(&mut self, line: &str) {
        if line.starts_with("skipped: ") {
            self.skips = true;
        } else if line.starts_with("ok ") {
            // A step that could not look at what it is about proves nothing.
            match std::mem::take(&mut self.skips) {
                true => self.counts.skipped += 1,
                false => self.counts.passed += 1,
            }
        } else if line.starts_with("FAILED ") {
            self.counts.failed += 1;
        } else if let Some(count) = line.strip_prefix("done ") {
            self.done = count.parse().ok();
        }
    }

    /// How the program ended; `status` is `None` where it took too long. It passed only where it
    /// says so in each of the three ways.
    pub fn verdict(&self, status: Option<ExitStatus>) -> Verdict {
        let failed = |why: String| Verdict::Failed(why);
        match status {
            None => failed(String::from("it took too long and was ended")),
            Some(_) if self.counts.failed > 0 => failed(String::from("see above")),
            Some(status) if !status.success() => failed(format!("it ended with {status}")),
            Some(_)
                if self.counts.passed == 0
                    || self.done != Some(self.counts.passed + self.counts.skipped) =>
            {
                failed(String::from("it ended before its last step"))
            }
            Some(_) => Verdict::Passed,
        }
    }
}
