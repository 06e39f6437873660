//! An `earmark demo` in a process of its own, on free ports of this machine.

use crate::run;
use anyhow::Context;
use serde::Deserialize;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a demo may take to be ready. It takes less than a second.
const LIMIT: Duration = Duration::from_secs(60);

/// How much of the log is shown. Units: lines.
const LINES: usize = 40;

/// A demo that runs until this value is dropped.
#[derive(Debug)]
pub struct Demo {
    child: Child,
    ready: Ready,
    log: PathBuf,
}

/// What a demo says of itself.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ready {
    https: String,
    data_dir: PathBuf,
    admin_token: String,
}

impl Demo {
    /// Starts `program` with its files in `folder`, which is emptied first, and waits until it is
    /// ready.
    ///
    /// Errors: it does not start, ends at once, or is not ready in time.
    pub fn start(program: &Path, folder: &Path) -> anyhow::Result<Self> {
        if folder.exists() {
            fs::remove_dir_all(folder).with_context(|| format!("empty {}", folder.display()))?;
        }
        fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
        let log = folder.join("log");
        let written = File::create(&log).with_context(|| format!("write {}", log.display()))?;
        let mut command = Command::new(program);
        command.args(["demo", "--empty", "--no-open", "--json"]);
        command.args(["--listen", "127.0.0.1:0", "--tls-listen", "127.0.0.1:0"]);
        command.arg("--data-dir").arg(folder.join("data"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(written);
        // In the process group of this program, so that an interrupt from the keyboard ends both.
        let child = command.spawn().context("start the demo")?;
        let none =
            Ready { https: String::new(), data_dir: PathBuf::new(), admin_token: String::new() };
        let mut demo = Self { child, ready: none, log };
        match demo.hear() {
            Ok(ready) => demo.ready = ready,
            Err(error) => {
                println!("{}", demo.last_lines());
                return Err(error);
            }
        }
        Ok(demo)
    }

    /// Waits for the line that describes it, and the line that says it is ready.
    fn hear(&mut self) -> anyhow::Result<Ready> {
        let until = Instant::now() + LIMIT;
        let lines = run::reader(self.child.stdout.take().context("the demo has no output")?);
        let line = || {
            lines
                .recv_timeout(until.saturating_duration_since(Instant::now()))
                .context("the demo did not get ready")
        };
        let described = line()?;
        let ready = serde_json::from_str(&described).context("read what the demo is")?;
        anyhow::ensure!(line()? == "ready", "the demo did not say that it is ready");
        Ok(ready)
    }

    /// Tells a client program where the demo is, and that its authority is to be trusted.
    pub fn describe(&self, command: &mut Command) {
        let authority = self.ready.data_dir.join("tls").join("ca.pem");
        command
            .env("EARMARK_DEMO", &self.ready.https)
            .env("EARMARK_DEMO_TOKEN", &self.ready.admin_token)
            .env("SSL_CERT_FILE", &authority)
            .env("REQUESTS_CA_BUNDLE", &authority)
            .env_remove("SSL_CERT_DIR");
        // What is on this machine is reached without going round by another.
        for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
            command.env_remove(name).env_remove(name.to_lowercase());
        }
    }

    /// The end of its log.
    pub fn last_lines(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(LINES)..].join("\n")
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
