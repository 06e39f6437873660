//! The shortest plan that still breaks the same invariant.
//!
//! Three steps: events after the moment of the violation are cut off; events are taken out by
//! delta debugging (ddmin), in ever smaller pieces; then every class of faults is switched off
//! that is not needed. Each step keeps a plan only if the same checker still complains. The
//! number of runs is bounded, so what comes out is short, and not always the shortest.

use super::{
    bug::Bug,
    log::Happening,
    oracle::Violation,
    plan::Plan,
    run::{Outcome, run_told},
};
use crate::world::BEGINNING;
use std::time::Duration;

/// A shorter plan, and how it ends.
#[derive(Debug, Clone)]
pub struct Minimised {
    /// The plan.
    pub plan: Plan,
    /// What it breaks.
    pub violation: Violation,
    /// Units: runs that it took.
    pub runs: usize,
}

/// Shortens `plan`, which breaks an invariant, by at most `budget` runs; `None` where it breaks
/// none. Repeatable: yes, equal plans give equal plans.
pub fn minimise(plan: &Plan, bug: Option<Bug>, budget: usize) -> Option<Minimised> {
    let mut search = Search { bug, checker: None, last: None, runs: 0, budget };
    if !search.fails(plan) {
        return None;
    }
    let mut plan = plan.clone();
    if let Some(shorter) = search.cut_off(&plan) {
        plan = shorter;
    }
    let events = plan.events.clone();
    plan.events = ddmin(events, &mut |events| {
        search.fails(&Plan { events: events.to_vec(), ..plan.clone() })
    });
    let kinds: Vec<_> = plan.options.faults.keys().copied().collect();
    for kind in kinds {
        let mut without = plan.clone();
        without.options.faults.remove(&kind);
        if search.fails(&without) {
            plan = without;
        }
    }
    // With fewer faults some events may not be needed any more.
    let events = plan.events.clone();
    plan.events = ddmin(events, &mut |events| {
        search.fails(&Plan { events: events.to_vec(), ..plan.clone() })
    });
    let (violation, _) = search.last?;
    Some(Minimised { plan, violation, runs: search.runs })
}

/// The items that are still needed for `fails`, which holds for all of them: every piece of them
/// is left out in turn, the pieces become smaller and smaller.
fn ddmin<T: Clone>(mut items: Vec<T>, fails: &mut dyn FnMut(&[T]) -> bool) -> Vec<T> {
    let mut pieces = 2;
    while !items.is_empty() {
        let size = items.len().div_ceil(pieces);
        let mut is_shorter = false;
        let mut from = 0;
        while from < items.len() {
            let to = (from + size).min(items.len());
            let rest: Vec<T> = items[..from].iter().chain(&items[to..]).cloned().collect();
            if fails(&rest) {
                items = rest;
                is_shorter = true;
            } else {
                from = to;
            }
        }
        if size == 1 && !is_shorter {
            break;
        }
        pieces = if is_shorter { pieces.max(2) } else { pieces * 2 };
        pieces = pieces.clamp(1, items.len().max(1));
    }
    items
}

struct Search {
    bug: Option<Bug>,
    /// The checker that has to complain; decided by the first run.
    checker: Option<&'static str>,
    /// The violation of the last run that broke the invariant, and when it was, where that was
    /// before healing.
    last: Option<(Violation, Option<Duration>)>,
    runs: usize,
    budget: usize,
}

impl Search {
    /// Whether the plan breaks the invariant. Without runs left: no.
    fn fails(&mut self, plan: &Plan) -> bool {
        if self.runs >= self.budget {
            return false;
        }
        self.runs += 1;
        let (mut at, mut is_healed) = (None, false);
        let outcome = run_told(plan, self.bug, &mut |entries| {
            is_healed |= entries.iter().any(|entry| matches!(entry.what, Happening::Healed));
            at = entries.last().map(|entry| entry.at).or(at);
        });
        let Ok(Outcome { violation: Some(violation), .. }) = outcome else { return false };
        if self.checker.is_some_and(|checker| checker != violation.checker) {
            return false;
        }
        self.checker = Some(violation.checker);
        let since = at.filter(|_| !is_healed).and_then(|at| {
            u64::try_from(at.as_millis() - BEGINNING.as_millis()).ok().map(Duration::from_millis)
        });
        self.last = Some((violation, since));
        true
    }

    /// The plan without what comes after the violation, if it still fails.
    fn cut_off(&mut self, plan: &Plan) -> Option<Plan> {
        let at = self.last.as_ref()?.1?;
        let mut shorter = plan.clone();
        shorter.events.retain(|event| event.at <= at);
        (shorter.events.len() < plan.events.len() && self.fails(&shorter)).then_some(shorter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_needed_stays_and_nothing_else() {
        for needed in [vec![], vec![0], vec![99], vec![3, 50], vec![0, 1, 2, 97, 98, 99]] {
            let mut runs = 0;
            let left = ddmin((0..100).collect(), &mut |items: &[i32]| {
                runs += 1;
                needed.iter().all(|one| items.contains(one))
            });
            assert_eq!(left, needed);
            assert!(runs < 200, "{runs} runs for {needed:?}");
        }
    }

    #[test]
    fn parts_that_only_go_together_go_together() {
        // 10 and 20 are both needed, or neither.
        let left = ddmin((0..30).collect(), &mut |items: &[i32]| {
            items.contains(&5) && items.contains(&10) == items.contains(&20)
        });
        assert!(left.contains(&5) && left.len() <= 3, "{left:?}");
    }
}
