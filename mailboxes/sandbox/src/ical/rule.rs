//! From a rule of RFC 5545 to a recurrence of the original, where there is one.

use super::when::When;
use crate::calendar::{expand, recurrence::COUNT_MAX, series::Series};
use calcard::{
    common::CalendarScale,
    icalendar::{
        ICalendarDay, ICalendarFrequency, ICalendarRecurrenceRule, ICalendarSkip, ICalendarWeekday,
    },
};
use earmark_model::{Recurrence, RecurrenceEnd, RecurrencePattern, WeekIndex};
use jiff::civil::{Date, Weekday};

/// The recurrence that a rule stands for, in a series that begins as `series` says with a
/// recurrence of its own.
///
/// Errors: one line naming what cannot be expressed.
pub(crate) fn recurrence(
    rule: &ICalendarRecurrenceRule,
    start: &When,
    until: Option<&When>,
    series: impl Fn(Recurrence) -> Series,
) -> Result<Recurrence, String> {
    check(rule, start)?;
    let first = start.clock.date();
    let pattern = pattern(rule, first)?;
    let end = match (rule.count, until) {
        (Some(_), Some(_)) => return Err(unexpressed("COUNT together with UNTIL")),
        (Some(0), None) => return Err("RRULE gives no occurrence (COUNT=0)".to_owned()),
        (Some(count), None) if count > COUNT_MAX => {
            return Err(format!(
                "RRULE counts {count} occurrences; at most {COUNT_MAX} can be kept"
            ));
        }
        (Some(count), None) => RecurrenceEnd::After(count),
        (None, None) => RecurrenceEnd::Never,
        (None, Some(until)) => RecurrenceEnd::On(until.day_in(&start.zone.zone, start.is_day)),
    };
    let time_zone = start.zone.name.clone();
    let mut read = Recurrence { pattern, start: first, end, time_zone };
    if let (RecurrenceEnd::On(last), Some(until)) = (read.end, until)
        && !until.is_day
    {
        // An occurrence later on the last day is one too many.
        let slot = series(read.clone()).slot(last);
        if slot.is_some_and(|slot| slot.start_ms > until.ms) {
            read.end = RecurrenceEnd::On(last.yesterday().unwrap_or(last));
        }
    }
    if expand::first(&read) == Some(first) {
        return Ok(read);
    }
    Err("DTSTART is not the first time of its own RRULE".to_owned())
}

/// Refuses the parts that no recurrence of the original has.
fn check(rule: &ICalendarRecurrenceRule, start: &When) -> Result<(), String> {
    let clock = start.clock.time();
    let only = |list: &[u8], own: i8| list.iter().all(|one| i8::try_from(*one) == Ok(own));
    let odd = [
        ("RSCALE", rule.rscale.as_ref().is_some_and(|scale| *scale != CalendarScale::Gregorian)),
        ("SKIP=FORWARD", rule.skip == Some(ICalendarSkip::Forward)),
        ("BYSECOND", !only(&rule.bysecond, clock.second())),
        ("BYMINUTE", !only(&rule.byminute, clock.minute())),
        ("BYHOUR", !only(&rule.byhour, clock.hour())),
        ("BYYEARDAY", !rule.byyearday.is_empty()),
        ("BYWEEKNO", !rule.byweekno.is_empty()),
        ("a leap month", rule.bymonth.iter().any(|month| month.is_leap() || month.month() > 12)),
        ("an INTERVAL of 0 or more than 999", !(1..=999).contains(&rule.interval.unwrap_or(1))),
    ];
    match odd.iter().find(|(_, is)| *is) {
        Some((name, _)) => Err(unexpressed(name)),
        None => Ok(()),
    }
}

fn pattern(rule: &ICalendarRecurrenceRule, first: Date) -> Result<RecurrencePattern, String> {
    let interval = u32::from(rule.interval.unwrap_or(1));
    match rule.freq {
        ICalendarFrequency::Daily => {
            refuse(&[
                ("BYMONTH", !rule.bymonth.is_empty()),
                ("BYMONTHDAY", !rule.bymonthday.is_empty()),
                ("BYSETPOS", !rule.bysetpos.is_empty()),
                ("BYDAY in days", !rule.byday.is_empty() && interval != 1),
            ])?;
            if rule.byday.is_empty() {
                return Ok(RecurrencePattern::Daily { interval });
            }
            weekly(rule, interval, first)
        }
        ICalendarFrequency::Weekly => {
            refuse(&[
                ("BYMONTH in weeks", !rule.bymonth.is_empty()),
                ("BYMONTHDAY in weeks", !rule.bymonthday.is_empty()),
                ("BYSETPOS in weeks", !rule.bysetpos.is_empty()),
            ])?;
            weekly(rule, interval, first)
        }
        ICalendarFrequency::Monthly => {
            refuse(&[("BYMONTH in months", !rule.bymonth.is_empty())])?;
            Ok(match in_month(rule, first)? {
                InMonth::Day(day) => RecurrencePattern::AbsoluteMonthly { interval, day },
                InMonth::Week(days, index) => {
                    RecurrencePattern::RelativeMonthly { interval, days, index }
                }
            })
        }
        ICalendarFrequency::Yearly => {
            let month = match rule.bymonth.as_slice() {
                [] if rule.byday.is_empty() => u8::try_from(first.month()).unwrap_or(1),
                [] => return Err(unexpressed("BYDAY in years without BYMONTH")),
                [one] => one.month(),
                _ => return Err(unexpressed("several months (BYMONTH)")),
            };
            Ok(match in_month(rule, first)? {
                InMonth::Day(day) => RecurrencePattern::AbsoluteYearly { interval, month, day },
                InMonth::Week(days, index) => {
                    RecurrencePattern::RelativeYearly { interval, month, days, index }
                }
            })
        }
        ICalendarFrequency::Hourly => Err(unexpressed("FREQ=HOURLY")),
        ICalendarFrequency::Minutely => Err(unexpressed("FREQ=MINUTELY")),
        ICalendarFrequency::Secondly => Err(unexpressed("FREQ=SECONDLY")),
    }
}

fn weekly(
    rule: &ICalendarRecurrenceRule,
    interval: u32,
    first: Date,
) -> Result<RecurrencePattern, String> {
    if rule.byday.iter().any(|day| day.ordwk.is_some()) {
        return Err(unexpressed("BYDAY with a number outside of months"));
    }
    let days = if rule.byday.is_empty() { vec![first.weekday()] } else { weekdays(&rule.byday) };
    let first_day = rule.wkst.map_or(Weekday::Monday, weekday);
    Ok(RecurrencePattern::Weekly { interval, days, first_day })
}

/// Which day of a month.
enum InMonth {
    Day(u8),
    Week(Vec<Weekday>, WeekIndex),
}

fn in_month(rule: &ICalendarRecurrenceRule, first: Date) -> Result<InMonth, String> {
    match (rule.bymonthday.as_slice(), rule.byday.as_slice()) {
        ([], []) => {
            refuse(&[("BYSETPOS alone", !rule.bysetpos.is_empty())])?;
            Ok(InMonth::Day(u8::try_from(first.day()).unwrap_or(1)))
        }
        // The last day: a day that no month is longer than.
        ([-1], []) => Ok(InMonth::Day(31)),
        ([day], []) if *day > 0 => Ok(InMonth::Day(u8::try_from(*day).unwrap_or(31))),
        ([_], []) => Err(unexpressed("a day counted from the end of the month (BYMONTHDAY)")),
        (_, []) => Err(unexpressed("several days of a month (BYMONTHDAY)")),
        ([], days) => {
            let number = match (days, rule.bysetpos.as_slice()) {
                ([ICalendarDay { ordwk: Some(number), .. }], []) => i32::from(*number),
                (days, [number]) if days.iter().all(|day| day.ordwk.is_none()) => *number,
                _ => return Err(unexpressed("several weekdays of a month (BYDAY)")),
            };
            let index = match number {
                1 => WeekIndex::First,
                2 => WeekIndex::Second,
                3 => WeekIndex::Third,
                4 => WeekIndex::Fourth,
                -1 => WeekIndex::Last,
                _ => return Err(unexpressed("a weekday that is not first to fourth or last")),
            };
            Ok(InMonth::Week(weekdays(days), index))
        }
        _ => Err(unexpressed("BYDAY together with BYMONTHDAY")),
    }
}

fn weekdays(days: &[ICalendarDay]) -> Vec<Weekday> {
    let mut found = Vec::new();
    for day in days {
        let day = weekday(day.weekday);
        if !found.contains(&day) {
            found.push(day);
        }
    }
    found
}

const fn weekday(day: ICalendarWeekday) -> Weekday {
    match day {
        ICalendarWeekday::Sunday => Weekday::Sunday,
        ICalendarWeekday::Monday => Weekday::Monday,
        ICalendarWeekday::Tuesday => Weekday::Tuesday,
        ICalendarWeekday::Wednesday => Weekday::Wednesday,
        ICalendarWeekday::Thursday => Weekday::Thursday,
        ICalendarWeekday::Friday => Weekday::Friday,
        ICalendarWeekday::Saturday => Weekday::Saturday,
    }
}

fn refuse(odd: &[(&str, bool)]) -> Result<(), String> {
    odd.iter().find(|(_, is)| *is).map_or(Ok(()), |(name, _)| Err(unexpressed(name)))
}

fn unexpressed(what: &str) -> String {
    format!("RRULE has {what}, which a calendar of Exchange cannot express")
}
