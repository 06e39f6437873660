//! What is going to happen from outside: a list of events that a seed stands for.
//!
//! The list is made before the world runs and knows nothing of it: an event names a mailbox and
//! the how-maniest item in it, and does nothing where that makes no sense at its time. So a
//! shorter list is a plan as well, which is what [`super::minimise`] needs. [`what`] and [`luck`]
//! are the vocabulary, [`profile`] what different people do all day with their mail, [`calendar`]
//! with calendars and tasks, [`text`] the plan as text, [`words`] how each thing is written there.
//!
//! Each has dice of its own, so that the mail of a seed is the same with and without calendars.

mod calendar;
mod luck;
mod profile;
mod text;
mod what;
mod words;

use super::{options::Options, plan_luck, world::USERS};
use crate::SeededRandom;
pub use luck::Luck;
use std::time::Duration;
pub use what::What;

/// Everything that happens to a world.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The seed.
    pub seed: u64,
    /// How the world is made.
    pub options: Options,
    /// What happens, by time.
    pub events: Vec<Event>,
}

/// One event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// When, since the beginning. Whole seconds.
    pub at: Duration,
    /// What.
    pub what: What,
}

/// The way in which somebody assigns the name that the category had first.
pub const FORMER_NAME: u8 = 8;

/// Folders that people move messages to; the last one is a person's own.
pub const FOLDERS: [&str; 5] = ["inbox", "archive", "deleteditems", "junkemail", "Projects"];

/// Settings that administrators turn: the first two in the text of settings, the last a column of
/// the organization.
pub const SETTINGS: [&str; 3] =
    ["TrackCategorizedItems", "IgnoreCopiedItemsInSSSForMailbox", "ignoreinternalemail"];

/// In what way a message is odd.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Oddity {
    /// In none.
    None,
    /// It has no `Message-ID` and is put into the mailboxes as it is.
    NoMessageId,
    /// It is another message, by another sender and of another date, than the one with its number.
    OtherContent,
    /// Its `Message-ID` has 600 characters.
    HugeMessageId,
    /// Its `Message-ID` has quotes, brackets, blanks and letters beyond ASCII in it.
    OddMessageId,
    /// Its sender wrote categories into it, the service's among them.
    Keywords,
    /// The plug-in refuses it while it refuses anything.
    Refused,
}

impl Oddity {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 7] = [
        Self::None,
        Self::NoMessageId,
        Self::OtherContent,
        Self::HugeMessageId,
        Self::OddMessageId,
        Self::Keywords,
        Self::Refused,
    ];

    /// By its number; an unknown one is none.
    pub fn of(number: u8) -> Self {
        Self::ALL.get(usize::from(number)).copied().unwrap_or(Self::None)
    }
}

/// What is done in the very moment before a write of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Another category comes, as the last.
    Assign,
    /// Another category comes, as the first.
    AssignFirst,
    /// Another category goes.
    Remove,
    /// The service's category comes.
    Track,
    /// The service's category goes.
    Untrack,
    /// The item moves to Archive.
    Move,
    /// The item is marked read.
    Read,
}

impl Deed {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 7] = [
        Self::Assign,
        Self::AssignFirst,
        Self::Remove,
        Self::Track,
        Self::Untrack,
        Self::Move,
        Self::Read,
    ];

    /// By its number; an unknown one is the first.
    pub fn of(number: u8) -> Self {
        Self::ALL.get(usize::from(number)).copied().unwrap_or(Self::Assign)
    }
}

/// What somebody puts into a calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// Something of an hour.
    Single,
    /// Something of a day.
    AllDay,
    /// Something private.
    Private,
    /// A series of five weeks.
    Weekly,
    /// A series of every other day, four times.
    Daily,
}

impl Kept {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 5] =
        [Self::Single, Self::AllDay, Self::Private, Self::Weekly, Self::Daily];

    /// By its number; an unknown one is the first.
    pub fn of(number: u8) -> Self {
        Self::ALL.get(usize::from(number)).copied().unwrap_or(Self::Single)
    }
}

/// What somebody changes of something in a calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Another subject.
    Subject,
    /// Another place.
    Place,
    /// Another time.
    Time,
    /// The category comes, on one time of a series.
    Assign,
    /// The category goes, from one time of a series.
    Remove,
    /// One time of a series is taken out.
    Delete,
}

impl Change {
    /// All of them, in the order of their numbers; the first three are for whole items as well.
    pub const ALL: [Self; 6] =
        [Self::Subject, Self::Place, Self::Time, Self::Assign, Self::Remove, Self::Delete];

    /// By its number; an unknown one is the first.
    pub fn of(number: u8) -> Self {
        Self::ALL.get(usize::from(number)).copied().unwrap_or(Self::Subject)
    }
}

/// How a series goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// At another interval.
    Interval,
    /// For more or fewer times.
    Times,
    /// It ends, and another series follows it.
    Following,
}

impl Repeat {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 3] = [Self::Interval, Self::Times, Self::Following];

    /// By its number; an unknown one is the first.
    pub fn of(number: u8) -> Self {
        Self::ALL.get(usize::from(number)).copied().unwrap_or(Self::Interval)
    }
}

/// What a CRM user changes of the record of a meeting, a series or a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    /// Another subject.
    Subject,
    /// Another place; of a task, another subject.
    Place,
    /// Another time; of a task, another day on which it is due.
    Time,
    /// Of a series, more or fewer times; of others, another time.
    Times,
}

impl Edit {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 4] = [Self::Subject, Self::Place, Self::Time, Self::Times];

    /// By its number; an unknown one is the first.
    pub fn of(number: u8) -> Self {
        Self::ALL.get(usize::from(number)).copied().unwrap_or(Self::Subject)
    }
}

/// All people, in the order of the organizations.
pub fn users() -> Vec<&'static str> {
    USERS.iter().flat_map(|users| users.iter().copied()).collect()
}

impl Plan {
    /// The plan that `seed` stands for.
    pub fn of(seed: u64) -> Self {
        Self::with(seed, &Options::of(seed))
    }

    /// The same with calendars and tasks as `wanted` has them. All else is that of the seed.
    fn with(seed: u64, wanted: &Options) -> Self {
        let options = Options { calendar: wanted.calendar, ..Options::of(seed) };
        let random = SeededRandom::new(seed ^ 0x70_6c_61_6e);
        let mut events = profile::day(&random, &options);
        events.extend(plan_luck::events(seed, &options));
        if options.calendar {
            events.extend(calendar::day(seed, &options));
        }
        events.retain(|event| event.at < Duration::from_secs(options.hours * 3_600));
        events.sort_by_key(|event| event.at);
        Self { seed, options, events }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_plan_depends_on_its_seed_alone() {
        for seed in 0..50 {
            assert_eq!(Plan::of(seed), Plan::of(seed));
            assert_ne!(Plan::of(seed).events, Plan::of(seed + 1).events);
        }
    }

    #[test]
    fn a_plan_fills_every_mailbox_and_is_long_enough() {
        for seed in 0..100 {
            let plan = Plan::of(seed);
            for user in 0..users().len() {
                let arrive = plan.events.iter().filter(|event| match event.what {
                    What::Deliver { to, .. } => to >> user & 1 == 1,
                    _ => false,
                });
                let count = arrive.count();
                assert!(count >= 40, "seed {seed}: user {user} gets {count} messages");
            }
            let count = plan.events.len();
            assert!((160..1_000).contains(&count), "seed {seed} has {count} events");
            let last = plan.events.last().expect("an event").at;
            assert!(last < Duration::from_secs(plan.options.hours * 3_600));
        }
    }

    #[test]
    fn the_mail_of_a_seed_is_the_same_with_and_without_calendars() {
        let mut with = 0;
        for seed in 0..100 {
            let mut plan = Plan::of(seed);
            with += usize::from(plan.options.calendar);
            let has_any = plan.events.iter().any(|event| event.what.is_of_calendar());
            assert_eq!(has_any, plan.options.calendar, "seed {seed}");
            plan.events.retain(|event| !event.what.is_of_calendar());
            let without = format!("seed {seed}\ncalendar no\neverything").parse::<Plan>();
            assert_eq!(without.expect("a plan").events, plan.events, "seed {seed}");
        }
        assert!((45..75).contains(&with), "{with} of 100 seeds have calendars");
    }

    #[test]
    fn everything_happens() {
        let words: BTreeSet<&str> =
            (0..40).flat_map(|seed| Plan::of(seed).events).map(|event| event.what.word()).collect();
        assert!(words.len() >= 50, "{words:?}");
    }
}
