//! Long runs: `earmark-fuzz [TARGET] [--minutes N] [--seed N]`, each target in turn, as
//! `cargo xtask fuzz` starts it. What fails is written to `regressions/`.

use anyhow::{Context, bail};
use earmark_fuzz::hunt::{Finding, Length, hunt};
use earmark_fuzz::target::Target;
use earmark_fuzz::{corpus, targets};
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Units: inputs of one hunt; the next one starts from the seeds of the corpus again.
const HUNT_CASES: u64 = 20_000;

/// What was asked for.
struct Asked {
    targets: Vec<Target>,
    each: Duration,
    seed: u64,
}

fn main() -> ExitCode {
    match asked().and_then(|asked| run(&asked)) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(findings) => {
            eprintln!("{findings} findings: see fuzz/regressions/");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("earmark-fuzz: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn asked() -> anyhow::Result<Asked> {
    let (mut name, mut minutes) = (None, 10_f64);
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut seed = since.as_secs();
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--minutes" => minutes = words.next().context("--minutes: how many?")?.parse()?,
            "--seed" => seed = words.next().context("--seed: which?")?.parse()?,
            other => name = Some(other.to_owned()),
        }
    }
    let mut targets = targets::all();
    if let Some(name) = name {
        let names: Vec<&str> = targets.iter().map(|target| target.name).collect();
        if !names.contains(&name.as_str()) {
            bail!("no target is called {name}: there are {}", names.join(", "));
        }
        targets.retain(|target| target.name == name);
    }
    let each = Duration::try_from_secs_f64(minutes * 60.0 / targets.len() as f64)
        .context("--minutes: a number of minutes")?;
    Ok(Asked { targets, each, seed })
}

/// How many targets had a finding.
fn run(asked: &Asked) -> anyhow::Result<usize> {
    let mut findings = 0;
    for target in &asked.targets {
        println!("{}: {}", target.name, target.about);
        let (began, mut seed, mut cases, mut shapes) =
            (std::time::Instant::now(), asked.seed, 0, 0);
        while began.elapsed() < asked.each {
            let time = asked.each.saturating_sub(began.elapsed());
            match hunt(target, Length { cases: HUNT_CASES, time, seed }) {
                Ok(tally) => {
                    cases += tally.cases;
                    shapes = shapes.max(tally.shapes);
                }
                Err(finding) => {
                    findings += 1;
                    keep(&finding)?;
                    break;
                }
            }
            seed = seed.wrapping_add(1);
        }
        println!("  {cases} inputs, {shapes} shapes, seeds {} to {seed}", asked.seed);
    }
    Ok(findings)
}

fn keep(finding: &Finding) -> anyhow::Result<()> {
    let folder = corpus::root().join("regressions").join(finding.target);
    std::fs::create_dir_all(&folder).context("make the folder of findings")?;
    let name = earmark_fuzz::target::shape(&finding.input);
    let path = folder.join(format!("{name:016x}"));
    std::fs::write(&path, &finding.input).context("keep the finding")?;
    println!("  FOUND {}\n  by itself: {}\n  {}", finding.problem, finding.alone, path.display());
    Ok(())
}
