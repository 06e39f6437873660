//! The sums as a page for people.

use super::{Progress, STRIKES};
use crate::sim::faults::kind::Kind;
use anyhow::{Context, Result};
use std::{fmt::Write as _, fs, path::Path};

/// What a page holds; the rest of it is written by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// What the seeds add up to.
    Seeds,
    /// Which seed caught which bug.
    Bugs,
}

impl Part {
    /// The part stands between these two.
    const fn marks(self) -> (&'static str, &'static str) {
        match self {
            Self::Seeds => {
                ("<!-- report: written by `cargo xtask sim --page` -->", "<!-- end of report -->")
            }
            Self::Bugs => (
                "<!-- bugs: written by `cargo xtask sim --bugs --page` -->",
                "<!-- end of bugs -->",
            ),
        }
    }
}

/// Writes a part of the page anew: what is around its two marks stays.
///
/// Errors: there is a page, and it lacks the marks; it cannot be written.
pub(super) fn write(file: &Path, part: Part, text: &str) -> Result<()> {
    let (begin, end) = part.marks();
    let new = format!("{begin}\n\n{text}\n{end}");
    let page = match fs::read_to_string(file) {
        Err(_) => format!("{new}\n"),
        Ok(old) => {
            let (head, rest) = old.split_once(begin).with_context(|| format!("no {begin}"))?;
            let (_, tail) = rest.split_once(end).with_context(|| format!("no {end}"))?;
            format!("{head}{new}{tail}")
        }
    };
    fs::write(file, page).with_context(|| format!("write {}", file.display()))
}

pub(super) fn report(progress: &Progress) -> String {
    let seeds: Vec<String> =
        progress.ranges().iter().map(|(from, to)| format!("{from}..{to}")).collect();
    let struck: u64 = progress.faults.values().sum();
    let mut text = format!(
        "{} seeds ({}), {} of them broke something. {struck} faults struck, {} a seed; the logs \
         have {} entries. CPU of a seed: {} ms at the median, {} ms at the 99th percentile.\n\n",
        progress.count(),
        seeds.join(", "),
        progress.broken.len(),
        struck / progress.count().max(1),
        progress.entries,
        progress.cpu_at(50).as_millis(),
        progress.cpu_at(99).as_millis(),
    );
    text.push_str("| Checker | Occasions |\n| --- | ---: |\n");
    for (name, count) in in_order(&progress.occasions) {
        let _ = writeln!(text, "| {name} | {count} |");
    }
    text.push_str("\n| Fault | | Seeds | Strikes |\n| --- | --- | ---: | ---: |\n");
    for (name, seeds) in in_order(&progress.enabled) {
        let count = progress.faults.get(name).copied().unwrap_or(0);
        let word = Kind::parse(name).map_or("", Kind::word);
        let _ = writeln!(text, "| {name} | {word} | {seeds} | {count} |");
    }
    for broken in &progress.broken {
        let _ = writeln!(text, "\n- seed {}: {}: {}", broken.seed, broken.checker, broken.what);
    }
    text
}

/// The sums in a few lines.
pub(super) fn sums(progress: &Progress) -> String {
    let listed = |counts: &std::collections::BTreeMap<String, u64>| {
        let parts: Vec<String> =
            in_order(counts).map(|(name, count)| format!("{name} {count}")).collect();
        parts.join(", ")
    };
    let rare: Vec<&str> = progress
        .enabled
        .keys()
        .filter(|name| progress.faults.get(*name).copied().unwrap_or(0) < STRIKES)
        .map(String::as_str)
        .collect();
    let rare = if rare.is_empty() { String::new() } else { format!("\nrare: {}", rare.join(", ")) };
    format!(
        "occasions: {}\nfaults: {}{rare}",
        listed(&progress.occasions),
        listed(&progress.faults)
    )
}

/// I2 before I10.
fn in_order<V>(
    counts: &std::collections::BTreeMap<String, V>,
) -> impl Iterator<Item = (&String, &V)> {
    let mut all: Vec<(&String, &V)> = counts.iter().collect();
    all.sort_by_key(|(name, _)| {
        let digits = name.find(|one: char| one.is_ascii_digit()).unwrap_or(name.len());
        let number = name[digits..].parse::<u64>().unwrap_or(u64::MAX);
        (name[..digits].len(), name[..digits].to_owned(), number)
    });
    all.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_part_of_a_page_changes() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("page.md");
        let (begin, end) = Part::Bugs.marks();
        let text = format!("# Title\n\n{begin}\nold\n{end}\n\nThe rest.\n");
        fs::write(&file, text).expect("written");
        write(&file, Part::Bugs, &report(&Progress::default())).expect("a page");
        let new = fs::read_to_string(&file).expect("read");
        assert!(new.starts_with("# Title\n") && new.ends_with("\n\nThe rest.\n"), "{new}");
        assert!(!new.contains("old") && new.contains("0 seeds"), "{new}");
        assert!(write(&file, Part::Seeds, "").is_err(), "there is no such part");
    }

    #[test]
    fn numbers_stand_in_their_order() {
        let counts = ["I10", "I2", "C1", "Forgotten", "F2"].map(|name| (name.to_owned(), 1)).into();
        let names: Vec<&str> = in_order(&counts).map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["C1", "F2", "I2", "I10", "Forgotten"]);
    }
}
