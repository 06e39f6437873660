//! The checks that need nothing but the Rust toolchain.

use crate::report::{Checked, Counts, Report, Verdict};
use crate::workspace::Workspace;
use crate::{expected::Expected, layers, licences, run, sources, test_output::TestOutput};
use std::process::Command;

/// Runs them in order. Clippy, docs and tests share one profile and one set of features, so that
/// outside dependencies are checked once and built once.
pub fn run(workspace: &Workspace, report: &mut Report) {
    let root = workspace.root.as_path();
    let cargo = |arguments: &[&str]| {
        let mut command = run::cargo(root);
        command.args(arguments);
        command
    };
    report.check("format", |_| finished(&mut cargo(&["fmt", "--all", "--check"])));
    report.check("clippy", |_| {
        let arguments = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
        finished(&mut cargo(&arguments))
    });
    report.check("docs", |_| {
        // Overviews may point at private modules: they are written for readers of the source.
        let flags = "-D warnings -A rustdoc::private-intra-doc-links";
        let mut command = cargo(&["doc", "--workspace", "--no-deps"]);
        finished(command.env("RUSTDOCFLAGS", flags))
    });
    rules(workspace, report);
    report.check("licences", |_| listed(host().and_then(|host| licences::violations(root, &host))));
    report.check("tests", |expected| {
        let arguments = ["test", "--workspace", "--no-fail-fast", "--", "--show-output"];
        tests(&mut cargo(&arguments), expected)
    });
}

/// The dependency rules and the source rules: quick, and free of compilation.
pub fn rules(workspace: &Workspace, report: &mut Report) {
    report.check("layers", |_| listed(Ok(layers::violations(&workspace.members))));
    report.check("sources", |_| {
        listed(sources::violations(&workspace.root).map_err(anyhow::Error::from))
    });
}

/// Passed where the command ends well.
pub fn finished(command: &mut Command) -> Checked {
    let verdict = match run::shown(command) {
        Ok(status) if status.success() => Verdict::Passed,
        Ok(status) => Verdict::Failed(format!("ended with {status}, see above")),
        Err(error) => Verdict::Failed(format!("does not start: {error}")),
    };
    (verdict, Counts::default())
}

fn listed(violations: anyhow::Result<Vec<String>>) -> Checked {
    let verdict = match violations {
        Ok(violations) if violations.is_empty() => Verdict::Passed,
        Ok(violations) => {
            for violation in &violations {
                println!("{violation}");
            }
            Verdict::Failed(format!("{} broken rules, see above", violations.len()))
        }
        Err(error) => Verdict::Failed(format!("{error:#}")),
    };
    (verdict, Counts::default())
}

fn tests(command: &mut Command, expected: &Expected) -> Checked {
    let mut output = TestOutput::default();
    let status = run::lines(command, |line| {
        if let Some(shown) = output.line(line) {
            println!("{shown}");
        }
    });
    for name in &output.failed {
        println!("FAILED {name}");
    }
    let unexpected =
        output.skipped.iter().find(|(_, why)| !expected.allows_skip(why)).map(|(name, _)| name);
    let verdict = match status {
        Err(error) => Verdict::Failed(format!("does not start: {error}")),
        Ok(status) if !status.success() => Verdict::Failed(format!("ended with {status}")),
        Ok(_) if output.counts.passed == 0 => Verdict::Failed(String::from("no test ran")),
        Ok(_) if output.ignored > 0 => {
            Verdict::Failed(format!("{} tests are marked #[ignore]", output.ignored))
        }
        Ok(_) => match unexpected {
            Some(name) => Verdict::Failed(format!(
                "{name} was skipped for a reason that xtask/expected.toml does not allow"
            )),
            None => Verdict::Passed,
        },
    };
    (verdict, output.counts)
}

/// The platform that this machine builds for, as the compiler names it.
fn host() -> anyhow::Result<String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = run::captured(Command::new(rustc).arg("-vV"))?.map_err(anyhow::Error::msg)?;
    version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .map(str::to_owned)
        .ok_or_else(|| anyhow::anyhow!("rustc -vV names no host"))
}
