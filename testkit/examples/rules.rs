//! `cargo xtask rules`: every scenario with each rule switched off, one at a time and at run time,
//! and the table of promises.
//!
//! A run that does not end by itself is bounded by the wall clock, looked at whenever the world
//! waits for an answer; it counts as red. So does one that panics.
//!
//! Ends with 0 when every scenario is green with all rules, each rule turns some scenario red, and
//! each promise has a file that some rule turns red.

use anyhow::{Context, Result, bail};
use earmark_testkit::{
    promises::{self, File, Files, Promise},
    scenario,
};
use earmark_tracking::Rules;
use std::{
    any::Any,
    collections::{BTreeMap, BTreeSet},
    fs,
    future::Future,
    panic::{self, AssertUnwindSafe},
    path::Path,
    pin::pin,
    process::ExitCode,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::Poll,
    thread,
    time::{Duration, Instant},
};

const USAGE: &str = "usage: cargo xtask rules [--page] [--quick] [--only TEXT]
       --page   writes docs/promises.md and runs nothing
       --quick  each rule only until a scenario is red
       --only   only the promises whose number is TEXT, or the files with TEXT in their path";

/// Units: switches; with fewer something was lost.
const SWITCHES_MIN: usize = 60;

/// The longest that one run may take. With all rules a scenario takes a hundredth of it.
const RUN_MAX: Duration = Duration::from_secs(20);

/// What was asked for.
#[derive(Default)]
struct Wanted {
    page: bool,
    quick: bool,
    only: Option<String>,
}

/// What became of all runs.
struct Outcome {
    /// Files that are red with all rules: what they said.
    broken: BTreeMap<String, String>,
    /// The rules without which a file is red.
    red: BTreeMap<String, BTreeSet<&'static str>>,
    runs: usize,
    time: Duration,
}

fn main() -> ExitCode {
    match wanted(std::env::args().skip(1)).and_then(|wanted| run(&wanted)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("rules: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn wanted(mut arguments: impl Iterator<Item = String>) -> Result<Wanted> {
    let mut wanted = Wanted::default();
    while let Some(name) = arguments.next() {
        match name.as_str() {
            "--page" => wanted.page = true,
            "--quick" => wanted.quick = true,
            "--only" => wanted.only = Some(arguments.next().context(USAGE)?),
            _ => bail!(USAGE),
        }
    }
    Ok(wanted)
}

fn run(wanted: &Wanted) -> Result<bool> {
    let all = Files::read()?;
    if wanted.page {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/promises.md");
        fs::write(&path, promises::document(&all)).context("write docs/promises.md")?;
        println!("docs/promises.md is written");
        return Ok(true);
    }
    let mut files = all.clone();
    if let Some(only) = &wanted.only {
        files.0.retain(|file| file.number() == Some(only) || file.name.contains(only.as_str()));
    }
    // What a broken rule makes the world say is not the outcome of this program.
    panic::set_hook(Box::new(|_| {}));
    let outcome = try_all(&files, wanted.quick);
    let _ = panic::take_hook();
    Ok(report(&files, &outcome, wanted))
}

/// Runs every file with all rules and with each rule off, over all processors.
fn try_all(files: &Files, quick: bool) -> Outcome {
    let started = Instant::now();
    let broken = Mutex::new(BTreeMap::new());
    over_threads(files.0.len(), |index| {
        let file = &files.0[index];
        if let Err(error) = attempt(file, Rules::all()) {
            lock(&broken).insert(file.name.clone(), error);
        }
    });
    let broken = broken.into_inner().unwrap_or_else(PoisonError::into_inner);
    let good: Vec<&File> = files.0.iter().filter(|file| !broken.contains_key(&file.name)).collect();
    let red: Mutex<BTreeMap<String, BTreeSet<&'static str>>> = Mutex::default();
    let runs = AtomicUsize::new(files.0.len());
    over_threads(Rules::NAMES.len(), |index| {
        let rule = Rules::NAMES[index];
        let Some(rules) = Rules::without(rule) else { return };
        for file in &good {
            runs.fetch_add(1, Ordering::Relaxed);
            if attempt(file, rules.clone()).is_err() {
                lock(&red).entry(file.name.clone()).or_default().insert(rule);
                if quick {
                    return;
                }
            }
        }
    });
    let red = red.into_inner().unwrap_or_else(PoisonError::into_inner);
    Outcome { broken, red, runs: runs.into_inner(), time: started.elapsed() }
}

/// Does every piece of work once, on as many threads as there are processors.
fn over_threads(pieces: usize, work: impl Fn(usize) + Sync) {
    let next = AtomicUsize::new(0);
    let threads = thread::available_parallelism().map_or(2, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let piece = next.fetch_add(1, Ordering::Relaxed);
                    if piece >= pieces {
                        return;
                    }
                    work(piece);
                }
            });
        }
    });
}

/// One run in a fresh world. Errors: what the scenario, or a panic, said.
fn attempt(file: &File, rules: Rules) -> Result<(), String> {
    let run = || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .map_err(|error| error.to_string())?;
        runtime.block_on(bounded(async {
            scenario::run_with(&file.text, rules).await.map_err(|error| format!("{error:#}"))
        }))
    };
    panic::catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| Err(said(&*panic)))
}

/// Ends a run that takes too long, at the next request that it waits for.
async fn bounded(run: impl Future<Output = Result<(), String>>) -> Result<(), String> {
    let until = Instant::now() + RUN_MAX;
    let mut run = pin!(run);
    std::future::poll_fn(|context| match run.as_mut().poll(context) {
        Poll::Pending if Instant::now() > until => Poll::Ready(Err("it does not end".to_owned())),
        other => other,
    })
    .await
}

fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic").to_owned()
}

/// Prints the table; whether everything is as it must be.
fn report(files: &Files, outcome: &Outcome, wanted: &Wanted) -> bool {
    let mut wrong = Vec::new();
    println!("| promise | scenarios | with all rules | red without |");
    println!("|---|---|---|---|");
    for promise in Promise::all() {
        let of: Vec<&File> = files.of(promise).collect();
        if of.is_empty() && (!promise.is_due || wanted.only.is_some()) {
            continue;
        }
        let rules: BTreeSet<&str> =
            of.iter().filter_map(|file| outcome.red.get(&file.name)).flatten().copied().collect();
        let is_green = of.iter().all(|file| !outcome.broken.contains_key(&file.name));
        let names: Vec<&str> = of.iter().map(|file| file.name.as_str()).collect();
        let rules: Vec<&str> = rules.into_iter().collect();
        println!(
            "| {} | {} | {} | {} |",
            promise.number,
            or_none(&names),
            if is_green { "green" } else { "RED" },
            or_none(&rules)
        );
        if of.is_empty() {
            wrong.push(format!("{} is missing: no scenario holds it", promise.number));
        } else if is_green && rules.is_empty() && !wanted.quick {
            wrong.push(format!("{} is missing: no rule breaks it", promise.number));
        }
    }
    println!("\nOther scenarios\n\n| scenario | with all rules | red without |\n|---|---|---|");
    for file in files.0.iter().filter(|file| file.number().is_none()) {
        let is_green = !outcome.broken.contains_key(&file.name);
        let rules: Vec<&str> = outcome.red.get(&file.name).into_iter().flatten().copied().collect();
        let shown = if is_green { "green" } else { "RED" };
        println!("| {} | {shown} | {} |", file.name, or_none(&rules));
    }
    for (file, error) in &outcome.broken {
        wrong.push(format!("{file} is red with all rules: {error}"));
    }
    if wanted.only.is_none() {
        let needed: BTreeSet<&str> = outcome.red.values().flatten().copied().collect();
        let idle = Rules::NAMES.iter().filter(|rule| !needed.contains(**rule));
        wrong.extend(idle.map(|rule| format!("{rule} turns no scenario red")));
        if Rules::NAMES.len() < SWITCHES_MIN {
            wrong.push(format!("there are only {} rules", Rules::NAMES.len()));
        }
    }
    println!();
    for line in &wrong {
        println!("WRONG {line}");
    }
    println!(
        "{} scenarios, {} rules, {} runs in {:.0} s, {} wrong",
        files.0.len(),
        Rules::NAMES.len(),
        outcome.runs,
        outcome.time.as_secs_f64(),
        wrong.len()
    );
    wrong.is_empty()
}

fn or_none(names: &[&str]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
