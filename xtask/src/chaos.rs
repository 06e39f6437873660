//! `cargo xtask chaos`: two workers in processes of their own, killed for minutes.

use crate::{run, workspace::Workspace};
use anyhow::{Context, bail};
use std::time::Duration;

/// How long, how often, with which seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Settings {
    time: Duration,
    kill_every: Duration,
    seed: u64,
}

/// Builds it as a published program is built and runs it; whether everything holds.
///
/// Errors: an argument is not known, or cargo does not start.
pub fn run(workspace: &Workspace, arguments: &[&str]) -> anyhow::Result<bool> {
    let settings = settings(arguments)?;
    let mut command = run::cargo(&workspace.root);
    command.args(["test", "--release", "--package", "earmark", "--test", "chaos", "--"]);
    command.arg("--nocapture");
    command.env("EARMARK_CHAOS_SECONDS", settings.time.as_secs().to_string());
    command.env("EARMARK_CHAOS_KILL_EVERY_MS", settings.kill_every.as_millis().to_string());
    command.env("EARMARK_CHAOS_SEED", settings.seed.to_string());
    let status = run::shown(&mut command).context("start cargo")?;
    Ok(status.success())
}

fn settings(arguments: &[&str]) -> anyhow::Result<Settings> {
    let mut settings = Settings {
        time: Duration::from_secs(15 * 60),
        kill_every: Duration::from_secs(2),
        seed: 1,
    };
    let mut rest = arguments;
    while let [name, tail @ ..] = rest {
        let [value, tail @ ..] = tail else { bail!("{name} takes a value") };
        match *name {
            "--minutes" => {
                let minutes: u64 = value.parse().with_context(|| format!("{name} {value}"))?;
                settings.time = Duration::from_secs(minutes * 60);
            }
            "--kill-every" => settings.kill_every = duration(value)?,
            "--seed" => {
                settings.seed = value.parse().with_context(|| format!("{name} {value}"))?;
            }
            other => bail!("{other} is not known; there are --minutes, --kill-every and --seed"),
        }
        rest = tail;
    }
    Ok(settings)
}

/// `2s` or `500ms`.
fn duration(text: &str) -> anyhow::Result<Duration> {
    let (number, unit) = match text.strip_suffix("ms") {
        Some(number) => (number, 1),
        None => (text.strip_suffix('s').unwrap_or(text), 1_000),
    };
    let number: u64 = number.parse().with_context(|| format!("{text} is no duration like 2s"))?;
    if number == 0 {
        bail!("a kill every {text} leaves nobody to work");
    }
    Ok(Duration::from_millis(number * unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_has_a_default_and_nonsense_is_refused() {
        let all = settings(&["--minutes", "3", "--kill-every", "500ms", "--seed", "7"]);
        let (time, kill_every) = (Duration::from_secs(180), Duration::from_millis(500));
        assert_eq!(all.expect("known"), Settings { time, kill_every, seed: 7 });
        let default = settings(&[]).expect("nothing");
        assert_eq!((default.time.as_secs(), default.kill_every.as_secs()), (900, 2));
        for wrong in [vec!["--minutes"], vec!["--hours", "1"], vec!["--kill-every", "0s"]] {
            assert!(settings(&wrong).is_err(), "{wrong:?}");
        }
    }
}
