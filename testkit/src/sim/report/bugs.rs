//! The bugs that were put in on purpose: each is run until a seed catches it.

use super::{Wanted, one, page};
use crate::sim::{bug::Bug, oracle::Violation};
use anyhow::Result;
use std::{
    fmt::Write as _,
    sync::{Mutex, PoisonError},
};

/// What became of one bug.
struct Caught {
    bug: Bug,
    /// The first seed that breaks something with the bug and nothing without, and what.
    by: Option<(u64, Violation)>,
}

/// Runs the seeds with each bug until one catches it; prints the table; whether all were caught.
///
/// Errors: the page cannot be written.
pub fn run_bugs(wanted: &Wanted) -> Result<bool> {
    let queue = Mutex::new(Bug::ALL.iter().copied());
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    let all = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..wanted.jobs.max(1) {
            scope.spawn(|| {
                while let Some(bug) = next() {
                    let by = wanted.seeds.clone().find_map(|seed| catch(seed, bug));
                    let caught = Caught { bug, by };
                    println!("{}", row(&caught));
                    all.lock().unwrap_or_else(PoisonError::into_inner).push(caught);
                }
            });
        }
    });
    let mut all = all.into_inner().unwrap_or_else(PoisonError::into_inner);
    all.sort_by_key(|caught| caught.bug);
    if let Some(file) = &wanted.page {
        page::write(file, page::Part::Bugs, &table(&all))?;
    }
    let found = all.iter().filter(|caught| caught.by.is_some()).count();
    println!("{found} of {} bugs were found", all.len());
    Ok(found == all.len())
}

fn catch(seed: u64, bug: Bug) -> Option<(u64, Violation)> {
    let violation = one(seed, Some(bug)).outcome.ok()?.violation?;
    // What breaks without the bug too says nothing about it.
    let is_its_work = one(seed, None).outcome.is_ok_and(|outcome| outcome.violation.is_none());
    is_its_work.then_some((seed, violation))
}

fn table(all: &[Caught]) -> String {
    let mut text = "| | Bug | Seed | Checker |\n| ---: | --- | ---: | --- |\n".to_owned();
    for caught in all {
        let _ = writeln!(text, "{}", row(caught));
    }
    text
}

fn row(caught: &Caught) -> String {
    let (number, what) = (caught.bug.number(), caught.bug.what());
    let word = caught.bug.as_str();
    match &caught.by {
        Some((seed, violation)) => {
            format!("| {number} | {what} (`{word}`) | {seed} | {} |", violation.checker)
        }
        None => format!("| {number} | {what} (`{word}`) | not found | |"),
    }
}
