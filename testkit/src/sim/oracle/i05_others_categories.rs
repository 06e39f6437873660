//! I5: a category write of ours leaves the categories of others as they are, in their order.

use super::{Checker, Truth};
use crate::sim::{
    log::{By, Entry, Happening},
    world::SimWorld,
};
use anyhow::{Result, ensure};
use async_trait::async_trait;

#[derive(Default)]
pub(super) struct OthersCategories(u64);

/// Whether a name is one that the service may write.
fn is_ours(name: &str) -> bool {
    name.starts_with("Tracked to Dynamics 365")
}

#[async_trait]
impl Checker for OthersCategories {
    fn name(&self) -> &'static str {
        "I5"
    }

    fn on(&mut self, entry: &Entry, _: &Truth) -> Result<()> {
        let Happening::Item {
            by: By::Service { .. },
            before: Some(before),
            after: Some(after),
            ..
        } = &entry.what
        else {
            return Ok(());
        };
        self.0 += 1;
        let others = |names: &[String]| -> Vec<String> {
            names.iter().filter(|name| !is_ours(name)).cloned().collect()
        };
        ensure!(
            others(&before.categories) == others(&after.categories),
            "{:?} became {:?}",
            before.categories,
            after.categories
        );
        Ok(())
    }

    async fn at_rest(&mut self, _: &SimWorld, _: &Truth) -> Result<()> {
        Ok(())
    }

    fn occasions(&self) -> u64 {
        self.0
    }
}
