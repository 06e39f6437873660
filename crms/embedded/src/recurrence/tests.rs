//! Expansion against times written by hand.

use super::{End, Repeats, Series, zone};
use earmark_model::Instant;
use jiff::SignedDuration;
use jiff::civil::{Date, Weekday, date, time};

fn series(repeats: Repeats, interval: u16, start: Date, end: End, zone_name: &str) -> Series {
    Series {
        repeats,
        interval,
        start,
        end,
        zone: zone(zone_name),
        time: time(9, 0, 0, 0),
        length: SignedDuration::from_mins(30),
    }
}

fn millis(text: &str) -> i64 {
    Instant::parse_rfc3339(text).expect("an instant").as_millis()
}

fn starts(series: &Series, from: &str, to: &str) -> Vec<String> {
    series
        .slots(millis(from), millis(to), usize::MAX)
        .iter()
        .map(|slot| Instant::from_millis(slot.start).to_string())
        .collect()
}

fn weekly(days: &[Weekday], interval: u16, start: Date, end: End, zone_name: &str) -> Series {
    let repeats = Repeats::Weekly { days: days.to_vec(), first_day: Weekday::Sunday };
    series(repeats, interval, start, end, zone_name)
}

#[test]
fn a_meeting_stays_at_its_hour_across_daylight_saving() {
    let monday = weekly(&[Weekday::Monday], 1, date(2026, 3, 16), End::Never, "Europe/Vienna");
    assert_eq!(
        starts(&monday, "2026-03-01T00:00:00Z", "2026-04-07T00:00:00Z"),
        [
            "2026-03-16T08:00:00Z",
            "2026-03-23T08:00:00Z",
            "2026-03-30T07:00:00Z",
            "2026-04-06T07:00:00Z"
        ]
    );
    assert_eq!(
        starts(&monday, "2026-10-18T00:00:00Z", "2026-11-03T00:00:00Z"),
        ["2026-10-19T07:00:00Z", "2026-10-26T08:00:00Z", "2026-11-02T08:00:00Z"]
    );
}

#[test]
fn windows_names_have_their_own_daylight_saving() {
    let name = "Pacific Standard Time";
    let daily = series(Repeats::Daily, 1, date(2026, 3, 7), End::Count(3), name);
    assert_eq!(
        starts(&daily, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
        ["2026-03-07T17:00:00Z", "2026-03-08T16:00:00Z", "2026-03-09T16:00:00Z"]
    );
}

#[test]
fn an_hour_that_is_skipped_moves_and_one_that_comes_twice_is_the_first() {
    let mut nightly = series(Repeats::Daily, 1, date(2026, 3, 28), End::Count(2), "Europe/Vienna");
    nightly.time = time(2, 30, 0, 0);
    let slots = nightly.slots(0, millis("2030-01-01T00:00:00Z"), usize::MAX);
    let last = slots.last().expect("two nights");
    assert_eq!(Instant::from_millis(last.start).to_string(), "2026-03-29T01:30:00Z");
    assert_eq!(last.end - last.start, 30 * 60_000);

    let mut autumn = nightly;
    autumn.start = date(2026, 10, 25);
    assert_eq!(
        starts(&autumn, "2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z"),
        ["2026-10-25T00:30:00Z"]
    );
}

#[test]
fn a_day_that_a_month_does_not_have_is_its_last_day() {
    let monthly = series(Repeats::MonthlyOn { day: 31 }, 1, date(2026, 1, 31), End::Never, "UTC");
    assert_eq!(
        starts(&monthly, "2026-01-01T00:00:00Z", "2026-06-30T23:00:00Z"),
        [
            "2026-01-31T09:00:00Z",
            "2026-02-28T09:00:00Z",
            "2026-03-31T09:00:00Z",
            "2026-04-30T09:00:00Z",
            "2026-05-31T09:00:00Z",
            "2026-06-30T09:00:00Z"
        ]
    );
    assert_eq!(
        starts(&monthly, "2028-02-01T00:00:00Z", "2028-03-01T00:00:00Z"),
        ["2028-02-29T09:00:00Z"]
    );
}

#[test]
fn a_leap_day_is_the_last_of_february_in_other_years() {
    let repeats = Repeats::YearlyOn { month: 2, day: 29 };
    let yearly = series(repeats, 1, date(2024, 2, 29), End::Count(6), "UTC");
    assert_eq!(
        starts(&yearly, "2020-01-01T00:00:00Z", "2040-01-01T00:00:00Z"),
        [
            "2024-02-29T09:00:00Z",
            "2025-02-28T09:00:00Z",
            "2026-02-28T09:00:00Z",
            "2027-02-28T09:00:00Z",
            "2028-02-29T09:00:00Z",
            "2029-02-28T09:00:00Z"
        ]
    );
}

#[test]
fn the_last_weekday_and_the_second_of_two_days_of_a_month() {
    let weekdays =
        [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday];
    let repeats = Repeats::MonthlyNth { days: weekdays.to_vec(), place: -1 };
    let last = series(repeats, 1, date(2026, 1, 1), End::On(date(2026, 5, 29)), "UTC");
    assert_eq!(
        starts(&last, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
        [
            "2026-01-30T09:00:00Z",
            "2026-02-27T09:00:00Z",
            "2026-03-31T09:00:00Z",
            "2026-04-30T09:00:00Z",
            "2026-05-29T09:00:00Z"
        ]
    );
    let days = vec![Weekday::Saturday, Weekday::Sunday];
    let repeats = Repeats::YearlyNth { month: 11, days, place: 2 };
    let second = series(repeats, 1, date(2025, 1, 1), End::Never, "UTC");
    assert_eq!(
        starts(&second, "2025-01-01T00:00:00Z", "2028-01-01T00:00:00Z"),
        ["2025-11-02T09:00:00Z", "2026-11-07T09:00:00Z", "2027-11-07T09:00:00Z"]
    );
}

#[test]
fn every_other_week_counts_from_the_first_day_of_the_week() {
    let days = [Weekday::Tuesday, Weekday::Sunday];
    // 4 November 2026 is a Wednesday.
    let start = date(2026, 11, 4);
    let from_sunday = weekly(&days, 2, start, End::Never, "UTC");
    let span = ("2026-11-01T00:00:00Z", "2026-12-06T23:00:00Z");
    assert_eq!(
        starts(&from_sunday, span.0, span.1),
        [
            "2026-11-15T09:00:00Z",
            "2026-11-17T09:00:00Z",
            "2026-11-29T09:00:00Z",
            "2026-12-01T09:00:00Z"
        ]
    );
    let repeats = Repeats::Weekly { days: days.to_vec(), first_day: Weekday::Monday };
    let from_monday = series(repeats, 2, start, End::Never, "UTC");
    assert_eq!(
        starts(&from_monday, span.0, span.1),
        [
            "2026-11-08T09:00:00Z",
            "2026-11-17T09:00:00Z",
            "2026-11-22T09:00:00Z",
            "2026-12-01T09:00:00Z",
            "2026-12-06T09:00:00Z"
        ]
    );
}

#[test]
fn a_series_read_from_the_middle_is_the_same_series() {
    let all = [
        series(Repeats::Daily, 3, date(2020, 2, 28), End::Never, "Europe/Vienna"),
        weekly(&[Weekday::Monday, Weekday::Friday], 3, date(2020, 2, 28), End::Never, "UTC"),
        series(Repeats::MonthlyOn { day: 30 }, 5, date(2020, 1, 30), End::Never, "UTC"),
        series(Repeats::YearlyOn { month: 2, day: 29 }, 3, date(2020, 2, 29), End::Never, "UTC"),
        series(
            Repeats::MonthlyNth { days: vec![Weekday::Thursday], place: 4 },
            7,
            date(2020, 3, 1),
            End::Never,
            "UTC",
        ),
    ];
    for series in all {
        let whole = starts(&series, "2020-01-01T00:00:00Z", "2034-01-01T00:00:00Z");
        let late = starts(&series, "2029-06-15T00:00:00Z", "2034-01-01T00:00:00Z");
        let wanted: Vec<_> = whole.into_iter().filter(|at| at.as_str() >= "2029-06-15").collect();
        assert!(!late.is_empty());
        assert_eq!(late, wanted, "{:?}", series.repeats);
    }
}

#[test]
fn a_count_counts_from_the_beginning_and_an_end_day_is_included() {
    let counted = series(Repeats::Daily, 1, date(2026, 1, 1), End::Count(5), "UTC");
    assert_eq!(
        starts(&counted, "2026-01-04T00:00:00Z", "2026-12-31T00:00:00Z"),
        ["2026-01-04T09:00:00Z", "2026-01-05T09:00:00Z"]
    );
    assert_eq!(counted.last().map(|slot| slot.day), Some(date(2026, 1, 5)));
    let ended = weekly(&[Weekday::Friday], 1, date(2026, 1, 1), End::On(date(2026, 1, 16)), "UTC");
    assert_eq!(ended.last().map(|slot| slot.day), Some(date(2026, 1, 16)));
    assert_eq!(ended.first_after(millis("2026-01-16T09:00:00Z")), None);
    let over = weekly(&[Weekday::Friday], 1, date(2026, 1, 3), End::On(date(2026, 1, 8)), "UTC");
    assert_eq!((over.last(), over.first_after(0)), (None, None));
}

#[test]
fn work_is_bounded_for_the_widest_patterns() {
    for interval in [1, 999, 1_000] {
        for repeats in [
            Repeats::Daily,
            Repeats::Weekly { days: vec![Weekday::Monday], first_day: Weekday::Monday },
            Repeats::MonthlyOn { day: 31 },
            Repeats::YearlyOn { month: 2, day: 29 },
        ] {
            let wide = series(repeats.clone(), interval, date(1900, 1, 1), End::Never, "UTC");
            let span = (millis("2026-01-01T00:00:00Z"), millis("2038-01-01T00:00:00Z"));
            assert!(wide.slots(span.0, span.1, 10_000).len() <= 4_384, "{repeats:?}");
            assert!(wide.first_after(span.1).is_some(), "{repeats:?} every {interval}");
            let counted = Series { end: End::Count(999), ..wide };
            assert!(counted.slots(span.0, span.1, 10_000).len() <= 999);
        }
    }
}

#[test]
fn the_ends_of_time_are_survived() {
    let days = vec![Weekday::Sunday];
    for start in [date(1, 1, 1), date(1753, 1, 1), date(2024, 2, 29), date(9998, 12, 31)] {
        for repeats in [
            Repeats::Daily,
            Repeats::Weekly { days: days.clone(), first_day: Weekday::Monday },
            Repeats::MonthlyNth { days: days.clone(), place: -1 },
            Repeats::YearlyOn { month: 12, day: 31 },
            Repeats::YearlyNth { month: 2, days: days.clone(), place: 4 },
        ] {
            for end in [End::Never, End::Count(999), End::On(start), End::On(Date::MAX)] {
                for interval in [1, 1_000] {
                    let series = series(repeats.clone(), interval, start, end, "Europe/Vienna");
                    let first = series.first().map(|slot| slot.day);
                    assert!(first.is_none_or(|day| day >= start), "{series:?}");
                    assert_eq!(series.slots(i64::MIN, i64::MAX, 3), [], "out of all time");
                    let last = series.last().map(|slot| slot.day);
                    assert!(first.zip(last).is_none_or(|(first, last)| first <= last));
                    let _ = series.first_after(millis("9998-12-31T00:00:00Z"));
                }
            }
        }
    }
}

#[test]
fn a_series_over_midnight_ends_on_the_next_day() {
    let mut late = series(Repeats::Daily, 1, date(2026, 6, 1), End::Count(1), "Europe/Vienna");
    late.time = time(23, 30, 0, 0);
    late.length = SignedDuration::from_mins(90);
    let slot = late.first_after(0).expect("one");
    assert_eq!(Instant::from_millis(slot.end).to_string(), "2026-06-01T23:00:00Z");
}
