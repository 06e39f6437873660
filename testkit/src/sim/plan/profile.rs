//! What different people do all day.

use super::{Deed, Event, FOLDERS, FORMER_NAME, Oddity, Options, SETTINGS, What, users};
use crate::{SeededRandom, sim::world::USERS};
use earmark_engine::Random;
use std::time::Duration;

/// How somebody works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Profile {
    /// Some acts a day.
    Quiet,
    /// Many.
    Busy,
    /// Hardly any, and then a week's work in one minute.
    Bulk,
    /// Somebody who changes categories, folders and rules all the while.
    Editor,
}

/// The day of everybody.
pub(super) fn day(random: &SeededRandom, options: &Options) -> Vec<Event> {
    let mut day = Day { random, span: options.hours * 3_600, events: Vec::new(), matter: 0 };
    day.post(options.items);
    for user in 0..users().len() {
        match day.pick(4) {
            0 => day.works(user, Profile::Quiet, 30),
            1 => day.works(user, Profile::Busy, 50),
            2 => day.in_one_minute(user),
            _ => day.works(user, Profile::Editor, 50),
        }
    }
    for organization in 0..USERS.len() {
        day.in_crm(organization);
        day.administrators(organization);
    }
    day.events
}

struct Day<'a> {
    random: &'a SeededRandom,
    /// Units: seconds.
    span: u64,
    events: Vec<Event>,
    /// The number of the last message.
    matter: u64,
}

impl Day<'_> {
    fn pick(&self, count: u64) -> u64 {
        self.random.below(count)
    }

    fn index(&self, count: usize) -> usize {
        usize::try_from(self.random.below(count as u64)).unwrap_or(0)
    }

    fn byte(&self, count: usize) -> u8 {
        u8::try_from(self.index(count)).unwrap_or(0)
    }

    fn chance(&self, percent: u64) -> bool {
        self.random.below(100) < percent
    }

    /// Some users, at least one.
    fn some_users(&self) -> u8 {
        let all = (1 << users().len()) - 1;
        1 + self.byte(all)
    }

    fn put(&mut self, seconds: u64, what: What) {
        self.events.push(Event { at: Duration::from_secs(seconds.min(self.span - 1)), what });
    }

    /// At any time of the day.
    fn put_anywhere(&mut self, what: What) {
        let at = self.pick(self.span);
        self.put(at, what);
    }

    fn next_matter(&mut self) -> u64 {
        self.matter += 1;
        self.matter
    }

    /// What arrives from outside: at least `items` messages for everybody, most in the first
    /// half of the day.
    fn post(&mut self, items: usize) {
        let mut counts = vec![0; users().len()];
        while counts.iter().any(|count| *count < items) {
            let missing = counts.iter().position(|count| *count < items).unwrap_or(0);
            let to = self.some_users() | 1 << missing;
            let n = self.next_matter();
            let oddity = if self.chance(85) { 0 } else { self.byte(Oddity::ALL.len()) };
            let at = if self.chance(25) { self.pick(600) } else { self.pick(self.span * 2 / 3) };
            self.put(at, What::Deliver { to, n, oddity });
            if Oddity::of(oddity) == Oddity::OtherContent {
                self.put(at, What::Deliver { to: self.some_users(), n, oddity: 0 });
            }
            for (user, count) in counts.iter_mut().enumerate() {
                *count += usize::from(to >> user & 1 == 1);
            }
        }
    }

    /// So many acts and some more, anywhere in the day.
    fn works(&mut self, user: usize, profile: Profile, acts: u64) {
        for _ in 0..acts + self.pick(acts / 4 + 1) {
            let what = self.act(user, profile);
            self.put_anywhere(what);
        }
    }

    fn in_one_minute(&mut self, user: usize) {
        self.works(user, Profile::Bulk, 8);
        let begin = self.span / 8 + self.pick(self.span / 2);
        for _ in 0..30 {
            let what = self.act(user, Profile::Busy);
            let at = begin + self.pick(60);
            self.put(at, what);
        }
        let item = self.pick(1_000);
        let at = begin + self.pick(60);
        self.put(at, What::Assign { user, item, count: 35, way: 0 });
        if self.chance(30) {
            let later = at + 600 + self.pick(self.span / 4);
            self.put(later, What::Remove { user, item, count: 30 });
        }
    }

    fn act(&mut self, user: usize, profile: Profile) -> What {
        let edits = if profile == Profile::Editor { 45 } else { 4 };
        if self.chance(edits) { self.edit(user) } else { self.work(user) }
    }

    /// What people do with their messages.
    fn work(&mut self, user: usize) -> What {
        let item = self.pick(1_000);
        match self.pick(100) {
            0..=29 => {
                let way = match self.byte(8) {
                    2 => FORMER_NAME,
                    way => way,
                };
                What::Assign { user, item, count: 1, way }
            }
            30..=31 => What::Assign { user, item, count: 2 + self.pick(10), way: 0 },
            32..=42 => What::Remove { user, item, count: 1 },
            43 => What::Remove { user, item, count: 2 + self.pick(6) },
            44..=47 => What::Conversation { user, item, assigns: self.chance(70) },
            48..=52 => self.other(user, item),
            53..=60 => What::Move { user, item, folder: self.index(FOLDERS.len()) },
            61..=62 => What::ToAndFro { user, item },
            63..=64 => What::Copy { user, item },
            65..=66 => What::Delete { user, item },
            67 => What::Destroy { user, item },
            68..=69 => What::Restore { user, item },
            70..=71 => What::Reimport { user, item },
            72..=75 => {
                let to = if self.chance(20) { 0 } else { self.some_users() };
                What::Send { user, to, n: self.next_matter() }
            }
            76..=79 => What::Reply { user, item },
            80..=81 => {
                let (to, n, categorized) = (self.some_users(), self.next_matter(), self.chance(60));
                What::Draft { user, to, n, categorized }
            }
            82..=84 => What::SendDraft { user, item },
            85..=91 => {
                let (tracks, regarding) = (self.chance(60), self.chance(30));
                What::Ask { user, item, tracks, regarding }
            }
            92..=96 => self.moment(user),
            97 => What::Unlink { user, item },
            _ => What::Read { user, item },
        }
    }

    fn other(&self, user: usize, item: u64) -> What {
        if self.chance(60) {
            What::Other { user, item, name: self.pick(12), at: self.index(4) }
        } else {
            What::OtherOff { user, item, at: self.index(4) }
        }
    }

    fn moment(&self, user: usize) -> What {
        What::Moment { user, deed: self.byte(Deed::ALL.len()), n: self.pick(1_000) }
    }

    /// What people do with categories and rules.
    fn edit(&mut self, user: usize) -> What {
        let item = self.pick(1_000);
        match self.pick(100) {
            0..=44 => self.other(user, item),
            45..=64 => self.moment(user),
            65..=69 => What::Move { user, item, folder: self.index(FOLDERS.len()) },
            70..=76 => What::Rename { user, n: self.pick(9), rewrites: self.chance(50) },
            77..=81 => What::Drop { user },
            82..=86 => What::Make { user, color: self.byte(25) },
            87..=92 => What::Rule { user, digit: self.pick(10), ours: self.chance(70) },
            93..=95 => What::NoRules { user },
            _ => What::TakeOff { user, folder: self.index(FOLDERS.len()) },
        }
    }

    /// What CRM users do.
    fn in_crm(&mut self, organization: usize) {
        for _ in 0..5 + self.pick(10) {
            let item = self.pick(1_000);
            let what = match self.pick(10) {
                0..=1 => What::DeleteRecord { organization, item },
                2..=4 => What::Close { organization, item, state: self.byte(3) },
                _ => What::Edit { organization, item, n: self.pick(1_000) },
            };
            self.put_anywhere(what);
        }
    }

    /// What administrators do: each thing for a while, and then it is as before.
    fn administrators(&mut self, organization: usize) {
        if self.chance(20) {
            let which = self.index(SETTINGS.len());
            let on = which == 2 && self.chance(50);
            self.for_a_while(
                What::Setting { organization, which, on },
                What::Setting { organization, which, on: !on },
            );
        }
        if self.chance(15) {
            self.for_a_while(
                What::Setting { organization, which: 0, on: false },
                What::Setting { organization, which: 0, on: true },
            );
        }
        if self.chance(30) {
            self.for_a_while(
                What::PlugIn { organization, refuses: true },
                What::PlugIn { organization, refuses: false },
            );
        }
        let first: usize = USERS[..organization].iter().map(|users| users.len()).sum();
        for user in first..first + USERS[organization].len() {
            if self.chance(15) {
                let at_server = self.chance(50);
                self.for_a_while(
                    What::Mailbox { user, at_server, enabled: false },
                    What::Mailbox { user, at_server, enabled: true },
                );
            }
            if self.chance(15) {
                self.for_a_while(
                    What::Role { user, given: false },
                    What::Role { user, given: true },
                );
            }
            if self.chance(20) {
                self.for_a_while(
                    What::Filter { user, accepts: true },
                    What::Filter { user, accepts: false },
                );
            }
        }
    }

    /// From a few minutes to some hours.
    fn for_a_while(&mut self, first: What, then: What) {
        let begin = self.pick(self.span * 3 / 4);
        let end = begin + 300 + self.pick(self.span / 6);
        self.put(begin, first);
        self.put(end, then);
    }
}
