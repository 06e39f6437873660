//! Other people's clients: each program of `tests/foreign` runs against a demo of its own.

use crate::client_output::ClientOutput;
use crate::demo::Demo;
use crate::report::{Checked, Counts, Report, Verdict};
use crate::workspace::Workspace;
use crate::{python, run};
use anyhow::Context;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// How long a program may take. It takes seconds.
const LIMIT: Duration = Duration::from_secs(180);

/// The programs: the name of the check, the Python module, its argument.
const PROGRAMS: &[(&str, &str, &[&str])] = &[
    ("graph-secret", "graph", &["secret"]),
    ("graph-cert", "graph", &["certificate"]),
    ("dataverse", "dataverse", &[]),
    ("manifests", "addin", &[]),
];

/// What all programs need.
struct Ready {
    python: PathBuf,
    earmark: PathBuf,
}

/// Installs the clients and runs the programs in order.
pub fn run(workspace: &Workspace, report: &mut Report) {
    let mut ready = Err(String::from("the clients are not installed"));
    report.check("clients", |_| {
        let verdict = match python::installed(workspace) {
            Err(error) => {
                ready = Err(format!("{error:#}"));
                Verdict::NotRun(format!("{error:#}"))
            }
            Ok(python) => match earmark(workspace) {
                Err(error) => {
                    ready = Err(String::from("there is no earmark to run them against"));
                    Verdict::Failed(format!("{error:#}"))
                }
                Ok(earmark) => {
                    ready = Ok(Ready { python, earmark });
                    Verdict::Passed
                }
            },
        };
        (verdict, Counts::default())
    });
    for &(check, module, arguments) in PROGRAMS {
        report.check(check, |_| match &ready {
            Err(why) => (Verdict::NotRun(why.clone()), Counts::default()),
            Ok(ready) => program(workspace, ready, check, module, arguments)
                .unwrap_or_else(|error| (Verdict::Failed(format!("{error:#}")), Counts::default())),
        });
    }
}

fn program(
    workspace: &Workspace,
    ready: &Ready,
    check: &str,
    module: &str,
    arguments: &[&str],
) -> anyhow::Result<Checked> {
    let folder = workspace.target.join("foreign").join("demo").join(check);
    let demo = Demo::start(&ready.earmark, &folder)?;
    let mut command = Command::new(&ready.python);
    command.current_dir(workspace.root.join(python::FOLDER)).args(["-m", module]).args(arguments);
    python::alone(&mut command, workspace);
    demo.describe(&mut command);
    let mut output = ClientOutput::default();
    let status = run::lines_within(&mut command, LIMIT, |line| {
        output.line(line);
        println!("{line}");
    })
    .with_context(|| format!("start {module}"))?;
    let verdict = output.verdict(status);
    let log = demo.last_lines();
    if verdict != Verdict::Passed && !log.is_empty() {
        println!("the end of the demo's log:\n{log}");
    }
    Ok((verdict, output.counts))
}

/// The product's binary, built as `cargo test --workspace` builds it, so that nothing is compiled
/// a second time after the tests. Errors: it does not compile.
pub fn earmark(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    let mut command = run::cargo(&workspace.root);
    // The test asks for nothing but the features that tests switch on.
    command.args(["build", "--workspace", "--bin", "earmark", "--test", "process"]);
    command.arg("--message-format=json-render-diagnostics");
    let mut program = None;
    let status = run::lines(&mut command, |line| {
        if let Some(found) = executable(line) {
            program = Some(found);
        }
    })
    .context("start cargo build")?;
    anyhow::ensure!(status.success(), "cargo build ended with {status}");
    program.context("cargo build made no earmark")
}

/// The path of the binary, where a message of cargo is about it.
fn executable(message: &str) -> Option<PathBuf> {
    #[derive(Deserialize)]
    struct Artifact {
        target: Target,
        executable: Option<PathBuf>,
    }
    #[derive(Deserialize)]
    struct Target {
        name: String,
        kind: Vec<String>,
    }
    let artifact: Artifact = serde_json::from_str(message).ok()?;
    let is_binary = artifact.target.name == "earmark" && artifact.target.kind == ["bin"];
    artifact.executable.filter(|path: &PathBuf| is_binary && Path::is_file(path))
}
