//! The virtual environment with the clients that are published as Python packages.

use crate::run;
use crate::workspace::Workspace;
use anyhow::Context;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::process::Command;

/// Where the programs and the list of packages are, below the root.
pub const FOLDER: &str = "tests/foreign";

/// The packages with their hashes.
const LOCK: &str = "requirements.lock";

/// Names under which a machine may have Python.
const NAMES: &[&str] = &["python3", "python"];

/// The Python of an environment that has the packages, made by this call where it is not there
/// yet. An environment belongs to one list of packages and one Python.
///
/// Errors: there is no Python that can make one, or a package cannot be installed.
pub fn installed(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    let lock = workspace.root.join(FOLDER).join(LOCK);
    let packages = fs::read(&lock).with_context(|| format!("read {}", lock.display()))?;
    let (system, version) = NAMES
        .iter()
        .find_map(|name| Some((name, version(name)?)))
        .context("Python 3.10 or newer with its venv module is not installed")?;
    let mut hash = DefaultHasher::new();
    (packages, &version).hash(&mut hash);
    let folder = workspace.target.join("foreign").join(format!("{:016x}", hash.finish()));
    let python = if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" };
    let python = folder.join(python);
    let complete = folder.join("complete");
    if complete.is_file() {
        return Ok(python);
    }
    println!("installs {FOLDER}/{LOCK} from the package index into {}", folder.display());
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("empty {}", folder.display()))?;
    }
    let mut command = Command::new(system);
    command.args(["-m", "venv"]).arg(&folder);
    done(alone(&mut command, workspace), "python -m venv")?;
    let mut command = Command::new(&python);
    command.args(["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]);
    // Wheels only: installing runs no code of a package. What is imported is compiled then.
    command.args(["--require-hashes", "--only-binary", ":all:", "--no-compile", "-r"]).arg(&lock);
    done(alone(&mut command, workspace), "pip install")?;
    fs::write(&complete, version).context("mark the environment as complete")?;
    Ok(python)
}

/// Keeps settings of the person who runs this out of a Python program, and its compiled files out
/// of the source folders.
pub fn alone<'a>(command: &'a mut Command, workspace: &Workspace) -> &'a mut Command {
    for name in ["PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "PYTHONWARNINGS"] {
        command.env_remove(name);
    }
    let compiled = workspace.target.join("foreign").join("pycache");
    command.env("PYTHONPYCACHEPREFIX", compiled).env("PYTHONUTF8", "1")
}

/// What a Python calls itself, where it is new enough and can make an environment.
fn version(name: &str) -> Option<String> {
    let question = "import ensurepip, sys, venv; assert sys.version_info >= (3, 10); \
                    print(sys.executable, sys.version)";
    let mut command = Command::new(name);
    run::captured(command.args(["-c", question])).ok()?.ok()
}

fn done(command: &mut Command, what: &str) -> anyhow::Result<()> {
    let status = run::shown(command).with_context(|| format!("start {what}"))?;
    anyhow::ensure!(status.success(), "{what} ended with {status}");
    Ok(())
}
