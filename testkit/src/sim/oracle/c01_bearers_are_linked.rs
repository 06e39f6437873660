//! C1: an item that bears the category where it counts is linked to exactly one record, which is
//! there and is that of its message; or it is left alone for a reason that the world bears out.
//!
//! In another spelling than that of the list it is found for certain only where the server's search
//! ignores case.

use super::{
    Checker, Truth,
    rest::{Rest, RestMailbox, Step},
    story::{is_put_aside, key_of},
    truth::record_key,
};
use crate::sim::{item::Item, log::Entry};
use anyhow::{Context, Result, ensure};
use earmark_embedded::Value;
use earmark_model::{ActivityId, ItemHandle, ItemState, Link};
use earmark_tracking::Reason;

/// Reasons to leave a bearer alone until it is seen without the category.
const MARKS: &[Reason] = &[
    Reason::BoreCategoryBeforeSwitchOn,
    Reason::CopyInSameMailbox,
    Reason::SameMessageIdOtherContent,
    Reason::CategoryFromSender,
];

/// Faults that answer for a while that there is no such item.
const HIDING: &[&str] = &["F8", "F19"];

#[derive(Default)]
pub(super) struct BearersAreLinked(u64);

impl Checker for BearersAreLinked {
    fn name(&self) -> &'static str {
        "C1"
    }

    fn on(&mut self, _: &Entry, _: &Truth) -> Result<()> {
        Ok(())
    }

    fn judge(&mut self, rest: &Rest, truth: &Truth) -> Result<()> {
        if rest.step == Step::WithoutLedger {
            return Ok(());
        }
        for mailbox in rest.mailboxes.iter().filter(|mailbox| mailbox.counts(truth)) {
            for item in mailbox.items.iter().filter(|item| mailbox.bears(item)) {
                if is_put_aside(item) {
                    continue;
                }
                // A search that compares letter by letter does not show it, and what was notified
                // or is in the list of changes may be lost.
                let is_linked = mailbox.linked.contains_key(&ItemHandle::from(item.id.as_str()));
                if !rest.finds_any_case && !is_linked && !mailbox.bears_as_spelled(item) {
                    continue;
                }
                self.0 += 1;
                let told = || format!("{} ({}) of {}", item.subject, item.id, mailbox.user);
                bearer(rest, mailbox, item, truth).with_context(told)?;
            }
        }
        Ok(())
    }

    fn occasions(&self) -> u64 {
        self.0
    }
}

fn bearer(rest: &Rest, mailbox: &RestMailbox, item: &Item, truth: &Truth) -> Result<()> {
    let handle = ItemHandle::from(item.id.as_str());
    let records = mailbox.linked.get(&handle).map_or(&[][..], Vec::as_slice);
    let link = mailbox.ledger.get(&handle);
    let is_held = mailbox.held.contains(&handle);
    match records {
        [] => {
            let link = link.context("it bears the category, and nothing is known of it")?;
            let is_left = is_held || is_left_alone(mailbox, item, link, truth);
            ensure!(is_left, "it bears the category and is not linked: {link:?}");
            Ok(())
        }
        [record] => linked(rest, mailbox, item, *record, truth),
        several => anyhow::bail!("it is linked to {several:?}"),
    }
}

fn linked(
    rest: &Rest,
    mailbox: &RestMailbox,
    item: &Item,
    record: ActivityId,
    truth: &Truth,
) -> Result<()> {
    let Some(row) = rest.records.get(&(mailbox.organization, record)) else {
        let is_held = mailbox.held.contains(&ItemHandle::from(item.id.as_str()));
        ensure!(is_held, "it is linked to {record}, which is not there");
        return Ok(());
    };
    let message = truth.messages.get(&(mailbox.organization, key_of(item)));
    if message.is_some_and(|message| message.was_edited) {
        return Ok(());
    }
    let key = record_key(row);
    let story = truth.stories.get(&(mailbox.user.clone(), item.id.clone()));
    let was_before = story.is_some_and(|story| story.earlier.contains(&key));
    ensure!(key == key_of(item) || was_before, "it is linked to the record {record} of {key}");
    // What else a meeting's or a task's record says is for C12.
    if item.is_followed() {
        return Ok(());
    }
    let subject = row.get("subject").and_then(Value::as_text).unwrap_or_default();
    let of_message = truth.items.values().any(|other| {
        key_of(other) == key && (other.subject == subject || other.subject.starts_with(subject))
    });
    ensure!(of_message, "its record {record} has the subject {subject:?}");
    Ok(())
}

/// Whether the service has a reason to leave a bearer alone, and the world bears it out.
fn is_left_alone(mailbox: &RestMailbox, item: &Item, link: &Link, truth: &Truth) -> bool {
    let reason = Reason::from_code(&link.reason);
    reason.is_some_and(|reason| is_left_for(reason, mailbox, item, link, truth))
}

fn is_left_for(
    reason: Reason,
    mailbox: &RestMailbox,
    item: &Item,
    link: &Link,
    truth: &Truth,
) -> bool {
    let home = truth.home(&mailbox.user);
    let story = truth.stories.get(&(mailbox.user.clone(), item.id.clone()));
    match reason {
        Reason::BoreCategoryBeforeSwitchOn => home.is_some_and(|home| home.switched.is_some()),
        // The category that could not be taken off then is no assignment.
        Reason::UntrackRequestedByPerson => {
            link.ignored && home.is_some_and(|home| home.switched.is_some())
        }
        Reason::CopyInSameMailbox => {
            let key = key_of(item);
            let of_user = |(owner, _): &&(String, String)| *owner == mailbox.user;
            let copies = truth.stories.iter().filter(|(it, one)| of_user(it) && one.key == key);
            copies.count() > 1
        }
        Reason::SameMessageIdOtherContent => {
            let message = truth.messages.get(&(mailbox.organization, key_of(item)));
            message.is_some_and(|message| message.subjects.len() > 1)
        }
        Reason::MissingInCrm => home.is_some_and(|home| home.restored.is_some()),
        // It, or what it is a copy of, arrived with the category, and it was never seen without since
        // anything is known of it.
        Reason::CategoryFromSender => story.is_some_and(|story| {
            let seen = story.seen_bare;
            let is_dated = !truth.was_clock_set(&mailbox.user);
            let mut copies = truth.stories.values().filter(|one| one.key == story.key);
            copies.any(|one| one.came_with)
                && seen.is_none_or(|seen| seen <= link.changed_at || !is_dated)
        }),
        // It was left alone for another reason before it was thrown away, or not shown for a while.
        Reason::LeftAloneBefore => {
            let is_other = |reason: &Reason| is_left_for(*reason, mailbox, item, link, truth);
            let was_away = story.is_some_and(|story| story.discarded.is_some());
            let was_hidden = HIDING.iter().any(|kind| truth.faults.contains_key(kind));
            (was_away || was_hidden) && MARKS.iter().any(is_other)
        }
        Reason::RefusedForGood => link.failure.is_some(),
        Reason::TooLarge | Reason::MeetingMessage | Reason::UnsupportedKind => {
            link.state == ItemState::Unsupported || link.state == ItemState::NotTracked
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::Tale;
    use super::*;

    #[test]
    fn a_bearer_without_a_link_is_noticed() {
        let mut tale = Tale::to(BearersAreLinked::default());
        tale.arrives(super::super::sample::ANNA, super::super::sample::bearing("1"));
        let rest = tale.rest();
        tale.judge(&rest).expect("linked");
        assert_eq!(tale.occasions(), 1);
        let mut lost = rest.clone();
        lost.mailboxes[0].linked.clear();
        assert!(tale.judge(&lost).is_err());
        let mut gone = rest.clone();
        gone.records.clear();
        assert!(tale.judge(&gone).is_err());
        let mut other = rest;
        let row = super::super::sample::email_row("m2", false);
        other.records.values_mut().for_each(|it| *it = row.clone());
        assert!(tale.judge(&other).is_err());
    }

    #[test]
    fn another_spelling_is_found_where_the_search_ignores_case() {
        let mut tale = Tale::to(BearersAreLinked::default());
        let mut rest = tale.rest();
        rest.mailboxes[0].linked.clear();
        rest.mailboxes[0].ledger.clear();
        let spelled = super::super::names::TRACKED.to_uppercase();
        rest.mailboxes[0].items = vec![super::super::sample::item("1", &[&spelled])];
        assert!(tale.judge(&rest).is_err());
        rest.finds_any_case = false;
        tale.judge(&rest).expect("nobody finds it");
        rest.mailboxes[0].items = vec![super::super::sample::bearing("1")];
        assert!(tale.judge(&rest).is_err());
    }

    #[test]
    fn a_draft_waits_wherever_it_lies() {
        let mut tale = Tale::to(BearersAreLinked::default());
        let mut rest = tale.rest();
        rest.mailboxes[0].linked.clear();
        rest.mailboxes[0].items[0].is_draft = true;
        tale.judge(&rest).expect("it is not sent");
    }

    #[test]
    fn an_excuse_is_looked_into() {
        let mut tale = Tale::to(BearersAreLinked::default());
        let mut rest = tale.rest();
        rest.mailboxes[0].linked.clear();
        for link in rest.mailboxes[0].ledger.values_mut() {
            link.reason = Reason::BoreCategoryBeforeSwitchOn.code().to_owned();
        }
        assert!(tale.judge(&rest).is_err());
        tale.set("TrackCategorizedItems", "false").expect("off");
        tale.set("TrackCategorizedItems", "true").expect("on");
        tale.judge(&rest).expect("it bore the category before");
    }

    #[test]
    fn what_its_sender_wrote_counts_once_it_was_off_for_a_cycle() {
        use super::super::sample::{ANNA, bearing, plain};
        let mut tale = Tale::to(BearersAreLinked::default());
        tale.arrives(ANNA, bearing("1"));
        let mut rest = tale.rest();
        rest.mailboxes[0].linked.clear();
        for link in rest.mailboxes[0].ledger.values_mut() {
            link.reason = Reason::CategoryFromSender.code().to_owned();
        }
        tale.judge(&rest).expect("nobody assigned it here");
        tale.person(ANNA, plain("1"));
        tale.person(ANNA, bearing("1"));
        tale.judge(&rest).expect("nobody saw it without the category");
        let story = tale.truth.stories.values_mut().next().expect("its story");
        story.seen_bare = Some(tale.now);
        assert!(tale.judge(&rest).is_err());
    }

    #[test]
    fn what_was_left_alone_comes_back_as_it_was() {
        use super::super::sample::{ANNA, bearing};
        let mut tale = Tale::to(BearersAreLinked::default());
        tale.arrives(ANNA, bearing("1"));
        let mut rest = tale.rest();
        rest.mailboxes[0].linked.clear();
        for link in rest.mailboxes[0].ledger.values_mut() {
            link.reason = Reason::LeftAloneBefore.code().to_owned();
        }
        assert!(tale.judge(&rest).is_err(), "it was never away");
        tale.person(ANNA, Item { folder: "deleteditems".to_owned(), ..bearing("1") });
        tale.person(ANNA, bearing("1"));
        tale.judge(&rest).expect("its sender wrote the category");
    }
}
