//! The days that fit a pattern, through calcard's RRULE.

use super::pattern::{End, Repeats, Series};
use calcard::common::{PartialDateTime, timezone::Tz};
use calcard::icalendar::{
    ICalendar, ICalendarComponent, ICalendarComponentType, ICalendarDay, ICalendarEntry,
    ICalendarFrequency, ICalendarMonth, ICalendarProperty, ICalendarRecurrenceRule, ICalendarValue,
    ICalendarWeekday,
};
use jiff::civil::{Date, Weekday};
use jiff::{Timestamp, ToSpan, tz::TimeZone};

/// Units: days of a month that every month has.
const DAYS_OF_EVERY_MONTH: u8 = 28;

impl Series {
    /// The days within `from..=to` that fit, at most `limit` of them, in their order.
    ///
    /// An occurrence that is counted is counted from the first day on; any other series starts
    /// shortly before `from`, so that an old one costs no more than a new one.
    pub(super) fn days(&self, from: Date, to: Date, limit: usize) -> Vec<Date> {
        let to = match self.end {
            End::On(day) => to.min(day),
            End::Never | End::Count(_) => to,
        };
        let (first, count) = match self.end {
            End::Count(count) => (self.start, Some(count)),
            End::Never | End::On(_) => (self.aligned(from), None),
        };
        if to < first || limit == 0 {
            return Vec::new();
        }
        // Days before `from` are walked through: those of a counted series, or of one period.
        let most = match count {
            Some(count) => count as usize,
            None => limit.saturating_add(self.per_period()),
        };
        let mut days = expand(&self.rule(to, count), first, most);
        days.retain(|day| (from..=to).contains(day));
        days.truncate(limit);
        days
    }

    /// The last days of the series up to `day`.
    pub(super) fn days_before(&self, day: Date) -> Vec<Date> {
        // Two periods back is far enough: every period has a day that fits.
        let back = match self.repeats {
            Repeats::Daily => i64::from(self.interval),
            Repeats::Weekly { .. } => i64::from(self.interval) * 7,
            Repeats::MonthlyOn { .. } | Repeats::MonthlyNth { .. } => i64::from(self.interval) * 31,
            Repeats::YearlyOn { .. } | Repeats::YearlyNth { .. } => i64::from(self.interval) * 366,
        };
        let from = day.checked_sub((back * 2).days()).unwrap_or(self.start).max(self.start);
        self.days(from, day, self.per_period() * 3)
    }

    /// Units: days that fit in one period, at most.
    fn per_period(&self) -> usize {
        match self.repeats {
            Repeats::Weekly { .. } => 7,
            _ => 1,
        }
    }

    /// The latest day not after `from` at which a period of the series begins; its first day
    /// where `from` lies in the first period.
    fn aligned(&self, from: Date) -> Date {
        let (start, interval) = (self.start, i64::from(self.interval));
        if from <= start {
            return start;
        }
        let days_since = |day: Date| i64::from((from - day).get_days());
        let (base, moved) = match self.repeats {
            Repeats::Daily => (start, (days_since(start) / interval * interval).days()),
            Repeats::Weekly { first_day, .. } => {
                let back = first_day.until(start.weekday());
                let week = start.checked_sub(i64::from(back).days()).unwrap_or(start);
                let period = interval * 7;
                (week, (days_since(week) / period * period).days())
            }
            Repeats::MonthlyOn { .. } | Repeats::MonthlyNth { .. } => {
                let month = |day: Date| i64::from(day.year()) * 12 + i64::from(day.month());
                let apart = month(from) - month(start);
                (start.first_of_month(), (apart / interval * interval).months())
            }
            Repeats::YearlyOn { .. } | Repeats::YearlyNth { .. } => {
                let apart = i64::from(from.year()) - i64::from(start.year());
                (start.first_of_year(), (apart / interval * interval).years())
            }
        };
        base.checked_add(moved).unwrap_or(start).max(start)
    }

    fn rule(&self, until: Date, count: Option<u32>) -> ICalendarRecurrenceRule {
        let mut rule = ICalendarRecurrenceRule {
            until: partial(until),
            count,
            interval: Some(self.interval),
            ..ICalendarRecurrenceRule::default()
        };
        match &self.repeats {
            Repeats::Daily => rule.freq = ICalendarFrequency::Daily,
            Repeats::Weekly { days, first_day } => {
                rule.freq = ICalendarFrequency::Weekly;
                rule.byday = by_day(days);
                rule.wkst = Some(weekday(*first_day));
            }
            Repeats::MonthlyOn { day } => {
                rule.freq = ICalendarFrequency::Monthly;
                put_month_day(&mut rule, *day);
            }
            Repeats::MonthlyNth { days, place } => {
                rule.freq = ICalendarFrequency::Monthly;
                rule.byday = by_day(days);
                rule.bysetpos = vec![*place];
            }
            Repeats::YearlyOn { month, day } => {
                rule.freq = ICalendarFrequency::Yearly;
                rule.bymonth = vec![ICalendarMonth::new(*month, false)];
                put_month_day(&mut rule, *day);
            }
            Repeats::YearlyNth { month, days, place } => {
                rule.freq = ICalendarFrequency::Yearly;
                rule.bymonth = vec![ICalendarMonth::new(*month, false)];
                rule.byday = by_day(days);
                rule.bysetpos = vec![*place];
            }
        }
        rule
    }
}

/// A day that a shorter month does not have is its last day there.
fn put_month_day(rule: &mut ICalendarRecurrenceRule, day: u8) {
    let days = day.min(DAYS_OF_EVERY_MONTH)..=day;
    rule.bymonthday = days.filter_map(|day| i8::try_from(day).ok()).collect();
    rule.bysetpos = vec![-1];
}

fn by_day(days: &[Weekday]) -> Vec<ICalendarDay> {
    days.iter().map(|day| ICalendarDay { ordwk: None, weekday: weekday(*day) }).collect()
}

fn weekday(day: Weekday) -> ICalendarWeekday {
    match day {
        Weekday::Monday => ICalendarWeekday::Monday,
        Weekday::Tuesday => ICalendarWeekday::Tuesday,
        Weekday::Wednesday => ICalendarWeekday::Wednesday,
        Weekday::Thursday => ICalendarWeekday::Thursday,
        Weekday::Friday => ICalendarWeekday::Friday,
        Weekday::Saturday => ICalendarWeekday::Saturday,
        Weekday::Sunday => ICalendarWeekday::Sunday,
    }
}

fn partial(day: Date) -> Option<PartialDateTime> {
    Some(PartialDateTime {
        year: Some(u16::try_from(day.year()).ok()?),
        month: Some(u8::try_from(day.month()).ok()?),
        day: Some(u8::try_from(day.day()).ok()?),
        hour: Some(0),
        minute: Some(0),
        second: Some(0),
        ..PartialDateTime::default()
    })
}

/// Expands a rule from midnight of `first` on. Days alone are expanded, in UTC; hours and zones
/// come afterwards.
fn expand(rule: &ICalendarRecurrenceRule, first: Date, most: usize) -> Vec<Date> {
    let (Some(start), Some(_)) = (partial(first), &rule.until) else { return Vec::new() };
    let entry = |name, value| ICalendarEntry { name, params: Vec::new(), values: vec![value] };
    let event = ICalendarComponent {
        component_type: ICalendarComponentType::VEvent,
        entries: vec![
            entry(ICalendarProperty::Dtstart, ICalendarValue::PartialDateTime(Box::new(start))),
            entry(ICalendarProperty::Rrule, ICalendarValue::RecurrenceRule(Box::new(rule.clone()))),
        ],
        component_ids: Vec::new(),
    };
    let utc = "UTC".parse().unwrap_or(Tz::Floating);
    ICalendar { components: vec![event] }
        .expand_dates(utc, most)
        .events
        .iter()
        .filter_map(|event| Timestamp::from_second(event.start.timestamp()).ok())
        .map(|at| TimeZone::UTC.to_datetime(at).date())
        .collect()
}
