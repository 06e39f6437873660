//! Durations as people write them: `15m`, `1h30m`, `45s`.

use std::time::Duration;

/// Units: the shortest cycle that is accepted.
pub const CYCLE_MIN: Duration = Duration::from_secs(1);

/// Parses the time between two cycles. Errors: not a duration, or below one second.
pub fn parse(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is not a duration; write for example 15m, 90s or 1h30m");
    let duration = text.trim().parse::<jiff::SignedDuration>().map_err(|_| wrong())?;
    let duration = Duration::try_from(duration).map_err(|_| wrong())?;
    if duration < CYCLE_MIN {
        return Err(format!("`{text}` is too short; the shortest cycle is 1s"));
    }
    Ok(duration)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        assert_eq!(parse("15m"), Ok(Duration::from_secs(900)));
        assert_eq!(parse("1h30m"), Ok(Duration::from_secs(5400)));
        assert_eq!(parse("1s"), Ok(Duration::from_secs(1)));
        for wrong in ["", "15", "-1m", "999ms", "soon"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
