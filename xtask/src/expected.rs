//! `xtask/expected.toml`: what may be left out, and why.

use anyhow::Context;
use serde::Deserialize;
use std::path::Path;

/// What may be left out of a run.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// Checks that may be *not run*.
    #[serde(default)]
    not_run: Vec<MayBeNotRun>,
    /// Tests that may skip themselves.
    #[serde(default)]
    skipped: Vec<MaySkip>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct MayBeNotRun {
    checks: Vec<String>,
    /// One of them must stand in why it was not run; without any, each reason is good enough.
    #[serde(default)]
    words: Vec<String>,
    #[allow(dead_code, reason = "read by people; required, so that nobody leaves it out")]
    reason: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct MaySkip {
    words: Vec<String>,
    #[allow(dead_code, reason = "read by people; required, so that nobody leaves it out")]
    reason: String,
}

impl Expected {
    /// Reads the file of the workspace at `root`.
    ///
    /// Errors: it is missing or damaged.
    pub fn load(root: &Path) -> anyhow::Result<Self> {
        let path = root.join("xtask/expected.toml");
        let text =
            std::fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
        Self::parse(&text).with_context(|| format!("parse {}", path.display()))
    }

    /// Reads the text of such a file.
    ///
    /// Errors: it is damaged or has an unknown field.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        Ok(toml::from_str(text)?)
    }

    /// Whether `check` may be *not run* for the reason `why`.
    pub fn allows_not_run(&self, check: &str, why: &str) -> bool {
        self.not_run.iter().any(|entry| {
            entry.checks.iter().any(|named| named == check)
                && (entry.words.is_empty() || entry.words.iter().any(|word| why.contains(word)))
        })
    }

    /// Whether a test may skip itself for the reason `why`.
    pub fn allows_skip(&self, why: &str) -> bool {
        self.skipped.iter().any(|entry| entry.words.iter().any(|word| why.contains(word.as_str())))
    }
}
