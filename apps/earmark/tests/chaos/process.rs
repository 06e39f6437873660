//! Children of this process: each ends with the value that owns it, also when a test panics.

use super::world::ADMIN;
use std::{
    fs::{File, OpenOptions},
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

/// The secret with which the workers sign in to the pretend Exchange.
pub const SECRET: &str = "chaos-secret";

/// A child that listens on a port of this machine.
pub struct Process {
    child: Child,
    /// Its address, without a slash at the end.
    pub root: String,
}

impl Process {
    /// The pretend Exchange over a file in `folder`.
    pub fn sandbox(folder: &Path) -> Self {
        let mut command = program();
        command.args(["sandbox", "serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(folder);
        Self::start(command, &folder.join("sandbox.log")).expect("the sandbox starts")
    }

    /// One worker with the configuration `config`, which writes its log to `log`.
    ///
    /// Errors: it ended before it was ready.
    pub fn worker(config: &Path, log: &Path) -> Result<Self, String> {
        let mut command = program();
        command.arg("serve").arg("--config").arg(config).env("CHAOS_GRAPH_SECRET", SECRET);
        Self::start(command, log)
    }

    fn start(mut command: Command, log: &Path) -> Result<Self, String> {
        let log: File = OpenOptions::new().create(true).append(true).open(log).expect("a log");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        let mut child = command.spawn().expect("the binary starts");
        let told = BufReader::new(child.stdout.take().expect("piped")).lines();
        let mut process = Self { child, root: String::new() };
        for line in told {
            let line = line.expect("readable");
            if line == "ready" {
                return Ok(process);
            }
            // `  http://127.0.0.1:4711/graph/v1.0` and `Earmark listens on http://127.0.0.1:4711/`
            if let Some(at) = line.find("http://").filter(|_| process.root.is_empty()) {
                process.root = line[at..].split('/').take(3).collect::<Vec<_>>().join("/");
            }
        }
        let ended = process.child.wait().expect("ended");
        Err(format!("it ended before it was ready ({ended})"))
    }

    /// Ends it as `kill -9` does.
    pub fn kill(&mut self) {
        // One that has ended by itself is shown by its log.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_earmark"));
    command.env("EARMARK_ADMIN_TOKEN", ADMIN);
    for name in ["EARMARK_CONFIG", "EARMARK_LISTEN", "EARMARK_DATA_DIR", "EARMARK_CYCLE"] {
        command.env_remove(name);
    }
    command
}
