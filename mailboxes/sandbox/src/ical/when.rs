//! Times of a component, and the zones that its file defines.

use crate::calendar::zone;
use calcard::{
    common::{PartialDateTime, timezone::Tz},
    icalendar::{
        ICalendar, ICalendarComponent, ICalendarComponentType, ICalendarEntry, ICalendarProperty,
        ICalendarValue,
    },
};
use jiff::{
    civil::{Date, DateTime},
    tz::{Offset, TimeZone},
};
use std::collections::BTreeMap;

/// Zones with daylight saving time, one for each pair of offsets, by which a zone that a file
/// defines itself is recognized.
const USUAL: &[&str] = &[
    "Europe/London",
    "Europe/Berlin",
    "Europe/Helsinki",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Anchorage",
    "America/Halifax",
    "America/St_Johns",
    "Australia/Sydney",
    "Australia/Adelaide",
    "Pacific/Auckland",
    "America/Santiago",
    "Asia/Jerusalem",
    "Atlantic/Azores",
];

/// A zone as events keep it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Named {
    /// A name that the store knows.
    pub(crate) name: String,
    /// By which clock times are read; for an offset without a name it differs from that zone.
    pub(crate) zone: TimeZone,
}

/// A time of a component.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct When {
    /// What was written.
    pub(crate) clock: DateTime,
    /// A day without a time.
    pub(crate) is_day: bool,
    /// In which zone.
    pub(crate) zone: Named,
    /// Units: milliseconds since the epoch.
    pub(crate) ms: i64,
}

/// The zones of a file.
#[derive(Debug)]
pub(crate) struct Zones {
    defined: BTreeMap<String, Named>,
    floating: Named,
}

impl Zones {
    pub(crate) fn of(calendar: &ICalendar) -> Self {
        let mut defined = BTreeMap::new();
        for one in calendar.timezones() {
            let id = one.property(&ICalendarProperty::Tzid);
            let id = id.and_then(|entry| entry.values.first()).and_then(ICalendarValue::as_text);
            let id = id.unwrap_or_default().trim();
            let named = one.timezone().and_then(|(_, known)| of_library(known));
            let named = known(id).or(named).unwrap_or_else(|| nearest(calendar, one));
            defined.insert(id.to_owned(), named);
        }
        let stated = calendar.components.iter().find_map(|component| {
            let fits =
                |entry: &&ICalendarEntry| entry.name.as_str().eq_ignore_ascii_case("X-WR-TIMEZONE");
            known(component.entries.iter().find(fits)?.values.first()?.as_text()?)
        });
        Self { defined, floating: stated.unwrap_or_else(utc) }
    }

    /// A time, or why it is none.
    pub(crate) fn read(&self, entry: &ICalendarEntry) -> Result<When, String> {
        let name = entry.name.as_str().to_ascii_uppercase();
        match entry.values.first() {
            Some(ICalendarValue::PartialDateTime(value)) => self.time(&name, entry, value),
            _ => Err(format!("{name} is no date or time")),
        }
    }

    /// All times of an entry that may have several.
    pub(crate) fn read_all(&self, entry: &ICalendarEntry) -> Result<Vec<When>, String> {
        let name = entry.name.as_str().to_ascii_uppercase();
        let read = |value: &ICalendarValue| match value {
            ICalendarValue::PartialDateTime(value) => self.time(&name, entry, value),
            _ => Err(format!("{name} is no list of dates or times")),
        };
        entry.values.iter().map(read).collect()
    }

    fn time(
        &self,
        name: &str,
        entry: &ICalendarEntry,
        value: &PartialDateTime,
    ) -> Result<When, String> {
        let invalid = || format!("{name} is no date or time");
        let clock = clock_of(value).ok_or_else(invalid)?;
        let is_day = !value.has_time();
        let zone = match (value.tz_hour, entry.tz_id()) {
            _ if is_day => self.floating.clone(),
            (Some(_), _) => fixed(offset_of(value).ok_or_else(invalid)?),
            (None, Some(id)) => {
                self.defined.get(id.trim()).cloned().or_else(|| known(id)).ok_or_else(|| {
                    format!("{name} is in a time zone that is neither known nor defined")
                })?
            }
            (None, None) => self.floating.clone(),
        };
        let ms = zone::instant(&zone.zone, clock).ok_or_else(invalid)?;
        Ok(When { clock, is_day, zone, ms })
    }
}

impl When {
    /// The day that it is in a zone; a day without a time is one in every zone, and so is a time
    /// that stands for a time of something that lasts whole days.
    pub(crate) fn day_in(&self, zone: &TimeZone, whole_days: bool) -> Date {
        if self.is_day || whole_days {
            self.clock.date()
        } else {
            zone::clock(zone, self.ms).date()
        }
    }
}

/// A date with or without a time; `None` when it has none, or one that no calendar has.
fn clock_of(value: &PartialDateTime) -> Option<DateTime> {
    let small = |number: Option<u8>| i8::try_from(number.unwrap_or(0)).ok();
    let year = i16::try_from(value.year?).ok().filter(|year| (1..=9998).contains(year))?;
    let (month, day) = (small(Some(value.month?))?, small(Some(value.day?))?);
    // A leap second is the second before it, as in the original.
    let second = small(value.second)?.min(59);
    DateTime::new(year, month, day, small(value.hour)?, small(value.minute)?, second, 0).ok()
}

fn offset_of(value: &PartialDateTime) -> Option<Offset> {
    let seconds = i32::from(value.tz_hour?) * 3600 + i32::from(value.tz_minute.unwrap_or(0)) * 60;
    Offset::from_seconds(if value.tz_minus { -seconds } else { seconds }).ok()
}

fn utc() -> Named {
    Named { name: "UTC".to_owned(), zone: TimeZone::UTC }
}

/// A zone by its name. An id of the form `/vendor/release/Europe/Berlin` ends in one.
fn known(id: &str) -> Option<Named> {
    let id = id.trim();
    let mut rest = id.strip_prefix('/').unwrap_or_default();
    while let Some((_, tail)) = rest.split_once('/') {
        if let Some(zone) = zone::find(tail) {
            return Some(Named { name: tail.to_owned(), zone });
        }
        rest = tail;
    }
    zone::find(id).map(|zone| Named { name: id.to_owned(), zone })
}

fn of_library(zone: Tz) -> Option<Named> {
    known(&zone.name()?)
}

/// An offset alone: whole hours have a name, others are kept as instants of UTC.
fn fixed(offset: Offset) -> Named {
    let seconds = offset.seconds();
    if seconds != 0 && seconds % 3600 == 0 {
        // The sign in these names is that of the way back.
        let hours = seconds / 3600;
        let sign = if hours > 0 { '-' } else { '+' };
        if let Some(named) = known(&format!("Etc/GMT{sign}{}", hours.abs())) {
            return named;
        }
    }
    Named { name: "UTC".to_owned(), zone: TimeZone::fixed(offset) }
}

/// What comes nearest to a zone that a file defines under a name of its own.
fn nearest(calendar: &ICalendar, defined: &ICalendarComponent) -> Named {
    let (mut standard, mut daylight) = (None, None);
    for id in &defined.component_ids {
        let Some(part) = calendar.component_by_id(*id) else { continue };
        let offset = part.property(&ICalendarProperty::Tzoffsetto).and_then(|entry| {
            match entry.values.first() {
                Some(ICalendarValue::PartialDateTime(value)) => offset_of(value),
                _ => None,
            }
        });
        match part.component_type {
            ICalendarComponentType::Standard => standard = offset.or(standard),
            ICalendarComponentType::Daylight => daylight = offset.or(daylight),
            _ => {}
        }
    }
    let Some(standard) = standard.or(daylight) else { return utc() };
    let Some(daylight) = daylight.filter(|daylight| *daylight != standard) else {
        return fixed(standard);
    };
    let at = |zone: &TimeZone, month: i8| {
        let clock = jiff::civil::date(2026, month, 15).at(12, 0, 0, 0);
        zone.to_ambiguous_zoned(clock).compatible().ok().map(|at| at.offset())
    };
    let fits = |named: &Named| {
        let (january, july) = (at(&named.zone, 1), at(&named.zone, 7));
        let pair = (Some(standard), Some(daylight));
        (january, july) == pair || (july, january) == pair
    };
    USUAL.iter().filter_map(|name| known(name)).find(fits).unwrap_or_else(|| fixed(standard))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone_of(offsets: &str) -> Named {
        let text = format!(
            "BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:Customized\n{offsets}END:VTIMEZONE\nEND:VCALENDAR\n"
        );
        let calendar = ICalendar::parse(&text).expect("calendar");
        Zones::of(&calendar).defined["Customized"].clone()
    }

    fn part(kind: &str, to: &str) -> String {
        format!(
            "BEGIN:{kind}\nDTSTART:19700101T000000\nTZOFFSETFROM:+0000\nTZOFFSETTO:{to}\nEND:{kind}\n"
        )
    }

    #[test]
    fn a_zone_of_the_file_becomes_the_nearest_known_one() {
        let both = |standard: &str, daylight: &str| {
            zone_of(&(part("STANDARD", standard) + &part("DAYLIGHT", daylight))).name
        };
        assert_eq!(both("+0100", "+0200"), "Europe/Berlin");
        assert_eq!(both("-0800", "-0700"), "America/Los_Angeles");
        assert_eq!(both("+1000", "+1100"), "Australia/Sydney");
        assert_eq!(zone_of(&part("STANDARD", "+0300")).name, "Etc/GMT-3");
        let odd = zone_of(&part("STANDARD", "+0545"));
        assert_eq!(odd.name, "UTC");
        assert_eq!(odd.zone, TimeZone::fixed(Offset::from_seconds(20_700).expect("offset")));
        assert_eq!(zone_of("").name, "UTC");
        let unique = known("/mozilla.org/20070129_1/America/New_York").expect("zone");
        assert_eq!(unique.name, "America/New_York");
        assert_eq!(known("/mozilla.org/Nowhere"), None);
    }
}
