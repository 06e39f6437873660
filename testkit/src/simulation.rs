//! Random days: people, CRM users and bad luck act in an order that a seed decides; after each
//! round everything heals, and what there is must be what there should be.
//!
//! A round lets each message have at most one act that concerns tracking, so that the outcome is
//! certain whatever goes wrong meanwhile: requests that fail or are answered twice, lost answers,
//! throttling, crashes after any request, restarts, and between rounds a lost ledger. [`model`]
//! knows what should be; [`round`] acts and compares.

mod model;
mod round;

use crate::{SeededRandom, World};
use anyhow::{Context, Result};
use earmark_engine::Random;
use earmark_tracking::Rules;
use model::Model;

/// The people of the simulation.
const USERS: [&str; 2] = ["anna@fabrikam.test", "ben@fabrikam.test"];

/// Units: messages at the beginning.
const MESSAGES: usize = 6;

/// Runs some rounds of the simulation that `seed` stands for.
///
/// Errors: the first difference between what is and what should be, with the acts before it.
pub async fn run(seed: u64, rounds: usize, rules: Rules) -> Result<()> {
    let mut simulation = Simulation::new(seed, rules).await?;
    for round in 0..rounds {
        let outcome = simulation.round().await;
        let story = || format!("seed {seed}, round {round}:\n{}", simulation.story.join("\n"));
        outcome.with_context(story)?;
    }
    Ok(())
}

/// One run.
struct Simulation {
    world: World,
    random: SeededRandom,
    model: Model,
    /// Users rename the category; no ledger is lost then, since nothing else knows its names.
    renames: bool,
    /// The category was renamed in this round: nobody deletes it before the service saw that.
    renamed: bool,
    story: Vec<String>,
}

impl Simulation {
    async fn new(seed: u64, rules: Rules) -> Result<Self> {
        let random = SeededRandom::new(seed ^ 0x51_4d);
        let world = World::with_rules(seed, rules).await?;
        for user in USERS {
            world.add_user(user, user, false).await?;
        }
        world.add_party("contact", "Kim Lee", "kim@contoso.test", None).await?;
        let renames = random.below(2) == 0;
        let mut simulation = Self {
            world,
            random,
            model: Model::default(),
            renames,
            renamed: false,
            story: Vec::new(),
        };
        for _ in 0..MESSAGES {
            simulation.receive().await?;
        }
        simulation.world.cycle().await;
        Ok(simulation)
    }

    fn chance(&self, percent: u64) -> bool {
        self.random.below(100) < percent
    }

    fn pick(&self, count: usize) -> usize {
        let bound = u64::try_from(count).unwrap_or(u64::MAX);
        usize::try_from(self.random.below(bound)).unwrap_or(0)
    }

    fn tell(&mut self, line: impl Into<String>) {
        let now = self.world.now();
        self.story.push(format!("{now} {}", line.into()));
    }
}
