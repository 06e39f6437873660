//! Points in time as integer milliseconds, the only form that is stored.

use std::{fmt, time::Duration};

/// A point in time. Units: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Instant(i64);

impl Instant {
    /// From milliseconds since the epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Later by `duration`, saturating at the end of time.
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }

    /// Earlier by `duration`, saturating at the beginning of time.
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }

    /// How long after `earlier` this is; zero when it is not after it.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// Whether `earlier` is less than `span` ago. What is still to come is not: the clock was set
    /// back since.
    pub fn is_within(self, span: Duration, earlier: Self) -> bool {
        earlier <= self && self.since(earlier) < span
    }

    /// Parses RFC 3339; `None` when `text` is not such a time.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>().ok().map(|t| Self(t.as_millisecond()))
    }
}

impl fmt::Display for Instant {
    /// RFC 3339 in UTC with milliseconds only where there are any.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(timestamp) => timestamp.fmt(f),
            Err(_) => write!(f, "{} ms", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_and_parses_rfc3339() {
        let text = "2026-11-22T10:02:11Z";
        let instant = Instant::parse_rfc3339(text).expect("valid");
        assert_eq!(instant.to_string(), text);
        assert_eq!(instant.plus(Duration::from_millis(250)).to_string(), "2026-11-22T10:02:11.25Z");
    }

    #[test]
    fn what_is_still_to_come_was_not_lately() {
        let (now, span) = (Instant::from_millis(10_000), Duration::from_secs(2));
        assert!(now.is_within(span, now));
        assert!(now.is_within(span, Instant::from_millis(8_001)));
        assert!(!now.is_within(span, Instant::from_millis(8_000)));
        assert!(!now.is_within(span, Instant::from_millis(10_001)));
    }
}
