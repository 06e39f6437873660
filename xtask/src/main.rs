//! Developer commands: `cargo xtask test [core|foreign]`, `cargo xtask layers`, `cargo xtask bench`,
//! `cargo xtask rules`, `scale`, `sim`, `chaos` and `fuzz`.

use std::process::ExitCode;
use xtask::{
    bench, chaos, core_part,
    expected::Expected,
    foreign_part,
    proofs::{self, Proof},
    report::Report,
    workspace::Workspace,
};

const USAGE: &str =
    "usage: cargo xtask test [core|foreign]   everything that CI checks, or one half
       cargo xtask layers                only the dependency rules and the source rules
       cargo xtask bench [--only IDS]    the benchmarks, each against its target
       cargo xtask rules [--page]        every scenario without each rule: the table of promises
       cargo xtask scale [TEST]          many items, many mailboxes: in time, and nobody starves
       cargo xtask fuzz [TARGET] [--minutes N]   hostile input, for longer than the tests do
       cargo xtask sim [--seeds A..B]    seeds of the fault simulator; --help tells more
       cargo xtask chaos [--minutes 15] [--kill-every 2s] [--seed N]
                                         two workers on one ledger, killed again and again";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let proof = match words.first() {
        Some(&"rules") => Some(Proof::Rules),
        Some(&"scale") => Some(Proof::Scale),
        Some(&"fuzz") => Some(Proof::Fuzz),
        Some(&"sim") => Some(Proof::Sim),
        _ => None,
    };
    if let (Some(proof), Some((_, rest))) = (proof, words.split_first()) {
        return ended(Workspace::load().and_then(|workspace| proofs::run(&workspace, proof, rest)));
    }
    if let ["chaos", rest @ ..] = words.as_slice() {
        return ended(Workspace::load().and_then(|workspace| chaos::run(&workspace, rest)));
    }
    if let ["bench", rest @ ..] = words.as_slice() {
        return ended(Workspace::load().and_then(|workspace| bench::run(&workspace, rest)));
    }
    let (core, foreign, layers) = match words.as_slice() {
        ["test"] => (true, true, false),
        ["test", "core"] => (true, false, false),
        ["test", "foreign"] => (false, true, false),
        ["layers"] => (false, false, true),
        ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    ended(run(core, foreign, layers))
}

fn ended(outcome: anyhow::Result<bool>) -> ExitCode {
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(core: bool, foreign: bool, layers: bool) -> anyhow::Result<bool> {
    let workspace = Workspace::load()?;
    let mut report = Report::new(Expected::load(&workspace.root)?);
    if layers {
        core_part::rules(&workspace, &mut report);
    }
    if core {
        core_part::run(&workspace, &mut report);
    }
    if foreign {
        foreign_part::run(&workspace, &mut report);
    }
    Ok(report.finish())
}
