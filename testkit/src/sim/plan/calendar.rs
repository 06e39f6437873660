//! What people do all day with calendars and tasks, and CRM users with what the CRM has of them.

use super::{Change, Edit, Event, Kept, Options, Repeat, What, users};
use crate::{SeededRandom, sim::world::USERS};
use earmark_engine::Random;
use std::time::Duration;

impl What {
    /// Whether it is about calendars or tasks, or what the CRM has of them, or is only done where
    /// there are some.
    pub const fn is_of_calendar(&self) -> bool {
        matches!(
            self,
            Self::Meet { .. }
                | Self::ChangeMeeting { .. }
                | Self::ChangeTime { .. }
                | Self::ChangeSeries { .. }
                | Self::Delegate { .. }
                | Self::Conflicts { .. }
                | Self::Profile { .. }
                | Self::Answer { .. }
                | Self::DeleteMeeting { .. }
                | Self::MarkMeeting { .. }
                | Self::AddTask { .. }
                | Self::ChangeTask { .. }
                | Self::MoveTask { .. }
                | Self::DeleteTask { .. }
                | Self::MarkTask { .. }
                | Self::AskAbout { .. }
                | Self::DeleteActivity { .. }
                | Self::CloseActivity { .. }
                | Self::EditActivity { .. }
                | Self::ChangeRecord { .. }
        )
    }
}

struct Day {
    random: SeededRandom,
    /// Units: seconds.
    span: u64,
    events: Vec<Event>,
    /// The number of the last meeting or task.
    number: u64,
}

/// The day of everybody.
pub(super) fn day(seed: u64, options: &Options) -> Vec<Event> {
    let random = SeededRandom::new(seed ^ 0x6d65_6574);
    let mut day = Day { random, span: options.hours * 3_600, events: Vec::new(), number: 0 };
    for user in 0..users().len() {
        day.begins(user);
        for _ in 0..9 + day.pick(8) {
            let what = day.act(user);
            day.put_anywhere(what);
        }
    }
    for organization in 0..USERS.len() {
        for _ in 0..day.pick(4) {
            let what = day.in_crm(organization);
            day.put_anywhere(what);
        }
    }
    // Drawn by itself, so that the days of seeds that were kept stay what they were.
    day.random = SeededRandom::new(seed ^ 0x7365_7269);
    for user in 0..users().len() {
        day.series_and_delegates(user);
    }
    for organization in 0..USERS.len() {
        day.administrators(organization);
    }
    day.random = SeededRandom::new(seed ^ 0x6564_6974);
    for organization in 0..USERS.len() {
        for _ in 0..4 + day.pick(6) {
            let (item, edit) = (day.pick(1_000), day.byte(Edit::ALL.len()));
            let what = What::ChangeRecord { organization, item, edit, n: day.next() };
            day.put_anywhere(what);
        }
    }
    day.events
}

impl Day {
    fn pick(&self, count: u64) -> u64 {
        self.random.below(count)
    }

    fn byte(&self, count: usize) -> u8 {
        u8::try_from(self.random.below(count as u64)).unwrap_or(0)
    }

    fn chance(&self, percent: u64) -> bool {
        self.random.below(100) < percent
    }

    fn put(&mut self, seconds: u64, what: What) {
        self.events.push(Event { at: Duration::from_secs(seconds.min(self.span - 1)), what });
    }

    /// At any time of the day.
    fn put_anywhere(&mut self, what: What) {
        let at = self.pick(self.span);
        self.put(at, what);
    }

    fn next(&mut self) -> u64 {
        self.number += 1;
        self.number
    }

    /// What there is from the first hours on: a meeting or two, a series, a task.
    fn begins(&mut self, user: usize) {
        let series = 3 + self.byte(2);
        for kept in [self.byte(3), series] {
            let what = self.meeting(user, kept);
            let at = self.pick(self.span / 4);
            self.put(at, what);
        }
        let what = self.task(user);
        let at = self.pick(self.span / 4);
        self.put(at, what);
    }

    fn meeting(&mut self, user: usize, kept: u8) -> What {
        let with = if self.chance(45) { 0 } else { self.byte(1 << users().len()) };
        What::Meet { user, with, n: self.next(), kept, categorized: self.chance(70) }
    }

    fn task(&mut self, user: usize) -> What {
        What::AddTask { user, n: self.next(), categorized: self.chance(75) }
    }

    fn act(&mut self, user: usize) -> What {
        let (item, n) = (self.pick(1_000), self.pick(1_000));
        match self.pick(100) {
            0..=6 => {
                let kept = self.byte(Kept::ALL.len());
                self.meeting(user, kept)
            }
            7..=11 => self.task(user),
            12..=23 => What::MarkMeeting { user, item, assigns: self.chance(65) },
            24..=41 => What::ChangeMeeting { user, item, change: self.byte(3), n },
            42..=57 => {
                let (at, change) = (self.pick(1_000), self.byte(Change::ALL.len()));
                What::ChangeTime { user, item, at, change, n }
            }
            58..=62 => What::Answer { user, item, way: self.byte(3) },
            63..=67 => What::DeleteMeeting { user, item },
            68..=73 => What::MarkTask { user, item, assigns: self.chance(60) },
            74..=87 => What::ChangeTask { user, item, change: self.byte(4), n },
            88..=92 => What::MoveTask { user, item, list: usize::from(self.byte(3)) },
            93..=94 => What::DeleteTask { user, item },
            _ => What::AskAbout { user, item, tracks: self.chance(60) },
        }
    }

    fn series_and_delegates(&mut self, user: usize) {
        for _ in 0..self.pick(3) {
            let (item, way) = (self.pick(1_000), self.byte(Repeat::ALL.len()));
            let what = What::ChangeSeries { user, item, way, n: self.next() };
            self.put_anywhere(what);
        }
        for _ in 0..self.pick(3) {
            let (by, item) = (usize::from(self.byte(users().len())), self.pick(1_000));
            let what = What::Delegate { user, by, item, assigns: self.chance(70) };
            self.put_anywhere(what);
        }
    }

    /// Each thing for a while, and then it is as before.
    fn administrators(&mut self, organization: usize) {
        if self.chance(30) {
            let [first, then] = [true, false].map(|asks| What::Conflicts { organization, asks });
            self.for_a_while(first, then);
        }
        if self.chance(15) {
            let [first, then] = [false, true].map(|active| What::Profile { organization, active });
            self.for_a_while(first, then);
        }
    }

    /// From a few minutes to some hours.
    fn for_a_while(&mut self, first: What, then: What) {
        let begin = self.pick(self.span * 3 / 4);
        let end = begin + 300 + self.pick(self.span / 6);
        self.put(begin, first);
        self.put(end, then);
    }

    fn in_crm(&self, organization: usize) -> What {
        let item = self.pick(1_000);
        match self.pick(10) {
            0..=3 => What::DeleteActivity { organization, item },
            4..=6 => What::CloseActivity { organization, item, state: self.byte(3) },
            _ => What::EditActivity { organization, item, n: self.pick(1_000) },
        }
    }
}
