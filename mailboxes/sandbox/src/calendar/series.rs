//! When the occurrences of a series are.

use super::{expand, recurrence, zone};
use earmark_model::Recurrence;
use jiff::{ToSpan, civil::Date, tz::TimeZone};
use serde_json::{Value, json};

/// Units: milliseconds in a day and a half: how far a day in one zone may be from it in another.
const SLACK_MS: i64 = 36 * 3_600_000;

/// A series as far as it says when its occurrences are.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// How it repeats.
    pub recurrence: Recurrence,
    /// The first occurrence. Units: milliseconds since the epoch.
    pub start_ms: i64,
    /// The end of the first occurrence. Units: milliseconds since the epoch.
    pub end_ms: i64,
    /// Occurrences last whole days.
    pub all_day: bool,
    /// The zone in which a whole day is one.
    pub day_zone: String,
}

/// One occurrence: its day in the zone of the series and its instants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// The day.
    pub day: Date,
    /// Units: milliseconds since the epoch.
    pub start_ms: i64,
    /// Units: milliseconds since the epoch.
    pub end_ms: i64,
}

impl Series {
    /// The zone in which days and hours count.
    fn zone(&self) -> TimeZone {
        let name = if self.all_day { &self.day_zone } else { &self.recurrence.time_zone };
        zone::find(name).unwrap_or(TimeZone::UTC)
    }

    /// The occurrence of a day, whether or not the series takes place on it.
    pub fn slot(&self, day: Date) -> Option<Slot> {
        let zone = self.zone();
        let (first, end) = (zone::clock(&zone, self.start_ms), zone::clock(&zone, self.end_ms));
        let start_ms = zone::instant(&zone, day.to_datetime(first.time()))?;
        let end_ms = if self.all_day {
            let days = first.date().until(end.date()).ok()?.get_days();
            zone::instant(&zone, day.checked_add(days.days()).ok()?.to_datetime(end.time()))?
        } else {
            start_ms + (self.end_ms - self.start_ms)
        };
        Some(Slot { day, start_ms, end_ms })
    }

    /// The occurrences that are, at least in part, between two instants.
    pub fn slots(&self, from_ms: i64, to_ms: i64) -> Vec<Slot> {
        let zone = self.zone();
        let length = (self.end_ms - self.start_ms).max(0) + SLACK_MS;
        let from = zone::clock(&zone, from_ms.saturating_sub(length)).date();
        let to = zone::clock(&zone, to_ms.saturating_add(SLACK_MS)).date();
        expand::days(&self.recurrence, from, to)
            .into_iter()
            .filter_map(|day| self.slot(day))
            .filter(|slot| overlaps(slot.start_ms, slot.end_ms, from_ms, to_ms))
            .collect()
    }

    /// Whether the series takes place on a day.
    pub fn has(&self, day: Date) -> bool {
        expand::days(&self.recurrence, day, day).contains(&day)
    }

    /// The days beside `day` on which the series takes place: the one before, the one after.
    pub fn neighbours(&self, day: Date) -> (Option<Date>, Option<Date>) {
        // Between two occurrences there are at most so many years as the longest interval; a
        // search in growing circles finds near ones fast.
        let mut reach: i32 = 40;
        let (mut before, mut after) = (None, None);
        while reach <= 400_000 && (before.is_none() || after.is_none()) {
            let from =
                day.checked_sub(reach.days()).unwrap_or(Date::MIN).max(self.recurrence.start);
            let to = day.checked_add(reach.days()).unwrap_or(Date::MAX);
            for found in expand::days(&self.recurrence, from, to) {
                if found < day {
                    before = Some(found);
                } else if found > day && after.is_none() {
                    after = Some(found);
                }
            }
            let exhausted = from <= self.recurrence.start
                && expand::last(&self.recurrence).is_some_and(|last| last <= to);
            if exhausted {
                break;
            }
            reach = reach.saturating_mul(12);
        }
        (before, after)
    }

    /// The end of the last occurrence; `None` when there is no last one. Units: milliseconds since
    /// the epoch.
    pub fn last_ms(&self) -> Option<i64> {
        let last = expand::last(&self.recurrence)?;
        self.slot(last).map(|slot| slot.end_ms)
    }

    /// The form in storage.
    pub fn to_json(&self) -> Value {
        json!({
            "recurrence": recurrence::shown(&self.recurrence),
            "start": self.start_ms,
            "end": self.end_ms,
            "allDay": self.all_day,
            "zone": self.day_zone,
        })
    }

    /// From the form in storage.
    pub fn from_json(value: &Value) -> Option<Self> {
        Some(Self {
            recurrence: recurrence::parse(value.get("recurrence")?, "UTC").ok()?,
            start_ms: value.get("start")?.as_i64()?,
            end_ms: value.get("end")?.as_i64()?,
            all_day: value.get("allDay")?.as_bool()?,
            day_zone: value.get("zone")?.as_str()?.to_owned(),
        })
    }
}

/// Whether something is, at least in part, between two instants; what takes no time is there when
/// it starts there.
pub fn overlaps(start_ms: i64, end_ms: i64, from_ms: i64, to_ms: i64) -> bool {
    start_ms < to_ms && (end_ms > from_ms || (start_ms == end_ms && start_ms >= from_ms))
}

#[cfg(test)]
mod tests {
    use super::*;
    use earmark_model::{RecurrenceEnd, RecurrencePattern};
    use jiff::civil::{date, datetime};

    #[test]
    fn the_hour_stays_over_the_change_of_daylight_saving_time() {
        let berlin = zone::find("W. Europe Standard Time").expect("zone");
        let at =
            |y, m, d, h| zone::instant(&berlin, datetime(y, m, d, h, 0, 0, 0)).expect("instant");
        let series = Series {
            recurrence: Recurrence {
                pattern: RecurrencePattern::Daily { interval: 1 },
                start: date(2026, 3, 27),
                end: RecurrenceEnd::After(5),
                time_zone: "W. Europe Standard Time".to_owned(),
            },
            start_ms: at(2026, 3, 27, 9),
            end_ms: at(2026, 3, 27, 10),
            all_day: false,
            day_zone: "W. Europe Standard Time".to_owned(),
        };
        let slots = series.slots(0, at(2027, 1, 1, 0));
        let hours: Vec<i64> = slots.iter().map(|slot| (slot.start_ms / 3_600_000) % 24).collect();
        assert_eq!(hours, [8, 8, 7, 7, 7]);
        assert_eq!(series.last_ms(), Some(at(2026, 3, 31, 10)));
        assert_eq!(
            series.neighbours(date(2026, 3, 28)),
            (Some(date(2026, 3, 27)), Some(date(2026, 3, 29)))
        );
        assert_eq!(series.neighbours(date(2026, 3, 31)).1, None);
        assert_eq!(Series::from_json(&series.to_json()), Some(series));
    }
}
