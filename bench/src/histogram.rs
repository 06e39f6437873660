//! Percentiles: from the buckets of a Prometheus histogram, and from single measurements.

use std::time::Duration;

/// The cumulative buckets of one histogram, over all its labels.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Histogram {
    /// (upper bound in seconds, measurements up to it), bounds rising; the last bound is infinite.
    buckets: Vec<(f64, u64)>,
}

impl Histogram {
    /// Reads the histogram `name` from a page of metrics; empty where the page has none.
    pub fn read(page: &str, name: &str) -> Self {
        let mut buckets: Vec<(f64, u64)> = Vec::new();
        for line in page.lines() {
            let Some((bound, count)) = bucket(line, name) else { continue };
            match buckets.iter_mut().find(|(known, _)| *known == bound) {
                Some((_, sum)) => *sum += count,
                None => buckets.push((bound, count)),
            }
        }
        buckets.sort_by(|(one, _), (other, _)| one.total_cmp(other));
        Self { buckets }
    }

    /// What came since `earlier`, which was read from the same process.
    pub fn since(&self, earlier: &Self) -> Self {
        let before = |bound: f64| {
            earlier.buckets.iter().find(|(known, _)| *known == bound).map_or(0, |(_, count)| *count)
        };
        let left = |(bound, count): &(f64, u64)| (*bound, count.saturating_sub(before(*bound)));
        Self { buckets: self.buckets.iter().map(left).collect() }
    }

    /// Units: measurements.
    pub fn count(&self) -> u64 {
        self.buckets.last().map_or(0, |(_, count)| *count)
    }

    /// The least bound that at least `share` of all measurements keep, so never less than the true
    /// percentile. `None` without measurements. Units: milliseconds; infinite above all bounds.
    pub fn at_most_millis(&self, share: f64) -> Option<f64> {
        let wanted = rank(self.count(), share)?;
        let (bound, _) = self.buckets.iter().find(|(_, count)| *count >= wanted)?;
        Some(bound * 1_000.0)
    }
}

/// `name_bucket{…,le="0.003"} 17` as bound and count.
fn bucket(line: &str, name: &str) -> Option<(f64, u64)> {
    let rest = line.strip_prefix(name)?.strip_prefix("_bucket{")?;
    let (labels, count) = rest.rsplit_once('}')?;
    let bound = labels.split(',').find_map(|label| label.trim().strip_prefix("le=\""))?;
    let bound = match bound.trim_end_matches('"') {
        "+Inf" => f64::INFINITY,
        text => text.parse().ok()?,
    };
    Some((bound, count.trim().parse().ok()?))
}

/// The percentile of single measurements, which are sorted. Units: milliseconds.
pub fn percentile_millis(times: &mut [Duration], share: f64) -> Option<f64> {
    times.sort_unstable();
    let wanted = rank(times.len() as u64, share)?;
    let index = usize::try_from(wanted).ok()?.checked_sub(1)?;
    Some(times.get(index)?.as_secs_f64() * 1_000.0)
}

/// The nearest rank of a percentile, from 1.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of a small count is a small count"
)]
fn rank(count: u64, share: f64) -> Option<u64> {
    (count > 0).then(|| ((count as f64 * share).ceil() as u64).clamp(1, count))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# TYPE lag_seconds histogram\n\
        lag_seconds_bucket{organization=\"a\",le=\"0.001\"} 10\n\
        lag_seconds_bucket{organization=\"a\",le=\"0.02\"} 98\n\
        lag_seconds_bucket{organization=\"a\",le=\"+Inf\"} 100\n\
        lag_seconds_sum{organization=\"a\"} 1.5\nlag_seconds_count{organization=\"a\"} 100\n\
        lag_seconds_bucket{organization=\"b\",le=\"0.001\"} 90\n\
        lag_seconds_bucket{organization=\"b\",le=\"0.02\"} 100\n\
        lag_seconds_bucket{organization=\"b\",le=\"+Inf\"} 100\n\
        other_bucket{le=\"+Inf\"} 7\n";

    #[test]
    fn labels_are_added_up_and_percentiles_are_upper_bounds() {
        let all = Histogram::read(PAGE, "lag_seconds");
        assert_eq!(all.count(), 200);
        assert_eq!(all.at_most_millis(0.50), Some(1.0));
        assert_eq!(all.at_most_millis(0.51), Some(20.0));
        assert_eq!(all.at_most_millis(0.99), Some(20.0));
        assert_eq!(all.at_most_millis(1.0), Some(f64::INFINITY));
    }

    #[test]
    fn only_what_came_since_counts() {
        let all = Histogram::read(PAGE, "lag_seconds");
        assert_eq!(all.since(&Histogram::default()), all);
        assert_eq!(all.since(&all).count(), 0);
        assert_eq!(all.since(&all).at_most_millis(0.5), None);
        assert_eq!(Histogram::read(PAGE, "missing").count(), 0);
    }

    #[test]
    fn percentiles_of_measurements_are_nearest_ranks() {
        let mut times: Vec<Duration> = (1..=100).rev().map(Duration::from_millis).collect();
        assert_eq!(percentile_millis(&mut times, 0.5), Some(50.0));
        assert_eq!(percentile_millis(&mut times, 0.99), Some(99.0));
        assert_eq!(percentile_millis(&mut times, 1.0), Some(100.0));
        assert_eq!(percentile_millis(&mut [], 0.5), None);
    }
}
