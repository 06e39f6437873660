//! Local times and the names of their zones.

use crate::wire::users::DateTimeTimeZone;
use calcard::common::timezone::Tz;
use earmark_model::Instant;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// The zone that `name` stands for: a Windows or IANA name, or one of Graph's own.
pub(crate) fn time_zone(name: &str) -> Option<TimeZone> {
    let name = name.trim();
    if name.eq_ignore_ascii_case("tzone://Microsoft/Utc") {
        return Some(TimeZone::UTC);
    }
    if let Ok(zone) = TimeZone::get(name) {
        return Some(zone);
    }
    let known = name.parse::<Tz>().ok()?;
    TimeZone::get(&known.name()?).ok()
}

/// The instant of a local time in its zone; UTC where it names none. `None` where the time or the
/// zone is not understood.
pub(crate) fn instant(wire: &DateTimeTimeZone) -> Option<Instant> {
    Some(millis(&zoned(wire)?))
}

/// The instant at which a day begins: where `wire` shows midnight, that day counts in the zone
/// `made_in`, because a day has no zone of its own on the wire; any other time is an instant.
pub(crate) fn day(wire: &DateTimeTimeZone, made_in: &str) -> Option<Instant> {
    let shown = zoned(wire)?;
    Some(begin_of_day(&shown, made_in))
}

/// As [`day`], for an instant that is written in UTC.
pub(crate) fn day_of(instant: Instant, made_in: &str) -> Option<Instant> {
    let shown = Timestamp::from_millisecond(instant.as_millis()).ok()?.to_zoned(TimeZone::UTC);
    Some(begin_of_day(&shown, made_in))
}

/// An instant as the hour that it is in the zone of that name; `None` where that is not understood.
pub(crate) fn local(at: Instant, name: &str) -> Option<String> {
    let zoned = Timestamp::from_millisecond(at.as_millis()).ok()?.to_zoned(time_zone(name)?);
    Some(zoned.strftime("%Y-%m-%dT%H:%M:%S.0000000").to_string())
}

/// The days that a span touches in the zone of that name, from midnight to midnight; `None` where
/// the zone is not understood.
pub(crate) fn whole_days(start: Instant, end: Instant, name: &str) -> Option<(Instant, Instant)> {
    let zone = time_zone(name)?;
    let shown = |at: Instant| {
        Some(Timestamp::from_millisecond(at.as_millis()).ok()?.to_zoned(zone.clone()).datetime())
    };
    let (first, last) = (shown(start)?.date(), shown(end)?);
    let after =
        if last.time() == Time::midnight() { last.date() } else { last.date().tomorrow().ok()? };
    let after = after.max(first.tomorrow().ok()?);
    Some((midnight(first, &zone)?, midnight(after, &zone)?))
}

fn begin_of_day(shown: &Zoned, made_in: &str) -> Instant {
    let midnight = || midnight(shown.date(), &time_zone(made_in)?);
    let is_midnight = shown.time() == Time::midnight();
    is_midnight.then(midnight).flatten().unwrap_or_else(|| millis(shown))
}

fn midnight(date: Date, zone: &TimeZone) -> Option<Instant> {
    date.to_zoned(zone.clone()).ok().map(|zoned| millis(&zoned))
}

fn zoned(wire: &DateTimeTimeZone) -> Option<Zoned> {
    let text = wire.date_time.as_deref()?;
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Some(timestamp.to_zoned(TimeZone::UTC));
    }
    let zone = match wire.time_zone.as_deref().filter(|name| !name.is_empty()) {
        Some(name) => time_zone(name)?,
        None => TimeZone::UTC,
    };
    text.parse::<DateTime>().ok()?.to_zoned(zone).ok()
}

fn millis(zoned: &Zoned) -> Instant {
    Instant::from_millis(zoned.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire(date_time: &str, time_zone: &str) -> DateTimeTimeZone {
        DateTimeTimeZone {
            date_time: Some(date_time.to_owned()),
            time_zone: Some(time_zone.to_owned()),
        }
    }

    fn shown(instant: Option<Instant>) -> Option<String> {
        instant.map(|instant| instant.to_string())
    }

    #[test]
    fn windows_and_iana_names_are_the_same_zones() {
        for (windows, iana) in [
            ("Pacific Standard Time", "America/Los_Angeles"),
            ("W. Europe Standard Time", "Europe/Berlin"),
            ("Eastern Standard Time", "America/New_York"),
            ("India Standard Time", "Asia/Kolkata"),
            ("GMT Standard Time", "Europe/London"),
            ("AUS Eastern Standard Time", "Australia/Sydney"),
            ("UTC", "UTC"),
            ("tzone://Microsoft/Utc", "UTC"),
        ] {
            for time in ["2026-01-15T09:00:00.0000000", "2026-07-15T09:00:00.0000000"] {
                let found = instant(&wire(time, windows));
                assert!(found.is_some(), "{windows}");
                assert_eq!(found, instant(&wire(time, iana)), "{windows}");
            }
        }
        for unknown in
            ["tzone://Microsoft/Custom", "Nowhere Standard Time", "originalStartTimeZone"]
        {
            assert!(time_zone(unknown).is_none(), "{unknown}");
        }
    }

    #[test]
    fn an_instant_is_right_in_summer_and_winter() {
        let berlin = "W. Europe Standard Time";
        let winter = instant(&wire("2026-01-15T09:00:00.0000000", berlin));
        assert_eq!(shown(winter).as_deref(), Some("2026-01-15T08:00:00Z"));
        let summer = instant(&wire("2026-07-15T09:00:00.1234567", berlin));
        assert_eq!(shown(summer).as_deref(), Some("2026-07-15T07:00:00.123Z"));
        let offset = instant(&wire("2026-07-15T09:00:00+02:00", ""));
        assert_eq!(shown(offset).as_deref(), Some("2026-07-15T07:00:00Z"));
        assert_eq!(instant(&wire("today", "UTC")), None);
        assert_eq!(instant(&DateTimeTimeZone::default()), None);
    }

    #[test]
    fn a_day_begins_at_midnight_where_it_was_made() {
        let berlin = "W. Europe Standard Time";
        let floating = day(&wire("2026-07-15T00:00:00.0000000", "UTC"), berlin);
        assert_eq!(shown(floating).as_deref(), Some("2026-07-14T22:00:00Z"));
        let exact = day(&wire("2026-07-14T22:00:00.0000000", "UTC"), berlin);
        assert_eq!(exact, floating);
        let local = day(&wire("2026-07-15T00:00:00.0000000", berlin), berlin);
        assert_eq!(local, floating);
        let unknown = day(&wire("2026-07-15T00:00:00.0000000", "UTC"), "Custom");
        assert_eq!(shown(unknown).as_deref(), Some("2026-07-15T00:00:00Z"));
        let original = Instant::parse_rfc3339("2026-07-15T00:00:00Z").expect("time");
        assert_eq!(day_of(original, berlin), floating);
    }
}
