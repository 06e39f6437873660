//! Every target for a bounded number of inputs: kept ones, and made ones from a fixed seed.

use earmark_fuzz::hunt::{self, Finding, Length, Tally};
use earmark_fuzz::target::Target;
use earmark_fuzz::targets;
use std::time::Duration;

/// Units: made inputs for one target. Those with servers behind them take longer for each.
fn cases(target: &Target) -> u64 {
    match target.name {
        "graph_face" | "crm_face" | "own_api" | "control" | "calendar" => 250,
        "plug_ins" | "stored" | "graph_answers" | "mime" | "mbox" => 500,
        _ => 1_500,
    }
}

fn shown(finding: &Finding) -> String {
    let Finding { target, input, problem, alone } = finding;
    let input = input.escape_ascii().to_string();
    format!("{target}: {problem}\nby itself: {alone}; keep it in regressions/{target}/:\n{input}")
}

fn tried(target: &Target) -> Tally {
    let kept = hunt::kept(target).unwrap_or_else(|finding| panic!("{}", shown(&finding)));
    let length = Length { cases: cases(target), time: Duration::from_secs(600), seed: 1 };
    let made = hunt::hunt(target, length).unwrap_or_else(|finding| panic!("{}", shown(&finding)));
    assert_eq!(made.cases, length.cases);
    // A target that treats everything alike sees nothing.
    assert!(made.shapes > 2, "{}: {} shapes", target.name, made.shapes);
    Tally { cases: kept.cases + made.cases, ..made }
}

/// The targets of every other place, so that two tests run at the same time.
fn every_other(from: usize) {
    for target in targets::all().iter().skip(from).step_by(2) {
        let began = std::time::Instant::now();
        let Tally { cases, shapes, greatest } = tried(target);
        println!(
            "{}: {cases} inputs, {shapes} shapes, {greatest:?}, {:?}",
            target.name,
            began.elapsed()
        );
    }
}

#[test]
fn the_first_half_bears_its_inputs() {
    every_other(0);
}

#[test]
fn the_other_half_bears_its_inputs() {
    every_other(1);
}
