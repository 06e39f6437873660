//! How long notifications take, as a histogram: counts by upper bound, as Prometheus reads them.

use earmark_engine::Stopwatch;
use std::{
    fmt::Write,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::{Duration, Instant},
};

/// Units: milliseconds; the upper bounds, in order. What takes longer is in the last count.
const BOUNDS_MS: [u64; 12] = [1, 2, 3, 5, 8, 12, 20, 35, 60, 100, 250, 1000];

/// The times of one engine since the process started.
pub struct Latency {
    started: Instant,
    /// Units: times by bound, each in the first that holds it; the last is without a bound.
    counts: [AtomicU64; BOUNDS_MS.len() + 1],
    sum_micros: AtomicU64,
}

impl Default for Latency {
    fn default() -> Self {
        Self { started: Instant::now(), counts: Default::default(), sum_micros: AtomicU64::new(0) }
    }
}

impl Stopwatch for Latency {
    fn read(&self) -> Duration {
        self.started.elapsed()
    }

    fn recorded(&self, took: Duration) {
        let bound = |bound: &u64| took <= Duration::from_millis(*bound);
        let place = BOUNDS_MS.iter().position(bound).unwrap_or(BOUNDS_MS.len());
        self.counts[place].fetch_add(1, Relaxed);
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.sum_micros.fetch_add(micros, Relaxed);
    }
}

impl Latency {
    /// Adds the lines of the histogram `name` with the label pairs `labels`, `a="b"`.
    pub fn print(&self, text: &mut String, name: &str, labels: &str) {
        let mut count = 0;
        let bounds = BOUNDS_MS.iter().map(|bound| seconds(bound * 1_000));
        for (place, bound) in bounds.chain(["+Inf".to_owned()]).enumerate() {
            count += self.counts[place].load(Relaxed);
            let _ = writeln!(text, "{name}_bucket{{{labels},le=\"{bound}\"}} {count}");
        }
        let sum = seconds(self.sum_micros.load(Relaxed));
        let _ = writeln!(text, "{name}_sum{{{labels}}} {sum}\n{name}_count{{{labels}}} {count}");
    }
}

/// Microseconds as a decimal number of seconds, without zeros at its end.
fn seconds(micros: u64) -> String {
    let text = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_is_counted_below_each_bound_that_holds_it() {
        let latency = Latency::default();
        for micros in [900, 1_000, 1_001, 40_000, 2_500_000] {
            latency.recorded(Duration::from_micros(micros));
        }
        let mut text = String::new();
        latency.print(&mut text, "t", "organization=\"demo\"");
        let counts: Vec<&str> =
            text.lines().filter_map(|line| line.split(' ').next_back()).collect();
        assert_eq!(
            counts,
            ["2", "3", "3", "3", "3", "3", "3", "3", "4", "4", "4", "4", "5", "2.542901", "5"]
        );
        assert!(text.contains("t_bucket{organization=\"demo\",le=\"0.035\"} 3"), "{text}");
        assert!(text.contains("t_bucket{organization=\"demo\",le=\"1\"} 4"), "{text}");
    }
}
