//! Structured logs on stderr. `EARMARK_LOG` says how much, `EARMARK_LOG_FORMAT=json` how.

use tracing_subscriber::{EnvFilter, fmt};

/// Starts logging for the process: warnings and errors unless `EARMARK_LOG` says otherwise.
/// Repeatable: yes, a second call does nothing.
pub fn start() {
    let filter = EnvFilter::try_from_env("EARMARK_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    let builder = fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    let as_json = std::env::var("EARMARK_LOG_FORMAT").is_ok_and(|format| format == "json");
    let started =
        if as_json { builder.json().try_init() } else { builder.with_ansi(false).try_init() };
    // Only a second start in one process fails, and then logging runs already.
    drop(started);
}
