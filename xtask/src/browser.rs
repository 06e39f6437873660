//! The pages in a browser: each program of `tests/browser` runs against a demo of its own.

use crate::client_output::ClientOutput;
use crate::clients;
use crate::demo::Demo;
use crate::report::{Checked, Counts, Report, Verdict};
use crate::run;
use crate::workspace::Workspace;
use anyhow::Context;
use std::ffi::OsString;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// Where the programs and the list of packages are, below the root.
const FOLDER: &str = "tests/browser";

/// What is copied beside the packages: what pins them, and what the programs import them by.
const FILES: &[&str] = &["package.json", "package-lock.json", "packages.mjs"];

/// Names a Chromium that is used in the place of the one among the packages.
const BROWSER: &str = "EARMARK_BROWSER";

/// How long a program may take. It takes a minute.
const LIMIT: Duration = Duration::from_secs(420);

/// The programs: the name of the check, the program.
const PROGRAMS: &[(&str, &str)] = &[
    ("pages-demo", "demo.mjs"),
    ("pages-outlook", "outlook.mjs"),
    ("pages-addin", "addin.mjs"),
    ("pages-crm", "crm.mjs"),
    ("pages-admin", "admin.mjs"),
    ("pages-safety", "safety.mjs"),
];

/// What all programs need.
struct Ready {
    packages: PathBuf,
    earmark: PathBuf,
}

/// Installs the browser and runs the programs in order.
pub fn run(workspace: &Workspace, report: &mut Report) {
    let mut ready = Err(String::from("the browser is not installed"));
    report.check("browser", |_| {
        let verdict = match installed(workspace) {
            Err(error) => {
                ready = Err(format!("{error:#}"));
                Verdict::NotRun(format!("{error:#}"))
            }
            Ok(packages) => match clients::earmark(workspace) {
                Err(error) => {
                    ready = Err(String::from("there is no earmark to run it against"));
                    Verdict::Failed(format!("{error:#}"))
                }
                Ok(earmark) => {
                    ready = Ok(Ready { packages, earmark });
                    Verdict::Passed
                }
            },
        };
        (verdict, Counts::default())
    });
    for &(check, program) in PROGRAMS {
        report.check(check, |_| match &ready {
            Err(why) => (Verdict::NotRun(why.clone()), Counts::default()),
            Ok(ready) => shown(workspace, ready, check, program)
                .unwrap_or_else(|error| (Verdict::Failed(format!("{error:#}")), Counts::default())),
        });
    }
}

fn shown(
    workspace: &Workspace,
    ready: &Ready,
    check: &str,
    program: &str,
) -> anyhow::Result<Checked> {
    let folder = workspace.target.join("foreign").join("demo").join(check);
    let demo = Demo::start(&ready.earmark, &folder)?;
    let mut command = Command::new("node");
    command.current_dir(workspace.root.join(FOLDER)).arg(program);
    command.env("EARMARK_BROWSER_PACKAGES", &ready.packages);
    // The browser is unpacked into the folder for temporary files, and keeps its profiles there.
    let unpacked = ready.packages.join("unpacked");
    fs::create_dir_all(&unpacked).with_context(|| format!("make {}", unpacked.display()))?;
    for name in ["TMPDIR", "TEMP", "TMP"] {
        command.env(name, &unpacked);
    }
    demo.describe(&mut command);
    trust(&mut command);
    let mut output = ClientOutput::default();
    let status = run::lines_within(&mut command, LIMIT, |line| {
        output.line(line);
        println!("{line}");
    })
    .with_context(|| format!("start node {program}"))?;
    let verdict = output.verdict(status);
    let log = demo.last_lines();
    if verdict != Verdict::Passed && !log.is_empty() {
        println!("the end of the demo's log:\n{log}");
    }
    Ok((verdict, output.counts))
}

/// Node has a name of its own for the authority that [`Demo::describe`] tells everybody to trust.
fn trust(command: &mut Command) {
    let authority = command
        .get_envs()
        .find_map(|(name, value)| (name == "SSL_CERT_FILE").then(|| value.map(OsString::from))?);
    if let Some(authority) = authority {
        command.env("NODE_EXTRA_CA_CERTS", authority);
    }
}

/// The folder that has the packages, made by this call where it is not there yet. It belongs to
/// one list of packages and one Node.
///
/// Errors: Node or npm is missing or too old, there is no browser for this machine, or a package
/// cannot be installed.
fn installed(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    let version = node().context("Node 20.11 or newer is not installed")?;
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    run::captured(Command::new(npm).arg("--version"))
        .ok()
        .and_then(Result::ok)
        .context("npm, which comes with Node, is not installed")?;
    let has_browser = cfg!(all(target_os = "linux", target_arch = "x86_64"));
    anyhow::ensure!(
        has_browser || std::env::var_os(BROWSER).is_some(),
        "no browser is published for this machine as a package; {BROWSER} can name an installed Chromium"
    );
    let source = workspace.root.join(FOLDER);
    let mut hash = DefaultHasher::new();
    version.hash(&mut hash);
    for name in FILES {
        let path = source.join(name);
        fs::read(&path).with_context(|| format!("read {}", path.display()))?.hash(&mut hash);
    }
    let folder = workspace.target.join("foreign").join(format!("{:016x}", hash.finish()));
    let complete = folder.join("complete");
    if complete.is_file() {
        return Ok(folder);
    }
    println!("installs {FOLDER}/package-lock.json from the npm registry into {}", folder.display());
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("empty {}", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
    for name in FILES {
        fs::copy(source.join(name), folder.join(name)).with_context(|| format!("copy {name}"))?;
    }
    let mut command = Command::new(npm);
    // Installing runs no code of a package, and takes exactly what the lock file names.
    command.current_dir(&folder).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    let status = run::shown(&mut command).context("start npm ci")?;
    anyhow::ensure!(
        status.success(),
        "npm ci ended with {status}: can the npm registry be reached?"
    );
    fs::write(&complete, version).context("mark the packages as complete")?;
    Ok(folder)
}

/// What Node calls itself, where it is new enough.
fn node() -> Option<String> {
    let version = run::captured(Command::new("node").arg("--version")).ok()?.ok()?;
    is_new_enough(&version).then_some(version)
}

fn is_new_enough(version: &str) -> bool {
    let mut numbers = version.trim().trim_start_matches('v').split('.').map(str::parse::<u32>);
    let (Some(Ok(major)), Some(Ok(minor))) = (numbers.next(), numbers.next()) else { return false };
    (major, minor) >= (20, 11)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_node_is_not_good_enough() {
        assert!(is_new_enough("v20.11.0\n"));
        assert!(is_new_enough("v24.2.1"));
        assert!(!is_new_enough("v20.10.9"));
        assert!(!is_new_enough("v18.20.0"));
        assert!(!is_new_enough("node"));
    }
}
