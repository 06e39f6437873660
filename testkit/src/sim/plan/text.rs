//! A plan as text: what a regression file holds.
//!
//! ```text
//! seed 17
//! cycle 30
//! page 3
//! calendar yes
//! faults F2=120 F7=600
//! 03:20:17 assign 0 12 1 0
//! ```
//!
//! The cycle (in minutes), the page (in messages, or `whole`) and the faults are those of the seed
//! where their line is missing; calendars and tasks there are only where a line says so. A line
//! `everything` stands for all events of the seed, without those of calendars where there are none.

use super::{Event, Plan};
use crate::sim::{faults::kind::Kind, options::Options};
use anyhow::{Context, Result, bail, ensure};
use std::{collections::BTreeMap, fmt, str::FromStr, time::Duration};

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {}", self.seed)?;
        writeln!(f, "cycle {}", self.options.cycle.as_secs() / 60)?;
        match self.options.page {
            Some(page) => writeln!(f, "page {page}")?,
            None => writeln!(f, "page whole")?,
        }
        writeln!(f, "calendar {}", if self.options.calendar { "yes" } else { "no" })?;
        if self.options.faults != Options::of(self.seed).faults {
            f.write_str("faults")?;
            for (kind, rate) in &self.options.faults {
                write!(f, " {}={rate}", kind.id())?;
            }
            writeln!(f)?;
        }
        for event in &self.events {
            writeln!(f, "{event}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.at.as_secs();
        let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
        write!(f, "{hours:02}:{minutes:02}:{:02} {}", seconds % 60, self.what)
    }
}

impl FromStr for Plan {
    type Err = anyhow::Error;

    /// Empty lines and those that begin with `#` say nothing.
    fn from_str(text: &str) -> Result<Self> {
        let mut lines =
            text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let first = lines.next().context("a plan begins with its seed")?;
        let seed = first.strip_prefix("seed ").context("a plan begins with `seed`")?;
        let seed: u64 = seed.trim().parse().context("the seed is a number")?;
        let options = Options { calendar: false, ..Options::of(seed) };
        let mut plan = Self { seed, options, events: Vec::new() };
        let mut is_everything = false;
        for line in lines {
            match line.split_once(char::is_whitespace).unwrap_or((line, "")) {
                ("everything", "") => is_everything = true,
                ("calendar", "yes") => plan.options.calendar = true,
                ("calendar", "no") => plan.options.calendar = false,
                ("cycle", rest) => {
                    let minutes: u64 = rest.trim().parse().context("the cycle is in minutes")?;
                    plan.options.cycle = Duration::from_secs(60 * minutes);
                }
                ("page", "whole") => plan.options.page = None,
                ("page", rest) => {
                    plan.options.page = Some(rest.trim().parse().context("a page is a number")?);
                }
                ("faults", rest) => plan.options.faults = faults(rest)?,
                (time, what) => plan.events.push(Event { at: at(time)?, what: what.parse()? }),
            }
        }
        if is_everything {
            plan.events.splice(..0, Self::with(seed, &plan.options).events);
        }
        let sorted = plan.events.is_sorted_by_key(|event| event.at);
        ensure!(sorted, "the events of a plan stand in their order");
        Ok(plan)
    }
}

fn faults(text: &str) -> Result<BTreeMap<Kind, u32>> {
    text.split_whitespace()
        .map(|word| {
            let (id, rate) = word.split_once('=').context("a fault stands with its rate")?;
            let kind = Kind::parse(id).with_context(|| format!("there is no fault {id}"))?;
            Ok((kind, rate.parse().context("a rate is a number")?))
        })
        .collect()
}

fn at(text: &str) -> Result<Duration> {
    let parts: Vec<u64> =
        text.split(':').map(str::parse).collect::<Result<_, _>>().context("a time is numbers")?;
    let [hours, minutes, seconds] = parts[..] else { bail!("`{text}` is no time") };
    Ok(Duration::from_secs(hours * 3_600 + minutes * 60 + seconds))
}

#[cfg(test)]
mod tests {
    use super::{super::What, *};

    #[test]
    fn every_plan_is_its_text() {
        for seed in 0..200 {
            let mut plan = Plan::of(seed);
            assert_eq!(plan.to_string().parse::<Plan>().expect("a plan"), plan, "seed {seed}");
            plan.options.faults.pop_first();
            plan.options.cycle = Duration::from_secs(60 * 45);
            plan.options.page = plan.options.page.xor(Some(7));
            plan.options.calendar ^= seed % 2 == 0;
            plan.events.truncate(7);
            assert_eq!(plan.to_string().parse::<Plan>().expect("a plan"), plan, "seed {seed}");
        }
    }

    #[test]
    fn a_seed_can_stand_for_everything() {
        for seed in 0..9 {
            let calendar = if Options::of(seed).calendar { "yes" } else { "no" };
            let text = format!("seed {seed}\ncalendar {calendar}\neverything");
            assert_eq!(text.parse::<Plan>().expect("a plan"), Plan::of(seed));
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "",
            "03:20:17 assign 0 12 1 0",
            "seed 1\n03:20 drop-entry 0",
            "seed 1\n03:20:17 vanish 1",
            "seed 1\n03:20:17 drop-entry",
            "seed 1\n03:20:17 drop-entry 0 0",
            "seed 1\ncalendar perhaps",
            "seed 1\nfaults F2",
            "seed 1\nfaults F999=1",
            "seed 1\n03:00:00 drop-entry 0\n02:00:00 drop-entry 0",
        ] {
            assert!(text.parse::<Plan>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_left_out_is_that_of_the_seed() {
        let plan: Plan = "# a comment\nseed 5\n\n01:00:00 drop-entry 1\n".parse().expect("a plan");
        assert_eq!(plan.options, Options { calendar: false, ..Options::of(5) });
        let event = Event { at: Duration::from_secs(3_600), what: What::Drop { user: 1 } };
        assert_eq!(plan.events, [event]);
    }
}
