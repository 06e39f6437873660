//! The benchmarks of `cargo xtask bench`: ratios and exact counts, each against its target.
//!
//! [`requests`] (P2) counts in worlds on virtual time against [`floor`]; [`latency`] (P3),
//! [`footprint`] (P5), [`lists`] and [`peers`] measure the real program, which [`process`] starts on free
//! ports with its files in temporary folders and ends in every case; [`face`] asks it over
//! sockets, [`histogram`] makes percentiles, [`report`] is the table and the JSON file.
//!
//! Invariants: nothing here is a timed test; a figure that was not taken in this run is marked as
//! published or not run.

mod face;
mod floor;
mod footprint;
mod histogram;
mod latency;
mod lists;
mod peers;
mod process;
mod report;
mod requests;

use anyhow::{Context, Result, bail};
use report::Row;
use std::{path::PathBuf, process::ExitCode};

const USAGE: &str = "usage: earmark-bench --binary FILE --profile NAME --out FILE [--only ID,…]";

/// The benchmarks in their order.
const ALL: [&str; 5] = ["P2", "P3", "P5", "lists", "peers"];

/// What is to be measured.
pub struct Plan {
    /// The program `earmark`.
    pub binary: PathBuf,
    /// The profile that it was built with, for the report.
    pub profile: String,
    /// Where the report goes.
    pub out: PathBuf,
    /// Which benchmarks run.
    pub only: Vec<String>,
}

fn main() -> ExitCode {
    match plan(std::env::args().skip(1)).and_then(|plan| run(&plan)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("earmark-bench: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn plan(mut arguments: impl Iterator<Item = String>) -> Result<Plan> {
    let (mut binary, mut profile, mut out) = (None, None, None);
    let mut only: Vec<String> = ALL.iter().map(ToString::to_string).collect();
    while let Some(name) = arguments.next() {
        let value = arguments.next().context(USAGE)?;
        match name.as_str() {
            "--binary" => binary = Some(PathBuf::from(value)),
            "--profile" => profile = Some(value),
            "--out" => out = Some(PathBuf::from(value)),
            "--only" => only = value.split(',').map(str::to_owned).collect(),
            _ => bail!(USAGE),
        }
    }
    if let Some(unknown) = only.iter().find(|one| !ALL.contains(&one.as_str())) {
        bail!("there is no benchmark {unknown}; there are {}", ALL.join(", "));
    }
    Ok(Plan {
        binary: binary.context(USAGE)?,
        profile: profile.context(USAGE)?,
        out: out.context(USAGE)?,
        only,
    })
}

fn run(plan: &Plan) -> Result<bool> {
    let runtime = tokio::runtime::Runtime::new().context("make a runtime")?;
    let mut rows = Vec::new();
    for id in ALL.into_iter().filter(|id| plan.only.iter().any(|one| one == id)) {
        eprintln!("== {id}");
        let measured: Result<Vec<Row>> = match id {
            "P2" => requests::run(),
            "P3" => runtime.block_on(latency::run(plan)),
            "P5" => runtime.block_on(footprint::run(plan)),
            "lists" => runtime.block_on(lists::run(plan)),
            _ => runtime.block_on(peers::run(plan)),
        };
        rows.extend(measured.with_context(|| id.to_owned())?);
    }
    println!("profile `{}`", plan.profile);
    report::print(&rows);
    report::write(&rows, &plan.profile, &plan.out)?;
    Ok(report::all_met(&rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Plan> {
        plan(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn only_known_benchmarks_can_be_picked() {
        let line = "--binary a --profile dist --out b";
        assert_eq!(read(line).expect("a plan").only, ALL);
        assert_eq!(read(&format!("{line} --only P3,P5")).expect("a plan").only, ["P3", "P5"]);
        assert!(read(&format!("{line} --only P9")).is_err());
        assert!(read("--binary a").is_err() && read("--only").is_err());
    }
}
