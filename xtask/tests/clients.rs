//! A client program passes only where it ran to its end and says so.

use std::process::ExitStatus;
use xtask::client_output::ClientOutput;
use xtask::report::{Counts, Verdict};

fn read(lines: &[&str]) -> ClientOutput {
    let mut output = ClientOutput::default();
    for line in lines {
        output.line(line);
    }
    output
}

fn passes(lines: &[&str]) -> bool {
    read(lines).verdict(Some(ExitStatus::default())) == Verdict::Passed
}

#[test]
fn steps_are_counted() {
    let output = read(&["ok a", "what a step prints", "ok b", "FAILED c: expected 1, got 2"]);
    assert_eq!(output.counts, Counts { passed: 2, failed: 1, skipped: 0 });
}

#[test]
fn the_end_must_be_said_and_the_count_must_agree() {
    assert!(passes(&["ok a", "ok b", "done 2"]));
    assert!(!passes(&["ok a", "ok b"]));
    assert!(!passes(&["ok a", "done 2"]));
    assert!(!passes(&["done 0"]));
    assert!(!passes(&["ok a", "FAILED b", "done 1"]));
    assert!(!passes(&[]));
}

#[test]
fn taking_too_long_is_a_failure_whatever_was_said() {
    let verdict = read(&["ok a", "done 1"]).verdict(None);
    assert!(matches!(verdict, Verdict::Failed(_)));
}

#[cfg(unix)]
#[test]
fn a_program_is_ended_at_its_limit() {
    use std::{process::Command, time::Duration};
    let mut command = Command::new("sh");
    command.args(["-c", "echo first; exec sleep 60"]);
    let mut lines = Vec::new();
    let limit = Duration::from_millis(300);
    let status = xtask::run::lines_within(&mut command, limit, |line| lines.push(line.to_owned()));
    assert_eq!(status.expect("it starts"), None);
    assert_eq!(lines, ["first"]);
    let ended = xtask::run::lines_within(Command::new("sh").args(["-c", "exit 3"]), limit, |_| ());
    assert_eq!(ended.expect("it starts").and_then(|status| status.code()), Some(3));
}
