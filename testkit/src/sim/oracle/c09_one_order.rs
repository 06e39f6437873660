//! C9: what happens has one order: time never goes back, and no number is used twice. That equal
//! seeds have equal logs is asked by whoever runs a seed twice; here each entry is counted.

use super::{Checker, Truth};
use crate::sim::log::{Entry, Happening};
use anyhow::{Result, ensure};
use earmark_model::Instant;

#[derive(Default)]
pub(super) struct OneOrder {
    last: Option<Instant>,
    number: u64,
    count: u64,
}

impl Checker for OneOrder {
    fn name(&self) -> &'static str {
        "C9"
    }

    fn on(&mut self, entry: &Entry, _: &Truth) -> Result<()> {
        self.count += 1;
        let last = self.last.replace(entry.at);
        ensure!(last.is_none_or(|last| last <= entry.at), "{} comes after {last:?}", entry.at);
        if let Happening::Request { number, .. } | Happening::Call { number, .. } = &entry.what {
            ensure!(*number > self.number, "{number} comes after {}", self.number);
            self.number = *number;
        }
        Ok(())
    }

    fn occasions(&self) -> u64 {
        self.count
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::Tale;
    use super::*;

    #[test]
    fn time_that_goes_back_is_noticed() {
        let mut tale = Tale::to(OneOrder::default());
        tale.tell(Happening::Healed).expect("a beginning");
        tale.now = Instant::from_millis(0);
        assert!(tale.tell(Happening::Healed).is_err());
    }
}
