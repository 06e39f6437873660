//! How long, how often, with which seed.

use std::{env, fmt::Debug, str::FromStr, time::Duration};

/// What one run is.
#[derive(Debug, Clone)]
pub struct Options {
    /// How long workers are killed.
    pub disturbed: Duration,
    /// How long people act undisturbed: half of it before, half of it after.
    pub calm: Duration,
    /// From one kill to the next.
    pub kill_every: Duration,
    /// Decides what people do and who is killed when. The machine decides the rest.
    pub seed: u64,
    /// Units: mailboxes.
    pub mailboxes: usize,
    /// The least throughput, as a part of the undisturbed one; none where the run is too short to
    /// say.
    pub ratio_min: Option<f64>,
}

/// Below this a ratio of throughputs says more about the machine than about us.
const LONG: Duration = Duration::from_secs(120);

/// The promised part of the undisturbed throughput.
const RATIO_MIN: f64 = 0.6;

impl Options {
    /// From `EARMARK_CHAOS_SECONDS`, `EARMARK_CHAOS_KILL_EVERY_MS` and `EARMARK_CHAOS_SEED`.
    pub fn from_environment() -> Self {
        let disturbed = Duration::from_secs(number("EARMARK_CHAOS_SECONDS", 12));
        let is_long = disturbed >= LONG;
        Self {
            disturbed,
            calm: if is_long { disturbed / 3 } else { Duration::from_secs(6) }
                .min(Duration::from_secs(240)),
            kill_every: Duration::from_millis(number("EARMARK_CHAOS_KILL_EVERY_MS", 2_000)),
            seed: number("EARMARK_CHAOS_SEED", 1),
            mailboxes: if is_long { 24 } else { 6 },
            ratio_min: is_long.then_some(RATIO_MIN),
        }
    }
}

fn number<T: FromStr>(name: &str, default: T) -> T
where
    T::Err: Debug,
{
    match env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|error| panic!("{name}={text}: {error:?}")),
        Err(_) => default,
    }
}
