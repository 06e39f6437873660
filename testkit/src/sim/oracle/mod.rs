//! What must always hold, and what must hold after healing.
//!
//! One file for each invariant or property, named after it. A checker sees the log entry by
//! entry, together with [`Truth`], which is what the log adds up to; it counts its occasions, so
//! that one that never had any is noticed.

mod i01_one_record;
mod i05_others_categories;
pub mod truth;

use super::{log::Entry, world::SimWorld};
use anyhow::Result;
use async_trait::async_trait;
use std::collections::BTreeMap;
pub use truth::Truth;

/// One invariant or property.
#[async_trait]
pub trait Checker: Send {
    /// `I1`, `C7`.
    fn name(&self) -> &'static str;

    /// Something happened. `truth` has taken it in already.
    ///
    /// Errors: in words, what must not be.
    fn on(&mut self, entry: &Entry, truth: &Truth) -> Result<()>;

    /// Everything healed and had its time.
    async fn at_rest(&mut self, world: &SimWorld, truth: &Truth) -> Result<()>;

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
        let checkers: Vec<Box<dyn Checker>> = vec![
            Box::<i01_one_record::OneRecord>::default(),
            Box::<i05_others_categories::OthersCategories>::default(),
        ];
        Self { truth: Truth::default(), checkers }
    }
}

impl Oracle {
    /// Takes entries in.
    ///
    /// Errors: the first broken invariant.
    pub fn hear(&mut self, entries: &[Entry]) -> Result<(), Violation> {
        for entry in entries {
            self.truth.take_in(entry);
            for checker in &mut self.checkers {
                checker.on(entry, &self.truth).map_err(|error| Violation {
                    checker: checker.name(),
                    what: format!("{error:#}"),
                })?;
            }
        }
        Ok(())
    }

    /// Looks at a world at rest.
    ///
    /// Errors: the first broken property.
    pub async fn at_rest(&mut self, world: &SimWorld) -> Result<(), Violation> {
        for checker in &mut self.checkers {
            checker.at_rest(world, &self.truth).await.map_err(|error| Violation {
                checker: checker.name(),
                what: format!("{error:#}"),
            })?;
        }
        Ok(())
    }

    /// How often each checker had something to check.
    pub fn occasions(&self) -> BTreeMap<&'static str, u64> {
        self.checkers.iter().map(|checker| (checker.name(), checker.occasions())).collect()
    }
}
