//! C3: where a received message is tracked by one of its recipients, the copies of the others bear
//! the category and are linked, unless somebody had a hand in it there.
//!
//! Only what is certain is demanded: the message has a Message-ID, nobody touched the copy, the
//! mailboxes were served and the switch was on all the time, the ledger was never lost.

use super::{
    Checker, Truth,
    names::is_undeliverable,
    rest::{Rest, RestMailbox, Step},
    story::{Story, key_of},
};
use crate::sim::{item::Item, log::Entry};
use anyhow::{Result, ensure};
use earmark_embedded::{Row, Value};
use earmark_model::ItemHandle;
use std::collections::BTreeMap;

#[derive(Default)]
pub(super) struct CopiesFollow(u64);

/// A message that a person tracks in a mailbox.
struct Tracked<'a> {
    mailbox: &'a RestMailbox,
    row: &'a Row,
}

impl Checker for CopiesFollow {
    fn name(&self) -> &'static str {
        "C3"
    }

    fn on(&mut self, _: &Entry, _: &Truth) -> Result<()> {
        Ok(())
    }

    fn judge(&mut self, rest: &Rest, truth: &Truth) -> Result<()> {
        if rest.step == Step::WithoutLedger {
            return Ok(());
        }
        let tracked = tracked(rest, truth);
        for mailbox in rest.mailboxes.iter().filter(|mailbox| mailbox.counts(truth)) {
            let mut copies: BTreeMap<String, usize> = BTreeMap::new();
            for item in &mailbox.items {
                *copies.entry(key_of(item)).or_default() += 1;
            }
            for item in mailbox.items.iter().filter(|item| item.folder == "inbox") {
                let key = key_of(item);
                let story = truth.stories.get(&(mailbox.user.clone(), item.id.clone()));
                let is_untouched = story.is_some_and(|story| is_untouched(story, mailbox, truth));
                // Copies are found by their Message-ID.
                let is_named = !item.internet_message_id.is_empty();
                if copies.get(&key) != Some(&1) || !is_untouched || !is_named {
                    continue;
                }
                let others = tracked.get(&(mailbox.organization, key));
                // What bears the category in another spelling is not sought here as a copy, and not
                // found by a search that compares letter by letter.
                let is_odd = mailbox.bears(item) && !mailbox.bears_as_spelled(item);
                let is_odd = is_odd && !rest.finds_any_case;
                let sent_here = others.into_iter().flatten().any(|other| {
                    other.mailbox.user != mailbox.user && is_recipient(other.row, &mailbox.user)
                });
                if sent_here && !is_odd {
                    self.0 += 1;
                    follows(mailbox, item, truth)?;
                }
            }
        }
        Ok(())
    }

    fn occasions(&self) -> u64 {
        self.0
    }
}

fn tracked<'a>(rest: &'a Rest, truth: &Truth) -> BTreeMap<(usize, String), Vec<Tracked<'a>>> {
    let mut all: BTreeMap<(usize, String), Vec<Tracked<'a>>> = BTreeMap::new();
    for mailbox in rest.mailboxes.iter().filter(|mailbox| mailbox.counts(truth)) {
        for item in mailbox.items.iter().filter(|item| mailbox.bears(item)) {
            let Some(story) = truth.stories.get(&(mailbox.user.clone(), item.id.clone())) else {
                continue;
            };
            let handle = ItemHandle::from(item.id.as_str());
            let record = mailbox.linked.get(&handle).and_then(|records| records.first());
            let row = record.and_then(|id| rest.records.get(&(mailbox.organization, *id)));
            let Some(row) = row else { continue };
            let is_incoming = row.get("directioncode").and_then(Value::as_bool) == Some(false);
            // Assigned and never taken back: nothing that was expected was given up.
            let is_simple = story.assigned.is_some() && story.removed.is_none();
            let is_open = truth.is_open_since(&mailbox.user, story.born);
            if is_incoming && is_simple && story.discarded.is_none() && !is_open {
                let key = (mailbox.organization, story.key.clone());
                all.entry(key).or_default().push(Tracked { mailbox, row });
            }
        }
    }
    all
}

/// Nobody had a hand in the copy.
fn is_untouched(story: &Story, mailbox: &RestMailbox, truth: &Truth) -> bool {
    let message = truth.messages.get(&(mailbox.organization, story.key.clone()));
    // What its sender categorized is left alone, until it is once seen without the category.
    !story.came_with
        && story.removed.is_none()
        && story.asked.is_none()
        && story.moved.is_none()
        && story.discarded.is_none()
        && !was_ended_before(story, mailbox, truth)
        && message.is_none_or(|message| message.in_crm.is_none() && !message.was_edited)
        && !truth.is_open_since(&mailbox.user, story.born)
}

/// A person ended tracking on another item of the message there, which may be gone by now: that is
/// remembered for the message, so that what is imported again stays as it is. So does what is
/// imported in the place of the copy that was expected, and was found.
fn was_ended_before(story: &Story, mailbox: &RestMailbox, truth: &Truth) -> bool {
    let of_user = truth.stories.range((mailbox.user.clone(), String::new())..);
    of_user.take_while(|((owner, _), _)| *owner == mailbox.user).any(|(_, other)| {
        let was_found = other.born < story.born && other.discarded.is_some();
        other.key == story.key && (other.removed.is_some() || other.was_asked_off || was_found)
    })
}

fn is_recipient(row: &Row, user: &str) -> bool {
    let to = row.get("torecipients").and_then(Value::as_text).unwrap_or_default();
    to.to_lowercase().contains(user)
}

/// An old name of the category counts where the service knows the item under it.
fn follows(mailbox: &RestMailbox, item: &Item, truth: &Truth) -> Result<()> {
    let handle = ItemHandle::from(item.id.as_str());
    let link = mailbox.ledger.get(&handle);
    if item.categories.iter().any(|name| is_undeliverable(name)) || mailbox.held.contains(&handle) {
        return Ok(());
    }
    let name = format!("{} ({}) of {}", item.subject, item.id, mailbox.user);
    let bears = mailbox.bears(item) || link.is_some() && truth.bears(&mailbox.user, item);
    ensure!(bears, "{name} is a copy of a tracked message without it: {link:?}");
    let is_linked = mailbox.linked.contains_key(&handle);
    ensure!(is_linked, "{name} is a copy of a tracked message and is not linked: {link:?}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::sample::{ANNA, BEN, SERVICE, Tale, bearing, email_row, mailbox, plain};
    use super::*;

    #[test]
    fn a_copy_that_was_forgotten_is_noticed() {
        let mut tale = Tale::to(CopiesFollow::default());
        tale.arrives(ANNA, plain("1"));
        tale.arrives(BEN, plain("1"));
        tale.person(ANNA, bearing("1"));
        let mut rest = tale.rest();
        let mut row = email_row("m1", false);
        row.insert("torecipients".to_owned(), Value::text(format!("{ANNA};{BEN};")));
        rest.records.values_mut().for_each(|it| *it = row.clone());
        let mut other = rest.mailboxes[0].clone();
        other.user = BEN.to_owned();
        other.id = mailbox(2);
        other.items = vec![plain("1")];
        rest.mailboxes.push(other);
        assert!(tale.judge(&rest).is_err());
        rest.mailboxes[1].items = vec![bearing("1")];
        tale.judge(&rest).expect("it follows");
        rest.mailboxes[1].items = vec![plain("1")];
        tale.service(BEN, bearing("1")).expect("it follows");
        tale.person(BEN, plain("1"));
        tale.judge(&rest).expect("somebody took it off");
        tale.linked(SERVICE, BEN, "1", true).expect("told");
    }

    #[test]
    fn what_was_untracked_and_imported_again_stays_as_it_is() {
        let mut tale = Tale::to(CopiesFollow::default());
        tale.arrives(ANNA, plain("1"));
        tale.arrives(BEN, bearing("1"));
        tale.person(ANNA, bearing("1"));
        let again = Item { id: "2".to_owned(), ..plain("1") };
        tale.arrives(BEN, again.clone());
        let mut rest = tale.rest();
        let mut row = email_row("m1", false);
        row.insert("torecipients".to_owned(), Value::text(format!("{ANNA};{BEN};")));
        rest.records.values_mut().for_each(|it| *it = row.clone());
        let mut other = rest.mailboxes[0].clone();
        other.user = BEN.to_owned();
        other.id = mailbox(2);
        other.items = vec![again];
        rest.mailboxes.push(other);
        assert!(tale.judge(&rest).is_err());
        tale.person(BEN, plain("1"));
        tale.judge(&rest).expect("a person untracked the message there");
    }
}
