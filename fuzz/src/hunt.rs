//! Many inputs for one target; one that fails is made small.
//!
//! Inputs whose shape is new become seeds, so that a hunt goes on from what it reached.

use crate::bytes::recipes;
use crate::corpus;
use crate::judge::{Cost, judge};
use crate::target::{Body, Target};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// Units: inputs after which a target is made anew.
const FRESH_EACH: u64 = 400;

/// Units: attempts at a smaller input that fails as well.
const SMALLER_MAX: usize = 400;

/// Units: seeds that are kept of a hunt.
const SEEDS_MAX: usize = 4_000;

/// How long to hunt.
#[derive(Debug, Clone, Copy)]
pub struct Length {
    /// Units: inputs at most.
    pub cases: u64,
    /// Time at most.
    pub time: Duration,
    /// From which the inputs follow.
    pub seed: u64,
}

/// What came of a hunt.
#[derive(Debug, Default)]
pub struct Tally {
    /// Units: inputs.
    pub cases: u64,
    /// Units: different shapes.
    pub shapes: usize,
    /// The greatest costs, each by itself.
    pub greatest: Cost,
}

/// An input that a target does not bear.
#[derive(Debug)]
pub struct Finding {
    /// The target.
    pub target: &'static str,
    /// The input, as small as it could be made.
    pub input: Vec<u8>,
    /// What went wrong.
    pub problem: String,
    /// Whether it fails on a target that saw nothing before.
    pub alone: bool,
}

/// Gives a target every kept input, each to a target made anew in turns.
///
/// Errors: the first input that fails.
pub fn kept(target: &Target) -> Result<Tally, Finding> {
    let mut hunt = Hunt::new(target);
    let mut all = corpus::seeds(target);
    assert!(!all.is_empty(), "corpus/{} is empty", target.name);
    all.extend(corpus::regressions(target));
    all.extend(corpus::outside(target));
    for one in all {
        hunt.one(&one.bytes).map_err(|problem| {
            let problem = format!("{}: {problem}", one.path.display());
            Finding { target: target.name, input: one.bytes.clone(), problem, alone: true }
        })?;
    }
    Ok(hunt.tally)
}

/// Makes inputs and gives them to a target.
///
/// Errors: the first input that fails, made small.
pub fn hunt(target: &Target, length: Length) -> Result<Tally, Finding> {
    let mut hunt = Hunt::new(target);
    let kept = corpus::seeds(target).into_iter().chain(corpus::regressions(target));
    let mut seeds: Vec<Vec<u8>> =
        kept.chain(corpus::outside(target)).map(|kept| kept.bytes).collect();
    let mut runner = runner(length.seed);
    let strategy = recipes();
    let began = Instant::now();
    while hunt.tally.cases < length.cases && began.elapsed() < length.time {
        let mut tree = strategy.new_tree(&mut runner).expect("recipes are always made");
        let input = tree.current().build(&seeds, target.words);
        match hunt.one(&input) {
            Ok(true) if seeds.len() < SEEDS_MAX => seeds.push(input),
            Ok(_) => {}
            Err(problem) => {
                let build = |tree: &dyn ValueTree<Value = crate::bytes::Recipe>| {
                    tree.current().build(&seeds, target.words)
                };
                return Err(smaller(target, &mut tree, &build, input, problem));
            }
        }
    }
    Ok(hunt.tally)
}

fn runner(seed: u64) -> TestRunner {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    TestRunner::new_with_rng(Config { failure_persistence: None, ..Config::default() }, rng)
}

struct Hunt<'a> {
    target: &'a Target,
    body: Body,
    shapes: BTreeSet<u64>,
    tally: Tally,
}

impl<'a> Hunt<'a> {
    fn new(target: &'a Target) -> Self {
        let (shapes, tally) = (BTreeSet::new(), Tally::default());
        Self { target, body: (target.make)(), shapes, tally }
    }

    /// Whether the input was treated as none before it.
    fn one(&mut self, input: &[u8]) -> Result<bool, String> {
        self.tally.cases += 1;
        if self.tally.cases.is_multiple_of(FRESH_EACH) {
            self.body = (self.target.make)();
        }
        let (shape, cost) = judge(&mut self.body, input)?;
        let greatest = &mut self.tally.greatest;
        greatest.held = greatest.held.max(cost.held);
        greatest.worked = greatest.worked.max(cost.worked);
        greatest.took = greatest.took.max(cost.took);
        let is_new = self.shapes.insert(shape);
        self.tally.shapes = self.shapes.len();
        Ok(is_new)
    }
}

/// The smallest input found that fails by itself; the one given where none does.
fn smaller(
    target: &Target,
    tree: &mut dyn ValueTree<Value = crate::bytes::Recipe>,
    build: &dyn Fn(&dyn ValueTree<Value = crate::bytes::Recipe>) -> Vec<u8>,
    input: Vec<u8>,
    problem: String,
) -> Finding {
    let alone = |input: &[u8]| judge(&mut (target.make)(), input).err();
    let Some(said) = alone(&input) else {
        return Finding { target: target.name, input, problem, alone: false };
    };
    let mut best = (input, said);
    for _ in 0..SMALLER_MAX / 8 {
        let candidate = build(tree);
        let moved = match alone(&candidate) {
            Some(said) => {
                if candidate.len() <= best.0.len() {
                    best = (candidate, said);
                }
                tree.simplify()
            }
            None => tree.complicate(),
        };
        if !moved {
            break;
        }
    }
    let (input, problem) = chopped(best, &alone);
    Finding { target: target.name, input, problem, alone: true }
}

/// Takes ever smaller pieces out for as long as the rest still fails.
fn chopped(
    mut best: (Vec<u8>, String),
    alone: &dyn Fn(&[u8]) -> Option<String>,
) -> (Vec<u8>, String) {
    let mut tries = 0;
    let mut size = best.0.len().div_ceil(2);
    while size > 0 && tries < SMALLER_MAX {
        let mut at = 0;
        while at < best.0.len() && tries < SMALLER_MAX {
            tries += 1;
            let mut candidate = best.0.clone();
            candidate.drain(at..(at + size).min(candidate.len()));
            match alone(&candidate) {
                Some(said) => best = (candidate, said),
                None => at += size,
            }
        }
        size /= 2;
    }
    best
}
