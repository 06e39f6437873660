//! C1: an item that bears the category where it counts is linked to exactly one record, which is
//! there and is that of its message; or it is left alone for a reason that the world bears out.

use super::{
    Checker, Truth,
    rest::{Rest, RestMailbox, Step},
    story::{is_aside, key_of},
    truth::record_key,
};
use crate::sim::log::Entry;
use anyhow::{Context, Result, ensure};
use earmark_embedded::Value;
use earmark_model::{ActivityId, ItemHandle, ItemState, Link};
use earmark_sandbox::MessageSummary;
use earmark_tracking::Reason;

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
                if is_aside(&item.folder) {
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

fn bearer(rest: &Rest, mailbox: &RestMailbox, item: &MessageSummary, truth: &Truth) -> Result<()> {
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
    item: &MessageSummary,
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
    ensure!(key == key_of(item), "it is linked to the record {record} of {key}");
    let subject = row.get("subject").and_then(Value::as_text).unwrap_or_default();
    let of_message = truth.items.values().any(|other| {
        key_of(other) == key && (other.subject == subject || other.subject.starts_with(subject))
    });
    ensure!(of_message, "its record {record} has the subject {subject:?}");
    Ok(())
}

/// Whether the service has a reason to leave a bearer alone, and the world bears it out.
fn is_left_alone(mailbox: &RestMailbox, item: &MessageSummary, link: &Link, truth: &Truth) -> bool {
    let home = truth.home(&mailbox.user);
    let Some(reason) = Reason::from_code(&link.reason) else { return false };
    match reason {
        Reason::BoreCategoryBeforeSwitchOn => home.is_some_and(|home| home.switched.is_some()),
        Reason::CopyInSameMailbox => {
            let key = key_of(item);
            let of_user = |(owner, _): &&(String, String)| *owner == mailbox.user;
            let copies = truth.stories.iter().filter(|(it, one)| of_user(it) && one.key == key);
            copies.count() > 1
        }
        Reason::SameMessageIdOtherContent => {
            let key = key_of(item);
            truth.items.values().any(|it| key_of(it) == key && it.subject != item.subject)
        }
        Reason::MissingInCrm => home.is_some_and(|home| home.restored.is_some()),
        // It arrived with the category.
        Reason::CategoryFromSender => truth
            .stories
            .get(&(mailbox.user.clone(), item.id.clone()))
            .is_some_and(|story| story.assigned == Some(story.born)),
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
}
