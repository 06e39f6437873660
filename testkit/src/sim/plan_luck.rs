//! Bad luck of whole components: what of a plan is neither a person's act nor decided request by
//! request.

use super::{
    faults::kind::Kind,
    options::Options,
    plan::{Event, Luck, What, users},
    world::{USERS, WORKERS},
};
use crate::SeededRandom;
use earmark_engine::Random;
use std::time::Duration;

/// How many of a kind happen in the time that the options give.
struct Dice<'a> {
    random: SeededRandom,
    options: &'a Options,
}

impl Dice<'_> {
    fn pick(&self, count: usize) -> usize {
        usize::try_from(self.random.below(count as u64)).unwrap_or(0)
    }

    fn at(&self) -> Duration {
        Duration::from_secs(self.random.below(self.options.hours * 3_600))
    }

    fn times(&self, kind: Kind) -> u32 {
        self.options.faults.get(&kind).copied().unwrap_or(0)
    }
}

/// Everything of this sort that happens to the world of `seed`.
pub(super) fn events(seed: u64, options: &Options) -> Vec<Event> {
    let dice = Dice { random: SeededRandom::new(seed ^ 0x6c_75_63_6b), options };
    let mut events = Vec::new();
    for kind in Kind::ALL.iter().copied() {
        for _ in 0..dice.times(kind) {
            happens(kind, &dice, &mut events);
        }
    }
    events
}

fn happens(kind: Kind, dice: &Dice<'_>, events: &mut Vec<Event>) {
    let mut tell = |at: Duration, luck| events.push(Event { at, what: What::Luck(luck) });
    let at = dice.at();
    let organization = dice.pick(USERS.len());
    let worker = dice.pick(USERS.len() * WORKERS);
    let user = dice.pick(users().len());
    let seconds = |from: u64, to: u64| from + dice.random.below(to - from);
    match kind {
        Kind::Killed => {
            let steps = u32::try_from(1 + dice.random.below(60)).unwrap_or(1);
            tell(at, Luck::KillSoon { worker, steps, for_seconds: seconds(0, 900) });
        }
        Kind::Paused => tell(at, Luck::Pause { worker, for_seconds: seconds(121, 900) }),
        Kind::LedgerBack if dice.pick(3) == 0 => tell(at, Luck::LedgerLost { organization }),
        Kind::LedgerBack => {
            tell(at, Luck::KeepLedger { organization });
            let later = at + Duration::from_secs(seconds(600, 6 * 3_600));
            tell(later, Luck::LedgerBack { organization, is_power_loss: false });
        }
        Kind::PowerLoss => {
            tell(at, Luck::KeepLedger { organization });
            let later = at + Duration::from_secs(seconds(1, 90));
            tell(later, Luck::LedgerBack { organization, is_power_loss: true });
        }
        Kind::ClockJump => {
            let day = 24 * 60;
            let minutes = [day, -day, 10, -10][dice.pick(4)];
            tell(at, Luck::ClockJump { organization, minutes });
            if minutes.abs() == day {
                // Somebody notices.
                let later = at + Duration::from_secs(seconds(60, 3 * 3_600));
                tell(later, Luck::ClockJump { organization, minutes: -minutes });
            }
        }
        Kind::Reloaded => {
            let minutes = [15, 20, 30][dice.pick(3)];
            tell(at, Luck::Reload { organization, minutes });
        }
        Kind::Overload => tell(at, Luck::Overload { for_seconds: seconds(60, 3_600) }),
        Kind::Restored => {
            tell(at, Luck::BackUpCrm { organization });
            let later = at + Duration::from_secs(seconds(600, 8 * 3_600));
            tell(later, Luck::RestoreCrm { organization });
        }
        Kind::FeedExpired => tell(at, Luck::PruneCrm { organization }),
        Kind::Lifecycle => tell(at, Luck::Lifecycle { user, event: dice.pick(3) }),
        Kind::Forgotten => tell(at, Luck::Forget { user }),
        Kind::Validation => tell(at, Luck::Validate {}),
        _ => {}
    }
}
