//! How a seed's world is made: everything that is decided once.

use super::{
    faults::{
        broken::{Broken, BrokenMailbox},
        kind::{Kind, Place},
    },
    plan::users,
    world::USERS,
};
use crate::SeededRandom;
use earmark_engine::Random;
use earmark_sandbox::{Profile, Quirks};
use std::{collections::BTreeMap, fmt, time::Duration};

/// What a run is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// One class of faults, and much of it.
    Single,
    /// A mixture.
    Mixed,
    /// One component never works; everything else must get along.
    Liveness,
}

/// The options of one run.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// What the run is about.
    pub mode: Mode,
    /// The regular cycle of a mailbox.
    pub cycle: Duration,
    /// The service asks for notifications.
    pub push: bool,
    /// Units: simulated hours before healing.
    pub hours: u64,
    /// Units: messages that every mailbox has in the end, about.
    pub items: usize,
    /// How often each class of faults strikes; classes that are not here never do. Units: of
    /// 10,000 occasions; for events of the plan, how many a day.
    pub faults: BTreeMap<Kind, u32>,
    /// What never works, also after healing.
    pub broken: Option<Broken>,
    /// How the pretend Exchange behaves.
    pub profile: Profile,
    /// Behaviours that differ from the profile, by their names in [`Quirks`].
    pub odd: Vec<&'static str>,
    /// People have calendars and tasks as well.
    pub calendar: bool,
    /// Units: messages on a page of a list, where the server gives fewer than it is asked for.
    pub page: Option<u32>,
    /// Units: milliseconds that the clock of each organization's service is ahead.
    pub service_ahead: Vec<i64>,
    /// Units: milliseconds that the clock of each organization's CRM is ahead.
    pub crm_ahead: Vec<i64>,
}

/// Quirks that a world may have beside its profile's.
const ODD: &[&str] = &[
    "categoryBumpsModified",
    "moveBumpsModified",
    "readBumpsModified",
    "categoryMatchIgnoresCase",
    "categoryOr",
    "immutableMovesHidden",
    "inefficientFilter",
    "keepExternalCategories",
    "rulesChangeAfterDelivery",
    "lowerCaseCodes",
    "retryAfterMissing",
    "batchReordered",
    "subscriptionWeek",
    "subscriptionClamps",
    "createdNoticesTwice",
    "moveNoticesPartial",
    "noticesReordered",
];

/// The switch of the pretend Exchange that belongs to stale reads.
const STALE: &str = "staleReads";

/// Units: milliseconds by which clocks differ at most.
const SKEW: u64 = 10 * 60 * 1_000;

/// The share of seeds in which people have calendars and tasks. Units: percent.
const CALENDARS: u64 = 60;

struct Dice(SeededRandom);

impl Dice {
    fn below(&self, bound: u64) -> u64 {
        self.0.below(bound)
    }

    fn chance(&self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn one_of<T: Copy>(&self, all: &[T]) -> T {
        all[usize::try_from(self.below(all.len() as u64)).unwrap_or(0)]
    }
}

impl Options {
    /// The options that `seed` stands for.
    pub fn of(seed: u64) -> Self {
        let dice = Dice(SeededRandom::new(seed ^ 0x6f70_7469));
        let minutes = dice.one_of(&[60, 120, 120, 180]);
        let mode = match dice.below(100) {
            0..=29 => Mode::Single,
            30..=79 => Mode::Mixed,
            _ => Mode::Liveness,
        };
        let mut faults = match mode {
            Mode::Single => single(&dice),
            Mode::Mixed => mixture(&dice, 60, 50, 250),
            Mode::Liveness => mixture(&dice, 40, 30, 120),
        };
        // Drawn by itself, so that the plans of seeds that were kept stay what they were.
        let own = Dice(SeededRandom::new(seed ^ 0x6665_6564));
        if mode != Mode::Single && own.chance(60) {
            faults.insert(Kind::FeedExpired, Kind::FeedExpired.usual());
        }
        let needs_push = faults.keys().all(|kind| kind.place() == Place::Push);
        let profile = match dice.below(100) {
            0..=54 => Profile::Documented,
            55..=69 => Profile::Kind,
            _ => Profile::Hostile,
        };
        let mut odd: Vec<&'static str> = ODD.iter().copied().filter(|_| dice.chance(8)).collect();
        if faults.contains_key(&Kind::Stale) && dice.chance(50) {
            odd.push(STALE);
        }
        let is_skewed = faults.contains_key(&Kind::ClockJump);
        let ahead = || -> Vec<i64> {
            let one = || i64::try_from(dice.below(2 * SKEW)).unwrap_or(0) - SKEW as i64;
            USERS.iter().map(|_| if is_skewed { one() } else { 0 }).collect()
        };
        Self {
            mode,
            cycle: Duration::from_secs(60 * minutes),
            push: needs_push || dice.chance(70),
            hours: 24,
            items: 40,
            broken: (mode == Mode::Liveness).then(|| broken(&dice)),
            profile,
            odd,
            calendar: Dice(SeededRandom::new(seed ^ 0x6461_7465)).chance(CALENDARS),
            page: page(&dice, &faults),
            service_ahead: ahead(),
            crm_ahead: ahead(),
            faults,
        }
    }

    /// How the pretend Exchange behaves before healing.
    pub fn quirks(&self) -> Quirks {
        let mut all = serde_json::to_value(self.profile.quirks()).unwrap_or_default();
        for name in &self.odd {
            let opposite = !all[*name].as_bool().unwrap_or(false);
            all[*name] = opposite.into();
        }
        serde_json::from_value(all).unwrap_or_default()
    }

    /// How it behaves after healing: what it shows is what is there.
    pub fn quirks_when_healed(&self) -> Quirks {
        Quirks { stale_reads: false, ..self.quirks() }
    }
}

/// The kinds that the mixture of a seed is drawn from.
fn drawn_together() -> Vec<Kind> {
    Kind::ALL.iter().copied().filter(|kind| *kind != Kind::FeedExpired).collect()
}

fn single(dice: &Dice) -> BTreeMap<Kind, u32> {
    let kind = dice.one_of(&drawn_together());
    let rate = match kind.place() {
        Place::Event => kind.usual() * 6,
        _ => (kind.usual() * 10).clamp(800, 5_000),
    };
    BTreeMap::from([(kind, rate)])
}

/// Each class with `percent`, about as often as usual. Units of `least` and `most`: percent of
/// the usual rate.
fn mixture(dice: &Dice, percent: u64, least: u64, most: u64) -> BTreeMap<Kind, u32> {
    let mut faults = BTreeMap::new();
    for kind in drawn_together() {
        if dice.chance(percent) {
            let share = u32::try_from(least + dice.below(most - least)).unwrap_or(100);
            faults.insert(kind, (kind.usual() * share).div_ceil(100));
        }
    }
    faults
}

fn broken(dice: &Dice) -> Broken {
    if dice.chance(30) {
        let organization = usize::try_from(dice.below(USERS.len() as u64)).unwrap_or(0);
        return Broken::Creation { organization };
    }
    let how = dice.one_of(&[
        BrokenMailbox::Forbidden,
        BrokenMailbox::NotFound,
        BrokenMailbox::Unavailable,
        BrokenMailbox::Late,
    ]);
    Broken::Mailbox { user: dice.one_of(&users()).to_owned(), how }
}

/// Small pages where faults are about paging, and now and then otherwise.
fn page(dice: &Dice, faults: &BTreeMap<Kind, u32>) -> Option<u32> {
    let of_pages = [Kind::PageGone, Kind::LinkExpired, Kind::EmptyPage, Kind::Repeated];
    let is_wanted = of_pages.iter().any(|kind| faults.contains_key(kind));
    (dice.chance(20) || is_wanted).then(|| dice.one_of(&[5, 10, 20, 40]))
}

impl fmt::Display for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "mode: {:?}", self.mode)?;
        writeln!(f, "cycle: {} minutes", self.cycle.as_secs() / 60)?;
        writeln!(f, "push: {}", self.push)?;
        writeln!(f, "hours: {}", self.hours)?;
        writeln!(f, "items: {}", self.items)?;
        match &self.broken {
            Some(broken) => writeln!(f, "broken: {broken}")?,
            None => writeln!(f, "broken: nothing")?,
        }
        writeln!(f, "Exchange: {:?}, but for {:?}", self.profile, self.odd)?;
        writeln!(f, "calendar: {}", if self.calendar { "yes" } else { "no" })?;
        match self.page {
            Some(page) => writeln!(f, "page: {page} messages")?,
            None => writeln!(f, "page: as asked")?,
        }
        writeln!(f, "services ahead: {:?} ms", self.service_ahead)?;
        writeln!(f, "CRMs ahead: {:?} ms", self.crm_ahead)?;
        for (kind, rate) in &self.faults {
            let unit = if kind.place() == Place::Event { "a day" } else { "of 10,000" };
            writeln!(f, "{} {}: {rate} {unit}", kind.id(), kind.word())?;
        }
        Ok(())
    }
}
