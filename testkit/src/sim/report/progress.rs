//! What the seeds so far add up to, kept in a file.

use super::{ENOUGH_SEEDS, OCCASIONS, STRIKES};
use crate::sim::run::Outcome;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    time::Duration,
};

/// A seed that broke something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The seed.
    pub seed: u64,
    /// Which checker; `run` where the run did not end.
    pub checker: String,
    /// In words.
    pub what: String,
}

/// What the seeds so far add up to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    seeds: BTreeSet<u64>,
    /// By checker.
    pub occasions: BTreeMap<String, u64>,
    /// By fault: how often it struck.
    pub faults: BTreeMap<String, u64>,
    /// By fault: in how many seeds it was enabled.
    pub enabled: BTreeMap<String, u64>,
    /// What was broken, by seed.
    pub broken: Vec<Broken>,
    /// Units: entries of all logs.
    pub entries: u64,
    /// Units: microseconds of CPU, one number for each seed.
    cpu: Vec<u64>,
}

impl Progress {
    /// Reads it; a file that is not there is a beginning.
    pub(super) fn load(file: &Path) -> Result<Self> {
        let text = match fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(error) => return Err(error).with_context(|| format!("read {}", file.display())),
        };
        let value: Value = serde_json::from_str(&text)
            .with_context(|| format!("{} holds no progress; use --fresh", file.display()))?;
        Ok(Self::of_json(&value))
    }

    /// Writes it.
    pub(super) fn keep(&self, file: &Path) -> Result<()> {
        let new = file.with_extension("new");
        fs::write(&new, self.json().to_string())
            .and_then(|()| fs::rename(&new, file))
            .with_context(|| format!("write {}", file.display()))
    }

    fn json(&self) -> Value {
        let broken = self.broken.iter().map(|one| json!([one.seed, one.checker, one.what]));
        json!({
            "seeds": self.ranges(),
            "occasions": self.occasions,
            "faults": self.faults,
            "enabled": self.enabled,
            "broken": broken.collect::<Vec<_>>(),
            "entries": self.entries,
            "cpu": self.cpu,
        })
    }

    fn of_json(value: &Value) -> Self {
        let counts = |name: &str| -> BTreeMap<String, u64> {
            let members = value[name].as_object().into_iter().flatten();
            members.filter_map(|(name, count)| Some((name.clone(), count.as_u64()?))).collect()
        };
        let list = |name: &str| value[name].as_array().into_iter().flatten();
        let broken = |one: &Value| {
            Some(Broken {
                seed: one[0].as_u64()?,
                checker: one[1].as_str()?.to_owned(),
                what: one[2].as_str()?.to_owned(),
            })
        };
        Self {
            seeds: list("seeds")
                .filter_map(|range| Some(range[0].as_u64()?..range[1].as_u64()?))
                .flatten()
                .collect(),
            occasions: counts("occasions"),
            faults: counts("faults"),
            enabled: counts("enabled"),
            broken: list("broken").filter_map(broken).collect(),
            entries: value["entries"].as_u64().unwrap_or(0),
            cpu: list("cpu").filter_map(Value::as_u64).collect(),
        }
    }

    /// The seeds as pairs: the first, and the one after the last.
    pub(super) fn ranges(&self) -> Vec<(u64, u64)> {
        let mut ranges: Vec<(u64, u64)> = Vec::new();
        for seed in &self.seeds {
            match ranges.last_mut() {
                Some((_, end)) if end == seed => *end += 1,
                _ => ranges.push((*seed, seed + 1)),
            }
        }
        ranges
    }

    /// Whether this seed is done.
    pub fn has(&self, seed: u64) -> bool {
        self.seeds.contains(&seed)
    }

    /// Units: seeds.
    pub fn count(&self) -> u64 {
        self.seeds.len() as u64
    }

    /// Adds a seed that came to its end.
    pub(super) fn add(
        &mut self,
        seed: u64,
        outcome: &Outcome,
        enabled: impl Iterator<Item = &'static str>,
        cpu: Duration,
    ) {
        self.seeds.insert(seed);
        for (name, count) in &outcome.occasions {
            *self.occasions.entry((*name).to_owned()).or_default() += count;
        }
        for (name, count) in &outcome.faults {
            *self.faults.entry((*name).to_owned()).or_default() += count;
        }
        for name in enabled {
            *self.enabled.entry(name.to_owned()).or_default() += 1;
        }
        self.entries += outcome.entries;
        self.cpu.push(u64::try_from(cpu.as_micros()).unwrap_or(u64::MAX));
        if let Some(violation) = &outcome.violation {
            let (checker, what) = (violation.checker.to_owned(), violation.what.clone());
            self.broken.push(Broken { seed, checker, what });
            self.broken.sort_by_key(|broken| broken.seed);
        }
    }

    /// Adds a seed that did not come to its end.
    pub(super) fn did_not_end(&mut self, seed: u64, error: &str) {
        self.seeds.insert(seed);
        let (checker, what) = ("run".to_owned(), error.to_owned());
        self.broken.push(Broken { seed, checker, what });
        self.broken.sort_by_key(|broken| broken.seed);
    }

    /// The CPU time of a seed, `percent` of the seeds below it.
    pub fn cpu_at(&self, percent: usize) -> Duration {
        let mut sorted = self.cpu.clone();
        sorted.sort_unstable();
        let place = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
        Duration::from_micros(sorted.get(place).copied().unwrap_or(0))
    }

    /// What had too few occasions to prove anything; nothing where there are too few seeds to
    /// say so.
    pub fn lacks(&self) -> Vec<String> {
        if self.count() < ENOUGH_SEEDS {
            return Vec::new();
        }
        let checkers = self.occasions.iter().filter(|(_, count)| **count < OCCASIONS);
        let checkers =
            checkers.map(|(name, count)| format!("{name} had {count} occasions, not {OCCASIONS}"));
        let faults = self.enabled.iter().filter_map(|(name, seeds)| {
            let count = self.faults.get(name).copied().unwrap_or(0);
            (count < STRIKES)
                .then(|| format!("{name}, enabled in {seeds} seeds, struck {count} times"))
        });
        checkers.chain(faults).collect()
    }

    /// How it goes, in one line.
    pub(super) fn line(&self, wall: Duration) -> String {
        let struck: u64 = self.faults.values().sum();
        format!(
            "{} seeds, {} broken, {struck} faults, {} ms of CPU at the median, {} s",
            self.count(),
            self.broken.len(),
            self.cpu_at(50).as_millis(),
            wall.as_secs(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::oracle::Violation;

    fn outcome(occasions: u64, strikes: u64, breaks: bool) -> Outcome {
        let violation = breaks.then(|| Violation { checker: "I1", what: "twice".to_owned() });
        Outcome {
            violation,
            hash: String::new(),
            entries: 7,
            occasions: BTreeMap::from([("I1", occasions)]),
            faults: BTreeMap::from([("F2", strikes)]),
        }
    }

    fn many(count: u64, occasions: u64, strikes: u64) -> Progress {
        let mut progress = Progress::default();
        for seed in 0..count {
            let cpu = Duration::from_millis(seed);
            progress.add(seed, &outcome(occasions, strikes, false), ["F2"].into_iter(), cpu);
        }
        progress
    }

    #[test]
    fn it_is_kept_and_goes_on() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("progress.json");
        assert_eq!(Progress::load(&file).expect("a beginning"), Progress::default());
        let mut progress = many(10, 3, 2);
        progress.add(20, &outcome(1, 1, true), std::iter::empty(), Duration::from_millis(1));
        progress.did_not_end(21, "no world");
        progress.keep(&file).expect("kept");
        let again = Progress::load(&file).expect("read");
        assert_eq!(again, progress);
        assert_eq!(again.ranges(), [(0, 10), (20, 22)]);
        assert!(again.has(9) && !again.has(10));
    }

    #[test]
    fn too_few_occasions_are_told_only_where_there_are_enough_seeds() {
        assert!(many(499, 0, 0).lacks().is_empty());
        assert!(many(500, 2, 1).lacks().is_empty());
        assert_eq!(many(500, 1, 1).lacks().len(), 1);
        assert_eq!(many(500, 1, 0).lacks().len(), 2);
    }

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(many(101, 1, 1).cpu_at(50), Duration::from_millis(50));
        assert_eq!(Progress::default().cpu_at(50), Duration::ZERO);
    }
}
