//! What is counted from the output of `cargo test`.

use xtask::report::Counts;
use xtask::test_output::TestOutput;

const OUTPUT: &str = "
running 3 tests
test import::whole_corpus ... ok
test import::one_file ... ok
test import::odd_file ... FAILED

successes:

---- import::whole_corpus stdout ----
a line that nobody needs
skipped: EARMARK_CORPUS names no folder
skipped: again

successes:
    import::whole_corpus

failures:

---- import::odd_file stdout ----
skipped: this is part of a failure

failures:
    import::odd_file

test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.02s

running 2 tests
test slow ... ignored
test quick ... ok

successes:

successes:
    quick

test result: ok. 1 passed; 0 failed; 1 ignored; 0 measured; 4 filtered out; finished in 1.00s
";

#[test]
fn a_skipped_test_is_not_a_passed_one() {
    let mut output = TestOutput::default();
    let shown: Vec<String> = OUTPUT.lines().filter_map(|line| output.line(line)).collect();
    assert_eq!(output.counts, Counts { passed: 2, failed: 1, skipped: 2 });
    assert_eq!(output.ignored, 1);
    assert_eq!(output.failed, ["import::odd_file"]);
    let skipped =
        (String::from("import::whole_corpus"), String::from("EARMARK_CORPUS names no folder"));
    assert_eq!(output.skipped, [skipped]);
    assert!(shown.iter().any(|line| {
        line == "test import::whole_corpus ... skipped: EARMARK_CORPUS names no folder"
    }));
    assert!(!shown.iter().any(|line| line.contains("nobody needs")));
    assert!(shown.iter().any(|line| line.contains("part of a failure")));
}
