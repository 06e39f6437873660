//! I14: the service's writes to an item are bounded by what others did: two for each act on the
//! item or its message, one for each write that failed.

use super::{Checker, Truth};
use crate::sim::log::{Entry, Happening};
use anyhow::{Result, ensure};
use std::collections::BTreeMap;

#[derive(Default)]
struct Writes {
    good: u64,
    failed: u64,
}

#[derive(Default)]
pub(super) struct Amplification {
    items: BTreeMap<(String, String), Writes>,
    /// Units: acts that concern every item, by mailbox.
    general: BTreeMap<String, u64>,
    /// Units: acts that concern every item of an organization, by organization.
    of_home: BTreeMap<usize, u64>,
    count: u64,
}

impl Checker for Amplification {
    fn name(&self) -> &'static str {
        "I14"
    }

    fn on(&mut self, entry: &Entry, truth: &Truth) -> Result<()> {
        match &entry.what {
            Happening::Master { user, .. }
            | Happening::Mailbox { user, .. }
            | Happening::Released { user, .. } => {
                *self.general.entry(user.clone()).or_default() += 1;
            }
            Happening::Setting { organization, .. }
            | Happening::Ledger { organization, .. }
            | Happening::Restored { organization, .. } => {
                *self.of_home.entry(*organization).or_default() += 1;
            }
            Happening::Answer { request, status, .. } => {
                let Some(sent) = truth.sent.get(request).filter(|sent| sent.writes_item()) else {
                    return Ok(());
                };
                let Some((user, id)) = sent.item() else { return Ok(()) };
                let key = (user.to_owned(), id.clone());
                self.count += 1;
                let writes = self.items.entry(key.clone()).or_default();
                if status.is_some_and(|status| (200..300).contains(&status)) {
                    writes.good += 1;
                } else {
                    writes.failed += 1;
                }
                let (good, failed) = (writes.good, writes.failed);
                let limit = 2 * self.acts(&key, truth) + failed;
                ensure!(good <= limit, "{id} of {user} was written {good} times, {limit} are due");
            }
            _ => {}
        }
        Ok(())
    }

    fn occasions(&self) -> u64 {
        self.count
    }
}

impl Amplification {
    fn acts(&self, key: &(String, String), truth: &Truth) -> u64 {
        let Some(story) = truth.stories.get(key) else { return u64::MAX / 4 };
        let message = truth.messages.get(&(story.organization, story.key.clone()));
        let of_message = message.map_or(story.events, |message| message.events);
        let general = self.general.get(&key.0).copied().unwrap_or_default();
        of_message + general + self.of_home.get(&story.organization).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{ANNA, Tale, bearing, plain};
    use super::*;

    fn write(tale: &mut Tale, status: u16) -> Result<()> {
        let number = tale.request("PATCH", "/users/anna%40fabrikam.test/messages/1", "{}")?;
        tale.answer(number, status, None)
    }

    #[test]
    fn an_echo_that_goes_on_is_noticed() {
        let mut tale = Tale::to(Amplification::default());
        tale.arrives(ANNA, plain("1"));
        tale.person(ANNA, bearing("1"));
        for _ in 0..4 {
            write(&mut tale, 200).expect("two for each act");
        }
        write(&mut tale, 412).expect("a failure");
        write(&mut tale, 200).expect("one for each failure");
        assert!(write(&mut tale, 200).is_err());
    }
}
