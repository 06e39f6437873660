//! What must always hold, and what must hold after healing.
//!
//! One file for each invariant or property, named after it. A checker sees the log entry by
//! entry, together with [`Truth`], which is what the log adds up to ([`story`] for one item,
//! [`names`] for the category, [`sent`] for requests); it counts its occasions, so that one that
//! never had any is noticed. At rest it sees the world itself, in three steps ([`rest`]).
//!
//! An act of a person that something contradicts later, or that the service could not see, leaves
//! open what becomes of an item: then only agreement of both sides is demanded. C10, that the
//! order of independent effects does not matter, is a property of single plans and proven there.

mod c01_bearers_are_linked;
mod c02_others_are_not;
mod c03_copies_follow;
mod c04_the_entry;
mod c05_nothing_under_way;
mod c06_subscribed;
mod c07_quiet;
mod c08_disposable_state;
mod c09_one_order;
mod c11_all_others_go_on;
mod c12_fields_follow;
mod heed;
mod i01_one_record;
mod i02_no_invention;
mod i03_nothing_deleted;
mod i04_no_return;
mod i05_others_categories;
mod i06_write_surface;
mod i07_nothing_passed_over;
mod i08_attempts;
mod i09_isolation;
mod i10_silence;
mod i11_budgets;
mod i12_states;
mod i13_no_secrets;
mod i14_amplification;
mod i15_one_entry;
mod i16_fields_of_others;
mod i17_brake;
mod i18_audit;
mod i19_single_writer;
mod i20_bounds;
mod i21_nothing_sent;
mod i22_one_write_a_change;
pub mod names;
mod questions;
pub mod rest;
#[cfg(test)]
mod sample;
pub mod sent;
pub mod story;
pub mod truth;

use super::{log::Entry, world::SimWorld};
use anyhow::Result;
use rest::{Rest, Step};
use std::collections::BTreeMap;
pub use truth::Truth;

/// One invariant or property.
pub trait Checker: Send {
    /// `I1`, `C7`.
    fn name(&self) -> &'static str;

    /// Something happened. `truth` has taken it in already.
    ///
    /// Errors: in words, what must not be.
    fn on(&mut self, entry: &Entry, truth: &Truth) -> Result<()>;

    /// The world is at rest, after one of the steps.
    ///
    /// Errors: in words, what must not be.
    fn judge(&mut self, _: &Rest, _: &Truth) -> Result<()> {
        Ok(())
    }

    /// Units: how often there was something to check.
    fn occasions(&self) -> u64;
}

/// All checkers and the truth.
pub struct Oracle {
    /// What the log adds up to.
    pub truth: Truth,
    checkers: Vec<Box<dyn Checker>>,
}

/// A broken invariant.
#[derive(Debug, Clone)]
pub struct Violation {
    /// Which.
    pub checker: &'static str,
    /// In words.
    pub what: String,
}

impl Default for Oracle {
    fn default() -> Self {
        Self { truth: Truth::default(), checkers: checkers() }
    }
}

/// A checker as it begins.
fn new<C: Checker + Default + 'static>() -> Box<dyn Checker> {
    Box::<C>::default()
}

fn checkers() -> Vec<Box<dyn Checker>> {
    vec![
        new::<i01_one_record::OneRecord>(),
        new::<i02_no_invention::NoInvention>(),
        new::<i03_nothing_deleted::NothingDeleted>(),
        new::<i04_no_return::NoReturn>(),
        new::<i05_others_categories::OthersCategories>(),
        new::<i06_write_surface::WriteSurface>(),
        new::<i07_nothing_passed_over::NothingPassedOver>(),
        new::<i08_attempts::Attempts>(),
        new::<i09_isolation::Isolation>(),
        new::<i10_silence::Silence>(),
        new::<i11_budgets::Budgets>(),
        new::<i12_states::States>(),
        new::<i13_no_secrets::NoSecrets>(),
        new::<i14_amplification::Amplification>(),
        new::<i15_one_entry::OneEntry>(),
        new::<i16_fields_of_others::FieldsOfOthers>(),
        new::<i17_brake::Brake>(),
        new::<i18_audit::Audit>(),
        new::<i19_single_writer::SingleWriter>(),
        new::<i20_bounds::Bounds>(),
        new::<i21_nothing_sent::NothingSent>(),
        new::<i22_one_write_a_change::OneWriteAChange>(),
        new::<c01_bearers_are_linked::BearersAreLinked>(),
        new::<c02_others_are_not::OthersAreNot>(),
        new::<c03_copies_follow::CopiesFollow>(),
        new::<c04_the_entry::TheEntry>(),
        new::<c05_nothing_under_way::NothingUnderWay>(),
        new::<c06_subscribed::Subscribed>(),
        new::<c07_quiet::Quiet>(),
        new::<c08_disposable_state::DisposableState>(),
        new::<c09_one_order::OneOrder>(),
        new::<c11_all_others_go_on::AllOthersGoOn>(),
        new::<c12_fields_follow::FieldsFollow>(),
    ]
}

impl Oracle {
    /// Takes entries in.
    ///
    /// Errors: the first broken invariant.
    pub fn hear(&mut self, entries: &[Entry]) -> Result<(), Violation> {
        for entry in entries {
            self.truth.take_in(entry);
            for checker in &mut self.checkers {
                let heard = checker.on(entry, &self.truth);
                heard.map_err(|error| Violation {
                    checker: checker.name(),
                    what: format!("{} {error:#}", entry.at),
                })?;
            }
        }
        Ok(())
    }

    /// Looks at a world that healed and had its time, makes it compare everything, and takes its
    /// ledgers away.
    ///
    /// Errors: the first broken property.
    pub async fn at_rest(&mut self, world: &SimWorld) -> Result<(), Violation> {
        self.hear(&world.log.take())?;
        let was_forgotten = |home: &story::Home| home.was_forgotten() || home.restored.is_some();
        if self.truth.organizations.values().any(was_forgotten) {
            // Removals that the lost ledger had not seen are found by a full comparison only.
            world.compare_everything().await.map_err(|error| broken(&error))?;
            self.hear(&world.log.take())?;
        }
        let healed = self.step(world, Step::Healed, Vec::new(), None).await?;
        world.compare_everything().await.map_err(|error| broken(&error))?;
        let since = world.log.take();
        self.hear(&since)?;
        let compared = self.step(world, Step::Compared, since, Some(healed)).await?;
        world.begin_anew().await.map_err(|error| broken(&error))?;
        let since = world.log.take();
        self.hear(&since)?;
        self.step(world, Step::WithoutLedger, since, Some(compared)).await.map(drop)
    }

    async fn step(
        &mut self,
        world: &SimWorld,
        step: Step,
        since: Vec<Entry>,
        before: Option<Rest>,
    ) -> Result<Rest, Violation> {
        let read = world.read_at_rest(step, &self.truth).await;
        let mut rest = read.map_err(|error| broken(&error))?;
        rest.since = since;
        rest.before = before.map(Box::new);
        for checker in &mut self.checkers {
            checker.judge(&rest, &self.truth).map_err(|error| Violation {
                checker: checker.name(),
                what: format!("{step:?}: {error:#}"),
            })?;
        }
        Ok(rest)
    }

    /// How often each checker had something to check.
    pub fn occasions(&self) -> BTreeMap<&'static str, u64> {
        self.checkers.iter().map(|checker| (checker.name(), checker.occasions())).collect()
    }
}

/// The world could not be read.
fn broken(error: &anyhow::Error) -> Violation {
    Violation { checker: "world", what: format!("{error:#}") }
}
