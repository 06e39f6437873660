//! I7: what a completed cycle covers is known: whatever bore the category before the sweep began
//! has a row in the ledger when the cycle is recorded; and subscriptions are made before the
//! mailbox is read, so that no change falls between the two.
//!
//! A cycle covers what bears the name that it looked for, in its spelling: whether the server finds
//! other spellings is not documented, and a lost ledger has lost the names that the entry had
//! before. Whether that name is the right one is for C4 and C1 to say.
//!
//! Margins: a cycle that lasts long may have read an item two cycles before it is recorded; fresh
//! items may be hidden for a while by the mailbox server; and what a list does not name (F29) is
//! found by the next regular comparison, not by this one.

use super::{Checker, Truth, story::is_aside, truth::ItemKey};
use crate::sim::log::{Entry, Happening, Org};
use anyhow::{Result, ensure};
use earmark_ledger::MailboxMemory;
use earmark_model::{Instant, ItemHandle};
use std::collections::BTreeMap;

/// A list does not name an item.
const UNREPORTED: &str = "F29";

#[derive(Default)]
pub(super) struct NothingPassedOver {
    /// Subscriptions to messages by mailbox: when each worker last made one.
    subscribed: BTreeMap<(Org, usize, String), Instant>,
    /// When each worker last began to list the messages of a mailbox.
    listed: BTreeMap<(Org, usize, String), Instant>,
    swept: BTreeMap<String, Option<Instant>>,
    /// When an item last got a name that it did not bear before.
    named: BTreeMap<ItemKey, Instant>,
    /// When a list of a mailbox last left an item out.
    left_out: BTreeMap<String, Instant>,
    count: u64,
}

impl Checker for NothingPassedOver {
    fn name(&self) -> &'static str {
        "I7"
    }

    fn on(&mut self, entry: &Entry, truth: &Truth) -> Result<()> {
        match &entry.what {
            Happening::Request { number, organization, worker, method, body, .. } => {
                let Some(sent) = truth.sent.get(number) else { return Ok(()) };
                if method == "POST" && sent.rest.first().is_some_and(|it| it == "subscriptions") {
                    let body: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
                    let resource = body["resource"].as_str().unwrap_or_default();
                    let (user, rest) = super::sent::place(resource);
                    if let Some(user) = user.filter(|_| rest == ["messages"]) {
                        self.subscribed.insert((*organization, *worker, user), entry.at);
                    }
                } else if sent.is_read {
                    for user in &sent.users {
                        self.listed.insert((*organization, *worker, user.clone()), entry.at);
                    }
                }
                Ok(())
            }
            Happening::Fault { kind, number: Some(number) } if *kind == UNREPORTED => {
                let sent = truth.sent.get(number);
                let users = sent.into_iter().flat_map(|sent| sent.users.iter().cloned());
                self.left_out.extend(users.map(|user| (user, entry.at)));
                Ok(())
            }
            Happening::Item { user, id, before, after: Some(after), .. } => {
                let had = before.as_ref().map_or(&[][..], |item| item.categories.as_slice());
                if after.categories.iter().any(|name| !had.contains(name)) {
                    self.named.insert((user.clone(), id.clone()), entry.at);
                }
                Ok(())
            }
            Happening::Recorded { organization, worker, record, is_taken: true, .. } => {
                let Some(memory) = &record.mailbox else { return Ok(()) };
                let Happening::Recorded { mailbox: Some(mailbox), .. } = &entry.what else {
                    return Ok(());
                };
                let Some(user) = truth.owners.get(mailbox) else { return Ok(()) };
                let completed = truth.successes.get(mailbox);
                if completed.is_none_or(|(_, at)| *at != entry.at) {
                    return Ok(());
                }
                self.in_order((*organization, *worker, user.clone()))?;
                self.covers(user, memory, truth)
            }
            _ => Ok(()),
        }
    }

    fn occasions(&self) -> u64 {
        self.count
    }
}

impl NothingPassedOver {
    fn in_order(&mut self, key: (Org, usize, String)) -> Result<()> {
        let Some(subscribed) = self.subscribed.remove(&key) else { return Ok(()) };
        let listed = self.listed.get(&key).is_some_and(|at| *at >= subscribed);
        ensure!(listed, "{} was subscribed to only after it was read", key.2);
        Ok(())
    }

    fn covers(&mut self, user: &str, memory: &MailboxMemory, truth: &Truth) -> Result<()> {
        // By the service's clock, which may be wrong: only that it changed says something.
        let is_swept = self.swept.insert(user.to_owned(), memory.swept_at) != Some(memory.swept_at);
        let is_complete = is_swept && memory.swept_at.is_some() && memory.last_failure.is_none();
        let earliest = truth.now.minus(truth.longest_cycle() * 2);
        let home = truth.home(user);
        let was_rolled_back = home.is_some_and(|home| home.rolled_back.is_some());
        let is_partial = Truth::is_since(self.left_out.get(user).copied(), earliest);
        if !is_complete || is_partial || was_rolled_back || truth.is_open_since(user, earliest) {
            return Ok(());
        }
        let Some((_, mailbox)) = truth.homes.get(user) else { return Ok(()) };
        let Some(entry) = &memory.tracked else { return Ok(()) };
        let of_user = truth.items.range((user.to_owned(), String::new())..);
        for (key, item) in of_user.take_while(|((owner, _), _)| owner == user) {
            let Some(story) = truth.stories.get(key) else { continue };
            let is_old = self.named.get(key).is_some_and(|at| *at < earliest);
            let is_moving = [story.discarded, story.moved, story.removed.map(|it| it.at)];
            let is_open = is_moving.into_iter().any(|at| Truth::is_since(at, earliest));
            let bears = item.categories.iter().any(|name| name == entry.name.as_str());
            if !is_old || is_open || !bears || is_aside(&item.folder) {
                continue;
            }
            self.count += 1;
            let handle = (*mailbox, ItemHandle::from(key.1.as_str()));
            ensure!(
                truth.remembered.contains_key(&handle),
                "{} of {user} bears the category, and the cycle that covers it knows nothing of it",
                key.1
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{ANNA, Tale, bearing, item, plain};
    use super::*;
    use crate::sim::oracle::names::TRACKED;
    use earmark_ledger::{CategoryMemory, Record};
    use earmark_model::{CategoryColor, CategoryName};

    fn completed(tale: &mut Tale) -> Result<()> {
        let now = tale.now;
        let tracked = CategoryMemory {
            id: None,
            name: CategoryName::new(TRACKED),
            color: CategoryColor::None,
            previous_names: Vec::new(),
        };
        let memory = MailboxMemory {
            tracked: Some(tracked),
            swept_at: Some(now),
            last_success: Some(now),
            ..MailboxMemory::default()
        };
        tale.record(ANNA, Record { mailbox: Some(memory), ..Record::default() })
    }

    fn assigned() -> Tale {
        let mut tale = Tale::to(NothingPassedOver::default());
        tale.arrives(ANNA, plain("1"));
        tale.person(ANNA, bearing("1"));
        tale.pass(7_200);
        tale
    }

    #[test]
    fn a_checkpoint_before_the_observation_is_noticed() {
        assert!(completed(&mut assigned()).is_err());
    }

    #[test]
    fn a_checkpoint_after_the_observation_is_in_order() {
        let mut tale = assigned();
        let link = tale.link(ANNA, "1");
        tale.links(ANNA, vec![link]);
        completed(&mut tale).expect("it is known");
        assert_eq!(tale.occasions(), 1);
    }

    #[test]
    fn another_spelling_may_be_passed_over() {
        let mut tale = Tale::to(NothingPassedOver::default());
        tale.arrives(ANNA, item("1", &["tracked to dynamics 365"]));
        tale.pass(7_200);
        completed(&mut tale).expect("the server may compare signs");
        tale.person(ANNA, bearing("1"));
        completed(&mut tale).expect("it bears the name only now");
        tale.pass(7_200);
        assert!(completed(&mut tale).is_err());
    }

    #[test]
    fn what_a_list_left_out_is_found_by_the_next_one() {
        let mut tale = assigned();
        let list = "/users/anna%40fabrikam.test/messages";
        let number = tale.request("GET", list, "").expect("read");
        tale.tell(Happening::Fault { kind: UNREPORTED, number: Some(number) }).expect("struck");
        completed(&mut tale).expect("the list did not name it");
        tale.pass(7_200);
        assert!(completed(&mut tale).is_err());
    }

    #[test]
    fn a_subscription_comes_before_the_reading() {
        let body = r#"{"resource":"users/anna%40fabrikam.test/messages"}"#;
        let list = "/users/anna%40fabrikam.test/messages";
        let mut tale = Tale::to(NothingPassedOver::default());
        tale.request("POST", "/subscriptions", body).expect("told");
        tale.request("GET", list, "").expect("read");
        completed(&mut tale).expect("in order");
        tale.request("POST", "/subscriptions", body).expect("told");
        assert!(completed(&mut tale).is_err());
    }
}
