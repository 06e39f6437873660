//! Many seeds: run on all cores, summed up, kept between runs.

mod bugs;
mod cpu;
mod page;
mod progress;

use super::{
    bug::Bug,
    minimise::minimise,
    options::Options,
    plan::Plan,
    run::{Outcome, run, run_told},
    timeline::{self, timeline},
};
use anyhow::{Context, Result, ensure};
pub use bugs::run_bugs;
pub use progress::{Broken, Progress};
use std::{
    collections::BTreeSet,
    convert::Infallible,
    fs,
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread::available_parallelism,
    time::{Duration, Instant},
};

/// Units: seeds from which on every checker and every fault must have had its occasions.
pub const ENOUGH_SEEDS: u64 = 500;

/// Units: occasions that every checker must have had then.
pub const OCCASIONS: u64 = 1_000;

/// Units: times that every enabled fault must have struck then.
pub const STRIKES: u64 = 50;

/// How many seeds, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Which seeds.
    pub seeds: Range<u64>,
    /// Units: threads.
    pub jobs: usize,
    /// What was done before does not count.
    pub fresh: bool,
    /// Units: runs that shortening one plan may take.
    pub runs: usize,
    /// Where the page is written.
    pub page: Option<PathBuf>,
}

/// What became of one seed.
struct Done {
    seed: u64,
    outcome: Result<Outcome, String>,
    cpu: Duration,
}

/// Runs the seeds that are not done yet, prints how it goes, shortens what is broken; whether
/// everything holds.
///
/// Errors: the progress can be neither read nor kept.
pub fn run_seeds(wanted: &Wanted) -> Result<bool> {
    let folder = folder()?;
    let file = folder.join(format!("progress-{}.json", version()?));
    let mut progress = if wanted.fresh { Progress::default() } else { Progress::load(&file)? };
    let left: Vec<u64> = wanted.seeds.clone().filter(|seed| !progress.has(*seed)).collect();
    println!("{} seeds are done, {} are left", progress.count(), left.len());
    let began = Instant::now();
    let (mut told, mut kept) = (began, began);
    on_all(left, wanted.jobs, |done| -> Result<()> {
        take_in(&mut progress, &done);
        if told.elapsed() >= Duration::from_secs(10) {
            told = Instant::now();
            println!("{}", progress.line(began.elapsed()));
        }
        if kept.elapsed() >= Duration::from_secs(5) {
            kept = Instant::now();
            progress.keep(&file)?;
        }
        Ok(())
    })?;
    progress.keep(&file)?;
    println!("{}", progress.line(began.elapsed()));
    println!("{}", page::sums(&progress));
    for broken in first_of_each(&progress) {
        show_broken(&broken, wanted.runs, &folder)?;
    }
    if let Some(file) = &wanted.page {
        page::write(file, page::Part::Seeds, &page::report(&progress))?;
    }
    let mut holds = progress.broken.is_empty();
    for lack in progress.lacks() {
        println!("TOO FEW: {lack}");
        holds = false;
    }
    Ok(holds)
}

/// What these seeds add up to, run on all cores and kept nowhere. A seed that does not come to its
/// end is among the broken ones.
pub fn sum_of(seeds: Range<u64>) -> Progress {
    let mut progress = Progress::default();
    let jobs = available_parallelism().map_or(1, usize::from);
    let Ok(()) = on_all(seeds.collect(), jobs, |done| {
        take_in(&mut progress, &done);
        Ok::<_, Infallible>(())
    });
    progress
}

/// Runs seeds on so many threads. Ends early where `hear` fails: then there is nothing to go on
/// with later.
fn on_all<E>(
    seeds: Vec<u64>,
    jobs: usize,
    mut hear: impl FnMut(Done) -> Result<(), E>,
) -> Result<(), E> {
    let is_over = AtomicBool::new(false);
    let queue = Mutex::new(seeds.into_iter());
    std::thread::scope(|scope| {
        let (tell, all) = mpsc::channel();
        for _ in 0..jobs.max(1) {
            let (tell, queue, is_over) = (tell.clone(), &queue, &is_over);
            scope.spawn(move || {
                while let Some(seed) = next(queue) {
                    if is_over.load(Ordering::SeqCst) || tell.send(one(seed, None)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(tell);
        let heard = all.into_iter().try_for_each(&mut hear);
        heard.inspect_err(|_| is_over.store(true, Ordering::SeqCst))
    })
}

fn next(queue: &Mutex<impl Iterator<Item = u64>>) -> Option<u64> {
    queue.lock().unwrap_or_else(PoisonError::into_inner).next()
}

fn one(seed: u64, bug: Option<Bug>) -> Done {
    let before = cpu::of_this_thread();
    let outcome = catch_unwind(AssertUnwindSafe(|| run(&Plan::of(seed), bug)));
    let outcome = match outcome {
        Ok(outcome) => outcome.map_err(|error| format!("{error:#}")),
        Err(_) => Err("the run panicked".to_owned()),
    };
    Done { seed, outcome, cpu: cpu::of_this_thread().saturating_sub(before) }
}

fn take_in(progress: &mut Progress, done: &Done) {
    let options = Options::of(done.seed);
    let enabled = options.faults.keys().map(|kind| kind.id());
    match &done.outcome {
        Ok(outcome) => {
            let broken = outcome.violation.as_ref();
            progress.add(done.seed, outcome, enabled, done.cpu);
            if let Some(violation) = broken {
                println!("seed {} breaks {}: {}", done.seed, violation.checker, violation.what);
            }
        }
        Err(error) => {
            println!("seed {} did not end: {error}", done.seed);
            progress.did_not_end(done.seed, error);
        }
    }
}

/// One seed for each checker that complained.
fn first_of_each(progress: &Progress) -> Vec<Broken> {
    let mut seen = BTreeSet::new();
    let firsts = progress.broken.iter().filter(|broken| seen.insert(broken.checker.clone()));
    firsts.cloned().collect()
}

fn show_broken(broken: &Broken, runs: usize, folder: &Path) -> Result<()> {
    println!("\n== seed {} breaks {}: {}", broken.seed, broken.checker, broken.what);
    show_shortest(&Plan::of(broken.seed), None, runs, folder)
}

/// Prints the shortest plan that fails as `plan` does, and its story; writes both into `folder`.
fn show_shortest(plan: &Plan, bug: Option<Bug>, runs: usize, folder: &Path) -> Result<()> {
    let Some(short) = minimise(plan, bug, runs) else { return Ok(()) };
    let mut entries = Vec::new();
    run_told(&short.plan, bug, &mut |more| entries.extend_from_slice(more))?;
    let story = timeline(&entries, &short.violation);
    let head = format!("# {}: {}\n", short.violation.checker, first_line(&short.violation.what));
    let text = format!("{head}{}", short.plan);
    let file = folder.join(format!("seed-{}.plan", plan.seed));
    fs::write(&file, &text).with_context(|| format!("write {}", file.display()))?;
    println!(
        "the shortest plan after {} runs, also in {} (for testkit/regressions/sim):\n{text}\n{story}",
        short.runs,
        file.display(),
    );
    Ok(())
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// Runs one seed, or the plan in a file, twice: prints its options, its hash, what it breaks with
/// the shortest plan and its story; whether everything holds.
///
/// Errors: the file is no plan; the two runs differ; the world could not be made.
pub fn run_one(plan: &Plan, bug: Option<Bug>, runs: usize) -> Result<bool> {
    println!("seed {}\n{}", plan.seed, plan.options);
    let before = cpu::of_this_thread();
    let first = run(plan, bug)?;
    let spent = cpu::of_this_thread().saturating_sub(before);
    let second = run(plan, bug)?;
    println!("{} events, {} log entries, hash {}", plan.events.len(), first.entries, first.hash);
    println!("{} ms of CPU", spent.as_millis());
    let mut progress = Progress::default();
    progress.add(plan.seed, &first, std::iter::empty(), spent);
    println!("{}", page::sums(&progress));
    ensure!(
        first.hash == second.hash,
        "the same plan twice gave {} and {}",
        first.hash,
        second.hash
    );
    println!("the second run had the same hash");
    let Some(violation) = first.violation else { return Ok(true) };
    println!("it breaks {}: {}", violation.checker, violation.what);
    show_shortest(plan, bug, runs, &folder()?)?;
    Ok(false)
}

/// Prints everything that happens in one run, until something breaks or to its end; whether
/// everything holds.
///
/// Errors: the world could not be made.
pub fn show_log(plan: &Plan, bug: Option<Bug>) -> Result<bool> {
    let outcome = run_told(plan, bug, &mut |more| {
        for entry in more {
            println!("{}", timeline::line(entry));
        }
    })?;
    let Some(violation) = outcome.violation else { return Ok(true) };
    println!("{}: {}", violation.checker, violation.what);
    Ok(false)
}

/// Reads a plan from a file.
pub fn read_plan(file: &Path) -> Result<Plan> {
    let text = fs::read_to_string(file).with_context(|| format!("read {}", file.display()))?;
    text.parse().with_context(|| format!("{} holds no plan", file.display()))
}

/// Below the target folder: beside the examples, where this program lies.
fn folder() -> Result<PathBuf> {
    let program = std::env::current_exe().context("where this program lies")?;
    let profile = program.ancestors().nth(2).context("a program lies in a folder")?;
    let folder = profile.join("sim");
    fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
    Ok(folder)
}

/// What was done by another build does not count: the hash of this program.
fn version() -> Result<String> {
    use sha2::{Digest, Sha256};
    let program = std::env::current_exe().context("where this program lies")?;
    let bytes = fs::read(&program).context("read this program")?;
    Ok(Sha256::digest(bytes).iter().take(6).map(|byte| format!("{byte:02x}")).collect())
}
