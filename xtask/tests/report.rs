//! A check that did not run never counts as passed.

use xtask::expected::Expected;
use xtask::report::{Counts, Report, Verdict};

const EXPECTED: &str = "[[not_run]]\nchecks = [\"advisories\"]\nreason = \"unreachable\"\n\
                        [[not_run]]\nchecks = [\"clients\"]\nwords = [\"Python\"]\nreason = \"not there\"\n\
                        [[skipped]]\nwords = [\"corpus\"]\nreason = \"not ours\"\n";

fn report() -> Report {
    Report::new(Expected::parse(EXPECTED).expect("valid"))
}

#[test]
fn totals_are_checks_and_tests() {
    let mut report = report();
    report.check("format", |_| (Verdict::Passed, Counts::default()));
    report.check("tests", |_| {
        (Verdict::Failed(String::from("x")), Counts { passed: 7, failed: 1, skipped: 2 })
    });
    assert_eq!(report.totals(), Counts { passed: 8, failed: 2, skipped: 2 });
    assert!(!report.finish());
}

#[test]
fn only_what_the_file_names_may_be_not_run() {
    let not_run = |_: &Expected| (Verdict::NotRun(String::from("no network")), Counts::default());
    let mut expected = report();
    expected.check("advisories", not_run);
    assert_eq!(expected.totals(), Counts { passed: 0, failed: 0, skipped: 1 });
    assert!(expected.finish());
    let mut unexpected = report();
    unexpected.check("cargo-deny", not_run);
    assert_eq!(unexpected.totals(), Counts { passed: 0, failed: 1, skipped: 0 });
}

#[test]
fn a_check_with_words_may_be_not_run_for_that_reason_only() {
    let expected = Expected::parse(EXPECTED).expect("valid");
    assert!(expected.allows_not_run("clients", "Python is not installed"));
    assert!(!expected.allows_not_run("clients", "no network"));
}

#[test]
fn a_skip_needs_a_reason_that_the_file_names() {
    let expected = Expected::parse(EXPECTED).expect("valid");
    assert!(expected.allows_skip("the corpus is missing"));
    assert!(!expected.allows_skip("no time"));
    assert!(Expected::parse("[[not_run]]\nchecks = [\"x\"]\n").is_err(), "a reason is required");
}
