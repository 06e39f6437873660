//! One plan, from the beginning to rest.

use super::{
    bug::Bug,
    log::Happening,
    oracle::{Oracle, Violation},
    plan::{Plan, What},
    world::{SimWorld, WORKERS},
};
use anyhow::{Context, Result};
use std::{collections::BTreeMap, time::Duration};

/// How a plan ended.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// What was broken first, if anything.
    pub violation: Option<Violation>,
    /// The hash of everything that happened.
    pub hash: String,
    /// Units: entries of the log.
    pub entries: u64,
    /// How often each checker had something to check.
    pub occasions: BTreeMap<&'static str, u64>,
    /// How often each fault struck.
    pub faults: BTreeMap<&'static str, u64>,
}

/// Units: cycles after which everything must have come to rest.
const CYCLES_TO_REST: u32 = 9;

/// How often the pretend Exchange is asked for notifications.
const HEAR: Duration = Duration::from_secs(20);

/// Runs a plan on a runtime of its own, with a bug where one is wanted. Equal plans give equal outcomes.
///
/// Errors: the world could not be made, or an act was refused; a broken invariant is no error.
pub fn run(plan: &Plan, bug: Option<Bug>) -> Result<Outcome> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .context("make a runtime")?;
    let outcome = runtime.block_on(live(plan, bug));
    // Workers that were killed in the middle of something are dropped here, not waited for.
    runtime.shutdown_background();
    outcome
}

async fn live(plan: &Plan, bug: Option<Bug>) -> Result<Outcome> {
    let world = SimWorld::open(plan.seed, &plan.options, bug).await?;
    let mut oracle = Oracle::default();
    let mut faults = BTreeMap::new();
    let violation = lived(plan, &world, &mut oracle, &mut faults).await?;
    let (hash, entries) = world.log.hash();
    Ok(Outcome { violation, hash, entries, occasions: oracle.occasions(), faults })
}

async fn lived(
    plan: &Plan,
    world: &SimWorld,
    oracle: &mut Oracle,
    faults: &mut BTreeMap<&'static str, u64>,
) -> Result<Option<Violation>> {
    let begun = tokio::time::Instant::now();
    let mut restarts: Vec<(Duration, usize)> = Vec::new();
    for (number, event) in plan.events.iter().enumerate() {
        while begun.elapsed() < event.at {
            let left = event.at - begun.elapsed();
            tokio::time::sleep(if plan.options.push { left.min(HEAR) } else { left }).await;
            world.hear().await;
            let now = begun.elapsed();
            let due: Vec<usize> =
                restarts.iter().filter(|(at, _)| *at <= now).map(|(_, worker)| *worker).collect();
            restarts.retain(|(at, _)| *at > now);
            for worker in due {
                world.start(worker / WORKERS, worker % WORKERS)?;
            }
        }
        if let What::Kill { worker, for_seconds } = event.what {
            let is_down = restarts.iter().any(|(_, one)| *one == worker);
            if !is_down {
                world.kill(worker / WORKERS, worker % WORKERS);
                restarts.push((event.at + Duration::from_secs(for_seconds), worker));
            }
        }
        world.act(&event.what, number).await?;
        if let Err(violation) = heard(world, oracle, faults) {
            return Ok(Some(violation));
        }
    }
    for (_, worker) in restarts {
        world.start(worker / WORKERS, worker % WORKERS)?;
    }
    world.tell(Happening::Healed);
    let end = plan.options.cycle * CYCLES_TO_REST;
    let healed = tokio::time::Instant::now();
    while healed.elapsed() < end {
        tokio::time::sleep(if plan.options.push { HEAR } else { plan.options.cycle }).await;
        world.hear().await;
        if let Err(violation) = heard(world, oracle, faults) {
            return Ok(Some(violation));
        }
    }
    world.check().await?;
    Ok(oracle.at_rest(world).await.err())
}

fn heard(
    world: &SimWorld,
    oracle: &mut Oracle,
    faults: &mut BTreeMap<&'static str, u64>,
) -> Result<(), Violation> {
    let entries = world.log.take();
    for entry in &entries {
        if let Happening::Fault { kind, .. } = &entry.what {
            *faults.entry(kind).or_default() += 1;
        }
    }
    oracle.hear(&entries)
}
