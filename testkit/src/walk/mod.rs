//! Random walks: people, CRM users and bad luck do anything at any time, as a seed decides.
//!
//! Acts may contradict each other and overtake what the service is about to do, so that the
//! outcome of a single item is often open. What must hold anyway is checked by an [`oracle`] that
//! knows the true world: during the walk that the service touches no category without a cause,
//! and after healing that both sides agree and everything is at rest. [`item`] is what is known
//! about one item, [`act`] what people do, [`luck`] what time and faults do.

mod act;
mod item;
mod luck;
mod oracle;

use crate::{SeededRandom, World, world::Mail};
use anyhow::{Context, Result};
use earmark_engine::Random;
use earmark_model::OrganizationId;
use earmark_tracking::Rules;
use item::Item;
use std::collections::{BTreeMap, BTreeSet};

/// The people of the walk.
const USERS: [&str; 3] = ["anna@fabrikam.test", "ben@fabrikam.test", "cleo@fabrikam.test"];

/// The name of the category before anybody renames it.
const FIRST_NAME: &str = "Tracked to Dynamics 365";

/// The category of items that were given up.
const UNDELIVERABLE: &str = "Tracked to Dynamics 365 (Undeliverable)";

/// A message that nobody tracks.
const DECOY: &str = "Decoy";

/// Walks as `seed` decides: `rounds` times some acts, then healing and comparing.
///
/// Errors: the first thing that must not be, with the acts before it.
pub async fn run(seed: u64, rounds: usize, acts: usize, rules: Rules) -> Result<()> {
    let mut walk = Walk::new(seed, rules).await?;
    for round in 0..rounds {
        let outcome = walk.round(acts).await;
        let story = || format!("seed {seed}, round {round}:\n{}", walk.story.join("\n"));
        outcome.with_context(story)?;
    }
    let outcome = walk.without_ledger().await;
    outcome.with_context(|| format!("seed {seed}, at the end:\n{}", walk.story.join("\n")))
}

/// One walk.
struct Walk {
    world: World,
    random: SeededRandom,
    organization: OrganizationId,
    items: BTreeMap<String, Item>,
    /// Every name that the category of a user ever had.
    names: BTreeMap<&'static str, BTreeSet<String>>,
    /// The name that the category of a user has in the eyes of the user.
    current: BTreeMap<&'static str, String>,
    /// Subjects whose items bore the category once, or of which tracking was requested.
    wanted: BTreeSet<String>,
    /// Records that were seen, by id.
    records: BTreeMap<String, oracle::Record>,
    /// Records that CRM users deleted.
    deleted: BTreeSet<String>,
    /// An item of which somebody sets the categories just before the service's next write.
    armed: Option<(String, String)>,
    moments: usize,
    switch_on: bool,
    /// The ledger was lost in this round.
    ledger_lost: bool,
    /// The ledger was lost at any time.
    ever_lost: bool,
    families: usize,
    story: Vec<String>,
}

impl Walk {
    async fn new(seed: u64, rules: Rules) -> Result<Self> {
        let world = World::with_rules(seed, rules).await?;
        for user in USERS {
            world.add_user(user, user, false).await?;
        }
        world.add_party("contact", "Kim Lee", "kim@contoso.test", None).await?;
        let organization = oracle::organization(&world).await?;
        let first = || FIRST_NAME.to_owned();
        let mut walk = Self {
            world,
            random: SeededRandom::new(seed ^ 0x77_61_6c_6b),
            organization,
            items: BTreeMap::new(),
            names: USERS.iter().map(|user| (*user, BTreeSet::from([first()]))).collect(),
            current: USERS.iter().map(|user| (*user, first())).collect(),
            wanted: BTreeSet::new(),
            records: BTreeMap::new(),
            deleted: BTreeSet::new(),
            armed: None,
            moments: 0,
            switch_on: true,
            ledger_lost: false,
            ever_lost: false,
            families: 0,
            story: Vec::new(),
        };
        let decoy = Mail {
            subject: DECOY.to_owned(),
            from: "kim@contoso.test".to_owned(),
            to: vec![USERS[0].to_owned()],
            ..Mail::default()
        };
        walk.world.deliver(&decoy).await?;
        for _ in 0..4 {
            walk.receive().await?;
        }
        walk.world.cycle().await;
        walk.look(true).await?;
        Ok(walk)
    }

    async fn round(&mut self, acts: usize) -> Result<()> {
        self.trouble().await?;
        for _ in 0..acts {
            if self.chance(65) {
                self.act().await?;
                self.look(false).await?;
            } else {
                self.luck().await?;
                self.look(true).await?;
            }
        }
        self.heal().await?;
        self.judge().await?;
        self.rest().await
    }

    /// A lost ledger changes nothing that either side shows.
    async fn without_ledger(&mut self) -> Result<()> {
        self.lose_ledger().await?;
        for _ in 0..3 {
            self.world.cycle().await;
        }
        self.look(true).await?;
        self.read_records().await?;
        self.rest().await
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

    /// Whether `name` is, or was, the category of a user.
    fn is_ours(&self, user: &str, name: &str) -> bool {
        let known = self.names.get(user);
        known.is_some_and(|names| names.iter().any(|one| one.eq_ignore_ascii_case(name)))
    }

    fn current(&self, user: &str) -> String {
        self.current.get(user).cloned().unwrap_or_default()
    }

    /// How these items end is open until everything has healed.
    fn unclear(&mut self, which: impl Fn(&Item) -> bool) {
        for item in self.items.values_mut().filter(|item| which(item)) {
            item.unclear = true;
        }
    }
}
