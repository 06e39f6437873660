//! What `cargo test` said, read line by line.
//!
//! The tests run with `--show-output`, because a test that cannot run prints `skipped: <why>` and
//! libtest would swallow that; everything else that passing tests print is left out.

use crate::report::Counts;

/// What was read so far.
#[derive(Debug, Default)]
pub struct TestOutput {
    /// Sums over all test binaries; a skipped test is not a passed one.
    pub counts: Counts,
    /// Tests that could not run: name and reason.
    pub skipped: Vec<(String, String)>,
    /// Tests that failed.
    pub failed: Vec<String>,
    /// Tests marked `#[ignore]`.
    pub ignored: u64,
    current: Option<String>,
    in_successes: bool,
    passed_by_skipping: u64,
}

impl TestOutput {
    /// Takes one line; the answer is what to show for it.
    pub fn line(&mut self, line: &str) -> Option<String> {
        if let Some(result) = line.strip_prefix("test result: ") {
            self.in_successes = false;
            self.add(result);
            return Some(line.to_owned());
        }
        if line == "successes:" {
            self.in_successes = true;
            self.current = None;
            return None;
        }
        if line == "failures:" {
            self.in_successes = false;
        }
        if self.in_successes {
            return self.success(line);
        }
        if let Some(name) =
            line.strip_prefix("test ").and_then(|rest| rest.strip_suffix(" ... FAILED"))
        {
            self.failed.push(name.to_owned());
        }
        Some(line.to_owned())
    }

    fn success(&mut self, line: &str) -> Option<String> {
        if let Some(name) =
            line.strip_prefix("---- ").and_then(|rest| rest.strip_suffix(" stdout ----"))
        {
            self.current = Some(name.to_owned());
            return None;
        }
        let why = line.strip_prefix("skipped:")?.trim();
        // Taken, so that a test which says it twice is counted once.
        let name = self.current.take()?;
        self.passed_by_skipping += 1;
        let shown = format!("test {name} ... skipped: {why}");
        self.skipped.push((name, why.to_owned()));
        Some(shown)
    }

    fn add(&mut self, result: &str) {
        for part in result.split([';', '.']) {
            let mut words = part.split_whitespace();
            let (Some(number), Some(what)) = (words.next(), words.next()) else { continue };
            let Ok(number) = number.parse::<u64>() else { continue };
            match what {
                "passed" => self.counts.passed += number,
                "failed" => self.counts.failed += number,
                "ignored" => {
                    self.counts.skipped += number;
                    self.ignored += number;
                }
                _ => {}
            }
        }
        // libtest counted these as passed.
        self.counts.passed = self.counts.passed.saturating_sub(self.passed_by_skipping);
        self.counts.skipped += self.passed_by_skipping;
        self.passed_by_skipping = 0;
    }
}
