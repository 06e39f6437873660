//! I10: no category is written while the switch is off, and nothing at all while the mailbox is
//! disabled, from when the worker could know: its first reading of the settings after that, and
//! what was under way then. The entry may be taken out.

use super::{Checker, Truth};
use crate::sim::log::{Entry, Happening, Org};
use anyhow::{Result, ensure};
use earmark_model::Instant;
use std::{collections::BTreeMap, time::Duration};

/// A cycle gives way after a minute; what it began is finished first.
const UNDER_WAY: Duration = Duration::from_secs(5 * 60);

#[derive(Default)]
pub(super) struct Silence {
    /// Readings of the settings that are under way: whose, and since when.
    reading: BTreeMap<u64, (Org, usize, Instant)>,
    /// The instants at which the last complete readings began and ended.
    read: BTreeMap<(Org, usize), Vec<(Instant, Instant)>>,
    count: u64,
}

impl Checker for Silence {
    fn name(&self) -> &'static str {
        "I10"
    }

    fn on(&mut self, entry: &Entry, truth: &Truth) -> Result<()> {
        match &entry.what {
            Happening::Call { number, organization, worker, method: "settings", .. } => {
                self.reading.insert(*number, (*organization, *worker, entry.at));
            }
            Happening::Called { call, failure, .. } => {
                let Some((organization, worker, begun)) = self.reading.remove(call) else {
                    return Ok(());
                };
                if failure.is_none() {
                    let read = self.read.entry((organization, worker)).or_default();
                    read.push((begun, entry.at));
                }
            }
            Happening::Setting { .. } | Happening::Mailbox { .. } => {
                // Only what is read from now on tells.
                self.read.clear();
            }
            // Whoever stood still goes on with what was read before.
            Happening::Worker { organization, worker, .. } => {
                self.read.remove(&(*organization, *worker));
            }
            Happening::Request { number, organization, worker, path, .. } => {
                let Some(sent) = truth.sent.get(number) else { return Ok(()) };
                let Some(user) = sent.users.first().filter(|_| !sent.is_read) else {
                    return Ok(());
                };
                self.count += 1;
                let home = truth.home(user);
                if let Some(since) = home.filter(|home| home.is_off).and_then(|home| home.switched)
                    && sent.writes_categories()
                {
                    let knew = self.knew((*organization, *worker), since, entry.at);
                    ensure!(!knew, "categories are off since {since}, and {path} is written");
                }
                let place = truth.places.get(user).filter(|place| place.is_disabled);
                if let Some(since) = place.and_then(|place| place.toggled)
                    && sent.rest.first().is_none_or(|part| part != "translateExchangeIds")
                {
                    let knew = self.knew((*organization, *worker), since, entry.at);
                    ensure!(!knew, "{user} is disabled since {since}, and {path} is written");
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn occasions(&self) -> u64 {
        self.count
    }
}

impl Silence {
    /// Whether the worker knew at `now` what was set at `since`.
    fn knew(&self, worker: (Org, usize), since: Instant, now: Instant) -> bool {
        let read =
            self.read.get(&worker).and_then(|read| read.iter().find(|(begun, _)| *begun >= since));
        read.is_some_and(|(_, ended)| now.since(*ended) > UNDER_WAY)
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{ANNA, Tale};
    use super::*;

    const RED: &str = r#"{"categories":["Red"]}"#;
    const ITEM: &str = "/users/anna%40fabrikam.test/messages/1";

    fn knows(tale: &mut Tale) {
        let number = tale.call(ANNA, "1", "settings").expect("a call");
        let what = Happening::Called { call: number, failure: None, cause: None, until: None };
        tale.tell(what).expect("an answer");
        tale.pass(600);
    }

    #[test]
    fn a_category_written_while_the_switch_is_off_is_noticed() {
        let mut tale = Tale::to(Silence::default());
        tale.set("TrackCategorizedItems", "false").expect("off");
        tale.pass(600);
        tale.request("PATCH", ITEM, RED).expect("nobody could know");
        knows(&mut tale);
        let entry = "/users/anna%40fabrikam.test/outlook/masterCategories/1";
        tale.request("DELETE", entry, "").expect("the entry is taken out");
        assert!(tale.request("PATCH", ITEM, RED).is_err());
        let shows = r#"{"showAs":"free"}"#;
        tale.request("PATCH", ITEM, shows).expect("fields are kept in step");
        tale.set("TrackCategorizedItems", "true").expect("on");
        knows(&mut tale);
        tale.request("PATCH", ITEM, RED).expect("it is on");
    }

    #[test]
    fn a_write_to_a_disabled_mailbox_is_noticed() {
        let mut tale = Tale::to(Silence::default());
        let set =
            |is_enabled| Happening::Mailbox { organization: 0, user: ANNA.to_owned(), is_enabled };
        tale.tell(set(false)).expect("disabled");
        knows(&mut tale);
        tale.request("GET", ITEM, "").expect("a question");
        assert!(tale.request("PATCH", ITEM, "{}").is_err());
    }
}
