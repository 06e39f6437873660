//! The days on which a series takes place.
//!
//! The rule is handed to the calendar library as an RFC 5545 rule over floating days; what a day
//! of a series is in instants is the caller's matter. Invariant: at most [`DAYS_MAX`] days.

use calcard::{
    common::{PartialDateTime, timezone::Tz},
    icalendar::{
        ICalendar, ICalendarComponent, ICalendarComponentType, ICalendarDay, ICalendarFrequency,
        ICalendarMonth, ICalendarProperty, ICalendarRecurrenceRule, ICalendarValue,
        ICalendarWeekday,
    },
};
use chrono::Datelike;
use earmark_model::{Recurrence, RecurrenceEnd, RecurrencePattern, WeekIndex};
use jiff::{
    ToSpan,
    civil::{Date, Weekday},
};

/// Units: days that one expansion gives at most: those of a daily series over thirty years.
pub const DAYS_MAX: usize = 11_000;

/// The days of a series from `from` to `to`, both included, in order.
pub fn days(recurrence: &Recurrence, from: Date, to: Date) -> Vec<Date> {
    let last = match recurrence.end {
        RecurrenceEnd::On(last) => last.min(to),
        RecurrenceEnd::Never | RecurrenceEnd::After(_) => to,
    };
    let start = started(recurrence, from);
    if last < start {
        return Vec::new();
    }
    let mut rule = rule(&recurrence.pattern);
    match recurrence.end {
        RecurrenceEnd::After(count) => rule.count = Some(count),
        RecurrenceEnd::Never | RecurrenceEnd::On(_) => rule.until = Some(partial(last)),
    }
    expanded(rule, start).into_iter().filter(|day| *day >= from && *day <= last).collect()
}

/// The first day of a series: the first on or after the start of its range that fits.
pub fn first(recurrence: &Recurrence) -> Option<Date> {
    let last = match recurrence.end {
        RecurrenceEnd::On(last) => last,
        RecurrenceEnd::Never | RecurrenceEnd::After(_) => Date::MAX,
    };
    let mut rule = rule(&recurrence.pattern);
    rule.count = Some(1);
    expanded(rule, recurrence.start).into_iter().next().filter(|day| *day <= last)
}

/// The last day of a series; `None` when it goes on for ever.
pub fn last(recurrence: &Recurrence) -> Option<Date> {
    match recurrence.end {
        RecurrenceEnd::Never => None,
        RecurrenceEnd::On(last) => Some(last),
        RecurrenceEnd::After(_) => {
            days(recurrence, recurrence.start, Date::MAX).last().copied().or(Some(recurrence.start))
        }
    }
}

/// Where an expansion may start so that the days from `from` on come out right: a series that
/// began long ago is not counted through.
fn started(recurrence: &Recurrence, from: Date) -> Date {
    let start = recurrence.start;
    let step = match (&recurrence.pattern, recurrence.end) {
        (_, RecurrenceEnd::After(_)) => return start,
        (RecurrencePattern::Daily { interval }, _) => i64::from(*interval),
        (RecurrencePattern::Weekly { interval, .. }, _) => i64::from(*interval) * 7,
        _ => return start,
    };
    let between = start.until(from).map_or(0, |span| i64::from(span.get_days()));
    // One period earlier: in a week, days before that of the start fit as well.
    let periods = (between / step - 1).max(0);
    start.checked_add((periods * step).days()).unwrap_or(start)
}

fn expanded(rule: ICalendarRecurrenceRule, start: Date) -> Vec<Date> {
    let mut event = ICalendarComponent::new(ICalendarComponentType::VEvent);
    let begins = ICalendarValue::PartialDateTime(Box::new(partial(start)));
    event.add_property(ICalendarProperty::Dtstart, begins);
    let rule = ICalendarValue::RecurrenceRule(Box::new(rule));
    event.add_property(ICalendarProperty::Rrule, rule);
    let calendar = ICalendar { components: vec![event] };
    let mut days: Vec<Date> = calendar
        .expand_dates(Tz::Floating, DAYS_MAX)
        .events
        .into_iter()
        .filter_map(|event| {
            let day = event.start.date_naive();
            let part = |number: u32| i8::try_from(number).ok();
            Date::new(i16::try_from(day.year()).ok()?, part(day.month())?, part(day.day())?).ok()
        })
        .collect();
    days.sort_unstable();
    days.dedup();
    days
}

/// The rule of a pattern. A day that a month does not have falls on the month's last day, which
/// is why such a rule takes the last of all days up to it.
fn rule(pattern: &RecurrencePattern) -> ICalendarRecurrenceRule {
    let mut rule = ICalendarRecurrenceRule::default();
    let mut every = |freq: ICalendarFrequency, interval: u32| {
        rule.freq = freq;
        rule.interval = Some(u16::try_from(interval).unwrap_or(u16::MAX));
    };
    match pattern {
        RecurrencePattern::Daily { interval } => every(ICalendarFrequency::Daily, *interval),
        RecurrencePattern::Weekly { interval, days, first_day } => {
            every(ICalendarFrequency::Weekly, *interval);
            rule.byday = week(days);
            rule.wkst = Some(weekday(*first_day));
        }
        RecurrencePattern::AbsoluteMonthly { interval, day } => {
            every(ICalendarFrequency::Monthly, *interval);
            month_day(&mut rule, *day);
        }
        RecurrencePattern::RelativeMonthly { interval, days, index } => {
            every(ICalendarFrequency::Monthly, *interval);
            rule.byday = week(days);
            rule.bysetpos = vec![position(*index)];
        }
        RecurrencePattern::AbsoluteYearly { interval, month, day } => {
            every(ICalendarFrequency::Yearly, *interval);
            rule.bymonth = vec![ICalendarMonth::new(*month, false)];
            month_day(&mut rule, *day);
        }
        RecurrencePattern::RelativeYearly { interval, month, days, index } => {
            every(ICalendarFrequency::Yearly, *interval);
            rule.bymonth = vec![ICalendarMonth::new(*month, false)];
            rule.byday = week(days);
            rule.bysetpos = vec![position(*index)];
        }
    }
    rule
}

fn month_day(rule: &mut ICalendarRecurrenceRule, day: u8) {
    let day = i8::try_from(day).unwrap_or(31).clamp(1, 31);
    if day <= 28 {
        rule.bymonthday = vec![day];
    } else {
        rule.bymonthday = (28..=day).collect();
        rule.bysetpos = vec![-1];
    }
}

const fn position(index: WeekIndex) -> i32 {
    match index {
        WeekIndex::First => 1,
        WeekIndex::Second => 2,
        WeekIndex::Third => 3,
        WeekIndex::Fourth => 4,
        WeekIndex::Last => -1,
    }
}

fn week(days: &[Weekday]) -> Vec<ICalendarDay> {
    days.iter().map(|day| ICalendarDay { ordwk: None, weekday: weekday(*day) }).collect()
}

const fn weekday(day: Weekday) -> ICalendarWeekday {
    match day {
        Weekday::Sunday => ICalendarWeekday::Sunday,
        Weekday::Monday => ICalendarWeekday::Monday,
        Weekday::Tuesday => ICalendarWeekday::Tuesday,
        Weekday::Wednesday => ICalendarWeekday::Wednesday,
        Weekday::Thursday => ICalendarWeekday::Thursday,
        Weekday::Friday => ICalendarWeekday::Friday,
        Weekday::Saturday => ICalendarWeekday::Saturday,
    }
}

fn partial(day: Date) -> PartialDateTime {
    let part = |number: i8| u8::try_from(number).ok();
    PartialDateTime {
        year: u16::try_from(day.year()).ok(),
        month: part(day.month()),
        day: part(day.day()),
        hour: Some(0),
        minute: Some(0),
        second: Some(0),
        ..PartialDateTime::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn series(pattern: RecurrencePattern, end: RecurrenceEnd) -> Recurrence {
        Recurrence { pattern, start: date(2026, 1, 31), end, time_zone: "UTC".to_owned() }
    }

    fn shown(days: &[Date]) -> String {
        days.iter().map(Date::to_string).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn each_pattern_gives_its_days() {
        use RecurrencePattern as P;
        let never = RecurrenceEnd::Never;
        let monday = vec![Weekday::Monday];
        let week = |interval| P::Weekly {
            interval,
            days: vec![Weekday::Monday, Weekday::Saturday],
            first_day: Weekday::Sunday,
        };
        for (pattern, end, wanted) in [
            (P::Daily { interval: 3 }, RecurrenceEnd::After(3), "2026-01-31 2026-02-03 2026-02-06"),
            (week(1), RecurrenceEnd::After(4), "2026-01-31 2026-02-02 2026-02-07 2026-02-09"),
            (week(2), RecurrenceEnd::On(date(2026, 2, 14)), "2026-01-31 2026-02-09 2026-02-14"),
            (
                P::AbsoluteMonthly { interval: 1, day: 31 },
                RecurrenceEnd::After(4),
                "2026-01-31 2026-02-28 2026-03-31 2026-04-30",
            ),
            (
                P::AbsoluteMonthly { interval: 1, day: 15 },
                RecurrenceEnd::After(2),
                "2026-02-15 2026-03-15",
            ),
            (
                P::RelativeMonthly { interval: 1, days: monday.clone(), index: WeekIndex::Last },
                RecurrenceEnd::After(2),
                "2026-02-23 2026-03-30",
            ),
            (
                P::AbsoluteYearly { interval: 1, month: 2, day: 29 },
                RecurrenceEnd::After(3),
                "2026-02-28 2027-02-28 2028-02-29",
            ),
            (
                P::RelativeYearly { interval: 1, month: 5, days: monday, index: WeekIndex::First },
                RecurrenceEnd::After(2),
                "2026-05-04 2027-05-03",
            ),
        ] {
            let series = series(pattern, end);
            let all = days(&series, date(2020, 1, 1), date(2030, 1, 1));
            assert_eq!(shown(&all), wanted, "{series:?}");
            assert_eq!(first(&series), all.first().copied());
        }
        assert_eq!(last(&series(P::Daily { interval: 1 }, never)), None);
    }

    #[test]
    fn a_window_far_from_the_start_gives_the_same_days() {
        for interval in [1, 2, 3] {
            let series = series(
                RecurrencePattern::Weekly {
                    interval,
                    days: vec![Weekday::Monday, Weekday::Thursday],
                    first_day: Weekday::Monday,
                },
                RecurrenceEnd::Never,
            );
            let all = days(&series, date(2026, 1, 1), date(2036, 1, 1));
            let some = days(&series, date(2033, 5, 4), date(2033, 9, 1));
            let wanted: Vec<Date> = all
                .into_iter()
                .filter(|day| *day >= date(2033, 5, 4) && *day <= date(2033, 9, 1))
                .collect();
            assert!(some.len() > 8);
            assert_eq!(some, wanted);
        }
    }
}
