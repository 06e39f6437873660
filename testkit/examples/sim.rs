//! `cargo xtask sim`: seeds of the fault simulator.

use anyhow::{Context, Result, bail};
use earmark_testkit::sim::{
    Bug, Plan,
    report::{Wanted, read_plan, run_bugs, run_one, run_seeds, show_log},
};
use std::{ops::Range, path::PathBuf, process::ExitCode, thread::available_parallelism};

const USAGE: &str = "\
usage: cargo xtask sim [--seeds A..B]   these seeds (0..500), as far as they are not done yet
         --jobs N                       on so many threads (all cores)
         --fresh                        what was done before does not count
         --page FILE                    writes the report into the page
         --runs N                       runs that shortening one plan may take (300)
       cargo xtask sim --seed N         one seed: options, hash of two runs, shortest plan, story
       cargo xtask sim --plan FILE      the same for a plan as text
       cargo xtask sim --show N         the plan of a seed as text
       cargo xtask sim --bugs           each of the bugs put in on purpose, until a seed finds it
         --bug WORD                     with --seed or --plan: with this bug
         --log                          with --seed or --plan: everything that happens, line by line";

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What is asked for.
enum Asked {
    Many(Wanted),
    Bugs(Wanted),
    One(Plan, Option<Bug>, usize),
    Log(Plan, Option<Bug>),
    Show(Plan),
    Help,
}

fn main() -> ExitCode {
    let outcome = asked(std::env::args().skip(1)).and_then(|asked| match asked {
        Asked::Many(wanted) => run_seeds(&wanted),
        Asked::Bugs(wanted) => run_bugs(&wanted),
        Asked::One(plan, bug, runs) => run_one(&plan, bug, runs),
        Asked::Log(plan, bug) => show_log(&plan, bug),
        Asked::Show(plan) => {
            print!("{plan}");
            Ok(true)
        }
        Asked::Help => {
            println!("{USAGE}");
            Ok(true)
        }
    });
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("sim: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn asked(mut words: impl Iterator<Item = String>) -> Result<Asked> {
    let jobs = available_parallelism().map_or(1, usize::from);
    let mut wanted = Wanted { seeds: 0..500, jobs, fresh: false, runs: 300, page: None };
    let (mut one, mut bug, mut bugs, mut log) = (None, None, false, false);
    while let Some(word) = words.next() {
        let mut value = || words.next().with_context(|| format!("{word} needs a value\n{USAGE}"));
        match word.as_str() {
            "--seeds" => wanted.seeds = range(&value()?)?,
            "--jobs" => wanted.jobs = value()?.parse().context("--jobs is a number")?,
            "--bugs" => bugs = true,
            "--log" => log = true,
            "--bug" => bug = Some(named(&value()?)?),
            "--fresh" => wanted.fresh = true,
            "--page" => wanted.page = Some(PathBuf::from(value()?)),
            "--runs" => wanted.runs = value()?.parse().context("--runs is a number")?,
            "--seed" => one = Some(Plan::of(seed(&value()?)?)),
            "--plan" => one = Some(read_plan(&PathBuf::from(value()?))?),
            "--show" => return Ok(Asked::Show(Plan::of(seed(&value()?)?))),
            "--help" | "-h" | "help" => return Ok(Asked::Help),
            other => bail!("`{other}` is not known\n{USAGE}"),
        }
    }
    Ok(match one {
        Some(plan) if log => Asked::Log(plan, bug),
        Some(plan) => Asked::One(plan, bug, wanted.runs),
        None if log => bail!("--log needs --seed or --plan\n{USAGE}"),
        None if bug.is_some() => bail!("--bug needs --seed or --plan\n{USAGE}"),
        None if bugs => Asked::Bugs(wanted),
        None => Asked::Many(wanted),
    })
}

fn named(word: &str) -> Result<Bug> {
    let known = || Bug::ALL.iter().map(|bug| bug.as_str()).collect::<Vec<_>>().join(", ");
    Bug::parse(word).with_context(|| format!("`{word}` is none of the bugs: {}", known()))
}

fn range(text: &str) -> Result<Range<u64>> {
    let (from, to) = text.split_once("..").context("seeds are A..B")?;
    Ok(seed(from)?..seed(to)?)
}

fn seed(text: &str) -> Result<u64> {
    let parsed = match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => text.parse(),
    };
    parsed.with_context(|| format!("`{text}` is no seed"))
}
