//! `dateTimeTimeZone`: a local time with the name of its zone, kept as a point in time.

use calcard::common::timezone::Tz;
use jiff::{Timestamp, civil, tz::TimeZone};

/// The point in time that a local time in a zone stands for. The zone has its Windows or its IANA
/// name; a time that a change of the clocks skips is read as the later one.
///
/// Units: milliseconds since the epoch. `None`: no such time or no such zone.
pub fn ms_of(date_time: &str, zone: &str) -> Option<i64> {
    let text = date_time.trim();
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant.as_millisecond());
    }
    let local: civil::DateTime =
        text.parse().ok().or_else(|| text.parse::<civil::Date>().ok().map(civil::Date::into))?;
    let instant = zone_of(zone)?.to_ambiguous_zoned(local).compatible().ok()?.timestamp();
    Some(instant.as_millisecond())
}

/// The zone of a Windows or IANA name.
fn zone_of(name: &str) -> Option<TimeZone> {
    let name = name.trim();
    if name.is_empty() || name.eq_ignore_ascii_case("UTC") {
        return Some(TimeZone::UTC);
    }
    if let Ok(zone) = TimeZone::get(name) {
        return Some(zone);
    }
    let iana = name.parse::<Tz>().ok()?.name()?.into_owned();
    TimeZone::get(&iana).ok()
}

/// The local time in UTC with seven digits of a second: `2026-11-25T00:00:00.0000000`.
///
/// Units: milliseconds since the epoch.
pub fn utc_text(ms: i64) -> String {
    Timestamp::from_millisecond(ms)
        .map(|instant| {
            let local = TimeZone::UTC.to_datetime(instant);
            format!("{}.{:03}0000", local.strftime("%Y-%m-%dT%H:%M:%S"), local.millisecond())
        })
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_times_are_read_in_windows_and_iana_zones() {
        for (zone, shown) in [
            ("UTC", "2026-07-01T09:00:00.0000000"),
            ("Pacific Standard Time", "2026-07-01T16:00:00.0000000"),
            ("America/Los_Angeles", "2026-07-01T16:00:00.0000000"),
            ("W. Europe Standard Time", "2026-07-01T07:00:00.0000000"),
        ] {
            let ms = ms_of("2026-07-01T09:00:00.0000000", zone).expect(zone);
            assert_eq!(utc_text(ms), shown, "{zone}");
        }
        assert_eq!(ms_of("2026-07-01", "UTC"), ms_of("2026-07-01T00:00:00", "UTC"));
        assert_eq!(
            ms_of("2026-07-01T09:00:00.25Z", "x").map(utc_text).as_deref(),
            Some("2026-07-01T09:00:00.2500000")
        );
        for (time, zone) in [("soon", "UTC"), ("2026-07-01T09:00:00", "Nowhere")] {
            assert_eq!(ms_of(time, zone), None);
        }
    }

    #[test]
    fn a_time_that_the_clocks_skip_is_the_later_one() {
        let skipped = ms_of("2026-03-29T02:30:00", "Europe/Berlin").map(utc_text);
        assert_eq!(skipped.as_deref(), Some("2026-03-29T01:30:00.0000000"));
    }
}
