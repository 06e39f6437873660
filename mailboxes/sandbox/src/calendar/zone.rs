//! Time zones by the names that clients write: IANA names and those of Windows.

use crate::error::Refusal;
use calcard::common::timezone::Tz;
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

/// A zone by its IANA or Windows name.
pub fn find(name: &str) -> Option<TimeZone> {
    let name = name.trim();
    if name.is_empty() {
        return None;
    }
    if matches!(name.to_ascii_lowercase().as_str(), "utc" | "z" | "tzone://microsoft/utc") {
        return Some(TimeZone::UTC);
    }
    TimeZone::get(name).ok().or_else(|| {
        let known: Tz = name.parse().ok()?;
        TimeZone::get(&known.name()?).ok()
    })
}

/// A zone that must be known.
///
/// Errors: 400 with the text of the original.
pub fn get(name: &str) -> Result<TimeZone, Refusal> {
    find(name).ok_or_else(|| {
        Refusal::new(
            400,
            "TimeZoneNotSupportedException",
            format!(
                "A valid TimeZone value must be specified. The following TimeZone value is not supported: '{name}'."
            ),
        )
        .about("timeZone")
    })
}

/// The instant of a time on the clock; in a gap the clock is taken as it was before, of two such
/// instants the first. Units: milliseconds since the epoch.
pub fn instant(zone: &TimeZone, clock: DateTime) -> Option<i64> {
    zone.to_ambiguous_zoned(clock).compatible().ok().map(|at| at.timestamp().as_millisecond())
}

/// What the clock shows at an instant. Units: milliseconds since the epoch.
pub fn clock(zone: &TimeZone, ms: i64) -> DateTime {
    let at = Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH);
    zone.to_datetime(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_windows_and_of_iana_are_the_same_zone() {
        let ms = 1_784_073_600_000;
        for (windows, iana) in [
            ("Pacific Standard Time", "America/Los_Angeles"),
            ("W. Europe Standard Time", "Europe/Berlin"),
            ("UTC", "Etc/UTC"),
            ("India Standard Time", "Asia/Kolkata"),
        ] {
            let (a, b) = (get(windows).expect(windows), get(iana).expect(iana));
            assert_eq!(clock(&a, ms), clock(&b, ms), "{windows}");
        }
        for unknown in ["", "Middle Earth Standard Time", "timeZone-value"] {
            assert_eq!(get(unknown).expect_err(unknown).status, 400);
        }
    }

    #[test]
    fn a_clock_time_in_a_gap_is_an_hour_later() {
        let berlin = get("Europe/Berlin").expect("zone");
        let gap = "2026-03-29T02:30:00".parse().expect("time");
        let ms = instant(&berlin, gap).expect("instant");
        assert_eq!(clock(&berlin, ms).to_string(), "2026-03-29T03:30:00");
    }
}
