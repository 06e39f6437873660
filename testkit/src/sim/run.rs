//! One plan, from the beginning to rest.

use super::{
    bug::Bug,
    log::{Entry, Happening},
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

/// Runs a plan on a runtime of its own, with a bug where one is wanted. Equal plans give equal
/// outcomes.
///
/// Errors: the world could not be made, or an act was refused; a broken invariant is no error.
pub fn run(plan: &Plan, bug: Option<Bug>) -> Result<Outcome> {
    run_told(plan, bug, &mut |_| {})
}

/// As [`run`]; `listen` hears every entry of the log before the oracle does.
pub fn run_told(
    plan: &Plan,
    bug: Option<Bug>,
    listen: &mut dyn FnMut(&[Entry]),
) -> Result<Outcome> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .context("make a runtime")?;
    let outcome = runtime.block_on(live(plan, bug, listen));
    // Workers that were killed in the middle of something are dropped here, not waited for.
    runtime.shutdown_background();
    outcome
}

async fn live(plan: &Plan, bug: Option<Bug>, listen: &mut dyn FnMut(&[Entry])) -> Result<Outcome> {
    let world = SimWorld::open(plan.seed, &plan.options, bug).await?;
    let mut oracle = Oracle::default();
    let mut ears = Ears { oracle: &mut oracle, faults: BTreeMap::new(), listen };
    let violation = lived(plan, &world, &mut ears).await?;
    let faults = ears.faults;
    let (hash, entries) = world.log.hash();
    Ok(Outcome { violation, hash, entries, occasions: oracle.occasions(), faults })
}

async fn lived(plan: &Plan, world: &SimWorld, ears: &mut Ears<'_>) -> Result<Option<Violation>> {
    let begun = tokio::time::Instant::now();
    for (number, event) in plan.events.iter().enumerate() {
        while begun.elapsed() < event.at {
            pass((event.at - begun.elapsed()).min(HEAR), world).await?;
        }
        match event.what {
            What::Kill { worker, for_seconds } => {
                let back_after = Duration::from_secs(for_seconds);
                world.kill(worker / WORKERS, worker % WORKERS, back_after);
            }
            What::Luck(luck) => world.suffer(luck).await?,
            _ => world.act(&event.what, number).await?,
        }
        if let Err(violation) = ears.hear(world) {
            return Ok(Some(violation));
        }
    }
    world.heal().await?;
    let end = world.longest_cycle() * CYCLES_TO_REST;
    let healed = tokio::time::Instant::now();
    while healed.elapsed() < end {
        pass(HEAR, world).await?;
        if let Err(violation) = ears.hear(world) {
            return Ok(Some(violation));
        }
    }
    world.check().await?;
    let violation = ears.oracle.at_rest(world).await.err();
    // What a checker made the service do belongs to the story.
    (ears.listen)(&world.log.take());
    Ok(violation)
}

/// Lets time pass.
async fn pass(time: Duration, world: &SimWorld) -> Result<()> {
    tokio::time::sleep(time).await;
    world.hear().await;
    world.tend(false)
}

/// Everybody who hears what happens.
struct Ears<'a> {
    oracle: &'a mut Oracle,
    faults: BTreeMap<&'static str, u64>,
    listen: &'a mut dyn FnMut(&[Entry]),
}

impl Ears<'_> {
    fn hear(&mut self, world: &SimWorld) -> Result<(), Violation> {
        let entries = world.log.take();
        (self.listen)(&entries);
        for entry in &entries {
            if let Happening::Fault { kind, .. } = &entry.what {
                *self.faults.entry(kind).or_default() += 1;
            }
        }
        self.oracle.hear(&entries)
    }
}
