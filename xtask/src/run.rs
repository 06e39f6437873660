//! Child processes: no input, output as it comes.

use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// The cargo that runs this program, in the workspace at `root`.
pub fn cargo(root: &std::path::Path) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(program);
    command.current_dir(root);
    command
}

/// Runs to the end, showing everything.
///
/// Errors: it does not start.
pub fn shown(command: &mut Command) -> io::Result<ExitStatus> {
    command.stdin(Stdio::null()).status()
}

/// Runs to the end and gives each line of its standard output to `line`; its standard error is
/// shown as it comes.
///
/// Errors: it does not start, or its output cannot be read.
pub fn lines(command: &mut Command, mut line: impl FnMut(&str)) -> io::Result<ExitStatus> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    if let Some(output) = child.stdout.take() {
        let mut output = BufReader::new(output);
        let mut bytes = Vec::new();
        while output.read_until(b'\n', &mut bytes)? > 0 {
            line(String::from_utf8_lossy(&bytes).trim_end_matches(['\r', '\n']));
            bytes.clear();
        }
    }
    child.wait()
}

/// As [`lines`], but for `limit` at most; `None` where it took longer and was ended.
///
/// Errors: it does not start.
pub fn lines_within(
    command: &mut Command,
    limit: Duration,
    mut line: impl FnMut(&str),
) -> io::Result<Option<ExitStatus>> {
    let until = Instant::now() + limit;
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    if let Some(output) = child.stdout.take() {
        let read = reader(output);
        loop {
            match read.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(one) => line(&one),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    child.kill()?;
                    child.wait()?;
                    return Ok(None);
                }
            }
        }
    }
    child.wait().map(Some)
}

/// The lines of `output` as they come, read by a thread of its own until it ends.
pub fn reader(output: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut output = BufReader::new(output);
        let mut bytes = Vec::new();
        while output.read_until(b'\n', &mut bytes).is_ok_and(|read| read > 0) {
            let line = String::from_utf8_lossy(&bytes);
            // Nobody may listen any more. It is read on all the same, so that whoever writes is
            // not held up.
            let _ = sender.send(line.trim_end_matches(['\r', '\n']).to_owned());
            bytes.clear();
        }
    });
    receiver
}

/// Runs to the end and gives back its standard output, or its standard error where it failed.
///
/// Errors: it does not start.
pub fn captured(command: &mut Command) -> io::Result<Result<String, String>> {
    let output = command.stdin(Stdio::null()).output()?;
    Ok(if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    })
}
