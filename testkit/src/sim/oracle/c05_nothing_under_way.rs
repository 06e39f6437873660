//! C5: nothing is pending, owed, intended or asked for and not served; each person's last wish was
//! carried out.

use super::{
    Checker, Truth,
    rest::{Rest, RestMailbox, Step},
    story::{is_discarded, is_put_aside},
};
use crate::sim::{
    item::Item,
    log::{Entry, Happening},
};
use anyhow::{Result, ensure};
use earmark_model::{Instant, ItemHandle, ItemKind, ItemState, Link, MailboxId, UndeliverableMark};
use earmark_tracking::Reason;
use std::collections::BTreeMap;

#[derive(Default)]
pub(super) struct NothingUnderWay {
    /// When it was last told that an item is gone, as a server says for a while of a new one.
    gone: BTreeMap<(MailboxId, ItemHandle), Instant>,
    count: u64,
}

impl Checker for NothingUnderWay {
    fn name(&self) -> &'static str {
        "C5"
    }

    fn on(&mut self, entry: &Entry, _: &Truth) -> Result<()> {
        if let Happening::Recorded { record, is_taken: true, .. } = &entry.what {
            for link in record.links.iter().filter(|link| link.state == ItemState::SourceGone) {
                self.gone.insert((link.key.mailbox, link.key.handle.clone()), entry.at);
            }
        }
        Ok(())
    }

    fn judge(&mut self, rest: &Rest, truth: &Truth) -> Result<()> {
        if rest.step == Step::WithoutLedger {
            return Ok(());
        }
        for mailbox in rest.mailboxes.iter().filter(|mailbox| mailbox.counts(truth)) {
            let user = &mailbox.user;
            ensure!(mailbox.intents == 0, "{user}: {} outcomes are unknown", mailbox.intents);
            for link in mailbox.ledger.values() {
                self.count += 1;
                at_rest(mailbox, link)?;
            }
            self.wishes(mailbox, truth)?;
        }
        Ok(())
    }

    fn occasions(&self) -> u64 {
        self.count
    }
}

impl NothingUnderWay {
    /// A wish was stored before it was answered, so a last wish that nothing contradicts holds.
    fn wishes(&mut self, mailbox: &RestMailbox, truth: &Truth) -> Result<()> {
        // Messages about meetings are never tracked, whoever asks.
        let is_meant = |item: &&Item| item.kind != ItemKind::MeetingMessage;
        for item in mailbox.items.iter().filter(is_meant) {
            let key = (mailbox.user.clone(), item.id.clone());
            let Some(story) = truth.stories.get(&key) else { continue };
            let Some((at, tracks)) = story.asked else { continue };
            let since = |instant| Truth::is_since(instant, at);
            let handle = ItemHandle::from(item.id.as_str());
            let message = truth.messages.get(&(mailbox.organization, story.key.clone()));
            // What was read when the wish was served may have been older than the wish.
            let read = |instant| Truth::is_since(instant, at.minus(truth.seen_late()));
            let gone = self.gone.get(&(mailbox.id, handle.clone())).copied();
            // Whoever assigns the category to a series or takes it off means all its times.
            let series = item.series().map(|series| (mailbox.user.clone(), series.to_owned()));
            let series = series.and_then(|key| truth.stories.get(&key));
            let untold = at.minus(truth.longest_cycle() * 2);
            let is_contradicted = since(gone)
                || read(story.assigned)
                || read(series.and_then(|series| series.assigned))
                || read(series.and_then(|series| series.removed).map(|removal| removal.at))
                || !truth.seen_late().is_zero() && read(story.came_on)
                || read(story.removed.map(|removal| removal.at))
                || since(story.discarded)
                // The CRM's feed tells within two cycles what happened before the wish.
                || Truth::is_since(message.and_then(|message| message.in_crm), untold)
                || truth.is_open_since(&mailbox.user, at)
                || is_put_aside(item);
            let link = mailbox.ledger.get(&handle);
            // Told when it was refused; what is told of the item now is older.
            let is_other_content = message.is_some_and(|message| message.subjects.len() > 1)
                && link.is_some_and(|link| link.reason == Reason::UntrackedByUserBefore.code());
            let was_refused = is_other_content
                || link.is_some_and(|link| {
                    link.undeliverable != UndeliverableMark::None
                        || link.failure.is_some()
                        || link.reason == Reason::SameMessageIdOtherContent.code()
                });
            if is_contradicted || was_refused || mailbox.held.contains(&handle) {
                continue;
            }
            self.count += 1;
            let is_linked = mailbox.linked.contains_key(&handle);
            ensure!(
                is_linked == tracks,
                "{} of {}: a person asked at {at} that it be tracked: {tracks}; {link:?}",
                item.id,
                mailbox.user
            );
        }
        Ok(())
    }
}

fn at_rest(mailbox: &RestMailbox, link: &Link) -> Result<()> {
    let handle = &link.key.handle;
    let item = mailbox.items.iter().find(|item| item.id == handle.as_str());
    let is_draft = link.reason == Reason::DraftNotSent.code()
        && item.is_some_and(|item| is_put_aside(item) && !is_discarded(&item.folder));
    if is_draft || mailbox.held.contains(handle) {
        return Ok(());
    }
    let waits = matches!(link.state, ItemState::Pending | ItemState::Retrying | ItemState::Held)
        || link.undeliverable == UndeliverableMark::Intended
        || link.request.is_some()
        || link.owes_category;
    ensure!(!waits, "{}: something is still under way: {link:?}", mailbox.user);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::sample::{ANNA, Tale, plain};
    use super::*;

    #[test]
    fn what_waits_is_noticed() {
        let mut tale = Tale::to(NothingUnderWay::default());
        let rest = tale.rest();
        tale.judge(&rest).expect("at rest");
        let altered = |alter: fn(&mut Link)| {
            let mut rest = rest.clone();
            rest.mailboxes[0].ledger.values_mut().for_each(alter);
            rest
        };
        assert!(tale.judge(&altered(|link| link.state = ItemState::Pending)).is_err());
        assert!(tale.judge(&altered(|link| link.owes_category = true)).is_err());
        let mut intended = rest.clone();
        intended.mailboxes[0].intents = 1;
        assert!(tale.judge(&intended).is_err());
    }

    #[test]
    fn a_wish_that_was_dropped_is_noticed() {
        let mut tale = Tale::to(NothingUnderWay::default());
        let mut rest = tale.rest();
        tale.arrives(ANNA, plain("1"));
        tale.asks(ANNA, "1", true);
        tale.judge(&rest).expect("linked, as was wished");
        rest.mailboxes[0].linked.clear();
        assert!(tale.judge(&rest).is_err());
    }
}
