//! The programs that are measured: started, watched from outside, and stopped in every case.

use anyhow::{Context, Result, bail, ensure};
use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// Clock ticks in a second, as `/proc` counts processor time on every Linux.
const TICKS: f64 = 100.0;

/// A running program. It ends when this value is dropped.
pub struct Process {
    /// The program itself; its input and output may be taken.
    pub child: Child,
}

impl Process {
    /// Starts a program whose input and output are pipes.
    ///
    /// Errors: it does not start.
    pub fn start(command: &mut Command) -> Result<Self> {
        // In the process group of this program: an interrupt from the keyboard ends both.
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        Ok(Self { child: command.spawn().context("start a program")? })
    }

    /// User and system time of all its threads so far, in steps of 10 ms.
    ///
    /// Errors: it ended.
    pub fn cpu(&self) -> Result<Duration> {
        let path = format!("/proc/{}/stat", self.child.id());
        let text = fs::read_to_string(path).context("read the time of a program")?;
        ticks(&text).map(|ticks| Duration::from_secs_f64(ticks / TICKS))
    }

    /// Units: KiB of memory that it occupies now (`VmRSS`).
    ///
    /// Errors: it ended.
    pub fn resident(&self) -> Result<f64> {
        let path = format!("/proc/{}/status", self.child.id());
        let text = fs::read_to_string(path).context("read the memory of a program")?;
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next()).context("no VmRSS")?;
        kib.parse().context("read VmRSS")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A server of ours that said that it is ready.
pub struct Server {
    /// The program.
    pub process: Process,
    /// Its address without a slash at the end.
    pub root: String,
    /// From its start until it was ready.
    pub started_in: Duration,
}

impl Server {
    /// Starts one and waits for its line `ready`; it has to say where it listens before.
    ///
    /// Errors: it does not start, or ends before it is ready.
    pub fn start(command: &mut Command) -> Result<Self> {
        let began = Instant::now();
        let mut process = Process::start(command)?;
        let output = process.child.stdout.take().context("a server has an output")?;
        let mut root = None;
        for line in BufReader::new(output).lines() {
            let line = line.context("read what a server says")?;
            if line == "ready" {
                let root = root.context("a server did not say where it listens")?;
                return Ok(Self { process, root, started_in: began.elapsed() });
            }
            root = root.or_else(|| address(&line));
        }
        bail!("a server ended before it was ready")
    }
}

/// The first address in a line, without its path.
fn address(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("http://")?;
    let end = rest.find(['/', '"', ' ']).unwrap_or(rest.len());
    Some(format!("http://{}", &rest[..end]))
}

/// User and system ticks of a line of `/proc/PID/stat`.
fn ticks(text: &str) -> Result<f64> {
    let (_, rest) = text.rsplit_once(')').context("read the time of a program")?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    ensure!(fields.len() > 12, "the time of a program is missing");
    Ok(fields[11].parse::<f64>()? + fields[12].parse::<f64>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_found_in_any_line() {
        let line = r#"{"http":"http://127.0.0.1:4711/","https":null}"#;
        assert_eq!(address(line).as_deref(), Some("http://127.0.0.1:4711"));
        assert_eq!(address("at http://[::1]:80").as_deref(), Some("http://[::1]:80"));
        assert_eq!(address("ready"), None);
    }

    #[test]
    fn processor_time_is_read_after_a_name_with_spaces() {
        let line = "7 (a b) c) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0 20 0 9 0 1";
        assert!((ticks(line).expect("ticks") - 200.0).abs() < f64::EPSILON);
        assert!(ticks("7 (a) S 1").is_err());
    }
}
